"""A deck of slides in one HTML file: `python docs/slides.py docs/slides.md slides.html`.

A line `---` in the Markdown starts a new slide; pictures named without a folder are looked up in
docs/_generated/ and put into the file itself.  Arrow keys or a click turn the page.
"""

import base64
import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt  # comes with myst-parser

HERE = Path(__file__).parent
PICTURE = re.compile(r'<img src="([\w-]+\.svg)"')

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
@page {{ size: 297mm 167mm; margin: 0; }}
body {{ margin: 0; font: 3.6vmin/1.45 system-ui, sans-serif; color: #1b2733; background: white; }}
section {{ display: none; box-sizing: border-box; height: 100vh; padding: 7vmin 10vmin;
          flex-direction: column; justify-content: center; }}
section.shown {{ display: flex; }}
h1 {{ font-size: 2.4em; margin: 0; }}
h2 {{ font-size: 1.7em; margin: 0 0 0.6em; color: #1f6fb2; }}
img {{ max-width: 100%; max-height: 52vh; align-self: flex-start; }}
p:has(img) {{ margin: 0; }}
pre {{ background: #f3f6f9; padding: 0.8em 1em; border-radius: 0.4em; font-size: 0.85em; }}
blockquote {{ margin: 0; padding-left: 0.8em; border-left: 0.2em solid #d9822b; font-size: 1.2em; }}
footer {{ position: fixed; right: 3vmin; bottom: 2vmin; font-size: 0.5em; color: #8a97a3; }}
@media print {{
  section {{ display: flex; break-after: page; height: 167mm; }}
  footer {{ display: none; }}
}}
</style>
</head>
<body>
{slides}
<footer></footer>
<script>
const slides = document.querySelectorAll("section");
let shown = Math.max(0, (parseInt(location.hash.slice(1)) || 1) - 1);
function show(i) {{
  shown = Math.min(Math.max(i, 0), slides.length - 1);
  slides.forEach((slide, j) => slide.classList.toggle("shown", j === shown));
  document.querySelector("footer").textContent = (shown + 1) + " / " + slides.length;
  history.replaceState(null, "", "#" + (shown + 1));
}}
addEventListener("keydown", event => {{
  if (["ArrowRight", "ArrowDown", "PageDown", " "].includes(event.key)) show(shown + 1);
  if (["ArrowLeft", "ArrowUp", "PageUp"].includes(event.key)) show(shown - 1);
}});
addEventListener("click", () => show(shown + 1));
show(shown);
</script>
</body>
</html>
"""


def deck(markdown: str, pictures: Path) -> str:
    """The slides as one HTML page, pictures included.  FileNotFoundError if one is missing."""
    render = MarkdownIt().render
    parts = [render(part) for part in re.split(r"^---$", markdown, flags=re.MULTILINE)]
    slides = "\n".join([f"<section>\n{part}</section>" for part in parts])
    title = re.sub(r"<.*?>", "", parts[0].splitlines()[0])
    return PAGE.format(title=title, slides=PICTURE.sub(lambda m: _inlined(m, pictures), slides))


def _inlined(match: re.Match[str], pictures: Path) -> str:
    data = base64.b64encode((pictures / match.group(1)).read_bytes()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}"'


if __name__ == "__main__":
    source, target = sys.argv[1:]
    html = deck(Path(source).read_text(encoding="utf-8"), HERE / "_generated")
    Path(target).write_text(html, encoding="utf-8")
