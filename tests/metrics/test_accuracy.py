"""Rules of accuracy: the worked example, hand cases, and what they promise together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics import CURVES, METRICS, bootstrapped
from spinesurv.stats.censoring import KaplanMeierCensoring
from tests.metrics.cohorts import HORIZON, outcome_and_factor, predicted

MONTH = 30.4375
#: revised Tokuhashi: up to 8 points under 6 months, 9 to 11 six to under 12, from 12 on twelve or more
INTERVALS = {"poor": (0.0, 6 * MONTH), "fair": (6 * MONTH, 12 * MONTH), "good": (12 * MONTH, np.inf)}
#: worked example: group, months, died
EXAMPLE = [
    ("poor", 4, 1), ("poor", 9, 1), ("poor", 3, 0), ("poor", 8, 0), ("fair", 9, 1), ("fair", 9, 0), ("fair", 15, 0),
    ("good", 14, 0), ("good", 11, 1),
]  # fmt: skip


def of_groups(patients: list[tuple[str, float, int]]) -> tuple[Outcome, Prediction]:
    groups, months, died = zip(*patients, strict=True)
    return Outcome(np.array(months) * MONTH, died), Prediction(
        pd.RangeIndex(len(patients)),
        group=pd.Categorical(groups, categories=["good", "fair", "poor"], ordered=True),
        expected_days=np.array([INTERVALS[g] for g in groups]),
    )


def measured(key: str, outcome: Outcome, prediction: Prediction, day: float | None = None) -> Estimate:
    return METRICS[key].function(outcome, prediction, horizon_days=day)


def test_worked_example_by_complete_status() -> None:
    shares = {"acc_category_interval": 3, "acc_underestimated": 3, "acc_overestimated": 1}
    for key, count in shares.items():
        found = measured(f"{key}_complete", *of_groups(EXAMPLE))
        assert found.value == pytest.approx(count / 7)
        assert (found.n, found.events) == (7, 4)
        assert found.reason == "2 of 9 patients censored undecided, left out"
        # proportion: sqrt(p (1 - p) / n)
        assert found.std_error == pytest.approx(np.sqrt(count / 7 * (1 - count / 7) / 7))


def test_worked_example_weighted() -> None:
    """Censored at months 3, 8, 9, 14 and 15; deaths at 4, 9, 9 and 11.

    G after 3 months 8/9; at 8 months 7 are followed, G 8/9 * 6/7 = 16/21; at 9 months both deaths leave before the
    censoring, 4 are left, G 16/21 * 3/4 = 4/7. Decided by death at 4 months with 1 / (8/9), at 9 (fair) with 1 / (16/21),
    at 11 with 1 / (4/7); by being alive at 6 (poor, seen to 8 and 9) with 1 / (8/9), at 12 (fair, good) with 1 / (4/7).
    """
    early, middle, late = 9 / 8, 21 / 16, 7 / 4
    total = 3 * early + middle + 3 * late
    right = early + middle + late  # poor died at 4, fair died at 9, good alive at 14
    longer = 2 * early + late  # poor seen to 8 and died at 9, fair seen to 15
    found = measured("acc_category_interval", *of_groups(EXAMPLE))
    assert found.value == pytest.approx(right / total)
    assert (found.n, found.events) == (9, 4)
    assert found.reason == "2 of 9 patients censored undecided, made up for by weights"
    assert measured("acc_underestimated", *of_groups(EXAMPLE)).value == pytest.approx(longer / total)
    assert measured("acc_overestimated", *of_groups(EXAMPLE)).value == pytest.approx(late / total)


def test_the_same_example_at_one_boundary() -> None:
    # at 6 months: poor died 4 right, poor died 9 and seen 8 wrong, poor seen 3 undecided, the other five right
    six = measured("acc_category_threshold_complete", *of_groups(EXAMPLE), 6 * MONTH)
    assert six.value == pytest.approx(6 / 8)
    assert (six.n, six.events) == (8, 1)
    # at 12 months: right are poor died 4 and 9, fair died 9, good seen 14; wrong are fair seen 15, good died 11;
    # undecided are poor seen 3 and 8, fair seen 9
    twelve = measured("acc_category_threshold_complete", *of_groups(EXAMPLE), 12 * MONTH)
    assert twelve.value == pytest.approx(4 / 6)
    # weights at 6 months: one patient is censored before (9 followed), so all decided later weigh 9/8, and so does
    # the death at 4
    assert measured("acc_category_threshold", *of_groups(EXAMPLE), 6 * MONTH).value == pytest.approx(6 / 8)
    # weights at 12 months as in the test above: deaths 9/8, 21/16 twice, 7/4; alive at 12 7/4 twice
    right = 9 / 8 + 2 * 21 / 16 + 7 / 4
    expected = right / (right + 2 * 7 / 4)
    assert measured("acc_category_threshold", *of_groups(EXAMPLE), 12 * MONTH).value == pytest.approx(
        expected
    )


def test_a_boundary_inside_an_interval_is_a_gap() -> None:
    found = measured("acc_category_threshold", *of_groups(EXAMPLE), 180.0)
    assert found.reason == "day 180 lies inside the survival interval of a group, not between two"


def test_worst_group_by_hand() -> None:
    # the four of the poor group at 4 months: died at 4 and at 9, seen to 3 (undecided) and 8; 4 of 9 months is "by 4"
    weighted = measured("acc_worst_group", *of_groups(EXAMPLE), 4 * MONTH)
    complete = measured("acc_worst_group_complete", *of_groups(EXAMPLE), 4 * MONTH)
    assert complete.value == pytest.approx(1 / 3)
    assert (complete.n, complete.events) == (3, 1)
    # nobody but the undecided is censored by 4 months, so all three weigh 9/8
    assert weighted.value == pytest.approx(1 / 3)
    assert (weighted.n, weighted.events) == (4, 1)
    # at 9 months: death at 4 weighs 9/8, death at 9 21/16; the one seen to 8 is undecided: two of two
    nine = measured("acc_worst_group", *of_groups(EXAMPLE), 9 * MONTH)
    assert nine.value == pytest.approx(1.0)
    outcome, prediction = of_groups(EXAMPLE)
    nobody = measured("acc_worst_group", outcome.take(range(4, 9)), prediction.take(range(4, 9)), 4 * MONTH)
    assert nobody.reason == "nobody is in the worst group"


def test_accuracy_at_one_half_by_hand() -> None:
    # by day 30: dead 10 (called dead, right) and 20 (called alive, wrong), censored at 15, alive 40, 50, 60 (called
    # alive, dead at exactly one half, alive); after day 15 one of 5 is censored: G = 4/5, so deaths weigh 1 and 5/4
    outcome = Outcome([10, 20, 15, 40, 50, 60], [1, 1, 0, 0, 1, 1])
    risk = np.array([0.9, 0.4, 0.7, 0.1, 0.5, 0.3])
    prediction = Prediction(pd.RangeIndex(6), times_days=[30], survival=1 - risk[:, None])
    complete = measured("acc_probability_050_complete", outcome, prediction, 30)
    assert complete.value == pytest.approx(3 / 5)
    assert complete.reason == (
        "majority class: calling everybody alive is right in 60.0 %; "
        "1 of 6 patients are left out, their status at day 30 is not known"
    )
    weighted = measured("acc_probability_050", outcome, prediction, 30)
    assert weighted.value == pytest.approx((1 + 2 * 5 / 4) / 6)
    assert weighted.reason.endswith("majority class: calling everybody alive is right in 62.5 %")


@pytest.mark.parametrize("power", ["linear", "quadratic"])
def test_kappa_by_hand(power: str) -> None:
    """Decided at 12 months or by death: all but those censored at 3, 8 and 9 months.

    Promised and observed: poor-poor (4), poor-fair (9), fair-fair (9), fair-good (15), good-good (14), good-fair (11).
    Margins: promised 2, 2, 2 of 6; observed poor 1, fair 3, good 2. Distances seen: three of 1. By chance, linear:
    (2 * (3 + 2 * 2) + 2 * (1 + 2) + 2 * (2 * 1 + 3)) / 36 = 30 / 36; quadratic 2 * (3 + 8) + 2 * 3 + 2 * (4 + 3) = 42.
    """
    found = measured(f"kappa_{power}_complete", *of_groups(EXAMPLE))
    assert found.value == pytest.approx(1 - 0.5 / ({"linear": 30, "quadratic": 42}[power] / 36))
    assert (found.n, found.events) == (6, 4)
    weighted = measured(f"kappa_{power}", *of_groups(EXAMPLE))
    names = ["poor", "fair", "good"]
    pairs = [
        ("poor", "poor"),
        ("poor", "fair"),
        ("fair", "fair"),
        ("fair", "good"),
        ("good", "good"),
        ("good", "fair"),
    ]
    weight = [9 / 8, 21 / 16, 21 / 16, 7 / 4, 7 / 4, 7 / 4]
    direct = cohen_kappa_score(*zip(*pairs, strict=True), labels=names, weights=power, sample_weight=weight)
    assert weighted.value == pytest.approx(direct)
    assert weighted.n == 9


def complete_cohort(n: int = 300) -> tuple[Outcome, np.ndarray]:
    outcome, x = outcome_and_factor(seed=6, n=n)
    return Outcome(outcome.time_days, np.ones(n)), x


@pytest.mark.parametrize("form", ["", "_complete"])
def test_without_censoring_all_are_the_ordinary_measures(form: str) -> None:
    outcome, x = complete_cohort()
    prediction = predicted(x)
    ends = np.array([0.0, 90.0, HORIZON])
    observed = np.searchsorted(ends, outcome.time_days, side="right")
    promised = np.searchsorted(ends, prediction.expected_days[:, 0], side="right")

    def value(key: str, day: float | None = None) -> float:
        found = measured(key + form, outcome, prediction, day)
        assert found.n == 300 or key == "acc_worst_group"
        return found.value

    assert value("acc_category_interval") == pytest.approx(accuracy_score(observed, promised))
    assert value("acc_underestimated") == pytest.approx(np.mean(observed > promised))
    assert value("acc_overestimated") == pytest.approx(np.mean(observed < promised))
    longest = len(ends)
    assert value("acc_category_threshold", HORIZON) == pytest.approx(
        np.mean((observed == longest) == (promised == longest))
    )
    assert value("acc_worst_group", 60) == pytest.approx(np.mean(outcome.time_days[promised == 1] <= 60))
    dead = outcome.time_days <= HORIZON
    assert value("acc_probability_050", HORIZON) == pytest.approx(
        accuracy_score(dead, prediction.death_by(HORIZON) >= 0.5)
    )
    for power in ("linear", "quadratic"):
        assert value(f"kappa_{power}") == pytest.approx(cohen_kappa_score(promised, observed, weights=power))


def test_three_ways_add_up() -> None:
    outcome, x = outcome_and_factor()
    for form in ("", "_complete"):
        parts = [
            measured(f"acc_{k}{form}", outcome, predicted(x))
            for k in ("category_interval", "overestimated", "underestimated")
        ]
        assert sum(e.value for e in parts) == pytest.approx(1.0)
        assert np.sum([e.influence for e in parts], axis=0) == pytest.approx(0.0, abs=1e-12)


def test_weights_recover_what_censoring_hides() -> None:
    """Everybody's survival is known before censoring is laid over it."""
    rng = np.random.default_rng(12)
    n = 4000
    x = rng.normal(size=n).clip(-2.5, 2.0)
    death = np.ceil(rng.exponential(300 * np.exp(-x)))
    end = np.ceil(rng.uniform(20, 500, n))
    whole, cut = Outcome(death, np.ones(n)), Outcome(np.minimum(death, end), death <= end)
    for key in (
        "acc_category_interval",
        "acc_underestimated",
        "acc_overestimated",
        "kappa_linear",
        "kappa_quadratic",
    ):
        truth = measured(key, whole, predicted(x)).value
        weighted = measured(key, cut, predicted(x))
        # what censoring adds to the error is less than the whole error; 3 of these
        assert weighted.value == pytest.approx(truth, abs=3 * weighted.std_error)
    biased = measured("acc_overestimated_complete", cut, predicted(x))
    assert abs(biased.value - measured("acc_overestimated", whole, predicted(x)).value) > 3 * biased.std_error


@pytest.mark.parametrize(
    "key", ["kappa_linear", "kappa_quadratic", "kappa_linear_complete", "acc_worst_group"]
)
def test_error_against_the_bootstrap(key: str) -> None:
    outcome, x = outcome_and_factor(seed=8, n=300)
    day = 90.0 if METRICS[key].at_horizon else None
    closed = measured(key, outcome, predicted(x, slope=1.2), day)
    drawn = bootstrapped(METRICS[key], outcome, predicted(x, slope=1.2), horizon_days=day, draws=300, seed=3)
    # 300 draws know the spread to 1 / sqrt(600) = 4 %; 4 of these, and the skewness of 300 patients
    assert closed.std_error == pytest.approx(drawn.std_error, rel=0.2)


@pytest.mark.parametrize("power", ["linear", "quadratic"])
def test_error_of_kappa_by_the_formula_of_1969(power: str) -> None:
    """Fleiss, Cohen and Everitt: var = (sum p_ij [w_ij (1 - pe) - (wi. + w.j)(1 - po)]^2 - (po pe - 2 pe + po)^2) / (n (1 - pe)^4)."""
    outcome, x = complete_cohort()
    found = measured(f"kappa_{power}", outcome, predicted(x))
    ends = np.array([0.0, 90.0, HORIZON])
    i = np.searchsorted(ends, predicted(x).expected_days[:, 0], side="right") - 1
    j = np.searchsorted(ends, outcome.time_days, side="right") - 1
    p = np.zeros((3, 3))
    np.add.at(p, (i, j), 1 / 300)
    distance = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    w = 1 - (distance / 2) ** {"linear": 1, "quadratic": 2}[power]
    a, b = p.sum(axis=1), p.sum(axis=0)
    po, pe = (w * p).sum(), a @ w @ b
    inner = (w * (1 - pe) - np.add.outer(w @ b, a @ w) * (1 - po)) ** 2
    variance = ((p * inner).sum() - (po * pe - 2 * pe + po) ** 2) / (300 * (1 - pe) ** 4)
    assert found.value == pytest.approx((po - pe) / (1 - pe))
    assert found.std_error == pytest.approx(np.sqrt(variance))


def test_kappa_edges() -> None:
    perfect = of_groups([("poor", 2, 1), ("fair", 8, 1), ("good", 20, 0), ("good", 30, 1)])
    found = measured("kappa_linear", *perfect)
    assert found.value == pytest.approx(1.0)
    assert np.isnan(found.std_error)
    assert found.reason == "perfect agreement, which has no standard error"
    alone = of_groups([("poor", 2, 1), ("poor", 3, 1)])
    assert (
        measured("kappa_linear", *alone).reason
        == "everybody is in one survival category, promised or observed"
    )
    outcome, prediction = of_groups(EXAMPLE)
    ends = prediction.expected_days.copy()
    ends[ends[:, 0] == 6 * MONTH, 1] = np.inf  # as published: six months or more
    overlapping = Prediction(prediction.key, group=prediction.group, expected_days=ends)
    assert (
        measured("kappa_linear", outcome, overlapping).reason
        == "the survival intervals of the groups overlap"
    )


def test_an_interval_that_ends_after_follow_up_is_a_gap() -> None:
    outcome, prediction = of_groups([("poor", 2, 1), ("fair", 8, 1), ("good", 9, 0), ("good", 10, 0)])
    for key in (
        "acc_category_interval",
        "acc_category_interval_complete",
        "kappa_linear",
        "acc_overestimated",
    ):
        found = measured(key, outcome, prediction)
        assert found.reason == (
            "horizon beyond follow-up: nobody is observed at day 365.25; days up to 300 can be judged"
        )


def test_a_given_model_of_censoring_is_used() -> None:
    outcome, x = outcome_and_factor()
    by_half = KaplanMeierCensoring(outcome.time_days, outcome.event, strata=np.arange(400) % 2)
    for key in ("kappa_linear", "acc_worst_group", "acc_probability_050"):
        metric = METRICS[key]
        day = 90.0 if metric.at_horizon else None
        own = metric.function(outcome, predicted(x), horizon_days=day)
        given = metric.function(outcome, predicted(x), horizon_days=day, censoring=by_half)
        assert given.value != own.value
        assert given.value == pytest.approx(own.value, abs=0.05)


def test_median_of_group_by_hand() -> None:
    # good: alive at 14, dead at 11: 1/2 from 11 on, flat to the end of follow-up at 14, so the middle, 12.5 months;
    # fair: one of three dead at 9, then nobody: 2/3, not reached; poor: seen to 3, 8, dead at 4 (2/3) and 9 (0)
    found = CURVES["median_of_group"].function(*of_groups(EXAMPLE)).table.set_index("group")
    assert found.index.tolist() == ["good", "fair", "poor"]
    assert found["n"].tolist() == [2, 3, 4]
    assert found["median"].to_numpy() / MONTH == pytest.approx([12.5, np.nan, 9], nan_ok=True)
    nobody = Prediction(pd.RangeIndex(2), marker=[1.0, 2.0])
    gap = CURVES["median_of_group"].function(Outcome([1, 2], [1, 1]), nobody)
    assert gap.reason == "no group goes with this prediction"
