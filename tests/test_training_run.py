"""A training run's record: what it keeps, for runs of any length and losses of any size."""

import json
import math
import re
from itertools import pairwise

import pytest

import nn
from autograd import TrainingRun, Value, dot
from autograd.walking.rows import rows_of

XS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
YS = [0.0, 1.0, 1.0, 0.0]


def trained(epochs=30, every=10, rows=1, with_data=True, **options):
    """(run, model): exclusive or, each row repeated `rows` times."""
    model = nn.MLP(2, [3, 1], activation="tanh", seed=3)
    xs, ys = XS * rows, YS * rows
    data = {"model": model, "xs": xs, "ys": ys} if with_data else {}
    run = TrainingRun(model.parameters(), every=every, **data)
    optimizer = nn.Adam(model.parameters(), lr=0.05)
    nn.fit(model, xs, ys, nn.mse_loss, optimizer, epochs=epochs, before_step=run.record, **options)
    return run, model


def written(run, tmp_path):
    """The page's data, and its size."""
    page = run.page(tmp_path / "run.html").read_text(encoding="utf-8")
    data = re.search(r'data-part="data">(.*?)</script>', page, re.S)[1]
    return json.loads(data), len(page)


def test_a_run_records_what_fit_does_and_changes_nothing():
    run, model = trained()
    twin = nn.MLP(2, [3, 1], activation="tanh", seed=3)
    optimizer = nn.Adam(twin.parameters(), lr=0.05)
    history = nn.fit(twin, XS, YS, nn.mse_loss, optimizer, epochs=30)
    assert [p.data for p in model.parameters()] == [p.data for p in twin.parameters()]
    assert [kept["step"] for kept in run.frames] == [0, 10, 20]
    assert [kept["loss"] for kept in run.frames] == history.losses[::10]


def test_the_pages_numbers_give_the_engines_gradients_to_the_last_bit(tmp_path):
    model = nn.MLP(2, [3, 1], activation="tanh", seed=2)
    run = TrainingRun(model.parameters(), every=5)
    optimizer = nn.SGD(model.parameters(), lr=0.05)
    kept = []
    for step in range(20):
        loss = nn.mse_loss([model(x) for x in XS], YS)
        model.zero_grad()
        loss.backward()
        run.record(step, loss)
        if step % 5 == 0:
            kept.append({p.label: p.grad for p in model.parameters()})
        optimizer.step()
    data, _ = written(run, tmp_path)
    assert [frame["step"] for frame in data["frames"]] == [0, 5, 10, 15]
    for frame, expected in zip(data["frames"], kept):
        gradients = list(frame["start"])
        gradients[data["output"]] = 1.0
        for (node, operand), local in zip(data["steps"], frame["locals"]):
            gradients[operand] += local * gradients[node]
        found = {node["name"]: g for node, g in zip(data["nodes"], gradients)}
        assert {label: found[label] for label in expected} == expected


def test_a_model_that_computes_otherwise_at_each_step_is_an_error():
    w = Value(1.0, "w")

    def model(x):
        return w * x if w.data > 0.5 else w.tanh()

    run = TrainingRun([w], model=model, xs=[1.0])
    run.record(0, model(1.0))
    w.data = 0.0
    with pytest.raises(ValueError, match="in another way"):
        run.record(1, model(1.0))


def test_the_page_has_the_data_and_a_prediction_for_each_row_at_each_step(tmp_path):
    run, _ = trained()
    data, _ = written(run, tmp_path)
    assert data["training"]["inputs"] == XS
    assert data["training"]["targets"] == [[y] for y in YS]
    start = nn.MLP(2, [3, 1], activation="tanh", seed=3)
    for x, (said,) in zip(XS, data["frames"][0]["predictions"]):
        assert said == pytest.approx(start(x).data, rel=1e-4)


def test_the_field_has_the_sign_of_the_models_answer(tmp_path):
    run, _ = trained()
    data, _ = written(run, tmp_path)
    about, field = data["training"], data["frames"][0]["field"]
    assert about["threshold"] == 0.5
    (left, low), (right, high) = about["corners"]
    assert left < 0 < 1 < right and low < 0 < 1 < high
    start, n = nn.MLP(2, [3, 1], activation="tanh", seed=3), about["grid"]
    for k, percent in enumerate(field["percent"]):
        x = left + (right - left) * (k % n) / (n - 1)
        y = low + (high - low) * (k // n) / (n - 1)
        score = start([x, y]).data - 0.5
        assert math.copysign(1, percent) == math.copysign(1, score)
        assert percent == pytest.approx(100 * score / field["reach"], abs=1.0)


def test_values_are_named_with_their_rows(tmp_path):
    run, _ = trained()
    names = [node["name"] for node in written(run, tmp_path)[0]["nodes"]]
    computed = [name for name in names if name.startswith(("tanh", "dot"))]
    assert [name.split(" row ")[1] for name in computed] == [str(1 + k // 7) for k in range(28)]
    assert names.index("tanh #11 row 1") == 11  # the number that its equations use, v11


W = [Value(0.3, "w"), Value(-0.2, "b")]


def error(x, t):
    return dot(W, [x, 1.0]).tanh() - t


@pytest.mark.parametrize(
    ("loss", "rows"),
    [
        (lambda: nn.mse_loss([dot(W, [x, 1.0]) for x in (1.0, 2.0, 3.0)], [0.0, 1.0, 2.0]), 3),
        (lambda: sum(error(x, 1.0) ** 2 for x in (1.0, 2.0)) / 2, 2),
        (lambda: -(error(1.0, 0.0).log() + error(2.0, 0.0).log()), 2),
        (  # of two classes, whose terms differ
            lambda: nn.binary_cross_entropy_with_logits(
                [dot(W, [x, 1.0]) for x in (1.0, 2.0)], [0.0, 1.0]
            ),
            2,
        ),
        (  # a penalty is not a row
            lambda: error(1.0, 0.0) ** 2 + error(2.0, 1.0) ** 2 + 0.01 * dot(W, W),
            2,
        ),
        (lambda: error(1.0, 0.0) ** 2, 0),  # one row needs no name
        (lambda: W[0] * W[1] + W[0].tanh(), 0),  # no rows at all
    ],
)
def test_the_terms_of_a_loss_are_its_rows(loss, rows):
    assert len(rows_of(loss(), set(W))) == rows


def test_other_rows_at_each_step_show_the_first_rows_output(tmp_path):
    run, model = trained(batch_size=3)  # the second batch of an epoch is of one row
    data, _ = written(run, tmp_path)
    assert "computes on other rows" in data["training"]["notes"][0]
    assert data["frames"][-1]["data"][data["output"]] == pytest.approx(
        float(data["frames"][-1]["predictions"][0][0]), rel=1e-4
    )
    assert len(data["nodes"]) < 60 and model.parameters()


def test_a_loss_too_large_to_show_shows_the_first_rows_output(tmp_path):
    run, _ = trained(epochs=2, every=1, rows=60)
    data, size = written(run, tmp_path)
    notes = data["training"]["notes"]
    assert "the loss of all rows has 2,894" in notes[0] and "first 200 of 240 rows" in notes[1]
    assert size < 1_000_000


def test_without_the_data_other_rows_are_an_error_that_says_the_remedy():
    with pytest.raises(ValueError, match=r"computes on other rows.*give TrainingRun model= and xs"):
        trained(batch_size=3, with_data=False, every=1)
    with pytest.raises(ValueError, match=r"has 2,894 values.*model= and xs="):
        trained(rows=60, with_data=False)


@pytest.mark.parametrize("first", [0, 1])
def test_a_long_run_thins_itself_out_and_says_so(first, tmp_path):
    w = Value(0.5, "w")
    run = TrainingRun([w])
    for step in range(first, 3_000 + first):
        run.record(step, (w - 1.0) ** 2)
        w.data += 1e-4
    data, size = written(run, tmp_path)
    steps = [kept["step"] for kept in data["frames"]]
    assert 60 < len(steps) <= 150 and {b - a for a, b in pairwise(steps)} == {32}
    assert data["training"]["notes"] == [
        "The slider has 94 steps, 32 apart, to keep the page small; it was asked for every 1."
    ] or (first, len(steps)) == (1, 93)
    assert len(data["training"]["curve"]) == 1_000 and size < 200_000


def test_steps_that_all_have_one_number_are_thinned_out_too():
    w = Value(0.5, "w")
    run = TrainingRun([w])
    for _ in range(400):
        run.record(0, w * w)
    assert 50 <= len(run.frames) <= 150


def test_large_graphs_keep_fewer_steps(tmp_path):
    ws = [Value(0.1, f"w{i}") for i in range(600)]
    run = TrainingRun(ws)
    for step in range(30):
        run.record(step, dot(ws, ws).tanh() + dot(ws, [1.0] * 600))
    data, size = written(run, tmp_path)
    assert size < 4_000_000 and len(data["frames"]) >= 10
    assert any("300 of 600 weights" in note for note in data["training"]["notes"])


def test_gradients_by_layer_are_the_length_of_all_of_the_layers_gradients(tmp_path):
    run, model = trained(epochs=1)
    data, _ = written(run, tmp_path)
    start = nn.MLP(2, [3, 1], activation="tanh", seed=3)
    nn.mse_loss([start(x) for x in XS], YS).backward()
    lengths = [math.hypot(*[p.grad for p in layer.parameters()]) for layer in start.layers]
    assert data["training"]["layers"] == ["layers.0", "layers.1"]
    assert data["frames"][0]["norms"] == pytest.approx(lengths, rel=1e-5)
    assert [name for name, _ in data["training"]["weights"]] == [
        p.label for p in model.parameters()
    ]


def test_parameters_of_any_module_are_named_and_stand_layer_by_layer(tmp_path):
    class Mixed(nn.Module):
        def __init__(self):
            self.scale = [Value(2.0), Value(3.0)]
            self.shift = Value(1.0)

        def __call__(self, x):
            return dot(self.scale, x) + self.shift

    model = Mixed()
    run = TrainingRun(reversed(model.parameters()), model=model, xs=XS, ys=YS)
    run.record(0, nn.mse_loss([model(x) for x in XS], YS))
    weights = written(run, tmp_path)[0]["training"]["weights"]
    assert weights == [["shift", "weights"], ["scale.1", "scale"], ["scale.0", "scale"]]


def test_infinite_and_undefined_losses_are_recorded(tmp_path):
    w = Value(0.0, "w")
    run = TrainingRun([w])
    run.record(0, w.log())
    w.data = math.nan
    run.record(1, w.log())
    data, _ = written(run, tmp_path)
    assert [frame["loss"] for frame in data["frames"]] == ["-Infinity", "NaN"]


def test_bad_arguments_are_told_at_once(tmp_path):
    w = Value(1.0, "w")
    model = nn.MLP(2, [1], seed=1)
    with pytest.raises(ValueError, match="every must be 1 or more"):
        TrainingRun([w], every=0)
    with pytest.raises(ValueError, match="both model= and xs="):
        TrainingRun([w], model=model)
    with pytest.raises(ValueError, match="xs is empty"):
        TrainingRun([w], model=model, xs=[])
    with pytest.raises(ValueError, match="4 inputs, but 1 targets"):
        TrainingRun([w], model=model, xs=XS, ys=[1.0])
    with pytest.raises(ValueError, match="nothing was recorded"):
        TrainingRun([w]).page(tmp_path / "run.html")


def test_a_notebook_shows_the_run_and_a_sentence_if_it_is_not_trusted():
    run, _ = trained()
    shown = run._repr_html_()
    assert shown.startswith("<iframe srcdoc=") and "A training run of 3 recorded steps." in shown
    assert "nothing is recorded yet" in TrainingRun([])._repr_html_()
    assert repr(run) == "<training run: 3 steps kept of 30 recorded>"
