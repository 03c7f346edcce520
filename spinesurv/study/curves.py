"""Curves of every system on all sites stacked: calibration, decision, AUC over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from spinesurv.core import Cohort, Curve, Prediction
from spinesurv.core.tables import STACKED
from spinesurv.evaluation.leaves import JudgedSite, restricted
from spinesurv.metrics import CURVES, CurveRecord
from spinesurv.stats.rubin import pool_rubin

#: risks at which decision curves are taken, and days at which the AUC is
THRESHOLDS = tuple(k / 50 for k in range(1, 50))
AUC_DAYS = (30, 42, 60, 90, 120, 150, 180, 240, 300, 365, 455, 545, 640, 730)

#: scale of a band -> to it, and back; where an end was cut off at 0 or 1 the other one tells its width
_SCALES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "identity": (np.asarray, np.asarray),
    "logit": (logit, expit),
    "log_alive": (lambda dead: np.log1p(-dead), lambda alive: -np.expm1(alive)),
}
#: name in a study file -> the smooth curve of calibration
CALIBRATION_CURVES = {"cox": "calibration", "pseudo": "calibration_pseudo"}

_PLACE = ["model", "site", "horizon_days"]
GAPS = ["curve", *_PLACE, "reason"]


@dataclass(frozen=True, eq=False)
class AllSites:
    """All patients of a study together, each site with its own curve of censoring.

    Parameters
    ----------
    averaged : each patient's mean prediction over the imputed tables; it says where curves are taken, and who is counted
    tables : the predictions of each imputed table; the averaged ones alone where there is one table
    """

    averaged: JudgedSite
    tables: list[JudgedSite]


def all_sites(
    cohort: Cohort, predictions: Mapping[str, Prediction], tables: Sequence[Mapping[str, Prediction]]
) -> AllSites:
    """The patients with their mean predictions, and with those of each imputed table."""

    def judged(of: Mapping[str, Prediction]) -> JudgedSite:
        return JudgedSite.by_site(cohort.known_outcome, dict(of), cohort.site)[-1]

    averaged = judged(predictions)
    return AllSites(averaged, [averaged] if len(tables) == 1 else [judged(t) for t in tables])


def calibration_curves(
    judged: AllSites, horizons_days: Sequence[int], curve: str = "cox"
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Smooth calibration of every system at every horizon, by one of `CALIBRATION_CURVES`.

    Returns the curves (model, site, horizon_days, risk, observed, low, high), the counts of predictions per bin of
    risk (suppressed below 5), and the gaps (curve, model, site, horizon_days, reason).
    """
    table, gaps = _at_horizons(CALIBRATION_CURVES[curve], judged, horizons_days)
    part = table["part"] if len(table) else pd.Series(dtype=object)
    curves = table.loc[part == "curve"] if len(table) else table
    counts = table.loc[part == "counts"] if len(table) else table
    return (
        _columns(curves, ["risk", "observed", "low", "high"]),
        _columns(counts, ["risk_low", "risk_high", "n"]),
        gaps,
    )


def calibration_points(judged: AllSites, horizons_days: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Observed and predicted risk of tenths of the patients, of every system at every horizon: model, site,
    horizon_days, risk, observed, low, high, n, note (groups left out, and the test over all); and the gaps.

    Of several imputed tables the mean predictions are grouped, so that everybody is in one group; intervals and test do
    not know that gaps were filled.
    """
    averaged = AllSites(judged.averaged, [judged.averaged])
    table, gaps = _at_horizons("calibration_groups", averaged, horizons_days)
    return _columns(table, ["risk", "observed", "low", "high", "n", "note"]), gaps


def decision_curves(
    judged: AllSites, horizons_days: Sequence[int], thresholds: Sequence[float] = THRESHOLDS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Net benefit of every system over thresholds: model, site, horizon_days, threshold, net_benefit, low, high,
    treat_all, n_positive; and the gaps."""
    table, gaps = _at_horizons("decision", judged, horizons_days, thresholds=thresholds)
    return _columns(table, ["threshold", "net_benefit", "low", "high", "treat_all", "n_positive"]), gaps


def auc_curves(
    judged: AllSites, models: Iterable[str], *, last_day: float
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


def _curve(kind: str, judged: AllSites, model: str, day: float, **options: Any) -> Curve:
    """One curve at one day: of the one table, or by Rubin's rules out of those of several at the same places."""
    found = _single(kind, judged.averaged, model, day, **options)
    if found.status == "gap" or len(judged.tables) == 1:
        return found
    of_curve = found.table["part"] == "curve" if "part" in found.table else pd.Series(True, found.table.index)
    if kind in CALIBRATION_CURVES.values():
        options = {**options, "grid": found.table.loc[of_curve, "risk"].to_numpy(dtype=float)}
    curves = [_single(kind, table, model, day, **options) for table in judged.tables]
    gap = next((c for c in curves if c.status == "gap"), None)
    if gap is not None:
        return gap
    pooled = pool_curves([c.table[: of_curve.sum()] for c in curves], CURVES[kind])
    return replace(found, table=pd.concat([pooled, found.table[~of_curve]], ignore_index=True))


def pool_curves(tables: Sequence[pd.DataFrame], record: CurveRecord) -> pd.DataFrame:
    """One curve out of those of several imputed tables, point by point.

    Values are pooled by Rubin's rules on the scale where their bands are symmetric; whatever else stands in the tables is
    taken from the first. A point is missing where one table has none.
    """
    half = norm.ppf(0.975)
    there, back = _SCALES[record.scale]
    value, low, high = (np.array([t[c] for t in tables], dtype=float) for c in (record.value, "low", "high"))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = there(value)
        error = (
            (high - low) / (2.0 * half) if record.scale == "identity" else np.abs(there(high) - centre) / half
        )
    out = np.full((3, value.shape[1]), np.nan)
    for k in np.flatnonzero(np.isfinite(centre + error + low).all(axis=0)):
        found = pool_rubin(centre[:, k], error[:, k] ** 2)
        out[:, k] = back(np.array([found.value, *found.interval()]))
    out[1:] = np.sort(out[1:], axis=0)
    kept = tables[0].reset_index(drop=True)
    return kept.assign(**{record.value: out[0], "low": out[1], "high": out[2]})


def _single(kind: str, judged: JudgedSite, model: str, day: float, **options: Any) -> Curve:
    """One curve of one table at one day, without the patients of sites that are not followed so far."""
    prediction = judged.predictions[model]
    absent = judged.ending_before(day)
    if absent:
        prediction = restricted(prediction, ~pd.Series(judged.strata).isin(absent).to_numpy())
    return CURVES[kind].function(
        judged.outcome, prediction, horizon_days=day, censoring=judged.censoring, **options
    )


def _at_horizons(
    kind: str, judged: AllSites, horizons_days: Sequence[int], **options: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts, gaps = [], []
    for model in judged.averaged.predictions:
        for day in horizons_days:
            curve = _curve(kind, judged, model, day, **options)
            if curve.status == "gap":
                gaps.append([kind, model, STACKED, day, curve.reason])
            else:
                note = curve.reason or ""
                parts.append(curve.table.assign(model=model, site=STACKED, horizon_days=day, note=note))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return table, pd.DataFrame(gaps, columns=GAPS)


def _columns(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return table.reindex(columns=[*_PLACE, *names]).reset_index(drop=True)
