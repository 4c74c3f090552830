"""Every demo runs, and the blog's come out to the digit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(name, tmp_path, *arguments):
    """What `python -m demos.NAME` prints, run in an empty folder."""
    done = subprocess.run(
        [sys.executable, "-m", f"demos.{name}", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


TABLE = [
    0.5261413704970179,
    0.02613280066594068,
    0.018176858121094902,
    0.014734950161984704,
    0.012706694734033585,
    0.01133247914225176,
    0.010323188962834181,
    0.009541743874413929,
    0.008913720541675068,
    0.00839478433225734,
]


def test_the_blogs_neuron_prints_the_blogs_numbers(tmp_path):
    pytest.importorskip("matplotlib", reason="the error curve needs it; the next test does not")
    printed = run("blog_neuron", tmp_path)
    rows = re.findall(r"^ *(\d+)  (0\.\d+)$", printed, re.MULTILINE)
    assert [int(step) for step, _ in rows] == list(range(0, 10_000, 1_000))
    assert [float(error) for _, error in rows] == [float(f"{x:.14g}") for x in TABLE]
    assert "output after training: 0.00966808 0.00786589 0.99358863 0.99211705" in printed
    assert "9.67256303 -0.20811174 -4.62926144" in printed
    assert (tmp_path / "out/blog_neuron.svg").read_text().count("<svg") == 1
    assert (tmp_path / "out/blog_neuron_error.png").read_bytes().startswith(b"\x89PNG")


def test_the_blogs_neuron_starts_where_numpys_seed_42_starts():
    import numpy as np

    source = (ROOT / "demos/blog_neuron.py").read_text()
    start = [float(x) for x in re.search(r"START = \[(.*)\]", source)[1].split(",")]
    assert start == (2 * np.random.RandomState(42).random_sample(3) - 1).tolist()


def test_the_blogs_neuron_runs_without_matplotlib(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError")
    printed = run("blog_neuron", tmp_path, "5")
    assert 'no error curve: it needs matplotlib, `pip install ".[demos]"`' in printed


def test_one_weight_shows_the_infinite_loss_its_cure_and_a_training(tmp_path):
    printed = run("blog_one_weight", tmp_path)
    for fact in (
        "sigmoid(49.8) = 1:",
        "-log(1 - 1) = inf",
        "dw = nan, db = nan",
        "forward pass: log1p(-1.0) = -inf",
        "blog_one_weight.py",
        "loss = 49.8, dw = 100, db = 1",
        "w = 0.6, b = -0.15",
        "healthy with 99.0%",
    ):
        assert fact in printed


def test_the_chain_rule_by_hand_and_by_backward(tmp_path):
    printed = run("chain_rule", tmp_path)
    for fact in (
        "o = tanh(x1*w1 + x2*w2 + b) = 0.7071",
        "d o / d x1 = d (x1*w1) / d x1 * d o / d (x1*w1) = -3 * 0.5 = -1.5",
        "  d o / d w1 = 1\n",
        "d o / d w1 = d (x1*w1) / d w1 * d o / d (x1*w1) = 2 * 0.5 = 1",
        "24.7041",
        "138.8338",
        "645.5773",
    ):
        assert fact in printed
    assert "grad -1.5000" in (tmp_path / "out/chain_rule.svg").read_text().replace("&#45;", "-")


def test_the_forty_lines_find_the_librarys_digits(tmp_path):
    printed = run("autodiff_from_scratch", tmp_path)
    assert "d/dw1     -2.3748442687130100   -2.3748442687130100" in printed


def test_newton_arrives_in_seven_steps_and_tells_a_saddle(tmp_path):
    printed = run("newton", tmp_path, "20")
    assert "7 steps; near the end" in printed
    assert "curvatures -2 and 2 have two signs: a saddle" in printed


def test_a_hidden_layer_learns_xor_and_one_neuron_does_not(tmp_path):
    pytest.importorskip("matplotlib", reason="the animation needs it")
    printed = run("xor", tmp_path, "100")
    difference = float(re.search(r"the losses differ by at most (\S+)", printed)[1])
    assert difference < 1e-10
    alone, hidden = re.findall(r"probabilities: (.*)", printed)
    assert [abs(float(p) - 0.5) < 0.1 for p in alone.split()] == [True] * 4
    assert [round(float(p)) for p in hidden.split()] == [0, 1, 1, 0]
    assert (tmp_path / "out/xor_boundary.gif").read_bytes().startswith(b"GIF8")


def test_moons_eager_and_compiled_agree_and_are_right(tmp_path):
    pytest.importorskip("matplotlib", reason="the boundary needs it")
    printed = run("moons", tmp_path, "60")
    assert int(re.search(r"after 60 steps: (\d+)%", printed)[1]) >= 97
    assert float(re.search(r"differ by at most (\S+),", printed)[1]) < 1e-12
    assert (tmp_path / "out/moons.png").read_bytes().startswith(b"\x89PNG")


def test_the_digits_are_learned(tmp_path):
    pytest.importorskip("sklearn", reason="it brings the digits")
    printed = run("digits", tmp_path, "20")
    assert float(re.search(r"accuracy on held-out digits: (\S+)%", printed)[1]) >= 96
    assert float(re.search(r"as the eager step, to (\S+)", printed)[1]) < 1e-12


def test_log_loss_in_numbers_and_on_patients(tmp_path):
    pytest.importorskip("sklearn", reason="it brings the data")
    printed = run("spam", tmp_path)
    assert "  0.9       0.1054      2.3026" in printed
    assert float(re.search(r"computes the same loss to (\S+)", printed)[1]) < 1e-12
    right = re.findall(r"held-out accuracy (\S+)%", printed)
    assert [float(percent) > 94 for percent in right] == [True, True]


def test_the_gpt_learns_names_and_writes_some(tmp_path):
    printed = run("gpt", tmp_path, "3")
    assert "4192 parameters" in printed
    assert float(re.search(r"as the eager step, to (\S+)", printed)[1]) < 1e-12
    losses = [float(loss) for loss in re.findall(r"loss (\S+) per letter", printed)]
    assert losses[-1] < 2.6 < 3.2958  # chance
    block = printed.split("it is in the text):\n")[1]
    samples = block.splitlines()[:3]
    assert sum([len(line.split()) for line in samples]) >= 20


TEXTS = {
    "seven names": (
        "Anna\nBerta\nCaesar\nDora\nEmil\nFriedrich\nMatilda\n",
        "7, of 4 to 9 letters",
    ),
    "one length": ("ab\ncd\n", "2, of 2 to 2 letters; different letters: 4"),
    "one letter": ("a\n", "1, of 1 to 1 letters; different letters: 1"),
    "other scripts": ("Ἀθῆναι\nΣπάρτη\nمكة\n東京\nÉvora\nİzmir\n", "6, of 2 to 6 letters"),
    "digits and signs": ("x = 3\n$y$ = {4}\n\t\\frac{1} % done\n", "3, of 5 to 15 letters"),
    "a byte order mark": ("\ufeffanna\r\nbert\r\n", "2, of 4 to 4 letters; different letters: 6"),
    "prose": (
        "It was the best of times, it was the worst of times.\n\nIt was I.\n",
        "longer than 15 letters, so cut into pieces: 1 of 2 lines",
    ),
    "a word without end": ("a" * 40, "3, of 10 to 15 letters"),
}


OFTEN = ("seven names", "prose")


@pytest.mark.parametrize(
    "name",
    [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in TEXTS],
)
def test_the_gpt_reads_any_text(name, tmp_path):
    text, fact = TEXTS[name]
    (tmp_path / "mine.txt").write_bytes(text.encode("utf-8"))
    printed = run("gpt", tmp_path, "1", "mine.txt")
    assert fact in printed
    assert "24 new lines" in printed


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "mine.txt holds no text: give a file with at least one line"),
        (b" \n\n\t\n", "mine.txt holds no text"),
        (b"\x89PNG\xff\x00", "mine.txt cannot be read as text"),
        (None, "mine.txt cannot be read as text: [Errno 2] No such file"),
    ],
)
def test_the_gpt_says_in_a_line_why_it_cannot_learn_from_a_file(content, told, tmp_path):
    if content is not None:
        (tmp_path / "mine.txt").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "demos.gpt", "mine.txt"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert told in done.stderr and done.stderr.count("\n") == 1


def test_the_lecture_prints_ten_stops_without_a_terminal(tmp_path):
    printed = run("step_through", tmp_path)
    assert re.findall(r"^\[(\d+)\]", printed, re.MULTILINE) == [str(i) for i in range(1, 11)]
    assert (
        "d tanh(sum)/dsum = 1 - output * output = 0.6347" in printed
        and "The gradient of w is" in printed
    )


def test_the_lecture_stops_ten_times_in_a_terminal(tmp_path):
    pexpect = pytest.importorskip("pexpect", reason="drives a real terminal")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    environment.pop("PYTHONBREAKPOINT", None)
    child = pexpect.spawn(
        sys.executable, ["-m", "demos.step_through"], env=environment, encoding="utf-8", timeout=20
    )
    for _ in range(10):
        child.expect_exact("(Pdb) ")
        child.sendline("c")
    child.expect_exact("The same pass, step by step")
    child.expect(pexpect.EOF)


def test_the_walk_pages_hold_the_blogs_weights(tmp_path):
    printed = run("walk_pages", tmp_path)
    assert [float(loss) < 0.001 for loss in re.findall(r"loss (\S+)", printed)[-2:]] == [True] * 2
    page = (tmp_path / "out/blog_neuron_training.html").read_text()
    assert '"step":9500' in page and page.count('"predictions"') == 20 and len(page) < 1_000_000
    assert (tmp_path / "out/blog_neuron_walk.html").stat().st_size < 1_000_000
    assert (tmp_path / "out/mlp_training.html").stat().st_size < 1_000_000


@pytest.mark.parametrize("name", ["chain_rule", "blog_neuron", "walk_pages"])
def test_a_demo_ends_with_what_to_open(name, tmp_path):
    last = run(name, tmp_path).rstrip().splitlines()[-1]
    opened = re.search(r"^Now open (out/[\w.]+)", last)
    assert opened is not None and (tmp_path / opened[1]).exists()
