"""The files of a check: complete, the same bytes each time, and without a patient's value where they are shared."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pytest

from spinesurv.cohorts import check_table, import_table, read_cohort
from spinesurv.errors import InputError
from tests.cohorts.files import CANARIES, CANONICAL, mapped, write

RAW = """no;hospital;note;Alb;tumour;months;state
987654;north;Quetzalcoatl;38;lung ca;1,5;dead
2;north;1913-02-27;41;lung ca;12;alive
3;north;x;55.4321;breast;-2;dead
4;south;x;987654;breast;7;dead
5;south;x;NA;breast;;alive
"""
RULES = """
delimiter = ";"
decimal = ","
missing = ["NA"]
site = { from = "hospital" }
patient_id = "no"
[outcome]
time_zero = "surgery"
time = { from = "months", unit = "months" }
event = { from = "state", dead = ["dead"], alive = ["alive"] }
[columns.albumin]
from = "Alb"
unit = "g/L"
[columns.primary_tumor]
from = "tumour"
values = { "lung ca" = "lung_nos" }
"""


def files_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_audit_tells_how_the_table_was_read(tmp_path):
    path = mapped(tmp_path, RAW, RULES)
    page = check_table(path, out=tmp_path / "out")
    assert page == tmp_path / "out" / "audit.html"
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert audit["status"] == "read"
    assert audit["file"]["sha256"] == hashlib.sha256((tmp_path / "raw.csv").read_bytes()).hexdigest()
    assert (audit["file"]["delimiter"], audit["file"]["decimal"]) == (";", ",")
    assert audit["time_zero"] == "surgery"
    assert {(u["column"], u["factor"], u["decided_by"]) for u in audit["units"]} == {
        ("albumin", 0.1, "mapping file"),
        ("time_days", 30.4375, "mapping file"),
    }
    steps = [(row["step"], row["n"]) for row in audit["attrition"]]
    assert steps == [
        ("rows in the table", 5), ("refused", 1), ("patients", 4), ("outcome unknown", 1), ("known outcome", 3),
    ]  # fmt: skip
    assert {(row["column"], row["rule"], row["count"], row["of"]) for row in audit["emptied"]} == {
        ("albumin", "not_a_number", 1, 4),
        ("albumin", "out_of_range", 1, 4),
    }
    recoded = [row for row in audit["trail"] if row["rule"] == "code 'lung ca' is lung_nos"]
    assert recoded[0]["count"] == 2
    steps = {(row["column"], row["rule"]): row["count"] for row in audit["trail"]}
    assert steps["albumin", "unit g/L, multiplied by 0.1"] == 3
    assert steps["time_days", "unit months, multiplied by 30.4375"] == 4
    followed = [(row["site"], row["n"], row["events"]) for row in audit["follow_up"]]
    assert followed == [("north", 2, 1), ("south", 1, 1)]
    assert len(audit["questions"]) == sum(f["severity"] == "needs_an_answer" for f in audit["findings"])


def test_files_of_an_earlier_check_do_not_stay(tmp_path):
    """A table that is refused now leaves no patients of the one that was read before."""
    check_table(mapped(tmp_path, RAW, RULES), out=tmp_path / "out")
    with pytest.raises(InputError, match="state"):
        check_table(mapped(tmp_path, RAW.replace(";dead", ";gone"), RULES), out=tmp_path / "out")
    assert set(files_of(tmp_path / "out")) == {"audit.html", "audit.json"}


def test_renamed_sites_are_counted(tmp_path):
    rules = RULES.replace('{ from = "hospital" }', '{ from = "hospital", values = { north = "A" } }')
    imported = import_table(mapped(tmp_path, RAW, rules))
    steps = {(row["column"], row["rule"]): row["count"] for row in imported.trail.to_dict("records")}
    assert steps["site", "renamed"] == 3
    assert imported.canonical["site"].tolist() == ["A", "A", "south", "south"]


def test_nothing_that_is_shared_holds_a_value_of_a_patient(tmp_path):
    check_table(mapped(tmp_path, RAW, RULES), out=tmp_path / "out")
    written = files_of(tmp_path / "out")
    assert set(written) == {
        "audit.html",
        "audit.json",
        "private/gaps.csv",
        "private/patients.csv",
        "private/refused.csv",
    }
    for name in ("audit.html", "audit.json"):
        assert not [value for value in CANARIES if value in written[name].decode("utf-8")]
    assert b"987654" in written["private/patients.csv"]
    assert written["private/refused.csv"] == b"line,reason\n4,follow-up time is negative\n"


def test_the_same_table_gives_the_same_bytes_and_an_old_check_is_replaced(tmp_path):
    path = mapped(tmp_path, RAW, RULES)
    check_table(path, out=tmp_path / "one")
    check_table(write(tmp_path, "b.csv", CANONICAL), out=tmp_path / "two")
    check_table(path, out=tmp_path / "two")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_the_page_needs_nothing_from_elsewhere(tmp_path):
    check_table(mapped(tmp_path, RAW, RULES), out=tmp_path / "out")
    page = (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")
    assert "http" not in page
    assert "<script" not in page
    assert "Not a medical device" in page


def test_names_of_sites_and_columns_are_escaped(tmp_path):
    text = CANONICAL.replace("north", "<b>north</b>")
    check_table(write(tmp_path, "a.csv", text), out=tmp_path / "out")
    page = (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")
    assert "<b>north" not in page
    assert "&lt;b&gt;north" in page


def test_all_censored_is_written_as_a_finding_that_blocks(tmp_path):
    text = CANONICAL.replace(",1,61", ",0,61").replace(",1,55", ",0,55")
    check_table(write(tmp_path, "a.csv", text), out=tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert audit["status"] == "blocked"
    assert audit["findings"][0]["rule"] == "all_censored"
    assert audit["findings"][0]["what"] == "All 4 patients are censored, nobody died."


def test_the_written_patients_are_a_canonical_table_of_the_same_cohort(tmp_path):
    path = mapped(tmp_path, RAW, RULES)
    check_table(path, out=tmp_path / "out")
    first, again = import_table(path), import_table(tmp_path / "out" / "private" / "patients.csv")
    known = ["albumin", "primary_tumor"]
    pd.testing.assert_frame_equal(first.cohort.patients[known], again.cohort.patients[known])
    assert first.cohort.outcome.time_days.tolist() == again.cohort.outcome.time_days.tolist()
    assert len(again.without_outcome) == 1
    assert len(again.refused) == 0


def test_a_table_without_outcome_is_checked_too(tmp_path):
    check_table(write(tmp_path, "a.csv", "patient_id,age\n1,50\n2,60\n"), out=tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert (audit["follow_up"], audit["time_zero"]) == ([], None)
    assert read_cohort(tmp_path / "out" / "private" / "patients.csv").outcome is None
