"""Normal scores: Blom's formula, ties, weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from spinesurv.stats.normal_scores import normal_scores


def test_distinct_values_are_bloms() -> None:
    assert normal_scores([7, -1, 3, 100]) == pytest.approx(norm.ppf((np.array([3, 1, 2, 4]) - 0.375) / 4.25))


def test_equal_values_get_the_mean_of_theirs() -> None:
    plain = norm.ppf((np.arange(1, 6) - 0.375) / 5.25)
    assert normal_scores([2, 1, 2, 2, 9]) == pytest.approx(
        [plain[1:4].mean(), plain[0], *[plain[1:4].mean()] * 2, plain[4]]
    )


def test_order_and_size_of_weights_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    x, w = np.round(rng.normal(size=40), 1), rng.uniform(0.5, 3, 40)
    order = rng.permutation(40)
    scores = normal_scores(x, weights=w)
    assert normal_scores(x[order], weights=w[order]) == pytest.approx(scores[order], abs=1e-14)
    assert normal_scores(x, weights=100 * w) == pytest.approx(scores, abs=1e-12)
    assert normal_scores(x, weights=np.full(40, 7.0)) == pytest.approx(normal_scores(x))


def test_a_heavier_patient_takes_more_room() -> None:
    # brought to sum 2 the weights are 1.5 and 0.5: middles of the ranks are 0.75 + 0.5 and 1.75 + 0.5
    assert normal_scores([0, 1], weights=[3, 1]) == pytest.approx(
        norm.ppf((np.array([1.25, 2.25]) - 0.375) / 2.25)
    )
