"""Module: what all layers and models share - parameters found by name, and state.

A subclass keeps its parameters (Values) and inner modules in plain attributes, directly or in
lists, dicts and the other containers of `nn.trees`, and computes in `__call__`.  Nothing has to be
registered: a module searches its own attributes when asked.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd import Value
from nn.trees import HOLDS_NOTHING, branches, map_tree, matched, named


class Module:
    """The base of every layer and model."""

    def __call__(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")

    def parameters(self) -> list[Value]:
        """Every parameter once, in the order of the attributes."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """(name, parameter) pairs; a name is the path to it, like "layers.0.neurons.3.w.1".

        Every module and container is entered once, under its first path, so that layers may be
        shared, know their parent or each other.  Raises ValueError when two parameters have the
        same name, as with keys 1 and "1"; TypeError for parameters in a set, which is unordered.
        """
        names: dict[Value, str] = {}
        for path, tree in _entries(self):
            for name, parameter in named(path.name, tree):
                names.setdefault(parameter, name)  # a shared parameter counts once
        return [(name, parameter) for parameter, name in names.items()]

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0: leaves add up over backward passes until then."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """The parameters' numbers: a float or lists of floats for each attribute's path.

        Raises what `named_parameters` raises.
        """
        return {path.name: map_tree(float, tree) for path, tree in _entries(self)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load the numbers of a `state_dict()`.

        Raises KeyError, which lists the paths, when entries are missing or extra; ValueError when
        one has another shape, holds a number too large for a float, or has two numbers for one
        shared parameter; TypeError when one is not made of numbers.  Then nothing is changed.
        """
        if not isinstance(state, dict):
            raise TypeError(f"a state is a dict as returned by state_dict(); got {state!r:.60}")
        trees = {path.name: tree for path, tree in _entries(self)}
        missing = [name for name in trees if name not in state]
        extra = [name for name in state if name not in trees]
        if missing or extra:
            raise KeyError(
                f"the state does not fit this {type(self).__name__}: "
                f"missing {missing or 'nothing'}, not known here {extra or 'nothing'}"
            )
        changes: dict[Value, tuple[str, float]] = {}
        for entry, tree in trees.items():
            for name, parameter, number in matched(entry, tree, state[entry]):
                other, first = changes.setdefault(parameter, (name, number))
                if first != number and not (first != first and number != number):  # nan is nan
                    raise ValueError(
                        f"{other} and {name} are one shared parameter, but the state has two "
                        f"numbers for it, {first} and {number}"
                    )
        for parameter, (_, number) in changes.items():
            parameter.data = number

    def __repr__(self) -> str:
        lines = [f"{self._describe()}: {_count(self)}"]
        for path, inner in _inner_modules(self):
            lines.append(f"  {path}: {inner._describe()}, {_count(inner)}")
        return "\n".join(lines)

    def _describe(self) -> str:
        return type(self).__name__


class Path(NamedTuple):
    """The path to a parameter: as its `name` in states and files, and as a `place` in Python."""

    name: str  # parts.head.0
    place: str  # parts['head'][0]

    def item(self, key: Any) -> "Path":
        return Path(f"{self.name}.{key}", f"{self.place}[{key!r}]")

    def attribute(self, name: str) -> "Path":
        return Path(f"{self.name}.{name}", f"{self.place}.{name}")


def _entries(module: Module) -> list[tuple[Path, Any]]:
    """The parameters by path: single Values, and whole containers of them, at any depth."""
    entered: dict[int, Any] = {id(module): module}
    found = [
        entry
        for name, attribute in vars(module).items()
        for entry in _entries_in(Path(name, name), attribute, entered)
    ]
    names = [name for path, tree in found for name, _ in named(path.name, tree)]
    names += [path.name for path, tree in found if not isinstance(tree, Value)]
    if len(set(names)) < len(names):
        _refuse_double_names(found)
    return found


def _refuse_double_names(found: list[tuple[Path, Any]]) -> None:
    """Raise a ValueError that says where the first two with the same name are."""
    places: dict[str, str] = {}
    for entry, tree in found:
        inside = [] if isinstance(tree, Value) else _paths(entry, tree)
        for path in (entry, *inside):
            if path.name in places:
                raise ValueError(
                    f"{places[path.name]} and {path.place} have the same name, {path.name!r}, "
                    "so a saved state would lose one of them: rename an attribute or a key"
                )
            places[path.name] = path.place


def _paths(path: Path, tree: Any) -> Iterator[Path]:
    inside = branches(tree)
    if inside is None:
        yield path
        return
    for key, branch in inside:
        yield from _paths(path.item(key), branch)


def _entries_in(path: Path, tree: Any, entered: dict[int, Any]) -> Iterator[tuple[Path, Any]]:
    if id(tree) in entered:
        return
    if not isinstance(tree, HOLDS_NOTHING):  # a Value in two places appears twice in the state
        entered[id(tree)] = tree  # keeps it alive: an id is unique only while its object lives
    if _is_all_parameters(tree, []):
        yield path, tree
        return
    for inner, branch in _inside(path, tree):
        for entry in _entries_in(inner, branch, entered):
            if isinstance(tree, (set, frozenset)):
                raise TypeError(
                    f"{path.place} is a set, which has no order, so its parameters have no lasting "
                    "names: use a list"
                )
            yield entry


def _inside(path: Path, tree: Any) -> list[tuple[Path, Any]]:
    """What a module or a container holds, with paths; nothing for anything else."""
    if isinstance(tree, Module):
        return [(path.attribute(name), attribute) for name, attribute in vars(tree).items()]
    if isinstance(tree, (set, frozenset)):
        return [(path, branch) for branch in tree]
    return [(path.item(key), branch) for key, branch in branches(tree) or []]


def _is_all_parameters(tree: Any, around: list[int]) -> bool:
    """Whether it is a parameter or a container of parameters; `around`: ids of what it is in."""
    if isinstance(tree, Value):
        return tree.is_leaf
    inside = None if isinstance(tree, Module) else branches(tree)
    if not inside or id(tree) in around:
        return False
    return all(_is_all_parameters(branch, [*around, id(tree)]) for _, branch in inside)


def _count(module: Module) -> str:
    n = len(module.parameters())
    return f"{n} parameter" if n == 1 else f"{n} parameters"


def _inner_modules(module: Module) -> Iterator[tuple[str, Module]]:
    """The modules directly inside this one, with their paths."""
    for name, attribute in vars(module).items():
        if isinstance(attribute, Module):
            yield name, attribute
            continue
        for key, branch in branches(attribute) or []:
            if isinstance(branch, Module):
                yield f"{name}.{key}", branch
