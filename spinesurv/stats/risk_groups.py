"""Groups of patients by what was predicted for them, for tables of observed against expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError, unknown_name
from spinesurv.stats.arrays import FloatArray, IntArray, floats

RULES = ("values", "ranks")


def risk_groups(values: ArrayLike, n_groups: int, *, rule: str = "values") -> IntArray:
    """(n,) number of each value's group, 0 for the lowest; as equal in size as the rule allows.

    Parameters
    ----------
    values : (n,) predicted risks or a marker
    n_groups : number of groups asked for, 2 or more
    rule : "values" cuts at observed values, so that equal ones stay together: cut j is the smallest value with at
        least j n / n_groups values at or below it, and belongs to the lower group; groups that nobody falls into
        vanish. "ranks" cuts at quantiles (type 7) of the ranks, equal values in the order of the rows

    Raises
    ------
    InputError
        Fewer than 2 groups, or an unknown rule.

    Notes
    -----
    "values" agrees with Hmisc::cut2(g = ), golden cases ``cal.*.groups*``.
    """
    if n_groups < 2:
        raise InputError(f"groups by risk: {n_groups} asked for; at least 2 are needed.")
    if rule not in RULES:
        raise unknown_name("rule", rule, RULES, where="groups by risk")
    x = floats(values)
    if rule == "values":
        distinct, count = np.unique(x, return_counts=True)
        share = np.arange(1, n_groups) * len(x) / n_groups
        cuts = distinct[np.searchsorted(np.cumsum(count), share, side="left")]
        code = np.searchsorted(np.unique(cuts), x, side="left")
    else:
        rank = np.empty(len(x))
        rank[np.argsort(x, kind="stable")] = np.arange(1.0, len(x) + 1.0)
        code = np.searchsorted(_inner_quantiles(len(x), n_groups), rank, side="left")
    return np.unique(code, return_inverse=True)[1].reshape(-1).astype(np.intp)


def _inner_quantiles(n: int, n_groups: int) -> FloatArray:
    return floats(np.quantile(np.arange(1.0, n + 1.0), np.arange(1, n_groups) / n_groups))
