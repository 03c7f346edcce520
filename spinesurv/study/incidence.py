"""How often the event of an end point happens by site, death and others competing, and whether sites differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spinesurv.core import Cohort
from spinesurv.figures.small_cells import is_small
from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.gray_test import gray_test

EVERYBODY = "all"
COLUMNS = [
    "site", "horizon_days", "n", "events", "incidence", "low", "high", "competing", "gray_chi_square", "gray_df", "gray_p",
]  # fmt: skip


def incidence_table(cohort: Cohort, horizons_days: Sequence[int], *, level: float = 0.95) -> pd.DataFrame:
    """Aalen-Johansen incidence of each site and of all at each horizon.

    Parameters
    ----------
    cohort : with an outcome that has an end point
    horizons_days : days
    level : of the intervals (log-log)

    Returns
    -------
    DataFrame
        site, horizon_days, n, events (of the end point by that day), incidence, low, high, competing (incidence of
        the other events), and in the rows of all patients Gray's test of equal incidence at all sites over all
        follow-up. Of 1 to 4 events nothing is shown, and nothing beyond the follow-up of a site; where that hides one
        site only, the events of all patients are hidden too.
    """
    outcome = cohort.known_outcome
    assert outcome.competing is not None
    rows = []
    for name in [*cohort.sites, EVERYBODY]:
        at = np.ones(len(cohort), dtype=bool) if name == EVERYBODY else cohort.site == name
        mine = outcome.take(at)
        own, other = mine.of_interest, mine.event & ~mine.of_interest
        curve = AalenJohansen(mine.time_days, own, other, start=mine.entry_days)
        against = AalenJohansen(mine.time_days, other, own, start=mine.entry_days).at(horizons_days)
        low, high = curve.interval(horizons_days, level=level, kind="log-log")
        beyond = curve.beyond_follow_up(horizons_days)
        for k, day in enumerate(horizons_days):
            events = int((own & (mine.time_days <= day)).sum())
            shown = not (beyond[k] or is_small(events))
            values = [events, float(curve.at(day)), low[k], high[k], against[k]]
            rows.append([name, day, len(mine), *(values if shown else [np.nan] * len(values))])
    table = pd.DataFrame(rows, columns=COLUMNS[:-3])
    everybody = table["site"] == EVERYBODY
    alone = table[~everybody & table["events"].isna()].groupby("horizon_days")["site"].size() == 1
    # a single hidden count would be the difference of those shown
    table.loc[everybody & table["horizon_days"].isin(alone.index[alone]), "events"] = np.nan
    if len(cohort.sites) > 1 and outcome.entry_days is None:
        test = gray_test(outcome.time_days, outcome.of_interest, outcome.competing, cohort.site)
        for column, value in zip(
            COLUMNS[-3:], (test.chi_square, test.degrees_of_freedom, test.p), strict=True
        ):
            table.loc[everybody, column] = value
    return table.reindex(columns=COLUMNS)
