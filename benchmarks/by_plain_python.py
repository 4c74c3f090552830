"""A scalar engine in plain Python, in microgpt's style: the baseline for "n times as fast".

A node keeps its operands and its local derivatives; backward() is one loop over them.
"""

from typing import Any

from benchmarks.by_micrograd import one_at_a_time
from benchmarks.scalar_models import training
from benchmarks.workloads import NotForThisPeer, Run, Workload


class Value:
    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data: float, children: Any = (), local_grads: Any = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.children = children
        self.local_grads = local_grads

    def __add__(self, other: Any) -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> "Value":
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: float) -> "Value":
        return Value(self.data**power, (self,), (power * self.data ** (power - 1),))

    def relu(self) -> "Value":
        return Value(max(0.0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: Any) -> "Value":
        return self + (-other)

    def __rsub__(self, other: Any) -> "Value":
        return -self + other

    def __truediv__(self, other: Any) -> "Value":
        return self * other**-1.0

    def __rtruediv__(self, other: Any) -> "Value":
        return self**-1.0 * other

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self) -> None:
        order: list[Value] = []
        visited: set[Value] = set()

        def build(node: Value) -> None:
            if node not in visited:
                visited.add(node)
                for child in node.children:
                    build(child)
                order.append(node)

        build(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local in zip(node.children, node.local_grads):
                child.grad += local * node.grad


def prepare(workload: Workload) -> Run:
    import sys

    if workload.kind == "chain" and workload.blocks > 100:
        raise NotForThisPeer("its backward() is recursive: a million deep is too deep")
    if workload.name == "digits-1437" and len(workload.inputs) > 100:
        raise NotForThisPeer("seven million nodes, minutes per step")
    sys.setrecursionlimit(100_000)
    return training(one_at_a_time(Value, _node), workload)


def _node(name: str, x: Value, value: float, slope: float) -> Value:
    return Value(value, (x,), (slope,))
