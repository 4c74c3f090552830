"""The machine code that runs a tape: one branch per operation, in a loop over the nodes.

The branches come from the table: values as it spells them for arrays, derivatives by its rules,
run on LLVM's numbers.  Operations that exist only in Python call back into it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.arithmetic import Arithmetic
from autograd.compiling.native.machine import Function, Number, Whole
from autograd.compiling.native.scalars import Called, value_of
from autograd.ops import Operation

POINTERS = ("numbers", "gradient", "codes", "starts", "operands", "functions")
WHOLES = ("leaves", "nodes")


class Branch(NamedTuple):
    """An operation with a given number of operands."""

    op: Operation
    width: int


class Coded(Arithmetic):
    """An LLVM number with the table's arithmetic: a rule that runs on it writes code."""

    def __init__(self, number: Number, called: Called) -> None:
        self.number, self.called = number, called

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> "Coded":
        one = next(x for x in operands if isinstance(x, Coded))
        code = one.number.code
        numbers = [code.as_double(x.number if isinstance(x, Coded) else float(x)) for x in operands]
        return cls(value_of(op, numbers, one.called), one.called)


def text_of(branches: list[Branch], called: Called) -> str:
    """LLVM text of `forwards` and `backwards`; node k belongs to `branches[codes[k]]`, and its
    operands are the numbers at operands[starts[k]] and the places after it."""
    functions = [_loop("forwards", branches, _value, called)]
    functions.append(_loop("backwards", branches, _derivatives, called))
    declared = dict.fromkeys([line for function in functions for line in function.declared])
    arguments = ", ".join(
        [*[f"ptr %{name}" for name in POINTERS], *[f"i64 %{name}" for name in WHOLES]]
    )
    return "\n".join([*declared, *[function.text(arguments) for function in functions]])


def _loop(
    name: str,
    branches: list[Branch],
    write: Callable[[Function, Operation, Whole, list[str], Called], None],
    called: Called,
) -> Function:
    """For each node, from first to last or in reverse, its operation's branch."""
    code = Function(name)
    with code.loop("%nodes") as k:
        if name == "backwards":
            k = code.add(code.write(f"sub i64 %nodes, {k}"), -1)
        node = code.add(k, "%leaves")
        which = code.load_whole("%codes", k)
        start = code.load_whole("%starts", k)
        labels, end = [code.fresh("case") for _ in branches], code.fresh("end")
        cases = " ".join([f"i64 {i}, label {label}" for i, label in enumerate(labels)])
        code.lines.append(f"switch i64 {which}, label {end} [ {cases} ]")
        for (op, width), label in zip(branches, labels):
            code.lines.append(f"{label[1:]}:")
            operands = [code.load_whole("%operands", code.add(start, i)) for i in range(width)]
            write(code, op, node, operands, called)
            code.lines.append(f"br label {end}")
        code.lines.append(f"{end[1:]}:")
    return code


def _value(code: Function, op: Operation, node: Whole, operands: list[str], called: Called) -> None:
    xs = [code.load("%numbers", i) for i in operands]
    code.store(value_of(op, xs, called), "%numbers", node)


def _derivatives(
    code: Function, op: Operation, node: Whole, operands: list[str], called: Called
) -> None:
    xs = [Coded(code.load("%numbers", i), called) for i in operands]
    z, upstream = Coded(code.load("%numbers", node), called), code.load("%gradient", node)
    for i, local in zip(operands, op.derivatives(z, *xs)):
        if not isinstance(local, Coded) and local == 0.0:
            continue
        factor = local.number if isinstance(local, Coded) else code.number(float(local))
        code.store(code.load("%gradient", i) + factor * upstream, "%gradient", i)
