"""A backward pass under way: whose the gradients in the graph are meanwhile.

While a pass runs, `grad` of the nodes holds what it has added up so far.  Something that it calls
(a hook, a person at a breakpoint) may call `backward()` on the same nodes: that inner pass then
sets aside what the outer ones have, and puts it back when it is done.

Each thread has its own passes.  Two that run over the same nodes at the same time are not told
apart: give each thread a graph of its own (leaves, such as parameters, may be shared).
"""

from contextvars import ContextVar

from autograd.graph import Node


class Pass:
    """`with Pass(order):` all but the leaves start from 0; leaves add up, as a whole at the end.

    A leaf with hooks starts from 0 too, so that they see what this pass alone adds; at the end it
    gets back what it had earlier.
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
        """The nodes, but for leaves, whose gradients this pass and those around it work on."""
        outer = self.outer.busy() if self.outer is not None else set()
        return outer | {node for node in self.order if node.operands}

    def swap_earlier(self) -> None:
        """Leaves with hooks: what they had before this pass, for what it has added so far."""
        for leaf, gradient in self.earlier.items():
            self.earlier[leaf], leaf.grad = leaf.grad, gradient


_running: ContextVar[Pass | None] = ContextVar("autograd.passes", default=None)
