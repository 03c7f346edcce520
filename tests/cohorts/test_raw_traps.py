"""Small raw tables with traps, and their clean twins: the first look tells the trap and is silent about the twin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts.first_look import first_look
from tests.cohorts.files import CANARIES

N = 160
HOUSES = ["Klinikum Nord", "St. Elisabeth Krankenhaus", "Universitätsklinik Ost", "Hospital del Mar"]
HERE = HOUSES[1]
ROW = np.arange(N)
AT_HERE = ROW // (N // 4) == 1


def drawn(seed):
    return np.random.default_rng(seed)


ZERO = pd.Series(pd.Timestamp(2011, 1, 10) + pd.to_timedelta(drawn(1).integers(0, 3000, N), unit="D"))
DAYS, DEAD = (drawn(8).exponential(400, N).round() + 3).astype(int), drawn(9).random(N) < 0.6


def german(day):
    return day.dt.strftime("%d.%m.%Y")


def base():
    """Number, house (under a name that no list has), age, days of follow-up, death."""
    return pd.DataFrame(
        {
            "Fallnummer": ROW + 1001,
            "behandelt in": np.repeat(HOUSES, N // 4),
            "Alter": drawn(2).integers(38, 86, N),
            "follow_up_days": DAYS,
            "died": DEAD.astype(int),
        }
    )


def dated():
    """The same with the days of operation, last contact and death in place of the time."""
    end = german(ZERO + pd.to_timedelta(DAYS, unit="D"))
    days = {"op_date": german(ZERO), "last_contact_date": end, "date_of_death": end.where(DEAD, "")}
    return base().drop(columns="follow_up_days").assign(**days)


def looked(folder, frame):
    """Findings of a first look at a table; none holds the value of a patient."""
    path = folder / "table.csv"
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    found = first_look(path).findings
    assert not [c for c in CANARIES if c in " ".join(f.what + f.do for f in found)]
    return found


def told(found, rule, column=None, site=None):
    return [
        f
        for f in found
        if f.rule == rule and (column is None or f.column == column) and (site is None or f.site == site)
    ]


def on(low, high, seed, *, filled=1.0):
    """Days this far from the operation."""
    day = german(ZERO + pd.to_timedelta(drawn(seed).integers(low, high, N), unit="D"))
    return day.where(drawn(seed + 1).random(N) < filled, "")


ORGAN, STATE = pd.Series(np.resize(["ja", "nein", "nein"], N)), pd.Series(DEAD.astype(int).astype(str))
CROSS, LAB = pd.Series(np.resize(["x", "-", "o"], N)), pd.Series(drawn(4).lognormal(3, 1, N).round(1))
BLOOD, RT = on(-12, 0, 11), on(-300, -20, 13)
#: column: clean, spoilt, rule, site
COLUMNS = {
    "coded": (STATE, STATE.where(~AT_HERE, STATE.map({"0": "1", "1": "2"})), "codes_differ_between_sites", HERE),
    "state": (STATE, STATE.where(ROW % 3 > 0, STATE.map({"0": "alive", "1": "dead"})), "two_codings", ""),
    "organ": (ORGAN, ORGAN.where(ROW % 20 > 0, "9"), "looks_like_missing_code", ""),
    "crossed": (CROSS, CROSS.where(CROSS == "x", ""), "blank_is_not_no", HERE),
    "lung": (ORGAN, ORGAN.where(~AT_HERE | (ORGAN == "ja"), ""), "blank_is_not_no", HERE),
    "Labor vom": (BLOOD, BLOOD.where(~AT_HERE, on(1, 9, 15)), "measured_after_time_zero", HERE),
    "blood drawn": (BLOOD, on(-300, 0, 17), "measured_long_before", ""),
    "irradiated": (RT, on(-90, 90, 19, filled=0.7), "date_on_both_sides", ""),
    "seed implanted": (RT, on(20, 90, 21, filled=0.7), "kept_after_time_zero", ""),
    "chemo from": (RT, RT.where(ROW % 5 > 0, RT.str[3:]), "partial_dates", ""),
    "radioiodine from": (RT, RT.where(ROW % 5 > 0, "00." + RT.str[3:]), "partial_dates", ""),
    "kyphoplasty": (RT, RT.where(ROW % 9 > 0, RT.str[:6] + RT.str[8:]), "dates_in_two_forms", ""),
    "hormones": (RT, RT.where(ROW % 9 > 0, "31.12.9999"), "looks_like_missing_code", ""),
    "marker": (LAB, LAB.astype(object).where(LAB <= 30, ">30"), "limit_of_method", ""),
    "flagged": (LAB, LAB.astype(object).where(LAB <= 40, LAB.astype(str) + " H"), "limit_of_method", ""),
    "activity": (LAB, LAB.astype(object).where(ROW % 4 > 0, LAB.astype(str) + " U/L"), "unit_in_cells", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def columns(tmp_path_factory):
    """Findings about the table with clean and with spoilt columns."""
    folder = tmp_path_factory.mktemp("columns")
    table = dated()
    return [
        looked(folder, table.assign(**{name: both[which] for name, both in COLUMNS.items()}))
        for which in (0, 1)
    ]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_trap_of_one_column_is_told_and_its_clean_twin_is_not(columns, column):
    *_, rule, site = COLUMNS[column]
    clean, spoilt = columns
    assert told(spoilt, rule, column, site), [f.rule for f in spoilt if f.column == column]
    assert not told(clean, rule, column)


def changed(frame, column, rows, value):
    return frame.assign(**{column: frame[column].astype(object).where(~rows, value)})


def whole(days):
    return ((days / 30.4375).round() * 30.4375).round().astype(int)


#: spoilt tables without dates, rule, column, site
TABLES = {
    "months at one house": (
        changed(base(), "follow_up_days", AT_HERE, (DAYS / 30.4375).round(1)), "time_differs_between_sites", "follow_up_days", HERE,
    ),
    "survivors of one house left out": (base()[~AT_HERE | DEAD], "all_dead_at_site", "died", HERE),
    "no time for a third of the survivors": (
        changed(base(), "follow_up_days", ~DEAD & (ROW % 3 == 0), ""), "follow_up_only_of_the_dead", "follow_up_days", "",
    ),
    "no time for the survivors of one house": (
        changed(base(), "follow_up_days", ~DEAD & AT_HERE, ""), "follow_up_only_of_the_dead", "follow_up_days", HERE,
    ),
    "whole months at one house": (changed(base(), "follow_up_days", AT_HERE, whole(DAYS)), "whole_months", "follow_up_days", HERE),
    "ages above 75 pooled": (base().assign(Alter=lambda f: f["Alter"].clip(upper=75)), "age_ceiling", "Alter", ""),
    "two fifths of the ages on fives": (
        changed(base(), "Alter", ROW % 5 < 2, (base()["Alter"] / 5).round().astype(int) * 5), "age_heaping", "Alter", "",
    ),
    "a house with an umlaut in two ways": (changed(base(), "behandelt in", ROW == 85, "Universitaetsklinik Ost"), "site_spelling", "behandelt in", ""),
    "a house by the first half of its name": (changed(base(), "behandelt in", ROW // 12 == 7, "Universitätsklinik"), "site_spelling", "behandelt in", ""),
    "twelve rows under other numbers": (
        pd.concat([base().assign(a=LAB, b=LAB.to_numpy()[::-1]), base().assign(a=LAB, b=LAB.to_numpy()[::-1]).head(12).assign(Fallnummer=range(9001, 9013))]),
        "same_patient_twice", "Fallnummer", "",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def clean_table(tmp_path_factory):
    return looked(tmp_path_factory.mktemp("clean"), base().assign(a=LAB, b=LAB.to_numpy()[::-1]))


@pytest.mark.parametrize("trap", TABLES)
def test_a_trap_of_a_table_is_told_and_its_clean_twin_is_not(trap, clean_table, tmp_path):
    spoilt, rule, column, site = TABLES[trap]
    assert told(looked(tmp_path, spoilt), rule, column, site)
    assert not told(clean_table, rule, column)


def test_a_closing_date_names_the_column_of_the_last_contact(columns, tmp_path):
    spoilt = changed(dated(), "last_contact_date", AT_HERE & ~DEAD, "31.12.2023")
    assert told(looked(tmp_path, spoilt), "closing_date", "last_contact_date", HERE)
    assert not told(columns[0], "closing_date")


def test_a_table_without_sites_is_not_said_to_have_one(tmp_path):
    """Where no column is the site, no finding speaks of "all rows" as if it were one."""
    table = base().drop(columns="behandelt in").assign(follow_up_days=lambda f: f["follow_up_days"] % 59 + 1)
    found = looked(tmp_path, table)
    assert told(found, "time_unit", "follow_up_days", "")
    assert not [f for f in found if "all rows" in f.what + f.site]


def test_durations_and_numbers_below_nought_raise_no_question(tmp_path):
    """-1 among -3, 4 and 12 pounds of weight loss is a number; a stay, a wait and an age of a value are no follow-up."""
    durations = ["LOS_days", "hb_days_before_op", "waiting_time", "interval_months"]
    table = base().assign(weight_loss=drawn(2).integers(-9, 30, N))
    found = looked(tmp_path, table.assign(**{name: drawn(5).integers(1, 40, N) for name in durations}))
    assert not told(found, "looks_like_missing_code", "weight_loss")
    assert not [f.column for f in found if f.rule == "time_unit" and f.column in durations]


def test_addresses_and_two_days_nought_are_told_whatever_the_name(clean_table, tmp_path):
    mails = [f"p{i}@example.org" for i in ROW]
    zeros = np.where(AT_HERE, "diagnosis", "operation")
    found = looked(tmp_path, base().assign(x17=mails, time_zero=zeros))
    assert told(found, "identifies_a_person", "x17")
    assert told(found, "mixed_time_zero", "time_zero")
    assert "example.org" not in " ".join(f.what + f.do for f in found)
    assert not told(clean_table, "mixed_time_zero")


def test_names_of_what_comes_later_or_from_a_model(clean_table, tmp_path):
    later, model = ["Chemo_nach_OP", "adj_RT"], ["SORG_90d", "Tokuhashi_Prognose_Monate", "LORIS_prob"]
    found = looked(tmp_path, base().assign(**{name: drawn(5).integers(1, 9, N) for name in later + model}))
    (after,) = told(found, "kept_after_time_zero")
    (forecast,) = told(found, "kept_model_output")
    assert all(name in after.what for name in later)
    assert all(name in forecast.what for name in model)
    assert not told(clean_table, "kept_after_time_zero") + told(clean_table, "kept_model_output")


def test_months_at_one_house_do_not_make_the_others_late(tmp_path):
    """The early deaths of a site in another unit are no sign that the others leave out early deaths."""
    found = looked(
        tmp_path, TABLES["months at one house"][0].assign(follow_up_days=lambda f: f["follow_up_days"] + 1.0)
    )
    assert not told(found, "left_truncation")
