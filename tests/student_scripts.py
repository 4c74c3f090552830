"""Little programs as students write them, each with a Value class of its own in view.

`VALUES` are the classes that such programs bring along: micrograd's way (one closure per node) and
microgpt's (local derivatives a node).  `PROGRAMS` take a Value class and return numbers.
"""

import math
import random


class Micrograd:
    """The lecture's class, with the constructor that it ends up with."""

    def __init__(self, data, _children=(), _op="", label=""):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op
        self.label = label

    def __add__(self, other):
        other = other if isinstance(other, Micrograd) else Micrograd(other)
        out = Micrograd(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Micrograd) else Micrograd(other)
        out = Micrograd(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, n):
        out = Micrograd(self.data**n, (self,), f"**{n}")

        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return (-self) + other

    def backward(self):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)

        build(self)
        for v in topo:
            if v._prev:
                v.grad = 0.0
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


class Microgpt(Micrograd):
    """Children and local derivatives, in slots; arithmetic in one line per operation."""

    def __init__(self, data, children=(), local_grads=()):
        super().__init__(data, children)
        self._children, self._local_grads = children, local_grads
        self._backward = self._push

    def _push(self):
        for child, local_grad in zip(self._children, self._local_grads):
            child.grad += local_grad * self.grad


# --- the programs: operations of their own, then a little training ------------------------------


def tanh_of_the_lecture(Value):
    def tanh(self):
        x = self.data
        t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)
        out = Value(t, (self,), "tanh")

        def _backward():
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    o = tanh(x1 * w1 + x2 * w2 + b)
    o.label = "o"
    o.backward()
    return [o.data, x1.grad, w1.grad, x2.grad, w2.grad, b.grad]


def a_closure_trains(Value):
    def sigmoid(v):
        s = 1 / (1 + math.exp(-v.data))
        out = Value(s, _children=(v,), _op="sigmoid")

        def push():
            v.grad += s * (1 - s) * out.grad

        out._backward = push
        return out

    numbers = random.Random(1)
    w = [Value(numbers.uniform(-1, 1)) for _ in range(3)]
    losses = []
    for _ in range(20):
        loss = Value(0.0)
        for x, y in ((0.5, 0.0), (1.5, 1.0), (-1.0, 0.0)):
            loss = loss + (sigmoid(w[0] * x + w[1]) * w[2] - y) ** 2
        for p in w:
            p.grad = 0
        loss.backward()
        for p in w:
            p.data -= 0.5 * p.grad
        losses.append(loss.data)
    return [*losses, *[p.data for p in w]]


def several_operands_and_a_reused_one(Value):
    def product(vs):
        out = Value(math.prod(v.data for v in vs), tuple(vs), "prod")

        def _backward():
            for i, v in enumerate(vs):
                v.grad += math.prod(u.data for j, u in enumerate(vs) if j != i) * out.grad

        out._backward = _backward
        return out

    a, b = Value(1.5), Value(-0.5)
    y = product([a, b, a]) * a + product([a, a])
    y.backward()
    return [y.data, a.grad, b.grad]


def a_list_of_outputs_by_closures(Value):
    def softmax(vs):
        es = [math.exp(v.data) for v in vs]
        ps = [e / sum(es) for e in es]
        outs = []
        for i, p in enumerate(ps):
            out = Value(p, tuple(vs), "softmax")

            def _backward(i=i, out=out):
                for j, v in enumerate(vs):
                    v.grad += ps[i] * ((i == j) - ps[j]) * out.grad

            out._backward = _backward
            outs.append(out)
        return outs

    logits = [Value(0.1), Value(0.7), Value(-0.3)]
    ps = softmax(logits)
    (ps[0] * 2 + ps[1] * ps[2]).backward()
    return [*[p.data for p in ps], *[v.grad for v in logits]]


def clipped_in_the_closure(Value):
    """Not a derivative at all: the function itself must run, at its turn."""

    def clip(v):
        out = Value(v.data, (v,), "clip")

        def _backward():
            v.grad += max(-1.0, min(1.0, out.grad))

        out._backward = _backward
        return out

    x = Value(2.0)
    y = clip(x * 3) * 10
    y.backward()
    return [y.data, x.grad]


def numbers_among_the_children(Value):
    def scale(v, k):
        k = k if isinstance(k, Value) else Value(k)
        out = Value(v.data * k.data, (v, k), "scale")

        def _backward():
            v.grad += k.data * out.grad
            k.grad += v.data * out.grad

        out._backward = _backward
        return out

    x, k = Value(3.0), Value(2.0)
    y = scale(scale(x, 4.0), k)
    y.backward()
    return [y.data, x.grad, k.grad]


def local_derivatives_positionally(Value):
    def exp(v):
        return Value(math.exp(v.data), (v,), (math.exp(v.data),))

    def mul(a, b):
        return Value(a.data * b.data, (a, b), (b.data, a.data))

    x = Value(0.5)
    y = mul(exp(x), mul(x, x))
    y.backward()
    return [y.data, x.grad]


def local_derivatives_by_keyword(Value):
    def softplus(v):
        return Value(
            data=math.log1p(math.exp(v.data)),
            children=(v,),
            local_grads=(1 / (1 + math.exp(-v.data)),),
        )

    w = [Value(0.3), Value(-0.2)]
    losses = []
    for step in range(20):
        loss = softplus(w[0] * 2 + w[1]) + softplus(w[0] * -1 + w[1] * 0.5)
        loss.backward()
        for p in w:
            p.data -= 0.1 * (1 - step / 20) * p.grad
            p.grad = 0
        losses.append(loss.data)
    return [*losses, *[p.data for p in w]]


def many_children(Value):
    def dot(ws, xs):
        return Value(
            sum(w.data * x.data for w, x in zip(ws, xs)),
            tuple(ws + xs),
            tuple([x.data for x in xs] + [w.data for w in ws]),
        )

    ws, xs = [Value(0.1 * i) for i in range(4)], [Value(1.0 - i) for i in range(4)]
    y = dot(ws, xs) + dot(ws, ws)
    y.backward()
    return [y.data, *[v.grad for v in ws + xs]]


BY_CLOSURE = [
    tanh_of_the_lecture,
    a_closure_trains,
    several_operands_and_a_reused_one,
    a_list_of_outputs_by_closures,
    clipped_in_the_closure,
    numbers_among_the_children,
]
BY_LOCAL_DERIVATIVES = [local_derivatives_positionally, local_derivatives_by_keyword, many_children]
PROGRAMS = [(p, Micrograd) for p in BY_CLOSURE] + [(p, Microgpt) for p in BY_LOCAL_DERIVATIVES]
