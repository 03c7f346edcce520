"""What a workbook can hide, each written with openpyxl and found with its place."""

from __future__ import annotations

import datetime
import re
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from spinesurv.cohorts import read_table
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence


def book(folder, change=lambda sheet: None, rows=(("id", "alb"), ("1", 3.8), ("2", 4.0), ("3", 3.1))):
    made = Workbook()
    made.active.title = "patients"
    for row in rows:
        made.active.append(row)
    change(made.active)
    made.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def hide_row(sheet):
    sheet.row_dimensions[3].hidden = True


def hide_column(sheet):
    sheet.column_dimensions["B"].hidden = True


def merge(sheet):
    sheet.merge_cells("B2:B3")


def error(sheet):
    sheet["B3"] = "#DIV/0!"


def colour(sheet):
    sheet["A2"].fill = PatternFill("solid", fgColor="FF0000")


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        (hide_row, "hidden_rows", "1 hidden rows were read; the first is row 3"),
        (hide_column, "hidden_columns", r"\(B\)"),
        (merge, "merged_cells", "B2:B3"),
        (error, "error_cells", r"column B \(alb\) .* row 3"),
        (colour, "colour_not_read", "1 cells among the patients are coloured"),
    ],
)
def test_what_is_hidden_is_told_with_its_place(tmp_path, change, rule, says):
    (finding,) = read_table(book(tmp_path, change)).content.findings
    assert finding.rule == rule
    assert re.search(says, finding.what)
    assert len(read_table(tmp_path / "a.xlsx")) == 3


def test_a_plain_sheet_has_nothing_to_tell(tmp_path):
    assert read_table(book(tmp_path)).content.findings == ()


def merge_header(sheet):
    sheet.merge_cells("A1:B1")


def formula(sheet):
    sheet["B4"] = "=B2+B3"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (merge_header, r"sheet 'patients': cells of the header are merged \(A1:B1\)"),
        (formula, "1 formulas have no stored value; the first is in cell B4"),
    ],
)
def test_what_would_become_a_silent_gap_is_refused_with_its_place(tmp_path, change, says):
    with pytest.raises(InputError, match=says) as refusal:
        read_table(book(tmp_path, change))
    one_clear_sentence(str(refusal.value))


def test_dates_of_an_old_mac_workbook_are_the_days_that_were_meant(tmp_path):
    """In the 1904 date system the same day has a serial number that is 1,462 smaller."""
    made = Workbook()
    made.epoch = CALENDAR_MAC_1904
    made.active.append(["id", "op"])
    made.active.append(["1", datetime.date(2019, 3, 4)])
    made.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx").cells["op"].tolist() == ["2019-03-04"]


def with_part(path, part, old, new):
    """The workbook with something else in one of its parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_number_above_every_float_is_text(tmp_path):
    path = book(tmp_path, rows=(("id", "alb"), ("1", 123456789)))
    with_part(path, "xl/worksheets/sheet1.xml", b"123456789", b"1" * 400)
    assert read_table(path).cells["alb"].tolist() == ["1" * 400]


def test_a_sheet_that_would_be_left_out_is_told(tmp_path):
    path = with_part(book(tmp_path), "xl/workbook.xml", b'r:id="rId1"', b'r:id=""')
    with pytest.raises(InputError, match="a sheet of the workbook cannot be found") as refusal:
        read_table(path)
    one_clear_sentence(str(refusal.value))


def test_an_old_workbook_or_one_with_a_password_is_named_as_such(tmp_path):
    """Both are the same kind of archive outside."""
    (tmp_path / "a.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    with pytest.raises(InputError, match="Excel 97-2003, or one with a password"):
        read_table(tmp_path / "a.xlsx")
