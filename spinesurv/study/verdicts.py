"""Three questions to every system at every horizon, answered by rules that are printed beside the answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.figures.wording import metric_wording
from spinesurv.study.headline import headline_rows, ranking_metric, singles
from spinesurv.study.usefulness import OVER_ALL, OVER_NOBODY

#: conventions, printed in the rules below: concordance that is called good; O/E that is called near to 1
RANKS_WELL = 0.70
NEAR_ONE = (0.80, 1.25)

YES, PARTLY, NO, UNCLEAR, GAP = "yes", "partly", "no", "unclear", "gap"
COLUMNS = ["model", "horizon_days", "question", "verdict", "words"]


@dataclass(frozen=True)
class Answer:
    """One verdict with its reason in a few words."""

    verdict: str
    words: str


def verdict_rules(metric: str | None, thresholds: Iterable[float], words: Words = OF_DEATH) -> list[str]:
    """The rules in words."""
    name = "no measure of ranking" if metric is None else metric_wording(metric).label
    at = ", ".join(f"{100 * t:g}" for t in thresholds) or "–"
    low, high = NEAR_ONE
    return [
        f"Ranks patients ({name} with its 95 % confidence interval): yes if all of it is at {RANKS_WELL:.2f} or more (convention), "
        "partly if all of it is above 0.50, no if it reaches 0.50. The published rule acc_auc_gt_070 asks the same of the estimate "
        "of the AUC alone.",
        f"Risks come true ({words.events} observed / expected, O/E): no if the 95 % confidence interval leaves out 1; unclear if it "
        f"holds 1 but reaches beyond {low:g} to {high:g} (convention); else partly, and yes if in addition the prediction "
        f"interval for a new site lies within {low:g} to {high:g} and the interval of the calibration slope holds 1.",
        f"Worth acting on (net benefit at risks of {at} %): there is a gain at a risk if the 95 % confidence intervals of net "
        "benefit and of its difference to treating all patients both lie above 0, and harm if one of them lies below 0. Yes "
        "if there is a gain at every risk, partly at some, no at none.",
        "These are statements about intervals. A system called unclear or partly is not shown to be worse than one called "
        "yes; that is what the paired differences are for.",
    ]


def verdict_table(
    performance: pd.DataFrame,
    gain: pd.DataFrame,
    models: Sequence[str],
    horizons_days: Sequence[int],
    words: Words = OF_DEATH,
) -> pd.DataFrame:
    """One row per system, horizon and question.

    Parameters
    ----------
    performance : tables/performance.csv
    gain : `net_benefit_and_gain` on the headline predictions
    models : systems in their order
    horizons_days : days
    words : of the end point

    Returns
    -------
    DataFrame
        model, horizon_days, question (ranks, risks, acting), verdict (yes, partly, no, unclear, gap), words
    """
    rows = singles(headline_rows(performance))
    metric = ranking_metric(rows)
    gained = headline_rows(gain)
    out = []
    for model in models:
        mine, my_gain = rows[rows["model"] == model], gained[gained["model"] == model]
        for day in horizons_days:
            answers = {
                "ranks": _ranks(mine, metric, day),
                "risks": _risks(mine, day, words),
                "acting": _acting(my_gain[my_gain["horizon_days"] == day]),
            }
            out += [[model, day, question, a.verdict, a.words] for question, a in answers.items()]
    return pd.DataFrame(out, columns=COLUMNS)


def _one(rows: pd.DataFrame, metric: str | None, day: float) -> dict[str, Any] | None:
    """The row of a measure at a day, or of one over all follow-up; None where it has no value."""
    at = rows[(rows["metric"] == metric) & ((rows["horizon_days"] == day) | rows["horizon_days"].isna())]
    found = at[(at["status"] != "gap") & np.isfinite(at["low"] + at["high"])]
    return None if found.empty else {str(k): v for k, v in found.iloc[0].items()}


def _ranks(rows: pd.DataFrame, metric: str | None, day: float) -> Answer:
    row = _one(rows, metric, day)
    if row is None or metric is None:
        return Answer(GAP, "no estimate")
    told = f"{row['value']:.2f}"
    if row["low"] >= RANKS_WELL:
        return Answer(YES, f"well, {told}")
    if row["low"] > 0.5:
        return Answer(PARTLY, f"above chance, {told}")
    return Answer(NO, f"not shown, {told}")


def _risks(rows: pd.DataFrame, day: float, words: Words) -> Answer:
    row, slope = _one(rows, "observed_expected", day), _one(rows, "calibration_slope", day)
    if row is None:
        silent = rows.loc[(rows["metric"] == "observed_expected") & (rows["horizon_days"] == day), "reason"]
        never = silent.fillna("").str.contains("no (?:survival|risk) was predicted").any()
        return Answer(GAP, f"no {words.learned} for this day" if never else "no estimate")
    low, high = float(row["low"]), float(row["high"])
    if low > 1 or high < 1:
        return Answer(NO, f"{'more' if low > 1 else 'fewer'} {words.die} than predicted, {row['value']:.2f}")
    if low < NEAR_ONE[0] or high > NEAR_ONE[1]:
        return Answer(UNCLEAR, f"cannot be told, {low:.2f} to {high:.2f}")
    if slope is not None and slope["high"] < 0:
        return Answer(PARTLY, f"on average, in the wrong order, slope {slope['value']:.2f}")
    if slope is not None and slope["high"] < 1:
        return Answer(PARTLY, f"on average, too extreme, slope {slope['value']:.2f}")
    if slope is not None and slope["low"] > 1:
        return Answer(PARTLY, f"on average, too alike, slope {slope['value']:.2f}")
    if not np.isfinite(row["pi_low"] + row["pi_high"]):
        return Answer(PARTLY, f"on average, {row['value']:.2f}, new site unknown")
    if row["pi_low"] < NEAR_ONE[0] or row["pi_high"] > NEAR_ONE[1]:
        return Answer(PARTLY, f"on average, PI {row['pi_low']:.2f} to {row['pi_high']:.2f}")
    return Answer(YES, f"right, {row['value']:.2f}")


def _acting(rows: pd.DataFrame) -> Answer:
    """Verdict from the rows of net benefit at one day."""
    known_rows = rows[rows["status"] != "gap"].set_index("threshold")
    own, over = (known_rows[known_rows["metric"] == metric] for metric in (OVER_NOBODY, OVER_ALL))
    if own.empty:
        return Answer(GAP, "no estimate")
    asked = sorted(rows["threshold"].unique())
    known = own.index.intersection(over.index)
    gains = [t for t in known if own.loc[t, "low"] > 0 and over.loc[t, "low"] > 0]
    harms = [t for t in own.index if own.loc[t, "high"] < 0 or (t in known and over.loc[t, "high"] < 0)]
    words = f"at {_percent(gains)}" if gains else "no gain shown"
    if harms:
        words += f"; harm at {_percent(harms)}"
    if not gains or harms:
        return Answer(PARTLY if gains else NO, words)
    return Answer(YES if len(gains) == len(asked) else PARTLY, words)


def _percent(thresholds: Iterable[float]) -> str:
    return ", ".join(f"{100 * t:g}" for t in sorted(thresholds)) + " %"
