"""The project's prose is English that a native engineer writes.

Each pattern is a habit that has been edited out of README, docs, docstrings, messages and comments,
with what to write instead.  To ban another one, add a row; a pattern must not match fine English.
"""

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"autograd", "nn", "demos", "benchmarks", "docs", "exercises", "tests"}

COUNTED = (
    "value|Value|operand|node|row|neuron|layer|group|edge|step|call|pass|level|unit|token|letter|"
    "result|primal|argument|term|line|exercise|workload|parameter|output|operation|kind|weight"
)
THINGS = (
    "box|record|oval|row|line|node|branch|instruction|method|step|call|pass|file|room|panel|plot|"
    "closure|stride|entry|derivative|output|array|sentence|name|formula|number|constant|loop"
)
PATTERNS = {
    rf"\b(?:one|an?|small|each) (?:\w+ )?(?:{THINGS}) an? (?:{COUNTED})\b": "one box per value",
    rf"\b(?:microseconds?|seconds|bytes|ns|nodes|steps) an? (?:{COUNTED})\b": "seconds per step",
    r"\bof now\b|\bof the moment\b": "current",
    r"\bbe it (?:empty|a|an|the)\b": "even if it is ...",
    r"\bbroken power": "fractional power",
    r"\bof no axes\b": "0-d",
    r"\bthat which\b": "what; whatever",
    r"\banew\b": "again; or redraw, rebuild",
    r"\bof one's own\b": "your own",
    r"\brows alone decide\b": "everything that depends only on the rows",
    r"(?<!here )\b(?:is|are|was|were) no "
    r"(?!longer|more|less|other|use|good|(?:slow|fast|quick|larg|small|bett|high|low|wid|hard|easi)er)"
    r"[a-z]": "is not a ...",
    r"\bwhich \w+ has not\b": "which ... lacks",
    r"\bwithout a word\b": "silently",
}


def prose_of(path: Path) -> list[tuple[int, str]]:
    """(line, text): all of a page; the comments and the strings of a program."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return list(enumerate(text.splitlines(), 1))
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind in ("COMMENT", "STRING", "FSTRING_MIDDLE"):
            first = token.start[0]
            found += [(first + i, line) for i, line in enumerate(token.string.splitlines())]
    return found


def habits(text: str) -> list[str]:
    return [better for pattern, better in PATTERNS.items() if re.search(pattern, text)]


def files() -> list[Path]:
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/**/*.py")]
    parts = [(path, path.relative_to(ROOT).parts) for path in found]
    return sorted(
        [
            path
            for path, (first, *rest) in parts
            if (not rest or first in OURS)
            and not {"_build", "_generated"} & set(rest)
            and path.name != Path(__file__).name
        ]
    )


@pytest.mark.parametrize("folder", [".", *sorted(OURS)])
def test_the_prose_of_this_folder_has_none_of_these_habits(folder: str) -> None:
    home = ROOT / folder
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text.strip()}  -> {', '.join(habits(text))}"
        for path in files()
        if (path.parent == ROOT if folder == "." else home in path.parents)
        for line, text in prose_of(path)
        if habits(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "one small box a value",
        "one local derivative an operand",
        "about a microsecond a node",
        "the parameters of now",
        "Given a list, be it empty, any other leaf is an error",
        "a negative base to a broken power",
        "a name that is no identifier",
        "draws the picture anew",
    ],
)
def test_a_habit_is_caught(text: str) -> None:
    assert habits(text)


@pytest.mark.parametrize(
    "text",
    [
        "There is no graph, and it is no longer needed; it is no slower.",
        "one box per value, one local derivative per operand",
        "give a node a label; call a function a day later",
        "a row of the table, a number in a box, a step at a time",
    ],
)
def test_fine_english_is_not(text: str) -> None:
    assert habits(text) == []
