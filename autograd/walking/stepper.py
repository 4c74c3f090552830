"""The full-screen stepper, by Textual (`pip install ".[terminal]"`)."""

from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Footer, Input, Static

from autograd.walking.text import neighbourhood, place_in, source_text, table_rows
from autograd.walking.walker import Walk

HELP = """n, space, right: next      b, left: back
home, end: start and end   g: go to a step   u, /: on to a label or an operation
w, y: why this gradient?   h, ?: this help   q: quit"""


class Stepper(App[None]):
    """Source line, equation, neighbourhood and gradients of one walk; keys move it."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None  # keys move the walk; the hidden input must not swallow them
    CSS = """
    #place { text-style: bold; height: 1; }
    #source { height: 1; }
    #equation { height: auto; max-height: 5; border-top: solid; }
    #near { height: auto; max-height: 10; border-top: solid; }
    #table { height: 1fr; min-height: 4; border-top: solid; }
    #ask { height: 3; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right,space", "next", "next"),
        Binding("b,left", "undo", "back"),
        Binding("home", "start", "start"),
        Binding("end", "finish", "end"),
        Binding("u,slash", "ask('until')", "until"),
        Binding("g", "ask('goto')", "go to"),
        Binding("w,y", "why", "why"),
        Binding("h,question_mark", "help", "help"),
        Binding("escape", "close_ask", show=False),
        Binding("q,ctrl+c", "quit", "quit"),
    ]

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk_ = walk
        self.asking = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(id="place", markup=False)
            yield Static(id="source", markup=False)
            yield Static(id="equation", markup=False)
            yield Static(id="near", markup=False)
            yield DataTable(id="table", cursor_type="none", zebra_stripes=False)
            yield Input(id="ask")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(DataTable).add_columns("value", "data", "gradient", "changed by")
        self.query_one(DataTable).can_focus = False
        self.show_place()

    def show_place(self, message: str = "") -> None:
        walk = self.walk_
        step = walk.step
        place = f"step {walk.position} of {len(walk)}"
        if step is None:
            self._say(place, "", message or "The start: the output has gradient 1.  n: next", "")
        else:
            where = f"{place}: {step.node_name} -> {step.name}"
            near = "\n".join(neighbourhood(walk, step))
            self._say(where, source_text(step.source), message or step.equation, near)
        table = self.query_one(DataTable)
        table.clear()
        changed = 0
        for k, row in enumerate(table_rows(walk)[:2_000]):
            changed = k if row[3] else changed
            table.add_row(*[Text(cell) for cell in row])  # a label is not markup
        table.scroll_to(y=max(0, changed - 1), animate=False)

    def _say(self, place: str, source: str, equation: str, near: str) -> None:
        texts = {"place": place, "source": source, "equation": equation, "near": near}
        for name, text in texts.items():
            self.query_one(f"#{name}", Static).update(text)

    # --- keys -----------------------------------------------------------------------------

    def action_next(self) -> None:
        self.show_place("" if self.walk_.next() else "The end: every gradient is complete.")

    def action_undo(self) -> None:
        self.walk_.back()
        self.show_place()

    def action_start(self) -> None:
        self.walk_.goto(0)
        self.show_place()

    def action_finish(self) -> None:
        self.walk_.finish()
        self.show_place()

    def action_why(self) -> None:
        if self.walk_.step is not None:
            self.show_place(self.walk_.why(self.walk_.step.operand))

    def action_help(self) -> None:
        self.show_place(HELP)

    def action_ask(self, what: str) -> None:
        self.asking = what
        field = self.query_one(Input)
        field.placeholder = (
            "label or operation to go on to" if what == "until" else f"step, 0 to {len(self.walk_)}"
        )
        field.value = ""
        field.styles.display = "block"
        field.focus()

    def action_close_ask(self) -> None:
        self.query_one(Input).styles.display = "none"
        self.set_focus(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        self.action_close_ask()
        if self.asking == "until":
            place = self.walk_.position
            if self.walk_.until(text) is None:
                self.walk_.goto(place)
                self.show_place(f"No step of {text!r} comes after this one.")
                return
        elif (number := place_in(self.walk_, text)) is not None:
            self.walk_.goto(number)
        else:
            self.show_place(f"A step from 0 to {len(self.walk_)}, not {text!r}.")
            return
        self.show_place()
