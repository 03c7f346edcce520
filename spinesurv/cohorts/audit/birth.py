"""Findings by the date of birth, which is looked at here and never imported: ages that disagree, persons who come twice."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.audit.identity import alike_beyond_chance
from spinesurv.cohorts.cells import ISO, dates
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.name_words import is_date_of_birth
from spinesurv.cohorts.read_table import RawTable

_PATTERNS = (ISO, "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y")
_DAYS_A_YEAR = 365.25
#: what two rows of one person share beside the date of birth
_PERSON = ("sex", "primary_tumor")


def kept_rows(refused: pd.DataFrame, table: RawTable) -> pd.Index:
    """Rows of the raw table that are patients, in the order of the canonical table."""
    return table.index[~table.lines.isin(refused["line"])]


def birth_findings(
    canonical: pd.DataFrame, refused: pd.DataFrame, mapping: Mapping, table: RawTable
) -> Iterator[Finding]:
    """Findings about ages and persons, where the table still holds a date of birth; counts only."""
    name = next((str(n) for n in table.columns if is_date_of_birth(str(n))), None)
    if name is None:
        return
    born = _born(table.column(name)[kept_rows(refused, table)], canonical, mapping)
    if born is None:
        return
    yield from _ages(name, born, canonical)
    keys = [key for key in _PERSON if key in canonical]
    twice = alike_beyond_chance(canonical[keys].assign(born=born).dropna()) if "sex" in keys else 0
    if twice:
        yield Finding(
            "same_patient_twice", NEEDS_AN_ANSWER,
            f"{twice} rows share date of birth, sex and tumour with another row under another identifier.",
            "Two operations, two levels, a transfer? Keep the first treatment of a person.", "patient_id", count=twice,
        )  # fmt: skip


def _born(text: pd.Series, canonical: pd.DataFrame, mapping: Mapping) -> pd.Series | None:
    """Dates of birth, in the order of day and month of the other dates; None where they cannot be read."""
    text = text.reset_index(drop=True)
    start = mapping.outcome.start if mapping.outcome else None
    own = start.patterns[:1] if start else ()
    for pattern in dict.fromkeys((*own, *_PATTERNS)):
        day = dates(text, pattern)
        if (text != "").any() and day.notna().sum() >= 0.95 * (text != "").sum():
            return day
    return None


def _ages(name: str, born: pd.Series, canonical: pd.DataFrame) -> Iterator[Finding]:
    if not {"index_date", "age"} <= set(canonical.columns):
        return
    zero = dates(canonical["index_date"].fillna("").astype(object), ISO)
    by_dates = (zero - born).dt.days / _DAYS_A_YEAR
    given = canonical["age"].astype("float64")
    odd = int(((by_dates < 0) | ((by_dates - given).abs() > 1.5)).sum())
    if odd:
        yield Finding(
            "age_against_birth", NEEDS_AN_ANSWER,
            f"{odd} patients have an age that is off by more than a year from {name} and time zero, or were born after time zero.",
            "One of the two dates, or the age, is wrong for them.", "age", count=odd,
        )  # fmt: skip
