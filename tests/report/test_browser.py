"""The page in a real browser."""

from __future__ import annotations

import re
import struct
import subprocess

import pytest

from spinesurv.report import RESEARCH_USE, render_html
from tests.figures.fixtures import SYSTEMS
from tests.paths import CHROMIUM
from tests.report.content import made_up_content, made_up_figures

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

WIDTH = 1000

#: text block of an A4 page with margins of 15 mm, at 96 dots an inch
PAPER_PIXELS = 680


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    content = made_up_content()
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_html(content, made_up_figures(content)), encoding="utf-8", newline="\n")
    return path


def browse(page, *options):
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", f"--user-data-dir={page.parent / 'profile'}",
        "--enable-logging=stderr", *options, page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True)


def test_a_picture_of_the_page_and_no_complaint_in_the_console(page):
    target = page.with_suffix(".png")
    done = browse(page, f"--screenshot={target}", f"--window-size={WIDTH},1400", "--hide-scrollbars")
    width, height = struct.unpack(">II", target.read_bytes()[16:24])
    assert (width, height) == (WIDTH, 1400)
    assert target.stat().st_size > 50_000  # an empty page of this size has about 5 kB
    assert "CONSOLE" not in done.stderr


def test_the_browser_reads_the_text(page):
    dom = browse(page, "--dump-dom").stdout
    for words in (RESEARCH_USE, "What this says", "Brookfield General", "Number at risk"):
        assert words in dom


def test_prints_to_paper(page):
    target = page.with_suffix(".pdf")
    browse(page, f"--print-to-pdf={target}", "--no-pdf-header-footer")
    assert target.read_bytes().startswith(b"%PDF")


def test_nothing_is_wider_than_paper(tmp_path):
    """A table that is wider than the text would make the browser shrink all pages; six sites with long names are the usual case."""
    sites = (
        "us_surgical",
        "us_radiotherapy",
        "nl_radiotherapy",
        "nl_contemporary",
        "taiwan_surgical",
        "japan_multicentre",
    )
    long = {key: f"{label} (Dutch Bone Metastasis Study), as published" for key, label in SYSTEMS.items()}
    content = made_up_content(long, sites)
    printed = render_html(content, {}).replace("@media print", "@media all")
    widths = "[...document.querySelectorAll('table')].map(t => Math.round(t.getBoundingClientRect().width))"
    printed = printed.replace(
        "</body>",
        f"<script>document.body.style.width = '{PAPER_PIXELS}px'; document.title = 'widths ' + {widths}</script></body>",
    )
    page = tmp_path / "printed.html"
    page.write_text(printed, encoding="utf-8", newline="\n")
    dom = browse(page, "--dump-dom", f"--window-size={WIDTH},1400").stdout
    (told,) = re.findall(r"<title>widths ([0-9,]+)</title>", dom)
    tables = [int(width) for width in told.split(",")]
    assert len(tables) > 10
    assert max(tables) <= PAPER_PIXELS + 1
