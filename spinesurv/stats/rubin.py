"""Rubin's rules: one estimate out of those from several imputed tables."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from spinesurv.errors import unknown_name
from spinesurv.stats.arrays import FloatArray, floats

RULES = ("rubin1987", "reiter2003")


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate.

    Parameters
    ----------
    value, std_error, df : mean of the estimates, root of the total variance, degrees of freedom (inf = normal)
    within, between, total : mean variance within tables, variance between them, and their sum by the rule
    relative_increase, fraction_missing, proportion : increase in variance due to missing values (r); fraction
        of missing information (nan for "reiter2003"); share of the total variance that is between tables (lambda)
    n_tables : m
    """

    value: float
    std_error: float
    df: float
    within: float
    between: float
    total: float
    relative_increase: float
    fraction_missing: float
    proportion: float
    n_tables: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval from the t distribution with `df`."""
        half = t_quantile(0.5 + level / 2.0, self.df) * self.std_error
        return self.value - half, self.value + half


def t_quantile(share: float, df: float) -> float:
    """Quantile of the t distribution; df = inf is the normal one."""
    return float(stdtrit(df if isfinite(df) else 1e300, share))


def pool_rubin(
    values: ArrayLike, variances: ArrayLike, *, n: float = inf, k: int = 1, rule: str = "rubin1987"
) -> Pooled:
    """Pool estimates of one quantity from m imputed tables, on the scale they are given on.

    Parameters
    ----------
    values, variances : (m,) estimates and their squared standard errors
    n : patients, and k estimated parameters: with finite n the degrees of freedom are those of Barnard and Rubin
    rule : "rubin1987": total = within + (1 + 1/m) between; "reiter2003" (synthetic tables): within + between / m

    Notes
    -----
    Where tables agree (almost) exactly, lambda counts as 1e-4 in the degrees of freedom, as in mice. Agrees with mice::pool.scalar, golden cases ``mi.*``.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987.
    Barnard J, Rubin DB. Biometrika 1999;86:948-955. doi:10.1093/biomet/86.4.948
    Reiter JP. Survey Methodology 2003;29:181-188.
    """
    if rule not in RULES:
        raise unknown_name("rule for pooling imputed tables", rule, RULES)
    q, u = floats(values), floats(variances)
    m = len(q)
    within = float(u.mean())
    between = float(np.var(q, ddof=1)) if m > 1 else 0.0
    inflate = 1.0 + 1.0 / m if rule == "rubin1987" else 1.0 / m
    total = within + inflate * between
    increase = (1.0 + 1.0 / m) * between / within if within > 0 else inf
    proportion = (1.0 + 1.0 / m) * between / total if total > 0 else 0.0
    if rule == "rubin1987":
        df = _barnard_rubin(m, proportion, n - k)
    else:
        df = (m - 1) * (1.0 + within / (between / m)) ** 2 if between > 0 else inf
    fraction = nan
    if rule == "rubin1987":
        fraction = (increase + 2.0 / (df + 3.0)) / (increase + 1.0) if isfinite(increase) else 1.0
    return Pooled(float(q.mean()), sqrt(total), df, within, between, total, increase, fraction, proportion, m)


def pool_rubin_vector(values: ArrayLike, covariances: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Mean (p,) and total covariance (p, p) of p quantities estimated together in m imputed tables.

    total = mean covariance + (1 + 1/m) covariance between tables; its diagonal is that of `pool_rubin`.

    Parameters
    ----------
    values, covariances : (m, p) estimates and their (m, p, p) covariances

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987, section 3.4.
    """
    q, u = floats(values), floats(covariances)
    m = len(q)
    spread = q - q.mean(axis=0)
    between = spread.T @ spread / max(m - 1, 1)
    return floats(q.mean(axis=0)), floats(u.mean(axis=0) + (1.0 + 1.0 / m) * between)


def _barnard_rubin(m: int, proportion: float, complete: float) -> float:
    """Degrees of freedom: Rubin's for infinite data, shortened where the complete data are finite."""
    share = max(proportion, 1e-4)
    old = (m - 1) / share**2 if m > 1 else inf
    if not isfinite(complete):
        return old
    observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - share)
    return observed if not isfinite(old) else old * observed / (old + observed)
