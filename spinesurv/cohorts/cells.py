"""Text cells to numbers, dates and codes. What cannot be read is marked, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from spinesurv.errors import InputError

#: a code that fewer rows share is never shown in a message: it may tell who the patient is
SHOWN_FROM_ROWS = 5

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TOTALS = re.compile(
    r"(grand |sub)?total|sum|mean|average|median|n ?=.*|summe|gesamt|mittelwert|anzahl|moyenne|promedio|media|suma|som|gemiddelde|"
    r"合計|平均|計|합계|평균|총계|总计",
    re.IGNORECASE,
)
_WORDS = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}
_YEARS = (1900, 2100)
ISO, EXCEL, EXCEL_1904, JAPANESE = "%Y-%m-%d", "excel", "excel 1904", "japanese"
#: dates of files that know what a date is; of a point in time the day is taken, in its own zone
TYPED_DATES = (
    ISO,
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.%f%z",
)
_LOOKS = {
    "a month without a day (a day that stands for it is said beside the format: day = 15)": r"[0-9]{4}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{4}",
    "a year alone": r"(19|20)[0-9]{2}",
    "serial numbers of a workbook (excel)": r"[2-5][0-9]{4}(\.0)?",
    "YYYY-MM-DD": r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
    "dates of Japan (japanese)": r"([MTSHR]|明治|大正|昭和|平成|令和)[0-9元]{1,2}[年./-].+|[0-9]{4}年.+",
    "a day with a time behind it": r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[ T].*",
    "YYYY/MM/DD": r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}",
    "DD.MM.YYYY": r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}",
    "day, month and year between slashes": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
}
_JAPANESE = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])?\s*([0-9]{1,4}|元)\s*[年./-]\s*([0-9]{1,2})\s*[月./-]\s*([0-9]{1,2})\s*日?"
)
#: first day of each era; its year 1 is the year of that day
_ERAS = {
    "M": date(1868, 1, 25), "T": date(1912, 7, 30), "S": date(1926, 12, 25), "H": date(1989, 1, 8), "R": date(2019, 5, 1),
}  # fmt: skip
_ERA_LETTERS = {"明治": "M", "大正": "T", "昭和": "S", "平成": "H", "令和": "R"}
#: between the pattern of a month and the day that stands for it
_ON_DAY = " on day "
_SERIALS = {EXCEL: date(1899, 12, 30), EXCEL_1904: date(1904, 1, 1)}


def is_total(text: object) -> bool:
    """Whether a cell says that its line holds totals or means, and no patient."""
    return bool(_TOTALS.fullmatch(str(text).strip()))


def plain_code(code: object) -> str:
    """A code as compared: without surrounding blanks, and a number in its shortest form ("1.0" is "1")."""
    text = str(code).strip()
    if _NUMBER.fullmatch(text) and float(text).is_integer() and abs(float(text)) < 1e15:
        return str(int(float(text)))
    return text


def is_code(text: pd.Series, codes: Collection[str]) -> pd.Series:
    """True where a cell holds one of these codes (as `plain_code` compares them)."""
    wanted = {plain_code(code) for code in codes}
    hits = [value for value in text.unique() if plain_code(value) in wanted]
    return text.isin(hits)


def numbers(text: pd.Series, decimal: str = ".") -> pd.Series:
    """Cells as float64; nan where a cell is empty or no number under the declared decimal sign."""
    if decimal == ",":
        # a point beside a declared decimal comma may be a thousands sign: not a number until somebody says so
        pointed = text.str.contains(".", regex=False)
        text = text.str.replace(",", ".", regex=False).where(~pointed, "")
    found = {value: float(value) if _NUMBER.fullmatch(value) else np.nan for value in text.unique()}
    values = text.map(found).astype("float64")
    return values.where(np.isfinite(values))


def dates(text: pd.Series, patterns: str | Sequence[str] = ISO) -> pd.Series:
    """Cells as datetime64 days; missing where a cell is empty, no date in these formats, or not in 1900-2100.

    A cell that is one day in one of the formats and another day in another one is no date: nobody can tell which is meant.
    `EXCEL` and `EXCEL_1904` read serial numbers of a workbook (day 0 is 1899-12-30, or 1904-01-01 in old Mac files), `JAPANESE`
    years of an era ("R2.3.4", "平成31年4月30日") and of the common count with 年, 月 and 日. Full-width digits are digits. A month
    without a day is read by a pattern of `month_pattern`.
    """
    several = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    found = {}
    for value in text.unique():
        written = unicodedata.normalize("NFKC", value)
        days = {_day(written, pattern) for pattern in several} - {None}
        found[value] = days.pop() if len(days) == 1 else None
    return pd.to_datetime(text.map(found).astype(object)).astype("datetime64[s]")


def _day(value: str, pattern: str) -> date | None:
    try:
        if pattern in _SERIALS:
            serial = float(value)
            day = _SERIALS[pattern] + timedelta(int(serial)) if 1 <= serial < 80000 else date.min
            return day if _YEARS[0] <= day.year <= _YEARS[1] else None
        if _ON_DAY in pattern:
            month, at = pattern.split(_ON_DAY)
            value, pattern = f"{value} {at}", f"{month} %d"
        day = _japanese(value) if pattern == JAPANESE else datetime.strptime(value, pattern).date()
    except ValueError:
        return None
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


def _japanese(value: str) -> date:
    """A day in the count of an era, or in the common one.

    Raises
    ------
    ValueError
        No such day, or one before its era began. An era that has ended is counted on to the end of that year, as forms do.
    """
    found = _JAPANESE.fullmatch(value.strip())
    if found is None:
        raise ValueError
    era, year = found[1], 1 if found[2] == "元" else int(found[2])
    if era is None:
        if year < _YEARS[0]:
            raise ValueError
        return date(year, int(found[3]), int(found[4]))
    letter = _ERA_LETTERS.get(era, era)
    first = _ERAS[letter]
    following = [start.year for start in _ERAS.values() if start > first]
    day = date(first.year - 1 + year, int(found[3]), int(found[4]))
    if year < 1 or day < first or (following and day.year > min(following)):
        raise ValueError
    return day


def likely_dates(text: pd.Series) -> str:
    """What most cells that are no date in the declared format look like, in words; "" where that cannot be told."""
    for words, pattern in _LOOKS.items():
        if len(text) and text.str.fullmatch(pattern).mean() >= 0.8:
            return f"Most of them look like {words}."
    return ""


def date_pattern(words: str, *, where: str) -> str:
    """A strptime pattern out of "DD.MM.YYYY", "m/d/Y" or a pattern as it stands ("%d.%m.%Y").

    Raises
    ------
    InputError
        Year, month and day are not all there, once each.
    """
    if words in _SERIALS or words == JAPANESE:
        return words
    pattern, parts = _in_signs(words)
    if parts != (1, 1, 1):
        raise InputError(
            f"{where}: date format {words!r} does not name year, month and day once each. "
            'Write it like "YYYY-MM-DD", "DD.MM.YYYY" or "%m/%d/%Y"; "excel" reads serial numbers of a workbook, "japanese" years of an era.'
        )
    return pattern


def month_pattern(words: str, day: int) -> str | None:
    """The pattern of months ("YYYY-MM", "MM/YYYY") for which one day stands; None where the words name a day or no month."""
    pattern, parts = _in_signs(words)
    return f"{pattern}{_ON_DAY}{day}" if parts == (1, 1, 0) else None


def of_months(patterns: Sequence[str]) -> list[str]:
    """Those of the patterns that `month_pattern` made."""
    return [pattern for pattern in patterns if _ON_DAY in pattern]


def months_only(text: pd.Series, patterns: Sequence[str]) -> pd.Series:
    """True where a cell is a month without a day, in one of the patterns of `month_pattern`."""
    several = of_months(patterns)
    return dates(text, several).notna() if several else pd.Series(False, index=text.index)


def _in_signs(words: str) -> tuple[str, tuple[int, int, int]]:
    """A strptime pattern, and how often it names year, month and day."""
    pattern = words
    if "%" not in words:
        pattern = re.sub("YYYY|MM|DD", lambda match: _WORDS[match[0]], words)
        if pattern == words:
            pattern = re.sub(r"\b[dmY]\b", lambda match: "%" + match[0], words)
    parts = re.findall(r"%(.)", pattern)
    year, month, day = (sum(p in choice for p in parts) for choice in ("Yy", "mbB", "d"))
    return pattern, (year, month, day)


def codes_in_words(text: pd.Series, *, always_shown: Collection[str] = ()) -> str:
    """Codes with their counts, for a message; codes of few rows are counted together and not shown."""
    counts = text.value_counts()
    allowed = {code.lower() for code in always_shown}
    open_to_all = (counts >= SHOWN_FROM_ROWS) | counts.index.str.lower().isin(allowed)
    shown = [f"{str(code)[:40]!r} in {n} rows" for code, n in sorted(counts[open_to_all].items(), key=str)]
    hidden = counts[~open_to_all]
    if len(hidden):
        further = "further " if shown else ""
        shown.append(f"{len(hidden)} {further}codes in {int(hidden.sum())} rows (too rare to be shown)")
    return ", ".join(shown)
