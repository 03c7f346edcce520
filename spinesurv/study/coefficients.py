"""Hazard ratios of the Cox models of a study: pooled over its completed tables, and of complete cases beside."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, nan
from typing import Any

import pandas as pd

from spinesurv.core.tables import COMPLETE, IMPUTED
from spinesurv.errors import InputError
from spinesurv.models import CoxNomogram, PooledCox
from spinesurv.stats.rubin import Pooled, pool_rubin
from spinesurv.study.everybody import Everybody
from spinesurv.study.systems import System

COLUMNS = [
    "model", "label", "population", "variable", "term", "reference", "log_hazard_ratio", "std_error", "hazard_ratio", "low", "high",
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
        reference (level with which a level is compared, empty for numbers); log_hazard_ratio with std_error on that scale; hazard_ratio with low and high; df (inf = normal); fraction_missing
        (of the information, Rubin 1987); tables (completed tables pooled; 1 = nothing was imputed); n patients and events
        learned from; reason where there is no estimate. Population imputed is pooled by Rubin's rules, all tables with the
        knots and levels of the first; complete holds those patients who have every predictor recorded.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987.
    """
    rows: list[dict[str, Any]] = []
    for key, complete in everybody.complete.items():
        named = {"model": key, "label": systems[key].label}
        reference = everybody.kept[key][0].reference_
        if everybody.imputed:
            pooled = _rows(everybody.kept[key][-1], reference, level)
            rows += [{**named, "population": IMPUTED, **row} for row in pooled]
        alone = (
            [{"tables": 1, "reason": str(complete)}]
            if isinstance(complete, InputError)
            else _rows(complete, reference, level)
        )
        rows += [{**named, "population": COMPLETE, **row} for row in alone]
    return pd.DataFrame(rows, columns=COLUMNS).fillna({"reference": "", "reason": ""})


def _rows(model: CoxNomogram, reference: Mapping[str, str], level: float) -> list[dict[str, Any]]:
    rows = []
    for place, pooled in _pooled(model).items():
        low, high = pooled.interval(level)
        rows.append(
            {
                "variable": place[0],
                "term": place[1],
                "reference": reference.get(place[0], ""),
                "log_hazard_ratio": pooled.value,
                "std_error": pooled.std_error,
                "hazard_ratio": exp(pooled.value),
                "low": exp(low),
                "high": exp(high),
                "df": pooled.df,
                "fraction_missing": pooled.fraction_missing if pooled.n_tables > 1 else nan,
                "tables": pooled.n_tables,
                "n": model.n_,
                "events": model.events_,
            }
        )
    return rows


def _pooled(model: CoxNomogram) -> dict[Any, Pooled]:
    if isinstance(model, PooledCox):
        return model.pooled_
    return {
        place: pool_rubin([model.coef_[place]], [model.std_error_[place] ** 2]) for place in model.columns_
    }
