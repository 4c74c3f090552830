"""Which named part of the model each value belongs to: pictures and `why` speak of layers.

A value knows the `group(...)` it was made in.  Most are made in none, though: they are computed
from parameters that were.
"""

from itertools import zip_longest

from autograd.value import Value

Group = tuple[str, ...]  # from outer to inner: ("layers.0", "neurons.3")


def groups_of(order: list[Value]) -> dict[Value, Group]:
    """The group of each value: that it was made in, or that of the parameters it is made from.

    Parameters know the group that their module was built in.  A value that uses parameters
    belongs to what all of these have in common; a function of one such value (an activation) and
    a sum of such values stay with it.
    """
    groups: dict[Value, Group] = {}
    uses_parameters: set[Value] = set()
    for value in order:
        group = value.group
        if not group and value.operands:
            parameters = [v.group for v in value.operands if v.is_leaf and v.group]
            if parameters:
                group = _common(parameters)
                uses_parameters.add(value)
            elif all(operand in uses_parameters for operand in value.operands):
                group = _common([groups.get(operand, ()) for operand in value.operands])
                if len(value.operands) > 1:
                    uses_parameters.add(value)  # one product after another is added
        if group:
            groups[value] = group
    return groups


def _common(groups: list[Group]) -> Group:
    common: list[str] = []
    for names in zip_longest(*groups):
        if len(set(names)) != 1:
            break
        common.append(names[0])
    return tuple(common)
