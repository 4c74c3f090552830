"""All exercises, in the order of `questions.py`."""

from autograd.exercises.backpropagation import BACKPROPAGATION
from autograd.exercises.passes import PassExercise
from autograd.exercises.rules import RULES, RuleExercise
from autograd.exercises.training import TRAINING

EXERCISES: list[RuleExercise | PassExercise] = [*RULES, *BACKPROPAGATION, *TRAINING]
