"""A running backward pass: which pass the gradients in the graph belong to.

While a pass runs, `grad` of the nodes holds what it has added up so far.  Something that it calls
(a hook, a person at a breakpoint) may call `backward()` on the same nodes: that inner pass then
sets aside what the outer ones have, and restores it when it is done.

Each thread has its own passes.  Two passes over the same nodes at the same time are not kept
apart: give each thread its own graph (leaves, such as parameters, may be shared).
"""

from contextvars import ContextVar

from autograd.graph import Node


class Pass:
    """`with Pass(order):` all nodes but leaves start from 0; leaves add up over passes.

    A leaf with hooks starts from 0 too, so that they see only what this pass adds; at the end its
    earlier gradient is added.
    """

    def __init__(self, order: list[Node]) -> None:
        self.order = order
        self.outer: Pass | None = None
        self.earlier: dict[Node, float] = {}  # of leaves with hooks
        self.set_aside: list[tuple[Node, float]] = []  # of nodes in which outer passes are busy

    def __enter__(self) -> None:
        self.outer = _running.get()
        if self.outer is not None:
            self.outer.swap_earlier()
            busy = self.outer.busy()
            self.set_aside = [(node, node.grad) for node in self.order if node in busy]
        for node in self.order:
            if node.operands or node.grad is None:
                node.grad = 0.0
            elif node.notes is not None and node.notes.hooks:
                self.earlier[node] = node.grad
                node.grad = 0.0
        _running.set(self)

    def __exit__(self, *error: object) -> None:
        _running.set(self.outer)
        for leaf, gradient in self.earlier.items():
            leaf.grad += gradient
        for node, gradient in self.set_aside:
            node.grad = gradient
        if self.outer is not None:
            self.outer.swap_earlier()

    def busy(self) -> set[Node]:
        """The nodes other than leaves whose gradients this pass and the outer ones work on."""
        outer = self.outer.busy() if self.outer is not None else set()
        return outer | {node for node in self.order if node.operands}

    def swap_earlier(self) -> None:
        """Swap the gradients of leaves with hooks: those before this pass for its own so far."""
        for leaf, gradient in self.earlier.items():
            self.earlier[leaf], leaf.grad = leaf.grad, gradient


_running: ContextVar[Pass | None] = ContextVar("autograd.passes", default=None)
