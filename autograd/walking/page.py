"""A walk as one self-contained HTML file: the files of web/, and the graph as JSON.

The page holds the graph, its local derivatives and the formulas; it does the multiplications and
additions itself, in the engine's order, on the same IEEE doubles, so its gradients are the
engine's to the last bit.  All text goes through JSON and `textContent`: any label is safe.
"""

import html
import json
import math
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from autograd.by_hand import local_derivatives_at
from autograd.value import Value
from autograd.walking.layout import positions
from autograd.walking.steps import Tape, rules_in_numbers
from autograd.walking.text import source_text

if TYPE_CHECKING:
    from autograd.walking.walker import Walk

READABLE = 2_000
SCRIPTS = [  # each defines its part of the page; main.js, the last, starts them
    "numbers.js", "tape.js", "picture.js", "equation.js", "sum.js", "practice.js", "controls.js"
]  # fmt: skip
RUN_SCRIPTS = ["curve.js", "field.js", "tables.js", "training.js"]  # of a training run besides
NUMBERS_SHOWN = 20_000  # written-out rules; a long training run does without them


def page_of(walk: "Walk", title: str) -> str:
    """The page of one walk, as HTML text."""
    return html_of(document(walk), title)


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


def html_of(data: dict[str, Any], title: str) -> str:
    """The template with style, script, graph and title put in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    is_run = "training" in data
    parts = {
        "TITLE": html.escape(title),
        "STYLE": _web("page.css", "training.css" if is_run else ""),
        "GRAPH": text.replace("<", "\\u003c"),  # no label can end the script element
        "TRAINING": _web("training.html" if is_run else ""),
        "PANELS": _web("panels.html" if is_run else ""),
        "SCRIPT": _web(*SCRIPTS, *(RUN_SCRIPTS if is_run else []), "main.js"),
    }
    pieces = _web("page.html").split("%%")
    return "".join([parts[p] if i % 2 else p for i, p in enumerate(pieces)])


def _web(*names: str) -> str:
    """These files of web/, one after the other; an empty name is nothing."""
    folder = files("autograd.walking") / "web"
    return "".join([(folder / name).read_text(encoding="utf-8") for name in names if name])


def document(walk: "Walk") -> dict[str, Any]:
    """What the script reads: the graph, and one frame of numbers."""
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
    steps = [[number[s.node], number[s.operand], _text(s.formula, texts)] for s in walk]
    return {
        "output": number[walk.output],
        "nodes": nodes,
        "steps": steps,
        "frames": [frame(walk)],
        "texts": list(texts),
        "place": walk.position,
    }


def frame(walk: "Walk", with_numbers: bool = True) -> dict[str, Any]:
    """The numbers of one pass: data and first gradient a node, local derivative a step."""
    number = {value: i for i, value in enumerate(walk.order)}
    tape = walk._tape
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
        "numbers": _numbers(tape) if with_numbers and len(tape.edges) <= NUMBERS_SHOWN else [],
    }


def _numbers(tape: Tape) -> list[str]:
    """Each step's rule with its numbers put in; a node's steps follow one another."""
    texts = []
    for node, edges in groupby(tape.edges, key=itemgetter(0)):
        rules = rules_in_numbers(node)
        texts += [rules[position] for _, position in edges]
    return texts


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


def js_number(x: float) -> float | str:
    """A number for the page: JSON has no inf and nan, but JavaScript's Number() reads their names."""
    x = float(x)
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else ("Infinity" if x > 0 else "-Infinity")
