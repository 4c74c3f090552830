"""Is a rule right?  If not: where, by how much, and what its neighbours would tell a learner.

A rule is tried at smooth points against central differences (`autograd.gradcheck`), then as
part of a gradient of a gradient, which catches rules that leave the graph.  At kinks and extremes,
where a difference says nothing, the library's own row is the judge.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from autograd import OPERATIONS, Operation, grad, gradcheck

Rule = Callable[..., tuple[Any, ...]]
Point = tuple[float, ...]


class Exercise(NamedTuple):
    """The rule of `row`, asked for under `name`; tried at smooth points and at edges."""

    name: str
    row: str
    points: list[Point]
    edges: tuple[Point, ...] = ()


ONE: list[Point] = [(0.3,), (-1.2,), (2.0,)]
TWO: list[Point] = [(0.7, -1.3), (2.0, 3.0), (-0.4, 0.9)]
THREE: list[Point] = [(0.7, -1.3, 0.2), (2.0, 3.0, -4.0)]

EXERCISES = [
    Exercise("add", "add", TWO),
    Exercise("mul", "mul", TWO),
    Exercise("div", "div", TWO),
    Exercise("exp", "exp", ONE),
    Exercise("tanh", "tanh", ONE),
    Exercise("sigmoid", "sigmoid", ONE),
    Exercise("softplus", "softplus", ONE, edges=((800.0,), (-800.0,))),
    Exercise("relu", "relu", ONE, edges=((0.0,),)),
    Exercise("maximum", "maximum", TWO, edges=((1.5, 1.5),)),
    Exercise("power", "pow", [(0.7, -1.3), (2.0, 3.0)]),
    Exercise("product_of_three", "prod", THREE, edges=((0.0, 3.0, 4.0),)),
    Exercise("logsumexp_of_two", "logsumexp", TWO, edges=((1000.0, 999.0),)),
]


def check(exercise: Exercise, rule: Rule) -> str:
    """What is wrong with the rule, in a sentence or two; "" if nothing is."""
    try:
        for point in [*exercise.points, *exercise.edges]:
            fault = _fault_of_shape(exercise, rule, point)
            if fault:
                return fault
        for point in exercise.points:
            fault = _fault_of_value(exercise, rule, point)
            if fault:
                return fault
        for point in exercise.edges:
            fault = _fault_at_edge(exercise, rule, point)
            if fault:
                return fault
        return _fault_of_second_derivative(exercise, rule)
    except Exception as error:
        return f"your rule stopped with {type(error).__name__}: {error}"


def is_begun(exercise: Exercise, rule: Rule) -> bool:
    """False while the rule still returns `...`."""
    try:
        return ... not in rule(*_z_and_operands(exercise, exercise.points[0]))
    except Exception:
        return True


def _fault_of_shape(exercise: Exercise, rule: Rule, point: Point) -> str:
    answer = rule(*_z_and_operands(exercise, point))
    if not isinstance(answer, tuple):
        return f"return a tuple, one local derivative an operand; got {answer!r}"
    if len(answer) != len(point):
        return f"{len(point)} operand(s) need as many local derivatives; got {len(answer)}"
    return ""


def _fault_of_value(exercise: Exercise, rule: Rule, point: Point) -> str:
    mine = _operation(exercise, rule)
    try:
        gradcheck(mine, point)
    except AssertionError:
        return _comparison(exercise, rule, point, "a central difference says")
    return ""


def _fault_at_edge(exercise: Exercise, rule: Rule, point: Point) -> str:
    z, *operands = _z_and_operands(exercise, point)
    for mine, expected in zip(rule(z, *operands), _row(exercise).derivatives(z, *operands)):
        if not abs(float(mine) - float(expected)) <= 1e-9:
            return _comparison(exercise, rule, point, "it should be")
    return ""


def _comparison(exercise: Exercise, rule: Rule, point: Point, judge: str) -> str:
    """The first operand whose derivative is off, with both numbers and a word on the difference."""
    z, *operands = _z_and_operands(exercise, point)
    names = _names(rule)
    for name, mine, right in zip(
        names, rule(z, *operands), _row(exercise).derivatives(z, *operands)
    ):
        if not abs(float(mine) - float(right)) <= 1e-6 * max(1.0, abs(float(right))):
            at = ", ".join([f"{n} = {x:g}" for n, x in zip(names, point)])
            return (
                f"the local derivative by {name} at {at} (z = {z:.6g}): your rule gives "
                f"{float(mine):.6g}, {judge} {float(right):.6g}{_remark(float(mine), float(right))}"
            )
    return f"at {point} the rule disagrees with a central difference"


def _remark(mine: float, right: float) -> str:
    if mine == -right:
        return ": the sign is wrong"
    if right != 0.0 and mine != 0.0 and abs(mine * right - 1.0) < 1e-6:
        return ": it is upside down"
    if right != 0.0 and mine / right in (0.5, 2.0):
        return f": off by a factor {mine / right:g}"
    return ""


def _fault_of_second_derivative(exercise: Exercise, rule: Rule) -> str:
    point = exercise.points[0]
    mine, right = _operation(exercise, rule), _row(exercise)
    for i, name in enumerate(_names(rule)):
        got = grad(grad(mine, i), i)(*point)
        expected = grad(grad(right, i), i)(*point)
        if not abs(got - expected) <= 1e-6 * max(1.0, abs(expected)):
            return (
                f"the first derivative by {name} is right, but differentiated once more it gives "
                f"{got:.6g} instead of {expected:.6g}: write the rule with z, the operands and "
                "autograd's functions, never with float() or .data"
            )
    return ""


def _operation(exercise: Exercise, rule: Rule) -> Operation:
    """The learner's own row: the library's value with the learner's rule.  Not in the table."""
    return Operation(exercise.name, _row(exercise).value, rule, sample=exercise.points[0])


def _row(exercise: Exercise) -> Operation:
    return OPERATIONS[exercise.row]


def _z_and_operands(exercise: Exercise, point: Point) -> list[float]:
    return [_row(exercise).value(*point), *point]


def _names(rule: Rule) -> list[str]:
    return list(rule.__code__.co_varnames[1 : rule.__code__.co_argcount])
