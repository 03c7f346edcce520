"""One call where the status at some days is all that is known: by site, stacked, pooled, and beside a site with times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, StatusAtDays
from spinesurv.evaluation import evaluate
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

SITE = np.repeat(["north", "south"], 200)


def judged(dead: np.ndarray, x: np.ndarray, **options: object) -> pd.DataFrame:
    outcome = Outcome.of_status(StatusAtDays([90.0, HORIZON], dead))
    systems = {"good": predicted(x), "flat": predicted(x, slope=0.3)}
    return evaluate(outcome, systems, horizons_days=[90.0, HORIZON], site=SITE, reference="good", **options)


def statuses() -> tuple[np.ndarray, np.ndarray]:
    outcome, x = outcome_and_factor()
    dead = np.column_stack([outcome.event & (outcome.time_days <= d) for d in (90.0, HORIZON)]).astype(float)
    return dead, x


def row(table: pd.DataFrame, **where: object) -> pd.Series:
    found = table[np.logical_and.reduce([table[name] == value for name, value in where.items()])]
    assert len(found) == 1
    return found.iloc[0]


def test_a_site_that_recorded_one_day_is_judged_there_and_a_gap_elsewhere() -> None:
    dead, x = statuses()
    dead[SITE == "south", 1] = np.nan
    table = judged(dead, x, metrics=["brier", "harrell_c"])
    at_90 = row(table, model="good", metric="brier", horizon_days=90.0, site="south", reference="")
    assert (at_90["status"], at_90["n"]) == ("ok", 200)
    late = row(table, model="good", metric="brier", horizon_days=HORIZON, site="south", reference="")
    assert late["status"] == "gap"  # also the dead of day 90: only they would be known there
    assert late["reason"] == "of nobody with a prediction the status at day 180 is known"
    stacked = row(table, model="good", metric="brier", horizon_days=HORIZON, site="stacked", reference="")
    assert stacked["n"] == 200
    assert stacked["reason"] == "without south: horizon beyond the follow-up there"
    assert (table.loc[table["metric"] == "harrell_c", "status"] == "gap").all()


def test_pooled_over_sites_and_compared_in_pairs() -> None:
    dead, x = statuses()
    table = judged(dead, x)
    pooled = row(table, model="good", metric="brier", horizon_days=HORIZON, site="pooled", reference="")
    assert pooled["status"] == "ok"
    p = predicted(x).death_by(HORIZON)
    stacked = row(table, model="good", metric="brier", horizon_days=HORIZON, site="stacked", reference="")
    assert stacked["value"] == pytest.approx(np.mean((p - dead[:, 1]) ** 2))
    difference = row(table, model="flat", metric="auc", horizon_days=90.0, site="stacked", reference="good")
    assert difference["status"] == "ok"
    assert {"calibration_slope_logistic", "ici_binary"} <= set(table["metric"])
