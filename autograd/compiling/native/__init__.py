"""The array program as machine code:

plan       which nodes are kept in memory, and where
loops      the loops over rows and elements; elements, elementwise: what is inside them
matrices   sums of products as matrix products; products, packing: those in vector registers
scalars    the table's operations on one number; machine: LLVM's instructions
step       one step; training: many steps, with the optimisers; chunks: so that Ctrl-C works
processor  LLVM's compiler; cache: compiled code kept on disk
native     what a program calls
"""
