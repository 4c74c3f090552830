"""Programs that tests start import the same packages as the tests do, installed or not."""

import os
from pathlib import Path

import autograd

os.environ["PYTHONPATH"] = str(Path(autograd.__file__).resolve().parent.parent)
