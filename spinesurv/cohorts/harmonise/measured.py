"""Cells of measurements: numbers with a sign, a unit or a flag, and what each was multiplied by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spinesurv.cohorts.cells import numbers
from spinesurv.errors import InputError

#: a unit begins with a letter or a sign, or with a power of ten that stands apart ("7.1 10^9/L")
_CELL = re.compile(
    r"([<>≤≥]=?)?\s*([+-]?[0-9][0-9.,'\s]*?|[+-]?[.,][0-9]+)\s*((?:[^0-9.,'\s]|(?<=\s)10(?:\^|\*|[eE])\+?[0-9]/).*)?"
)
#: small figures above the line, which normalising would put on it (10⁹ would be 109)
_POWERS = str.maketrans({small: f"^{n}" for n, small in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})
#: marks that laboratories put behind a value: high, low, outside the limits, verified
_FLAG = re.compile(r"[*#†!+HLhl↑↓]{1,2}|\(?[HLhl]\)?")


@dataclass(frozen=True, eq=False)
class Measured:
    """Numbers out of cells that a plain reading refused; nan where they are none.

    Parameters
    ----------
    value : (n,) in the canonical unit where the cell names its unit, else as written
    own_unit : (n,) the unit that the cell names, "" where none
    limit : (n,) the cell is a limit ("<5"): the value is that limit
    flagged : (n,) a mark behind the number was left out
    """

    value: pd.Series
    own_unit: pd.Series
    limit: pd.Series
    flagged: pd.Series


def measured(cells: pd.Series, decimal: str, factor: Callable[[str], float]) -> Measured:
    """Read cells such as "<5", "12.1*", "3.2 H", "38 g/L" and full-width digits.

    Parameters
    ----------
    cells : (n,) text that is no plain number, "" elsewhere
    decimal : declared decimal sign
    factor : unit -> what it is multiplied by; raises InputError for one that cannot be converted
    """
    found = {cell: _one(cell, decimal, factor) for cell in cells.unique()}
    parts = [cells.map({cell: parts[at] for cell, parts in found.items()}) for at in range(4)]
    return Measured(
        parts[0].astype("float64"), parts[1].astype(object), parts[2].astype(bool), parts[3].astype(bool)
    )


def without_thousands(cells: pd.Series, thousands: str | None) -> pd.Series:
    """Cells without a declared thousands sign, where it stands between groups of three digits; else as they are."""
    if thousands is None:
        return cells
    grouped = re.compile(rf"(?<![0-9])([0-9]{{1,3}})((?:{re.escape(thousands)}[0-9]{{3}})+)(?![0-9])")
    return cells.map(
        {c: grouped.sub(lambda m: m[1] + m[2].replace(thousands, ""), c) for c in cells.unique()}
    )


def _one(cell: str, decimal: str, factor: Callable[[str], float]) -> tuple[float, str, bool, bool]:
    match = _CELL.fullmatch(unicodedata.normalize("NFKC", cell.translate(_POWERS)).strip())
    if match is None:
        return np.nan, "", False, False
    sign, digits, rest = match[1], match[2].strip(), (match[3] or "").strip()
    value = float(numbers(pd.Series([digits], dtype=object), decimal).iloc[0])
    flagged = bool(rest) and bool(_FLAG.fullmatch(rest))
    if rest and not flagged:
        try:
            return value * factor(rest), rest, bool(sign), False
        except InputError:
            return np.nan, "", False, False
    return value, "", bool(sign), flagged
