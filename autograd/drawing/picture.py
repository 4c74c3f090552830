"""Picture: a `graphviz.Digraph` that finds its engine by itself and never breaks a notebook."""

import json
from pathlib import Path
from typing import Any

import graphviz

from autograd.drawing.engine import run_engine
from autograd.drawing.notebook import bundle, sentence
from autograd.drawing.scene import json_number
from autograd.files import write_whole
from autograd.graph import topological_order
from autograd.value import Value


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """What `draw` returns: `.source` is the DOT text, `.render("name")` writes a file.

    `.pipe(format="png")` returns the bytes, `.json()` the graph itself; a notebook shows the SVG.
    """

    output: Value

    def pipe(
        self,
        format: str | None = None,
        *,
        engine: str | None = None,
        encoding: str | None = None,
        quiet: bool = False,
        **options: Any,
    ) -> Any:
        """The picture: as bytes, or with an `encoding` as text."""
        picture = run_engine(self.source, format or self.format, engine or self.engine, **options)
        return picture if encoding is None else picture.decode(encoding)

    def render(
        self,
        filename: "str | Path | None" = None,
        directory: "str | Path | None" = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: "str | Path | None" = None,
        quiet_view: bool = False,
        raise_if_result_exists: bool = False,
        overwrite_source: bool = False,
        **options: Any,
    ) -> str:
        """Write the picture to one file, and return its path.

        The suffix of the name gives the format (.svg, .png, and whatever else Graphviz writes; .gv
        and .dot are the DOT text, .json is `json()`); without one, it is `format` or else the
        picture's own.  The arguments are graphviz's; but no file with the DOT text is left beside
        the picture, so `cleanup` and `overwrite_source` have no effect.
        Raises ValueError for a suffix that is not a format, RuntimeError if nothing can draw it.
        """
        name = Path(outfile or filename or self.name or "computation")
        path, format = _path_and_format(name, format, self.format)
        path = path if directory is None else Path(directory) / path
        if raise_if_result_exists and path.exists():
            raise FileExistsError(f"{path} exists")
        self._write(path, format, options)
        if view or quiet_view:
            self._view(path, format=format, quiet=quiet_view)
        return str(path)

    def save(
        self,
        filename: "str | Path | None" = None,
        directory: "str | Path | None" = None,
        **options: Any,
    ) -> str:
        """Like `render`; but a name without a suffix gets the DOT text, as in graphviz."""
        name = Path(filename or f"{self.name or 'computation'}.gv")
        if name.suffix:
            return self.render(name, directory)
        path = name if directory is None else Path(directory) / name
        self._write(path, "gv", {})
        return str(path)

    def _write(self, path: Path, format: str, options: dict[str, Any]) -> None:
        texts = {"gv": lambda: self.source, "dot": lambda: self.source, "json": self.json}
        data = texts[format]() if format in texts else self.pipe(format, **options)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)

    def json(self) -> str:
        """The graph as JSON, version 1.

        {"format": "stepgrad graph", "version": 1, "output": id, "nodes": [...]}; each node has id,
        data, grad (null before any pass), op (null for a leaf), operands (ids), local_derivatives,
        label, group, source ("file:line" or null).  inf and nan are text.
        """
        order = topological_order(self.output)
        ids = {value: f"v{i}" for i, value in enumerate(order)}
        nodes = [
            {
                "id": ids[value],
                "data": json_number(value.data),
                "grad": json_number(value.grad) if value.has_gradient else None,
                "op": value.op.name if value.op is not None else None,
                "operands": [ids[operand] for operand in value.operands],
                "local_derivatives": [json_number(x) for x in value.local_derivatives],
                "label": value.label,
                "group": list(value.group),
                "source": value.source.short if value.source is not None else None,
            }
            for value in order
        ]
        document = {"format": "stepgrad graph", "version": 1, "output": ids[self.output]}
        return json.dumps({**document, "nodes": nodes}, indent=1)

    def __repr__(self) -> str:
        return sentence(self)

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """For notebooks; see `notebook.py`.  Never an exception."""
        return bundle(self)

    def _mime_(self) -> tuple[str, str]:
        """The same for marimo."""
        shown = bundle(self)
        if "image/svg+xml" in shown:
            return "text/html", shown["image/svg+xml"]
        return "text/plain", shown["text/plain"]


def _path_and_format(name: Path, format: str | None, usual: str) -> tuple[Path, str]:
    """A picture's path and format: given by the suffix, else by the arguments."""
    suffix = name.suffix[1:].lower()
    if not suffix:
        format = format or usual
        return name.with_name(f"{name.name}.{format}"), format
    if suffix not in {*graphviz.FORMATS, "gv"}:
        raise ValueError(
            f"{name.suffix!r} of {str(name)!r} is not a picture format: "
            "use .svg, .png or .pdf, .gv for the DOT text, .json for the graph"
        )
    if format is not None and format != suffix:
        raise ValueError(f"the name {str(name)!r} says {suffix}, format={format!r} something else")
    return name, suffix
