"""Every row becomes a patient or a refusal with a reason; nothing vanishes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spinesurv.cohorts import import_table, read_cohort, read_cohorts
from spinesurv.errors import InputError
from tests.cohorts.files import CANONICAL, mapped, write

LUNG = 'patient_id = { row = true }\nsite = "s"\n[outcome]\ntime = "time"\n'


def test_a_canonical_table_needs_no_mapping(tmp_path):
    cohort = read_cohort(write(tmp_path, "a.csv", CANONICAL))
    assert cohort.sites == ["north", "south"]
    assert cohort.outcome.time_days.tolist() == [10, 200, 0, 400]
    assert cohort.outcome.event.tolist() == [True, False, True, False]
    assert cohort.patients.loc[("south", "1"), "ecog"] == 3
    assert set(cohort.source) == {"a.csv"}


def test_rows_without_key_or_with_an_impossible_time_are_refused_by_line(tmp_path):
    text = (
        CANONICAL
        + ",north,5,1,50,male,,\n9,,5,1,50,male,,\n8,north,-3,1,50,male,,\n7,north,soon,0,50,male,,\n"
    )
    result = import_table(write(tmp_path, "a.csv", text))
    assert result.refused.to_numpy().tolist() == [
        [6, "no patient identifier"],
        [7, "no site"],
        [8, "follow-up time is negative"],
        [9, "follow-up time is not a number"],
    ]
    assert result.rows_in == 8 == len(result.canonical) + len(result.refused)
    assert len(result.cohort) == 4


def test_unknown_outcomes_are_kept_apart(tmp_path):
    text = CANONICAL + "5,north,,1,50,male,,\n6,north,77,,50,male,,\n"
    result = import_table(write(tmp_path, "a.csv", text))
    assert len(result.cohort) == 4
    assert list(result.without_outcome.patients.index) == [("north", "5"), ("north", "6")]
    assert result.without_outcome.outcome is None
    assert result.canonical["event"].tolist()[4:] == [1, pd.NA]
    assert len(result.everyone) == 6
    with pytest.warns(UserWarning, match=r"2 of 6 rows are not in the cohort \(time or event is missing"):
        read_cohort(tmp_path / "a.csv")


def test_a_table_without_outcome_is_a_cohort_without_outcome(tmp_path):
    result = import_table(write(tmp_path, "a.csv", "patient_id,age\n1,50\n2,60\n"))
    assert result.cohort.outcome is None
    assert result.cohort.sites == ["a"]
    assert result.without_outcome is None
    assert result.attrition["step"].tolist() == ["rows in the table", "patients"]


def test_half_an_outcome_is_refused(tmp_path):
    with pytest.raises(InputError, match="time_days is there without event"):
        import_table(write(tmp_path, "a.csv", "patient_id,time_days\n1,50\n"))


def test_time_between_dates_and_the_order_of_dates(tmp_path):
    table = "id,in,died,seen,dead\n1,3/4/2019,3/14/2019,,1\n2,3/4/2019,,3/4/2019,0\n3,3/4/2019,3/1/2019,,1\n4,3/4/2019,,2/1/2019,0\n5,13/4/2019,,2/1/2019,0\n6,,3/1/2019,,1\n"
    result = import_table(
        mapped(
            tmp_path,
            table,
            'patient_id = "id"\nsite = "s"\n[outcome]\ntime_zero = "enrolment"\n'
            'start = { from = "in", format = "MM/DD/YYYY" }\n'
            'end = { from = ["died", "seen"], format = "%m/%d/%Y" }\nevent = "dead"\n',
        )
    )
    assert result.cohort.outcome.time_days.tolist() == [10, 0]
    assert result.cohort.index_year.tolist() == [2019, 2019]
    assert set(result.cohort.time_zero) == {"enrolment"}
    assert result.refused["reason"].tolist() == [
        "death before the start date",
        "last contact before the start date",
        "start date is not a date in the stated format",
    ]
    assert len(result.without_outcome) == 1


def test_canonical_dates_give_the_time(tmp_path):
    table = "patient_id,index_date,death_date,follow_up_end_date,event\n1,2019-03-04,2019-04-03,,1\n2,2019-03-04,,2020-03-03,0\n"
    cohort = read_cohort(write(tmp_path, "a.csv", table))
    assert cohort.outcome.time_days.tolist() == [30, 365]


def test_months_weeks_and_years_become_days(tmp_path):
    for unit, days in (("months", 60.875), ("weeks", 14.0), ("years", 730.5), ("days", 2.0)):
        text = f'patient_id = {{ row = true }}\nsite = "s"\n[outcome]\ntime = {{ from = "t", unit = "{unit}" }}\nevent = "d"\n'
        cohort = read_cohort(mapped(tmp_path, "t,d\n2,1\n", text))
        assert cohort.outcome.time_days[0] == pytest.approx(days, rel=1e-12)


def test_cause_and_entry_belong_to_the_outcome(tmp_path):
    table = "patient_id,time_days,event,cause,entry_days\n1,50,1,cancer,10\n2,60,0,,\n3,5,1,other,5\n"
    result = import_table(write(tmp_path, "a.csv", table))
    assert result.cohort.outcome.entry_days.tolist() == [10, 0]
    assert result.cohort.outcome.cause[0] == "cancer"
    assert result.refused["reason"].tolist() == ["delayed entry is not before the end of follow-up"]
    assert "cause" not in result.cohort.patients


def test_one_two_coding_is_refused_without_a_mapping_of_the_event(tmp_path):
    table = "patient_id,time_days,event\n1,50,1\n2,60,2\n3,70,2\n"
    with pytest.raises(InputError) as refusal:
        import_table(write(tmp_path, "a.csv", table))
    assert "2 of 3 cells hold codes that are not covered: '2' in 2 rows" in str(refusal.value)
    assert "2 = died is common" in str(refusal.value)


def test_a_zero_one_file_is_refused_under_a_one_two_mapping(tmp_path):
    event = 'event = { from = "status", dead = ["2"], alive = ["1"] }\n'
    with pytest.raises(InputError, match=r"'0' in 1 rows\. Covered: '2' = died, '1' = alive"):
        import_table(mapped(tmp_path, "time,status\n50,1\n60,0\n", LUNG + event))
    result = import_table(mapped(tmp_path, "time,status\n50,1\n60,2\n", LUNG + event))
    assert result.cohort.outcome.event.tolist() == [False, True]


def test_codes_of_the_event_that_could_be_a_name_are_only_counted(tmp_path):
    with pytest.raises(InputError) as refusal:
        import_table(mapped(tmp_path, "time,status\n50,1\n60,Quetzalcoatl\n", LUNG + 'event = "status"\n'))
    assert "1 codes in 1 rows (too rare to be shown)" in str(refusal.value)
    assert "Quetzalcoatl" not in str(refusal.value)


def test_two_tables_pool_and_the_same_patient_twice_does_not(tmp_path):
    first, second = write(tmp_path, "a.csv", CANONICAL), tmp_path / "b.csv"
    write(tmp_path, "b.csv", CANONICAL.replace("north", "east").replace("south", "west"))
    pooled = read_cohorts([first, second])
    assert (len(pooled), pooled.sites) == (8, ["north", "south", "east", "west"])
    with pytest.raises(InputError, match="not unique"):
        read_cohorts([first, first])


def test_tables_with_different_time_zeros_do_not_pool_silently(tmp_path):
    rule = 'site = "b"\n[outcome]\ntime_zero = "surgery"\ntime = "time_days"\nevent = "event"\n'
    canonical = write(tmp_path, "a.csv", CANONICAL)
    other = mapped(tmp_path, "patient_id,time_days,event\n1,5,1\n", rule)
    with pytest.raises(InputError, match="different time zeros"):
        read_cohorts([canonical, other])
    assert len(read_cohorts([canonical, other], mixed_time_zero=True)) == 5


def test_a_named_table_goes_before_the_file_of_the_mapping(tmp_path):
    path = mapped(tmp_path, "time,status\n50,1\n", LUNG + 'event = "status"\n')
    other = write(tmp_path, "other.csv", "time,status\n5,1\n6,0\n")
    assert len(read_cohort(other, mapping=path)) == 2


CELLS = st.sampled_from(["", "1", "2", "0", "-1", "3.5", "x", "1e3", "NA", "2019-02-30", "inf", " 7 "])


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(CELLS, CELLS, st.sampled_from(["0", "1", ""]), CELLS, CELLS), min_size=1, max_size=12
    )
)
def test_rows_in_are_patients_and_refusals_whatever_the_cells_hold(tmp_path, rows):
    lines = [",".join([str(number), *cells]) for number, cells in enumerate(rows)]
    path = write(tmp_path, "a.csv", "patient_id,site,time_days,event,age,albumin\n" + "\n".join(lines) + "\n")
    try:
        result = import_table(path)
    except InputError as refusal:
        assert f"none of its {len(rows)} rows" in str(refusal)
        return
    patients = len(result.cohort) + (0 if result.without_outcome is None else len(result.without_outcome))
    assert len(rows) == result.rows_in == patients + len(result.refused)
    steps = result.attrition.set_index("step")["n"]
    refused = int(steps[steps.index == "refused"].sum())
    assert steps["rows in the table"] == steps["patients"] + refused
    emptied = result.problems.groupby("column")["count"].sum()
    for column in ("age", "albumin"):
        filled = sum(bool(cells[3 if column == "age" else 4].strip()) for cells in rows)
        harmonised = int(result.trail.query("column == @column and rule == 'read as numbers'")["count"].sum())
        assert filled == harmonised + int(emptied.get(column, 0))
    np.testing.assert_array_equal(np.isfinite(result.cohort.outcome.time_days), True)
