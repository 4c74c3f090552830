"""A deck of slides in one HTML file: `python docs/slides.py docs/slides.md slides.html`.

A line `---` in the Markdown starts a new slide, a line `Notes:` the speaker's notes of a slide.  A
picture named without a folder is looked up in docs/_generated/ and put into the file itself, and
`<!-- page: NAME.html -->` becomes that page of docs/_generated/extra/, in a frame.  The look and
the keys are in slides.css and slides.js.
"""

import html
import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt  # comes with myst-parser

HERE = Path(__file__).parent
PICTURE = re.compile(r'<p><img src="([\w-]+\.svg)" alt="" /></p>')
FRAME = re.compile(r"<!-- page: ([\w-]+\.html) -->")

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
<style id="paper"></style>
</head>
<body>
<main>
{slides}
</main>
<footer>
<button type="button" id="back" aria-label="previous slide">‹</button>
<span id="place"></span>
<button type="button" id="next" aria-label="next slide">›</button>
</footer>
<script>
{script}</script>
</body>
</html>
"""


def deck(markdown: str, folder: Path) -> str:
    """The slides as one HTML page, pictures included.  FileNotFoundError if one is missing."""
    parts = re.split(r"^---$", markdown, flags=re.MULTILINE)
    return PAGE.format(
        title=re.sub(r"[#\n]", "", parts[0].strip().split("\n")[0]).strip(),
        style=(HERE / "slides.css").read_text(encoding="utf-8"),
        slides="\n".join([_slide(part, folder) for part in parts]),
        script=(HERE / "slides.js").read_text(encoding="utf-8"),
    )


def _slide(markdown: str, folder: Path) -> str:
    """One slide, and its notes below it."""
    shown, _, notes = markdown.partition("\nNotes:\n")
    render = MarkdownIt().render
    body = PICTURE.sub(lambda m: _picture(folder / m.group(1)), render(shown))
    body = FRAME.sub(lambda m: _frame(folder / "extra" / m.group(1)), body)
    return (
        f'<section>\n<div class="slide">\n{body}</div>\n'
        f'<div class="notes" role="note" aria-label="speaker notes">\n{render(notes)}</div>\n'
        "</section>"
    )


def _picture(path: Path) -> str:
    """The SVG itself: its letters can be measured and selected, and nothing is loaded."""
    return f'<div class="picture">{path.read_text(encoding="utf-8")}</div>'


def _frame(path: Path) -> str:
    """The whole page in a frame of its own: nothing is loaded, and its keys stay its own."""
    page = html.escape(path.read_text(encoding="utf-8"))
    return f'<div class="frame"><iframe srcdoc="{page}" title="{path.stem}"></iframe></div>'


if __name__ == "__main__":
    source, target = sys.argv[1:]
    text = deck(Path(source).read_text(encoding="utf-8"), HERE / "_generated")
    Path(target).write_text(text, encoding="utf-8")
