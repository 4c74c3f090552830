"""micrograd 0.1.0: one two-operand operation per node, on its own Value.

The package has no exp, log or tanh; they are added here in its own style (one closure per node).
"""

import math
import sys
from typing import Any

from benchmarks.scalar_models import Scalars, training
from benchmarks.workloads import NotForThisPeer, Run, Workload


def prepare(workload: Workload) -> Run:
    from micrograd.engine import Value

    if workload.kind == "chain" and workload.blocks > 100:
        raise NotForThisPeer("its backward() is recursive: a million deep is too deep")
    if workload.name == "digits-1437" and len(workload.inputs) > 100:
        raise NotForThisPeer("seven million nodes of 1 kB, minutes per step")
    sys.setrecursionlimit(100_000)  # its backward() is recursive
    return training(one_at_a_time(Value, _function(Value)), workload)


def _function(Value: Any) -> Any:
    """apply(name, x, value, slope): a node of one operand, with micrograd's closure."""

    def apply(name: str, x: Any, value: float, slope: float) -> Any:
        out = Value(value, (x,), name)

        def _backward() -> None:
            x.grad += slope * out.grad

        out._backward = _backward
        return out

    return apply


def one_at_a_time(Value: Any, apply: Any) -> Scalars:
    """The functions of a library that has +, *, ** and relu, given apply(name, x, value, slope)."""

    def exp(x: Any) -> Any:
        value = math.exp(x.data)
        return apply("exp", x, value, value)

    def log(x: Any) -> Any:
        return apply("log", x, math.log(x.data), 1.0 / x.data)

    def tanh(x: Any) -> Any:
        value = math.tanh(x.data)
        return apply("tanh", x, value, 1.0 - value * value)

    def dot(ws: Any, xs: Any, bias: Any = None) -> Any:
        total = sum([w * x for w, x in zip(ws, xs)])
        return total if bias is None else total + bias

    def softmax(xs: list[Any]) -> list[Any]:
        highest = max([x.data for x in xs])
        exps = [exp(x - highest) for x in xs]
        total = sum(exps)
        return [e / total for e in exps]

    return Scalars(
        Value=Value,
        tanh=tanh,
        relu=lambda x: x.relu(),
        sigmoid=lambda x: 1.0 / (1.0 + exp(-x)),
        dot=dot,
        add_up=sum,
        softmax=softmax,
        cross_entropy=lambda logits, target: -log(softmax(logits)[target]),
        choose_row=lambda index, rows: rows[index],
    )
