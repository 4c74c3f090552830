"""From the scalar graph to arrays, one step a file:

capture   the graph as flat arrays of node numbers
fuse      chains of additions become one sum, of products one dot; of differences, two sums
          (`differences`); `rewire` has what both do to a graph's edges
group     nodes that do the same become one group
lift      a group becomes one operation on arrays; where its operands are is found by
          addresses, reading and storage; a sum is read part by part (`columns`), and ragged
          groups are filled up by padding
"""
