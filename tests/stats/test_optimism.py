"""Bootstrap optimism, indexes of a linear predictor and values out of fold: by hand and by construction."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.bootstrap import multinomial_weights
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.optimism import bootstrap_optimism, bootstrap_rows, out_of_fold
from spinesurv.stats.small_study import small_study_test
from spinesurv.stats.validation_indexes import (
    INDEXES,
    explained_variation,
    mean_difference,
    validation_indexes,
)
from tests.stats.simulated import tied

VALUES = np.array([1.0, 2.0, 6.0])


def test_optimism_of_a_mean_by_hand() -> None:
    """The model is the mean of its rows, the index minus the squared distance of the judged rows."""
    found = bootstrap_optimism(
        lambda rows: float(VALUES[rows].mean()),
        lambda mean, rows: [-np.mean((VALUES[rows] - mean) ** 2)],
        3,
        [np.array([0, 0, 1]), np.array([2, 2, 2])],
    )
    # apparent: mean 3, distances 4 + 1 + 9. Samples: mean 4/3 with distances 1/9, 1/9, 4/9; mean 6 with none
    assert found.apparent == pytest.approx([-14 / 3])
    assert found.training[:, 0] == pytest.approx([-2 / 9, 0.0])
    on_all = [-((1 / 3) ** 2 + (2 / 3) ** 2 + (14 / 3) ** 2) / 3, -(25 + 16) / 3]
    assert found.test[:, 0] == pytest.approx(on_all)
    assert found.corrected == pytest.approx(found.apparent - (-1 / 9 - np.mean(on_all)))


def test_samples_without_a_model_are_counted() -> None:
    def fit(rows: np.ndarray) -> float:
        if len(set(rows)) == 1:
            raise InputError("one patient")
        return 1.0

    found = bootstrap_optimism(fit, lambda m, rows: [m], 3, [np.array([0, 1, 2]), np.array([1, 1, 1])])
    assert found.failed == 1
    assert found.training.shape == (1, 1)


def test_rows_are_the_draws_of_the_weights() -> None:
    for rows, weights in zip(bootstrap_rows(20, 3, seed=5), multinomial_weights(20, 3, seed=5), strict=True):
        assert (np.bincount(rows, minlength=20) == weights).all()


def test_out_of_fold_values_come_from_the_others() -> None:
    found = out_of_fold(lambda rows: VALUES[rows].sum(), lambda total, rows: total - VALUES[rows], [0, 1, 1])
    assert found == pytest.approx([8 - 1, 1 - 2, 1 - 6])


def test_mean_difference_is_that_of_all_pairs() -> None:
    # |1 - 2|, |1 - 6|, |2 - 6|
    assert mean_difference([6.0, 1.0, 2.0]) == pytest.approx((1 + 5 + 4) / 3)


def test_explained_variation_is_one_where_the_likelihood_is() -> None:
    assert explained_variation(-10.0, 0.0, 50) == pytest.approx(1.0)
    assert explained_variation(-10.0, -10.0, 50) == 0.0


def test_indexes_of_a_refitted_predictor_and_of_its_double() -> None:
    d = tied(21, n=100)
    fit = fit_cox(d.marker[:, None], d.time, d.event)
    own = dict(zip(INDEXES, validation_indexes(d.marker * fit.coef[0], d.time, d.event), strict=True))
    null, best = (-2.0 * v for v in fit.log_likelihood)
    assert own["Slope"] == pytest.approx(1.0)
    assert own["D"] == pytest.approx((null - best - 1) / null)
    assert own["U"] == pytest.approx(-2 / null)
    assert own["Q"] == pytest.approx(own["D"] - own["U"])
    double = dict(zip(INDEXES, validation_indexes(2 * d.marker * fit.coef[0], d.time, d.event), strict=True))
    assert double["Slope"] == pytest.approx(0.5)
    assert (double["Dxy"], double["R2"], double["g"]) == pytest.approx((own["Dxy"], own["R2"], own["g"]))
    assert double["U"] > own["U"]


def test_small_study_by_hand() -> None:
    # results on the line 1 + 2 se: slope 2, no error
    errors = np.array([0.1, 0.2, 0.4])
    exact = small_study_test(1 + 2 * errors + np.array([0.0, 0.0, 1e-12]), errors)
    assert exact.slope == pytest.approx(2.0)
    assert exact.std_error == pytest.approx(0.0, abs=1e-9)
    # three points, weights 100, 25, 6.25 on x = 0.1, 0.2, 0.4, y = 0, 1, 0: normal equations solved by hand
    found = small_study_test([0.0, 1.0, 0.0], errors)
    w = np.array([100.0, 25.0, 6.25])
    sx, sy, sw = w @ errors, 25.0, w.sum()
    sxx, sxy = w @ errors**2, 25.0 * 0.2
    slope = (sw * sxy - sx * sy) / (sw * sxx - sx**2)
    assert (found.slope, found.df) == (pytest.approx(slope), 1)
    with pytest.raises(InputError, match="3 and 2 are needed"):
        small_study_test([1.0, 2.0, 3.0], [0.1, 0.1, 0.1])
