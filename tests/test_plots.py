"""Pictures of training are drawn from a model or a history, in one call each."""

import subprocess
import sys

import pytest

import nn

matplotlib = pytest.importorskip("matplotlib", reason="pictures of training need it")
matplotlib.use("Agg")

XS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
YS = [-1, 1, 1, -1]


@pytest.fixture(scope="module")
def trained():
    model = nn.MLP(2, [6, 1], activation="tanh", seed=2)
    recording = nn.Recording(model)
    recording.snapshot(0)

    def after_step(step):
        if step % 20 == 0:
            recording.snapshot(step)

    optimizer = nn.Adam(model.parameters(), lr=0.05)
    history = nn.fit(
        model, XS, YS, nn.hinge_loss, optimizer, epochs=60, batch_size=2, after_step=after_step
    )
    return model, recording, history


def test_losses_show_every_step_and_the_mean_of_every_epoch(trained, tmp_path):
    figure = nn.plot_losses(trained[2], tmp_path / "loss.png")
    steps, epochs = figure.axes[0].lines
    assert list(steps.get_ydata()) == trained[2].losses
    assert list(epochs.get_ydata()) == trained[2].epoch_losses
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    nn.plot_losses(trained[2], tmp_path / "plain")
    assert (tmp_path / "plain.png").read_bytes().startswith(b"\x89PNG")


def test_the_boundary_lies_between_the_classes(trained, tmp_path):
    figure = nn.plot_boundary(trained[0], XS, YS, tmp_path / "b.png", resolution=20)
    assert len(figure.axes[0].collections) >= 3 and (tmp_path / "b.png").exists()
    with pytest.raises(ValueError, match="rows of two inputs"):
        nn.plot_boundary(trained[0], [[1.0, 2.0, 3.0]], [1])


@pytest.mark.parametrize("what", ["weights", "gradients"])
def test_layers_show_their_spread_over_time(trained, what):
    figure = nn.plot_layers(trained[1], what=what)
    assert [axes.get_title() for axes in figure.axes] == ["layers.0", "layers.1"]
    assert list(figure.axes[0].lines[0].get_xdata()) == trained[1].steps == list(range(0, 121, 20))
    with pytest.raises(ValueError, match='"weights" or "gradients", got \'biases\''):
        nn.plot_layers(trained[1], what="biases")


def test_the_boundary_being_learned_is_a_gif_or_a_page(trained, tmp_path):
    model, recording, _ = trained
    before = model.state_dict()
    for name, start in (("b.gif", b"GIF8"), ("b.html", b"\n<link")):
        nn.animate_boundary(recording, XS, YS, tmp_path / name, resolution=8)
        assert (tmp_path / name).read_bytes().startswith(start)
    assert model.state_dict() == before


def test_an_empty_recording_says_what_to_do():
    empty = nn.Recording(nn.MLP(2, [1]))
    with pytest.raises(ValueError, match=r"snapshot\(step\)"):
        nn.plot_layers(empty)
    with pytest.raises(ValueError, match=r"snapshot\(step\)"):
        nn.animate_boundary(empty, XS, YS, "nothing.gif")


def test_without_matplotlib_one_sentence_names_the_extra(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import nn; nn.plot_losses([1.0])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert 'pip install ".[demos]"' in done.stderr.splitlines()[-1]


def test_vanishing_and_dead_layers_look_different():
    recording = nn.Recording(nn.MLP(1, [1]))
    recording.steps = [0, 1]
    recording.gradients = [
        {"dead": [0.0] * 8, "vanishing": [1e-7 * x for x in range(8)], "healthy": [0.1, -0.2] * 4}
    ] * 2
    figure = nn.plot_layers(recording)
    dead, vanishing, healthy = figure.axes
    assert dead.get_yscale() == healthy.get_yscale() == "symlog"
    assert "logarithmic" in dead.get_ylabel()
    assert dead.get_title() == "dead: all 0" and vanishing.get_title() == "vanishing"
    shown = vanishing.transData.transform([(0.0, 7e-7), (0.0, 0.0)])
    assert shown[0][1] - shown[1][1] > 10  # pixels above the 0 at which the dead layer's line is
