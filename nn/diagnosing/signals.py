"""What can be wrong with the numbers going forward and the gradients coming back."""

import math
from collections.abc import Iterator

from autograd import Value, topological_order
from nn.diagnosing.look import Finding, Look, layer_of

FLAT = 0.01  # a unit whose slope stays below this on every row passes no gradient on
MANY = 2 / 3  # of a layer's units; a few dead ones are normal in relu layers
VANISHED, EXPLODED = 1e-4, 1e4  # ratio of one layer's typical gradient to another's


def not_finite(look: Look) -> Iterator[Finding]:
    """A parameter, loss or gradient that is nan or inf, and where the first one is."""
    for parameter, name in look.names.items():
        if not math.isfinite(parameter.data):
            yield Finding(
                "not finite",
                layer_of(name),
                f"The parameter {name} is {parameter.data}: an earlier step has overflowed.",
                "Make a new model, and train it with a lower learning rate.",
                parameter.data,
            )
            return
    worst = max(
        look.gradients, key=lambda gradient: abs(gradient) if gradient == gradient else math.inf
    )
    if not math.isfinite(look.start):
        yield _first_not_finite(look)
    elif not math.isfinite(worst):
        yield Finding(
            "not finite",
            "",
            f"The loss is {look.start:.3g}, but a gradient is {worst}.",
            "Call backward() under detect_anomaly(): it names the operation.",
            worst,
        )


def _first_not_finite(look: Look) -> Finding:
    node = next(v for v in topological_order(look.loss) if not math.isfinite(v.data))
    name = node.op.name if node.op is not None else "an input"
    operands = ", ".join([f"{float(operand):.3g}" for operand in node.operands[:3]])
    return Finding(
        "not finite",
        _layer_of_node(look, node),
        f"The loss is {look.start}; the first number that is not finite comes from {name} of "
        f"{operands}.",
        "Keep its operands in range: scale the inputs, or use a loss of logits, such as "
        "binary_cross_entropy_with_logits.",
        node.data,
    )


def units(look: Look) -> Iterator[Finding]:
    """Layers most of whose units pass on no gradient for any row."""
    if look.has_learned or len(look.xs) < 2:
        return
    layers: dict[str, list[list[Value]]] = {}
    for name, nodes in look.units.items():
        layers.setdefault(layer_of(name), []).append(nodes)
    for layer, its_units in layers.items():
        flat = [
            nodes
            for nodes in its_units
            if all(abs(node.local_derivatives[0]) < FLAT for node in nodes)
        ]
        if len(flat) > MANY * len(its_units):
            yield _flat_units(look, layer, flat, len(its_units))


def _flat_units(look: Look, layer: str, flat: list[list[Value]], total: int) -> Finding:
    op = flat[0][0].op
    activation = op.name if op is not None else ""
    few = f"{layer}: {len(flat)} of {total} units are "
    if activation in ("tanh", "sigmoid"):
        inside = [abs(float(node.operands[0])) for nodes in flat for node in nodes]
        mean = math.fsum(inside) / len(inside)
        return Finding(
            "saturated units",
            layer,
            f"{few}saturated: {activation} gets numbers of size {mean:.3g}, where it is flat, on "
            "every row, so that almost no gradient comes through.",
            'Start with smaller weights (init="xavier_uniform"), scale the inputs, and keep the '
            "learning rate low.",
            len(flat) / total,
        )
    return Finding(
        "dead units",
        layer,
        f"{few}dead: {activation} gives 0 on all of the {len(look.xs)} rows, and no gradient comes "
        "through.",
        'Make a new model (init="he_uniform", or the activation leaky_relu), and train with a '
        "lower learning rate.",
        len(flat) / total,
    )


def gradients(look: Look) -> Iterator[Finding]:
    """Gradients that vanish or explode on their way back."""
    if len(look.signals) < 2:
        return
    shown = ", ".join([f"{size:.2g} ({layer})" for layer, size in look.signals.items()])
    look.facts.append(f"The gradient that comes back to each layer has the size {shown}.")
    (first, at_first), *_, (last, at_last) = look.signals.items()
    if at_first < VANISHED * at_last and not look.has_learned:
        yield Finding(
            "vanishing gradients",
            first,
            f"{first}: the gradients vanish on their way back, from {at_last:.2g} in {last} to "
            f"{at_first:.2g} here.",
            'Use relu or tanh with init="he_uniform" or "xavier_uniform", or fewer layers.',
            at_first / at_last,
        )
    largest = max(look.signals, key=lambda layer: look.signals[layer])
    if look.signals[largest] > EXPLODED:
        yield Finding(
            "exploding gradients",
            largest,
            f"{largest}: the gradients explode: {look.signals[largest]:.2g} comes back here.",
            'Start with smaller weights (init="he_uniform" for relu, "xavier_uniform" for tanh), '
            "or cut gradients off with nn.clip_grad_norm_.",
            look.signals[largest],
        )


def _layer_of_node(look: Look, node: Value) -> str:
    for operand in reversed(topological_order(node)):
        if operand in look.names:
            return layer_of(look.names[operand])
    return ""
