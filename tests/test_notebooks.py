"""Notebooks: short, through the front door, without stored outputs, and they run from top to bottom."""

from __future__ import annotations

import ast
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

import spinesurv
from tests.paths import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: lines of code on a page
MOST_LINES = 40

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def code(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_both_are_there():
    assert [p.stem for p in NOTEBOOKS] == ["01_which_score_can_be_trusted", "02_my_own_cohort"]


@each
def test_under_a_page_and_no_stored_output(path):
    assert sum(len(cell.source.splitlines()) for cell in code(path)) <= MOST_LINES
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code(path))


@each
def test_front_door_only(path):
    tree = ast.parse("\n".join(cell.source for cell in code(path)))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [getattr(node, "module", None) for node in imported] == ["spinesurv"]
    assert {alias.name for node in imported for alias in node.names} <= set(spinesurv.__all__)


@pytest.mark.long
@each
def test_runs_and_shows_what_it_promises(path, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "reports").mkdir()
    copy = tmp_path / "notebooks" / path.name
    shutil.copy(path, copy)
    book = nbformat.read(copy, as_version=4)
    resources = {"metadata": {"path": str(copy.parent)}}
    NotebookClient(book, timeout=400, kernel_name="python3", resources=resources).execute()
    shown = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [o for o in shown if o.output_type == "error"]
    drawings = [o.data for o in shown if o.output_type == "execute_result" and "image/svg+xml" in o.data]
    assert len(drawings) == 3
    assert list((tmp_path / "reports").glob("*/report.html"))
