"""Aggregates that a report shows before any measure: survival by site, who could be scored."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Prediction
from spinesurv.core.tables import PROVISIONAL_MARK
from spinesurv.evaluation.leaves import usable
from spinesurv.report.table_one import ALL
from spinesurv.scores import ProvisionalScoreWarning
from spinesurv.scores.recorded import inputs_recorded, known_inputs
from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from spinesurv.study.systems import System

SMALLEST_CELL = 5
GRID_STEP_DAYS = 5
MOST_REASONS = 4
_CURVE = ["time_days", "survival", "low", "high", "n_risk"]


def survival_by_site(cohort: Cohort, last_day: float) -> pd.DataFrame:
    """Kaplan-Meier survival of each site, on a grid of days; 1 - Aalen-Johansen where events compete.

    And of all together, where there are several sites. Columns site, time_days, survival, low, high (log-log
    interval), n_risk. A curve ends where fewer than 5 patients are followed, so that no step is one person. No row where only the
    status at some days is known.
    """
    if cohort.known_outcome.status is not None:
        return pd.DataFrame(columns=["site", *_CURVE])
    parts = {name: cohort.site == name for name in cohort.sites}
    if len(parts) > 1:
        parts["all"] = np.ones(len(cohort), dtype=bool)
    return pd.concat(
        [_curve(cohort, rows, last_day).assign(site=name) for name, rows in parts.items()], ignore_index=True
    )[["site", *_CURVE]]


def survival_by_group(cohort: Cohort, score: Any, last_day: float) -> pd.DataFrame:
    """Kaplan-Meier survival of the groups of a point score, best first, as recorded; 1 - Aalen-Johansen where events compete.

    Columns score (its label), group (label), patients (missing = 1 to 4), share (of the patients whose group is known),
    time_days, survival, low, high, n_risk. A group without 5 patients has no curve; none at all where no group has.
    """
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ProvisionalScoreWarning
        )  # that a score is provisional is said elsewhere
        of = score.transform(cohort.patients)["group"]
    known, parts = int(of.notna().sum()), []
    for group in score.groups:
        rows = (of == group.key).to_numpy(dtype=bool)
        if rows.sum() < SMALLEST_CELL:
            continue
        parts.append(
            _curve(cohort, rows, last_day).assign(
                score=score.label + (f" {PROVISIONAL_MARK}" if score.status == "provisional" else ""),
                group=group.label,
                patients=int(rows.sum()),
                share=rows.sum() / known,
            )
        )
    columns = ["score", "group", "patients", "share", *_CURVE]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _curve(cohort: Cohort, rows: np.ndarray, last_day: float) -> pd.DataFrame:
    """Survival of some patients on a grid of days, as far as 5 of them are followed."""
    grid = np.arange(0.0, last_day + GRID_STEP_DAYS, GRID_STEP_DAYS)
    judged = cohort.known_outcome.take(rows)
    curve = kaplan_meier(judged.time_days, judged.event, start=judged.entry_days)
    alive, (low, high) = curve.at(grid), curve.interval(grid, kind="log-log")
    if judged.competing is not None:
        shared = AalenJohansen(
            judged.time_days, judged.of_interest, judged.competing, start=judged.entry_days
        )
        alive, (high, low) = (
            1.0 - shared.at(grid),
            (1.0 - e for e in shared.interval(grid, kind="log-log")),
        )
    table = pd.DataFrame(
        {
            "time_days": grid,
            "survival": alive,
            "low": low,
            "high": high,
            "n_risk": curve.at_risk(grid).astype(int),
        }
    )
    return table[table["n_risk"] >= SMALLEST_CELL]


def follow_up_by_site(cohort: Cohort) -> dict[str, tuple[float, float, float]]:
    """Site, and `All` -> median follow-up in days with its 95 % interval; nan where not reached.

    Reverse Kaplan-Meier as it is usually published: who dies on the day of a censoring is still at risk of it. The
    interval is that of the quantile, symmetric for the logarithm of the curve, as survival::survfit gives it. Nothing is
    told of fewer than 5 patients.
    """
    outcome = cohort.known_outcome
    rows_of = {name: cohort.site == name for name in cohort.sites} | {ALL: np.ones(len(cohort), dtype=bool)}
    out = {}
    for name, rows in rows_of.items():
        judged = outcome.take(rows)
        curve = reverse_kaplan_meier(
            judged.time_days, judged.event, start=judged.entry_days, events_first=False
        )
        value, low, high = (float(part[0]) for part in curve.quantiles([0.5]))
        out[name] = (value, low, high) if len(judged) >= SMALLEST_CELL else (np.nan, np.nan, np.nan)
    return out


def scored_by_site(
    cohort: Cohort,
    predictions: Mapping[str, Prediction],
    systems: Mapping[str, System],
    imputed: Mapping[str, Prediction] | None = None,
) -> pd.DataFrame:
    """Whom each system could rank as recorded, whose inputs were all recorded, and whom it ranks with gaps filled.

    Parameters
    ----------
    predictions : system -> prediction on patients as recorded
    imputed : the same on completed inputs; None where the study does not impute

    Returns
    -------
    DataFrame
        model, label, site, n; predicted and share of n; recorded (of those predicted, all needed inputs have a value) and
        settled (predicted although some have none: whatever they are, the total is the same, or trees go on without them),
        missing where a system reads nothing here; imputed (predicted on completed inputs); reason (what was missing, with
        counts). Numbers of one to four patients are missing, and what would tell them.
    """
    rows = []
    for key, prediction in predictions.items():
        can = usable(prediction, None)
        whole = _recorded(systems[key], cohort.patients)
        filled = None if imputed is None else usable(imputed[key], None)
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
                    "recorded": pd.NA if whole is None else int((can & whole & at).sum()),
                    "settled": pd.NA if whole is None else int((can & ~whole & at).sum()),
                    "imputed": pd.NA if filled is None else int((filled & at).sum()),
                    "reason": _commonest(np.asarray(prediction.reason)[at & ~can]),
                }
            )
    counts = ["predicted", "recorded", "settled", "imputed"]
    table = pd.DataFrame(rows).astype(dict.fromkeys(counts, "Int64"))
    small = table[counts].apply(lambda count: count.between(1, SMALLEST_CELL - 1).fillna(False))
    either = small["recorded"] | small["settled"]
    hidden = small.assign(recorded=either, settled=either)
    return table.assign(
        **{name: table[name].mask(hidden[name]) for name in counts},
        share=table["share"].mask(small["predicted"]),
    )


def _recorded(system: System, patients: pd.DataFrame) -> np.ndarray | None:
    """(n,) whether every input that a system needs of a patient has a value; None where it reads none."""
    if not system.inputs:
        return None
    if system.score is None:
        return known_inputs(patients, system.inputs).all(axis=1).to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProvisionalScoreWarning)  # that it is provisional is said elsewhere
        return inputs_recorded(system.score, patients)


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
