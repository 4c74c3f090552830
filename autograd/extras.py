"""The message for an optional package that is not installed: which extra provides it."""


def missing(what: str, package: str, *, extra: str) -> str:
    """One sentence; `extra` is a name in pyproject.toml's optional-dependencies.

    >>> print(missing("the picture", "matplotlib", extra="demos"))
    the picture needs matplotlib: pip install ".[demos]" in a clone of stepgrad
    """
    return f'{what} needs {package}: pip install ".[{extra}]" in a clone of stepgrad'
