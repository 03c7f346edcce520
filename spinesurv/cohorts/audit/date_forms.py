"""Findings about columns of days in a raw table: two orders of day and month, or two forms, in one column."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.audit.kept import one_site

_ENOUGH = 20
_MONTH, _YEAR = "month without a day", "year alone"
_PARTIAL = (_MONTH, _YEAR)


def date_form_findings(cells: pd.DataFrame, site: pd.Series) -> Iterator[Finding]:
    """Columns of days that are written in two orders or in two forms."""
    for name in cells.columns:
        text = cells[name]
        filled = text[text != ""]
        if len(filled) < _ENOUGH:
            continue
        form = filled.map({v: _form(v) for v in filled.unique()})
        counts = form[form != ""].value_counts()
        if counts.sum() < 0.9 * len(filled) or not len(counts):
            continue
        partial = form.isin(_PARTIAL)
        if set(counts.index) != {_YEAR} and partial.sum() >= 3:
            yield _forms(
                "partial_dates", str(name), partial, site,
                f"{int(partial.sum())} of {len(filled)} days of {name} are a month or a year without a day.",
                "Say which day stands for it (day = 15 beside the format); near time zero it can fall on the wrong side.",
            )  # fmt: skip
        counts = counts.drop(list(_PARTIAL), errors="ignore")
        form = form.where(~partial, "")
        years = filled.map({v: len(v) - len(v.rstrip("0123456789")) for v in filled.unique()})
        short = (years == 2) & form.isin(["day first", "month first", "either"])
        if 3 <= short.sum() < (form.isin(["day first", "month first", "either"])).sum():
            yield _forms(
                "dates_in_two_forms", str(name), short, site,
                f"{int(short.sum())} of {len(filled)} days of {name} have a year of two digits, the rest of four.",
                "Write all years with four digits: 45 may be 1945 or 2045.",
            )  # fmt: skip
        orders = {k: int(counts.get(k, 0)) for k in ("day first", "month first")}
        plain = {k: v for k, v in counts.items() if k not in orders and k != "either"}
        if min(orders.values()) >= 3:
            less = min(orders, key=lambda k: orders[k])
            yield _forms(
                "order_of_day_and_month", str(name), form == less, site,
                f"{orders['day first']} days of {name} can only be read day first, {orders['month first']} only month first.",
                "Two orders in one column: a day below 13 cannot be told. Give the format by site, or enter them again.",
            )  # fmt: skip
        if len(plain) + (sum(orders.values()) + int(counts.get("either", 0)) > 0) > 1:
            most = form.value_counts().index[0]
            numeric = ("day first", "month first", "either")
            other = ~(form.isin(numeric) if most in numeric else form == most)
            if other.sum() >= 3:
                yield _forms(
                    "dates_in_two_forms", str(name), other, site,
                    f"{int(other.sum())} of {len(filled)} days of {name} are written in another form than the rest.",
                    "Declare each form (format takes a list), or write them in one.",
                )  # fmt: skip


def _form(cell: str) -> str:
    """How a day is written; "" where it is none."""
    if re.fullmatch(
        r"((00|0|\?+|xx|XX|__|--)[-/.])?(0?[1-9]|1[0-2])[-/.](19|20)[0-9]{2}|(19|20)[0-9]{2}[-/.](0?[1-9]|1[0-2])([-/.]00)?",
        cell,
    ):
        return _MONTH
    if re.fullmatch(r"(19|20)[0-9]{2}", cell):
        return _YEAR
    year_first = re.fullmatch(r"(19|20)[0-9]{2}([-/.])([0-9]{1,2})[-/.]([0-9]{1,2})", cell)
    if year_first is not None:
        return f"year first{', then the day' if int(year_first[3]) > 12 else ''}, {year_first[2]}"
    if re.fullmatch(r"[0-9]{1,2}[-. /][A-Za-zäé]{3,4}[-. /]+[0-9]{2,4}", cell):
        return "month in letters"
    if re.fullmatch(r"[2-5][0-9]{4}(\.0)?", cell):
        return "serial number"
    parts = re.fullmatch(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})", cell)
    if parts is None:
        return ""
    one, two = int(parts[1]), int(parts[2])
    if one > 12 or two > 12:
        return "day first" if two <= 12 and one <= 31 else "month first" if one <= 12 and two <= 31 else ""
    return "either"


def _forms(rule: str, name: str, rows: pd.Series, site: pd.Series, what: str, do: str) -> Finding:
    hit = rows.index[rows.to_numpy()]
    where, there = one_site(site, hit)
    if where:
        what += f" {there} of the {len(hit)} rarer ones are at site {where!r}."
    return Finding(rule, NEEDS_AN_ANSWER, what, do, name, where, len(hit))
