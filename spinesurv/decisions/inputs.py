"""Columns of a table of lesions as arrays: words become levels, numbers are checked, what cannot be used is marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.codebook import Codebook, codebook
from spinesurv.errors import InputError

_WHOLE = re.compile(r"^([+-]?[0-9]+)[.]0+$")

#: words that stand for an empty cell, besides nothing at all
_EMPTY = {"", "na", "nan", "none given", "<na>"}


class Inputs:
    """The columns that a decision system reads, one after the other.

    Parameters
    ----------
    lesions : one row per target level at one decision date, columns under codebook names; others are not read

    Attributes
    ----------
    invalid : column -> (n,) cells that hold something the column cannot mean; they count as missing, and their row as
        invalid
    read : names of the columns that were looked for
    """

    def __init__(self, lesions: pd.DataFrame) -> None:
        if not isinstance(lesions, pd.DataFrame):
            raise InputError("decision systems: a table (DataFrame) of lesions is expected.")
        twice = lesions.columns[lesions.columns.duplicated()]
        if len(twice):
            raise InputError(f"table of lesions: column {twice[0]} occurs more than once.")
        self.table = lesions
        self.n = len(lesions)
        self.invalid: dict[str, np.ndarray] = {}
        self.read: dict[str, None] = {}

    def has(self, name: str) -> bool:
        """Whether the table has the column."""
        return name in self.table.columns

    def level(
        self, name: str, levels: Sequence[str] | None = None, aliases: Mapping[str, str] | None = None
    ) -> np.ndarray:
        """(n,) position of each cell among the levels, -1 where missing or invalid.

        Parameters
        ----------
        levels : allowed words; None = those of the codebook
        aliases : other words that are read -> level; compared, as the levels are, without regard to case
        """
        words = codebook()[name].levels if levels is None else tuple(levels)
        known = {word.lower(): i for i, word in enumerate(words)}
        known |= {other.lower(): known[word.lower()] for other, word in (aliases or {}).items()}
        return self._coded(name, lambda text: known.get(text.lower(), np.nan), -1).astype(int)

    def yes_no(self, name: str) -> np.ndarray:
        """(n,) 1 = yes, 0 = no, nan = missing or invalid."""
        book: Codebook = codebook()
        known = dict.fromkeys(book.read_yes, 1.0) | dict.fromkeys(book.read_no, 0.0)
        return self._coded(name, lambda text: known.get(text.lower(), np.nan), np.nan)

    def number(self, name: str) -> np.ndarray:
        """(n,) numbers, nan = missing, no number, or outside the plausible range of the codebook."""
        variable = codebook()[name]
        value = self._coded(name, _number, np.nan)
        outside = ~variable.in_range(pd.Series(value)).to_numpy()
        if variable.is_whole:
            outside |= ~np.isnan(value) & (value != np.round(value))
        if outside.any():
            self.mark(name, outside)
        return np.where(outside, np.nan, value)

    def mark(self, name: str, bad: np.ndarray) -> None:
        """These rows hold something in the column that cannot be."""
        self.invalid[name] = self.invalid.get(name, False) | bad

    def mark_contradictions(self, of_patient: Sequence[str]) -> None:
        """Rows of one patient and decision date whose patient variables differ: one of them is wrong, so none is used.

        Parameters
        ----------
        of_patient : columns that tell which rows belong together
        """
        keys = [name for name in of_patient if self.has(name)]
        together = self.table[keys].astype(object).where(self.table[keys].notna(), "")
        if "patient_id" not in keys or not together.duplicated().any():
            return
        group = together.groupby(keys, sort=False).ngroup().to_numpy()
        for name in self.read:
            if self.has(name) and codebook()[name].table == "patient" and name not in keys:
                text = self.table[name].map(_text, na_action="ignore")
                several = text.groupby(group).transform("nunique").to_numpy() > 1
                if several.any():
                    self.mark(name, several)

    @property
    def any_invalid(self) -> np.ndarray:
        """(n,) rows with an invalid cell among the columns read so far."""
        return np.any([np.zeros(self.n, dtype=bool), *self.invalid.values()], axis=0)

    def invalid_columns(self) -> np.ndarray:
        """(n,) tuple of the columns whose cell is invalid."""
        names = sorted(name for name, bad in self.invalid.items() if bad.any())
        out = np.empty(self.n, dtype=object)
        out[:] = [()] * self.n
        for i in np.flatnonzero(self.any_invalid):
            out[i] = tuple(name for name in names if self.invalid[name][i])
        return out

    def _coded(self, name: str, code: Callable[[str], float], missing: float) -> np.ndarray:
        """(n,) code of each cell; each distinct cell is looked at once."""
        self.read[name] = None
        if not self.has(name):
            return np.full(self.n, missing, dtype=float)
        column = self.table[name]
        places, distinct = pd.factorize(column.astype(object), use_na_sentinel=True)
        words = [_text(value) for value in distinct]
        gone = np.array([word.lower() in _EMPTY for word in words] + [True])
        codes = np.array(
            [missing if g else code(w) for w, g in zip(words, gone, strict=False)] + [missing], dtype=float
        )
        bad = np.isnan(codes) & ~gone
        if bad[places].any():
            self.mark(name, bad[places])
        codes[bad] = missing
        return codes[places]


def _text(value: Any) -> str:
    """A cell as it is compared: `2.0` is `2`, True is `true`."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return _WHOLE.sub(r"\1", str(value).strip())


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan
