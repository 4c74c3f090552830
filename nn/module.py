"""Module: a part of a model that knows its parameters.

A subclass keeps its parameters (Values) and inner modules in plain attributes, alone or in lists
and dicts, and computes in `__call__`.  Nothing has to be registered: a module looks through its
own attributes when it is asked.
"""

from collections.abc import Callable, Iterator
from typing import Any

from autograd import Value


class Module:
    """The base of every layer and model."""

    def __call__(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")

    def parameters(self) -> list[Value]:
        """Every parameter once, in the order of the attributes."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """(name, parameter) pairs; a name is the path to it, like "layers.0.neurons.3.w.1"."""
        named: dict[Value, str] = {}
        for path, tree in self._entries():
            for name, parameter in _numbered(path, tree):
                named.setdefault(parameter, name)  # a shared parameter counts once
        return [(name, parameter) for parameter, name in named.items()]

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0: leaves add up over backward passes until then."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """The parameters' numbers: a float, or lists of floats, for each attribute's path."""
        return {path: _map(float, tree) for path, tree in self._entries()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over the numbers of `state_dict()`.

        Raises KeyError, which lists the paths, when entries are missing or extra; ValueError when
        one has another shape, TypeError when one is not made of numbers.  Then nothing is changed.
        """
        entries = dict(self._entries())
        missing = [path for path in entries if path not in state]
        extra = [path for path in state if path not in entries]
        if missing or extra:
            raise KeyError(
                f"the state does not fit this {type(self).__name__}: "
                f"missing {missing or 'nothing'}, not known here {extra or 'nothing'}"
            )
        changes = [
            change for path, tree in entries.items() for change in _matched(path, tree, state[path])
        ]
        for parameter, number in changes:
            parameter.data = number

    def _entries(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        for name, attribute in vars(self).items():
            yield from _entries(prefix + name, attribute)

    def __repr__(self) -> str:
        lines = [f"{self._describe()}: {_count(self)}"]
        for path, inner in _inner_modules(self):
            lines.append(f"  {path}: {inner._describe()}, {_count(inner)}")
        return "\n".join(lines)

    def _describe(self) -> str:
        return type(self).__name__


def _count(module: Module) -> str:
    n = len(module.parameters())
    return f"{n} parameter" if n == 1 else f"{n} parameters"


def _inner_modules(module: Module) -> Iterator[tuple[str, Module]]:
    """The modules right inside this one, with their paths."""
    for name, attribute in vars(module).items():
        branches = _branches(attribute) if isinstance(attribute, (list, tuple, dict)) else None
        for path, branch in branches or [("", attribute)]:
            if isinstance(branch, Module):
                yield f"{name}.{path}" if path else name, branch


def _branches(tree: Any) -> list[tuple[str, Any]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [(str(key), branch) for key, branch in items]


def _is_parameter(tree: Any) -> bool:
    return isinstance(tree, Value) and tree.is_leaf


def _is_all_parameters(tree: Any) -> bool:
    if isinstance(tree, (list, tuple, dict)):
        return bool(tree) and all(_is_all_parameters(branch) for _, branch in _branches(tree))
    return _is_parameter(tree)


def _entries(path: str, tree: Any) -> Iterator[tuple[str, Any]]:
    """(path, lists of parameters) pairs: whole lists of Values, wherever they lie inside."""
    if isinstance(tree, Module):
        yield from tree._entries(path + ".")
    elif _is_all_parameters(tree):
        yield path, tree
    elif isinstance(tree, (list, tuple, dict)):
        for key, branch in _branches(tree):
            yield from _entries(f"{path}.{key}", branch)


def _numbered(path: str, tree: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(tree, Value):
        yield path, tree
    else:
        for key, branch in _branches(tree):
            yield from _numbered(f"{path}.{key}", branch)


def _map(function: Callable[[Any], Any], tree: Any) -> Any:
    if isinstance(tree, dict):
        return {str(key): _map(function, branch) for key, branch in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_map(function, branch) for branch in tree]
    return function(tree)


def _matched(path: str, tree: Any, numbers: Any) -> Iterator[tuple[Value, float]]:
    """(parameter, new number) pairs, or an error that names the path and both shapes."""
    if isinstance(tree, Value):
        if isinstance(numbers, (list, tuple, dict)):
            raise ValueError(f"{path}: expected one number, got {_shape(numbers)}")
        if isinstance(numbers, str):
            raise TypeError(f"{path}: expected a number, got the text {numbers!r}")
        yield tree, Value(numbers).data
        return
    expected = [key for key, _ in _branches(tree)]
    is_list = isinstance(numbers, (list, tuple, dict))
    if not is_list or [key for key, _ in _branches(numbers)] != expected:
        raise ValueError(f"{path}: expected {_shape(tree)}, got {_shape(numbers)}")
    for (key, branch), (_, number) in zip(_branches(tree), _branches(numbers)):
        yield from _matched(f"{path}.{key}", branch, number)


def _shape(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"entries {list(tree)}"
    if isinstance(tree, (list, tuple)):
        return f"a list of {len(tree)}"
    return "one number"
