"""The source as functions whose lines debuggers and tracebacks can show.

On the way, the numbers of a step become 0-d arrays: NumPy would otherwise convert a Python float
each time that it meets it, which takes as long as adding eight numbers.  The source stays as it is.
"""

import ast
import itertools
import linecache
import weakref
from typing import Any

import numpy as np

QUICK_POWERS = ("2.0", "0.5", "-1.0", "1.0", "0.0")  # quick unless they are arrays

_numbers = itertools.count(1)


def loaded(source: str, names: dict[str, Any], quick: str = "") -> dict[str, Any]:
    """Run the source, a module that may refer to `names`; the numbers in its function `quick`
    become arrays."""
    filename = f"<compiled program {next(_numbers)}>"
    names["__source__"] = Shown(filename, source)
    tree = ast.parse(source, filename)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == quick:
            _WithArrays(names).visit(function)
    exec(compile(tree, filename, "exec"), names)
    return names


class Shown:
    """A source where debuggers look for it, for as long as one of its functions lives: the
    functions, and the frames of a traceback, hold this object among their globals."""

    def __init__(self, filename: str, source: str) -> None:
        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)
        weakref.finalize(self, linecache.cache.pop, filename, None).atexit = False


class _WithArrays(ast.NodeTransformer):
    """Replaces the floats in an expression by names of arrays: 0.5 by an array named "0.5"."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def _named(self, number: float, node: ast.expr) -> ast.expr:
        name = repr(number)  # a name that no source can contain
        self.names[name] = np.array(number)
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self._named(node.value, node) if type(node.value) is float else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        number = node.operand.value if isinstance(node.operand, ast.Constant) else None
        number = np.inf if ast.unparse(node.operand) == "np.inf" else number
        if isinstance(node.op, ast.USub) and type(number) is float:
            return self._named(-number, node)
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.Pow) and ast.unparse(node.right) in QUICK_POWERS:
            node.left = self.visit(node.left)
            return node
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        return node
