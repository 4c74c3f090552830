"""Programs that tests start import the same packages as the tests do, installed or not."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import autograd

signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores Ctrl-C
os.environ["PYTHONPATH"] = str(Path(autograd.__file__).resolve().parent.parent)


@pytest.fixture(autouse=True)
def usual_recursion_limit() -> Iterator[None]:
    """Peers in the benchmarks recurse and raise the limit; no other test is to run on it."""
    limit = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(limit)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium, if there is one.  (Not for longer: its event loop would be in others' way.)"""
    playwright = pytest.importorskip("playwright.sync_api", reason="clicks through a real browser")
    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page of ours; it may ask for nothing, and no script of it may fail."""
    pages = []

    def open_page(path: Path, hash: str = "", **options: Any) -> Any:
        page = browser.new_page(**options)
        page.faults = []
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda r: r.url.startswith("file") or page.faults.append(r.url))
        page.goto(f"file://{path}{hash}")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        assert page.faults == []
        page.close()
