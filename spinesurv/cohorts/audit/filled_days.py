"""Findings about dates of which only the month or the year was known, with a day filled in: too many on one day of the month."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding

#: dates below which nothing is said, and dates on such a day; both counted as below
_ENOUGH, _LEAST = 40, 8
#: a date that many patients share (a closing date) counts no more than this
_MOST_OF_ONE = 3
#: days that stand for a month, and for a year; each has its share of the calendar
_OF_A_MONTH = {1: "the first", 15: "the 15th"}
_OF_A_YEAR = {(1, 1): "1 January", (7, 1): "1 July"}


def filled_day_findings(day: Dictionary[str, pd.Series], site: pd.Series) -> Iterator[Finding]:
    """Dates on a day that stands for a month or a year, at each site.

    Parameters
    ----------
    day : name of a date -> (n,) days, missing where not known
    site : (n,) site of each patient
    """
    for name, dates in day.items():
        for where, own in dates.groupby(site.to_numpy(), sort=False):
            yield from _of_one(name, str(where), own.dropna())


def _of_one(name: str, site: str, days: pd.Series) -> Iterator[Finding]:
    different, counts = np.unique(days.to_numpy(), return_counts=True)
    at = pd.DatetimeIndex(different)
    weight = np.minimum(counts, _MOST_OF_ONE)
    if weight.sum() < _ENOUGH:
        return
    year_days = [((at.month == m) & (at.day == d), words, 1 / 365.25) for (m, d), words in _OF_A_YEAR.items()]
    month_days = [(at.day == d, f"{words} of a month", 12 / 365.25) for d, words in _OF_A_MONTH.items()]
    for on, words, share in (*year_days, *month_days):
        here, expected = weight[on].sum(), share * weight.sum()
        if here >= _LEAST and here > 3 * expected and here - expected > 6 * np.sqrt(expected):
            yield Finding(
                "filled_in_days", NEEDS_AN_ANSWER,
                f"{int(counts[on].sum())} of {len(days)} dates of {name} at site {site!r} are {words}; about {share * len(days):.0f} would be by chance.",
                "Was only the month or the year known? Then such a date may stand on the wrong side of another one: give months as months "
                "(format with day in [outcome]), or leave the date empty.",
                name, site, int(counts[on].sum()),
            )  # fmt: skip
            return
