"""A walk as one self-contained HTML file: page.html, page.css and page.js, and the graph as JSON.

The page holds the graph, its local derivatives and the formulas; it does the multiplications and
additions itself, in the engine's order, on the same IEEE doubles, so its gradients are the
engine's to the last bit.  All text goes through JSON and `textContent`: any label is safe.
"""

import html
import json
import math
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from autograd.by_hand import local_derivatives_at
from autograd.value import Value
from autograd.walking.layout import positions
from autograd.walking.rules import Rule
from autograd.walking.text import source_text

if TYPE_CHECKING:
    from autograd.walking.walker import Walk

Rules = dict[Rule, int]  # and its place in the page's table

READABLE = 2_000
NUMBERS_SHOWN = 20_000  # rules with their numbers put in; a long training run does without them


def page_of(walk: "Walk", title: str) -> str:
    """The page of one walk, as HTML text."""
    return html_of(document(walk), title)


def frame_of(walk: "Walk") -> str:
    """The page inside an iframe that holds it whole: it survives saving a notebook."""
    page = html.escape(page_of(walk, "backprop"), quote=True)
    return (
        f'<iframe srcdoc="{page}" sandbox="allow-scripts" title="backprop, step by step" '
        'style="width:100%;height:640px;border:1px solid #8888;border-radius:6px"></iframe>'
    )


def html_of(data: dict[str, Any], title: str) -> str:
    """The template with style, script, graph and title put in."""
    folder = files("autograd.walking")
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    parts = {
        "TITLE": html.escape(title),
        "STYLE": (folder / "page.css").read_text(encoding="utf-8"),
        "GRAPH": text.replace("<", "\\u003c"),  # no label can end the script element
        "SCRIPT": (folder / "page.js").read_text(encoding="utf-8"),
    }
    pieces = (folder / "page.html").read_text(encoding="utf-8").split("%%")
    return "".join([parts[p] if i % 2 else p for i, p in enumerate(pieces)])


def document(walk: "Walk") -> dict[str, Any]:
    """What page.js reads: the graph, and one frame of numbers."""
    order = walk.order
    if len(order) > READABLE:
        raise ValueError(
            f"this page would have {len(order):,} boxes; beyond {READABLE:,} nobody can read it. "
            "Walk a part of the model, one row of the data or one neuron"
        )
    number = {value: i for i, value in enumerate(order)}
    texts: dict[str, int] = {}
    nodes = [
        {
            "name": walk.name(value),
            "kind": _kind(value, walk.output),
            "op": value.op.symbol if value.op is not None and value.operands else "",
            "operands": [number[operand] for operand in value.operands],
            "column": place.column,
            "row": place.row,
            "way": place.way,
            "source": _text(_source(value), texts),
        }
        for value, place in zip(order, positions(order))
    ]
    rules: Rules = {}
    frames = [frame(walk, rules)]
    return {
        "output": number[walk.output],
        "nodes": nodes,
        "steps": [[number[step.node], number[step.operand]] for step in walk],
        "frames": frames,
        "texts": list(texts),
        "rules": rules_as_json(rules),
    }


def frame(walk: "Walk", rules: Rules, with_numbers: bool = True) -> dict[str, Any]:
    """The numbers of one pass: each node's data and first gradient, each step's local derivative.

    `rules`: the table that the frames of one page share; this frame's rules are added to it.
    """
    number = {value: i for i, value in enumerate(walk.order)}
    tape = walk._tape
    return {
        "data": [_number(value.data) for value in walk.order],
        "start": [_number(tape.start.get(value, 0.0)) for value in walk.order],
        "locals": [
            _number(local_derivatives_at(node, upstream)[k])
            for (node, k), upstream in zip(tape.edges, tape.upstreams)
        ],
        "turns": {
            str(at): [[number[value], _number(after)] for value, _, after in turns]
            for at, turns in tape.turns.items()
        },
        "rules": [rules.setdefault(rule, len(rules)) for rule in _rules(walk, with_numbers)],
    }


def rules_as_json(rules: Rules) -> list[dict[str, Any]]:
    """The table in its order; a rule's result is not in it: that is the step's number."""
    return [
        {
            "subject": rule.subject,
            "letters": rule.letters,
            "numbers": rule.numbers,
            "exact": rule.is_exact,
            "reason": rule.reason,
            "legend": rule.legend,
        }
        for rule in rules
    ]


def _rules(walk: "Walk", with_numbers: bool) -> Iterator[Rule]:
    """Each step's rule without its result, so that equal rules are one."""
    if with_numbers and len(walk) <= NUMBERS_SHOWN:
        return (step.rule._replace(result="") for step in walk)
    return (step.rule._replace(numbers="", result="") for step in walk)


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
    """The text's place in the page's table of texts: formulas and source lines repeat."""
    return texts.setdefault(text, len(texts))


def _number(x: float) -> float | str:
    """JSON has no inf and nan; JavaScript's Number() reads them as text."""
    x = float(x)
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else ("Infinity" if x > 0 else "-Infinity")
