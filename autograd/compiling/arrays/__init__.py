"""The array program:

array      its nodes, on which the table's rules run
builder    makes nodes; equal ones once; simplify: their simpler forms
derive     the backward program, by running the table's rules
contract   sums of products, as contractions
turn       the order of axes that stacks of matrix products want
merge      leading axes as one, where a matrix product gains; rewrite: what both are made with
"""
