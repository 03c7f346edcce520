"""Weight of a case in a concordance, by the time of its event."""

from __future__ import annotations

import numpy as np

from spinesurv.errors import InputError, unknown_name
from spinesurv.stats.arrays import BoolArray, FloatArray
from spinesurv.stats.kaplan_meier import kaplan_meier, reverse_kaplan_meier

TIME_WEIGHTS = ("n", "n/G2", "S", "S/G", "I")


def time_weights(
    kind: str,
    time: FloatArray,
    event: BoolArray,
    *,
    start: FloatArray | None,
    weights: FloatArray,
    group: FloatArray,
) -> FloatArray:
    """(n,) weight of each patient as a case, estimated within each `group` (stratum).

    "n": 1 (Harrell). "n/G2": 1 / G(t-)^2 (Uno), G the events-first curve of censoring. "S": N S(t-) / n(t)
    (Peto-Wilcoxon). "S/G": N S(t-) / (G(t-) n(t)) (Schemper). "I": 1 / n(t). N is the weight of the group and
    n(t) what is at risk at t.

    Raises
    ------
    InputError
        Unknown kind, or G is 0 before an event, which only delayed entry can bring about.
    """
    if kind not in TIME_WEIGHTS:
        raise unknown_name("time weight of a concordance", kind, TIME_WEIGHTS)
    out = np.ones(len(time))
    if kind == "n":
        return out
    for code in np.unique(group):
        rows = group == code
        t, e, w = time[rows], event[rows], weights[rows]
        entry = None if start is None else start[rows]
        curve = kaplan_meier(t, e, start=entry, weights=w, robust=False)
        g = np.ones(len(t))
        if "G" in kind:
            g = reverse_kaplan_meier(t, e, start=entry, weights=w).before(t)
        g = np.where(e & (w > 0.0), g, 1.0)  # only the weights of cases are used
        if (g <= 0.0).any():
            raise InputError(
                f"concordance with time weight {kind}: the curve of censoring reaches 0 before {int((g <= 0).sum())} "
                "of the events (delayed entry empties the risk set). Use time weight n."
            )
        if kind == "n/G2":
            out[rows] = 1.0 / g**2
        else:
            at_risk = curve.at_risk(t)
            at_risk = np.where(at_risk > 0.0, at_risk, 1.0)  # 0 only where all who are left weigh 0
            out[rows] = 1.0 / at_risk if kind == "I" else w.sum() * curve.before(t) / (g * at_risk)
    return out
