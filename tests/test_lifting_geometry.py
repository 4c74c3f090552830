"""The patterns in addresses: loops found, cut to common sizes, and read as views of an array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, ops
from autograd.compiling.arrays.array import BATCH, broadcast
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.lifting.addresses import common_sizes, distinct, loops_of, split
from autograd.compiling.lifting.capture import capture
from autograd.compiling.lifting.fuse import fuse
from autograd.compiling.lifting.reading import positions, read

nested = st.lists(st.tuples(st.integers(2, 5), st.integers(-7, 7)), max_size=3)


# --- loops ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "loops"),
    [
        ([7], []),
        ([7, 7, 7], [(3, 0)]),
        ([4, 5, 6, 7], [(4, 1)]),
        ([6, 4, 2], [(3, -2)]),
        ([0, 1, 2, 10, 11, 12], [(2, 10), (3, 1)]),
        ([0, 0, 1, 1, 2, 2], [(3, 1), (2, 0)]),
        ([0, 1, 0, 1, 0, 1], [(3, 0), (2, 1)]),
        ([0, 1, 2, 3, 5], None),  # a run of four, and one over
        ([0, 1, 5, 7], None),  # two runs of two, with other strides
    ],
)
def test_the_loops_that_count_through_addresses(addresses, loops):
    assert loops_of(np.array(addresses)) == loops


@given(nested, st.integers(0, 99))
def test_loops_that_are_found_count_through_the_same_addresses(loops, first):
    addresses = positions(first, loops)
    found = loops_of(addresses)
    assert found is None or positions(first, found).tolist() == addresses.tolist()


@given(st.lists(st.integers(2, 4), max_size=4), st.integers(0, 99))
def test_row_major_order_is_one_loop(sizes, first):
    strides = np.cumprod([1, *sizes[:0:-1]])[::-1].tolist()
    n = int(np.prod(sizes))
    found = loops_of(positions(first, list(zip(sizes, strides))))
    assert found == ([(n, 1)] if n > 1 else [])


@pytest.mark.parametrize(
    ("all_sizes", "common"),
    [
        ([[6], [6]], [6]),
        ([[6], [2, 3]], [2, 3]),
        ([[2, 6], [4, 3]], [2, 2, 3]),
        ([[2, 3], [3, 2]], None),  # a row of 3 and one of 2 do not nest
        ([[], [1]], []),
    ],
)
def test_the_coarsest_sizes_into_which_all_can_be_cut(all_sizes, common):
    assert common_sizes(all_sizes) == common


@given(st.lists(st.integers(2, 4), min_size=1, max_size=4), st.integers(0, 9), st.data())
def test_loops_cut_to_finer_sizes_count_through_the_same_addresses(sizes, stride, data):
    start = data.draw(st.integers(0, len(sizes) - 1))
    coarse = [*sizes[:start], int(np.prod(sizes[start:]))]
    loops = [(size, 100 * i + stride) for i, size in enumerate(coarse)]
    finer = split(loops, sizes)
    assert [size for size, _ in finer] == sizes
    assert positions(0, finer).tolist() == positions(0, loops).tolist()


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1), st.booleans())
def test_distinct_rows_are_numbered_in_the_order_of_their_first(rows, are_many):
    table = np.array(rows * (201 if are_many else 1))  # of many, by hash
    first, which = distinct(table)
    assert table[first][which].tolist() == table.tolist()
    assert first.tolist() == sorted(first.tolist())
    assert len(first) == len(set(rows))


# --- reading an array by loops --------------------------------------------------------------------


def evaluated(node, rows):
    """The numbers of an array made of views and gathers of `rows`."""
    if node.kind == "rows":
        return rows
    x = evaluated(node.args[0], rows)
    if node.kind == "reshape":
        return x.reshape(node.shape)
    if node.kind == "transpose":
        return x.transpose(node.info)
    if node.kind == "index":
        whole = (slice(None), *[slice(*s) if isinstance(s, tuple) else s for s in node.info[1:]])
        return x[whole]
    assert node.kind == "gather"
    return x[:, node.info[0].array]


@given(nested, st.integers(0, 35), st.sampled_from([(120,), (10, 12), (4, 5, 6)]))
def test_what_is_read_by_loops_is_what_they_count_through(loops, lowest, shape):
    offset = lowest - int(positions(0, loops).min())
    places = positions(offset, loops)
    build = Builder(0, 120)
    array = build.reshape(build.rows, (BATCH, *shape))
    rows = np.arange(240.0).reshape(2, 120)
    got = evaluated(read(build, array, offset, loops), rows)
    assert got.shape == (2, *[size if stride else 1 for size, stride in loops])
    full = np.broadcast_to(got, (2, *[size for size, _ in loops]))
    assert full.reshape(2, -1).tolist() == rows[:, places].tolist()


@pytest.mark.parametrize(
    ("offset", "loops", "kinds"),
    [
        (0, [(4, 6), (6, 1)], {"rows", "reshape"}),
        (6, [(2, 6), (6, 1)], {"rows", "reshape", "index"}),
        (0, [(6, 1), (4, 6)], {"rows", "reshape", "transpose"}),
        (0, [(4, 7)], {"rows", "reshape", "gather"}),  # a diagonal is not a slice
        (5, [(6, -1)], {"rows", "reshape", "gather"}),
    ],
)
def test_a_reading_is_a_view_where_there_is_one(offset, loops, kinds):
    build = Builder(0, 24)
    node, found = read(build, build.reshape(build.rows, (BATCH, 4, 6)), offset, loops), set()
    while node.args:
        found.add(node.kind)
        node = node.args[0]
    assert found | {"rows", "reshape"} == kinds | {"rows", "reshape"}


# --- shapes ---------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.sampled_from([1, 3]), max_size=4).map(tuple), min_size=1, max_size=3))
def test_shapes_broadcast_as_in_numpy(shapes):
    assert broadcast(*shapes) == np.broadcast_shapes(*shapes)


def test_the_axis_of_the_rows_broadcasts_as_any_other():
    assert broadcast((BATCH, 1, 3), (4, 1), ()) == (BATCH, 4, 3)
    with pytest.raises(AssertionError, match="shapes do not fit"):
        broadcast((BATCH, 2), (BATCH, 3))


# --- fusion ---------------------------------------------------------------------------------------


def fused(output):
    """The operations after fusion, and how many operands each has."""
    graph, _ = capture([output], [], None)
    graph = fuse(graph)
    return [
        (graph.rows[op].name, int(count)) for op, count in zip(graph.op, graph.arity) if op >= 0
    ]


A, B, C, D, E = [Value(0.1 * i, "abcde"[i]) for i in range(5)]


@pytest.mark.parametrize(
    ("output", "operations"),
    [
        (lambda: A + B, [("add", 2)]),
        (lambda: A + B + C, [("sum", 3)]),
        (lambda: A + (B + C), [("sum", 3)]),
        (lambda: sum([A, B]), [("add", 2)] * 2),
        (lambda: A * B + C, [("mul", 2), ("add", 2)]),
        (lambda: A * B + C * D, [("dot", 4)]),
        (lambda: A * B + C * D + E, [("dot", 5)]),
        (lambda: ag.dot([A], [B]) + C + D, [("dot", 2), ("sum", 3)]),
        (lambda: A - B + C - D, [("sub", 2), ("add", 2), ("sub", 2)]),
        (lambda: A - B - C - D - E, [("sum", 4), ("sub", 2)]),
        (lambda: A - B + C - D + E, [("sum", 3), ("sum", 2), ("sub", 2)]),
        (lambda: 0.0 - A - B - C - D, [("sum", 4), ("sub", 2)]),
        (lambda: A - B * C - D * E - A * E - B * D, [("dot", 8), ("sub", 2)]),
        (lambda: A - (B - C) - (D - E) - A - B, [("sub", 2)] * 2 + [("sum", 4), ("sub", 2)]),
        (lambda: ag.sum([A - B, C - D, E - A]), [("sub", 2)] * 3 + [("sum", 3)]),
    ],
)
def test_what_chains_become(output, operations):
    assert sorted(fused(output())) == sorted(operations)


def test_what_others_read_is_not_fused_away():
    partial = A - B - C
    assert ("sub", 2) in fused((partial - D - E - A) * partial)
    assert fused((A + B) * (A + B + C))[-1] == ("mul", 2)


def test_operands_come_before_users_after_fusion():
    total = A
    for i, x in enumerate([B, C, D, E] * 3):
        total = total - ag.exp(x * total.data) if i % 2 else total + ag.tanh(x)
    graph = fuse(capture([total, ag.sin(total)], [], None)[0])
    user = np.repeat(np.arange(len(graph.op)), graph.arity)
    assert (graph.operands < user).all()
    assert [graph.rows[graph.op[i]] for i in graph.outputs] == [ops.sub, ops.sin]
