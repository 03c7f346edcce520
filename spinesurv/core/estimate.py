"""Estimate: a value with its uncertainty. Curve: a table over a grid. Intervals and contrasts are derived here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, isfinite, nan
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spinesurv.errors import InputError


@dataclass(frozen=True)
class Scale:
    """A transformation on which intervals are symmetric and sites are pooled."""

    forward: Callable[[float], float]
    inverse: Callable[[float], float]
    slope: Callable[[float], float]  # derivative of `forward`
    inside: Callable[[float], bool]  # where `forward` is finite


def _expit(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-x))) if x >= 0 else float(np.exp(x) / (1.0 + np.exp(x)))


SCALES: dict[str, Scale] = {
    "identity": Scale(lambda x: x, lambda y: y, lambda x: 1.0, isfinite),
    "log": Scale(
        lambda x: float(np.log(x)), lambda y: float(np.exp(y)), lambda x: 1.0 / x, lambda x: 0 < x < inf
    ),
    "logit": Scale(
        lambda x: float(np.log(x) - np.log1p(-x)),
        _expit,
        lambda x: 1.0 / (x * (1.0 - x)),
        lambda x: 0 < x < 1,
    ),
}


class Limits(Protocol):
    """Confidence limits by a way of their own."""

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Lower and upper limit."""
        ...


@dataclass(frozen=True, eq=False)
class Estimate:
    """One measure on one set of patients.

    Parameters
    ----------
    value : the estimate on its natural scale
    n, events : patients used, and deaths among them up to the horizon (all deaths where there is none)
    std_error : standard error of `value` on the natural scale (delta method where needed)
    scale : name in `SCALES`; intervals are symmetric there and sites are pooled there
    df : degrees of freedom of the interval; inf = normal
    method : how the standard error was found, in a few words
    influence : (m,) influence of each patient used, such that std_error**2 = sum(influence**2)
    rows : (m,) positions of those patients in the outcome that was judged
    skewness : of the sampling distribution on `scale`; the interval is moved and bent by it (Hall 1992), 0 = symmetric
    limits : what gives the interval where value and error do not, as for a maximum or a squared distance
    status : "ok", "gap" (no value, see reason) or "provisional"
    reason : why there is a gap, or what to keep in mind; never empty for a gap
    """

    value: float
    n: int
    events: int
    std_error: float
    scale: str = field(kw_only=True)
    df: float = field(default=inf, kw_only=True)
    method: str = field(kw_only=True)
    influence: NDArray[np.float64] | None = field(default=None, kw_only=True)
    rows: NDArray[np.intp] | None = field(default=None, kw_only=True)
    skewness: float = field(default=0.0, kw_only=True)
    limits: Limits | None = field(default=None, kw_only=True)
    status: str = field(default="ok", kw_only=True)
    reason: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise InputError(f"estimate: unknown scale {self.scale!r}. Known: {', '.join(SCALES)}.")
        if self.status not in ("ok", "gap", "provisional"):
            raise InputError(f"estimate: unknown status {self.status!r}. Known: ok, gap, provisional.")
        if self.status == "gap" and not self.reason:
            raise InputError("estimate: a gap without a reason.")
        if self.status != "gap" and not isfinite(self.value):
            raise InputError("estimate: the value is not finite; return a gap with its reason instead.")
        if (self.influence is None) != (self.rows is None):
            raise InputError("estimate: influence and rows belong together, only one of them was given.")
        if self.influence is not None and self.rows is not None and len(self.influence) != len(self.rows):
            raise InputError("estimate: one influence value per row is expected.")

    @classmethod
    def gap(cls, reason: str, *, n: int, events: int, scale: str, method: str = "") -> Estimate:
        """No value, and the reason."""
        return cls(nan, n, events, nan, scale=scale, method=method, status="gap", reason=reason)

    @property
    def transformed(self) -> tuple[float, float]:
        """Value and standard error on `scale`; (nan, nan) where the value sits on the edge of that scale."""
        scale = SCALES[self.scale]
        if self.status == "gap" or not scale.inside(self.value):
            return nan, nan
        return scale.forward(self.value), self.std_error * scale.slope(self.value)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval, symmetric on `scale` unless there are skewness or `limits`; (nan, nan) for a gap, without
        an error, and for a value on the edge of the scale.

        With skewness g the standardised estimate T is brought to a normal one by T + g T^2 / 3 + g^2 T^3 / 27 + g / 6.

        References
        ----------
        Hall P. J R Stat Soc B 1992;54:221-228.
        """
        from scipy.stats import norm, t

        if self.limits is not None and self.status != "gap" and isfinite(self.std_error):
            return self.limits.interval(level)
        centre, error = self.transformed
        if not (isfinite(centre) and isfinite(error)):
            return nan, nan
        tail = 0.5 + level / 2.0
        quantile = float(norm.ppf(tail)) if self.df == inf else float(t.ppf(tail, self.df))
        inverse = SCALES[self.scale].inverse
        low, high = (_unbent(q, self.skewness) for q in (quantile, -quantile))
        return inverse(centre - low * error), inverse(centre - high * error)

    def minus(self, other: Estimate) -> Estimate:
        """Paired difference self - other on the natural scale, patient by patient.

        Both must have been computed on the same patients (same `rows`). The standard error is that of the
        difference of influences, so a system compared with itself differs by 0 with standard error 0.
        """
        method = "paired difference of influence values"
        gaps = [e.reason for e in (self, other) if e.status == "gap"]
        if gaps:
            return Estimate.gap(str(gaps[0]), n=self.n, events=self.events, scale="identity", method=method)
        if self.influence is None or other.influence is None or self.rows is None or other.rows is None:
            raise InputError("estimate: a paired difference needs the influence values of both measures.")
        if not np.array_equal(self.rows, other.rows):
            raise InputError("estimate: the two measures stand on different patients; restrict both first.")
        influence = self.influence - other.influence
        return Estimate(
            self.value - other.value,
            self.n,
            self.events,
            float(np.sqrt(np.sum(influence**2))),
            scale="identity",
            method=method,
            influence=influence,
            rows=self.rows,
        )


def _unbent(normal: float, skewness: float) -> float:
    """The standardised estimate that Hall's transformation brings to a normal quantile."""
    if abs(skewness) < 1e-6:
        return normal
    return float((np.cbrt(1.0 + skewness * (normal - skewness / 6.0)) - 1.0) * 3.0 / skewness)


def clustered_error(influence: ArrayLike, cluster: ArrayLike | None) -> float:
    """Standard error from influence values, summed within clusters first where clusters are given."""
    values: NDArray[np.float64] = np.asarray(influence, dtype=np.float64)
    if cluster is not None:
        _, code = np.unique(np.asarray(cluster), return_inverse=True)
        values = np.bincount(code.ravel(), weights=values).astype(np.float64)
    return float(np.sqrt(np.sum(values**2)))


#: kind of curve -> columns that its table must have
CURVE_COLUMNS = {
    "calibration": ("risk", "observed", "low", "high"),
    "decision": ("threshold", "net_benefit", "low", "high"),
    "roc": ("one_minus_specificity", "sensitivity"),
    "auc": ("horizon_days", "auc", "low", "high"),
    "medians": ("group", "n", "median", "low", "high"),
}


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve as a table of aggregates on a grid, never patients.

    Parameters
    ----------
    table : one row per grid point, with the columns of `CURVE_COLUMNS[kind]`
    kind : calibration, decision, roc, auc or medians
    status, reason : as in `Estimate`; the table of a gap is empty
    """

    table: pd.DataFrame
    kind: str
    status: str = field(default="ok", kw_only=True)
    reason: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.kind not in CURVE_COLUMNS:
            raise InputError(f"curve: unknown kind {self.kind!r}. Known: {', '.join(CURVE_COLUMNS)}.")
        missing = [c for c in CURVE_COLUMNS[self.kind] if c not in self.table.columns]
        if missing:
            raise InputError(f"curve {self.kind}: columns {', '.join(missing)} are missing.")
        if self.status == "gap" and not self.reason:
            raise InputError("curve: a gap without a reason.")

    @classmethod
    def gap(cls, kind: str, reason: str) -> Curve:
        """No curve, and the reason."""
        return cls(
            pd.DataFrame(columns=list(CURVE_COLUMNS[kind]), dtype=float), kind, status="gap", reason=reason
        )
