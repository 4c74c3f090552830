"""Value rebuilt in forty lines: the whole idea of reverse mode on one page.

You will see a small Value class find the gradient of a neuron's loss, and the library find the same
digits.  Read it before `autograd/value.py`, which adds only care and speed.  Takes no time.
"""

import math

import autograd

print(__doc__)

# --- the forty lines ----------------------------------------------------------------------


class Value:
    """A number that remembers its operands, and how much it moves when each of them moves."""

    def __init__(self, data, operands=(), local_derivatives=()):
        self.data = data
        self.grad = 0.0
        self.operands = operands
        self.local_derivatives = local_derivatives

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __sub__(self, other):
        return Value(self.data - other.data, (self, other), (1.0, -1.0))

    def tanh(self):
        z = math.tanh(self.data)
        return Value(z, (self,), (1.0 - z * z,))

    def backward(self):
        self.grad = 1.0
        for node in reversed(in_order(self)):
            for operand, local in zip(node.operands, node.local_derivatives):
                operand.grad += local * node.grad  # the chain rule


def in_order(node, order=None, seen=None):
    """Operands before their users."""
    order, seen = ([], set()) if order is None else (order, seen)
    if node not in seen:
        seen.add(node)
        for operand in node.operands:
            in_order(operand, order, seen)
        order.append(node)
    return order


# --- a neuron, in ours and in the library's ---------------------------------------------------


def neuron_loss(value):
    """(loss, weights) of tanh(w1 * x1 + w2 * x2 + b), which should be 0.5, in some Value class."""
    w1, w2, b = value(0.3), value(-0.8), value(0.1)
    output = (w1 * value(2.0) + w2 * value(1.0) + b).tanh()
    error = output - value(0.5)
    return error * error, [w1, w2, b]


ours, our_weights = neuron_loss(Value)
ours.backward()
theirs, their_weights = neuron_loss(autograd.Value)
theirs.backward()

print("          forty lines           the library")
print(f"loss      {ours.data:<20.16f}  {theirs.data:.16f}")
for name, mine, other in zip(["d/dw1", "d/dw2", "d/db"], our_weights, their_weights):
    print(f"{name:8}  {mine.grad:<20.16f}  {other.grad:.16f}")
    assert mine.grad == other.grad
assert ours.data == theirs.data

# --- and it learns ------------------------------------------------------------------------

print("\nTen steps of gradient descent with the forty lines:")
w1, w2, b = Value(0.3), Value(-0.8), Value(0.1)
for step in range(10):
    output = (w1 * Value(2.0) + w2 * Value(1.0) + b).tanh()
    error = output - Value(0.5)
    loss = error * error
    print(f"  step {step}: output {output.data:.4f}, loss {loss.data:.6f}")
    for weight in (w1, w2, b):
        weight.grad = 0.0
    loss.backward()
    for weight in (w1, w2, b):
        weight.data -= 0.1 * weight.grad

print(
    "\nWhat the library adds: any depth (here a chain of 1,000 ends in RecursionError), one table"
)
print("of operations, gradients of gradients, pictures, compiled programs; the idea is the same.")
