"""The array program as NumPy source that a person can read:

emit       the functions, and what is computed once for many steps
targets    where the gradient is written
body       the lines of one function; naming: the names of variables
spell      each kind of node as an expression; spell_products, spell_places, choices
load       the source as functions that debuggers can show
export     the whole program as a file
"""
