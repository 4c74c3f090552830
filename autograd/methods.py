"""The arithmetic of Values, written out for speed.

`record` in `value.py` shows in a few lines how a node is made.  Most nodes of most graphs come from
the methods here, which each do the same for one operation, twice as fast.  They are made again for
each subclass of Value, so that its arithmetic gives values of that subclass.
"""

import types
from collections.abc import Callable
from typing import Any, TypeVar

from autograd import contexts
from autograd.graph import NO_GRADIENT
from autograd.ops import CONSTANT, Operation

V = TypeVar("V")
Method = Callable[..., Any]
new = object.__new__


def function(op: Operation) -> Callable[[V], V]:
    """In a class body: the method, such as x.exp(), of an operation with one operand."""
    return _to_be_made(op, _function)


def operator(op: Operation) -> Callable[[V, Any], V]:
    """In a class body: the method behind an operator such as x + y."""
    return _to_be_made(op, _operator)


def reflected(op: Operation) -> Callable[[V, Any], V]:
    """In a class body: the method behind 1 + x, where the left operand is a plain number."""
    return _to_be_made(op, _reflected)


def install(cls: type, record: Method, constant: Method) -> None:
    """Make the methods of a class, keeping those that a subclass defines itself."""
    for name in dir(cls):
        declared: Any = getattr(cls, name)
        if isinstance(declared, types.FunctionType) and hasattr(declared, "make"):
            op, make = vars(declared)["op"], vars(declared)["make"]
            method: Any = make(op, cls, record, constant)
            method.op, method.make = op, make
            method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
            method.__module__, method.__doc__ = cls.__module__, op.__doc__
            setattr(cls, name, method)


def _to_be_made(op: Operation, make: Method) -> Method:
    def declaration(*operands: Any) -> Any:
        raise NotImplementedError(f"{op.name}: install() has not made the class's methods")

    declaration.op, declaration.make = op, make  # type: ignore[attr-defined]
    return declaration


# --- what is made -----------------------------------------------------------------------------


def _function(op: Operation, cls: type, record: Method, constant: Method) -> Method:
    value, derivatives = op.value, op.derivatives

    def method(self: Any) -> Any:
        if contexts.contexts_open or self.op is CONSTANT:
            return record(op, (self,))
        x = self.data
        node: Any = new(cls)
        node.data = z = value(x)
        node.grad = NO_GRADIENT
        node.op = op
        node.operands = (self,)
        node.local_derivatives = derivatives(z, x)
        node.label = ""
        node.notes = None
        return node

    return method


def _operator(op: Operation, cls: type, record: Method, constant: Method) -> Method:
    value, derivatives = op.value, op.derivatives

    def method(self: Any, other: Any) -> Any:
        if type(other) is not cls:
            other = constant(other)
            if type(self) is not cls:  # called by a subclass's own method through super()
                return record(op, (self, other))
        if contexts.contexts_open or (self.op is CONSTANT and other.op is CONSTANT):
            return record(op, (self, other))
        x = self.data
        y = other.data
        node: Any = new(cls)
        node.data = z = value(x, y)
        node.grad = NO_GRADIENT
        node.op = op
        node.operands = (self, other)
        node.local_derivatives = derivatives(z, x, y)
        node.label = ""
        node.notes = None
        return node

    return method


def _reflected(op: Operation, cls: type, record: Method, constant: Method) -> Method:
    operator = _operator(op, cls, record, constant)

    def method(self: Any, other: Any) -> Any:
        return operator(constant(other), self)

    return method
