"""The array program:

array      its nodes, on which the table's rules run
builder    makes nodes, each distinct one once (hash-consing)
simplify   simpler forms of a node
derive     the backward program, by running the table's rules
contract   sums of products as contractions
turn       puts axes in the order that stacks of matrix products want
merge      flattens leading axes into one where a matrix product gains by it
rewrite    what `turn` and `merge` share
"""
