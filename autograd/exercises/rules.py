"""Is a derivative rule right?  If not: where, by how much, and what its neighbours would say.

A rule is tried at smooth points against central differences (`autograd.gradcheck`), then as
part of a gradient of a gradient, which catches rules that leave the graph.  At kinks and extremes,
where a difference says nothing, the library's own row is the judge.

To add an exercise on a row of the table, add a line to RULES, a question and an answer.
"""

from collections.abc import Callable
from itertools import permutations, product
from typing import Any, NamedTuple

from autograd import OPERATIONS, Operation, grad, gradcheck
from autograd.exercises.errors import stopped

Rule = Callable[..., tuple[Any, ...]]
Point = tuple[float, ...]


class RuleExercise(NamedTuple):
    """The rule of `row`, asked for under `name`; tried at smooth points and at edges."""

    name: str
    row: str
    points: list[Point]
    edges: tuple[Point, ...] = ()

    def is_begun(self, rule: Rule) -> bool:
        """False while the rule still returns `...`."""
        try:
            return ... not in rule(*_z_and_operands(self, self.points[0]))
        except Exception:
            return True

    def check(self, rule: Rule) -> str:
        """What is wrong with the rule, in a sentence or two; "" if nothing is."""
        try:
            return _fault(self, rule)
        except Exception as error:
            return stopped(error, rule.__code__)


ONE: list[Point] = [(0.3,), (-1.2,), (2.0,)]
TWO: list[Point] = [(0.7, -1.3), (2.0, 3.0), (-0.4, 0.9)]
THREE: list[Point] = [(0.7, -1.3, 0.2), (2.0, 3.0, -4.0)]

RULES = [
    RuleExercise("add", "add", TWO),
    RuleExercise("mul", "mul", TWO),
    RuleExercise("div", "div", TWO),
    RuleExercise("exp", "exp", ONE),
    RuleExercise("tanh", "tanh", ONE),
    RuleExercise("sigmoid", "sigmoid", ONE),
    RuleExercise("softplus", "softplus", ONE, edges=((800.0,), (-800.0,))),
    RuleExercise("relu", "relu", ONE, edges=((0.0,),)),
    RuleExercise("maximum", "maximum", TWO, edges=((1.5, 1.5),)),
    RuleExercise("power", "pow", [(0.7, -1.3), (2.0, 3.0)]),
    RuleExercise("product_of_three", "prod", THREE, edges=((0.0, 3.0, 4.0),)),
    RuleExercise("logsumexp_of_two", "logsumexp", TWO, edges=((1000.0, 999.0),)),
]


def _fault(exercise: RuleExercise, rule: Rule) -> str:
    checks = [
        *[(_fault_of_shape, point) for point in [*exercise.points, *exercise.edges]],
        *[(_fault_of_value, point) for point in exercise.points],
        *[(_fault_at_edge, point) for point in exercise.edges],
        *[(_fault_of_second_derivative, point) for point in exercise.points],
    ]
    for check, point in checks:
        fault = check(exercise, rule, point)
        if fault:
            return fault
    return ""


def _fault_of_shape(exercise: RuleExercise, rule: Rule, point: Point) -> str:
    answer = rule(*_z_and_operands(exercise, point))
    if not isinstance(answer, tuple):
        return f"return a tuple with one local derivative per operand; got {answer!r}"
    if len(answer) != len(point):
        return f"{len(point)} operand(s) need as many local derivatives; got {len(answer)}"
    return ""


def _fault_of_value(exercise: RuleExercise, rule: Rule, point: Point) -> str:
    mine = _operation(exercise, rule)
    try:
        gradcheck(mine, point)
    except AssertionError:
        return _comparison(exercise, rule, point, "a central difference says")
    return ""


def _fault_at_edge(exercise: RuleExercise, rule: Rule, point: Point) -> str:
    mine, right = _mine_and_right(exercise, rule, point)
    if all(abs(m - r) <= 1e-9 for m, r in zip(mine, right)):
        return ""
    return _comparison(exercise, rule, point, "it should be")


def _comparison(exercise: RuleExercise, rule: Rule, point: Point, judge: str) -> str:
    """The first operand whose derivative is off, with both numbers and a word on the difference."""
    mine, right = _mine_and_right(exercise, rule, point)
    names = _names(rule)
    remark = "" if not _is_reordered(mine, right) else ": the right numbers in the wrong order"
    for name, m, r in zip(names, mine, right):
        if not _agree(m, r):
            return (
                f"the local derivative by {name} at {_at(names, point)} "
                f"(z = {_z_and_operands(exercise, point)[0]:.6g}): your rule gives {m:.6g}, "
                f"{judge} {r:.6g}{remark or _remark(m, r)}"
            )
    return f"at {_at(names, point)} the rule disagrees with a central difference"


def _remark(mine: float, right: float) -> str:
    if mine == -right:
        return ": the sign is wrong"
    if right != 0.0 and mine != 0.0 and abs(mine * right - 1.0) < 1e-6:
        return ": it is upside down"
    if right != 0.0 and mine / right in (0.5, 2.0):
        return f": off by a factor {mine / right:g}"
    return ""


def _is_reordered(mine: list[float], right: list[float]) -> bool:
    return any(all(map(_agree, mine, other)) for other in permutations(right))


def _fault_of_second_derivative(exercise: RuleExercise, rule: Rule, point: Point) -> str:
    """By each operand and then by each, so that a rule written for one of them only is caught."""
    mine, right = _operation(exercise, rule), _row(exercise)
    names = _names(rule)
    for (i, first), (j, second) in product(enumerate(names), repeat=2):
        got = grad(grad(mine, i), j)(*point)
        expected = grad(grad(right, i), j)(*point)
        if not _agree(got, expected):
            return (
                f"the local derivative by {first} is right, but differentiated by {second} at "
                f"{_at(names, point)} it gives {got:.6g} instead of {expected:.6g}: write the rule "
                "with z, the operands and autograd's functions (ag.log, not math.log), never with "
                "float() or .data"
            )
    return ""


def _agree(mine: float, right: float) -> bool:
    return abs(mine - right) <= 1e-6 * max(1.0, abs(right))


def _mine_and_right(
    exercise: RuleExercise, rule: Rule, point: Point
) -> tuple[list[float], list[float]]:
    z, *operands = _z_and_operands(exercise, point)
    right = _row(exercise).derivatives(z, *operands)
    return [float(x) for x in rule(z, *operands)], [float(x) for x in right]


def _operation(exercise: RuleExercise, rule: Rule) -> Operation:
    """The learner's own row: the library's value with the learner's rule.  Not in the table."""
    return Operation(exercise.name, _row(exercise).value, rule, sample=exercise.points[0])


def _row(exercise: RuleExercise) -> Operation:
    return OPERATIONS[exercise.row]


def _z_and_operands(exercise: RuleExercise, point: Point) -> list[float]:
    return [_row(exercise).value(*point), *point]


def _at(names: list[str], point: Point) -> str:
    return ", ".join([f"{name} = {x:g}" for name, x in zip(names, point)])


def _names(rule: Rule) -> list[str]:
    return list(rule.__code__.co_varnames[1 : rule.__code__.co_argcount])
