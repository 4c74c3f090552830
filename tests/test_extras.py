"""What an optional package's absence is called, and whether the remedy exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(autograd.__file__).resolve().parent.parent  # installed or not
EXTRAS = set(
    re.findall(
        r"^(\w+) = \[",
        (ROOT / "pyproject.toml")
        .read_text(encoding="utf-8")
        .partition("optional-dependencies]")[2],
        re.MULTILINE,
    )
)
PAGES = [
    *(
        path
        for folder in (HERE / "autograd", HERE / "nn", ROOT / "demos", ROOT / "docs")
        for path in folder.glob("**/*.py")
    ),
    *(path for path in ROOT.glob("docs/**/*.md") if not {"_build", "_generated"} & set(path.parts)),
]


def test_every_extra_that_is_named_exists():
    named = set()
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'pip install "\.\[(\w+)\]"', text))
        named |= set(re.findall(r'missing\(.*extra="(\w+)"\)', text))
        assert "stepgrad[" not in text, f"{path} names an index that does not have us"
        assert "install '" not in text, f"{path}: single quotes do not work on Windows"
    assert {"demos", "native", "terminal", "torch", "onnx", "safetensors"} <= named <= EXTRAS


CALLS = [
    ("nn.to_torch(nn.MLP(1, [1]))", "torch", "torch", "this needs PyTorch"),
    ("nn.save_safetensors(nn.MLP(1, [1]), 'x')", "safetensors", "safetensors", None),
    ("nn.plot_losses([1.0])", "matplotlib", "demos", "a picture of training needs matplotlib"),
    ("program.to_onnx('x')", "onnx", "onnx", None),
    ("autograd.compile(y, backend='native')", "llvmlite", "native", None),
]


@pytest.mark.parametrize(("call", "package", "extra", "words"), CALLS, ids=[c[1] for c in CALLS])
def test_a_missing_package_is_one_sentence_that_names_its_extra(call, package, extra, words):
    script = (
        f"import sys; sys.modules[{package!r}] = None; import autograd, nn;"
        "w, x = autograd.Value(1.0), autograd.Value(2.0); y = w * x;"
        f"program = autograd.compile(y, inputs=[x]); {call}"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ") and (words or f"needs {package}") in last
    assert last.endswith(f': pip install ".[{extra}]" in a clone of stepgrad')
