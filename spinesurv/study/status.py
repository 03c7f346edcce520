"""How many are dead, alive and not known at each day, by site, where the status at some days is all that is known."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, StatusAtDays
from spinesurv.core.status import days_in_words
from spinesurv.errors import InputError
from spinesurv.figures.small_cells import is_small
from spinesurv.stats.kaplan_meier import kaplan_meier

#: measures to begin with, in the order of the report
AT_A_DAY = (
    "auc", "brier", "ipa", "observed_expected", "calibration_intercept_logistic", "calibration_slope_logistic", "ici_binary",
)  # fmt: skip
COLUMNS = [
    "site", "horizon_days", "n", "known", "dead", "unknown", "risk", "low", "high", "risk_if_alive", "risk_if_dead",
]  # fmt: skip


def check_recorded(status: StatusAtDays, horizons_days: Sequence[float], where: str) -> None:
    """Refuse horizons at which nobody's status was asked for.

    Raises
    ------
    InputError
        A horizon is none of the days.
    """
    absent = [day for day in horizons_days if status.at(day) is None]
    if absent:
        raise InputError(
            f"{where}: who was dead is known at {status.in_words} only, not at {days_in_words(absent)}. Judge at these days, or give "
            "times of follow-up."
        )


def without_times(metrics: Sequence[str]) -> list[str]:
    """What to say of measures that need follow-up times; nothing where none of these is one."""
    from spinesurv.metrics import METRICS

    gaps = [name for name in metrics if not METRICS[name].at_day]
    if not gaps:
        return []
    return [
        f"there are no follow-up times, so {', '.join(gaps)} are gaps. Measures at a day exist: metrics = "
        f"{json.dumps(list(AT_A_DAY))} in [evaluation]"
    ]


def status_table(cohort: Cohort, *, level: float) -> pd.DataFrame:
    """Risk of death by each recorded day that was seen, and what it could be.

    Parameters
    ----------
    cohort : n patients
    level : of the intervals

    Returns
    -------
    DataFrame
        site (and `all`, where there are several), horizon_days, n, known, dead, unknown; risk: by Kaplan-Meier, in which who was
        alive at an earlier day and is not known at this one counts up to there (`StatusAtDays.followed_to`), with its interval
        (log-log); risk_if_alive and risk_if_dead: dead of all if everybody not known were alive after that day, or
        dead by it. Counts of 1 to 4, and what would tell them, are missing. No row for sites with follow-up times.
    """
    parts = {name: cohort.site == name for name in cohort.sites}
    if len(parts) > 1:
        parts["all"] = np.ones(len(cohort), dtype=bool)
    rows = []
    for name, here in parts.items():
        outcome = cohort.known_outcome.take(here)
        status = outcome.status
        for day in [] if status is None or status.n_alone < len(outcome) else status.days:
            assert status is not None
            told = status.at(day)
            assert told is not None
            n, known, dead = len(told), int((~np.isnan(told)).sum()), int(np.nansum(told))
            if not known:
                rows.append([name, day, n, 0, 0, n, *[np.nan] * 5])
                continue
            seen = outcome.at_day(day)
            curve = kaplan_meier(seen.time_days, seen.event)
            high, low = (1.0 - float(end[0]) for end in curve.interval([day], kind="log-log", level=level))
            shares = [1.0 - float(curve.at([day])[0]), low, high, dead / n, (dead + n - known) / n]
            if is_small(dead) or is_small(known - dead):
                rows.append([name, day, n, known, np.nan, n - known, *[np.nan] * 5])
            elif is_small(n - known):
                rows.append([name, day, n, np.nan, np.nan, np.nan, *shares[:3], np.nan, np.nan])
            else:
                rows.append([name, day, n, known, dead, n - known, *shares])
    return pd.DataFrame(rows, columns=COLUMNS)
