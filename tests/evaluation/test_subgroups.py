"""Subgroups: what `evaluate` says of their patients alone, gaps where they are too small, nothing learned from others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.evaluation import evaluate, evaluate_subgroups
from spinesurv.evaluation.subgroups import COLUMNS, SUBGROUP_METRICS, TOO_FEW

N = 400
RNG = np.random.default_rng(4)
RISK = RNG.uniform(0.1, 0.7, N)
TIME = np.ceil(RNG.exponential(90 / -np.log1p(-RISK)))
LAST = np.ceil(RNG.uniform(60, 700, N))
OUTCOME = Outcome(np.minimum(TIME, LAST), TIME <= LAST)
SITE = RNG.choice(["a", "b", "c"], N).astype(object)
KEY = pd.MultiIndex.from_arrays([SITE, np.arange(N).astype(str)], names=["site", "patient_id"])
HALF = RNG.random(N) < 0.5


def predicted(risk: np.ndarray) -> Prediction:
    return Prediction(KEY, marker=risk, times_days=np.array([90.0]), survival=1 - risk[:, None])


PREDICTIONS = {"true": predicted(RISK), "flat": predicted(0.4 + 0.2 * (RISK - 0.4))}


def judged(**subgroups: np.ndarray) -> pd.DataFrame:
    named = {("variable", name): rows for name, rows in subgroups.items()}
    return evaluate_subgroups(OUTCOME, PREDICTIONS, named, horizons_days=[90], site=SITE)


def test_what_evaluate_says_of_these_patients_alone() -> None:
    found = judged(half=HALF)
    assert list(found.columns) == COLUMNS
    assert set(found["patients"]) == {HALF.sum()}
    assert set(found["deaths"]) == {OUTCOME.event[HALF].sum()}
    rows = np.flatnonzero(HALF)
    alone = evaluate(
        OUTCOME.take(rows),
        {key: p.take(rows) for key, p in PREDICTIONS.items()},
        horizons_days=[90],
        site=SITE[HALF],
        metrics=SUBGROUP_METRICS,
    )
    stacked = alone[alone["site"] == "stacked"].set_index(["model", "metric"])
    for row in found.to_dict("records"):
        expected = stacked.loc[(row["model"], row["metric"])]
        for name in ("value", "low", "high", "n", "events"):
            assert row[name] == pytest.approx(expected[name], rel=1e-12)


def test_outcomes_of_others_change_nothing() -> None:
    other = Outcome(np.where(HALF, OUTCOME.time_days, 1.0), np.where(HALF, OUTCOME.event, True))
    changed = evaluate_subgroups(other, PREDICTIONS, {("v", "half"): HALF}, horizons_days=[90], site=SITE)
    values = ["value", "low", "high"]
    pd.testing.assert_frame_equal(changed[values], judged(half=HALF)[values])


def test_observed_over_expected_by_hand() -> None:
    """Everybody is followed to day 90: 12 of 30 died, and 0.3 was predicted for each."""
    time = np.where(np.arange(60) < 12, 10.0 + np.arange(60), 200.0)
    key = pd.Index([str(k) for k in range(60)])
    p = Prediction(key, times_days=np.array([90.0]), survival=np.full((60, 1), 0.7))
    rows = np.arange(60) < 30
    found = evaluate_subgroups(
        Outcome(time, time < 90),
        {"m": p},
        {("v", "g"): rows},
        horizons_days=[90],
        metrics=["observed_expected"],
    )
    assert found.loc[0, "value"] == pytest.approx((12 / 30) / 0.3, rel=1e-12)
    assert found.loc[0, ["n", "events"]].tolist() == [30, 12]


def test_too_small_is_a_gap_with_its_reason() -> None:
    few, nobody = np.arange(N) < 15, np.zeros(N, dtype=bool)
    found = judged(few=few, nobody=nobody)
    assert (found["status"] == "gap").all()
    assert found["value"].isna().all()
    assert (found["reason"] == TOO_FEW).all()
    assert found.groupby("subgroup")["patients"].first().to_dict() == {"few": 15, "nobody": 0}


def test_sites_with_few_patients_of_the_subgroup_share_their_curve_of_censoring() -> None:
    """12 patients of each of two sites: weights as if they were one site."""
    rows = np.zeros(N, dtype=bool)
    for name, n in (("a", 60), ("b", 12), ("c", 12)):
        rows[np.flatnonzero(name == SITE)[:n]] = True
    found = judged(some=rows).set_index(["model", "metric"])["value"]
    together = np.where(SITE == "c", "b", SITE)[rows]
    at = np.flatnonzero(rows)
    expected = evaluate(
        OUTCOME.take(at), {k: p.take(at) for k, p in PREDICTIONS.items()}, horizons_days=[90], site=together,
        metrics=["brier"],
    )  # fmt: skip
    stacked = expected[expected["site"] == "stacked"].set_index("model")["value"]
    assert found["true", "brier"] == pytest.approx(stacked["true"], rel=1e-12)


def test_several_tables_are_pooled_by_rubins_rules() -> None:
    """The mean of two completed tables on the scale of the measure, with an interval wider than that of either."""
    other = {key: predicted(np.clip(RISK + 0.1 * (SITE == "a"), 0, 1)) for key in PREDICTIONS}
    pooled = evaluate_subgroups(
        OUTCOME, [PREDICTIONS, other], {("v", "half"): HALF}, horizons_days=[90], site=SITE, metrics=["brier"]
    )
    single = judged(half=HALF)
    first = single[(single["metric"] == "brier") & (single["model"] == "true")].iloc[0]
    second = evaluate_subgroups(
        OUTCOME, other, {("v", "half"): HALF}, horizons_days=[90], site=SITE, metrics=["brier"]
    ).iloc[0]
    assert pooled.loc[0, "value"] == pytest.approx((first["value"] + second["value"]) / 2, rel=1e-12)
    assert pooled.loc[0, "std_error"] > min(first["std_error"], second["std_error"])


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(InputError, match="3 patients and 400 sites for 400 outcomes"):
        judged(short=np.ones(3, dtype=bool))
    with pytest.raises(InputError, match="measure"):
        evaluate_subgroups(OUTCOME, PREDICTIONS, {("v", "g"): HALF}, horizons_days=[90], metrics=["harel_c"])
