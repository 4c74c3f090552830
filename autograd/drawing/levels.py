"""The two detailed levels: micrograd's record look, and one small box per Value."""

from autograd.drawing.scene import (
    Arrow,
    Box,
    Scene,
    View,
    contribution,
    fixed,
    gradient_text,
    significant,
)
from autograd.value import Value


def full(view: View, local_derivatives: bool, expand_dot: bool) -> Scene:
    """One record per Value, one oval per operation, the local derivative on each edge into it."""
    scene = Scene(is_detailed=True)
    shown = set(view.order)
    for value in view.order:
        lines = [f"data {fixed(value.data)}", gradient_text(value, view.before, short=False)]
        if value.label:
            lines.insert(0, value.label)
        scene.boxes.append(view.box(value, lines))
        if value.op is None or not value.operands:
            continue
        oval = f"op_{view.ids[value]}"
        scene.boxes.append(
            Box(oval, [value.op.symbol], "operation", tooltip=value.op.__doc__ or "")
        )
        scene.arrows.append(Arrow(oval, view.ids[value]))
        if expand_dot and value.op.name == "dot":
            _expand(scene, view, value, oval)
            continue
        for operand, local in zip(value.operands, value.local_derivatives):
            if operand in shown:
                is_said = local_derivatives and not operand.is_constant
                scene.arrows.append(
                    Arrow(
                        view.ids[operand],
                        oval,
                        fixed(local) if is_said else "",
                        contribution(value, local),
                        (operand, value) in view.lit,
                    )
                )
    return scene


def compact(view: View, local_derivatives: bool, expand_dot: bool) -> Scene:
    """One small box per Value that includes its operation: symbol or label, data, gradient."""
    scene = Scene()
    shown = set(view.order)
    for value in view.order:
        name = value.label or (value.op.symbol if value.op is not None and value.operands else "")
        if value.label and value.op is not None and value.operands:
            name = f"{value.label} = {value.op.symbol}"
        lines = [f"{name} {significant(value.data)}".strip()]
        if not value.is_constant:
            lines.append(gradient_text(value, view.before, short=True))
        scene.boxes.append(view.box(value, lines))
        if expand_dot and value.op is not None and value.op.name == "dot":
            _expand(scene, view, value, view.ids[value])
            continue
        for operand, local in zip(value.operands, value.local_derivatives):
            if operand in shown:
                scene.arrows.append(
                    Arrow(
                        view.ids[operand],
                        view.ids[value],
                        significant(local) if local_derivatives and not operand.is_constant else "",
                        contribution(value, local),
                        (operand, value) in view.lit,
                    )
                )
    return scene


def _expand(scene: Scene, view: View, value: Value, sum_id: str) -> None:
    """Draw a dot node as what it stands for: its products and their sum."""
    n = len(value.operands) // 2
    pairs = list(zip(value.operands[:n], value.operands[n : 2 * n], value.local_derivatives[n:]))
    for k, (w, x, weight) in enumerate(pairs):
        product = f"{sum_id}_{k}"
        scene.boxes.append(Box(product, [f"* {significant(w.data * x.data)}"], "operation"))
        scene.arrows.append(Arrow(product, sum_id, "", contribution(value, 1.0)))
        for operand, local in ((w, value.local_derivatives[k]), (x, weight)):
            if operand in view.ids:
                scene.arrows.append(
                    Arrow(
                        view.ids[operand],
                        product,
                        significant(local) if not operand.is_constant else "",
                        contribution(value, local),
                        (operand, value) in view.lit,
                    )
                )
    if len(value.operands) > 2 * n:
        bias = value.operands[-1]
        scene.arrows.append(Arrow(view.ids[bias], sum_id, "1", contribution(value, 1.0)))
