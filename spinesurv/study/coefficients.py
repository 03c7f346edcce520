"""Hazard ratios of the Cox models of a study: pooled over its completed tables, and of complete cases beside."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from math import exp, nan
from typing import Any

import pandas as pd

from spinesurv.core import Outcome
from spinesurv.core.tables import COMPLETE, IMPUTED
from spinesurv.errors import InputError
from spinesurv.stats.rubin import pool_rubin
from spinesurv.study.everybody import Everybody
from spinesurv.study.systems import System

COLUMNS = [
    "model", "label", "population", "variable", "term", "log_hazard_ratio", "std_error", "hazard_ratio", "low", "high",
    "df", "fraction_missing", "tables", "n", "events", "reason",
]  # fmt: skip


def coefficient_table(everybody: Everybody, systems: Mapping[str, System], *, level: float) -> pd.DataFrame:
    """One row per Cox model, population and column of its design.

    Parameters
    ----------
    everybody : models fitted on all patients, and their completed tables
    systems : key -> System
    level : of the intervals

    Returns
    -------
    DataFrame
        log_hazard_ratio with std_error on that scale; hazard_ratio with low and high; df (inf = normal); fraction_missing
        (of the information, Rubin 1987); tables (completed tables pooled; 1 = nothing was imputed); n patients and events
        learned from; reason where there is no estimate. Population imputed is pooled by Rubin's rules, all tables with the
        knots and levels of the first; complete holds those patients who have every predictor recorded.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987.
    """
    recorded, outcome = everybody.cohort.patients, everybody.cohort.known_outcome
    made = everybody.imputation
    rows: list[dict[str, Any]] = []
    for key, fitted in everybody.cox.items():
        named = {"model": key, "label": systems[key].label}
        if made is not None:
            pooled = _fits(fitted, made.completed, outcome)
            rows += [{**named, "population": IMPUTED, **row} for row in _rows(pooled, level)]
        try:
            alone = [
                {**named, "population": COMPLETE, **r}
                for r in _rows(_fits(fitted, [recorded], outcome), level)
            ]
        except InputError as error:
            alone = [{**named, "population": COMPLETE, "tables": 1, "reason": str(error)}]
        rows += alone
    return pd.DataFrame(rows, columns=COLUMNS).fillna({"reason": ""})


def _fits(fitted: Any, tables: Iterable[pd.DataFrame], outcome: Outcome) -> list[Any]:
    """The Cox model on each table, with the columns that the fitted encoder makes of it."""
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say was said by the jobs
        return [clone(fitted[-1]).fit(fitted[:-1].transform(table), outcome) for table in tables]


def _rows(fits: list[Any], level: float) -> list[dict[str, Any]]:
    first = fits[0]
    rows = []
    for place in first.coef_.index:
        pooled = pool_rubin([f.coef_[place] for f in fits], [f.std_error_[place] ** 2 for f in fits])
        low, high = pooled.interval(level)
        rows.append(
            {
                "variable": place[0],
                "term": place[1],
                "log_hazard_ratio": pooled.value,
                "std_error": pooled.std_error,
                "hazard_ratio": exp(pooled.value),
                "low": exp(low),
                "high": exp(high),
                "df": pooled.df,
                "fraction_missing": pooled.fraction_missing if len(fits) > 1 else nan,
                "tables": len(fits),
                "n": first.n_,
                "events": first.events_,
            }
        )
    return rows
