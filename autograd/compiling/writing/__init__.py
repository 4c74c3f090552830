"""The array program as NumPy source that a person can read:

emit       the functions, and what is prepared once for many steps
targets    where the gradient is written
body       the lines of one function; naming: what things are called
spell      each kind of node as an expression; spell_products, spell_places, choices
load       the source as functions, known to debuggers
export     all of it as a file of its own
"""
