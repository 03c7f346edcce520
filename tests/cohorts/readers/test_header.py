"""Which line names the columns, and lines that are no patients: titles, the header again, totals, notes, row names of R."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from spinesurv.cohorts import ReadOptions, import_table, read_table
from spinesurv.cohorts.proposal import propose
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write

HEADER = "id,hospital,age,dead,days"
ROWS = ["1,north,61,1,10", "2,north,70,0,200", "3,south,55,1,30", "4,south,48,0,400"]
RULES = """
[table]
file = "{name}"
site = {{ from = "hospital" }}
patient_id = "id"
{more}
[outcome]
time_zero = "surgery"
time = {{ from = "days", unit = "days" }}
event = {{ from = "dead", dead = ["1"], alive = ["0"] }}
[columns]
age = "age"
"""


def imported(folder, lines, more="", name="a.csv"):
    if name.endswith(".csv"):
        write(folder, name, "\n".join(lines) + "\n")
    else:
        book = Workbook()
        for line in lines:
            book.active.append([int(c) if c.isdigit() else c or None for c in line.split(",")])
        book.save(folder / name)
    return import_table(write(folder, "m.toml", RULES.format(name=name, more=more)))


def refused(result):
    assert len(result.canonical) + len(result.refused) == result.rows_in
    return result.refused["reason"].tolist()


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize(
    ("above", "line"),
    [(["Registry of the hospital", "", "export of May"], 4), (["Patient,,,Outcome,"], 2)],
)
def test_titles_above_the_names_are_told_with_the_line_and_read_when_it_is_said(tmp_path, name, above, line):
    lines = [*above, HEADER, *ROWS]
    with pytest.raises(InputError, match=f"Say header = {line} in") as refusal:
        imported(tmp_path, lines, name=name)
    one_clear_sentence(str(refusal.value))
    result = imported(tmp_path, lines, f"header = {line}", name=name)
    assert result.canonical["age"].tolist() == [61, 70, 55, 48]
    assert result.table.lines.tolist() == [line + 1, line + 2, line + 3, line + 4]
    assert next(f for f in result.audit if f.rule == "lines_above_header").count == len(
        [a for a in above if a]
    )
    assert propose(tmp_path / name).table.options.header == line


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_plain_table_has_no_line_elsewhere(tmp_path, name):
    result = imported(tmp_path, [HEADER, *ROWS], name=name)
    assert refused(result) == []
    assert not {f.rule for f in result.audit} & {"lines_above_header", "empty_columns", "row_names"}
    assert propose(tmp_path / name).table.options.header is None


@pytest.mark.parametrize(
    ("line", "says"), [("99", "line 99"), ("0", "header = 0 is no line"), ('"1"', "is no line")]
)
def test_a_header_that_is_not_there(tmp_path, line, says):
    with pytest.raises(InputError, match=says) as refusal:
        imported(tmp_path, [HEADER, *ROWS], f"header = {line}")
    one_clear_sentence(str(refusal.value))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_lines_that_are_no_patients_are_refused_and_need_no_codes(tmp_path, name):
    """The names again, totals that say so, a note at the foot; none of their cells stops the import or counts as a value."""
    lines = [HEADER, *ROWS[:2], HEADER, *ROWS[2:], "Mean,all,58.5,2,160", "* seen in clinic"]
    result = imported(tmp_path, lines, name=name)
    assert refused(result) == [
        "the names of the columns again",
        "totals or means",
        "no cell but one is filled: a note, or nothing is known of the patient",
    ]
    assert result.problems.empty
    assert "id" not in set(propose(tmp_path / name).table.cells["id"])


def test_a_second_number_of_cells_in_the_middle_is_still_refused(tmp_path):
    with pytest.raises(InputError, match=r"1 of 5 lines have another number of cells than the header \(5\)"):
        imported(tmp_path, [HEADER, *ROWS[:2], "a note", *ROWS[2:]])


def test_row_names_of_r_and_columns_that_hold_nothing(tmp_path):
    """write.csv of R leaves the name of its row names empty; a delimiter at the end of every line makes an empty column."""
    named = ['"",' + HEADER, *(f'"r{n}",{row}' for n, row in enumerate(ROWS))]
    result = imported(tmp_path, named)
    assert result.table.cells["row.names"].tolist() == ["r0", "r1", "r2", "r3"]
    assert "row_names" in {f.rule for f in result.audit}
    result = imported(tmp_path, [f"{line}," for line in (HEADER, *ROWS)])
    assert list(result.table.cells.columns) == HEADER.split(",")
    assert next(f for f in result.audit if f.rule == "empty_columns").count == 1


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            [HEADER, *(f"r{n},{row}" for n, row in enumerate(ROWS))],
            "Every line has one more: a name is missing",
        ),
        ([HEADER.replace("age", ""), *ROWS], r"1 of 5 columns have no name \(the first is column 3\)"),
        ([line.replace(",", ";") for line in (HEADER, *ROWS)], "Say delimiter = ';'"),
    ],
)
def test_headers_that_need_a_person(tmp_path, lines, says):
    with pytest.raises(InputError, match=says) as refusal:
        imported(tmp_path, lines)
    one_clear_sentence(str(refusal.value))


def test_a_cell_beside_the_table_is_named_by_its_place(tmp_path):
    with pytest.raises(InputError, match=r"the first is F3") as refusal:
        imported(tmp_path, [HEADER, ROWS[0], f"{ROWS[1]},7"], name="a.xlsx")
    one_clear_sentence(str(refusal.value))


def test_a_page_of_charts_is_no_sheet_and_a_hidden_sheet_is_told(tmp_path):
    from openpyxl.chart import BarChart, Reference

    book = Workbook()
    for line in (HEADER, *ROWS):
        book.active.append(line.split(","))
    chart = BarChart()
    chart.add_data(Reference(book.active, min_col=3, min_row=1, max_row=5))
    book.create_chartsheet("Chart").add_chart(chart)
    book.save(tmp_path / "a.xlsx")
    assert len(read_table(tmp_path / "a.xlsx")) == 4
    book.create_sheet("old").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"2 sheets \(Sheet, old \(hidden\)\)"):
        read_table(tmp_path / "a.xlsx")
    assert len(read_table(tmp_path / "a.xlsx", ReadOptions(sheet="Sheet"))) == 4
