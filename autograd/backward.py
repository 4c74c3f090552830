"""The backward pass: the chain rule, from the output to the leaves, node by node.

`backward_step` is the whole of backpropagation; a debugger stops there.  `backward` gives each
node its turn.  `differentiate` is the same pass as an expression, for gradients that are to be
differentiated again.  All three read the attributes of Values and hold no calculus: local
derivatives come from the table's rules.
"""

from typing import TYPE_CHECKING, Any

from autograd import anomaly, contexts, recording
from autograd.breakpoints import stops_at
from autograd.graph import topological_order
from autograd.hooks import after_hooks
from autograd.ops import CONSTANT

if TYPE_CHECKING:
    from autograd.value import Value


def backward_step(node: "Value") -> None:
    """The chain rule at one node: push its gradient to the operands that it was made from."""
    upstream = node.grad
    for operand, local in zip(node.operands, node.local_derivatives):
        if operand.op is not CONSTANT:
            contribution = local * upstream
            operand.grad += contribution


def backward(output: "Value") -> None:
    """See `Value.backward`.  A node's turn comes when all of its users have had theirs."""
    order = topological_order(output)
    earlier = _start_afresh(order)
    checks_anomaly = contexts.state().detects_anomaly
    stops = contexts.state().stops
    output.grad = 1.0
    try:
        for node in reversed(order):
            if node.notes is not None and node.notes.hooks:
                node.grad = after_hooks(node, node.grad)
            if (stops or node.notes is not None) and stops_at(node, stops):
                breakpoint()  # the node's turn: `step` leads into backward_step
            if node.operands:
                if checks_anomaly:
                    before = [operand.grad for operand in node.operands]
                    anomaly.check_contributions(node, node.grad, before)
                backward_step(node)
    finally:
        for leaf, gradient in earlier.items():
            leaf.grad += gradient


def _start_afresh(order: list["Value"]) -> dict["Value", float]:
    """Set all but the leaves to gradient 0; also leaves with hooks, whose old ones come back."""
    earlier: dict[Value, float] = {}
    for node in order:
        if node.operands:
            node.grad = 0.0
        elif node.notes is not None and node.notes.hooks:
            earlier[node] = node.grad
            node.grad = 0.0
    return earlier


def differentiate(output: "Value", create_graph: bool = True) -> dict["Value", Any]:
    """The backward pass as an expression: d output / d value for each value behind the output.

    The same chain rule as in `backward_step`, but nobody's `grad` changes.  With `create_graph`
    the rules run on the nodes themselves, so that the gradients are Values with a graph of their
    own (or plain floats, where they depend on nothing); without it, all are floats.
    """
    gradients: dict[Value, Any] = {output: 1.0}
    checks_anomaly = contexts.state().detects_anomaly
    with recording.recording(builds_graph=True, detects_anomaly=False):
        for node in reversed(topological_order(output)):
            if node not in gradients:
                continue  # a constant
            upstream = gradients[node] = after_hooks(node, gradients[node])
            if not node.operands or node.op is None:
                continue
            if checks_anomaly:
                before = [float(gradients.get(operand, 0.0)) for operand in node.operands]
                anomaly.check_contributions(node, float(upstream), before)
            local_derivatives = (
                node.op.derivatives(node, *node.operands)
                if create_graph
                else node.local_derivatives
            )
            for operand, local in zip(node.operands, local_derivatives):
                if operand.op is not CONSTANT:
                    contribution = _times(local, upstream)
                    known = gradients.get(operand)
                    gradients[operand] = contribution if known is None else known + contribution
    return gradients


def _times(local: Any, upstream: Any) -> Any:
    """local * upstream, where a plain 1.0 would only add a node that says nothing."""
    if type(local) is float and local == 1.0:
        return upstream
    if type(upstream) is float and upstream == 1.0:
        return local
    return local * upstream
