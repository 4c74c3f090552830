"""Names that came as data - labels, groups, operations - as text that is safe to read and to run.

A name may hold anything: a line feed, after which the rest of a comment would be code; an escape
sequence of a terminal; half of a character; two spellings that Python takes for one.
"""

import builtins
import keyword
import unicodedata

MOST = 60  # characters of a name in a comment
LONGEST = 40  # characters of an identifier, before its number
RESERVED = {*keyword.kwlist, *dir(builtins), "np"}
"""What a line of source may mean by itself."""


def readable(name: object) -> str:
    """A name on one line, for comments and tables: all that cannot be printed as its escape."""
    text = str(name)
    text = text if len(text) <= MOST else f"{text[: MOST - 4]} ..."
    return "".join(
        [c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text]
    )


def commented(line: str, comment: str) -> str:
    """A line of source and what it stands for, a list with commas; said once, if repeated."""
    parts = dict.fromkeys(comment.split(", "))
    text = "; ".join([readable(part) for part in parts])
    return f"{line}  # {text}" if text else line


def identifier(name: str) -> str:
    """A name as Python's own identifier, normalised (NFKC) as Python does, in which ℓ is l and ϕ
    is φ; without what an identifier cannot have, and not one of Python's own."""
    letters = unicodedata.normalize("NFKC", name[:LONGEST])
    word = "".join([c if f"v{c}".isidentifier() else "_" for c in letters])
    if not word.isidentifier() or word.startswith("__"):
        word = f"v{word}"
    word = unicodedata.normalize("NFKC", word)
    return f"{word}_" if word in RESERVED else word
