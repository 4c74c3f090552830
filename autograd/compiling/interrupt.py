"""Ctrl-C, recorded and acted on between two steps: a step is done completely or not at all."""

import signal
import threading
from types import FrameType


class CtrlC:
    """While entered, Ctrl-C sets `pressed`; a second one interrupts at once, as usual.

    Signals reach only the main thread, so in any other thread this does nothing.
    """

    def __enter__(self) -> "CtrlC":
        self.pressed = False
        self.takes_signals = threading.current_thread() is threading.main_thread()
        if self.takes_signals:
            self.usual = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.signal(signal.SIGINT, self.usual)

    def __exit__(self, *error: object) -> None:
        if self.takes_signals:
            signal.signal(signal.SIGINT, self.usual)
