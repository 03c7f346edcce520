"""The template: what comes out of a filled one, and that its example, its drop-downs and the codebook agree."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path

import openpyxl
import pytest

from spinesurv.__main__ import main
from spinesurv.cohorts import import_table
from spinesurv.cohorts.template import write_template
from spinesurv.cohorts.template.fields import fields
from spinesurv.cohorts.template.marks import EXAMPLE_ROW
from spinesurv.cohorts.template.redcap import DICTIONARY_COLUMNS
from spinesurv.core.codebook import codebook
from spinesurv.errors import InputError


def filled(path: Path, rows: list[dict[str, object]], **options: object) -> Path:
    """A template on disk with these rows below its example."""
    write_template(path, **options)
    book = openpyxl.load_workbook(path)
    sheet = book["patients"]
    names = [cell.value for cell in sheet[1]]
    for at, row in enumerate(rows, start=3):
        for name, value in row.items():
            sheet.cell(at, names.index(name) + 1, value)
    book.save(path)
    return path


def test_a_filled_workbook_needs_no_mapping_and_its_example_is_counted_out(tmp_path: Path) -> None:
    start = datetime.date(2020, 1, 1)
    rows = [
        {
            "site": "North",
            "patient_id": "007",
            "index_date": start,
            "death_date": datetime.date(2020, 5, 1),
            "event": 1,
            "albumin": 3.3,
            "escc_grade": "1c",
        },
        {
            "site": "North",
            "patient_id": "008",
            "index_date": start,
            "follow_up_end_date": datetime.date(2021, 5, 1),
            "event": 0,
            "brain_mets": "no",
        },
    ]
    got = import_table(filled(tmp_path / "cohort.xlsx", rows))
    assert got.refused[["line", "reason"]].to_numpy().tolist() == [[2, EXAMPLE_ROW]]
    assert got.canonical["patient_id"].tolist() == ["007", "008"]
    assert got.canonical["time_days"].tolist() == [121.0, 486.0]  # 2020 has a 29th of February
    assert got.canonical["event"].tolist() == [1, 0]
    assert got.canonical["escc_grade"].tolist()[0] == "1c"
    assert got.problems.empty


@pytest.mark.parametrize("follow_up", ["dates", "days"])
def test_every_cell_of_the_example_is_allowed(tmp_path: Path, follow_up: str) -> None:
    path = filled(tmp_path / "all.xlsx", [], everything=True, follow_up=follow_up)
    book = openpyxl.load_workbook(path)
    book["patients"]["B2"] = "P1"  # no example any more
    book.save(path)
    got = import_table(path)
    assert len(got.cohort) == 1 and got.problems.empty
    assert got.canonical["time_days"].tolist() == [232.0]
    filled_in = [f.key for f in fields(everything=True, follow_up=follow_up) if f.shown]
    assert got.canonical[filled_in].notna().all(axis=None)


def test_drop_downs_offer_the_levels_of_the_codebook_and_numbers_their_range(tmp_path: Path) -> None:
    path = tmp_path / "cohort.xlsx"
    write_template(path, everything=True)
    book = openpyxl.load_workbook(path)
    sheet = book["patients"]
    names = {cell.column_letter: cell.value for cell in sheet[1]}
    checked = {
        names[str(v.sqref).split(":")[0].rstrip("0123456789")]: v
        for v in sheet.data_validations.dataValidation
    }
    for field in fields(everything=True):
        check = checked.get(field.key)
        if field.levels:
            where, _, cells = check.formula1.partition("!")
            offered = [str(row[0].value) for row in book[where][cells.replace("$", "")]]
            assert offered == list(field.levels), field.key
        elif field.variable.is_numeric:
            low = field.variable.lowest
            assert float(check.formula1) == (0 if low is None else low), field.key
        else:
            assert (check is None) == (field.variable.kind != "date"), field.key
    assert sheet.freeze_panes == "C2" and book["lists"].sheet_state == "hidden"


def test_another_workbook_of_several_sheets_is_still_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "patients"
    book.create_sheet("codebook")
    book.save(tmp_path / "own.xlsx")
    with pytest.raises(InputError, match="2 sheets"):
        import_table(tmp_path / "own.xlsx")


def test_the_redcap_dictionary_and_a_raw_export_of_it(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.csv"
    write_template(path, format="redcap")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert tuple(rows[0]) == DICTIONARY_COLUMNS and len(DICTIONARY_COLUMNS) == 18
    assert rows[0]["Variable / Field Name"] == "patient_id" and rows[0]["Field Type"] == "text"
    export: dict[str, str] = {}
    for row in rows:
        key, choices = row["Variable / Field Name"], row["Choices, Calculations, OR Slider Labels"]
        kind = codebook()[key].kind
        if row["Field Type"] == "dropdown":
            codes = [choice.split(",", 1)[0].strip() for choice in choices.split(" | ")]
            assert codes == list(codebook()[key].levels)
            export[key] = codes[-1]
        elif kind == "yes_no":
            assert row["Field Type"] == "yesno"
            export[key] = "1"
        elif kind == "date":
            assert row["Text Validation Type OR Show Slider Number"] == "date_ymd"
            export[key] = "2021-03-04"
        else:
            export[key] = row["Text Validation Max"] or "1"
    with (tmp_path / "export.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*export, "who_complete"])
        writer.writeheader()
        writer.writerow({**export, "who_complete": "2"})
    got = import_table(tmp_path / "export.csv")
    assert len(got.cohort) == 1 and got.problems.empty
    assert got.canonical["brain_mets"].tolist() == ["yes"]


def test_columns_of_some_scores_are_those_the_codebook_says_they_read() -> None:
    keys = {field.key for field in fields(scores=["tomita"])}
    read = {v.key for v in codebook() if {"all", "tomita"} & set(v.used_by.get("scores", ()))}
    assert "visceral_mets_treatable" in read
    assert keys - {"site", "patient_id", "age", "sex"} - read == {
        "index_date", "event", "death_date", "follow_up_end_date", "cause",
    }  # fmt: skip
    assert read <= keys
    assert not any(f.variable.role == "model_output" for f in fields(everything=True))


def test_a_file_that_is_there_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cohort.xlsx"
    assert main(["template", "--out", str(path), "--follow-up", "days"]) == 0
    before = path.read_bytes()
    assert main(["template", "--out", str(path)]) == 1
    assert path.read_bytes() == before
    assert "may hold patients" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("d.csv", {}, "say --format redcap"),
        ("d.xlsx", {"format": "redcap"}, "ends in .csv"),
        ("d.xlsx", {"scores": ["tomitta"]}, "tomita"),
        ("d.xlsx", {"scores": ["tomita"], "everything": True}, "Leave one of them out"),
        ("nowhere/d.xlsx", {}, "no folder nowhere"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(
    tmp_path: Path, name: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        write_template(tmp_path / name, **options)
