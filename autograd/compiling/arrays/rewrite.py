"""Rewriting an array program, each node in its own new form: what `merge` and `turn` share."""

from autograd.compiling.arrays.array import Array, Shape, reachable
from autograd.compiling.arrays.builder import Builder


class Classes:
    """Sets of nodes that must have the same form: a union-find, each set known by its root."""

    def __init__(self, nodes: list[Array]) -> None:
        self._parent = {node: node for node in nodes}

    def __contains__(self, node: Array) -> bool:
        return node in self._parent

    def root(self, node: Array) -> Array:
        parent = self._parent
        while parent[node] is not node:
            parent[node] = node = parent[parent[node]]
        return node

    def join(self, x: Array, y: Array) -> None:
        self._parent[self.root(x)] = self.root(y)


class Rewriter:
    """`new` maps each node to its new form; `plain(node)` converts it back to its original form.

    A subclass says how a node is written (`write`) once its operands are.
    """

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.new: dict[Array, Array] = {}

    def write(self, node: Array) -> Array:
        raise NotImplementedError

    def plain(self, node: Array) -> Array:
        raise NotImplementedError

    def rewritten(self, outputs: list[Array]) -> list[Array]:
        """The outputs, in their original form."""
        order = reachable(outputs)
        for node in order:
            self.new[node] = self.write(node)
        for node in order:
            if node.gradient_of is not None:
                self.new[node].gradient_of = self.new.get(node.gradient_of, node.gradient_of)
        return [self.plain(x) for x in outputs]

    def made(self, node: Array, args: list[Array], info: object, shape: Shape) -> Array:
        """The same operation on other operands, not simplified."""
        if shape == node.shape and all(x is y for x, y in zip(args, node.args)):
            return node
        return described(self.build.node(node.kind, tuple(args), info, shape), node)


def described(new: Array, node: Array) -> Array:
    """`new` with the name and comment of the node it replaces, unless it has its own."""
    new.name, new.comment = new.name or node.name, new.comment or node.comment
    return new
