"""The one thing that `nn` needs: stepgrad's `autograd`, and not another package of that name."""

import os.path

import autograd

if not hasattr(autograd, "Value"):
    where = os.path.dirname(getattr(autograd, "__file__", None) or "")
    raise ImportError(
        f"the autograd in {where or 'sys.path'} is not stepgrad's: another package (HIPS autograd?)"
        " or a file of that name has taken its place. Uninstall or rename that, and install "
        "stepgrad again."
    )
