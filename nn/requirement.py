"""The one thing that `nn` needs: stepgrad's `autograd`, not another package with that name."""

import os.path

import autograd

if not hasattr(autograd, "Value"):
    where = os.path.dirname(getattr(autograd, "__file__", None) or "")
    raise ImportError(
        f"the autograd in {where or 'sys.path'} is not stepgrad's: another package (HIPS autograd?)"
        " or a file with that name has taken its place. Uninstall or rename it, and install "
        "stepgrad again."
    )
