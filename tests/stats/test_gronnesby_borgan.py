"""Groups added to a Cox model: the log-rank test is the special case of a model without columns."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines.statistics import multivariate_logrank_test

from spinesurv.stats.cox import fit_cox
from spinesurv.stats.gronnesby_borgan import gronnesby_borgan


def cohort(n: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.normal(size=n)
    death, end = rng.exponential(np.exp(-x)), rng.uniform(0, 3, n)
    return np.minimum(death, end), death <= end, x


def test_without_a_model_it_is_the_log_rank_test() -> None:
    time, event, x = cohort()
    group = np.digitize(x, [-0.5, 0.5])
    found = gronnesby_borgan(fit_cox(np.zeros((120, 0)), time, event), time, event, group)
    other = multivariate_logrank_test(time, group, event)
    assert found.score_chi_square == pytest.approx(other.test_statistic, rel=1e-9)
    assert found.p == pytest.approx(other.p_value, rel=1e-7)
    assert found.observed.sum() == pytest.approx(found.expected.sum())


def test_expected_events_by_hand() -> None:
    # no columns: hazard 1/4 at day 1, 1/2 at day 3; one patient is followed past the first death only
    time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False])
    found = gronnesby_borgan(fit_cox(np.zeros((4, 0)), time, event), time, event, [0, 0, 1, 1])
    assert found.observed.tolist() == [1, 1]
    assert found.expected == pytest.approx([1 / 4 + 1 / 4, 2 * (1 / 4 + 1 / 2)])
    # U = 1 - 3/2 = -1/2, V = 1/2 * 1/2 + 0 (at day 3 all are of one group)
    assert found.score_chi_square == pytest.approx(0.25 / 0.25)


def test_a_bent_index_is_noticed_and_a_straight_one_is_not() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=2000)
    group = np.digitize(x, np.quantile(x, [0.2, 0.4, 0.6, 0.8]))
    p = []
    for index in (x, np.abs(x)):
        death, end = rng.exponential(np.exp(-index)), rng.uniform(0, 3, 2000)
        time, event = np.minimum(death, end), death <= end
        p.append(gronnesby_borgan(fit_cox(x[:, None], time, event), time, event, group).p)
    assert p[0] > 0.001
    assert p[1] < 1e-10


def test_likelihood_ratio_is_missing_where_the_larger_model_has_no_maximum() -> None:
    time, event, x = cohort()
    # nobody of the last group has an event
    group = np.where(event, 0, np.where(x > 0.5, 1, 0))
    found = gronnesby_borgan(fit_cox(x[:, None], time, event), time, event, group)
    assert np.isnan(found.likelihood_ratio)
    assert found.score_chi_square > 0


def test_groups_that_tell_the_index_leave_nothing_to_add() -> None:
    """An index of two values and its two groups are the same model, so that the likelihoods are equal."""
    time, event, x = cohort()
    index = (x > 0.5).astype(float)
    found = gronnesby_borgan(fit_cox(index[:, None], time, event), time, event, index.astype(int))
    assert found.likelihood_ratio == pytest.approx(0.0, abs=1e-9)
    assert found.score_chi_square == pytest.approx(0.0, abs=1e-9)
