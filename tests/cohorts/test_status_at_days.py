"""Trap 9: tables that tell who was dead by some days and no times. Read as that, or refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import check_table, import_table, pooling_findings, read_cohort, read_cohorts
from spinesurv.errors import InputError
from tests.cohorts.audit.test_whole import sound
from tests.cohorts.files import mapped, one_clear_sentence, write

TABLE = """id,hospital,age,mort_90d,dead_1y
1,A,60,1,1
2,A,61,0,1
3,A,62,0,0
4,A,63,0,9
5,B,64,,9
6,B,65,1,0
7,B,66,0,9
8,B,67,1,9
"""
MAPPING = """site = { from = "hospital" }
patient_id = "id"

[outcome]
time_zero = "surgery"

[outcome.dead_by.365]
from = "dead_1y"
dead = ["1"]
alive = ["0"]
missing = ["9"]

[outcome.dead_by.90]
from = "mort_90d"

[columns.age]
from = "age"
"""


def test_a_table_of_two_days(tmp_path: Path) -> None:
    imported = import_table(mapped(tmp_path, TABLE, MAPPING))
    table = imported.canonical.set_index("patient_id")
    # dead at day 90 and alive at day 365 cannot be: refused with its line
    assert imported.refused.values.tolist() == [[7, "dead by a day and alive at a later one"]]
    assert imported.rows_in == len(imported.canonical) + len(imported.refused)
    assert table["dead_by_90"].fillna("").to_dict() == {
        "1": "yes",
        "2": "no",
        "3": "no",
        "4": "no",
        "5": "",
        "7": "no",
        "8": "yes",
    }
    # 8 was dead by day 90: dead by 365 as well. At site B nobody else is known there, and nothing else follows
    assert table["dead_by_365"].fillna("").to_dict() == {
        "1": "yes",
        "2": "yes",
        "3": "no",
        "4": "",
        "5": "",
        "7": "",
        "8": "",
    }
    outcome = imported.cohort.known_outcome
    assert len(outcome) == 7  # also those who are not known
    assert outcome.status.days.tolist() == [90, 365]
    assert imported.cohort.time_zero[0] == "surgery"


def test_what_follows_from_another_day_is_filled_in_and_counted(tmp_path: Path) -> None:
    table = "patient_id,dead_by_90,dead_by_365,age\n1,yes,,60\n2,,no,61\n3,no,yes,62\n4,,,63\n"
    imported = import_table(write(tmp_path, "a.csv", table))
    # who is alive at day 365 stays unknown at day 90: of those who died in between nothing would be known there
    assert imported.canonical["dead_by_90"].fillna("").tolist() == ["yes", "", "no", ""]
    assert imported.canonical["dead_by_365"].fillna("").tolist() == ["yes", "no", "yes", ""]
    steps = imported.trail.set_index(["column", "rule"])["count"]
    assert steps["dead_by_365", "dead by an earlier day: dead by this one"] == 1


def test_its_canonical_table_reads_back_as_itself(tmp_path: Path) -> None:
    check_table(mapped(tmp_path, TABLE, MAPPING), out=tmp_path / "one")
    written = tmp_path / "one" / "private" / "patients.csv"
    check_table(written, out=tmp_path / "two")
    assert (tmp_path / "two" / "private" / "patients.csv").read_bytes() == written.read_bytes()
    cohort = read_cohort(written)
    pd.testing.assert_frame_equal(cohort.to_table().iloc[:, :4], import_table(written).canonical.iloc[:, :4])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('dead = ["1"]\n', ""), "give both dead"),
        (("missing = [", "unknown = ["), "unknown"),
        (("dead_by.365", "dead_by.1y"), "'1y' is no day. Write the whole number of days"),
        (('time_zero = "surgery"', 'time_zero = "surgery"\nevent = "x"'), "dead_by is for tables"),
        (('from = "dead_1y"', 'from = "dead1y"'), "dead_1y"),
        (('missing = ["9"]\n', ""), "4 of 8 cells hold codes that are not covered"),
    ],
)
def test_a_mistake_in_the_mapping_file_is_one_sentence(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    with pytest.raises(InputError, match=words) as error:
        import_table(mapped(tmp_path, TABLE, MAPPING.replace(*change)))
    one_clear_sentence(str(error.value))


def by_day(frame: pd.DataFrame, **days: int) -> pd.DataFrame:
    """A table with times as one that tells the status at some days alone; who is censored before is not known."""
    told = frame.drop(columns=["time_days", "event"])
    for name, day in days.items():
        dead, alive = (frame["event"] == 1) & (frame["time_days"] <= day), frame["time_days"] > day
        told[name] = np.where(dead, "yes", np.where(alive, "no", ""))
    return told


def found(folder: Path, frame: pd.DataFrame) -> dict[str, object]:
    path = write(folder, "a.csv", frame.to_csv(index=False, lineterminator="\n"))
    return {f.rule: f for f in import_table(path).audit}


def test_a_sound_table_has_nothing_to_tell_but_what_it_is(tmp_path: Path) -> None:
    full = by_day(sound(), dead_by_90=90)
    full["dead_by_90"] = full["dead_by_90"].replace("", "no")
    assert set(found(tmp_path, full)) == {"status_only", "time_zero_not_stated"}
    assert not {"status_only", "status_unknown"} & set(found(tmp_path, sound()))


def test_who_is_not_known_is_told_with_the_bounds(tmp_path: Path) -> None:
    table = by_day(sound(), dead_by_90=90)
    table["dead_by_90"] = ["yes"] * 30 + ["no"] * 60 + [""] * 30
    finding = found(tmp_path, table)["status_unknown"]
    assert finding.severity == "needs_an_answer"
    assert finding.count == 30
    assert (
        "33% of those known are dead, 25% of all if these were alive, 50% if they were dead" in finding.what
    )


def test_a_column_coded_the_other_way_round_blocks(tmp_path: Path) -> None:
    table = by_day(sound(), dead_by_300=300, dead_by_365=365)
    table["dead_by_365"] = table["dead_by_365"].map({"yes": "no", "no": "yes", "": ""})
    assert found(tmp_path, table)["status_contradicted"].severity == "blocks"


def test_nobody_dead_blocks(tmp_path: Path) -> None:
    assert (
        found(tmp_path, by_day(sound(), dead_by_90=90).assign(dead_by_90="no"))["all_censored"].severity
        == "blocks"
    )


def test_the_page_shows_the_status_and_no_follow_up(tmp_path: Path) -> None:
    page = check_table(mapped(tmp_path, TABLE, MAPPING), out=tmp_path / "out").read_text(encoding="utf-8")
    assert "Status by site" in page
    assert "Median follow-up" not in page
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert audit["follow_up"] == []
    at_90 = [row for row in audit["status_at_days"] if row["site"] == "B" and row["horizon_days"] == 90]
    # B at day 90: 7 alive, 8 dead, 5 not known
    assert (at_90[0]["dead"], at_90[0]["alive"], at_90[0]["unknown"]) == (1, 1, 1)
    assert (at_90[0]["risk_if_alive"], at_90[0]["risk_if_dead"]) == pytest.approx((1 / 3, 2 / 3))


def test_beside_a_table_with_times_both_keep_what_they_know(tmp_path: Path) -> None:
    times = write(
        tmp_path, "times.csv", "patient_id,site,time_days,event,age\n1,north,100,1,60\n2,north,400,0,61\n"
    )
    days = write(tmp_path, "days.csv", "patient_id,site,dead_by_90,age\n1,south,yes,60\n2,south,,61\n")
    with pytest.warns(UserWarning, match="other tables tell times"):
        cohort = read_cohorts([times, days])
    (finding,) = [
        f
        for f in pooling_findings([import_table(times), import_table(days)])
        if f.rule == "status_beside_times"
    ]
    assert finding.what.startswith("days.csv tells who was dead by some days and no times")
    outcome = cohort.known_outcome
    assert outcome.status.alone.tolist() == [False, False, True, True]
    assert outcome.take(cohort.site == "north").status is None
    table = cohort.to_table()
    assert table["time_days"].tolist() == pytest.approx([100, 400, np.nan, np.nan], nan_ok=True)
    assert table["dead_by_90"].fillna("").tolist() == ["", "", "yes", ""]
