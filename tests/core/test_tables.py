"""The same table always gives the same bytes, whoever writes it and under whatever name."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.mark.parametrize(
    "columns",
    [
        {"text": ["a,b", 'say "so"', "two\nlines", "", None, " blank", "a,b"], "n": [1, 2, 3, 4, 5, 6, 7]},
        {"x": [0.0, -0.0, np.nan, 1 / 3, 1e-300, np.inf, 1e15], "y": [1e16, 0.1 + 0.2, 5, 5, -7, 123456789012.5, 2]},
        {"mixed": [1, True, 1.0, "1", None, np.nan, pd.NA], "gaps": pd.array([1, None, 3, 1, None, 0, -1], "Int64")},
        {"day": pd.to_datetime(["2019-03-04"] * 7), "yes": [True, False] * 3 + [True]},
        {"kind": pd.Categorical(["b", "a", None, "b", "a", "a", "b"]), "n": np.arange(7)},
        {"alone": ["", "a", None, "b", "", "c", ""]},
        {"a,name": ["\r", "'", ";", "\t", "€", "\x00", "x"], 3: np.arange(7.0)},
    ],
)  # fmt: skip
def test_the_text_is_that_of_pandas(columns: dict[Any, Any], tmp_path: Path) -> None:
    table = pd.DataFrame(columns)
    for rows in (table, table[:0], pd.concat([table] * 1500)):  # the last one is put together in two pieces
        write_table(rows, tmp_path / "table.csv")
        by_pandas = rows.to_csv(index=False, float_format="%.12g", lineterminator="\n").encode("utf-8")
        assert (tmp_path / "table.csv").read_bytes() == by_pandas


def test_nothing_is_left_of_a_table_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_table(pd.DataFrame({"a": ["\ud800"], "b": [1]}), tmp_path / "table.csv")
    assert list(tmp_path.iterdir()) == []
