"""Hosmer-Lemeshow test: observed and expected deaths in groups of equal size by predicted risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from spinesurv.stats.arrays import FloatArray, floats


@dataclass(frozen=True, eq=False)
class HosmerLemeshow:
    """The test and its groups.

    Parameters
    ----------
    n, observed, expected : (groups,) patients, deaths, and sum of the predicted risks
    chi2 : sum over groups of (observed - expected)^2 / (expected (1 - expected / n))
    """

    n: FloatArray
    observed: FloatArray
    expected: FloatArray
    chi2: float

    def p_value(self, *, fitted_on_these: bool) -> float:
        """Two degrees of freedom fewer than groups where the model was fitted on these patients, else as many."""
        return float(chi2.sf(self.chi2, len(self.n) - (2 if fitted_on_these else 0)))


def hosmer_lemeshow(dead: ArrayLike, risk: ArrayLike, *, groups: int = 10) -> HosmerLemeshow:
    """Compare observed and expected deaths in groups by the rank of the predicted risk.

    Parameters
    ----------
    dead : (n,) who died
    risk : (n,) predicted risk; ties are ranked in the order of the rows
    groups : cut at type-7 quantiles of the ranks, upper end inclusive

    Notes
    -----
    Depends on the groups and has little power; offered for comparison with published tables and not as a measure.
    Golden cases ``bin.*.hl*``.

    References
    ----------
    Hosmer DW, Lemeshow S. Commun Stat Theory Methods 1980;9:1043-1069. doi:10.1080/03610928008827941
    """
    y, p = floats(dead), floats(risk)
    rank = np.empty(len(p))
    rank[np.argsort(p, kind="stable")] = np.arange(1.0, len(p) + 1.0)
    inner = np.quantile(np.arange(1.0, len(p) + 1.0), np.linspace(0.0, 1.0, groups + 1))[1:-1]
    group = np.searchsorted(inner, rank, side="left")
    n, observed, expected = (floats(np.bincount(group, each, groups)) for each in (np.ones(len(p)), y, p))
    return HosmerLemeshow(
        n, observed, expected, float(np.sum((observed - expected) ** 2 / (expected * (1.0 - expected / n))))
    )
