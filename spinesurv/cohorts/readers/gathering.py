"""Patients out of many dated rows: the settings that OMOP and mCODE share, and the choice of a row by its date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.errors import InputError, unknown_name

#: columns that a long table of dated rows has
ROWS = ["person", "source", "code", "date", "text"]
_KEYS = ("time_zero", "window_days", "measurements", "conditions", "treatments")


@dataclass(frozen=True)
class Gathering:
    """What is gathered for each patient.

    Parameters
    ----------
    source, codes : time zero is the first date of a row of this table or resource with one of these codes
    window_days : a measurement counts from so many days before time zero up to that day
    measurements : column -> codes; the last value in the window
    conditions : column -> codes; yes where a row is dated on or before time zero, empty otherwise
    treatments : column -> codes; yes where a row is dated before time zero, empty otherwise
    """

    source: str
    codes: frozenset[str]
    window_days: float = 30.0
    measurements: dict[str, frozenset[str]] = field(default_factory=dict)
    conditions: dict[str, frozenset[str]] = field(default_factory=dict)
    treatments: dict[str, frozenset[str]] = field(default_factory=dict)


def gathering(raw: Mapping[str, Any], word: str, sources: Mapping[str, Any], where: str) -> Gathering:
    """Settings of a section [omop] or [mcode], checked; `word` is table or resource.

    Raises
    ------
    InputError
        Time zero is not said, a name is unknown, or codes are no list.
    """
    for name in raw:
        if name not in _KEYS:
            raise unknown_name("key", name, _KEYS, where=where)
    zero = raw.get("time_zero")
    if not isinstance(zero, dict) or set(zero) != {word, "codes"}:
        raise InputError(
            f"{where}: time zero must be said, it is not the first row: time_zero = {{ {word} = "
            f'"{next(iter(sources))}", codes = ["..."] }}.'
        )
    if zero[word] not in sources:
        raise unknown_name(word, zero[word], sources, where=f"{where}, time_zero")
    window = raw.get("window_days", 30)
    if not isinstance(window, int | float) or isinstance(window, bool) or window < 0:
        raise InputError(f"{where}: window_days must be a number of days, 0 or more.")
    return Gathering(
        zero[word],
        _codes(zero["codes"], f"{where}, time_zero"),
        float(window),
        *(_columns(raw, key, where) for key in ("measurements", "conditions", "treatments")),
    )


def _columns(raw: Mapping[str, Any], key: str, where: str) -> dict[str, frozenset[str]]:
    given = raw.get(key, {})
    if not isinstance(given, dict):
        raise InputError(f"{where}: {key} must be a table of columns with their codes.")
    return {str(name): _codes(codes, f"{where}, {key}, {name}") for name, codes in given.items()}


def _codes(raw: Any, where: str) -> frozenset[str]:
    if not isinstance(raw, list) or not raw or any(isinstance(code, list | dict) for code in raw):
        raise InputError(f'{where}: codes must be a list, like ["4301351"].')
    return frozenset(str(code) for code in raw)


def gathered(
    patients: pd.DataFrame, rows: pd.DataFrame, rules: Gathering
) -> tuple[pd.DataFrame, list[Finding]]:
    """Patients with index_date, measurements and their dates, conditions and treatments, all as text.

    Parameters
    ----------
    patients : one row per patient, index = person
    rows : columns of ROWS; `date` is datetime64, missing where not known, `source` names table or resource
    rules : what is gathered
    """
    found, findings = patients.copy(), list[Finding]()
    starts = rows[(rows["source"] == rules.source) & rows["code"].isin(rules.codes)]
    zero = starts.groupby("person")["date"].min().reindex(patients.index)
    found["index_date"] = zero.dt.strftime("%Y-%m-%d").fillna("").to_numpy()
    without = int(zero.isna().sum())
    if without:
        findings.append(
            Finding(
                "no_time_zero", NEEDS_AN_ANSWER, f"{without} of {len(patients)} people have no dated row that says time zero.",
                "Are they patients of this cohort? They are kept, and their outcome is unknown.", "index_date", count=without,
            )
        )  # fmt: skip
    dated = rows.assign(days=(rows["person"].map(zero) - rows["date"]).dt.days)
    for name, codes in rules.measurements.items():
        of = dated[(dated["source"] == "measurement") & dated["code"].isin(codes) & (dated["text"] != "")]
        inside = of[(of["days"] >= 0) & (of["days"] <= rules.window_days)]
        last = inside.sort_values("date", kind="stable").groupby("person").last().reindex(patients.index)
        found[name] = last["text"].fillna("").to_numpy()
        found[f"{name}_date"] = last["date"].dt.strftime("%Y-%m-%d").fillna("").to_numpy()
        outside = of.loc[~of["person"].isin(inside["person"]), "person"].nunique()
        ages = last["days"].dropna()
        age = (
            f" Median age of the value {np.median(ages):g} days."
            if len(ages) >= 5
            else ""  # fewer come near a single patient
        )
        findings.append(
            Finding(
                "value_by_window", NOTE,
                f"{name}: the last value of 0 to {rules.window_days:g} days before time zero, found in {len(ages)} of "
                f"{len(patients)} patients; {outside} more have values on other days only.{age}",
                "On day 0 it may be a value after the operation. The dates are kept beside the values.", name, count=len(ages),
            )
        )  # fmt: skip
    for kind, columns, first in (
        ("condition", rules.conditions, 0),
        ("treatment", rules.treatments, 1),
    ):
        for name, codes in columns.items():
            of = dated[(dated["source"] != "measurement") & dated["code"].isin(codes)]
            there = of.loc[of["days"] >= first, "person"]
            undated = int((of["date"].isna()).sum())
            found[name] = np.where(patients.index.isin(there), "yes", "")
            findings.append(
                Finding(
                    "no_row_is_not_no", NOTE,
                    f"{name} is yes in {int(patients.index.isin(there).sum())} patients by a {kind} dated "
                    f"{'before' if first else 'on or before'} time zero, and empty in all others ({undated} rows without date "
                    "were not used).",
                    "No row does not say that it was looked for. Recode only where the source is complete.", name,
                    count=undated,
                )
            )  # fmt: skip
    return found, findings
