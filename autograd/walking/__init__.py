"""The backward pass as a sequence of chain-rule steps, forwards and back.

A reader of the graph: it changes nobody's `grad`.

    steps.py       a step, and the tape of all of them
    walker.py      Walk: next, back, goto, until
    routes.py      all paths from a value to the output: how many, how large
    why.py         why a gradient is zero, huge or nan
    text.py        a step in words, for terminals;  plain.py: line by line
    stepper.py     the full-screen stepper (Textual)
    script.py      runs a script up to its backward pass
    page.py        one self-contained HTML file, from the files of web/;  folds.py: what it may
                   collapse
    training.py    a recorded training run, for the same page, made of:
                   recorded_graph.py, rows.py, predictions.py, weights.py
"""

from autograd.value import Value
from autograd.walking.steps import ForwardStep, Step
from autograd.walking.training import TrainingRun
from autograd.walking.walker import Walk

__all__ = ["ForwardStep", "Step", "TrainingRun", "Walk", "walk"]


def walk(output: Value, keep: bool = False) -> Walk:
    """The backward pass of `output.backward()`, as steps to be taken forwards and back.

    >>> from autograd import Value, walk
    >>> x = Value(3.0, label="x")
    >>> steps = walk(x * x)
    >>> print(steps.next())
    1. d(x * x)/d(first x) = x = 3; times upstream 1 adds 3 to the gradient of x: 0 -> 3
    >>> print(steps.next())
    2. d(x * x)/d(second x) = x = 3; times upstream 1 adds 3 to the gradient of x: 3 -> 6
    >>> x.grad  # nobody's gradient changes
    0.0

    keep: start the leaves from the gradients that they have, as `backward()` itself does, to show
    how a second pass adds up; otherwise each walk starts from 0, whatever passes went before.

    Time and memory are linear in the number of edges.  Hooks are asked once, when the walk is
    made.  Raises TypeError for anything but a Value, RuntimeError for a constant.
    """
    if not isinstance(output, Value):
        raise TypeError(f"walk expects a Value, got {type(output).__name__}: {output!r:.60}")
    if output.is_constant:
        raise RuntimeError(f"walk of a constant, {output!r}: no Value leads to it")
    return Walk(output, keep)
