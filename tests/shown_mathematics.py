"""A reader with a calculator: parses the equations that are shown, and works them out.

It knows Python's precedence of signs and the table's numbers, and nothing of how the library writes
formulas.  Numbers are taken at the digits shown; names have the values that the caller gives.
"""

import ast
import math
import operator
import re

from autograd import OPERATIONS, Value

NUMBER = r"-?(?:\d+(?:\.\d+)?(?:e[-+]\d+)?|inf|nan)"
TOKEN = re.compile(
    r'"[^"]*"|(?<![\w.])\d+(?:\.\d+)?(?:e[-+]\d+)?|[^\W\d]\w*(?:\.\w+)*|\*\*|[-+*/(),\[\]><=]|\S'
)
SIGNS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
BOUND = 0.006  # half a per cent, and the rounding of the right side


def four_digits(x):
    return f"{x + 0.0:.4g}"


def is_elided(text):
    return "..." in text


def evaluate(text, value_of=None):
    """What the text comes to.  `value_of(name)`: a number, or a Value to differentiate by."""
    names = {}

    def readable(token, follower):
        is_word = token[0] == '"' or token[0].isalpha() or token[0] == "_"
        if not is_word or (token in OPERATIONS and follower == "("):
            return token
        if token in ("inf", "nan"):
            return f"_float('{token}')"
        names[f"_{len(names)}"] = value_of(token.strip('"'))
        return f"_{len(names) - 1}"

    tokens = TOKEN.findall(text)
    code = " ".join([readable(t, f) for t, f in zip(tokens, [*tokens[1:], ""])])
    return _worked_out(ast.parse(code.strip(), mode="eval").body, names)


def _worked_out(node, names):
    def go(inner):
        return _worked_out(inner, names)

    if isinstance(node, ast.Constant):
        return float(node.value)
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp):
        return operator.neg(go(node.operand))
    if isinstance(node, ast.BinOp):
        return OPERATIONS[SIGNS[type(node.op)]](go(node.left), go(node.right))
    if isinstance(node, ast.Call) and node.func.id == "_float":
        return float(node.args[0].value)
    if isinstance(node, ast.Call):
        return OPERATIONS[node.func.id](*[go(argument) for argument in node.args])
    raise AssertionError(f"not a formula: {ast.unparse(node)}")


def agrees(left, right):
    """`right` is as shown: "0.5", or "about 0.5"."""
    left = left.data if isinstance(left, Value) else left
    if not right.startswith("about "):
        return four_digits(left) == right
    right = float(right.removeprefix("about "))
    return math.isclose(left, right, rel_tol=BOUND) or (math.isnan(left) and math.isnan(right))


def check(equation, value_of=None):
    """An equation a = b = ... = r: each side comes to r."""
    *sides, right = equation.split(" = ")
    assert re.fullmatch(rf"(?:about )?{NUMBER}", right), equation
    for k, side in enumerate(sides):
        if is_elided(side):
            continue
        is_last = k == len(sides) - 1
        left = evaluate(side, value_of)
        # a form in letters, before the one in numbers, has more digits than it shows
        assert agrees(left, right) or (
            not is_last and agrees(left, f"about {right.removeprefix('about ')}")
        ), (equation, side, left)


TERM = rf"(?:{NUMBER}|\({NUMBER}\))(?: \((?!{NUMBER}\))[^()=]*\))?"
ARITHMETIC = re.compile(  # not the end of something longer: 2 * exp(1 + 3) = 109.2
    rf"(?<![-+*/=(\w.])(?<![-+*/] )({TERM}(?: (?:\*\*|[-+*/]) {TERM})+)"
    rf" = ((?:about )?{NUMBER})(?![\w.])"
)


def arithmetic_in(prose):
    """(left, right) of every product and sum of numbers in a text, its remarks left out."""
    for left, right in ARITHMETIC.findall(prose):
        yield re.sub(rf" \((?!{NUMBER}\))[^()]*\)", "", left), right


def check_prose(prose):
    """Every product and sum in a text; returns how many there were."""
    found = list(arithmetic_in(prose))
    for left, right in found:
        if not is_elided(left):
            assert agrees(evaluate(left), right), f"{left} = {right} in {prose!r}"
    return len(found)
