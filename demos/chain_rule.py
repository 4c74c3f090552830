"""The chain rule by hand, then by backward(): a neuron of two inputs, and micrograd's example.

You will see every gradient of one tanh neuron found one node at a time, from the output back to
the inputs, and the same numbers from one call of backward().  Takes less than a second;
writes out/chain_rule.svg.
"""

from autograd import Value, draw

print(__doc__)

# --- a neuron with two inputs ---------------------------------------------------------------

x1 = Value(2.0, label="x1")
x2 = Value(0.0, label="x2")
w1 = Value(-3.0, label="w1")
w2 = Value(1.0, label="w2")
b = Value(6.8813735870195432, label="b")  # chosen so that the gradients are round numbers

x1w1 = x1 * w1
x1w1.label = "x1*w1"
x2w2 = x2 * w2
x2w2.label = "x2*w2"
total = x1w1 + x2w2
total.label = "x1*w1 + x2*w2"
n = total + b
n.label = "n"
o = n.tanh()
o.label = "o"

print(f"o = tanh(x1*w1 + x2*w2 + b) = {o:.4f}\n")


def by(value: Value) -> str:
    """Its label as written in a fraction: n, (x1*w1)."""
    return value.label if value.label.isidentifier() else f"({value.label})"


print("Backwards, one node at a time: the local derivative, times what has arrived at the node.")
print("We start with d o / d o = 1, and the rule of tanh:")
o.grad = 1.0
o._backward()
print(f"  d o / d n = 1 - o * o = 1 - {o:.4f} * {o:.4f} = {n.grad:.4g}")
for node in (n, total, x2w2, x1w1):  # an order in which no node's turn comes too early
    node._backward()
    for operand, local in zip(node.operands, node.local_derivatives):
        print(
            f"  d o / d {by(operand)} = d {by(node)} / d {by(operand)} * d o / d {by(node)} "
            f"= {local:.4g} * {node.grad:.4g} = {operand.grad:.4g}"
        )

by_hand = [leaf.grad for leaf in (x1, x2, w1, w2, b)]

for leaf in (x1, x2, w1, w2, b):
    leaf.grad = 0.0  # leaves add up gradients until they are set to 0
o.backward()
assert [leaf.grad for leaf in (x1, x2, w1, w2, b)] == by_hand
print("\nbackward() finds the same:")
for leaf in (x1, x2, w1, w2, b):
    print(f"  d o / d {leaf.label} = {leaf.grad:.4g}")

# --- micrograd's example: more operations, the same rule ---------------------------------------

a = Value(-4.0, label="a")
b = Value(2.0, label="b")
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g += 10.0 / f
g.backward()
print("\nmicrograd's example:")
print(f"  g     = {g:.4f}")
print(f"  dg/da = {a.grad:.4f}: a little more a, and g grows 138 times as fast")
print(f"  dg/db = {b.grad:.4f}")

print("\nNow open", draw(o).render("out/chain_rule.svg"), "- the neuron with all its gradients")
