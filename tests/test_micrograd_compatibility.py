"""Programs in micrograd's style run unchanged on our Value and nn, under micrograd's names.

The programs are our own, written as its notebooks and tests are: labels set after the fact,
`p.data -= lr * p.grad`, NumPy rows and labels, `_prev`, `_op`, `_backward`, `draw_dot`.
"""

import random
import sys
import types

import numpy as np
import pytest

import autograd
import nn


@pytest.fixture(autouse=True)
def micrograd(monkeypatch):
    """The modules micrograd.engine and micrograd.nn, made of ours."""
    package = types.ModuleType("micrograd")
    package.__path__ = []
    monkeypatch.setitem(sys.modules, "micrograd", package)
    engine = types.ModuleType("micrograd.engine")
    engine.Value = autograd.Value
    monkeypatch.setitem(sys.modules, "micrograd.engine", engine)
    monkeypatch.setitem(sys.modules, "micrograd.nn", nn)


def test_a_sanity_check_against_pytorch():
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    from micrograd.engine import Value

    def program(x, relu):
        z = 2 * x + 2 + x
        q = relu(z) + z * x
        h = relu(z * z)
        return h + q + q * x

    x = Value(-4.0)
    y = program(x, lambda v: v.relu())
    y.backward()
    t = torch.tensor(-4.0, dtype=torch.float64, requires_grad=True)
    expected = program(t, torch.relu)
    expected.backward()
    assert (y.data, x.grad) == (expected.item(), t.grad.item())


def test_more_operations_and_reassignment():
    from micrograd.engine import Value

    a = Value(-4.0)
    b = Value(2.0)
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
    assert [f"{x:.4f}" for x in (g.data, a.grad, b.grad)] == ["24.7041", "138.8338", "645.5773"]


def test_the_lectures_neuron_by_hand():
    from micrograd.engine import Value

    x1, x2 = Value(2.0), Value(0.0)
    w1, w2 = Value(-3.0), Value(1.0)
    b = Value(6.8813735870195432)
    x1w1 = x1 * w1
    x1w1.label = "x1*w1"
    x2w2 = x2 * w2
    both = x1w1 + x2w2
    n = both + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    o.grad = 1.0
    for node in (o, n, b, both, x2w2, x1w1):
        node._backward()
    assert [v.grad for v in (x1, w1, x2, w2)] == pytest.approx([-1.5, 1.0, 0.5, 0.0])
    assert n._prev == {both, b} and n._op == "+" and o._op == "tanh" and x1._op == ""
    assert x1._prev == set()


def test_a_trace_and_a_drawing_of_ones_own():
    from graphviz import Digraph
    from micrograd.engine import Value

    def trace(root):
        nodes, edges = set(), set()

        def build(v):
            if v not in nodes:
                nodes.add(v)
                for child in v._prev:
                    edges.add((child, v))
                    build(child)

        build(root)
        return nodes, edges

    def draw_dot(root):
        dot = Digraph(format="svg", graph_attr={"rankdir": "LR"})
        nodes, edges = trace(root)
        for n in nodes:
            uid = str(id(n))
            dot.node(name=uid, label=f"{{ data {n.data:.4f} | grad {n.grad:.4f} }}", shape="record")
            if n._op:
                dot.node(name=uid + n._op, label=n._op)
                dot.edge(uid + n._op, uid)
        for n1, n2 in edges:
            dot.edge(str(id(n1)), str(id(n2)) + n2._op)
        return dot

    a, b = Value(1.0), Value(2.0)
    y = (a * b + a).relu()
    assert trace(y) == autograd.trace(y)
    source = draw_dot(y).source
    assert source.count("record") == 5 and source.count("->") == 3 + 5
    assert autograd.draw_dot(y).source.count("record") == 5


def test_the_demo_trains_on_numpy_rows_and_labels():
    from micrograd.engine import Value
    from micrograd.nn import MLP

    rng = np.random.default_rng(0)
    y = np.where(np.arange(40) % 2, 1, -1)
    X = rng.normal(size=(40, 2)) * 0.3 + np.stack([y, -y], axis=1)
    random.seed(1337)
    model = MLP(2, [8, 1])

    def loss():
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
        return data_loss + reg_loss, sum(accuracy) / len(accuracy)

    for k in range(20):
        total_loss, _ = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    assert loss()[1] == 1.0


def test_layers_and_neurons_are_called_as_there():
    from micrograd.nn import MLP, Layer, Neuron

    n = Neuron(3, nonlin=False)
    assert len(n.parameters()) == 4 and n.w[0].data != n.w[1].data and n.b.data == 0
    layer = Layer(3, 2, nonlin=True)
    assert len(layer([1, 2, 3])) == 2 and len(layer.neurons) == 2
    assert len(MLP(3, [4, 4, 1]).layers) == 3


def test_a_reader_in_the_style_of_microgpt_walks_children_and_local_gradients():
    from micrograd.engine import Value

    a, b = Value(2.0), Value(3.0)
    y = (a * b + a.exp()).log()
    topo, visited = [], set()

    def build(v):
        if v not in visited:
            visited.add(v)
            for child in v._children:
                build(child)
            topo.append(v)

    build(y)
    y.grad = 1
    for v in reversed(topo):
        for child, local_grad in zip(v._children, v._local_grads):
            child.grad += local_grad * v.grad
    by_hand = (a.grad, b.grad)
    a.grad = b.grad = 0
    y.backward()
    assert (a.grad, b.grad) == by_hand
