"""Every model of the demos: compiled, it computes what the eager engine does.

A demo is run with few steps, and each graph that it compiles, or calls backward() on, is kept.
The graph is then compiled, and verified against its own operations done again, one by one, by the
eager engine, on rows that the demo itself used.
"""

import runpy
import sys
from pathlib import Path

import pytest

import autograd as ag
from autograd import Value
from autograd.compiling.program import Program

ROOT = Path(__file__).resolve().parent.parent
MOST = 3  # graphs a demo that are only walked backwards

DEMOS = {  # its arguments; how many programs it compiles
    "autodiff_from_scratch": ([], 0),
    "blog_neuron": ([], 0),
    "blog_one_weight": ([], 0),
    "chain_rule": ([], 0),
    "digits": (["1"], 2),
    "gpt": (["1"], 18),
    "moons": (["3"], 2),
    "spam": (["3"], 4),
    "step_through": ([], 0),
    "xor": (["3"], 1),
}
OF_SCIKIT_LEARN = ("digits", "spam")


class Kept:
    """The graphs of a demo: (output or outputs, inputs, parameters) each, and rows if there are."""

    def __init__(self, monkeypatch):
        self.programs, self.rows, self.walked = {}, {}, []
        init, backward, checked = Program.__init__, Value.backward, Program._checked

        def kept_init(program, output, inputs, parameters, *rest):
            init(program, output, inputs, parameters, *rest)
            self.programs[program] = output

        def kept_checked(program, rows, check_finite):
            self.rows[program] = checked(program, rows, check_finite)
            return self.rows[program]

        def kept_backward(output, *arguments, **named):
            if len(self.walked) < MOST and not named:
                self.walked.append(output)
            return backward(output, *arguments, **named)

        monkeypatch.setattr(Program, "__init__", kept_init)
        monkeypatch.setattr(Program, "_checked", kept_checked)
        monkeypatch.setattr(Value, "backward", kept_backward)


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """Runs a demo, and returns what was kept."""

    def run(name):
        pytest.importorskip("matplotlib", reason="the demos draw their pictures with it")
        if name in OF_SCIKIT_LEARN:
            pytest.importorskip("sklearn", reason="the demo's data come with it")
        arguments, _ = DEMOS[name]
        with monkeypatch.context() as patches:
            patches.chdir(tmp_path)
            patches.syspath_prepend(str(ROOT))
            patches.setattr(sys, "argv", [name, *arguments])
            kept = Kept(patches)
            runpy.run_module(f"demos.{name}", run_name="__main__")
        return kept

    return run


def again(outputs, inputs):
    """A function that builds the same graph from other inputs, operation by operation."""
    order = ag.topological_order(*outputs)

    def build(values):
        new = dict(zip(inputs, values))
        for node in order:
            if node not in new:
                operands = [new[operand] for operand in node.operands]
                new[node] = node.op(*operands) if operands else node
        return [new[output] for output in outputs]

    return build


def assert_same(output, inputs, parameters, rows, backend):
    outputs = [output] if isinstance(output, Value) else list(output)
    program = ag.compile(output, inputs, parameters, backend)
    build = again(outputs, program.inputs)
    if program.is_single:
        assert program.verify(lambda values: build(values)[0], rows)
    else:
        assert program.verify(build, rows)


def check(kept, name, backend, most=2, rows=1):
    assert len(kept.programs) == DEMOS[name][1]
    for program, output in list(kept.programs.items())[-most:]:
        some = kept.rows[program][:rows]
        assert_same(output, program.inputs, program.parameters, some, backend)
    for output in kept.walked:
        leaves = [value for value in ag.topological_order(output) if value.is_leaf]
        assert_same(output, [], leaves, None, backend)
    assert kept.programs or kept.walked


LARGE = ["digits", "gpt", "moons"]  # ten seconds each, most of it the demo's own


@pytest.mark.parametrize("name", [name for name in DEMOS if name not in LARGE])
def test_the_models_of_the_demos_compile_to_the_same_numbers(name, ran):
    check(ran(name), name, "numpy")


@pytest.mark.slow
@pytest.mark.parametrize("name", list(DEMOS))
def test_all_of_their_programs_do_so_on_several_rows(name, ran):
    check(ran(name), name, "numpy", most=100, rows=3)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(DEMOS))
def test_the_models_of_the_demos_run_natively_to_the_same_numbers(name, ran):
    pytest.importorskip("llvmlite", reason="the native backend needs it")
    check(ran(name), name, "native")


@pytest.mark.slow
def test_the_gpt_compiles_one_program_for_each_length_and_keeps_it(monkeypatch, tmp_path, capsys):
    pytest.importorskip("matplotlib", reason="the demos draw their pictures with it")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "argv", ["gpt", "2"])
    demo = runpy.run_module("demos.gpt", run_name="__main__")
    lengths = len(demo["groups"])
    training, sampling = demo["trainer"].cache_info(), demo["writer"].cache_info()
    assert (training.misses, sampling.misses) == (lengths, max(demo["groups"]) - 1)
    assert training.hits >= 2 * lengths  # two epochs
    assert demo["trainer"](8) is demo["trainer"](8)
    story = capsys.readouterr().out
    assert "4,033 scalar nodes -> " in story and "(batch * 8 x 16) by (16 x 64)" in story


def test_every_demo_that_trains_or_differentiates_is_in_the_list():
    demos = {path.stem for path in (ROOT / "demos").glob("*.py")} - {"__init__"}
    assert demos - set(DEMOS) == {
        "newton",  # its Hessians: test_compiling_higher
        "walk_pages",  # the graphs of step_through, as pages
    }
