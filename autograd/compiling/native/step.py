"""The function of a program that calls its nodes' functions, one block of rows at a time.

    NAME(theta, rows, results..., work, doubles, places, functions, n, block)

`work` has room for what is kept; `doubles` and `places` are constant arrays, and `functions` the
addresses of operations that exist only in Python.  There are n rows, `block` at a time.
"""

from collections.abc import Iterable

from autograd.compiling.arrays.array import size_of
from autograd.compiling.native.loops import Loops
from autograd.compiling.native.machine import Function, Whole
from autograd.compiling.native.plan import AFTER, BEFORE, ROWS

ARGUMENTS = ("work", "doubles", "places", "functions")
INLINED = 24  # at most this many functions are joined: LLVM's time grows faster than its text


def text_of(loops: Loops) -> str:
    """LLVM text: the functions, and the one that calls them."""
    functions = [f for part in loops.calls for f in part]
    main = Function(loops.name)
    pointers = _into_work(loops, main, functions)
    for node in loops.plan.cleared:
        place = loops.plan.place[node]
        main.clear(pointers[place.pointer], place.offset, size_of(node.shape))
    _call(main, loops.calls[BEFORE], pointers, "0")
    if loops.calls[ROWS]:
        with main.loop("%n", step="%block") as start:
            left = main.write(f"sub i64 %n, {start}")
            _call(main, loops.calls[ROWS], _block(loops, main, pointers, start),
                  main.smaller(left, "%block"))  # fmt: skip
    _call(main, loops.calls[AFTER], pointers, "0")
    names = ("theta", "rows", *loops.arguments, *ARGUMENTS)
    how = "#0" if len(functions) <= INLINED else "#0 noinline"
    texts = [f.text(_pointers(f.pointers) + "i64 %n, i64 %m", "internal ", how) for f in functions]
    texts.append(main.text(_pointers(names) + "i64 %n, i64 %block"))
    for function in [*functions, main]:
        loops.declared.update(function.declared)
    return "\n".join(texts)


def _pointers(names: Iterable[str]) -> str:
    return "".join([f"ptr noalias %{name}, " for name in names])


def _into_work(loops: Loops, main: Function, functions: list[Function]) -> dict[str, str]:
    """Every pointer that a function is given: an argument, or a place in `work`."""
    wanted = dict.fromkeys([p for f in functions for p in f.pointers])
    wanted.update(dict.fromkeys([loops.plan.place[node].pointer for node in loops.plan.cleared]))
    pointers = {}
    for name in wanted:
        start = int(name.lstrip("abcdefghijklmnopqrstuvwxyz") or 0)
        if name.startswith("fixed"):
            pointers[name] = main.address("%work", start)
        elif name.startswith("row") and name != "rows":
            offset = main.add(main.mul("%block", start), loops.plan.fixed)
            pointers[name] = main.address("%work", offset)
        else:
            pointers[name] = f"%{name}"
    return pointers


def _block(loops: Loops, main: Function, pointers: dict[str, str], start: Whole) -> dict[str, str]:
    """The same, for the block of rows from `start` on."""
    moved = {"rows": main.address("%rows", main.mul(start, loops.plan.columns))}
    for name, width in loops.copies.items():
        if width:
            moved[name] = main.address(f"%{name}", main.mul(start, width))
    return {**pointers, **moved}


def _call(main: Function, functions: list[Function], pointers: dict[str, str], m: Whole) -> None:
    for function in functions:
        given = "".join([f"ptr {pointers[p]}, " for p in function.pointers])
        main.lines.append(f"call void @{function.name}({given}i64 %n, i64 {m})")
