"""Curves of every system on all sites stacked: calibration, decision, AUC over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from spinesurv.core import Cohort, Curve, Prediction
from spinesurv.core.tables import STACKED
from spinesurv.evaluation.leaves import JudgedSite, restricted

#: risks at which decision curves are taken, and days at which the AUC is
THRESHOLDS = tuple(k / 50 for k in range(1, 50))
AUC_DAYS = (30, 42, 60, 90, 120, 150, 180, 240, 300, 365, 455, 545, 640, 730)

_PLACE = ["model", "site", "horizon_days"]
GAPS = ["curve", *_PLACE, "reason"]


def all_sites(cohort: Cohort, predictions: Mapping[str, Prediction]) -> JudgedSite:
    """All patients together, each site with its own curve of censoring."""
    return JudgedSite.by_site(cohort.known_outcome, dict(predictions), cohort.site)[-1]


def calibration_curves(
    judged: JudgedSite, horizons_days: Sequence[int]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Smooth calibration of every system at every horizon.

    Returns the curves (model, site, horizon_days, risk, observed, low, high), the counts of predictions per bin of
    risk (suppressed below 5), and the gaps (curve, model, site, horizon_days, reason).
    """
    table, gaps = _at_horizons("calibration", judged, horizons_days)
    part = table["part"] if len(table) else pd.Series(dtype=object)
    curves = table.loc[part == "curve"] if len(table) else table
    counts = table.loc[part == "counts"] if len(table) else table
    return (
        _columns(curves, ["risk", "observed", "low", "high"]),
        _columns(counts, ["risk_low", "risk_high", "n"]),
        gaps,
    )


def decision_curves(
    judged: JudgedSite, horizons_days: Sequence[int], thresholds: Sequence[float] = THRESHOLDS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Net benefit of every system over thresholds: model, site, horizon_days, threshold, net_benefit, low, high,
    treat_all, n_positive; and the gaps."""
    table, gaps = _at_horizons("decision", judged, horizons_days, thresholds=thresholds)
    return _columns(table, ["threshold", "net_benefit", "low", "high", "treat_all", "n_positive"]), gaps


def auc_curves(
    judged: JudgedSite, models: Iterable[str], *, last_day: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """AUC of these systems over days up to the last: model, site, horizon_days, auc, low, high, n; and the gaps."""
    parts, gaps = [], []
    for model in models:
        for day in [d for d in AUC_DAYS if d <= last_day]:
            curve = _curve("auc_over_time", judged, model, day, days=[float(day)])
            if curve.status == "gap":
                gaps.append(["auc_over_time", model, STACKED, day, curve.reason])
            else:
                parts.append(curve.table.assign(model=model, site=STACKED))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return _columns(table, ["auc", "low", "high", "n"]), pd.DataFrame(gaps, columns=GAPS)


def _curve(kind: str, judged: JudgedSite, model: str, day: float, **options: Any) -> Curve:
    """One curve at one day, without the patients of sites that are not followed so far."""
    from spinesurv.metrics import CURVES

    prediction = judged.predictions[model]
    absent = judged.ending_before(day)
    if absent:
        prediction = restricted(prediction, ~pd.Series(judged.strata).isin(absent).to_numpy())
    return CURVES[kind].function(
        judged.outcome, prediction, horizon_days=day, censoring=judged.censoring, **options
    )


def _at_horizons(
    kind: str, judged: JudgedSite, horizons_days: Sequence[int], **options: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts, gaps = [], []
    for model in judged.predictions:
        for day in horizons_days:
            curve = _curve(kind, judged, model, day, **options)
            if curve.status == "gap":
                gaps.append([kind, model, STACKED, day, curve.reason])
            else:
                parts.append(curve.table.assign(model=model, site=STACKED, horizon_days=day))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return table, pd.DataFrame(gaps, columns=GAPS)


def _columns(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return table.reindex(columns=[*_PLACE, *names]).reset_index(drop=True)
