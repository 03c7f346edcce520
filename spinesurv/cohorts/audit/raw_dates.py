"""Findings about days in a raw table beside day 0: values of later days, treatments on both sides, days that are codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.kept import one_site
from spinesurv.cohorts.cells import dates
from spinesurv.cohorts.name_words import words

_ENOUGH = 20
_PATTERNS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%Y.%m.%d",
    "%Y%m%d",
    "%m-%d-%Y",
)
_LIKE_A_DAY = r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|(19|20)[0-9]{6}"
#: a baseline value is at most this old, where nobody says otherwise
_WINDOW_DAYS = 30
#: words of a name that speak of a measurement rather than of a treatment
_MEASURED = re.compile(
    r"lab|blood|blut|serum|sample|sampling|specimen|\b(hb|hgb|alb|albumin|crp|ldh|plt|wbc|ecog|kps|nlr|mri|mrt|ct|pet)\b|imaging|assess|measur|"
    r"bloed|sang|analyse|analytic|untersuch|採血|検査|검사|채혈"
)
#: an impossible year, or a month or day that does not exist, in a column of days
_CODE = re.compile(
    r"(0000|9999|8888|2999|1111|1800|1899)[-/.].*|.*[-/.](0000|9999|8888|2999|1111|1800|1899)|(00|99)[-/.](00|99)[-/.].*"
)
#: days that programs write where there is none
_DEFAULTS = {
    "1900-01-01",
    "01.01.1900",
    "01/01/1900",
    "01-01-1900",
    "1/1/1900",
    "1900/01/01",
    "1970-01-01",
    "01.01.1970",
    "01/01/1970",
}


def raw_date_findings(
    cells: pd.DataFrame, zero: pd.Series | None, site: pd.Series, ends: Collection[str]
) -> Iterator[Finding]:
    """Findings about columns of days.

    Parameters
    ----------
    cells : text of a raw table
    zero : (n,) the column of day 0, None where none was found
    site : (n,) what seems to be the site of each row
    ends : columns of day 0, death, last contact and birth, which say nothing about a treatment
    """
    start = None if zero is None else _days(zero)
    for name in cells.columns:
        text = cells[name]
        yield from _codes(str(name), text[text != ""])
        if start is not None and str(name) not in ends:
            day = _days(text)
            if day is not None:
                yield from _sides(str(name), (day - start).dt.days.dropna(), site)


def _days(text: pd.Series) -> pd.Series | None:
    """The column as days, in the pattern that reads nearly all of it; None where none does, or where two read it differently."""
    filled = text[text != ""]
    if len(filled) < _ENOUGH or filled.iloc[:50].str.fullmatch(_LIKE_A_DAY).mean() < 0.6:
        return None
    read = [day for day in (dates(text, p) for p in _PATTERNS) if day.notna().sum() >= 0.6 * len(filled)]
    most = max((int(day.notna().sum()) for day in read), default=0)
    best = [day for day in read if day.notna().sum() == most]
    return best[0] if len(best) == 1 else None


def _codes(name: str, filled: pd.Series) -> Iterator[Finding]:
    shown = filled[
        filled.isin(
            [v for v in filled.unique() if re.fullmatch(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", v)]
        )
    ]
    if len(shown) < max(_ENOUGH, 0.5 * len(filled)):
        return
    codes = shown.isin([v for v in shown.unique() if _CODE.fullmatch(v) or v in _DEFAULTS])
    if codes.any():
        yield Finding(
            "looks_like_missing_code", NEEDS_AN_ANSWER,
            f"{int(codes.sum())} days of {name} lie in a year in which nobody was treated, or are no days at all.",
            "They often mean unknown, or alive: name the codes in missing of this column.", name, count=int(codes.sum()),
        )  # fmt: skip


def _sides(name: str, after: pd.Series, site: pd.Series) -> Iterator[Finding]:
    """Days after time zero of one column: a measurement lies before it, a treatment on one side."""
    n, late, early = len(after), int((after > 0).sum()), int((after < 0).sum())
    if n < _ENOUGH or after.abs().median() > 20 * 365:
        return
    if _MEASURED.search(words(name)):
        old = int((after < -_WINDOW_DAYS).sum())
        if late and late < 0.95 * n:
            where, there = one_site(site, after.index[after > 0])
            at = f" {there} of them are at site {where!r}." if where else ""
            yield Finding(
                "measured_after_time_zero", NEEDS_AN_ANSWER, f"{late} of {n} days of {name} lie after time zero.{at}",
                "A value after time zero is no baseline value: take the last one before, or leave it empty.", name, where, late,
            )  # fmt: skip
        if old >= max(3, 0.05 * n):
            yield Finding(
                "measured_long_before", NOTE, f"{old} of {n} days of {name} lie more than {_WINDOW_DAYS} days before time zero.",
                "Say how old a baseline value may be, and leave older ones empty.", name, count=old,
            )  # fmt: skip
    elif min(late, early) >= max(3, 0.03 * n):
        yield Finding(
            "date_on_both_sides", NEEDS_AN_ANSWER,
            f"{name} lies before time zero in {early} and after it in {late} of {n} patients.",
            "Only what was before can be a baseline value (previous treatment): make it yes or no by its day, never by the column being filled.",
            name, count=late,
        )  # fmt: skip
    elif late >= 0.9 * n:
        yield Finding(
            "kept_after_time_zero", NOTE, f"{name} lies after time zero in {late} of {n} patients.",
            "Known only later: never map it to a baseline variable.", name, count=late,
        )  # fmt: skip
