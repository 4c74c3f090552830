"""The training loop in LLVM's language: steps, and the optimisers' updates of the whole vector.

`train_KIND(step, theta, ...)` runs `steps` steps, each a call of a program's `step` and an update;
the code is the same for all programs.  With picks (steps, width) each step copies those rows to
`batch`; with width 0 `batch` is all rows.  The formulas match `compiling.rule.Rule` number for
number.
"""

from collections.abc import Callable

from autograd.compiling.native.machine import Function, Number, Whole

KINDS = ("plain", "sgd", "adam", "adamw")
POINTERS = (
    "step", "theta", "rows", "picks", "batch", "gradient", "work", "doubles", "places", "functions",
    "rates", "losses", "hyper", "first", "second", "is_moved",
)  # fmt: skip
WHOLES = ("n", "block", "width", "steps", "done", "parameters", "columns")


def train_text(kind: str, declared: dict[str, None]) -> str:
    code = Function(f"train_{kind}")
    with code.loop("%steps") as step:
        _copy_rows(code, step)
        value = code.address("%losses", step)
        code.lines.append(
            f"call void %step(ptr %theta, ptr %batch, ptr {value}, ptr %gradient, ptr %work, "
            "ptr %doubles, ptr %places, ptr %functions, i64 %n, i64 %block)"
        )
        rate = code.load("%rates", step)
        MOVES[kind](code, rate, code.add("%done", step))
    declared.update(code.declared)
    # `batch` and `rows` may be the same memory
    pointers = [f"ptr {'' if p in ('rows', 'batch') else 'noalias '}%{p}" for p in POINTERS]
    return code.text(", ".join([*pointers, *[f"i64 %{name}" for name in WHOLES]]))


def training_text() -> str:
    """The training loops of all kinds of optimiser."""
    declared: dict[str, None] = {}
    texts = [train_text(kind, declared) for kind in KINDS]
    return "\n".join([*declared, *texts])


def _copy_rows(code: Function, step: Whole) -> None:
    first = code.mul(step, "%width")
    with code.loop("%width") as i:
        source = code.mul(code.load_whole("%picks", code.add(i, first)), "%columns")
        target = code.mul(i, "%columns")
        with code.loop("%columns") as column:
            number = code.load("%rows", code.add(source, column))
            code.store(number, "%batch", code.add(target, column))


def _move(code: Function, new: Callable[[Whole, Number, Number], Number]) -> None:
    """theta[i] = new(i, theta[i], gradient[i]) for each parameter that the optimiser has."""
    with code.loop("%parameters") as i:
        x, g = code.load("%theta", i), code.load("%gradient", i)
        code.store(code.load("%is_moved", i).where(new(i, x, g), x), "%theta", i)


def _plain(code: Function, rate: Number, done: Whole) -> None:
    with code.loop("%parameters") as i:
        code.store(code.load("%theta", i) - rate * code.load("%gradient", i), "%theta", i)


def _sgd(code: Function, rate: Number, done: Whole) -> None:
    momentum, dampening, decay, nesterov = [code.load("%hyper", i) for i in range(4)]
    is_first = Number(code, code.write(f"icmp eq i64 {done}, 0"), "i1")

    def new(i: Whole, x: Number, g: Number) -> Number:
        g = decay.where(g + decay * x, g)
        before = code.load("%first", i)
        velocity = is_first.where(g, momentum * before + (1.0 - dampening) * g)
        is_kept = code.load("%is_moved", i)
        code.store(is_kept.where(momentum.where(velocity, before), before), "%first", i)
        g = momentum.where(nesterov.where(g + momentum * velocity, velocity), g)
        return x - rate * g

    _move(code, new)


def _adam(code: Function, rate: Number, done: Whole, is_decoupled: bool = False) -> None:
    beta1, beta2, eps, decay = [code.load("%hyper", i) for i in range(4)]
    count = code.to_double(code.add(done, 1))
    size = rate / (1.0 - code.call("pow", beta1, count))
    root = code.call("llvm.sqrt.f64", 1.0 - code.call("pow", beta2, count))

    def new(i: Whole, x: Number, g: Number) -> Number:
        if is_decoupled:
            x = x * (1.0 - rate * decay)
        else:
            g = decay.where(g + decay * x, g)
        mean, square = code.load("%first", i), code.load("%second", i)
        is_moved = code.load("%is_moved", i)
        new_mean = mean + (1.0 - beta1) * (g - mean)
        new_square = square * beta2 + (1.0 - beta2) * g * g
        code.store(is_moved.where(new_mean, mean), "%first", i)
        code.store(is_moved.where(new_square, square), "%second", i)
        return x - size * (new_mean / (code.call("llvm.sqrt.f64", new_square) / root + eps))

    _move(code, new)


def _adamw(code: Function, rate: Number, done: Whole) -> None:
    _adam(code, rate, done, is_decoupled=True)


MOVES = {"plain": _plain, "sgd": _sgd, "adam": _adam, "adamw": _adamw}
