"""The benchmarks page shows what the reports hold."""

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "docs"))

measurements = pytest.importorskip("measurements", reason="docs/ is not here")


def test_a_report_becomes_tables_and_facts_with_its_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measurements, "KEPT", tmp_path / "kept")
    report = {
        "moons": {"ours": {"on": 0.0123456}, "theirs": {"on": 2.5, "off": "not installed"}},
        "turns": 5,
    }
    (tmp_path / "engine.json").write_text(json.dumps(report))
    measurements.keep(tmp_path)
    page = measurements.page()
    assert "    python -m benchmarks.engine" in page
    assert "| | on | off |" in page
    assert "| ours | 0.01235 |  |" in page
    assert "| theirs | 2.5 | – |" in page
    assert "- off: not installed (theirs)" in page
    assert "- turns: 5" in page
    assert "- processor: " in page and "- versions: Python 3." in page


def test_every_kept_report_is_on_the_page() -> None:
    page = measurements.page()
    for path in measurements.KEPT.glob("*.json"):
        assert f"## {measurements.ABOUT[path.stem][0]}" in page, "a report needs a title in ABOUT"
