"""The other rules behind "correct in x %": shares above and below the interval, one boundary, worst group, kappa, AUC, medians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Prediction
from spinesurv.core.end_point import DEATH, words_of
from spinesurv.report.accuracy_blocks import AUC_RULE
from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.study.headline import headline_rows, singles
from spinesurv.study.systems import System
from spinesurv.study.verdicts import RANKS_WELL
from spinesurv.units import DAYS_PER_MONTH

#: measures that are rules of accuracy, in the order of the table; one more rule reads the AUC
RULES = (
    "acc_underestimated", "acc_overestimated", "acc_category_threshold", "acc_worst_group", "kappa_linear", "kappa_quadratic",
    "acc_probability_050",
)  # fmt: skip
OF_COMPLETE = ["value", "low", "high", "n"]
COLUMNS = [
    "model", "label", "rule", "horizon_days", "value", "low", "high", "n", "words", "unclassifiable",
    *(f"complete_{name}" for name in OF_COMPLETE), "undecided",
]  # fmt: skip
MEDIANS = [
    "model", "label", "group", "n", "median", "low", "high", "published_median", "promised_low", "promised_high", "verdict",
]  # fmt: skip
LEAST = 5  # patients of a group that is shown


def rules_table(performance: pd.DataFrame, systems: Mapping[str, System], cohort: Cohort) -> pd.DataFrame:
    """Every rule of accuracy among the measures of the study, one row per system, rule and day.

    Parameters
    ----------
    performance : tables/performance.csv
    systems : key -> System; a score as published has the groups of the score, so it has no rows
    cohort : the patients judged, for the share of the majority class

    Returns
    -------
    DataFrame
        model, label, rule (key of the measure, or `acc_auc_gt_070`), horizon_days, value, low, high, n, and words:
        for `acc_auc_gt_070` yes or no (the estimate alone is above 0.70, as the published rule asks), for
        `acc_probability_050` the majority class; unclassifiable: patients without a group or prediction (missing
        for `acc_worst_group`, whose n is one group); complete_*: the
        same rule on patients of complete status (missing where the study does not take that measure); undecided:
        patients whom that one leaves out. Only rows with a value.
    """
    rows = singles(headline_rows(performance))
    rows = rows[(rows["status"] != "gap") & rows["model"].map(lambda m: systems[m].kind != "published")]
    out = []
    for rule in RULES:
        for row in rows[rows["metric"] == rule].to_dict("records"):
            words = _majority(cohort, row["horizon_days"]) if rule == "acc_probability_050" else ""
            complete = _complete(rows, row)
            # only the worst group is looked at by its rule
            without = np.nan if rule == "acc_worst_group" else len(cohort) - row["n"]
            counts = [without, *complete, row["n"] - complete[-1]]
            out.append([*_place(row, systems), rule, *(row[k] for k in COLUMNS[3:8]), words, *counts])
    for row in rows[rows["metric"] == "auc"].to_dict("records"):
        words = "yes" if row["value"] > RANKS_WELL else "no"
        silent = [np.nan] * (len(COLUMNS) - 9)
        out.append([*_place(row, systems), AUC_RULE, *(row[k] for k in COLUMNS[3:8]), words, *silent])
    return pd.DataFrame(out, columns=COLUMNS)


def _complete(rows: pd.DataFrame, row: Mapping[Any, Any]) -> list[float]:
    """Value, interval and patients of the same rule on complete status; missing where there is none."""
    day = row["horizon_days"]
    at = rows["horizon_days"].isna() if pd.isna(day) else rows["horizon_days"] == day
    found = rows[(rows["metric"] == f"{row['metric']}_complete") & (rows["model"] == row["model"]) & at]
    return [np.nan] * len(OF_COMPLETE) if found.empty else [float(v) for v in found.iloc[0][OF_COMPLETE]]


def _place(row: Mapping[Any, Any], systems: Mapping[str, System]) -> tuple[str, str]:
    return row["model"], systems[row["model"]].label


def _majority(cohort: Cohort, day: float) -> str:
    outcome = cohort.known_outcome.at_day(day)
    if outcome.competing is not None:
        start = outcome.entry_days
        shared = AalenJohansen(outcome.time_days, outcome.of_interest, outcome.competing, start=start)
        dead = float(shared.at(day))
    else:
        curve = kaplan_meier(outcome.time_days, outcome.event, start=outcome.entry_days)
        dead = 1.0 - float(curve.at([day])[0])
    words = words_of(outcome.end_point or DEATH)
    return f"{100 * max(dead, 1.0 - dead):.0f} % {words.had if dead > 0.5 else words.without}"


def medians_table(
    cohort: Cohort, predictions: Mapping[str, Prediction], systems: Mapping[str, System]
) -> pd.DataFrame:
    """Median survival of each group beside what its authors published or the group is read to promise.

    Compares medians only: groups can be right on average and wrong for most patients.

    Parameters
    ----------
    cohort : n patients
    predictions : system -> Prediction of these patients, with their groups
    systems : key -> System

    Returns
    -------
    DataFrame
        model, label, group, n; median, low, high: Kaplan-Meier median in months with its 95 % interval (log-log), missing
        where it is not reached; published_median, promised_low, promised_high in months; verdict: within, longer or
        shorter than the interval, or than the published median where its interval leaves that out. Groups of fewer
        than 5 patients, and groups that promise nothing, are left out.
    """
    from spinesurv.metrics.median_of_group import median_of_group

    out = []
    for key, system in systems.items():
        if system.kind != "score":
            continue
        found = median_of_group(cohort.known_outcome, predictions[key])
        if found.status == "gap":
            continue
        seen = found.table.set_index("group")
        for group in system.score.groups:
            told = group.median_months is not None or group.interval_months is not None
            if not told or group.key not in seen.index or seen.loc[group.key, "n"] < LEAST:
                continue
            months = [seen.loc[group.key, name] / DAYS_PER_MONTH for name in ("median", "low", "high")]
            ends = group.interval_months or (np.nan, np.nan)
            published = np.nan if group.median_months is None else group.median_months
            last = seen.loc[group.key, "last"] / DAYS_PER_MONTH
            verdict = _verdict(months, published, ends, last)
            out.append(
                [
                    key,
                    system.label,
                    group.label,
                    int(seen.loc[group.key, "n"]),
                    *months,
                    published,
                    *ends,
                    verdict,
                ]
            )
    return pd.DataFrame(out, columns=MEDIANS)


def _verdict(months: Sequence[float], published: float, ends: tuple[float, float], last: float) -> str:
    """Where the median lies; a median that is not reached lies somewhere after the last month."""
    median, low, high = months
    reached = np.isfinite(median)
    if np.isfinite(published):
        if np.isfinite(high) and high < published:
            return "shorter"
        if np.isfinite(low) and low > published:
            return "longer"
        return "not told apart"
    at = median if reached else last
    if at >= ends[1]:
        return "longer"
    if reached or (np.isinf(ends[1]) and last >= ends[0]):
        return "within" if at >= ends[0] else "shorter"
    return "not reached"
