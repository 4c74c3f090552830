"""What an operation's NumPy spelling, `array="np.tanh({0})"`, may say.

It becomes part of a program's source: an expression in which {0}, {1} ... stand for the operands,
and every other name is `np` or a Python builtin.  Its value is compared with the operation's when
something is compiled, since NumPy is loaded by then.
"""

import ast
import builtins
import string

BINDING = (ast.Lambda, ast.comprehension, ast.NamedExpr)  # could shadow what an operand mentions


def check_spelling(name: str, array: str, operands: int | None) -> None:
    """Raise a ValueError that says what is wrong if this does not spell that many operands."""
    fault = _fault(array, operands)
    if fault:
        raise ValueError(
            f"operation {name!r}: array={array!r} {fault}. "
            'An array spelling is one NumPy expression of the operands: "np.hypot({0}, {1})"'
        )


def _fault(array: str, operands: int | None) -> str:
    """What is wrong with it; "" if nothing is."""
    if operands is None:
        return "cannot be right for any number of operands: leave it out"
    try:
        fields = [field for field in string.Formatter().parse(array) if field[1] is not None]
    except ValueError as error:
        return f"is not a format string ({error})"
    places = [str(i) for i in range(operands)]
    for _, field, form, conversion in fields:
        if form or conversion or field not in places:
            return f"has a field that is none of {{0}} to {{{operands - 1}}}"
    return _fault_of(array.format(*[f"operand{i}" for i in range(operands)]), operands)


def _fault_of(text: str, operands: int) -> str:
    """The same, for the spelling with names in place of operands."""
    if not text.isprintable():
        return "must be one line of printable characters"
    try:
        tree = ast.parse(text, mode="eval")
        compile(f"({text})", "", "eval")  # a comment would swallow what comes after it
    except SyntaxError as error:
        return f"is not an expression ({error.msg})"
    known = {"np", *vars(builtins), *[f"operand{i}" for i in range(operands)]}
    for node in ast.walk(tree):
        if isinstance(node, BINDING):
            return "must not give names to anything"
        if isinstance(node, ast.Name) and node.id not in known:
            return f"mentions {node.id!r}, which is neither np nor an operand: write {{0}}, {{1}}"
    return ""
