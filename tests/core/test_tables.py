"""The same table always gives the same bytes, whoever writes it and under whatever name."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pandas as pd
import pytest

from spinesurv.core.tables import write_table

TABLE = pd.DataFrame({"site": ["a", "ß"], "value": [1 / 3, None]})
TEXT = "site,value\na,0.333333333333\nß,\n"


def test_twelve_digits_and_line_ends(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "new" / "table.csv")
    assert (tmp_path / "new" / "table.csv").read_bytes() == TEXT.encode("utf-8")


def test_compressed_bytes_hold_neither_name_nor_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(TABLE, tmp_path / "one.csv.gz")
    monkeypatch.setattr(os, "getpid", lambda: 1)
    write_table(TABLE, tmp_path / "another.csv.gz")
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "another.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "one.csv.gz").read_bytes()) == TEXT.encode("utf-8")
