"""From the scalar graph to arrays, one step per file:

capture   the graph as flat arrays of node numbers
fuse      chains of additions become one sum, sums of products one dot; chains of differences
          become two sums (`differences`); `rewire` holds what both do to a graph's edges
group     nodes that do the same thing become one group
lift      a group becomes one operation on arrays; addresses, reading and storage find its
          operands; a sum is read part by part (`columns`), and ragged groups are padded
"""
