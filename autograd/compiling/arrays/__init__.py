"""The array program:

array      its nodes, on which the table's rules run
builder    makes nodes; equal ones once; simplify: their simpler forms
derive     the backward program, by running the table's rules
contract   sums of products, as contractions
"""
