"""How each kind of node is spelt in NumPy."""

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd import ops
from autograd.compiling.arrays import BATCH, Array, is_mask
from autograd.compiling.choices import is_pick, lookup
from autograd.compiling.contract import Contraction
from autograd.compiling.naming import is_leaf_view

if TYPE_CHECKING:
    from autograd.compiling.body import Body

CALL = re.compile(r"np\.\w+\((\{\d\}|[\d.]+)(, (\{\d\}|[\d.]+))*\)")  # of operands as they are


class Text(NamedTuple):
    """An expression, how loosely it binds, and what it stands for.

    rank 1: a name, a number, a call; 3: unary minus; 4: *, /, @; 5: +, -; 6: anything else
    """

    text: str
    rank: int = 1
    comment: str = ""

    @property
    def is_atom(self) -> bool:
        return self.rank == 1

    def within(self, rank: int) -> str:
        return self.text if self.rank <= rank else f"({self.text})"


def spell(body: "Body", node: Array, args: list[Text]) -> Text:
    """The expression of a node, given those of its operands."""
    found = body.contraction(node)
    if found is not None:
        return _widened(_contraction(body, found, args), node.shape)
    result: Text = globals()[f"_{node.kind}"](body, node, args)
    return result


def _map(body: "Body", node: Array, args: list[Text]) -> Text:
    op = node.info
    if op in (ops.add, ops.sub, ops.mul, ops.div):
        rank = 5 if op in (ops.add, ops.sub) else 4
        left = _as_factor(node, 0, args) if op is ops.mul else args[0].within(rank)
        right = _as_factor(node, 1, args) if op is ops.mul else args[1].within(rank - 1)
        return Text(f"{left} {op.symbol} {right}", rank)
    if op is ops.neg:
        return Text(f"-{args[0].within(1)}", 3)
    if op is ops.where and _is_comparison(node.args[0]):
        condition = args[0].text.removesuffix(" * 1.0")
        return Text(f"np.where({condition}, {args[1].text}, {args[2].text})")
    if not op.array:
        name = (
            body.emitter.names.unique(op.name) if op.name not in body.emitter.functions else op.name
        )
        body.emitter.functions.setdefault(name, op)
        return Text(f"{name}({', '.join(arg.text for arg in args)})")
    is_call = CALL.fullmatch(op.array) is not None
    text = op.array.format(*[arg.text if is_call else arg.within(1) for arg in args])
    return Text(text, 1 if is_call else 4 if op.array.endswith("* 1.0") else 5)


def _is_comparison(node: Array) -> bool:
    return node.kind == "map" and node.info in (ops.greater, ops.equal)


def _as_factor(node: Array, i: int, args: list[Text]) -> str:
    """(x > 0) * y needs no floats on its left: NumPy takes True for 1."""
    if _is_comparison(node.args[i]) and not _is_comparison(node.args[1 - i]):
        short = args[i].text.removesuffix(" * 1.0")
        if short.startswith("("):
            return short
    return args[i].within(4 if i == 0 else 3)


def _contraction(body: "Body", c: Contraction, args: list[Text]) -> Text:
    of_a, of_b, result = c.of_a, c.of_b, c.result
    a, b = args
    shared, summed = c.shared, c.summed
    rows = "".join(x for x in result if x in of_a and x not in of_b)
    columns = "".join(x for x in result if x in of_b and x not in of_a)
    if c.is_matrix_product and shared and shared == result:
        left = _arranged(a, of_a, shared, "", summed, c.sizes)
        right = _arranged(b, of_b, shared, "", summed, c.sizes)
        return Text(f"np.vecdot({left.text}, {right.text})")
    if not c.is_matrix_product or (shared and not (rows and columns)):
        return Text(f'np.einsum("{of_a},{of_b}->{result}", {a.text}, {b.text})')
    if result == shared + columns + rows and columns:
        a, b, of_a, of_b, rows, columns = b, a, of_b, of_a, columns, rows
    body.emitter.products.append(_shapes(c.sizes, shared, rows, summed, columns))
    left = _arranged(a, of_a, shared, rows, summed, c.sizes)
    right = _arranged(b, of_b, shared, summed, columns, c.sizes)
    if shared:
        product = Text(f"{left.within(1)} @ {right.within(1)}", 4)
    else:  # faster than @ on small matrices
        product = Text(f"{left.within(1)}.dot({right.text})")
    got = shared + rows + columns
    if len(rows) > 1 or len(columns) > 1:
        product = _reshaped(product, [c.sizes[x] for x in got])
    return _permuted(product, got, result)


def _widened(x: Text, shape: Any) -> Text:
    """With the axes of size 1 that a contraction has left out."""
    if 1 not in shape:
        return x
    marks = ", ".join("None" if n == 1 else ":" for n in shape)
    return Text(f"{x.within(1)}[{marks}]")


def _shapes(sizes: dict[str, int], shared: str, rows: str, summed: str, columns: str) -> str:
    """A matrix product in words: "(20 x 8) by (8 x 16)"."""

    def text(letters: str) -> str:
        return " x ".join(["batch" if sizes[x] == BATCH else str(sizes[x]) for x in letters])

    stack = f"{text(shared)} of " if shared else ""
    return f"{stack}({text(rows + summed)}) by ({text(summed + columns)})"


def _arranged(
    x: Text, letters: str, shared: str, first: str, second: str, sizes: dict[str, int]
) -> Text:
    """x as (shared..., first, second), each of the two a single axis."""
    turned = letters == shared + second + first and first and second
    front, back = (second, first) if turned else (first, second)
    x = _permuted(x, letters, shared + front + back)
    if len(first) > 1 or len(second) > 1:
        shape = [sizes[letter] for letter in shared]
        shape += [_product(part, sizes) for part in (front, back) if part]
        x = _reshaped(x, shape)
    if not turned:
        return x
    last = len(shared) + 1
    axes = [*range(len(shared)), last, last - 1]
    return Text(f"{x.within(1)}.transpose({_sizes(axes)})" if shared else f"{x.within(1)}.T")


def _product(letters: str, sizes: dict[str, int]) -> int:
    numbers = [sizes[x] for x in letters]
    return BATCH if BATCH in numbers else math.prod(numbers)


def _permuted(x: Text, letters: str, wanted: str) -> Text:
    if letters == wanted:
        return x
    if len(letters) == 2:
        return Text(f"{x.within(1)}.T")
    return Text(f"{x.within(1)}.transpose({', '.join(str(letters.index(w)) for w in wanted)})")


def _reshaped(x: Text, shape: Any) -> Text:
    """Of a reshape only the last counts."""
    text = re.sub(r"\.reshape\([-0-9, ]*\)$", "", x.within(1))
    return Text(f"{text}.reshape({_sizes(shape)})")


def _sizes(shape: Any) -> str:
    return ", ".join(str(n) for n in shape)


def _sum(body: "Body", node: Array, args: list[Text]) -> Text:
    axes = node.info
    if len(args) == 2:  # a vector of ones first
        total = Text(f"{args[0].text}.dot({args[1].text})")
        return _reshaped(total, node.shape) if len(node.shape) > 1 else total
    if len(axes) == len(node.args[0].shape):
        return Text(f"{args[0].within(1)}.sum()")
    axis = str(axes[0]) if len(axes) == 1 else str(tuple(axes))
    return Text(f"{args[0].within(1)}.sum(axis={axis})")


def _peak(body: "Body", node: Array, args: list[Text]) -> Text:
    return Text(f"np.minimum({args[0].within(1)}.max(-1, keepdims=True, initial=-1e308), 1e308)")


def _ones(body: "Body", node: Array, args: list[Text]) -> Text:
    return Text("np.ones(batch)")


def _reshape(body: "Body", node: Array, args: list[Text]) -> Text:
    (x,) = node.args
    if node.shape and len(node.shape) == len(x.shape) + 1:
        for axis in range(len(node.shape)):
            if node.shape == (*x.shape[:axis], 1, *x.shape[axis:]):
                marks = [":"] * axis + ["None"] + ([":"] * (len(x.shape) - axis))
                while marks and marks[-1] == ":":
                    marks.pop()
                return Text(f"{args[0].within(1)}[{', '.join(marks)}]")
    if len(node.shape) == 1 and x.shape[:1] != (BATCH,):
        return Text(f"{args[0].within(1)}.ravel()")
    if node.shape == ():
        return Text(f"{args[0].within(1)}[{', '.join('0' for _ in x.shape)}]")
    return _reshaped(args[0], node.shape)


def _transpose(body: "Body", node: Array, args: list[Text]) -> Text:
    if len(node.shape) == 2:
        return Text(f"{args[0].within(1)}.T")
    return Text(f"{args[0].within(1)}.transpose({_sizes(node.info)})")


def _index(body: "Body", node: Array, args: list[Text]) -> Text:
    text = f"{args[0].within(1)}[{_slices(node.info, node.args[0].shape)}]"
    return Text(f"{text}.copy()" if body.is_preparation and is_leaf_view(node) else text)


def _slices(slices: Any, shape: Any) -> str:
    texts = []
    for s, n in zip(slices, shape):
        if isinstance(s, tuple):
            texts.append(":" if s == (0, n) else f"{s[0]}:{s[1]}")
        else:
            texts.append(str(s))
    while len(texts) > 1 and texts[-1] == ":":
        texts.pop()
    return ", ".join(texts)


def _expand(body: "Body", node: Array, args: list[Text]) -> Text:
    return Text(f"np.broadcast_to({args[0].text}, {_shape_text(body, node.shape)})")


def _gather(body: "Body", node: Array, args: list[Text]) -> Text:
    index, fill = node.info
    axis = 1 if node.is_batched else 0
    if fill is None:
        return Text(f"{args[0].within(1)}.take({body.emitter.data(index.array)}, axis={axis})")
    mask = body.emitter.data(index.array >= 0)
    if is_mask(node):
        return Text(f"np.where({mask}, {args[0].text}, {'0.0' if fill[0] == 0.0 else '-np.inf'})")
    safe = body.emitter.data(np.maximum(index.array, 0))
    number = "0.0" if fill[0] == 0.0 else "-np.inf"
    return Text(f"np.where({mask}, {args[0].within(1)}.take({safe}, axis={axis}), {number})")


def _join(body: "Body", node: Array, args: list[Text]) -> Text:
    axis = ", axis=1" if node.is_batched else ""
    return Text(f"np.concatenate([{', '.join(arg.text for arg in args)}]{axis})")


def _choose(body: "Body", node: Array, args: list[Text]) -> Text:
    index, options = node.args
    if lookup(node) is not None:
        return Text(f"{args[1].within(1)}[{args[0].text}]")
    if is_pick(node):
        return Text(f"{args[1].within(1)}.take({args[0].text})")
    i = args[0].within(1)
    wide_options, wide_index = args[1].text, i
    if options.shape[:-1] != node.shape:
        full = _shape_text(body, (*node.shape, options.shape[-1]))
        wide_options = f"np.broadcast_to({args[1].text}, {full})"
    if index.shape != node.shape:
        wide_index = f"np.broadcast_to({i}, {_shape_text(body, node.shape)})"
    return Text(f"np.take_along_axis({wide_options}, {wide_index}[..., None], -1)[..., 0]")


def _whole(body: "Body", node: Array, args: list[Text]) -> Text:
    """Numbers as indices."""
    return Text(f"{args[0].within(1)}.astype(int)")


def _picks(body: "Body", node: Array, args: list[Text]) -> Text:
    """Where the chosen option of each row is in the flat array of all."""
    rest = node.shape[1:]
    first = f"np.arange(batch * {math.prod(rest)})" if rest else "np.arange(batch)"
    first = f"{first}.reshape(-1, {_sizes(rest)})" if rest else first
    return Text(f"{first} * {node.info} + {args[1].within(1)}", 5)


def _shape_text(body: "Body", shape: Any) -> str:
    sizes = [body.batch() if n == BATCH else str(n) for n in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def _assemble(body: "Body", node: Array, args: list[Text]) -> Text:
    """Pieces into zeros; if they lie side by side along an axis, simply one after another."""
    found = _side_by_side(node)
    if found is not None:
        axis, order = found
        parts = []
        for i in order:
            if isinstance(i, tuple):
                shape = (*node.shape[:axis], i[1] - i[0], *node.shape[axis + 1 :])
                parts.append(f"np.zeros({_shape_text(body, shape)})")
            else:
                parts.append(args[i].text if node.args[i].shape else f"[{args[i].text}]")
        return Text(f"np.concatenate([{', '.join(parts)}]{f', axis={axis}' if axis else ''})")
    name = body.name(node)
    body.lines.append(f"{name} = np.zeros({_shape_text(body, node.shape)})")
    for (how, where), arg in zip(node.info, args):
        if how == "index":
            body.lines.append(f"{name}[{_slices(where, node.shape)}] += {arg.text}")
            continue
        body.lines.append(_scattered(body, name, where.array, arg, node.is_batched))
    return Text(name)


def _scattered(body: "Body", name: str, index: Any, arg: Text, is_batched: bool) -> str:
    """Add up the numbers of arg at the places that the index says; -1 says nowhere."""
    text, used = arg.text, index
    if (index < 0).any():
        used = index[index >= 0]
        kept = body.emitter.data(np.flatnonzero(index.ravel() >= 0))
        lead = "-1, " if is_batched else ""
        text = f"{arg.within(1)}.reshape({lead}{index.size}).take({kept}, axis=-1)"
    where = (":, " if is_batched else "") + body.emitter.data(used)
    if len(np.unique(used)) == used.size:
        return f"{name}[{where}] += {text}"
    where = f"(slice(None), {body.emitter.data(used)})" if is_batched else body.emitter.data(used)
    return f"np.add.at({name}, {where}, {text})"


def _side_by_side(node: Array) -> tuple[int, list[Any]] | None:
    """(axis, pieces in order): each the number of a piece, or (start, stop) of a gap; None if the
    pieces are no neighbours along one axis."""
    if any(how != "index" for how, _ in node.info):
        return None
    places = [where for _, where in node.info]
    axes = {axis for where in places for axis, s in enumerate(where) if s != (0, node.shape[axis])}
    if len(axes) != 1:
        return None
    (axis,) = axes
    is_vector = len(node.shape) == 1
    if not is_vector and not all(isinstance(where[axis], tuple) for where in places):
        return None
    spans = [s if isinstance(s, tuple) else (s, s + 1) for s in [where[axis] for where in places]]
    result: list[Any] = []
    stop = 0
    for i in sorted(range(len(spans)), key=spans.__getitem__):
        if spans[i][0] < stop:
            return None
        if spans[i][0] > stop:
            result.append((stop, spans[i][0]))
        result.append(i)
        stop = spans[i][1]
    if stop < node.shape[axis]:
        result.append((stop, node.shape[axis]))
    return axis, result
