"""Names that came as data - labels, groups, operations - as text that is safe to read and to run.

A name may contain anything: a line feed, after which the rest of a comment would be code; a
terminal's escape sequence; half of a surrogate pair; two spellings that Python treats as one.
"""

import builtins
import keyword
import unicodedata

from autograd.printing import printable

MOST = 60  # most characters of a name in a comment
LONGEST = 40  # most characters of an identifier, before its number
RESERVED = {*keyword.kwlist, *dir(builtins), "np"}
"""Words that already have a meaning in the source."""


def readable(name: object) -> str:
    """A name on one line, for comments and tables, with unprintable characters escaped."""
    text = str(name)
    return printable(text if len(text) <= MOST else f"{text[: MOST - 4]} ...", keep="")


def commented(line: str, comment: str) -> str:
    """A line of source and what it stands for, a comma-separated list without its repetitions."""
    parts = dict.fromkeys(comment.split(", "))
    text = "; ".join([readable(part) for part in parts])
    return f"{line}  # {text}" if text else line


def identifier(name: str) -> str:
    """A name as a Python identifier, normalised (NFKC) as Python does, so that ℓ becomes l and ϕ
    becomes φ; without illegal characters, and none of Python's own names."""
    letters = unicodedata.normalize("NFKC", name[:LONGEST])
    word = "".join([c if f"v{c}".isidentifier() else "_" for c in letters])
    if not word.isidentifier() or word.startswith("__"):
        word = f"v{word}"
    word = unicodedata.normalize("NFKC", word)
    return f"{word}_" if word in RESERVED else word
