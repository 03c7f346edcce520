"""Log-rank test: by hand, against lifelines and against what it must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines.statistics import multivariate_logrank_test
from scipy.stats import false_discovery_control

from spinesurv.errors import InputError
from spinesurv.stats.logrank import adjusted_p, logrank, logrank_pairs
from tests.stats.simulated import tied

# deaths: day 1 in a, day 2 in b, day 4 in a; censored: day 3 in a, day 5 in b
TIME, EVENT, GROUP = [1, 3, 4, 2, 5], [1, 0, 1, 1, 0], ["a", "a", "a", "b", "b"]


def test_five_patients_by_hand() -> None:
    test = logrank(TIME, EVENT, GROUP)
    # at risk in a and b: day 1 3 + 2, day 2 2 + 2, day 4 1 + 1
    assert test.observed.tolist() == [2, 1]
    assert test.expected == pytest.approx([3 / 5 + 1 / 2 + 1 / 2, 2 / 5 + 1 / 2 + 1 / 2])
    variance = 6 / 25 + 1 / 4 + 1 / 4
    assert test.variance == pytest.approx(np.array([[variance, -variance], [-variance, variance]]))
    assert test.chi_square == pytest.approx(0.4**2 / variance)
    assert test.degrees_of_freedom == 1


def test_early_deaths_weigh_more_by_hand() -> None:
    # S before the three deaths: 1, 4/5, 4/5 * 3/4 = 3/5
    test = logrank(TIME, EVENT, GROUP, rho=1.0)
    assert test.observed == pytest.approx([1 + 3 / 5, 4 / 5])
    assert test.expected == pytest.approx([3 / 5 + 4 / 5 / 2 + 3 / 5 / 2, 2 / 5 + 4 / 5 / 2 + 3 / 5 / 2])
    assert test.variance[0, 0] == pytest.approx(6 / 25 + 0.64 / 4 + 0.36 / 4)


def test_late_entry_by_hand() -> None:
    # the second of b is watched from day 1 on: not at risk of the death of day 1
    test = logrank(TIME, EVENT, GROUP, start=[0, 0, 0, 0, 1])
    assert test.expected == pytest.approx([3 / 4 + 1 / 2 + 1 / 2, 1 / 4 + 1 / 2 + 1 / 2])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rho", [0.0, 1.0])
def test_three_groups_against_lifelines(seed: int, rho: float) -> None:
    d = tied(seed, n=150)
    group = np.random.default_rng(seed).integers(0, 3, 150)
    options = {"weightings": "fleming-harrington", "p": rho, "q": 0.0} if rho else {}
    other = multivariate_logrank_test(d.time, group, d.event, **options)
    mine = logrank(d.time, d.event, group, rho=rho)
    assert mine.p == pytest.approx(other.p_value, rel=1e-8)
    assert mine.chi_square == pytest.approx(other.test_statistic, rel=1e-8)


def test_what_it_must_not_depend_on() -> None:
    d = tied(4)
    group = np.where(d.marker > 0, "high", "low")
    test = logrank(d.time, d.event, group, strata=d.strata, start=d.start)
    order = np.random.default_rng(0).permutation(60)
    again = logrank(d.time[order], d.event[order], group[order], strata=d.strata[order], start=d.start[order])
    assert again.chi_square == pytest.approx(test.chi_square)
    renamed = logrank(d.time, d.event, np.where(group == "high", 0, 1), strata=d.strata, start=d.start)
    assert renamed.chi_square == pytest.approx(test.chi_square)
    assert test.observed.sum() == pytest.approx(test.expected.sum())
    # one clock: days or weeks
    assert logrank(d.time / 7, d.event, group).p == pytest.approx(logrank(d.time, d.event, group).p)


def test_strata_add_up() -> None:
    d = tied(5)
    group = d.marker > 0
    parts = [logrank(d.time[s], d.event[s], group[s]) for s in (d.strata == 0, d.strata == 1)]
    both = logrank(d.time, d.event, group, strata=d.strata)
    assert both.expected == pytest.approx(parts[0].expected + parts[1].expected)
    assert both.variance == pytest.approx(parts[0].variance + parts[1].variance)


def test_nothing_to_compare() -> None:
    alone = logrank([1, 2, 3], [1, 1, 0], ["a", "a", "a"])
    assert np.isnan(alone.p) and alone.degrees_of_freedom == 0
    assert np.isnan(logrank([1, 2, 3], [0, 0, 0], ["a", "b", "b"]).p)
    # nobody of b is left when the first death comes: only a can have an event
    assert np.isnan(logrank([2, 3, 1], [1, 1, 0], ["a", "a", "b"]).p)


def test_pairs_stand_on_their_two_groups() -> None:
    d = tied(6, n=90)
    group = np.random.default_rng(6).integers(0, 3, 90)
    pairs = logrank_pairs(d.time, d.event, group, strata=d.strata)
    assert [(i, j) for i, j, _ in pairs] == [(0, 1), (0, 2), (1, 2)]
    rows = group != 1
    alone = logrank(d.time[rows], d.event[rows], group[rows], strata=d.strata[rows])
    assert pairs[1][2].chi_square == pytest.approx(alone.chi_square)


def test_adjusted_p_by_hand() -> None:
    p = [0.04, 0.01, 0.03]
    assert adjusted_p(p, "bonferroni") == pytest.approx([0.12, 0.03, 0.09])
    # Holm: 3 * 0.01, 2 * 0.03, then 0.04, which may not be below 0.06
    assert adjusted_p(p, "holm") == pytest.approx([0.06, 0.03, 0.06])
    assert adjusted_p(p, "bh") == pytest.approx(false_discovery_control(p))
    assert adjusted_p([0.6, 0.7], "bonferroni").tolist() == [1.0, 1.0]
    with pytest.raises(InputError, match="holm"):
        adjusted_p(p, "sidak")


def test_late_entry_against_r() -> None:
    """survival 3.5-3: coxph(Surv(start, time, event) ~ group, ties = "exact")$score; eight patients in two waves."""
    start, time = [0, 0, 0, 10, 10, 12, 15, 11], [2, 4, 5, 14, 20, 18, 20, 13]
    event, group = [1, 0, 0, 1, 1, 0, 0, 1], list("aabbabab")
    assert logrank(time, event, group, start=start).chi_square == pytest.approx(0.098901098901099, rel=1e-12)
