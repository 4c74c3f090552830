"""Second derivatives at work: Newton's method walks straight where gradient descent zigzags.

You will see both methods descend Rosenbrock's curved valley from the same start, step by step, and
what the Hessian knows that the gradient does not: the directions of curvature, and whether a point
is a saddle or a valley.  Takes a second; writes out/newton.png.
"""

import math
import sys
from pathlib import Path

from autograd import grad, hessian, value_and_grad

print(__doc__)

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
START = [-1.2, 1.0]


def valley(p):
    """Rosenbrock's function (1960): 0 at (1, 1), at the end of a long curved valley."""
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def solved(matrix, vector):
    """The solution of a 2 x 2 system, by Cramer's rule."""
    (a, b), (c, d) = matrix
    determinant = a * d - b * c
    u, v = vector
    return [(d * u - b * v) / determinant, (a * v - c * u) / determinant]


def eigenvalues(matrix):
    """The eigenvalues of a symmetric 2 x 2 matrix, the smaller first."""
    (a, b), (_, d) = matrix
    middle, width = (a + d) / 2, math.hypot((a - d) / 2, b)
    return middle - width, middle + width


# --- gradient descent ---------------------------------------------------------------------

print(f"Gradient descent, learning rate 0.002, {STEPS} steps:")
point, descent = START, [START]
for step in range(STEPS):
    value, gradient = value_and_grad(valley)(point)
    if step % max(1, STEPS // 5) == 0:
        print(f"  step {step:4}: ({point[0]:7.4f}, {point[1]:7.4f}), value {value:.6f}")
    point = [x - 0.002 * g for x, g in zip(point, gradient)]
    descent.append(point)
print(f"  at the end: ({point[0]:7.4f}, {point[1]:7.4f}), value {valley(point):.6f}")

# --- Newton's method ----------------------------------------------------------------------

print("\nNewton's method: p -= Hessian^-1 gradient.")
point, newton = START, [START]
for step in range(10):
    value, gradient = value_and_grad(valley)(point)
    print(f"  step {step:4}: ({point[0]:7.4f}, {point[1]:7.4f}), value {value:.3e}")
    if value < 1e-20:
        break
    move = solved(hessian(valley)(point), gradient)
    point = [x - m for x, m in zip(point, move)]
    newton.append(point)
print(f"  {len(newton) - 1} steps; near the end, each one doubles the number of right digits.")

# --- why ----------------------------------------------------------------------------------

low, high = eigenvalues(hessian(valley)([1.0, 1.0]))
print(f"\nAt the end of the valley the curvature is {low:.3f} along it and {high:.1f} across:")
print(
    f"a step that is safe across the valley is {high / low:.0f} times too short along it.  Newton's"
)
print("method divides each direction by its own curvature.")


def saddle(p):
    return p[0] ** 2 - p[1] ** 2


low, high = eigenvalues(hessian(saddle)([0.0, 0.0]))
print(f"\nx**2 - y**2 has the gradient {[abs(g) for g in grad(saddle)([0.0, 0.0])]} at 0, as a")
print(f"valley would; its curvatures {low:g} and {high:g} have two signs: a saddle.")

# --- picture ------------------------------------------------------------------------------

try:
    import matplotlib
except ImportError:
    print('\nno picture: it needs matplotlib, `pip install ".[demos]"`')
else:
    matplotlib.use("Agg")  # to a file, with or without a screen
    from matplotlib import pyplot

    xs = [-1.6 + 3.2 * i / 160 for i in range(161)]
    ys = [-0.6 + 2.2 * i / 110 for i in range(111)]
    heights = [[math.log10(valley([x, y]) + 1e-4) for x in xs] for y in ys]
    bends_down = [
        [1.0 if eigenvalues(hessian(valley)([x, y]))[0] < 0 else 0.0 for x in xs[::4]]
        for y in ys[::4]
    ]
    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    axes.contour(xs, ys, heights, levels=16, cmap="Greys", linewidths=0.8)
    axes.contourf(xs[::4], ys[::4], bends_down, levels=[0.5, 2], colors=["#dd6b20"], alpha=0.12)
    axes.plot(*zip(*descent), ".-", markersize=3, label=f"gradient descent, {STEPS} steps")
    axes.plot(*zip(*newton), "o-", markersize=5, label=f"Newton, {len(newton) - 1} steps")
    axes.plot(1, 1, "k*", markersize=12)
    axes.set(xlim=(-1.6, 1.6), ylim=(-0.6, 1.6), xlabel="x", ylabel="y")
    axes.set_title("Rosenbrock's valley; shaded: the Hessian has a negative eigenvalue")
    axes.legend()
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/newton.png", dpi=120)
    print("\nNow open out/newton.png - both paths")
