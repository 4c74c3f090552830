"""A walk as one self-contained HTML file: the files of web/, and the graph as JSON.

The page holds the graph, its local derivatives and the formulas; it does the multiplications and
additions itself, in the engine's order, on the same IEEE doubles, so its gradients are the
engine's to the last bit.  All text goes through JSON and `textContent`: any label is safe.

    web/page.html, page.css    the frame, and how it looks on screens, phones and paper
    web/strings.json           every word of the page, for translating it
    web/main.js                starts a page: its state, and the parts that read it
    web/tape.js, folds.js, layout.js     the pass; what is collapsed; where boxes stand
    web/picture.js, view.js, search.js   boxes and edges; zoom and pan; finding a value
    web/equation.js, sum.js, table.js    the step, a value's whole sum, all steps
    web/practice.js, judge.js, arithmetic.js   questions, hints, and numbers such as -3 * 1/2
    web/training.*, panels.html, curve.js, field.js, tables.js   a training run's page
"""

import html
import json
import math
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from autograd.by_hand import local_derivatives_at
from autograd.printing import printable
from autograd.value import Value
from autograd.walking.folds import folds_of
from autograd.walking.rules import Rule
from autograd.walking.text import source_text

if TYPE_CHECKING:
    from autograd.walking.walker import Walk

READABLE = 2_000
SCRIPTS = [  # each defines its part of the page; main.js, the last, starts them
    "numbers.js", "tape.js", "folds.js", "layout.js", "view.js", "picture.js", "focus.js",
    "legend.js", "search.js", "equation.js", "sum.js", "table.js", "arithmetic.js", "judge.js",
    "practice.js", "controls.js",
]  # fmt: skip
RUN_SCRIPTS = ["curve.js", "field.js", "tables.js", "training.js"]  # of a training run besides
NUMBERS_SHOWN = 20_000  # rules with their numbers put in; more steps do without them

Strings = dict[str, str]


def page_of(walk: "Walk", title: str, link: str = "", strings: Strings | None = None) -> str:
    """The page of one walk, as HTML text."""
    return html_of(document(walk, link), title, strings)


def frame_of(walk: "Walk") -> str:
    """The page of one walk for a notebook's cell."""
    return in_frame(page_of(walk, "backprop"), f"A walk of {len(walk)} steps")


def in_frame(page: str, what: str, height: int = 640) -> str:
    """The page inside an iframe that holds it whole: it survives saving a notebook.

    A notebook that is not trusted yet drops the frame and keeps the sentence inside it.
    """
    said = f"{what}. Trust this notebook, or run this cell, to see the page that steps through it."
    return (
        f'<iframe srcdoc="{html.escape(page, quote=True)}" sandbox="allow-scripts" '
        f'title="{html.escape(what, quote=True)}" style="width:100%;height:{height}px;'
        f'border:1px solid #8888;border-radius:6px">{html.escape(said)}</iframe>'
    )


def html_of(data: dict[str, Any], title: str, strings: Strings | None = None) -> str:
    """The template with style, script, words, graph and title put in."""
    is_run = "training" in data
    words = words_of(strings or {}, is_run)
    data = {"strings": words, **_with_a_table_of_rules(data)}
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    parts = {
        "TITLE": html.escape(title),
        "STYLE": _web("page.css", "training.css" if is_run else ""),
        "GRAPH": text.replace("<", "\\u003c"),  # no label can end the script element
        "SCRIPT": _web(*SCRIPTS, *(RUN_SCRIPTS if is_run else []), "main.js"),
        **{f"say:{key}": html.escape(word) for key, word in words.items()},
    }
    pieces = _template(is_run).split("%%")
    return "".join([parts[p] if i % 2 else p for i, p in enumerate(pieces)])


def _template(is_run: bool) -> str:
    """The page's HTML with %%places%%; that of a training run has two parts more."""
    page = _web("page.html")
    for place, part in (("%%TRAINING%%", "training.html"), ("%%PANELS%%", "panels.html")):
        page = page.replace(place, _web(part if is_run else ""))
    return page


def words_of(strings: Strings, is_run: bool = False) -> Strings:
    """Every word of the page: those of web/strings.json, with these in their places.

    A training run's page has those of web/training.json too; both may be translated for either.
    Raises ValueError for a name that the page does not have, and for a text whose {places} differ
    from those of the English one.
    """
    own: Strings = json.loads(_web("strings.json"))
    words: Strings = {**own, **json.loads(_web("training.json"))}
    for key, text in strings.items():
        if key not in words:
            raise ValueError(f"the page has no string {key!r}; it has {', '.join(sorted(words))}")
        wanted, given = _places(words[key]), _places(text)
        if wanted != given:
            raise ValueError(f"string {key!r} has places {given}, the page fills {wanted}")
    used = words if is_run else own
    return {key: strings.get(key, word) for key, word in used.items()}


def _places(text: str) -> list[str]:
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


def _web(*names: str) -> str:
    """These files of web/, one after the other; an empty name is nothing.

    Indentation and lines that are comments stay behind: a page is sent about, these are for us.
    """
    folder = files("autograd.walking") / "web"
    texts = [(folder / name).read_text(encoding="utf-8") for name in names if name]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return "".join([f"{line}\n" for line in lines if line and not line.startswith("//")])


def document(walk: "Walk", link: str = "") -> dict[str, Any]:
    """What the script reads: the graph, and one frame of numbers.

    link: "vscode", "pycharm" or a pattern with {file} and {line}: the address of a source line.
    """
    order = walk.order
    if len(order) > READABLE:
        raise ValueError(_refusal(len(order)))
    number = {value: i for i, value in enumerate(order)}
    folds, inner = folds_of(order, walk.output)
    texts: dict[str, int] = {}
    nodes = [
        {
            "name": walk.name(value),
            "kind": _kind(value, walk.output),
            "op": printable(value.op.symbol) if value.op is not None and value.operands else "",
            "operands": [number[operand] for operand in value.operands],
            "fold": fold,
            "source": _text(_source(value), texts),
            **({"link": value.source.link(link)} if link and value.source is not None else {}),
        }
        for value, fold in zip(order, inner)
    ]
    return {
        "output": number[walk.output],
        "nodes": nodes,
        "folds": folds,
        "steps": [[number[step.node], number[step.operand]] for step in walk],
        "frames": [frame(walk)],
        "texts": list(texts),
        "place": walk.position,
    }


def _refusal(count: int) -> str:
    return (
        f"this page would have {count:,} boxes; beyond {READABLE:,} nobody can read it. "
        "Walk a part of the model, one row of the data or one neuron: walk(model(row)); or draw "
        'the whole of it with one box per layer: draw(loss, level="collapsed")'
    )


def frame(walk: "Walk", with_numbers: bool = True) -> dict[str, Any]:
    """The numbers of one pass: each node's data and first gradient, each step's local derivative,
    and its rule."""
    number = {value: i for i, value in enumerate(walk.order)}
    tape = walk._tape
    has_numbers = with_numbers and len(tape.edges) <= NUMBERS_SHOWN
    return {
        "data": [js_number(value.data) for value in walk.order],
        "start": [js_number(tape.start.get(value, 0.0)) for value in walk.order],
        "locals": [
            js_number(local_derivatives_at(node, upstream)[k])
            for (node, k), upstream in zip(tape.edges, tape.upstreams)
        ],
        "turns": {
            str(at): [[number[value], js_number(after)] for value, _, after in turns]
            for at, turns in tape.turns.items()
        },
        "rules": [_without_result(step.rule, has_numbers) for step in walk],
    }


def _without_result(rule: Rule, has_numbers: bool) -> Rule:
    """The rule but for its result, the step's own number: so that equal rules are one."""
    return rule._replace(result="", numbers=rule.numbers if has_numbers else "")


def _with_a_table_of_rules(data: dict[str, Any]) -> dict[str, Any]:
    """The document with each rule once: its frames give the places of theirs in "rules"."""
    places: dict[Rule, int] = {}
    frames = [
        {**frame, "rules": [places.setdefault(rule, len(places)) for rule in frame["rules"]]}
        for frame in data["frames"]
    ]
    return {**data, "frames": frames, "rules": [rule._asdict() for rule in places]}


def _kind(value: Value, output: Value) -> str:
    if value is output:
        return "output"
    if value.is_constant:
        return "constant"
    return "leaf" if value.is_leaf else "value"


def _source(value: Value) -> str:
    """File name, line and what it says; a page is given to others, so no folder."""
    return "" if value.source is None else source_text(value.source, value.source.short)


def _text(text: str, texts: dict[str, int]) -> int:
    """The text's place in the page's table of texts: source lines repeat."""
    return texts.setdefault(text, len(texts))


def js_number(x: float) -> float | str:
    """A number for the page: JSON has no inf and nan; JavaScript's Number() reads their names."""
    x = float(x)
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else ("Infinity" if x > 0 else "-Infinity")
