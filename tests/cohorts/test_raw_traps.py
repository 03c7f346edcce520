"""Small raw tables with one trap each, and their clean twins: the first look tells the trap and is silent about the twin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts.first_look import first_look
from tests.cohorts.files import CANARIES

N = 160
HOUSES = ["Klinikum Nord", "St. Elisabeth Krankenhaus", "Universitätsklinik Ost", "Hospital del Mar"]
HERE = HOUSES[1]


def base(*more):
    """Number, house (under a name that no list has), age, days of follow-up, death; and further columns."""
    rng = np.random.default_rng(8)
    zero = pd.Timestamp(2011, 1, 10) + pd.to_timedelta(rng.integers(0, 3000, N), unit="D")
    time, dead = rng.exponential(400, N).round() + 3, rng.random(N) < 0.6
    end = zero + pd.to_timedelta(time, unit="D")
    columns = {
        "Fallnummer": np.arange(1001, 1001 + N),
        "behandelt in": np.repeat(HOUSES, N // 4),
        "Alter": rng.integers(38, 86, N),
        "follow_up_days": time.astype(int),
        "died": dead.astype(int),
        "hemoglobin": rng.normal(12, 1.7, N).round(1),
        "op_date": zero.strftime("%d.%m.%Y"),
        "last_contact_date": end.strftime("%d.%m.%Y"),
        "date_of_death": pd.Series(end.strftime("%d.%m.%Y")).where(dead, ""),
    }
    named = ["Fallnummer", "behandelt in", "Alter", *(more or ("follow_up_days", "died"))]
    return pd.DataFrame({name: columns[name] for name in named})


def looked(folder, frame, name="table"):
    """Findings of a first look at a table; none holds the value of a patient."""
    path = folder / f"{name}.csv"
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


def at(frame, column, rows, value):
    """The table with these cells of one column changed."""
    return frame.assign(**{column: frame[column].astype(object).where(~rows, value)})


def here(frame):
    return frame["behandelt in"] == HERE


def months_at_a_house():
    clean = base()
    return clean, at(clean, "follow_up_days", here(clean), (clean["follow_up_days"] / 30.4375).round(1))


def coded_alive_as_dead_at_a_house():
    clean = base("follow_up_days", "died")
    return clean, at(clean[~(here(clean) & (clean["died"] == 0))], "died", clean["died"] < 0, 0)


def last_contact_of_survivors_on_one_day():
    clean = base("op_date", "last_contact_date", "date_of_death", "died")
    return clean, at(clean, "last_contact_date", here(clean) & (clean["died"] == 0), "31.12.2023")


TRAPS = [
    (months_at_a_house, "time_differs_between_sites", "follow_up_days", HERE),
    (coded_alive_as_dead_at_a_house, "all_dead_at_site", "died", HERE),
    (last_contact_of_survivors_on_one_day, "closing_date", "last_contact_date", HERE),
]


@pytest.mark.parametrize(("tables", "rule", "column", "site"), TRAPS, ids=[t[0].__name__ for t in TRAPS])
def test_a_trap_is_told_and_its_clean_twin_is_not(tables, rule, column, site, tmp_path):
    clean, spoilt = tables()
    assert told(looked(tmp_path, spoilt, "spoilt"), rule, column, site)
    assert not told(looked(tmp_path, clean, "clean"), rule, column)


def test_a_table_without_sites_is_not_said_to_have_one(tmp_path):
    """Where no column is the site, no finding speaks of "all rows" as if it were one."""
    table = base().drop(columns="behandelt in").assign(follow_up_days=lambda f: f["follow_up_days"] % 59 + 1)
    found = looked(tmp_path, table)
    assert told(found, "time_unit", "follow_up_days", "")
    assert not [f for f in found if "all rows" in f.what + f.site]
