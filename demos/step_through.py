"""A lecture in ten breakpoints: one neuron, forwards and backwards, in your debugger.

Run it in a terminal (`python -m demos.step_through`): it stops ten times and says what to look at;
`c` continues to the next stop.  The first five stops are in this file; the other five are in the
backward pass itself, where `s` steps into the chain rule.  In an editor, start it under the
debugger ("justMyCode": false).  Without a terminal it does not stop, and prints the lecture.
"""

import os
import sys

from autograd import Value, walk

print(__doc__)

LIVE = (sys.stdin.isatty() and sys.stdout.isatty()) or "PYTHONBREAKPOINT" in os.environ


def say(number: int, text: str) -> None:
    print(f"\n[{number}] {text}", flush=True)


x = Value(2.0, label="x")
w = Value(-0.5, label="w")
b = Value(0.3, label="b")
say(1, "Three leaves. Look:  p x, x.operands, x.op  - you made a leaf, from nothing.")
if LIVE:
    breakpoint()

product = x * w
product.label = "x*w"
say(2, "A product remembers its operands. Look:  p product.operands, product.op")
if LIVE:
    breakpoint()

total = product + b
total.label = "sum"
say(3, "Each operation knows its local derivatives. Look:  p product.local_derivatives")
if LIVE:
    breakpoint()

output = total.tanh()
output.label = "output"
say(
    4,
    "d tanh(sum)/dsum = 1 - output * output. Look:  p 1 - output.data**2, output.local_derivatives",
)
if LIVE:
    breakpoint()

error = output - 1.0
error.label = "error"
loss = error * error
loss.label = "loss"
say(5, "All gradients are 0: there has been no backward pass yet. Look:  p x.grad, x.has_gradient")
if LIVE:
    breakpoint()

say(6, "The output's turn: its gradient is 1. Type s until contribution has a value.")
say(7, "The error's turn: two contributions, since loss = error * error used it twice.")
say(8, "The tanh's turn: upstream * (1 - output * output).")
say(9, "The product's turn. Look:  p node.grad, node.local_derivatives")
say(10, "A leaf's turn: w's gradient is complete. Look:  p node, node.grad")
for value in (loss, error, output, product, w):
    value.breakpoint()
loss.backward()

print("\nThe same pass, step by step:")
steps = walk(loss)
for step in steps:
    print(" ", step)
print("\nWhy is w's gradient what it is?", steps.why(w))
