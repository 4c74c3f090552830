"""Every peer of the speed table computes the same numbers: five steps, to 1e-12."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason='data of the workloads, `pip install ".[bench]"`')

from benchmarks import race, report
from benchmarks.peers import PEERS
from benchmarks.race import TOLERANCE, disagreement, prepare, reference
from benchmarks.workloads import NAMES, workload

ROOT = Path(__file__).resolve().parent.parent
COMPILERS = {"Numba loops", "jax.jit", "jax.jit + scan", "stepgrad native"}  # seconds each


SCALARS = {"micrograd", "plain Python"}  # seconds each, on the larger workloads
LARGER = {"digits-64", "digits-1437", "gpt"}


def is_slow(peer, name):
    return peer in COMPILERS or (peer in SCALARS and name in LARGER)


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        pytest.param(peer, name, marks=pytest.mark.slow) if is_slow(peer, name) else (peer, name)
        for peer in PEERS
        for name in NAMES
    ],
)
def test_a_peer_agrees_with_numpy(peer, name):
    run = prepare(peer, name, small=True)
    if isinstance(run, str):
        pytest.skip(run)
    assert disagreement(run, reference(name, small=True)) <= TOLERANCE


def test_a_wrong_peer_is_caught():
    right = PEERS["NumPy"](workload("blog"))
    assert disagreement(lambda n: right(n) * (1 + 1e-11), reference("blog")) > TOLERANCE


def test_the_gpt_has_the_parameters_of_the_description():
    assert sum(array.size for array in workload("gpt").parameters.values()) == 4_192


def test_one_command_prints_ratios_and_writes_json_and_a_picture(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "blog", "--quick", "--folder", str(tmp_path)]
    without = ["--without", *COMPILERS, "PyTorch", "CasADi SX"]
    done = subprocess.run(
        command + without,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    times = json.loads((tmp_path / "speed.json").read_text())["microseconds per step"]["blog"]
    assert 0 < times["NumPy"] < times["stepgrad eager"]
    assert " x" in done.stdout
    pytest.importorskip("matplotlib")
    assert (tmp_path / "speed.png").read_bytes().startswith(b"\x89PNG")


def test_the_aims_are_said_with_what_was_measured():
    ours, scan = ["stepgrad native", "stepgrad numpy"], "jax.jit + scan"
    results = {
        "blog": {**dict(zip(ours, (1.0, 4.0))), "NumPy": 5.0, scan: 0.5},
        "gpt": {
            **dict(zip(ours, (9.0, 90.0))),
            "NumPy": 100.0,
            "plain Python": 90_000.0,
            "jax.jit": 80.0,
            scan: "jax is not installed",
        },
        "chain": {"stepgrad numpy": 9.0, "NumPy": 1.0},
    }
    said = list(report.aims(results).values())
    assert said == [
        "0.80 (blog) to 0.90 (gpt)",
        "the NumPy program 1,000, NumPy by hand 900, native 10,000",
        "ahead on 2 of 2 rows",
        "ahead on 0 of 1 rows; 2 times the time of jax.jit + scan on blog",
    ]
    assert report.aims({"blog": {"stepgrad numpy": 4.0}}) == {}


def test_the_number_of_steps_of_a_run_is_found_for_any_speed(monkeypatch):
    """A step of 0.46 ms: 100 of them take less than 50 ms, 109 are rounded to 100 again."""
    for seconds in (1e-8, 1e-4, 4.6e-4, 6e-4, 0.03, 2.0):
        monkeypatch.setattr(race, "_seconds", lambda run, steps, each=seconds: steps * each)
        steps = race._steps_a_run(None)
        assert steps == 1 or steps % 100 == 0 or steps < 100
        assert 0.4 * race.SECONDS_A_RUN <= steps * seconds <= 4 or steps == 1_000_000
