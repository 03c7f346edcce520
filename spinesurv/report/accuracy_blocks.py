"""Rules of accuracy and medians of groups, arranged as they are read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spinesurv.figures.small_cells import shown_count
from spinesurv.figures.wording import horizon_words, metric_wording

#: a verdict on a study: the AUC is above 0.70
AUC_RULE = "acc_auc_gt_070"


def rules_block(table: pd.DataFrame) -> dict[str, Any]:
    """Systems in rows, rules in columns; a sentence tells at which days whose AUC meets its rule.

    `names`: heading and key of each rule. Systems of which only the AUC is known have no line. The last column of a line
    counts the patients without a group or prediction, under the rule that leaves out most.
    """
    by_auc = table["rule"] == AUC_RULE
    single = table[~by_auc]
    columns = list(single[["rule", "horizon_days"]].drop_duplicates().itertuples(index=False, name=None))
    heads = [
        metric_wording(rule).label + ("" if pd.isna(day) else f", {horizon_words(day)}")
        for rule, day in columns
    ]
    rows = []
    for label, mine in single.groupby("label", sort=False):
        place = mine.set_index(["rule", "horizon_days"])
        left = mine["unclassifiable"].max()
        cells = [
            *(_cell(place, rule, day) for rule, day in columns),
            ("–" if pd.isna(left) else shown_count(left), ""),
        ]
        rows.append({"label": label, "cells": cells})
    names = {metric_wording(rule).label: rule for rule, _ in columns}
    heads += ["Not classified"] if rows else []
    return {"columns": heads, "rows": rows, "names": names, "auc": auc_words(table[by_auc])}


def auc_words(table: pd.DataFrame) -> str:
    """Whose AUC is above 0.70, and at which days; empty where no AUC was asked for."""
    if table.empty:
        return ""
    asked = ", ".join(f"{day:g}" for day in sorted(table["horizon_days"].unique()))
    met = table[table["words"] == "yes"].groupby("label", sort=False)["horizon_days"]
    told = [f"{label} (days {', '.join(f'{d:g}' for d in sorted(days))})" for label, days in met]
    return f"AUC above 0.70 ({AUC_RULE}) at days {asked}: {', '.join(told) or 'no system on any of them'}"


def _cell(place: pd.DataFrame, rule: str, day: float) -> tuple[str, str]:
    """A value, and its interval or the majority class."""
    at = place.index.get_level_values(1)
    found = place[(place.index.get_level_values(0) == rule) & (at.isna() if pd.isna(day) else at == day)]
    if found.empty:
        return "—", ""
    row = found.iloc[0]
    kappa = rule.startswith("kappa")
    value = f"{row['value']:.2f}".replace("-", "−") if kappa else f"{100 * row['value']:.0f} %"
    if pd.isna(row["low"]):
        return value, ""
    ends = (f"{row[k]:.2f}".replace("-", "−") if kappa else f"{100 * row[k]:.0f}" for k in ("low", "high"))
    span = " to ".join(ends)
    if pd.notna(row["complete_value"]):
        known = f"{row['complete_value']:.2f}" if kappa else f"{100 * row['complete_value']:.0f} %"
        span += f"; complete status {known.replace('-', '−')}"
    return value, f"{span}; majority class {row['words']}" if row["words"] else span


def medians_block(table: pd.DataFrame) -> list[dict[str, str]]:
    """Lines of the medians as text; a score is named in its first line."""
    first = ~table["model"].duplicated()
    return [
        {
            "label": row["label"] if begins else "",
            "group": row["group"],
            "n": shown_count(row["n"]),
            "median": _months(row["median"]),
            "interval": f"{_months(row['low'])} to {_months(row['high'])}",
            "published": "–" if pd.isna(row["published_median"]) else f"{row['published_median']:g}",
            "promised": _promised(row["promised_low"], row["promised_high"]),
            "verdict": row["verdict"],
        }
        for row, begins in zip(table.to_dict("records"), first, strict=True)
    ]


def _months(value: float) -> str:
    return "not reached" if pd.isna(value) else f"{value:.1f}"


def _promised(low: float, high: float) -> str:
    if pd.isna(low):
        return "–"
    return f"{low:g} or more" if high == float("inf") else f"{low:g} to {high:g}"
