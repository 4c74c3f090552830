"""The backward pass: the chain rule, from the output to the leaves, node by node.

`backward_step` is all there is to backpropagation; put a breakpoint there.  `backward` gives each
node its turn.  `differentiate` is the same pass as an expression, for gradients that are to be
differentiated again.  All three read the attributes of Values and contain no calculus: local
derivatives come from the table's rules.
"""

from typing import Any

from autograd import anomaly, contexts, recording
from autograd.breakpoints import stops_at
from autograd.graph import Node, topological_order
from autograd.hooks import after_hooks
from autograd.ops import CONSTANT
from autograd.passes import Pass


def backward_step(node: Node) -> None:
    """The chain rule at one node: push its gradient to the operands that it was made from."""
    upstream = node.grad
    for operand, local in zip(node.operands, node.local_derivatives):
        if operand.op is not CONSTANT:
            contribution = local * upstream
            operand.grad += contribution


def backward(output: Node) -> None:
    """See `Value.backward`.  A node's turn comes when all of its users have had theirs."""
    order = topological_order(output)
    checks_anomaly, stops = contexts.state().detects_anomaly, contexts.state().stops
    is_watched = checks_anomaly or bool(stops)
    with Pass(order):
        output.grad = 1.0
        for node in reversed(order):
            notes = node.notes
            if is_watched or notes is not None:
                if notes is not None and notes.hooks:
                    node.grad = after_hooks(node, node.grad)
                if (stops or (notes is not None and notes.breakpoint)) and stops_at(node, stops):
                    breakpoint()  # the node's turn: `step` leads into backward_step
                if checks_anomaly:
                    anomaly.check_contributions(node, node.grad, [x.grad for x in node.operands])
            if node.operands and (notes is None or notes.backward is None):
                backward_step(node)
            elif notes is not None and notes.backward is not None:
                notes.backward()  # the function assigned to its `_backward`


def differentiate(output: Node, create_graph: bool = True) -> dict[Any, Any]:
    """The backward pass as an expression: d output / d value for each value it depends on.

    The same chain rule as in `backward_step`, but no `grad` changes.  With `create_graph` the rules
    run on the nodes themselves, so that the gradients are Values with their own graph (or plain
    floats, if they depend on nothing); without it, all are floats.
    """
    gradients: dict[Any, Any] = {output: 1.0}
    checks_anomaly = contexts.state().detects_anomaly
    with recording.recording(builds_graph=True, detects_anomaly=False):
        for node in reversed(topological_order(output)):
            if node not in gradients:
                continue  # a constant
            upstream = gradients[node] = after_hooks(node, gradients[node], create_graph)
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
    """local * upstream, leaving out a plain 1.0, which would only add a useless node."""
    if type(local) is float and local == 1.0:
        return upstream
    if type(upstream) is float and upstream == 1.0:
        return local
    return local * upstream
