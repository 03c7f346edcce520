"""Did patients live as long as their group promises? One table, with the rule under which each share was counted."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf, nan
from typing import Any

import pandas as pd

from spinesurv.study.headline import headline_rows, singles
from spinesurv.study.systems import System

WEIGHTED, COMPLETE_STATUS = "acc_category_interval", "acc_category_interval_complete"
COLUMNS = [
    "model", "label", "rule", "basis", "value", "low", "high", "n", "unclassifiable", "complete_value", "complete_low",
    "complete_high", "complete_n", "undecided", "reason",
]  # fmt: skip


def accuracy_table(
    performance: pd.DataFrame, systems: Mapping[str, System], *, patients: int
) -> pd.DataFrame:
    """Category accuracy of every point score, one row each.

    Parameters
    ----------
    performance : tables/performance.csv
    systems : key -> System
    patients : of the cohort; those without a group count as unclassifiable

    Returns
    -------
    DataFrame
        model, label; rule: survival in months that each group is read to promise; basis: published, convention or
        both; value, low, high, n: share weighted for censoring; unclassifiable: patients without a group;
        complete_*: share by complete status; undecided: patients whom that one leaves out; reason of a gap. Empty
        where the study has neither measure. Survival as published goes with the same groups, so it has no row.
    """
    rows = singles(headline_rows(performance))
    rows = rows[rows["metric"].isin([WEIGHTED, COMPLETE_STATUS])]
    scores = [s for s in systems.values() if s.kind == "score"] if len(rows) else []
    return pd.DataFrame([_row(s, rows[rows["model"] == s.key], patients) for s in scores], columns=COLUMNS)


def _row(system: System, rows: pd.DataFrame, patients: int) -> dict[str, Any]:
    groups = system.score.groups
    weighted, complete = (_found(rows, metric) for metric in (WEIGHTED, COMPLETE_STATUS))
    promised = all(g.interval_months is not None for g in groups)
    n, decided = weighted["n"], complete["n"]
    return {
        "model": system.key,
        "label": system.label,
        "rule": "; ".join(f"{g.label}: {span_months(*g.interval_months)}" for g in groups)
        if promised
        else "",
        "basis": " and ".join(sorted({g.interval_basis for g in groups}, reverse=True)) if promised else "",
        **{name: weighted[name] for name in ("value", "low", "high")},
        "n": n,
        "unclassifiable": patients - n if promised else nan,
        **{f"complete_{name}": complete[name] for name in ("value", "low", "high", "n")},
        "undecided": n - decided,
        "reason": _reason(groups, weighted["reason"]) if weighted["value"] != weighted["value"] else "",
    }


def _found(rows: pd.DataFrame, metric: str) -> dict[str, Any]:
    found = rows[rows["metric"] == metric]
    if found.empty:
        return {
            **dict.fromkeys(("value", "low", "high", "n"), nan),
            "reason": "not among the measures of this study",
        }
    return {str(k): v for k, v in found.iloc[0].items()}


def _reason(groups: Any, found: str) -> str:
    """Why there is no accuracy: the definition's own gap before what happened to the patients."""
    silent = [g.label for g in groups if g.interval_months is None]
    if len(silent) == len(groups):
        return "no survival interval is published for its groups"
    if silent:
        return f"no survival interval is published for: {'; '.join(silent)}"
    return found


def span_months(low: float, high: float) -> str:
    """An interval of months in words."""
    if isinf(high):
        return f"{low:g} months or more"
    return f"under {high:g} months" if low == 0 else f"{low:g} to under {high:g} months"
