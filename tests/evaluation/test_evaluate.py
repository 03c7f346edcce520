"""One call judges everything: rows complete, pairs paired, gaps with reasons, sites pooled."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Prediction
from spinesurv.core.tables import PERFORMANCE_COLUMNS
from spinesurv.errors import InputError
from spinesurv.evaluation import compare, evaluate
from spinesurv.metrics import METRICS
from spinesurv.stats.pooling import random_effects
from tests.cohort_factory import TRUE_LOG_HR, small_cohort

DAYS = [90, 365]
#: days of prediction, close enough for measures of whole curves
GRID = sorted({*range(10, 400, 10), *DAYS})

#: 12 months or more, 6 to 12, less
PROMISED = np.array([[365.25, np.inf], [182.625, 365.25], [0.0, 182.625]])


def true_predictions(cohort, noise=0.0, seed=0, name="truth"):
    p = cohort.patients
    lp = (
        TRUE_LOG_HR["albumin"] * (p["albumin"] - 3.6)
        + TRUE_LOG_HR["ecog"] * (p["ecog"] - 2)
        + TRUE_LOG_HR["brain_mets"] * (p["brain_mets"] == "yes")
    ).to_numpy(dtype=float)
    lp = lp + noise * np.random.default_rng(seed).normal(size=len(lp))
    survival = np.exp(-np.outer(np.exp(lp) / 300, GRID))
    code = np.digitize(lp, [-0.3, 0.3])
    return Prediction(
        p.index,
        marker=lp,
        times_days=GRID,
        survival=survival,
        group=pd.Categorical.from_codes(code, ["good", "fair", "poor"], ordered=True),
        expected_days=PROMISED[code],
    )


@pytest.fixture(scope="module")
def cohort():
    return small_cohort(900, seed=5)


@pytest.fixture(scope="module")
def table(cohort):
    systems = {"truth": true_predictions(cohort), "noisy": true_predictions(cohort, noise=0.5)}
    return evaluate(cohort.outcome, systems, horizons_days=DAYS, site=cohort.site, reference="noisy")


def test_a_row_for_every_site_measure_and_horizon(table):
    assert list(table.columns) == PERFORMANCE_COLUMNS
    alone = table[table["reference"] == ""]
    usual = {key: m for key, m in METRICS.items() if not m.known_only}
    days = {key: len(m.days or DAYS) if m.at_horizon else 1 for key, m in usual.items()}
    per_system = sum(days[key] * max(len(m.thresholds), 1) for key, m in usual.items())
    assert len(alone) == 2 * per_system * 5  # three sites, stacked, pooled
    assert set(alone["site"]) == {"a", "b", "c", "stacked", "pooled"}
    assert (table.loc[table["status"] == "gap", "reason"] != "").all()
    # only beyond a threshold there may be everybody, or nobody
    plain = table["metric"].map(lambda key: not METRICS[key].thresholds)
    assert (table.loc[plain, "status"] == "ok").all()
    assert (table.loc[~plain, "status"] == "ok").mean() > 0.8


def test_the_truth_is_calibrated_and_beats_a_noisy_copy(table):
    oe = table[(table.metric == "observed_expected") & (table.model == "truth") & (table.site == "stacked")]
    z = np.log(oe["value"]) / (oe["std_error"] / oe["value"])
    assert (z.abs() < 4).all()
    gain = table[(table.metric == "harrell_c") & (table.reference == "noisy") & (table.site == "stacked")]
    assert gain["low"].item() > 0


def test_pooling_is_random_effects_on_the_scale_of_the_measure(table):
    rows = table[(table.metric == "harrell_c") & (table.model == "truth") & (table.reference == "")]
    sites = rows[~rows.site.isin(["stacked", "pooled"])]
    value, error = sites["value"].to_numpy(), sites["std_error"].to_numpy()
    meta = random_effects(np.log(value / (1 - value)), error / (value * (1 - value)))
    pooled = rows[rows.site == "pooled"].iloc[0]
    expit = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    for name, expected in {
        "value": meta.mean,
        "low": meta.low,
        "high": meta.high,
        "pi_low": meta.pi_low,
    }.items():
        assert pooled[name] == pytest.approx(expit(expected), rel=1e-12)
    assert pooled["tau"] == pytest.approx(np.sqrt(meta.tau2))
    assert pooled["n"] == sites["n"].sum()


def test_a_system_against_itself(cohort):
    truth = true_predictions(cohort)
    same = compare(
        cohort.outcome, {"a": truth, "b": truth}, reference="b", horizons_days=DAYS, site=cohort.site
    )
    alone = same[same.site != "pooled"]
    assert (alone["value"] == 0).all()
    assert (alone["std_error"] == 0).all()
    pooled = same[same.site == "pooled"]
    assert ((pooled["status"] == "gap") | (pooled["value"] == 0)).all()


def test_pairs_stand_on_the_patients_both_can_predict(cohort):
    truth = true_predictions(cohort)
    half = np.arange(len(cohort)) % 2 == 0
    reason = np.where(half, "", "not asked")
    blank = np.where(half[:, None], truth.survival, np.nan)
    partial = Prediction(
        truth.key,
        marker=np.where(half, truth.marker, np.nan),
        times_days=GRID,
        survival=blank,
        group=pd.Categorical.from_codes(np.where(half, truth.group.codes, -1), dtype=truth.group.dtype),
        expected_days=np.where(half[:, None], truth.expected_days, np.nan),
        reason=reason,
    )
    table = evaluate(
        cohort.outcome,
        {"truth": truth, "partial": partial},
        horizons_days=DAYS,
        site=cohort.site,
        reference="truth",
    )
    counted = ~table.metric.str.contains("_complete|worst_group")  # these count some
    alone = table[(table.model == "truth") & (table.reference == "") & (table.site == "stacked") & counted]
    assert (alone["n"] == len(cohort)).all()
    pairs = table[(table.reference == "truth") & (table.site == "stacked") & counted]
    assert (pairs["n"] == half.sum()).all()
    assert (pairs["value"].abs() < 1e-12).all()
    common = evaluate(
        cohort.outcome,
        {"truth": truth, "partial": partial},
        horizons_days=DAYS,
        site=cohort.site,
        missing="common",
    )
    counted = ~common.metric.str.contains("_complete|worst_group")
    assert set(common.loc[(common.site == "stacked") & counted, "n"]) == {half.sum()}


def test_the_order_of_patients_does_not_matter(cohort):
    order = np.random.default_rng(1).permutation(len(cohort))
    one = evaluate(cohort.outcome, {"t": true_predictions(cohort)}, horizons_days=DAYS, site=cohort.site)
    mixed = cohort.take(order)
    two = evaluate(mixed.outcome, {"t": true_predictions(mixed)}, horizons_days=DAYS, site=mixed.site)
    keys = ["site", "metric", "horizon_days", "threshold"]
    merged = one.merge(two, on=keys, suffixes=("", "_mixed"))
    assert len(merged) == len(one)
    np.testing.assert_allclose(merged["value"], merged["value_mixed"], rtol=1e-9)
    np.testing.assert_allclose(merged["std_error"], merged["std_error_mixed"], rtol=1e-7)


def test_the_order_of_systems_only_orders_the_rows(cohort):
    systems = {name: true_predictions(cohort, noise=noise) for name, noise in (("a", 0.0), ("b", 0.5))}
    options = {"horizons_days": [90], "site": cohort.site, "metrics": ["harrell_c", "brier", "emax"]}
    one = evaluate(cohort.outcome, systems, reference="b", **options)
    two = evaluate(cohort.outcome, dict(reversed(systems.items())), reference="b", **options)
    keys = ["site", "model", "reference", "metric"]
    pd.testing.assert_frame_equal(*(t.sort_values(keys, ignore_index=True) for t in (one, two)))
    assert list(one["model"].unique()) == ["a", "b"] and list(two["model"].unique()) == ["b", "a"]


def test_sites_that_lack_a_value_for_one_reason_are_named_with_their_counts(cohort):
    p = true_predictions(cohort)
    certain = replace(p, survival=np.where(p.survival < 0.5, 0.0, p.survival))
    table = evaluate(
        cohort.outcome, {"t": certain}, horizons_days=[365], site=cohort.site, metrics=["calibration_slope"]
    )
    n = {s: (cohort.site == s).sum() for s in "abc"}
    at_edge = {
        s: (certain.survival[cohort.site == s][:, certain.times_days == 365] == 0).sum() for s in "abc"
    }
    counted = ", ".join(f"{s} ({at_edge[s]} of {n[s]})" for s in "abc")
    reason = table[table.site == "pooled"]["reason"].iloc[0]
    assert reason.startswith(
        f"0 of 3 sites have a value; without {counted}: predicted risks are exactly 0 or 1"
    )
    assert reason.count("predicted risks") == 1


def test_a_site_that_ends_early_is_a_gap_with_a_reason_and_is_left_out_of_pooling(cohort):
    short = (cohort.site == "a") & (cohort.outcome.time_days > 200)
    outcome = type(cohort.outcome)(
        np.where(short, 200.0, cohort.outcome.time_days), np.where(short, False, cohort.outcome.event)
    )
    table = evaluate(
        outcome, {"t": true_predictions(cohort)}, horizons_days=[365], site=cohort.site, metrics=["brier"]
    )
    row = table[table.site == "a"].iloc[0]
    assert row["status"] == "gap"
    assert "beyond follow-up" in row["reason"]
    pooled = table[table.site == "pooled"].iloc[0]
    assert pooled["status"] == "ok"
    assert pooled["reason"].startswith("2 of 3 sites have a value; without a:")
    stacked = table[table.site == "stacked"].iloc[0]
    assert stacked["reason"] == "without a: horizon beyond the follow-up there"
    assert stacked["n"] == (cohort.site != "a").sum()
    others = cohort.take(cohort.site != "a")
    alone = evaluate(
        others.outcome,
        {"t": true_predictions(others)},
        horizons_days=[365],
        site=others.site,
        metrics=["brier"],
    )
    assert stacked["value"] == pytest.approx(alone.loc[alone.site == "stacked", "value"].item(), rel=1e-12)


def test_nothing_predicted_is_a_gap_with_the_reason_of_the_prediction(cohort):
    silent = Prediction.missing(cohort.patients.index, "no survival published for the groups poor")
    table = evaluate(cohort.outcome, {"silent": silent}, horizons_days=DAYS, site=cohort.site)
    assert (table["status"] == "gap").all()
    assert table["reason"].str.contains("no survival published for the groups poor").all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reference": "x"}, "unknown reference system 'x'"),
        ({"metrics": ["c_index"]}, "unknown measure 'c_index'"),
        ({"horizons_days": [0]}, "days after time zero"),
        ({"missing": "drop"}, "unknown rule for missing"),
        ({"site": ["a"]}, "1 sites for 900 patients"),
        ({"site": [None, np.nan] + ["a"] * 898}, "site: 2 of 900 values are missing"),
        ({"horizons_days": 90}, "days after time zero, above 0, are expected, in a list"),
        ({"horizons_days": ["90"]}, "days after time zero"),
        ({"metrics": "brier"}, r"a list of names is expected, \['brier'\] for one"),
        ({"level": 95}, "level: 95 found; a share between 0 and 1"),
        ({"predictions": np.ones(900)}, "{name: Prediction} is expected, or a list of these, not .* ndarray"),
        ({"predictions": {"a": np.ones(900)}}, "system 'a' is expected to be a Prediction, not .* ndarray"),
        ({"outcome": np.ones(900)}, "an Outcome.* is expected, not something of type ndarray"),
    ],
)
def test_refuses(cohort, change, words):
    named = {"outcome": cohort.outcome, "predictions": {"t": true_predictions(cohort)}}
    arguments = {**named, "horizons_days": DAYS, "site": cohort.site, **change}
    with pytest.raises(InputError, match=words):
        evaluate(**arguments)
