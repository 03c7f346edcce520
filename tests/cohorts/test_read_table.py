"""What stands in a file arrives as text; what is no table is refused."""

from __future__ import annotations

import datetime
import hashlib

import pytest

from spinesurv.cohorts import ReadOptions, read_table
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write


def test_cells_stay_as_they_are_written(tmp_path):
    path = write(tmp_path, "a.csv", 'id,stage,alb\n007,NA,"3,8"\nNone,null,\n')
    table = read_table(path)
    assert table.cells.to_numpy().tolist() == [["007", "NA", "3,8"], ["None", "null", ""]]
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_line_numbers_count_quoted_line_breaks_and_blank_lines(tmp_path):
    path = write(tmp_path, "a.csv", 'id,note\n1,"two\nlines"\n\n2,x\n')
    assert read_table(path).lines.tolist() == [3, 5]


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("﻿id,b\n1,é\n".encode())
    assert list(read_table(path).cells.columns) == ["id", "b"]


def test_declared_encoding_and_delimiter(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id;größe\n1;3,8\n".encode("cp1252"))
    table = read_table(path, ReadOptions(delimiter=";", decimal=",", encoding="cp1252"))
    assert list(table.cells.columns) == ["id", "größe"]


def test_tsv_splits_at_tabs(tmp_path):
    table = read_table(write(tmp_path, "a.tsv", "id\tnote\n1\ta, b\n"))
    assert table.cells.loc[0, "note"] == "a, b"


def test_workbook_cells_become_the_text_that_was_meant(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "codebook"
    sheet = book.create_sheet("patients")
    sheet.append(["id", "alb", "n", "day", "dead"])
    sheet.append(["007", 3.8, 4.0, datetime.datetime(2019, 3, 4), True])
    sheet.append([None, None, None, None, None])
    sheet.append(["8", "<5", 1e-05, "2019/3/4", None])
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", ReadOptions(sheet="patients", decimal=","))
    assert table.cells.to_numpy().tolist() == [
        ["007", "3,8", "4", "2019-03-04", "true"],
        ["8", "<5", "1e-05", "2019/3/4", ""],
    ]
    assert table.lines.tolist() == [2, 4]
    with pytest.raises(InputError, match=r"2 sheets \(codebook, patients\)"):
        read_table(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="Did you mean patients"):
        read_table(tmp_path / "a.xlsx", ReadOptions(sheet="patient"))


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", None, "the file is empty"),
        ("id,age\n", None, "no patient below it"),
        ("id,age,id\n1,2,3\n", None, "'id' occur more than once"),
        ("id,,age\n1,2,3\n", None, "1 of 3 columns have no name"),
        ("987654,55.4321\n2,3\n", None, "must hold the names of the columns"),
        ("id,age\n1,61\n2,61,Quetzalcoatl\n3\n", None, "2 of 3 lines .* the first is line 3 with 3"),
        ("id;age\n1;61\n", None, "delimiter = ';'"),
        ('id,note\n1,"Quetzalcoatl\n', None, "quoting of cells is broken"),
        ("id,age\n1,61\n", ReadOptions(encoding="utf-99"), "encoding 'utf-99' is not known"),
        ("id,age\n1,61\n", ReadOptions(delimiter="::"), "is not one character"),
        ("id,age\n1,61\n", ReadOptions(format="cvs"), "Did you mean csv"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, options, says):
    with pytest.raises(InputError, match=says) as refusal:
        read_table(write(tmp_path, "a.csv", text), options)
    one_clear_sentence(str(refusal.value))


def test_missing_file_unknown_ending_wrong_encoding_and_a_broken_workbook(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="does not tell the format"):
        read_table(write(tmp_path, "a.dat", "id\n1\n"))
    (tmp_path / "b.csv").write_bytes("id,größe\n1,2\n".encode("cp1252"))
    with pytest.raises(InputError, match="the file is not utf-8"):
        read_table(tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"cannot be read as an \.xlsx workbook"):
        read_table(write(tmp_path, "c.xlsx", "id,age\n1,2\n"))
