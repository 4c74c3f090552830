"""How Sphinx builds this site: `make docs`, or `sphinx-build -W -b html docs docs/_build/html`.

The pages are Markdown.  What can be generated is: the table of operations, the API reference and
the pictures are written into `_generated/` at the start of each build.
"""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import docstrings  # noqa: E402
import generate  # noqa: E402

import autograd  # noqa: E402

project = "stepgrad"
copyright = "the stepgrad authors"
release = version = autograd.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "slides.md"]
myst_enable_extensions = ["colon_fence", "attrs_inline"]
myst_heading_anchors = 3
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
add_module_names = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = "stepgrad"
html_static_path = ["_static"]
html_css_files = ["site.css", "print.css"]
html_js_files = ["accessible.js"]
html_extra_path = ["_generated/extra"]  # the deck of slides
html_copy_source = False
html_show_sphinx = False


def setup(app: Any) -> None:
    generate.everything(HERE / "_generated")
    app.connect("autodoc-process-docstring", docstrings.to_rst)
