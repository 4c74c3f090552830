"""Files whose names clash with this package, detected on import.

HIPS autograd has the same import name as this package, and pip silently installs one over the
other.  A file nn.py beside a script hides our `nn`.
"""

import os.path
import sys
import warnings

FOLDER = os.path.dirname(os.path.abspath(__file__))


def warn_of_neighbours() -> None:
    """One sentence per clash; takes about 20 microseconds."""
    if os.path.exists(os.path.join(FOLDER, "tracer.py")):  # one of their files, in our folder
        warnings.warn(
            f"two packages are installed as 'autograd' in {FOLDER}: stepgrad, which you have just "
            "imported, and HIPS autograd, which will not work; uninstalling it breaks stepgrad. "
            "Give each its own environment.",
            stacklevel=3,
        )
    beside = os.path.abspath(sys.path[0] if sys.path else "")  # the script's folder
    if beside == os.path.dirname(FOLDER):
        return
    for name in ("nn.py", os.path.join("nn", "__init__.py")):
        if os.path.exists(os.path.join(beside, name)):
            warnings.warn(
                f"{name} in {beside} hides stepgrad's own nn: `import nn` gives that file. "
                "If you want nn.MLP and the like, rename it.",
                stacklevel=3,
            )
