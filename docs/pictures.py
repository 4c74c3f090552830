"""Draw the README's pictures anew: python docs/pictures.py"""

from pathlib import Path

from autograd import Value, draw

FOLDER = Path(__file__).parent / "pictures"

a = Value(2.0, label="a")
b = Value(-3.0, label="b")
c = Value(10.0, label="c")
loss = (a * b + c).tanh()
loss.label = "loss"
loss.backward()

print(draw(loss, format="svg").render(filename=str(FOLDER / "expression"), cleanup=True))
