"""Random models for the compiler's tests: recipes that build the same graph from any numbers.

A recipe is a list of steps over vectors of Values.  It is drawn once, and replayed for every row
of inputs: eagerly for the expected numbers, and once more for the program.
"""

import random

import numpy as np
from compiled_steps import (
    GROWING,
    MORE_STEPS,
    OWN,
    STEPS,
    WIDE,
    apply,
)

import autograd as ag
from autograd import OPERATIONS, Value, compile, ops
from autograd.backward import differentiate
from autograd.compiling.verify import scale_of, uncancelled

TOLERANCE = 1e-12  # relative, of the numbers that are added up: see `autograd.compiling.verify`


class Recipe:
    """`build(inputs, parameters)` -> a Value, or several; inputs[0] is a whole number from 0 to 2.

    With `is_wider` it may lack inputs or parameters, has one to nine rows, steps of `MORE_STEPS`,
    and outputs of every form of `OUTPUTS`.
    """

    def __init__(self, seed, size, is_wider=True):
        rng = self.rng = random.Random(seed)
        more = self.more = random.Random(f"{seed} more")
        self.seed, self.is_wider = seed, is_wider
        self.inputs = rng.randint(1, 5)
        self.parameters = rng.randint(1, 24)
        self.width = rng.choice([1, 2, 3, 5])
        self.outputs = 1 if rng.random() < 0.8 else rng.randint(2, 4)
        self.form, self.copies = "sums", 3
        if is_wider:
            self.parameters = more.choice([0, 1, 1, 2, *[self.parameters] * 8])
            self.has_inputs = more.random() < 0.9
            self.copies = more.choice([1, 2, 3, 9]) if self.has_inputs else 1
            self.form = more.choice(list(OUTPUTS))
        self.steps = [self._step() for _ in range(size)]

    def rows(self):
        """(rows, inputs); the rows are empty where there are no inputs."""
        if not self.has_inputs:
            return [[]]
        rng = random.Random(1)
        return [
            [float(rng.randrange(3)), *[rng.uniform(-1.5, 1.5) for _ in range(self.inputs)]]
            for _ in range(self.copies)
        ]

    has_inputs = True

    def start(self):
        rng = random.Random(2)
        return [rng.uniform(-1.0, 1.0) for _ in range(self.parameters)]

    def _step(self):
        kind = self.rng.choice(list(STEPS))
        if self.is_wider and self.more.random() < 0.25:
            kind = self.more.choice(list(MORE_STEPS))
        return kind, self.rng.randrange(10**9)

    def build(self, inputs, parameters):
        constants = [ag.constant(0.5), ag.constant(-1.25), ag.constant(0.0)]
        index, xs = (inputs[0], list(inputs[1:])) if inputs else (ag.constant(1.0), constants)
        ws = list(parameters) or constants
        vectors = [xs, ws, constants]
        scale = 0.25
        for kind, seed in self.steps:
            rng = random.Random(seed)
            vector = {**STEPS, **MORE_STEPS}[kind](rng, vectors, self.width, index, ws)
            if kind in GROWING and rng.random() < 0.6:
                vector = [ag.tanh(x * scale) for x in vector]
            vectors.append(vector)
        return OUTPUTS[self.form](self, vectors, index, ws)


# --- outputs --------------------------------------------------------------------------------------


def _sums(recipe, vectors, index, ws):
    last = [x for vector in vectors[-3:] for x in vector]
    if recipe.outputs == 1:
        return ag.sum(last) + ws[0] * 0.5 + vectors[0][0] * index
    return [ag.sum(last[i % len(last) :]) * (i + 1.0) for i in range(recipe.outputs)]


def _one_of_them(recipe, vectors, index, ws):
    """A node that others may use, a leaf or a constant: as it is, or negated."""
    rng = random.Random(recipe.seed)
    x = rng.choice(rng.choice([vectors[-1], vectors[-2], *vectors]))
    return -x if rng.random() < 0.3 else x


def _many_of_them(recipe, vectors, index, ws):
    """Whole vectors, some twice, some of them negated, and what is computed from the outputs."""
    rng = random.Random(recipe.seed)
    chosen = [x for _ in range(rng.randint(1, 3)) for x in rng.choice([*vectors, vectors[-1]])]
    outputs = [rng.choice(chosen) if rng.random() < 0.2 else x for x in chosen][:8]
    for _ in range(rng.randint(0, 4)):
        x, y = rng.choice(outputs), rng.choice(outputs)
        computed = [x, -x, ag.tanh(x), x * y * 0.25, ag.dot([x, y], [y, ws[0]]) * 0.1]
        outputs.append(rng.choice(computed))
    if rng.random() < 0.2:
        outputs.append(2.5)  # a plain number is a constant
    rng.shuffle(outputs)
    return tuple(outputs) if rng.random() < 0.5 else outputs


OUTPUTS = {"sums": _sums, "one": _one_of_them, "many": _many_of_them}


class Deep(Recipe):
    """A recurrence so long and narrow that it runs as a tape."""

    def __init__(self, seed):
        super().__init__(seed, random.Random(f"{seed} deep").randint(1, 3))
        self.width, self.copies = 1, min(self.copies, 2)

    def build(self, inputs, parameters):
        cell = Recipe.build(self, inputs, parameters)
        outputs = [cell] if isinstance(cell, Value) else list(cell)
        rng = random.Random(self.seed)
        state = [ag.tanh(outputs[0]), *map(ag.constant, [0.25, -0.5])]
        leaves = [*inputs[1:], *parameters] or [ag.constant(0.75)]
        program = [self._cell_step(rng, len(leaves)) for _ in range(rng.randint(2, 5))]
        depth = 0
        while depth < 4200:  # every step of a cell is two levels deep or more
            for make in program:
                state = [*state[1:], ag.tanh(make(state, leaves) * 0.5 + state[-1] * 0.25)]
                depth += 3
        return [state[-1], *outputs] if len(outputs) > 1 else state[-1] * 2.0 + outputs[0]

    def _cell_step(self, rng, leaves):
        names = [n for n in OPERATIONS if OPERATIONS[n].arity or n in WIDE]
        name, leaf = rng.choice(names), rng.randrange(leaves)
        own = rng.choice(OWN) if rng.random() < 0.2 else None
        order = rng.sample(range(4), 3)

        def make(state, values):
            operands = [*state, values[leaf]]
            xs = [operands[i] for i in order]
            if own is not None:
                return own(*xs[: own.arity or 3])
            return apply(name, xs[: OPERATIONS[name].arity or 3])

        return make


def leaves(recipe):
    inputs = [Value(x, f"x{i}") for i, x in enumerate(recipe.rows()[0])]
    return inputs, [Value(x, f"w{i}") for i, x in enumerate(recipe.start())]


# --- comparing ------------------------------------------------------------------------------------


def is_delicate(outputs):
    """Whether a comparison in the graph hangs on rounding: its answer is anybody's guess."""
    for node in ag.topological_order(*outputs):
        if not node.operands or node.op not in KINKS:
            continue
        x, y = node.operands[0], ag.constant(0.0)
        if node.op in COMPARING:
            x, y = node.operands
        near = abs(x.data - y.data) <= 1e-9 * (abs(x.data) + abs(y.data) + 1e-3)
        if near and x is not y and (x.operands or y.operands):
            return True
    return False


COMPARING = {ops.greater, ops.equal, ops.maximum, ops.minimum}
KINKS = COMPARING | {ops.relu, ops.abs, ops.leaky_relu, ops.elu}


def expected(recipe, rows, parameters):
    """For all rows the outputs as Values, their numbers (rows, outputs), and the gradient of the
    mean first output by the parameters; None where rounding decides or numbers are huge."""
    roots, gradients = [], []
    for row in rows:
        roots.append(as_list(recipe.build([Value(x) for x in row], parameters)))
        gradients.append(differentiate(roots[-1][0], create_graph=False))
    outputs = np.array([[z.data for z in zs] for zs in roots])
    if not (abs(outputs) < 1e6).all() or any(is_delicate(zs) for zs in roots):
        return None
    mean = [sum(float(g.get(p, 0.0)) for g in gradients) / len(gradients) for p in parameters]
    return roots, outputs, np.array(mean)


def as_list(built):
    """The outputs as Values."""
    every = [built] if isinstance(built, (Value, float, int)) else built
    return [x if isinstance(x, Value) else ag.constant(x) for x in every]


def compiled(recipe, inputs, parameters, backend="numpy"):
    """The program, and its rows; a model need not read all of its inputs."""
    program = compile(recipe.build(inputs, parameters), inputs, parameters, backend=backend)
    return program, np.array(recipe.rows()) if inputs else None


def is_same_as_eager(recipe, backend="numpy"):
    """False where there is nothing to compare: a kink within rounding, or numbers beyond a
    million.  Raises AssertionError where a compiled program differs from the eager engine."""
    inputs, parameters = leaves(recipe)
    eager = expected(recipe, recipe.rows(), parameters)
    if eager is None:
        return False
    roots, outputs, gradient = eager
    program, rows = compiled(recipe, inputs, parameters, backend)
    got = np.broadcast_to(program(rows).reshape(-1, outputs.shape[1]), outputs.shape)
    for i, k in np.argwhere(~(abs(got - outputs) <= TOLERANCE * abs(outputs))):
        assert abs(got[i, k] - outputs[i, k]) <= TOLERANCE * scale_of(roots[i][k]), (
            f"row {i}, output {k}: {got[i, k]}, eager {outputs[i, k]}"
        )
    if program.is_single:
        value, by_parameter = program.value_and_grad(rows)
        assert abs(value - got.mean()) <= TOLERANCE * (abs(got).mean() + abs(outputs).mean())
        _assert_same_gradient(roots, parameters, by_parameter, gradient)
    return True


def _assert_same_gradient(roots, parameters, got, expected):
    apart = abs(got - expected)
    for k in np.flatnonzero(~(apart <= TOLERANCE * abs(expected))):
        gradients = [differentiate(zs[0]).get(parameters[k], 0.0) for zs in roots]
        sizes = [uncancelled(zs[0]).get(parameters[k], 0.0) for zs in roots]
        scale = sum([*map(scale_of, gradients), *sizes]) / len(gradients)
        assert apart[k] <= TOLERANCE * scale, (
            f"gradient by parameter {k}: {got[k]}, eager {expected[k]}"
        )
