"""Natural splines in R's basis: they span the restricted cubic splines with the same knots."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.natural_spline import natural_knots, natural_spline
from spinesurv.stats.splines import restricted_cubic

X = np.linspace(-2.0, 5.0, 41)


def test_spans_the_restricted_cubic_spline_with_all_knots() -> None:
    inner, ends = np.array([0.0, 1.5]), np.array([-1.0, 4.0])  # X goes beyond both ends
    natural = natural_spline(X, inner, ends, intercept=True)
    restricted = restricted_cubic(X, np.array([-1.0, 0.0, 1.5, 4.0]))
    assert natural.shape == (41, 4)
    for column in restricted.T:
        rest = column - natural @ np.linalg.lstsq(natural, column, rcond=None)[0]
        assert rest == pytest.approx(0.0, abs=1e-9)


def test_without_intercept_the_lower_end_is_zero() -> None:
    assert natural_spline([-1.0], [0.0], [-1.0, 4.0])[0] == pytest.approx([0.0, 0.0])


def test_knots_are_quantiles() -> None:
    inner, ends = natural_knots([0, 1, 2, 3, 4, np.nan], 4)
    assert inner == pytest.approx([1, 2, 3])
    assert ends == pytest.approx([0, 4])
    assert len(natural_knots(np.arange(9), 4, intercept=True)[0]) == 2
    with pytest.raises(InputError, match="natural spline"):
        natural_knots([1.0, 2.0], 0)
