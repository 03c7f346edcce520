"""ROC curve of five and of eight patients by hand, and DeLong's variance by its double sum."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.roc import roc_auc, youden_cut

DEAD = np.array([1, 1, 0, 0, 0], dtype=bool)
MARKER = np.array([3.0, 2.0, 2.0, 1.0, 4.0])


def test_five_patients_by_hand() -> None:
    # 3 beats 2 and 1; 2 ties with 2, beats 1: (1 + 1 + 0 + 1/2 + 1 + 0) / 6
    area = roc_auc(DEAD, MARKER)
    assert area.value == pytest.approx(3.5 / 6)
    # by case 2/3 and 1/2, by control 3/4, 1 and 0: DeLong = 1/72 / 2 + (13/16 - 3 (7/12)^2 + ...) / 3
    by_case, by_control = np.array([2 / 3, 1 / 2]), np.array([3 / 4, 1.0, 0.0])
    variance = np.var(by_case, ddof=1) / 2 + np.var(by_control, ddof=1) / 3
    assert area.influence @ area.influence == pytest.approx(variance)


def test_delong_by_double_sums() -> None:
    rng = np.random.default_rng(0)
    dead = rng.uniform(size=60) < 0.4
    markers = [np.round(rng.normal(size=60) + dead, 1), np.round(rng.normal(size=60) + 0.5 * dead, 1)]
    tables = [(m[dead][:, None] > m[~dead]) + 0.5 * (m[dead][:, None] == m[~dead]) for m in markers]
    areas = [roc_auc(dead, m) for m in markers]
    for area, table in zip(areas, tables, strict=True):
        assert area.value == pytest.approx(table.mean())
    covariance = sum(
        np.cov(tables[0].mean(axis=axis), tables[1].mean(axis=axis))[0, 1] / tables[0].shape[1 - axis]
        for axis in (0, 1)
    )
    assert areas[0].influence @ areas[1].influence == pytest.approx(covariance)


def test_weights_count_patients() -> None:
    twice = np.repeat(np.arange(5), [2, 1, 1, 3, 1])
    weighted = roc_auc(DEAD, MARKER, weights=[2, 1, 1, 3, 1])
    assert weighted.value == pytest.approx(roc_auc(DEAD[twice], MARKER[twice]).value)
    assert youden_cut(DEAD, MARKER, weights=[2, 1, 1, 3, 1]) == youden_cut(DEAD[twice], MARKER[twice])


def test_one_kind_only_has_no_area() -> None:
    assert np.isnan(roc_auc([True, True], [1.0, 2.0]).value)


def test_best_cut_by_hand() -> None:
    # cut 1.5: both dead and 2 of 3 alive positive: 1 + 1/3; 2.5: 1/2 + 2/3; below all: 1 + 0
    cut = youden_cut(DEAD, MARKER)
    assert (cut.threshold, cut.sensitivity, cut.specificity) == pytest.approx((1.5, 1.0, 1 / 3))
    assert (cut.ppv, cut.npv) == pytest.approx((1 / 2, 1.0))


def test_a_useless_marker_is_cut_below_everybody() -> None:
    cut = youden_cut([1, 0, 0], [1.0, 1.0, 1.0])
    assert (cut.threshold, cut.sensitivity, cut.specificity) == (-np.inf, 1.0, 0.0)
    assert np.isnan(cut.npv)


@pytest.mark.parametrize("seed", range(5))
def test_best_cut_is_the_first_largest_sum(seed: int) -> None:
    """Marker of few values, group sizes with common factors: sums tie on paper and differ by rounding."""
    draw = np.random.default_rng(seed)
    dead, marker = np.repeat([True, False], [21, 35]), draw.integers(0, 9, 56).astype(float)
    cuts = [-np.inf, *(np.unique(marker)[:-1] + np.unique(marker)[1:]) / 2, np.inf]
    sums = [np.sum(marker[dead] >= c) / 21 + np.sum(marker[~dead] < c) / 35 for c in cuts]
    assert youden_cut(dead, marker).threshold == cuts[int(np.argmax(sums))]
