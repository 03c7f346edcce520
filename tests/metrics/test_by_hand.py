"""Measures on a handful of patients, worked out on paper; and for every measure of the list, where its hand case stands."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics import METRICS

HERE = Path(__file__).parent

#: measure -> file and test that hold its hand case
HAND_CASES = {
    **dict.fromkeys(("harrell_c", "uno_c", "auc"), "test_by_hand: test_ranking_of_five_patients"),
    "calibration_intercept": "test_by_hand: test_calibration_intercept_of_four_patients",
    "calibration_slope": "test_by_hand: test_calibration_slope_of_four_patients_four_times",
    "gonen_heller": "test_gonen_heller: test_three_patients_by_hand",
    **dict.fromkeys(("royston_d", "royston_r2"), "test_royston: test_four_patients_by_hand"),
    **dict.fromkeys(
        ("sensitivity", "specificity", "ppv", "npv"), "test_share_at_threshold: test_five_patients_by_hand"
    ),
    **dict.fromkeys(("brier", "ipa"), "test_by_hand: test_brier_of_five_patients"),
    "integrated_brier": "test_full_curves: test_integrated_brier_of_five_patients",
    "observed_expected": "test_measures: test_observed_expected_of_four_patients",
    "calibration_intercept_poisson": "test_full_curves: test_poisson_intercept_of_five_patients",
    "calibration_slope_poisson": "test_full_curves: test_poisson_slope_of_two_groups_in_closed_form",
    "d_calibration": "test_full_curves: test_d_calibration_of_five_patients",
    **dict.fromkeys(("ici", "e50", "e90", "emax"), "test_calibration_errors: test_two_groups_by_hand"),
    **dict.fromkeys(
        (f"acc_{k}_complete" for k in ("category_interval", "overestimated", "underestimated")),
        "test_accuracy: test_worked_example_by_complete_status",
    ),
    **dict.fromkeys(
        (f"acc_{k}" for k in ("category_interval", "overestimated", "underestimated")),
        "test_accuracy: test_worked_example_weighted",
    ),
    **dict.fromkeys(
        ("acc_category_threshold", "acc_category_threshold_complete"),
        "test_accuracy: test_the_same_example_at_one_boundary",
    ),
    **dict.fromkeys(("acc_worst_group", "acc_worst_group_complete"), "test_accuracy: test_worst_group_by_hand"),
    **dict.fromkeys(
        ("acc_probability_050", "acc_probability_050_complete"),
        "test_accuracy: test_accuracy_at_one_half_by_hand",
    ),
    **dict.fromkeys(
        (f"kappa_{power}{form}" for power in ("linear", "quadratic") for form in ("", "_complete")),
        "test_accuracy: test_kappa_by_hand",
    ),
    **dict.fromkeys(
        ("net_benefit", "net_benefit_over_all", "net_benefit_standardised", "interventions_avoided"),
        "test_against_all: test_six_patients_by_hand",
    ),
    **dict.fromkeys(
        ("auc_binary", "brier_binary", "ipa_binary", "observed_expected_binary"),
        "test_binary_twins: test_six_patients_by_hand",
    ),
    **dict.fromkeys(
        ("net_benefit_binary", "spiegelhalter_binary"),
        "test_binary_twins: test_net_benefit_and_spiegelhalter_by_hand",
    ),
    **dict.fromkeys(
        (
            "calibration_intercept_logistic", "calibration_intercept_joint_logistic", "calibration_slope_logistic",
            "ici_binary",
        ),
        "test_binary_twins: test_logistic_calibration_of_two_groups",
    ),
}  # fmt: skip


@cache
def functions(name: str) -> frozenset[str]:
    tree = ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_measure_has_a_hand_case() -> None:
    assert sorted(HAND_CASES) == sorted(METRICS)
    for place in set(HAND_CASES.values()):
        name, test = place.split(": ")
        assert test in functions(name), place


# day 1: a death, then one of the 4 left is censored: G = 3/4 from then on
OUTCOME = Outcome([1, 1, 3, 5, 6], [1, 0, 1, 0, 1])
RISK = np.array([0.9, 0.8, 0.2, 0.3, 0.6])


def risks(values: np.ndarray, day: float) -> Prediction:
    return Prediction(pd.RangeIndex(len(values)), times_days=[day], survival=1 - np.asarray(values)[:, None])


def test_ranking_of_five_patients() -> None:
    prediction = Prediction(pd.RangeIndex(5), marker=RISK)
    # the death on day 1 ranks above all 4 others, that on day 3 above none of the 2 left
    assert METRICS["harrell_c"].function(OUTCOME, prediction).value == pytest.approx(4 / 6)
    # deaths up to day 4; each pair weighs 1 / G(T-)^2: 1 on day 1, 16/9 on day 3
    uno = METRICS["uno_c"].function(OUTCOME, prediction, horizon_days=4)
    assert uno.value == pytest.approx(4 / (4 + 2 * 16 / 9))
    # cases weigh 1 and 4/3, the two survivors 4/3 each; the first case ranks above both, the second above none
    auc = METRICS["auc"].function(OUTCOME, prediction, horizon_days=4)
    assert auc.value == pytest.approx((1 * 8 / 3) / ((1 + 4 / 3) * 8 / 3))


def test_brier_of_five_patients() -> None:
    # dead by day 4: risks .9 (weight 1) and .2 (weight 4/3); alive: .3 and .6 (weight 4/3 each)
    score = (0.1**2 + 4 / 3 * (0.8**2 + 0.3**2 + 0.6**2)) / 5
    assert METRICS["brier"].function(OUTCOME, risks(RISK, 4), horizon_days=4).value == pytest.approx(score)
    # everybody predicted the risk seen: S(4) = 4/5 * 2/3
    dead = 1 - 4 / 5 * 2 / 3
    null = ((1 - dead) ** 2 * (1 + 4 / 3) + dead**2 * 8 / 3) / 5
    ipa = METRICS["ipa"].function(OUTCOME, risks(RISK, 4), horizon_days=4)
    assert ipa.value == pytest.approx(1 - score / null)


def test_calibration_intercept_of_four_patients() -> None:
    # predicted cumulative hazards 1, 2, 1, 2; deaths on day 1 with all at risk (sum 6), on day 3 with the last two (3)
    outcome = Outcome([1, 2, 3, 9], [1, 0, 1, 0])
    risk = 1 - np.exp(-np.array([1.0, 2.0, 1.0, 2.0]))
    found = METRICS["calibration_intercept"].function(outcome, risks(risk, 5), horizon_days=5)
    assert found.value == pytest.approx(np.log(1 / 6 + 1 / 3))


def test_calibration_slope_of_four_patients_four_times() -> None:
    """Fewer than 10 deaths are a gap, so four patients come four times, each time after the last have left.

    In each block a high, a low and a high risk die in this order while a low one lives: with r the hazard ratio the
    likelihood is (r / (2 r + 2) * 1 / (r + 2) * r / (r + 1))^4, which is largest where r^2 - r - 4 = 0. The slope is
    log r over the distance of the predictions, hazards of 2 and 1/2.
    """
    block = np.repeat(np.arange(4) * 10.0, 4)
    outcome = Outcome(block + np.tile([1.0, 2.0, 3.0, 9.0], 4), np.tile([1, 1, 1, 0], 4), entry_days=block)
    risk = 1 - np.exp(-np.tile([2.0, 0.5, 2.0, 0.5], 4))
    found = METRICS["calibration_slope"].function(outcome, risks(risk, 35), horizon_days=35)
    assert found.value == pytest.approx(np.log((1 + np.sqrt(17)) / 2) / np.log(4), rel=1e-7)
