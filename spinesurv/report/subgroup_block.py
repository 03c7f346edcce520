"""Subgroups arranged as they are read: a table per system, at one day."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from spinesurv.figures.small_cells import count_or_dash
from spinesurv.figures.wording import estimate_words, metric_wording


def subgroup_block(
    table: pd.DataFrame | None, labels: Mapping[str, str], shown: Sequence[str], day: int
) -> dict[str, Any]:
    """What the section tells; empty where no subgroup was declared.

    Parameters
    ----------
    table : tables/subgroups.csv
    labels : model -> short name
    shown : models that get a table
    day : horizon that the tables show
    """
    if table is None or table.empty:
        return {}
    inside = table[table["declared"] != ""]
    judged = inside[inside["model"].notna()]
    metrics = list(dict.fromkeys(judged["metric"]))
    at = table[table["horizon_days"].isna() | (table["horizon_days"] == day)]
    told = at[at["model"].isin(shown)]
    rest = inside[inside["model"].isna()]
    return {
        "day": day,
        "declared": _labels(inside, "yes"),
        "exploratory": _labels(inside, "no"),
        "estimates": int((judged["status"] != "gap").sum()),
        "gaps": int((judged["status"] == "gap").sum()),
        "measures": [metric_wording(name).label for name in metrics],
        "systems": [
            {"label": labels.get(model, model), "blocks": _blocks(at[at["model"] == model], metrics)}
            for model in shown
        ],
        "provisional": bool((told["status"] == "provisional").any()),
        "rest": [
            f"{label}: {count_or_dash(n)} patients whose value is not recorded or in no group form no subgroup"
            for label, n in zip(rest["label"], rest["patients"], strict=True)
        ],
        "reasons": sorted({str(r) for r in told.loc[told["status"] == "gap", "reason"]}),
    }


def _labels(inside: pd.DataFrame, declared: str) -> list[str]:
    return list(dict.fromkeys(inside.loc[inside["declared"] == declared, "label"]))


def _blocks(mine: pd.DataFrame, metrics: Sequence[str]) -> list[dict[str, Any]]:
    out = []
    for label, part in mine.groupby("label", sort=False):
        rows = []
        for subgroup, of_group in part.groupby("subgroup", sort=False):
            by_metric: dict[Hashable, Any] = {row["metric"]: row for row in of_group.to_dict("records")}
            first = of_group.iloc[0]
            rows.append(
                {
                    "name": str(subgroup)[:1].upper() + str(subgroup)[1:],
                    "patients": count_or_dash(first["patients"]),
                    "deaths": count_or_dash(first["deaths"]),
                    "cells": [_cell(by_metric[name]) for name in metrics],
                }
            )
        exploratory = part["declared"].iloc[0] == "no"
        everybody = part["declared"].iloc[0] == ""
        out.append(
            {"label": "" if everybody else f"{label} (exploratory)" if exploratory else label, "rows": rows}
        )
    return out


def _cell(row: Mapping[Hashable, Any]) -> str:
    return "–" if row["status"] == "gap" else estimate_words(row)
