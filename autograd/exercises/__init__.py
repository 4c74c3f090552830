"""Exercises: the chain rule's parts to write yourself, and a checker that says what is wrong.

`python -m autograd exercises` writes `questions.py` into the current folder as `exercises.py`, and
checks it when called again.  `rules.py` asks for derivative rules, `passes.py` for the backward
pass and the training step.
"""
