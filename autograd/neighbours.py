"""Files of the same names that do not get on with this package: found as it is imported.

HIPS's `autograd` goes by this package's import name, and pip puts one over the other without a
word.  A file nn.py beside a script hides our `nn`.
"""

import os.path
import sys
import warnings

FOLDER = os.path.dirname(os.path.abspath(__file__))


def warn_of_neighbours() -> None:
    """One sentence for each; costs some 20 microseconds."""
    if os.path.exists(os.path.join(FOLDER, "tracer.py")):  # a file of theirs, in our folder
        warnings.warn(
            f"two packages are installed as 'autograd' in {FOLDER}: stepgrad, which you have just "
            "imported, and HIPS autograd, which will not work; uninstalling it breaks stepgrad. "
            "Give each an environment of its own.",
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
