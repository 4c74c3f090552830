"""Picture: a `graphviz.Digraph` that finds its engine by itself and never breaks a notebook."""

import json
from typing import Any

import graphviz

from autograd.drawing.engine import MISSING, find_engine, use_engine
from autograd.drawing.scene import json_number
from autograd.graph import topological_order
from autograd.value import Value


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """What `draw` returns: `.source` is the DOT text, `.render("name")` writes a file.

    `.pipe(format="png")` returns the bytes, `.json()` the graph itself; a notebook shows the SVG.
    """

    output: Value

    def pipe(self, *args: Any, **kwargs: Any) -> Any:
        return self._drawn(super().pipe, kwargs.get("format") or self.format, args, kwargs)

    def render(self, *args: Any, **kwargs: Any) -> Any:
        return self._drawn(super().render, kwargs.get("format") or self.format, args, kwargs)

    def _drawn(self, method: Any, format: str, args: Any, kwargs: Any) -> Any:
        if not use_engine():
            raise RuntimeError(MISSING)
        engine = find_engine()
        if format == "pdf" and engine is not None and engine.stem != "dot":
            raise RuntimeError(
                "PDF needs a system Graphviz, with `dot` on PATH (apt install graphviz, "
                "brew install graphviz, ...); the embedded engine writes SVG and PNG"
            )
        try:
            return method(*args, **kwargs)
        except (graphviz.CalledProcessError, graphviz.ExecutableNotFound) as error:
            raise RuntimeError(
                f"the Graphviz engine {engine} failed ({error.__class__.__name__}); "
                "reinstall it, or `pip install graphviz-pure`. The DOT text is there as .source"
            ) from error

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
                "source": str(value.source) if value.source is not None else None,
            }
            for value in order
        ]
        document = {"format": "stepgrad graph", "version": 1, "output": ids[self.output]}
        return json.dumps({**document, "nodes": nodes}, indent=1)

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """For notebooks: SVG, or the DOT text where nothing can draw it; never an exception."""
        try:
            return {"image/svg+xml": self.pipe(format="svg", encoding="utf-8")}
        except Exception as error:
            return {"text/plain": f"{error}\n\n{self.source}"}

    def _mime_(self) -> tuple[str, str]:
        """The same for marimo."""
        ((mime, text),) = self._repr_mimebundle_().items()
        return ("text/html", text) if mime == "image/svg+xml" else (mime, text)
