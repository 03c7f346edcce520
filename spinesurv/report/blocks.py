"""Smaller tables of the page, arranged as they are read: verdicts, populations, accuracy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.end_point import Words
from spinesurv.core.interaction import predictor_label
from spinesurv.core.tables import COMPLETE
from spinesurv.features.encode import REST
from spinesurv.figures.small_cells import count_or_dash, shown_count
from spinesurv.figures.wording import population_words

#: verdict -> sign beside its words, and what it means
SIGNS = {
    "yes": ("●", "yes"),
    "partly": ("◐", "partly"),
    "no": ("○", "no"),
    "unclear": ("?", "unclear"),
    "gap": ("–", "no estimate"),
}

#: method of an imputation equation, in words
IMPUTED_BY = {
    "pmm": "predictive mean matching",
    "draw": "normal draw",
    "logistic": "logistic draw, level by level",
}

QUESTIONS = {"ranks": "ranks patients", "risks": "risks come true", "acting": "worth acting on"}


#: the same above a column of signs
SHORT = {"ranks": "ranks", "risks": "risks", "acting": "acting"}


def verdict_block(verdicts: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, Any]:
    """Systems with their three lines of answers, horizons in columns; `silent`: systems without any answer."""
    days = sorted(verdicts["horizon_days"].unique())
    systems, silent = [], []
    for model, mine in verdicts.groupby("model", sort=False):
        label = labels.get(str(model), str(model))
        if not (mine.loc[mine["question"] == "risks", "verdict"] != "gap").any():
            silent.append(label)
            continue
        lines = []
        for question, part in mine.groupby("question", sort=False):
            at = part.set_index("horizon_days")
            cells = [(SIGNS[at.loc[d, "verdict"]], at.loc[d, "verdict"], at.loc[d, "words"]) for d in days]
            lines.append({"question": QUESTIONS.get(str(question), str(question)), "cells": cells})
        systems.append({"label": label, "lines": lines})
    return {
        "days": days,
        "systems": systems,
        "silent": silent,
        "signs": list(SIGNS.values()),
        "questions": list(SHORT.values()),
    }


def diagnostics_block(diagnostics: pd.DataFrame) -> list[dict[str, Any]]:
    """Per model the lines of all predictors together, and those of single predictors that are notable or gaps."""
    out = []
    for label, mine in diagnostics.groupby("label", sort=False):
        shown = mine[(mine["predictor"] == "all") | mine["notable"].astype(bool) | (mine["status"] == "gap")]
        lines = [
            {
                "check": row["check"],
                "predictor": row["predictor"],
                "value": "–" if row["status"] == "gap" else _rounded(row["value"]),
                "p": "" if pd.isna(row["p"]) else _chance(row["p"]),
                "notable": bool(row["notable"]),
                "words": row["reason"] if row["status"] == "gap" else row["remark"],
            }
            for row in shown.to_dict("records")
        ]
        out.append({"label": label, "lines": lines, "silent": len(mine) - len(shown)})
    return out


def coefficients_block(
    coefficients: pd.DataFrame | None, model_files: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Per Cox model its hazard ratios, populations beside each other, and how far its nomogram was pooled."""
    out = []
    for label, mine in coefficients.groupby("label", sort=False) if coefficients is not None else ():
        populations: list[dict[str, Any]] = []
        for name, part in mine.groupby("population", sort=False):
            first = part.iloc[0]
            populations.append(
                {
                    "name": str(name),
                    "over": first["reason"]
                    or f"n = {shown_count(first['n'])}, {shown_count(first['events'])} deaths"
                    + (f", {first['tables']:.0f} completed tables" if first["tables"] > 1 else ""),
                    "rows": {(r["variable"], r["term"]): r for r in part.to_dict("records")},
                }
            )
        places = {p: r["reference"] for p, r in populations[0]["rows"].items() if isinstance(p[0], str)}
        lines = [
            {
                "predictor": predictor_label(variable),
                "term": "" if term == "linear" else _level(variable, term) if reference else term,
                "cells": [_ratio(p["rows"].get((variable, term))) for p in populations],
            }
            for (variable, term), reference in places.items()
        ]
        compared = [f"{predictor_label(v)}: {_level(v, r)}" for (v, _), r in places.items() if r]
        pooled = _pooled(model_files, str(label))
        out.append(
            {
                "label": label,
                "populations": populations,
                "lines": lines,
                "reference": list(dict.fromkeys(compared)),
                "pooled": pooled,
            }
        )
    return out


def _level(variable: str, level: str) -> str:
    return "All other levels" if level == REST else codebook().level_label(variable, level)


def _pooled(model_files: pd.DataFrame | None, label: str) -> str:
    """On how many completed tables a nomogram and a model file stand, and what pooling changed; empty where on one."""
    mine = model_files[model_files["label"] == label] if model_files is not None else pd.DataFrame()
    if not len(mine) or pd.isna(mine["mean_difference"].iloc[0]):
        return ""
    row = mine.iloc[0]
    return (
        f"Nomogram and model file stand on all {row['tables']} completed tables: coefficients and errors by Rubin's rules, the "
        "baseline hazard as the mean over the tables at one centre. Their survival differs from the mean of the models of the "
        f"tables, which the study judges, by {row['mean_difference']:.4f} on average and {row['largest_difference']:.4f} at "
        "most (at any horizon, over all patients)."
    )


def _ratio(row: Mapping[Hashable, Any] | None) -> tuple[str, str, str]:
    """Hazard ratio, its interval, and the percent of information that is missing."""
    if row is None or pd.isna(row["hazard_ratio"]):
        return "–", "", ""
    missing = "" if pd.isna(row["fraction_missing"]) else f"{100 * row['fraction_missing']:.0f}"
    ratio, low, high = (_figures(row[name]) for name in ("hazard_ratio", "low", "high"))
    return ratio, f"{low} to {high}", missing


def _figures(ratio: float) -> str:
    """Two decimals, below 1 three figures, none from 100: a ratio and its limits are read beside each other."""
    if ratio >= 100:
        return f"{ratio:.0f}"
    return f"{ratio:.2f}" if ratio >= 0.995 else f"{ratio:#.3g}"


def _rounded(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _chance(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def population_block(performance: pd.DataFrame, headline: str, words: Words) -> list[dict[str, str]]:
    """Which population stands under which part of the report, the first one first."""
    found = [headline, *(p for p in dict.fromkeys(performance["population"]) if p != headline)]
    by_site = words.by_site[:1].lower() + words.by_site[1:]
    described = f"attrition, cohort by site, {by_site}, who could be scored"
    out = []
    for name in found if len(performance) else []:
        shown = "verdicts, performance, every figure of a measure" if name == headline else "as recorded"
        if name == COMPLETE:
            shown = f"{described}; {shown}"
        name_, _, who = population_words(str(name)).partition(": ")
        out.append({"name": name_, "words": who, "shown": shown})
    if len(found) and COMPLETE not in found and out:
        out.append({"name": "as recorded", "words": "patients with their gaps", "shown": described})
    return out


def accuracy_block(accuracy: pd.DataFrame) -> list[dict[str, Any]]:
    """Lines of the accuracy table as text."""
    return [
        {
            "label": row["label"],
            "rule": row["rule"] or "–",
            "basis": row["basis"],
            "weighted": _share(row["value"], row["low"], row["high"]),
            "n": count_or_dash(row["n"]),
            "complete": _share(row["complete_value"], row["complete_low"], row["complete_high"]),
            "complete_n": count_or_dash(row["complete_n"]),
            "undecided": count_or_dash(row["undecided"]),
            "unclassifiable": count_or_dash(row["unclassifiable"]),
            "reason": row["reason"],
        }
        for row in accuracy.fillna({"rule": "", "basis": "", "reason": ""}).to_dict("records")
    ]


def imputation_block(imputation: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Lines of the table of imputed variables as text; none where nothing was imputed."""
    rows = [] if imputation is None else imputation[imputation["share_missing"] != 0].to_dict("records")
    return [
        {
            "label": codebook()[row["variable"]].label,
            "missing": shown_count(row["missing"]),
            "share": "–" if pd.isna(row["share_missing"]) else f"{100 * row['share_missing']:.0f} %",
            "method": IMPUTED_BY.get(row["method"], row["method"]),
            "scale": row["scale"],
            "never": row["never_recorded_at"] or "–",
        }
        for row in rows
    ]


def _share(value: float, low: float, high: float) -> tuple[str, str]:
    """Percent and its interval."""
    if pd.isna(value):
        return "—", ""
    return f"{100 * value:.0f} %", "" if pd.isna(low) else f"{100 * low:.0f} to {100 * high:.0f}"
