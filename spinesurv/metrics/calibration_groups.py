"""Calibration by groups: observed against mean predicted risk among patients of similar predicted risk."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.core import Curve, Outcome, Prediction
from spinesurv.metrics.calibration_grid import SMALLEST_CELL
from spinesurv.metrics.judged import Judged, beyond_follow_up, judged_by_risk, needed_horizon
from spinesurv.metrics.record import CurveRecord
from spinesurv.metrics.smooth_calibration import LEAST_EVENTS
from spinesurv.stats.arrays import IntArray
from spinesurv.stats.calibration_cox import cloglog
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.cox import CoxFitError, fit_cox
from spinesurv.stats.gronnesby_borgan import AddedGroups, gronnesby_borgan
from spinesurv.stats.grouped_calibration import grouped_calibration
from spinesurv.stats.risk_groups import risk_groups


def calibration_groups(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    groups: int = 10,
) -> Curve:
    """Observed risk of each group of patients against the mean of what was predicted for them.

    Observed is 1 - Kaplan-Meier, or the Aalen-Johansen incidence where events compete.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day by which the risks are meant
    weights : (n,) case weights; groups are made of patients, whatever they weigh
    censoring : not used; both curves deal with censoring within each group
    cluster : not used; the intervals do not know of clusters
    groups : number of groups, as equal in size as ties allow; groups that are empty for ties vanish

    Returns
    -------
    Curve
        One row per group of 5 patients or more: risk (mean predicted), observed, low, high (95 %, symmetric for
        log(-log) of 1 - observed; missing where nobody or everybody in the group had the event), n. The reason names
        groups that are left out because they are smaller or not followed to the day, and two tests (not for weighted or
        clustered patients, nor where events compete): that of Greenwood, Nam and D'Agostino where every group has an error, and that of
        Gronnesby and Borgan where risks differ within the groups. A gap without survival at
        the horizon, when nobody is observed at it, or when no group is left. Risks of 0 and 1 are no obstacle.

    Notes
    -----
    Groups are arbitrary and hide miscalibration within them; the smooth curve is the first thing to look at. The
    first test asks whether the risks by the day are right, and does not join groups with few deaths. The second asks,
    over all follow-up, whether the groups add to a Cox model of log(-log(1 - risk)), its slope and baseline free.

    References
    ----------
    Demler OV, Paynter NP, Cook NR. Stat Med 2015;34:1659-1680. doi:10.1002/sim.6428
    May S, Hosmer DW. Lifetime Data Anal 1998;4:109-120. doi:10.1023/A:1009612305785

    Agrees with
    -----------
    survival::survfit in the groups of Hmisc::cut2, golden cases ``cal.*.groups*`` and ``gb.*``; with competing events
    survival::survfit for several states.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_risk(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        competing=True,
        at_day=True,
    )
    if isinstance(judged, str):
        return Curve.gap("calibration", judged)
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    if beyond is not None:
        return Curve.gap("calibration", beyond)
    group = risk_groups(judged.value, groups)
    found = grouped_calibration(
        judged.time,
        judged.event,
        judged.value,
        horizon,
        group,
        competing=judged.competing,
        start=judged.start,
        weights=judged.weights,
        kind="log-log",
    )
    small, short = found.n < SMALLEST_CELL, found.last_time < horizon
    certain = (found.observed <= 0.0) | (found.observed >= 1.0)
    table = pd.DataFrame(
        {
            "risk": found.predicted,
            "observed": found.observed,
            "low": np.where(certain, np.nan, found.low),
            "high": np.where(certain, np.nan, found.high),
            "n": found.n,
        }
    )
    notes = []
    if small.any():
        notes.append(f"{int(small.sum())} of {len(found.n)} groups have fewer than {SMALLEST_CELL} patients")
    if (short & ~small).any():
        notes.append(
            f"{int((short & ~small).sum())} of {len(found.n)} groups are not followed to day {horizon:g}"
        )
    if (small | short).all():
        return Curve.gap("calibration", "; ".join(notes))
    if weights is None and cluster is None and judged.competing is None:
        if not short.any() and len(found.n) > 1 and found.p == found.p:
            notes.append(
                _test("Greenwood-Nam-D'Agostino", found.chi_square, found.degrees_of_freedom, found.p)
            )
        added = None if judged.unknown is not None else _added_groups(judged, group)
        if added is not None:
            notes.append(_test("Gronnesby-Borgan", added.score_chi_square, added.degrees_of_freedom, added.p))
    return Curve(
        table[~(small | short)].reset_index(drop=True), "calibration", reason="; ".join(notes) or None
    )


def _test(name: str, chi_square: float, df: int, p: float) -> str:
    return f"{name} chi-squared {chi_square:.2f} (df {df}), p = {p:.3g}"


def _added_groups(judged: Judged, group: IntArray) -> AddedGroups | None:
    """Whether the groups add to a Cox model of the complementary log-log of the risk; None where it has no answer."""
    risk = judged.value
    certain = ((risk <= 0.0) | (risk >= 1.0)).any()
    n_groups = len(np.unique(group))
    # where nobody differs within the groups, they hold the index themselves
    if certain or n_groups < 2 or len(np.unique(risk)) <= n_groups or judged.event.sum() < LEAST_EVENTS:
        return None
    try:
        fit = fit_cox(cloglog(risk)[:, None], judged.time, judged.event, start=judged.start)
    except CoxFitError:
        return None
    return gronnesby_borgan(fit, judged.time, judged.event, group, start=judged.start)


RECORD = CurveRecord(
    key="calibration_groups",
    label="Calibration by groups of predicted risk",
    function=calibration_groups,
    needs="survival",
    reference="Demler OV, Paynter NP, Cook NR. Stat Med 2015;34:1659-1680. doi:10.1002/sim.6428",
    agrees_with="survival::survfit in the groups of Hmisc::cut2, golden cases cal.*.groups*",
)
