"""How a `choose` reads its options: as rows of a table, or one number from each row.

An embedding looks whole rows up in a table that all examples share; a class label picks one
number out of each example's row.
"""

from autograd.compiling.arrays.array import Array


def lookup(node: Array) -> tuple[Array, Array] | None:
    """(index, table) if the result is table[index]; table: (options, ...)."""
    index, options = node.args
    if options.is_batched:
        return None
    build, rank = node.program, len(node.shape)
    row = options.shape[:-1]
    while row and row[0] == 1:
        row = row[1:]
    front = rank - len(row)
    padded = (1,) * (rank - len(index.shape)) + index.shape
    if any(n != 1 for n in padded[front:]) or padded[:front] != node.shape[:front]:
        return None
    table = build.reshape(options, (*row, options.shape[-1]))
    table = build.transpose(table, (len(row), *range(len(row))))
    return build.reshape(index, node.shape[:front]), table


def is_pick(node: Array) -> bool:
    """Whether it picks one number from each row of its own options."""
    index, options = node.args
    return options.is_batched and index.shape == options.shape[:-1] == node.shape


def operands(node: Array) -> tuple[Array, Array]:
    """(index, options) as the spelling needs them, the index as whole numbers."""
    build = node.program
    index, options = node.args
    found = lookup(node)
    if found is not None:
        index, options = found
    whole = build.node("whole", (index,), None, index.shape)
    if found is None and is_pick(node):
        whole = build.node("picks", (build.batch, whole), options.shape[-1], index.shape)
    return whole, options
