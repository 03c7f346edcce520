"""A long import says what it is at, on a terminal alone."""

from __future__ import annotations

import io
import sys

import pytest

from spinesurv.cohorts import import_table, progress
from tests.cohorts.files import CANONICAL, write


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "many", "shown"), [(Terminal(), 4, True), (Terminal(), 5, False), (io.StringIO(), 4, False)]
)
def test_reading_columns_and_audit_have_a_bar(tmp_path, monkeypatch, stream, many, shown):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "MANY_ROWS", many)
    import_table(write(tmp_path, "a.csv", CANONICAL))
    assert ("table a.csv, columns" in stream.getvalue()) is shown
    assert ("table a.csv, audit" in stream.getvalue()) is shown
