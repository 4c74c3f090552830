"""What a learner is told when their function, or their file, stops with an error."""

import re
import traceback
from pathlib import Path
from types import CodeType

import autograd

OF_OUR_OWN = "use autograd's own functions (ag.exp, ag.log, ...), which take numbers and Values"


def stopped(error: Exception, code: CodeType) -> str:
    """The error that ended the learner's function, the line of theirs where it did, and a hint."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_in(frame, code)]
    place = f", at line {lines[-1].lineno}: {lines[-1].line}" if lines else ""
    return f"it stopped with {type(error).__name__}: {error}{place}{_remark(error)}"


def misspelt(error: SyntaxError, path: Path) -> str:
    """A syntax error in one line: file, line, what Python says, and the text there."""
    text = (error.text or "").strip()
    return f"{path.name}:{error.lineno}: {error.msg}" + (f": {text}" if text else "")


def _is_in(frame: traceback.FrameSummary, code: CodeType) -> bool:
    return frame.filename == code.co_filename


def _remark(error: Exception) -> str:
    if isinstance(error, AttributeError | NameError):
        if hasattr(autograd, error.name or ""):
            return f". Write ag.{error.name}(...): it takes numbers and Values"
        if error.name in ("np", "numpy", "math"):
            return f". Rather {OF_OUR_OWN}"
    if isinstance(error, TypeError) and re.search("__array_ufunc__|ufunc", str(error)):
        return f". NumPy's functions take no Values: {OF_OUR_OWN}"
    return ""
