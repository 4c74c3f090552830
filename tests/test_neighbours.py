"""Other packages and files of the names `autograd` and `nn`: one clear sentence for each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

HERE = Path(autograd.__file__).resolve().parent.parent  # installed or not


@pytest.fixture
def site(tmp_path):
    """A folder with both packages installed, and a script's folder beside it."""
    for package in ("autograd", "nn"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / package, tmp_path / "site" / package, ignore=ignored)
    (tmp_path / "home").mkdir()
    return tmp_path / "site"


def run(site, program):
    script = site.parent / "home" / "script.py"
    script.write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, env=environment
    )


def test_a_clean_installation_is_imported_without_a_word(site):
    done = run(site, "import autograd, nn; print(nn.MLP(2, [1], seed=0)([1.0, 2.0]).data)")
    assert done.returncode == 0 and done.stderr == ""


def test_hips_autograd_installed_before_is_a_warning(site):
    (site / "autograd" / "tracer.py").write_text("")
    (site / "autograd" / "numpy").mkdir()
    done = run(site, "import nn; print(nn.MLP(2, [1], seed=0)([1.0, 2.0]).data)")
    assert done.returncode == 0 and done.stderr.count("two packages are installed as 'autogr") == 1
    assert (
        f"script.py:1: UserWarning: two packages are installed as 'autograd' in {site}"
        in (done.stderr)
        or "uninstalling it breaks stepgrad" in done.stderr
    )


def test_hips_autograd_installed_after_is_one_clear_sentence_from_nn(site):
    (site / "autograd" / "__init__.py").write_text("from .tracer import grad\n")
    (site / "autograd" / "tracer.py").write_text("def grad(f): return f\n")
    done = run(site, "import nn")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: the autograd in {site / 'autograd'} is not stepgrad's")


def test_a_students_autograd_py_is_the_same_sentence(site):
    (site.parent / "home" / "autograd.py").write_text("class Tensor: pass\n")
    done = run(site, "import nn")
    assert "is not stepgrad's: another package" in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("name", ["nn.py", "nn/__init__.py"])
def test_a_students_nn_that_hides_ours_is_a_warning(site, name):
    path = site.parent / "home" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    done = run(site, "import autograd\nprint(autograd.Value(1.0).data)")
    assert done.stdout == "1.0\n"
    assert (
        f"in {path.parent if name == 'nn.py' else path.parent.parent} hides stepgrad's own nn"
        in (done.stderr)
    )
