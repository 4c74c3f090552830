"""Text that is safe to print: no control characters, no number of a thousand digits.

Labels, group names, file names and source lines may contain anything.  On a terminal, an escape
sequence in one would set colours, move the cursor or change the window's title, and a right-to-left
control character would reverse the rest of the line (Unicode Technical Report 36).
"""

import io
import sys
from decimal import Decimal

JOINERS = "\u200c\u200d"  # join emoji and letters of some scripts, and are harmless


def printable(text: str, keep: str = JOINERS) -> str:
    r"""The text with every invisible character written as an escape.

    `keep`: characters that stay, such as the line feed in a text of several lines.

    >>> print(printable("a\x1b[31mb\u202e"))
    a\x1b[31mb\u202e
    """
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() or c in keep else _escape(c) for c in text])


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def escape_what_cannot_be_encoded() -> None:
    """On an ASCII terminal, a Greek label is printed as an escape instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:
            stream.reconfigure(errors="backslashreplace")


def counted(count: int) -> str:
    """1,024; and 1.2e4515, since Python refuses to write out thousands of digits."""
    return f"{count:,}" if count < 10**15 else f"{Decimal(count):.1e}".replace("e+", "e")
