"""Which nodes of an array program get a place in memory, where, and when each is computed.

Everything else is computed inside the loops of its user, or is another way of reading numbers that
are in memory: a `View`.  A program has three parts:

    before   what does not depend on the rows
    rows     one block of rows at a time, forward and backward while it is in the cache; sums over
             the rows add to what earlier blocks left
    after    what depends on such sums
"""

from typing import NamedTuple

from autograd import ops
from autograd.compiling.arrays.array import BATCH, Array, Shape, reachable, size_of
from autograd.compiling.arrays.contract import Contraction, contraction

VIEWS = ("reshape", "transpose", "index", "expand")
INLINE = ("map", "choose", "gather")
LEAVES = ("theta", "rows", "const", "batch")
COSTLY = (  # worth computing in whole vectors
    ops.exp, ops.tanh, ops.sigmoid, ops.silu, ops.log, ops.softplus, ops.elu
)  # fmt: skip
BEFORE, ROWS, AFTER = 0, 1, 2
DEEPEST = 40  # operations nested in one expression
LANES = 8  # places in memory start at a multiple of this many numbers


class View(NamedTuple):
    """Where a node's numbers are: in the memory of `root`, from `offset`, one stride per axis."""

    root: Array
    offset: int
    strides: tuple[int, ...]


class Place(NamedTuple):
    """`base` is "fixed", "row" (then `start` counts numbers per row) or an argument's name."""

    base: str
    start: int = 0
    offset: int = 0

    @property
    def pointer(self) -> str:
        return f"{self.base}{self.start}" if self.base in ("fixed", "row") else self.base


class Plan:
    """The nodes that are kept, in order, and their places."""

    def __init__(self, results: list[Array], named: dict[Array, str]) -> None:
        self.named = named  # node -> the argument that receives it
        self.results = set(results)  # read by the caller, whatever else reads them
        order = reachable(results, operands)
        self.columns = results[0].program.rows.shape[1]
        self.users: dict[Array, list[Array]] = {node: [] for node in order}
        for node in order:
            for arg in operands(node):
                self.users[arg].append(node)
        self.part: dict[Array, int] = {}
        for node in order:
            self.part[node] = self._part(node)
        self.kept: set[Array] = set()
        depth: dict[Array, int] = {}  # for what is computed inside one expression
        for node in order:
            depth[node] = 1 + max([depth[x] for x in operands(node)], default=0)
            if node in named or self._is_kept(node) or depth[node] > DEEPEST:
                if node.kind not in LEAVES:
                    self.kept.add(node)
                depth[node] = 0
        for node in order:
            found = contraction_of(node)
            if found is not None:
                self.kept |= {x for x in (found.a, found.b) if self.view(x) is None}
        self.order = [node for node in order if node in self.kept]
        self.place: dict[Array, Place] = {}
        self.cleared: list[Array] = []  # set to zero before the rows
        self.inside: set[Array] = set()  # pieces that are computed where they are assembled
        self.fixed = self.per_row = 0
        for node in reversed(self.order):  # arrays that are assembled before their pieces
            if node not in self.place:
                self._settle(node)

    def _part(self, node: Array) -> int:
        if BATCH in node.shape:
            assert all(self.part[arg] != AFTER for arg in operands(node))
            return ROWS
        return AFTER if any(self.part[arg] != BEFORE for arg in operands(node)) else BEFORE

    def adds_up(self, node: Array) -> bool:
        """Whether it is a sum over the rows, to which every block adds a part."""
        return self.part[node] == AFTER and any(self.part[x] == ROWS for x in operands(node))

    def consumers(self, node: Array) -> list[Array]:
        """The nodes that compute with its numbers, looking through views."""
        found: list[Array] = []
        for user in self.users[node]:
            found += self.consumers(user) if user.kind in VIEWS else [user]
        return found

    def _is_kept(self, node: Array) -> bool:
        if node.kind in VIEWS or node.kind in LEAVES:
            return False
        if node.kind not in INLINE:
            return True
        consumers = self.consumers(node)
        if len(consumers) != 1 or node in self.results:
            return True
        (user,) = consumers
        if user.kind == "sum":
            return contraction_of(user) is not None
        if user.kind in ("assemble", "join"):
            return False
        if wants_whole_vectors(user):
            return True
        return (BATCH in user.shape, size_of(user.shape)) != (BATCH in node.shape, _size(node))

    # --- places ---------------------------------------------------------------------------------

    def _settle(self, node: Array) -> None:
        if node in self.named:
            self.place[node] = Place(self.named[node])
        else:
            self.place[node] = self.room(node)
        if node.kind == "assemble" and BATCH not in node.shape:
            self._settle_pieces(node)
        if self.adds_up(node) and node not in self.inside:
            self.cleared.append(node)

    def room(self, node: Array) -> Place:
        """Its own place in the work memory."""
        if BATCH in node.shape:
            assert node.is_batched, f"rows that are not the first axis: {node}"
            self.per_row += _size(node)
            return Place("row", self.per_row - _size(node))
        self.fixed += -(-_size(node) // LANES) * LANES
        return Place("fixed", self.fixed - -(-_size(node) // LANES) * LANES)

    def _settle_pieces(self, node: Array) -> None:
        """Pieces that overlap no other, and that nothing else reads, are computed in place."""
        if len(node.shape) != 1 or any(how != "index" for how, _ in node.info):
            return
        spans = [s if isinstance(s, tuple) else (s, s + 1) for _, (s,) in node.info]
        home = self.place[node]
        for i, (x, (start, stop)) in enumerate(zip(node.args, spans)):
            while x.kind == "reshape" and len(self.users[x]) == 1:
                x = x.args[0]
            overlaps = [j for j, (a, b) in enumerate(spans) if j != i and a < stop and start < b]
            is_own = x in self.kept and x.kind == "sum" and len(self.users[x]) == 1
            if is_own and not overlaps and x not in self.named:
                self.place[x] = home._replace(offset=start)
                self.inside.add(x)
        self.cleared.append(node)

    # --- views ----------------------------------------------------------------------------------

    def view(self, node: Array) -> View | None:
        """Where its numbers are; None if they have to be computed first."""
        if node in self.kept or node.kind in ("theta", "rows"):
            return View(node, 0, row_major(node.shape))
        if node.kind == "const":
            return View(node, 0, row_major(node.shape)) if node.literal is None else None
        if node.kind not in VIEWS or (inner := self.view(node.args[0])) is None:
            return None
        x, (root, offset, strides) = node.args[0], inner
        if node.kind == "transpose":
            return View(root, offset, tuple([strides[axis] for axis in node.info]))
        if node.kind == "expand":
            new = len(node.shape) - len(x.shape)
            kept = [0 if n == 1 != m else s for s, n, m in zip(strides, x.shape, node.shape[new:])]
            return View(root, offset, (0,) * new + tuple(kept))
        if node.kind == "index":
            starts = [s[0] if isinstance(s, tuple) else s for s in node.info]
            offset += sum(start * stride for start, stride in zip(starts, strides))
            kept = [stride for s, stride in zip(node.info, strides) if isinstance(s, tuple)]
            return View(root, offset, tuple(kept))
        reshaped = _restrided(x.shape, strides, node.shape)
        return None if reshaped is None else View(root, offset, reshaped)


def operands(node: Array) -> tuple[Array, ...]:
    """What its loops read; for a matrix product, the two factors."""
    found = contraction_of(node)
    return (found.a, found.b) if found is not None else node.args


def contraction_of(node: Array) -> Contraction | None:
    """The node as a sum of products in which some axis belongs to only one factor; else None."""
    found = contraction(node)
    return found if found is not None and found.is_outer else None


def wants_whole_vectors(node: Array) -> bool:
    """Whether it is costly and its last axis is not whole vectors: it is computed from numbers in
    memory, in one loop over all axes."""
    is_costly = node.kind == "map" and node.info in COSTLY and len(node.shape) > 1
    return is_costly and node.shape[-1] % LANES != 0


def row_major(shape: Shape) -> tuple[int, ...]:
    strides, stride = [], 1
    for n in reversed(shape):
        strides.append(stride)
        stride *= n
    return tuple(reversed(strides))


def _size(node: Array) -> int:
    return size_of(node.shape)


def _restrided(shape: Shape, strides: tuple[int, ...], new: Shape) -> tuple[int, ...] | None:
    """The strides of a reshape, by groups of axes; None if the numbers would have to move."""
    old = [(n, s) for n, s in zip(shape, strides) if n != 1]
    result: list[int] = []
    pending: list[tuple[int, int]] = []
    for n in reversed(new):
        if n == 1:
            result.append(0)
            continue
        if not pending:
            pending = [old.pop()]
        while pending[0][0] != BATCH != n and pending[0][0] % n:
            above = old.pop()  # merged axes must be contiguous
            if above[0] == BATCH or above[1] != pending[0][0] * pending[0][1]:
                return None
            pending = [(above[0] * pending[0][0], pending[0][1])]
        size, stride = pending.pop()
        if (n == BATCH) != (size == BATCH):
            return None
        result.append(stride)
        if size != n:
            pending = [(size // n, stride * n)]
    return tuple(reversed(result))
