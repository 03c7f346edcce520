"""How the variables of a patients table look to the equations that impute them: codes, and columns of a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Variable, codebook
from spinesurv.core.codebook import NO, YES
from spinesurv.errors import InputError

#: of a table that tells how each variable is imputed
EQUATION_COLUMNS = ("variable", "method", "scale", "columns", "n", "missing")
#: kinds of variables that can be completed
KINDS = ("number", "count", "yes_no", "category", "ordered")
#: levels of a category with fewer training patients have no column of their own and no equation of their own
FEWEST_PATIENTS = 10
#: standardised numbers are kept within, so that one odd value does not steer an equation
LARGEST_Z = 5.0


@dataclass(frozen=True, eq=False)
class NumberScale:
    """A number, count or ordered level as one standardised column.

    Parameters
    ----------
    is_log : the logarithm is less skewed than the value itself
    shift : added before the logarithm
    lowest : smallest value in training; anything below counts as this one
    mean, sd : of the (transformed) training values; sd 0 = constant, no column
    """

    is_log: bool
    shift: float
    lowest: float
    mean: float
    sd: float

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.sd > 0)

    def columns(self, codes: np.ndarray) -> np.ndarray:
        """(n, width) columns; 0, the mean, where the code is missing."""
        if not self.width:
            return np.zeros((len(codes), 0))
        z = (self._transformed(codes) - self.mean) / self.sd
        return np.nan_to_num(np.clip(z, -LARGEST_Z, LARGEST_Z))[:, None]

    def codes(self, z: np.ndarray) -> np.ndarray:
        """Values that standardised ones stand for."""
        value = z * self.sd + self.mean
        return np.exp(value) - self.shift if self.is_log else value

    def _transformed(self, codes: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(codes, self.lowest) + self.shift) if self.is_log else codes

    @classmethod
    def learn(cls, codes: np.ndarray, *, may_log: bool) -> NumberScale:
        """From the codes of training patients; missing ones are left out."""
        known = codes[~np.isnan(codes)]
        lowest, spread = float(known.min()), float(known.std())
        plain = cls(False, 0.0, lowest, float(known.mean()), spread)
        if not may_log or lowest < 0 or not (spread > 0 and (known > 0).any()):
            return plain
        shift = 0.0 if lowest > 0 else float(known[known > 0].min()) / 2.0
        logged = np.log(known + shift)
        if abs(_skewness(logged)) >= abs(_skewness(known)):
            return plain
        return cls(True, shift, lowest, float(logged.mean()), float(logged.std()))


@dataclass(frozen=True, eq=False)
class LevelScale:
    """A yes/no variable or category as one centred column per level but the most frequent one.

    Parameters
    ----------
    shown : (width,) code of the level of each column
    share : (width,) share of training patients with that level
    """

    shown: np.ndarray
    share: np.ndarray

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.shown)

    def columns(self, codes: np.ndarray) -> np.ndarray:
        """(n, width) columns; 0, the mean, where the code is missing."""
        own = (codes[:, None] == self.shown) - self.share
        return np.where(np.isnan(codes)[:, None], 0.0, own)

    @classmethod
    def learn(cls, codes: np.ndarray) -> LevelScale:
        """From the codes of training patients; rare levels share the columns of the most frequent one."""
        level, count = np.unique(codes[~np.isnan(codes)], return_counts=True)
        order = np.argsort(-count, kind="stable")[1:]
        kept = order[count[order] >= FEWEST_PATIENTS]
        return cls(level[kept], count[kept] / count.sum())


def levels_of(variable: Variable) -> tuple[str, ...]:
    """Levels that codes 0, 1, ... of a variable stand for; empty where the code is the number itself."""
    if variable.kind == "yes_no":
        return (NO, YES)
    return () if variable.is_numeric else variable.levels


def is_matched(variable: Variable) -> bool:
    """Whether its values have an order, so that a predicted mean says who is alike."""
    return variable.is_numeric or variable.kind == "ordered"


def codes_of(variable: Variable, values: pd.Series[Any]) -> np.ndarray:
    """(n,) codes: the numbers, or positions of levels; nan for a gap and for what is no level."""
    levels = levels_of(variable)
    if not levels:
        number = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.isfinite(number), number, np.nan)
    if pd.api.types.is_bool_dtype(values.dtype):
        values = values.map({True: YES, False: NO})
    code = pd.Categorical(values, categories=list(levels)).codes.astype(float)
    return np.where(code < 0, np.nan, code)


def values_of(variable: Variable, codes: np.ndarray) -> np.ndarray:
    """What stands in the table for these codes."""
    levels = levels_of(variable)
    if levels:
        return np.asarray(np.array(levels, dtype=object)[codes.astype(np.intp)])
    return np.asarray(np.rint(codes).astype(np.int64) if variable.is_whole else codes)


def asked_variables(keys: Sequence[str] | None, patients: pd.DataFrame) -> list[Variable]:
    """Variables to complete: those of the keys, or every baseline variable of the table that can be.

    Raises
    ------
    InputError
        A variable is not known at time zero, or neither a number, count, yes/no, category nor ordered.
    """
    book = codebook()
    if keys is None:
        own = [book[c] for c in patients.columns if c in book]
        return [v for v in own if v.role == "baseline" and v.kind in KINDS]
    chosen = [book[key] for key in dict.fromkeys(keys)]
    refused = [v for v in chosen if v.role != "baseline" or v.kind not in KINDS]
    if refused:
        raise InputError(
            "imputer: "
            + ", ".join(f"{v.key} (role {v.role}, {v.kind})" for v in refused)
            + " cannot be completed. Only what is known at time zero and is a number, count, yes/no, category or "
            "ordered can."
        )
    return chosen


def gap_counts(codes: Mapping[str, np.ndarray], n: int) -> tuple[dict[str, int], dict[str, str]]:
    """Variable -> gaps among n training patients; and variable -> reason, where nobody has a value."""
    counts = {key: int(np.isnan(c).sum()) for key, c in codes.items()}
    empty = f"no value among the {n} training patients"
    return counts, {key: empty for key, gaps in counts.items() if gaps == n}


def column_of(patients: pd.DataFrame, key: str) -> pd.Series[Any]:
    if key in patients.columns:
        return patients[key]
    return pd.Series(np.nan, index=patients.index, name=key, dtype="float64")


def filled_column(variable: Variable, recorded: pd.Series[Any], codes: np.ndarray) -> pd.Series[Any] | None:
    """The column with its gaps filled, in its own type; None where there is no gap."""
    gaps = recorded.isna().to_numpy()
    if not gaps.any():
        return None
    fits = pd.api.types.is_numeric_dtype(recorded.dtype) == variable.is_numeric
    out = (recorded if fits else variable.typed(recorded)).copy()
    out.iloc[np.flatnonzero(gaps)] = values_of(variable, codes[gaps])
    return out


def _skewness(values: np.ndarray) -> float:
    z = values - values.mean()
    return float((z**3).mean() / max((z**2).mean(), 1e-300) ** 1.5)
