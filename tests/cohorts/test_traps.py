"""One small dirty table per trap that data can show; the sound table beside it has none of them.

Numbers are those of the list of traps in the checklist for cohort tables: time and event 1 to 10, covariates measured
after time zero 11 to 14, units and values 15 to 18, missing 19 to 22, identity and structure 23 to 27. Traps that
tests/cohorts/audit/test_whole.py plants already are not planted twice.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import import_table
from spinesurv.cohorts.audit.values import mixed_at
from spinesurv.errors import InputError
from spinesurv.stats.tally import Tally
from tests.cohorts.audit.test_whole import sound
from tests.cohorts.files import CANARIES, mapped, write

N = 120


def dated() -> pd.DataFrame:
    """The sound table with dates in place of a time."""
    frame = sound()
    zero = pd.Series(pd.Timestamp(2015, 3, 4) + pd.to_timedelta(np.arange(N) * 7 % 900, unit="D"))
    end = zero + pd.to_timedelta(frame["time_days"], unit="D")
    dead = frame["event"] == 1
    frame["index_date"] = zero.dt.strftime("%Y-%m-%d")
    frame["death_date"] = end.dt.strftime("%Y-%m-%d").where(dead, "")
    frame["follow_up_end_date"] = end.dt.strftime("%Y-%m-%d")
    return frame.drop(columns="time_days")


def found(folder, frame, mapping=None):
    text = frame.to_csv(index=False, lineterminator="\n")
    path = write(folder, "a.csv", text) if mapping is None else mapped(folder, text, mapping)
    audit = import_table(path).audit
    told = " ".join(f.what + f.do for f in audit)
    assert not [canary for canary in CANARIES if canary in told]
    return {(f.rule, f.column, f.site): f for f in audit}


def shifted(frame, column, rows, days):
    moved = pd.to_datetime(frame[column]) + pd.to_timedelta(np.where(rows, days, 0), unit="D")
    return frame.assign(**{column: moved.dt.strftime("%Y-%m-%d").fillna("")})


def north(frame):
    return frame["site"] == "north"


def test_dates_that_agree_have_nothing_to_tell(tmp_path):
    assert {rule for rule, _, _ in found(tmp_path, dated())} == {"time_zero_not_stated"}


#: trap -> (how the table is spoilt, finding, cells or patients concerned)
DATED = {
    "3 inverted coding, by the date of death": (
        lambda f: f.assign(event=1 - f["event"]), ("alive_with_death_date", "event", ""), 60),
    "3 deaths without dates": (
        lambda f: f.assign(death_date=f["death_date"].where(f.index > 5, "")), ("death_without_date", "death_date", ""), 3),
    "3 deaths, none of them with a date": (
        lambda f: f.assign(death_date=""), ("death_without_date", "death_date", ""), 60),
    "6 contact after death": (
        lambda f: shifted(f, "follow_up_end_date", f.index == 0, 40), ("contact_after_death", "follow_up_end_date", ""), 1),
    "7 closing date": (
        lambda f: f.assign(follow_up_end_date=f["follow_up_end_date"].where(f["event"] == 1, "2020-01-01")),
        ("closing_date", "time_days", "north"), 30),
    "13 months with the 15th filled in": (
        lambda f: f.assign(index_date=f["index_date"].where(f.index % 3 > 0, f["index_date"].str[:8] + "15"), death_date="", event=0),
        ("filled_in_days", "index_date", "north"), 21),
    "12 a laboratory value after time zero": (
        lambda f: f.assign(albumin_date=f["index_date"].where(f.index > 6, "2019-01-01")),
        ("measured_after_time_zero", "albumin", ""), 7),
    "23 the same patient twice": (
        lambda f: pd.concat([f, f.head(3).assign(patient_id=[900, 901, 902])]), ("same_patient_twice", "patient_id", ""), 6),
    "23 the same patient at two hospitals": (
        lambda f: pd.concat([f, f.head(2).assign(site="south", patient_id=[900, 901])]),
        ("same_patient_twice", "patient_id", ""), 4),
}  # fmt: skip


@pytest.mark.parametrize("trap", DATED)
def test_traps_of_dates(tmp_path, trap):
    spoil, key, count = DATED[trap]
    told = found(tmp_path, spoil(dated()))[key]
    assert (told.count, told.severity) == (count, "needs_an_answer")


def test_days_that_a_rule_fills_in_and_a_common_closing_date_are_no_finding(tmp_path):
    """`day = 15` in the mapping says what was done; everybody alive was followed to 1 January."""
    frame = dated().assign(event=lambda f: f["event"] * 0, death_date="")
    closed = frame.assign(follow_up_end_date="2020-01-01")
    assert not [key for key in found(tmp_path, closed) if key[0] == "filled_in_days"]
    months = frame.assign(op=frame["index_date"].str[:7], last="2020-01-20")
    rules = """
patient_id = "patient_id"
[outcome]
time_zero = "surgery"
start = { from = "op", format = "YYYY-MM", day = 15 }
end = { from = "last" }
event = { from = "event", dead = ["1"], alive = ["0"] }
"""
    assert not [key for key in found(tmp_path, months, rules) if key[0] == "filled_in_days"]
    said = months.assign(op=months["op"] + "-15")
    asked = found(tmp_path, said, rules.replace('format = "YYYY-MM", day = 15', 'format = "YYYY-MM-DD"'))
    assert {key for key in asked if key[0] == "filled_in_days"} == {
        ("filled_in_days", "index_date", "north"),
        ("filled_in_days", "index_date", "south"),
    }


def test_death_before_time_zero_is_refused_with_its_reason(tmp_path):
    """Traps 5 and 6: negative follow-up is a date error; the rows are set aside with their lines, and asked about."""
    frame = shifted(dated(), "death_date", np.arange(N) == 0, -2000)
    result = import_table(write(tmp_path, "a.csv", frame.to_csv(index=False, lineterminator="\n")))
    assert result.refused.to_numpy().tolist() == [[2, "death before the start date"]]
    assert [f.count for f in result.audit if f.rule == "rows_refused"] == [1]


PLAIN = {
    "3 inverted coding, without dates": (
        lambda f: f.assign(time_days=f["time_days"].where(f["event"] == 0, f["time_days"] * 9)),
        ("dead_live_longer", "event", "north"), 60),
    "6 age at death below age at entry": (
        lambda f: f.assign(AGE_AT_DEATH=f["age"] + np.where(f.index < 4, -3, 3)), ("younger_at_death", "AGE_AT_DEATH", ""), 4),
    "8 whole months": (
        lambda f: f.assign(time_days=(f["time_days"] // 30 + 1) * 30.4375), ("whole_months", "time_days", ""), 120),
    "11 look-ahead columns": (
        lambda f: f.assign(length_of_stay=5, postop_RT="x", complication="y"), ("kept_after_time_zero", "", ""), 3),
    "14 predictions of models and physicians": (
        lambda f: f.assign(surv2m=0.5, prg6m=0.4), ("kept_model_output", "", ""), 2),
    "15 two units of platelets in one column": (
        lambda f: f.assign(platelets=f["platelets"] / np.where(f.index % 4 == 0, 10, 1)), ("mixed_units", "platelets", "north"), 15),
    "15 another unit at one site": (
        lambda f: f.assign(platelets=f["platelets"] / np.where(north(f), 10, 1)),
        ("unit_differs_between_sites", "platelets", "north"), 60),
    "15 CRP in mg/L at one site; one value is out of range and empty": (
        lambda f: f.assign(crp=f["crp"] * np.where(north(f), 10, 1)), ("unit_differs_between_sites", "crp", "north"), 59),
    "15 albumin and creatinine exchanged at one site": (
        lambda f: f.assign(
            creatinine=np.where(north(f), f["albumin"], f["crp"].clip(0.5, 1.2)), albumin=np.where(north(f), f["crp"].clip(0.5, 1.2), f["albumin"])),
        ("columns_exchanged", "albumin", "north"), None),
    "16 a German sign of thousands": (
        lambda f: f.assign(wbc=(f["platelets"] / 40).map("{:.3f}".format)), ("looks_like_thousands", "wbc", ""), 120),
    "16 decimal commas": (
        lambda f: f.assign(albumin=f["albumin"].astype(str).str.replace(".", ",")), ("looks_like_decimal_comma", "albumin", ""), None),
    "18 pooled ages": (
        lambda f: f.assign(age=f["age"].clip(upper=85).where(f.index % 10 > 0, 90)), ("age_ceiling", "age", ""), 12),
    "19 999 is a number of platelets": (
        lambda f: f.assign(platelets=f["platelets"].where(f.index > 3, 999)), ("looks_like_missing_code", "platelets", "north"), 4),
    "19 -99 is outside of the range": (
        lambda f: f.assign(albumin=f["albumin"].where(f.index > 3, -99)), ("out_of_range", "albumin", ""), 4),
    "19 ECOG 9": (lambda f: f.assign(ecog=np.where(f.index < 5, 9, f.index % 3)), ("out_of_range", "ecog", "north"), 5),
    "20 below the limit of the method": (
        lambda f: f.assign(crp=f["crp"].astype(str).where(f.index > 4, "<0.3")), ("limit_of_method", "crp", ""), 5),
    "21 blank is not no": (
        lambda f: f.assign(brain_mets=np.where(f.index % 4 == 0, "yes", "")), ("blank_is_not_no", "brain_mets", "south"), 45),
    "26 spelling of hospitals": (
        lambda f: f.assign(site=np.where(f.index < 30, "North", f["site"])), ("site_spelling", "site", ""), 1),
    "26 a letter more in a hospital": (
        lambda f: f.assign(site=np.where(north(f), "Charite Berlin", "Charité Berlin")), ("site_spelling", "site", ""), 1),
    "27 names, birth dates and record numbers": (
        lambda f: f.assign(Nachname="Quetzalcoatl", DOB="1913-02-27", MRN=987654), ("identifier_left_out", "", ""), 3),
    "27 Korean and Japanese names": (
        lambda f: f.assign(성명="Quetzalcoatl", 生年月日="1913-02-27"), ("identifier_left_out", "", ""), 2),
}  # fmt: skip


@pytest.mark.parametrize("trap", PLAIN)
def test_traps_of_values_and_names(tmp_path, trap):
    spoil, key, count = PLAIN[trap]
    finding = found(tmp_path, spoil(sound()).assign(patient_id=np.arange(N)))[key]
    assert count is None or finding.count == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2019-03", "a month without a day"), ("2019", "a year alone"), ("43528", "serial numbers of a workbook"),
        ("4.3.2019", "DD.MM.YYYY"), ("3/14/2019", "day, month and year between slashes"),
    ],
)  # fmt: skip
def test_dates_in_another_form_are_emptied_and_the_form_is_named(tmp_path, text, words):
    """Trap 13 and Excel's mixtures: nothing is placed on a day that nobody wrote."""
    frame = sound().assign(index_date=text)
    finding = found(tmp_path, frame)["not_a_date", "index_date", ""]
    assert finding.count == N
    assert words in finding.do


MAPPING = """site = {{ from = "site" }}
[outcome]
time_zero = "{zero}"
time = "time_days"
event = "event"
[columns]
age = "age"
"""


def test_time_zero_at_diagnosis_asks_for_the_day_of_entry(tmp_path):
    """Trap 10."""
    key = ("left_truncation", "entry_days", "")
    assert key in found(tmp_path, sound(), MAPPING.format(zero="diagnosis of the metastasis"))
    assert key not in found(tmp_path, sound(), MAPPING.format(zero="surgery"))
    late = sound().assign(time_days=lambda f: f["time_days"] + 300)
    assert found(tmp_path, late, MAPPING.format(zero="surgery"))[key].severity == "note"


def test_a_look_ahead_column_mapped_to_a_baseline_variable_is_asked_about(tmp_path):
    """Trap 11: the name of the source says what the name of the variable hides."""
    frame = sound().assign(postop_chemo="yes")
    mapping = MAPPING.format(zero="surgery") + 'previous_chemotherapy = "postop_chemo"\n'
    assert ("name_after_time_zero", "previous_chemotherapy", "") in found(tmp_path, frame, mapping)


def test_a_record_number_as_identifier_is_asked_about_until_it_is_a_keyed_hash(tmp_path):
    """Trap 27."""
    frame = sound().assign(MRN=np.arange(N)).drop(columns="patient_id")
    key = ("record_number", "patient_id", "")
    plain = 'patient_id = "MRN"\n' + MAPPING.format(zero="surgery")
    assert key in found(tmp_path, frame, plain)
    write(tmp_path, "hospital.key", "k" * 40)
    keyed = plain.replace('"MRN"', '{ from = "MRN", key_file = "hospital.key" }')
    assert key not in found(tmp_path, frame, keyed)


@pytest.mark.parametrize("year", [2014, 2015, 2016])
def test_the_order_of_day_and_month(tmp_path, year):
    """Dates of days 13 and later fit one order only; where all days are 12 or less, nobody can tell."""
    rule = MAPPING.format(zero="surgery") + '[columns.index_date]\nfrom = "op"\nformat = "FORM"\n'
    key = ("order_of_day_and_month", "index_date", "")
    days = pd.date_range(f"{year}-01-01", periods=N, freq="3D")
    frame = sound().assign(op=days.strftime("%d/%m/%Y"))
    assert key not in found(tmp_path, frame, rule.replace("FORM", "DD/MM/YYYY"))
    wrong = found(tmp_path, frame, rule.replace("FORM", "MM/DD/YYYY"))[key]
    assert wrong.count == int((days.day > 12).sum())
    low = [d for d in pd.date_range(f"{year}-01-01", f"{year}-12-31") if d.day <= 12][:N]
    frame = sound().assign(op=pd.DatetimeIndex(low).strftime("%d/%m/%Y"))
    assert found(tmp_path, frame, rule.replace("FORM", "DD/MM/YYYY"))[key].count == N


def test_one_row_per_operation_is_refused(tmp_path):
    """Trap 24: the unit of analysis must be declared."""
    frame = pd.concat([sound(), sound().head(2)])
    with pytest.raises(
        InputError, match=r"2 patient identifiers repeat within their site.*keep the first treatment"
    ):
        found(tmp_path, frame)


def test_a_table_that_only_says_dead_at_one_year_is_no_survival_table(tmp_path):
    """Trap 9: without a time there is no outcome; the column stays, and is not used."""
    frame = sound().drop(columns=["time_days", "event"]).assign(dead_1y=["yes", "no", ""] * 40)
    result = import_table(write(tmp_path, "a.csv", frame.to_csv(index=False)))
    assert result.cohort.outcome is None
    assert result.canonical["dead_1y"].value_counts(dropna=False).tolist() == [40, 40, 40]


def test_two_parts_by_hand():
    """20 values near 20 and 40 near 200 differ by the factor 10; with one part below 5 values, or a factor 3, nothing is said."""
    low, high = np.linspace(18, 22, 20), np.linspace(180, 220, 40)
    assert mixed_at(Tally.of(np.concatenate([low, high])), (10.0,)) == (20, 40)
    assert mixed_at(Tally.of(np.concatenate([low[:4], high])), (10.0,)) is None
    assert mixed_at(Tally.of(np.concatenate([low * 3, high])), (10.0,)) is None
    assert mixed_at(Tally.of(np.linspace(10, 400, 100)), (10.0,)) is None
