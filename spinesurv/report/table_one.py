"""Table one: who the patients are, by site. Counts from 1 to 4 are shown as `<5`, in the report and in its CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.core import Cohort, Outcome, StatusAtDays, codebook
from spinesurv.core.end_point import words_for
from spinesurv.figures.small_cells import SMALL_CELL, SMALLEST_SHOWN, is_small

ALL = "All"
NOT_RECORDED = "not recorded"
LABS = (
    "hemoglobin",
    "albumin",
    "crp",
    "ldh",
    "alkaline_phosphatase",
    "calcium",
    "creatinine",
    "platelets",
    "wbc",
)
TUMOURS_SHOWN = 8
_FOLLOW_UP = "Median follow-up"


def outcome_rows(outcome: Outcome) -> list[str]:
    """Names of the rows that can be told where nothing but an outcome is known."""
    rows = ["Patients", words_for(outcome).counted]
    if outcome.status is None:
        return [*rows, _FOLLOW_UP]
    return [*rows, *(_status_row(day) for day in outcome.status.days)]


def _status_row(day: float) -> str:
    return f"Status at day {day:g}"


def table_one(
    cohort: Cohort, *, follow_up_days: Mapping[str, tuple[float, float, float]] | None = None
) -> pd.DataFrame:
    """Describe a cohort by site.

    Shares of levels are of the patients in whom the variable is known; shares of missing values are of all.

    Parameters
    ----------
    cohort : n patients of one or more sites
    follow_up_days : site (and `All`) -> median follow-up in days and the ends of its interval, where it was computed

    Returns
    -------
    DataFrame
        variable, level, one column per site, All; text, ready to be printed. A count from 1 to 4 is `<5` and has
        no percentage; a summary of fewer than five values is `<5 values`; a variable without any value at a
        site is `not recorded`.
    """
    book = codebook()
    groups = {**{s: cohort.take(cohort.site == s) for s in cohort.sites}, ALL: cohort}
    rows = [_row("Patients", "n", groups, lambda c: _plain(len(c)))]
    if cohort.outcome is not None:
        words = words_for(cohort.outcome)
        rows.append(_row(words.counted, "n (%)", groups, lambda c: _count(c.known_outcome.n_events, len(c))))
        if not words.of_death:
            rows.append(_row("Competing events", "n (%)", groups, lambda c: _count(_competing(c), len(c))))
        if cohort.outcome.status is not None:
            rows += _status(cohort.outcome.status, groups)
    if follow_up_days is not None:
        cells = {name: _follow_up(follow_up_days.get(name)) for name in groups}
        rows.append({"variable": _FOLLOW_UP, "level": "days (95 % interval)", **cells})
    rows += _number("age", groups, "mean (SD)", _mean_sd)
    rows += _levels("sex", groups, {v: v for v in book["sex"].levels})
    rows += _levels("ecog", groups, {int(v): v for v in book["ecog"].levels})
    rows += _tumours(cohort, groups)
    for lab in LABS:
        if lab in cohort.patients and cohort.patients[lab].notna().any():
            rows += _number(lab, groups, "median (quartiles)", _median_quartiles)
    return pd.DataFrame(rows, columns=["variable", "level", *groups])


def _status(status: StatusAtDays, groups: Mapping[str, Cohort]) -> list[dict[str, str]]:
    """Dead by each day, and who is not known there, of all patients."""

    def told(part: Cohort, day: float) -> NDArray[np.float64]:
        own = part.known_outcome.status
        found = None if own is None else own.at(day)
        return np.array([]) if found is None else found

    def dead(part: Cohort, *, day: float) -> str:
        return _count(int(np.nansum(told(part, day))), len(told(part, day)))

    def unknown(part: Cohort, *, day: float) -> str:
        return _count(int(np.isnan(told(part, day)).sum()), len(told(part, day)))

    rows = []
    for day in status.days:
        for level, cell in (("dead, n (%)", dead), ("not known, n (%)", unknown)):
            rows.append(_row(_status_row(day), level, groups, partial(cell, day=float(day))))
    return rows


def _competing(part: Cohort) -> int:
    competing = part.known_outcome.competing
    return 0 if competing is None else int(competing.sum())


def _row(
    variable: str, level: str, groups: Mapping[str, Cohort], cell: Callable[[Cohort], str]
) -> dict[str, str]:
    return {"variable": variable, "level": level} | {name: cell(part) for name, part in groups.items()}


def _follow_up(days: tuple[float, float, float] | None) -> str:
    """Median and interval; a dash for what is not reached or not known."""
    median, low, high = ("–" if d is None or pd.isna(d) else f"{d:.0f}" for d in days or (None,) * 3)
    return "–" if median == "–" else f"{median} ({low} to {high})"


def _plain(count: int) -> str:
    return SMALL_CELL if is_small(count) else str(count)


def _count(count: int, of: int) -> str:
    if is_small(count):
        return SMALL_CELL
    return f"{count} ({100 * count / of:.0f} %)" if of else str(count)


def _column(part: Cohort, name: str) -> pd.Series[Any]:
    if name in part.patients:
        return part.patients[name]
    return pd.Series(np.nan, index=part.patients.index, dtype=object)


def _known(part: Cohort, name: str) -> pd.Series[Any]:
    return _column(part, name).dropna()


def _missing(variable: str, name: str, groups: Mapping[str, Cohort]) -> dict[str, str]:
    return _row(
        variable, "missing, n (%)", groups, lambda c: _count(int(_column(c, name).isna().sum()), len(c))
    )


def _number(
    name: str, groups: Mapping[str, Cohort], level: str, summary: Callable[[np.ndarray], str]
) -> list[dict[str, str]]:
    def cell(part: Cohort) -> str:
        values = _known(part, name).to_numpy(dtype=float)
        if not len(values):
            return NOT_RECORDED
        return f"{SMALL_CELL} values" if len(values) < SMALLEST_SHOWN else summary(values)

    return [
        _row(codebook()[name].heading, level, groups, cell),
        _missing(codebook()[name].heading, name, groups),
    ]


def _mean_sd(values: np.ndarray) -> str:
    return f"{values.mean():.1f} ({values.std(ddof=1):.1f})"


def _median_quartiles(values: np.ndarray) -> str:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _levels(name: str, groups: Mapping[str, Cohort], levels: Mapping[Any, str]) -> list[dict[str, str]]:
    def cell_of(level: Any) -> Callable[[Cohort], str]:
        def cell(part: Cohort) -> str:
            known = _known(part, name)
            return _count(int((known == level).sum()), len(known)) if len(known) else NOT_RECORDED

        return cell

    rows = [
        _row(codebook()[name].heading, f"{words}, n (%)", groups, cell_of(level))
        for level, words in levels.items()
    ]
    return [*rows, _missing(codebook()[name].heading, name, groups)]


def _tumours(cohort: Cohort, groups: Mapping[str, Cohort]) -> list[dict[str, str]]:
    label = {t.key: t.label for t in codebook().primary_tumors}
    counts = _known(cohort, "primary_tumor").value_counts()
    order = sorted(counts.index, key=lambda key: (-int(counts[key]), str(key)))
    shown = order[:TUMOURS_SHOWN]
    rows = _levels("primary_tumor", groups, {key: label.get(key, str(key)) for key in shown})
    if len(order) > TUMOURS_SHOWN:

        def others(part: Cohort) -> str:
            known = _known(part, "primary_tumor")
            return _count(int((~known.isin(shown)).sum()), len(known)) if len(known) else NOT_RECORDED

        rows.insert(-1, _row(codebook()["primary_tumor"].heading, "all others, n (%)", groups, others))
    return rows
