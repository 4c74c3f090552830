"""Derivatives of functions: each takes f and returns a function that computes its derivative.

    grad(f)              the gradient of a function with one number as its result
    value_and_grad(f)    its value, and the gradient
    jacobian(f)          the derivative of each result by each argument
    hessian(f)           the second derivatives
    vjp, jvp, hvp        products of these with a vector, without building the matrix

The functions take numbers and (nested) lists of numbers, the results have their shape, and
transforms can be applied to one another, to any order.  Called with plain numbers, they return
floats; with Values, they return Values that can be differentiated further.  Arguments that are not
differentiated are passed on unchanged.  No `grad` changes.  Names and argument order are those of
JAX and torch.func.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from autograd.backward import differentiate
from autograd.graph import topological_order
from autograd.ops import to_float
from autograd.recording import recording
from autograd.value import Value

Function = Callable[..., Any]
Argnums = int | Sequence[int]

_depth: ContextVar[int] = ContextVar("autograd.transforms", default=0)


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes the gradient of f by its argument `argnums`.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda w: w[0] * w[1])([3.0, 4.0])
    [4.0, 3.0]

    With several argnums, a tuple of gradients.  Raises TypeError if f does not return a number.
    """
    value_and_gradient = value_and_grad(f, argnums)

    def gradient_of_f(*args: Any, **kwargs: Any) -> Any:
        return value_and_gradient(*args, **kwargs)[1]

    return _named(gradient_of_f, "grad", f)


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes (f(x), gradient of f at x) in one pass.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        with _Call(args, argnums) as call:
            output = _scalar(f(*call.args, **kwargs), "grad", "one number")
            gradients = call.gradients(output)
            gradient = _map(lambda x: gradients.get(x, 0.0), call.picked)
            return call.result(output), call.result(gradient)

    return _named(value_and_gradient, "value_and_grad", f)


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes the derivative of each result of f by each of its arguments.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
    [[4.0, 3.0], [1.0, 1.0]]

    It has the shape of f's result, with each number replaced by the shape of the argument.
    One backward pass per result.
    """

    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        with _Call(args, argnums) as call:

            def row(output: Any) -> Any:
                gradients = call.gradients(_scalar(output, "jacobian"))
                return _map(lambda x: gradients.get(x, 0.0), call.picked)

            return call.result(_map(row, f(*call.args, **kwargs)))

    return _named(jacobian_of_f, "jacobian", f)


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that computes all second derivatives of f: the jacobian of its gradient.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    return _named(jacobian(grad(f, argnums), argnums), "hessian", f)


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """(f(*primals), the function v -> v^T J): vector times jacobian, in one backward pass.

    >>> y, pull_back = vjp(lambda x: [x[0] * x[1], x[0] + x[1]], [3.0, 4.0])
    >>> pull_back([1.0, 10.0])
    ([14.0, 13.0],)

    `v` has the shape of f's result; the function returns a tuple, one entry per primal, as in JAX.
    """
    with _Call(primals, range(len(primals))) as call:
        outputs = _scalars(f(*call.args), "vjp")
        value = call.result(outputs)

    def pull_back(cotangents: Any) -> tuple[Any, ...]:
        directions = _matching(cotangents, outputs, "vjp")
        with _Call((directions,), 0) as second:
            second.is_outermost = second.is_outermost and call.is_outermost
            total: Any = 0.0
            for output, direction in zip(_leaves(outputs), second.args[0]):
                total = total + output * direction
            gradients = second.gradients(total)
            picked = _map(lambda x: gradients.get(x, 0.0), call.args)
            result: tuple[Any, ...] = second.result(picked)
            return result

    return value, _named(pull_back, "vjp", f)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """(f(*primals), J v): jacobian times vector, in one forward pass through the graph.

    >>> jvp(lambda x: [x[0] * x[1], x[0] + x[1]], ([3.0, 4.0],), ([1.0, 10.0],))
    ([12.0, 7.0], [34.0, 11.0])

    `tangents` has the shape of `primals`: a tuple with one entry per argument of f.
    """
    with _Call(tuple(primals), range(len(primals))) as call:
        directions = _matching(tuple(tangents), call.args, "jvp")
        outputs = _scalars(f(*call.args), "jvp")
        slopes: dict[Value, Any] = dict(zip(_leaves(call.args), directions))
        for node in topological_order(*[x for x in _leaves(outputs) if isinstance(x, Value)]):
            if node.op is None or node in slopes:
                continue
            slope: Any = None
            for operand, local in zip(node.operands, call.local_derivatives(node)):
                if operand in slopes:
                    step = local * slopes[operand]
                    slope = step if slope is None else slope + step
            if slope is not None:
                slopes[node] = slope
        slope_of_f = _map(lambda x: slopes.get(x, 0.0) if isinstance(x, Value) else 0.0, outputs)
        return call.result(outputs), call.result(slope_of_f)


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """(f(*primals), H v): the hessian by the first argument times a vector, without building H.

    >>> hvp(lambda x: x[0] ** 2 * x[1], ([3.0, 4.0],), ([1.0, 0.0],))
    (36.0, [8.0, 6.0])

    A forward pass over the gradient (Pearlmutter 1994): takes about as long as two gradients.
    """
    (value, _), (_, product) = jvp(value_and_grad(f), primals, tangents)
    return value, product


# --- the arguments of one call ------------------------------------------------------------------


class _Call:
    """One call of a transformed function: arguments as Values, results of the caller's type.

    Each argument gets its own node (+x for a Value), so that the inner derivative never flows into
    the x of an outer one.  Inside it, a graph is built even under `no_grad`.
    """

    def __init__(self, args: tuple[Any, ...], argnums: Argnums) -> None:
        self.is_outermost = _depth.get() == 0 and not any(
            isinstance(x, Value) for x in _leaves(args)
        )
        chosen = _chosen(argnums, len(args))
        with recording(builds_graph=True):
            self.args = tuple([_own(x) if i in chosen else x for i, x in enumerate(args)])
        single = isinstance(argnums, int)
        self.picked: Any = self.args[chosen[0]] if single else tuple([self.args[i] for i in chosen])

    def __enter__(self) -> "_Call":
        self._token = _depth.set(_depth.get() + 1)
        self._recording = recording(builds_graph=True)
        self._recording.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._recording.__exit__(None, None, None)
        _depth.reset(self._token)

    def gradients(self, output: Any) -> dict[Value, Any]:
        """d output / d value for each value: floats unless they will be differentiated again."""
        if not isinstance(output, Value):
            return {}
        return differentiate(output, create_graph=not self.is_outermost)

    def local_derivatives(self, node: Value) -> Sequence[Any]:
        if self.is_outermost or node.op is None:
            return node.local_derivatives
        return node.op.derivatives(node, *node.operands)

    def result(self, tree: Any) -> Any:
        """Plain numbers if the caller passed plain numbers, else the Values themselves."""
        return _map(float, tree) if self.is_outermost else tree


def _own(tree: Any) -> Any:
    """A new node for each number."""
    return _map(lambda x: +x if isinstance(x, Value) else Value(x), tree)


def _chosen(argnums: Argnums, count: int) -> Sequence[int]:
    """The arguments to differentiate by, counted from 0."""
    numbers = [argnums] if isinstance(argnums, int) else argnums
    if not isinstance(numbers, (list, tuple, range)) or not all(
        isinstance(i, int) for i in numbers
    ):
        raise TypeError(f"argnums is a whole number or a tuple of them, got {argnums!r:.60}")
    try:
        return [range(count)[i] for i in numbers]
    except IndexError:
        raise IndexError(
            f"argnums={argnums!r}, but f was called with {count} argument(s)"
        ) from None


def _scalar(output: Any, name: str, wanted: str = "numbers, or lists of them") -> Any:
    """The number that f returned: a Value, or a number that depends on nothing."""
    if getattr(output, "shape", None) == () and hasattr(output, "item"):
        output = output.item()  # a 0-d array may hold a Value
    if isinstance(output, Value):
        return output
    try:
        return to_float(output)
    except TypeError:
        text = " ".join(repr(output).split())
        hint = " For several results use jacobian or vjp." if name == "grad" else ""
        raise TypeError(
            f"{name} needs a function that returns {wanted}, got {type(output).__name__}: "
            f"{text:.60}.{hint}"
        ) from None


def _scalars(outputs: Any, name: str) -> Any:
    return _map(lambda output: _scalar(output, name), outputs)


# --- numbers in nested lists ------------------------------------------------------------------


def _map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same nesting of lists, tuples and dicts, with function(number) for each number."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a namedtuple
        return type(tree)(*[_map(function, branch) for branch in tree])
    if isinstance(tree, (list, tuple)):
        return type(tree)([_map(function, branch) for branch in tree])
    if isinstance(tree, dict):
        return {key: _map(function, branch) for key, branch in tree.items()}
    if hasattr(tree, "tolist") and getattr(tree, "shape", ()) != ():
        return _map(function, tree.tolist())  # an array counts as the list that it holds
    return function(tree)


def _leaves(tree: Any) -> list[Any]:
    leaves: list[Any] = []
    _map(leaves.append, tree)
    return leaves


def _matching(tree: Any, like: Any, name: str) -> list[Any]:
    if _map(lambda _: 0, tree) != _map(lambda _: 0, like):
        raise ValueError(
            f"{name}: the vector must have the shape of {_map(float, like)!r:.80}, got {tree!r:.80}"
        )
    return _leaves(tree)


def _named(function: Function, name: str, f: Function) -> Function:
    function.__name__ = f"{name}({getattr(f, '__name__', 'f')})"
    function.__doc__ = f"{name} of {getattr(f, '__name__', 'f')}."
    return function
