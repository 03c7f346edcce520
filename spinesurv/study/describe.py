"""Aggregates that a report shows before any measure: survival by site, who could be scored, calibration."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Prediction
from spinesurv.core.tables import STACKED
from spinesurv.evaluation.leaves import JudgedSite, usable
from spinesurv.stats.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from spinesurv.study.systems import System

SMALLEST_CELL = 5
GRID_STEP_DAYS = 5
MOST_REASONS = 4


def survival_by_site(cohort: Cohort, last_day: float) -> pd.DataFrame:
    """Kaplan-Meier survival of each site and of all, on a grid of days.

    Columns site, time_days, survival, low, high (log-log interval), n_risk. A curve ends where fewer than 5
    patients are followed, so that no step is one person.
    """
    outcome = cohort.known_outcome
    grid = np.arange(0.0, last_day + GRID_STEP_DAYS, GRID_STEP_DAYS)
    parts = []
    for name in [*cohort.sites, "all"]:
        rows = np.ones(len(cohort), dtype=bool) if name == "all" else cohort.site == name
        judged = outcome.take(rows)
        curve = kaplan_meier(judged.time_days, judged.event, start=judged.entry_days)
        low, high = curve.interval(grid, kind="log-log")
        table = pd.DataFrame(
            {
                "site": name,
                "time_days": grid,
                "survival": curve.at(grid),
                "low": low,
                "high": high,
                "n_risk": curve.at_risk(grid).astype(int),
            }
        )
        parts.append(table[table["n_risk"] >= SMALLEST_CELL])
    return pd.concat(parts, ignore_index=True)


def follow_up_by_site(cohort: Cohort) -> dict[str, float]:
    """Site -> median follow-up in days by reverse Kaplan-Meier; nan where not reached."""
    outcome = cohort.known_outcome
    out = {}
    for name in cohort.sites:
        judged = outcome.take(cohort.site == name)
        curve = reverse_kaplan_meier(judged.time_days, judged.event)
        out[name] = float(curve.quantiles([0.5])[0][0])
    return out


def scored_by_site(
    cohort: Cohort, predictions: Mapping[str, Prediction], systems: Mapping[str, System]
) -> pd.DataFrame:
    """Whom each system could rank: model, label, site, n, predicted, share, reason (what was missing, with counts)."""
    rows = []
    for key, prediction in predictions.items():
        can = usable(prediction, None)
        for name in [*cohort.sites, "all"]:
            at = np.ones(len(cohort), dtype=bool) if name == "all" else cohort.site == name
            rows.append(
                {
                    "model": key,
                    "label": systems[key].label,
                    "site": name,
                    "n": int(at.sum()),
                    "predicted": int((can & at).sum()),
                    "share": (can & at).sum() / at.sum(),
                    "reason": _commonest(np.asarray(prediction.reason)[at & ~can]),
                }
            )
    return pd.DataFrame(rows)


def _commonest(reasons: Iterable[str]) -> str:
    """The commonest reasons with the number of patients; several missing inputs of one patient count each."""
    count: Counter[str] = Counter()
    for reason in reasons:
        gap = re.fullmatch(r"(missing[^:]*): (.*)", reason)
        count.update([f"{gap[1]}: {name}" for name in gap[2].split(", ")] if gap else [reason])
    shown = sorted(count.items(), key=lambda kv: (-kv[1], kv[0]))[:MOST_REASONS]
    text = "; ".join(f"{reason} ({n if n >= SMALLEST_CELL else '<5'})" for reason, n in shown)
    rest = len(count) - len(shown)
    return f"{text}; {rest} more" if rest > 0 else text


def calibration_curves(
    cohort: Cohort, predictions: Mapping[str, Prediction], horizons_days: Sequence[int]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Smooth calibration of every system at every horizon, all sites stacked.

    Returns the curves (model, site, horizon_days, risk, observed, low, high), the counts of predictions per bin
    of risk (suppressed below 5), and the gaps (model, site, horizon_days, reason).
    """
    from spinesurv.metrics import CURVES

    judged = JudgedSite.by_site(cohort.known_outcome, dict(predictions), cohort.site)[-1]
    curves, counts, gaps = [], [], []
    for key, prediction in predictions.items():
        for day in horizons_days:
            where: dict[str, Any] = {"model": key, "site": STACKED, "horizon_days": day}
            curve = CURVES["calibration"].function(
                judged.outcome, prediction, horizon_days=day, censoring=judged.censoring
            )
            if curve.status == "gap":
                gaps.append({**where, "reason": curve.reason})
                continue
            table = curve.table.assign(**where)
            curves.append(table[table["part"] == "curve"])
            counts.append(table[table["part"] == "counts"])

    def joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
        return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)

    key_columns = ["model", "site", "horizon_days"]
    return (
        joined(curves, [*key_columns, "risk", "observed", "low", "high"]),
        joined(counts, [*key_columns, "risk_low", "risk_high", "n"]),
        pd.DataFrame(gaps, columns=[*key_columns, "reason"]),
    )
