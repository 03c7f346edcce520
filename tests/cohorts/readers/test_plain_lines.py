"""Blocks of plain lines hold the cells that the csv module finds in them; what is not plain is left to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spinesurv.cohorts.read_table import read_table
from spinesurv.cohorts.readers import plain_lines as module
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.plain_lines import plain_lines
from spinesurv.errors import InputError


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)


def by_csv(text: str, delimiter: str = ",") -> list[list[str]]:
    rows = [row for row in _reader(text, delimiter) if row]
    return [rows[0], *([cell.strip() for cell in row] for row in rows[1:])]


def by_blocks(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]] | None:
    found = plain_lines(path, encoding, delimiter, "table")
    return found and [found[0], *map(list, zip(*(c.cells for c in found[1]), strict=True))]


PLAIN = {
    "one cell": "a\n1\n",
    "no end of the last line": "a,b\n1,2\n3,",
    "ends of lines of Windows": "a,b\r\n1,2\r\n,4\r\n",
    "quotes around cells": '"a","b"\n"1",2\n"","x"\n',
    "blanks, and signs of several bytes": "a,b\n 1 ,폐암\n\u00a0é,\t\n",
    "a blank in front of a quoted name": 'a, "b"\n1,2\n',
    "the same first eight bytes": "a,b\nabcdefgh,abcdefgh1\nabcdefghi,abcdefgh2\nabcdefgh,abcdefgh12345678\n",
    "a byte-order mark": "\ufeffa,b\n1,2\n",
}
NOT_PLAIN = {
    "a delimiter in quotes": 'a,b\n"1,5",2\n',
    "a newline in quotes": 'a,b\n"1\n5",2\n',
    "doubled quotes": 'a,b\n"say ""so""",2\n',
    "a quote inside a cell": 'a,b\n5",2\n',
    "pieces that begin and end with a quote": 'a,b\n""",",2\n',
    "an empty line": "a,b\n1,2\n\n3,4\n",
    "a cell too few": "a,b\n1,2\n3\n",
    "cells that move to the next line": "a,b\n1,2,3\n4\n",
    "ends of lines of old Macs": "a,b\r1,2\r",
    "two ends of the first line": "a,b\r\r\n1,2\n",
    "a name with a sign that is none": "a\x00,b\n1,2\n",
    "a sign that is none": "a,b\n1\x00,1\n",
    "a line that names the delimiter": "sep=,\na,b\n1,2\n",
    "no line below the header": "a,b\n",
    "nothing": "",
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_plain_lines_are_cut_as_the_csv_module_does(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("utf-8"))
    assert by_blocks(path) == by_csv(text.removeprefix("\ufeff"))


@pytest.mark.parametrize("text", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_is_not_plain_is_left_to_the_csv_module(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("utf-8"))
    assert by_blocks(path) is None


def test_any_text_gives_the_cells_of_the_csv_module_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 40)  # several blocks
    path, rng, plain = tmp_path / "t.csv", np.random.default_rng(3), 0
    signs, often = (
        ["1", "é", "12345678", " ", '""', '"', ",", "\r"],
        [0.7, 0.1, 0.1, 0.06, 0.01, 0.01, 0.01, 0.01],
    )
    for _ in range(200):
        cells = ["".join(rng.choice(signs, p=often, size=rng.integers(4))) for _ in range(16)]
        cells = [f'"{cell}"' if rng.random() < 0.2 else cell for cell in cells]
        text = "a,b\n" + "".join(
            f"{one},{other}\n" for one, other in zip(cells[::2], cells[1::2], strict=True)
        )
        path.write_bytes(text.encode("utf-8"))
        found = by_blocks(path)
        if found is not None:
            plain += 1
            assert found == by_csv(text)
    assert 20 < plain < 180


def test_long_cells_that_differ_late_stay_apart(tmp_path: Path) -> None:
    """Lengths around the words of eight bytes; all but the last bytes are shared, and short cells stand between long ones."""
    path, rng = tmp_path / "t.csv", np.random.default_rng(5)
    parts = ["", "a", "abcdefgh", "abcdefg", "abcdefghabcdefgh", "é", "x" * 300]
    cells = ["".join(rng.choice(parts, size=rng.integers(1, 5))) + str(rng.integers(3)) for _ in range(600)]
    text = "a,b\n" + "".join(f"{one},{other}\n" for one, other in zip(cells, cells[::-1], strict=True))
    path.write_bytes(text.encode("utf-8"))
    assert by_blocks(path) == by_csv(text)
    found = plain_lines(path, "utf-8-sig", ",", "table")
    assert found is not None
    assert found[1][0].texts.tolist() == list(dict.fromkeys(cells))


def test_any_first_line_is_read_as_the_csv_module_does(tmp_path: Path) -> None:
    path, rng, plain = tmp_path / "t.csv", np.random.default_rng(4), 0
    for _ in range(200):
        names = [
            "".join(rng.choice(["a", "b", " ", '"', '"', "\r"], size=rng.integers(1, 5))) for _ in range(2)
        ]
        text = f"{names[0]},{names[1]}\n1,2\n"
        path.write_bytes(text.encode("utf-8"))
        found = by_blocks(path)
        if found is not None:
            plain += 1
            assert found == by_csv(text)
    assert 20 < plain < 180


def test_a_zero_byte_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,a\n1,x\n2,x\0y\n")
    with pytest.raises(InputError, match=r"line 3 holds a zero byte \(NUL\)"):
        read_table(path)


@pytest.mark.parametrize("encoding", ["cp949", "cp932", "gb18030", "utf-8", "utf-16"])
def test_other_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a,b,c\nソ,日本,1\n表,日本,2\n".encode(encoding))
    table = read_table(path, ReadOptions(encoding=encoding))
    assert table.cells.to_numpy().tolist() == [["ソ", "日本", "1"], ["表", "日本", "2"]]
    assert list(table.lines) == [2, 3]


def test_bytes_of_another_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a,b\né,1\n".encode("latin-1"))
    assert by_blocks(path) is None
    with pytest.raises(InputError, match="is not utf-8"):
        read_table(path)
