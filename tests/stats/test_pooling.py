"""Pooling over sites and over imputed tables: by hand and by definition."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from scipy.stats import t

from spinesurv.errors import InputError
from spinesurv.stats.pooling import random_effects, tau2_interval
from spinesurv.stats.rubin import pool_rubin, pool_rubin_vector


def test_two_equal_sites_by_hand() -> None:
    # y = 0 and 2 with variance 1 each: DL tau2 = (Q - 1) / (2 - 1) = 1, mean 1, error sqrt(2/2)
    m = random_effects([0.0, 2.0], [1.0, 1.0], method="DL", test="z")
    assert (m.mean, m.tau2, m.q) == pytest.approx((1.0, 1.0, 2.0))
    assert m.std_error == pytest.approx(1.0)
    knha = random_effects([0.0, 2.0], [1.0, 1.0], method="DL")
    # Hartung-Knapp: sum w (y - 1)^2 / (k - 1) = (1/2) * 2 = 1, so the same error, with t of 1 degree of freedom
    assert knha.std_error == pytest.approx(1.0)
    assert knha.high - knha.mean == pytest.approx(t.ppf(0.975, 1))
    assert knha.pi_high - knha.mean == pytest.approx(t.ppf(0.975, 1) * sqrt(2.0))


def test_hartung_knapp_is_not_truncated() -> None:
    m = random_effects([1.0, 1.0, 1.0001], [1.0, 1.0, 1.0])
    assert m.tau2 == 0.0
    assert m.std_error < 1e-3


def test_reml_is_at_the_top_of_its_likelihood() -> None:
    y, s = np.array([0.1, 0.5, 0.9, 0.3, 1.4]), np.array([0.2, 0.3, 0.1, 0.25, 0.3])

    def restricted(tau2: float) -> float:
        w = 1 / (s**2 + tau2)
        mean = np.sum(w * y) / np.sum(w)
        return 0.5 * (np.sum(np.log(w)) - np.log(np.sum(w)) - np.sum(w * (y - mean) ** 2))

    best = random_effects(y, s).tau2
    assert all(restricted(best) > restricted(best * f) for f in (0.98, 1.02))


def test_equal_variances_give_the_sample_variance() -> None:
    y = np.array([1.0, 2.0, 4.0, 7.0])
    assert random_effects(y, np.full(4, 0.5)).tau2 == pytest.approx(np.var(y, ddof=1) - 0.25)


def test_prediction_interval_with_too_few_sites_is_infinite() -> None:
    m = random_effects([0.0, 1.0], [0.1, 0.1])
    assert m.prediction_interval(df=m.k - 2) == (-inf, inf)


def test_interval_of_tau2_holds_it() -> None:
    y, s = [0.1, 0.5, 0.9, 0.3, 1.4], [0.2, 0.3, 0.1, 0.25, 0.3]
    low, high = tau2_interval(y, s)
    assert 0 <= low < random_effects(y, s).tau2 < high


def test_refusals() -> None:
    with pytest.raises(InputError, match="at least two"):
        random_effects([1.0], [0.1])
    with pytest.raises(InputError, match="Known: DL"):
        random_effects([1.0, 2.0], [0.1, 0.1], method="REM")
    with pytest.raises(InputError, match="rubin1987"):
        pool_rubin([1.0], [1.0], rule="rubin")


def test_the_fraction_of_missing_information_where_it_is_known() -> None:
    """A normal mean of which 40 % are missing by a coin and redrawn from their posterior: 0.4 (Rubin 1987, example 4.1)."""
    random = np.random.default_rng(4)
    n, m, share = 2000, 200, 0.4
    seen = random.normal(size=int(n * (1 - share)))
    level = seen.mean() + seen.std(ddof=1) / sqrt(len(seen)) * random.normal(size=m)
    drawn = level[:, None] + seen.std(ddof=1) * random.normal(size=(m, n - len(seen)))
    full = np.column_stack([np.tile(seen, (m, 1)), drawn])
    found = pool_rubin(full.mean(axis=1), full.var(axis=1, ddof=1) / n)
    # the variance of 200 tables has a standard error of 10 %, that of the fraction is 0.6 of it
    assert found.fraction_missing == pytest.approx(share, rel=0.2)


def test_rubin_of_several_quantities_is_rubin_of_each() -> None:
    values = np.array([[1.0, 0.2], [2.0, 0.1], [3.0, 0.6]])
    covariances = np.array([[[1.0, 0.3], [0.3, 2.0]]] * 3)
    mean, total = pool_rubin_vector(values, covariances)
    each = [pool_rubin(values[:, j], covariances[:, j, j]) for j in range(2)]
    np.testing.assert_allclose(mean, [2.0, 0.3])
    np.testing.assert_allclose(np.diag(total), [one.total for one in each])
    # covariance between tables by hand: ((-1)(-0.1) + 0 (-0.2) + 1 (0.3)) / 2 = 0.2
    assert total[0, 1] == pytest.approx(0.3 + (1 + 1 / 3) * 0.2)
    one = pool_rubin_vector(values[:1], covariances[:1])
    np.testing.assert_array_equal(one[1], covariances[0])


def test_rubin_by_hand() -> None:
    # estimates 1, 2, 3 with variance 1: within 1, between 1, total 1 + 4/3, r = 4/3, df = 2 (1 + 3/4)^2
    m = pool_rubin([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    assert (m.value, m.within, m.between, m.total) == pytest.approx((2.0, 1.0, 1.0, 7 / 3))
    assert m.relative_increase == pytest.approx(4 / 3)
    assert m.df == pytest.approx(2 * (1 + 3 / 4) ** 2)
    low, high = m.interval()
    assert high - low == pytest.approx(2 * t.ppf(0.975, m.df) * sqrt(7 / 3))


def test_one_table_keeps_its_error() -> None:
    m = pool_rubin([0.7], [0.04])
    assert (m.value, m.std_error, m.df) == pytest.approx((0.7, 0.2, inf))
