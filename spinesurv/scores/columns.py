"""A table of patients becomes coded columns, checked against the codebook; equal patients are looked at once.

Every column is read once, however many scores read it: its distinct values are checked, and each patient gets the position of
the own value among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from spinesurv.core.codebook import Variable, codebook
from spinesurv.errors import InputError
from spinesurv.scores.derivation import Options
from spinesurv.scores.flags import ASSUMED

#: what stands in for an unknown hormone dependence: input -> level, by what is assumed
_HORMONE = {
    "independent": {"hormone_receptor_status": "negative", "castration_status": "resistant"},
    "dependent": {"hormone_receptor_status": "positive", "castration_status": "sensitive"},
}


_LUNG_LIVER = ("lung_mets", "liver_mets")


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of n patients.

    Parameters
    ----------
    codes : (n,) position of each patient's value in `values`, -1 where it is missing
    values : (k,) distinct values, numbers as floats, text as objects
    """

    codes: np.ndarray
    values: np.ndarray

    def at(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Values of patients; nan or None where missing."""
        gap = np.full(1, np.nan) if self.values.dtype.kind == "f" else np.full(1, None, dtype=object)
        return np.concatenate([self.values, gap])[self.codes[rows]]

    def without(self, levels: Collection[str]) -> Coded:
        """The same with these levels counted as missing."""
        if not levels:
            return self
        silent = np.array([value in levels for value in self.values] + [False])
        return replace(self, codes=np.where(silent[self.codes], -1, self.codes))

    def filled(self, level: str) -> Coded:
        """The same with a level where it is missing."""
        values = np.append(self.values, np.array([level], dtype=object))
        return Coded(np.where(self.codes < 0, len(self.values), self.codes), values)

    def rounded_down(self, grid: np.ndarray) -> Coded:
        """Numbers as the largest value of a rising grid that is not above them; below the grid, its first."""
        at = np.maximum(np.searchsorted(grid, self.values, side="right") - 1, 0)
        return Coded(np.append(at, -1).astype(np.int32)[self.codes], grid)


class Recorded(Mapping[str, np.ndarray]):
    """Coded columns as plain arrays, each made when it is looked at."""

    def __init__(self, columns: Mapping[str, Coded]) -> None:
        self._columns = columns

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name].at()

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class PatientColumns:
    """The inputs of scores, each read and checked when it is first asked for.

    A column that the table does not have is missing for everyone, except `visceral_pattern`, which then follows
    `visceral_mets`.

    Parameters
    ----------
    patients : one row per patient
    where : what is being done, for errors
    """

    def __init__(self, patients: pd.DataFrame, where: str) -> None:
        if not isinstance(patients, pd.DataFrame):
            raise InputError(
                f"{where}: a table with one row per patient is expected, found {type(patients).__name__}."
            )
        if not patients.columns.is_unique:
            twice = sorted({str(c) for c in patients.columns[patients.columns.duplicated()]})
            raise InputError(f"{where}: columns {', '.join(twice)} are there twice.")
        self.patients = patients
        self.where = where
        self._read: dict[str, Coded] = {}

    def __len__(self) -> int:
        return len(self.patients)

    def raw(self, name: str) -> Coded:
        """A column as it is recorded.

        Raises
        ------
        InputError
            A value is not a level or not a number, or numbers lie outside the plausible range.
        """
        if name not in self._read:
            self._read[name] = _coded(codebook()[name], self.patients, self.where)
        return self._read[name]

    def lung_and_liver_assumed(self, names: Collection[str]) -> bool:
        """Whether visceral metastases stand for those of lung and liver, of which the table has no column."""
        return set(_LUNG_LIVER) <= set(names) and not set(_LUNG_LIVER) & set(self.patients.columns)

    def select(
        self,
        names: Sequence[str],
        silent: Mapping[str, Collection[str]],
        options: Options,
        names_brain: bool,
    ) -> dict[str, Coded]:
        """The inputs of one score as its options have them.

        Parameters
        ----------
        names : inputs
        silent : input -> levels that say nothing
        options : `brain_counts_as_visceral` and `assume_hormone` change what is recorded
        names_brain : its factor names the brain, so that the first option does not touch it
        """
        found = {name: self.raw(name).without(silent.get(name, ())) for name in names}
        if self.lung_and_liver_assumed(names):
            found |= dict.fromkeys(_LUNG_LIVER, _present(self.raw("visceral_mets")))
        if not options.brain_counts_as_visceral and not names_brain and "brain_mets" in found:
            found["brain_mets"] = Coded(np.zeros(len(self), dtype=np.intp), np.array(["no"], dtype=object))
        if options.assume_hormone:
            for name, level in _HORMONE[options.assume_hormone].items():
                if name in found and "hormone_dependence" in found:
                    found[name] = found[name].filled(level)
        return found


def _coded(variable: Variable, patients: pd.DataFrame, where: str) -> Coded:
    n = len(patients)
    if variable.key not in patients.columns:
        empty = np.empty(0, dtype=float if variable.is_numeric else object)
        if variable.key == "visceral_pattern":
            return Coded(np.zeros(n, dtype=np.intp), np.array([ASSUMED], dtype=object))
        return Coded(np.full(n, -1), empty)
    column = patients[variable.key]
    wide, found = pd.factorize(column.astype("object") if column.dtype == "string" else column)
    codes = wide.astype(np.int32)  # half the memory
    distinct = pd.Series(found, name=variable.key)
    try:
        typed = variable.typed(distinct)
    except InputError:
        variable.typed(column)  # says how many patients
        raise
    if not variable.is_numeric:
        text = np.array(typed, dtype=object)
        text[typed.isna().to_numpy()] = None
        return _merged(Coded(codes, text))
    numbers = Coded(codes, typed.to_numpy(dtype=float, na_value=np.nan))
    outside = ~variable.in_range(pd.Series(numbers.values)).to_numpy()
    if variable.key == "n_spine_mets":
        outside &= numbers.values != 0  # no vertebra involved: outside the population, told per patient
    if outside.any():
        count = int(np.append(outside, False)[codes].sum())
        raise InputError(
            f"{where}, column {variable.key}: {count} of {n} values outside the plausible range. "
            f"Allowed: {variable.allowed}. Check the unit."
        )
    return numbers


def _merged(column: Coded) -> Coded:
    """Text that is written in several ways (True, yes) has one code; a gap has none."""
    codes, values = pd.factorize(column.values)
    return Coded(np.append(codes, -1).astype(np.int32)[column.codes], np.asarray(values, dtype=object))


def _present(organs: Coded) -> Coded:
    """yes where there are visceral metastases, no where there are none."""
    return Coded(
        organs.codes, np.array(["no" if v == "none" else "yes" for v in organs.values], dtype=object)
    )


def distinct(columns: Mapping[str, Coded], names: Sequence[str]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The distinct patients as far as these inputs go, and for each patient which of them it is."""
    which = np.zeros(len(next(iter(columns.values())).codes), dtype=np.int64)
    size = 1
    for name in names:
        levels = len(columns[name].values) + 1
        if size * levels > 2**62:
            which, seen = pd.factorize(which)
            size = len(seen)
        which = which * levels + (columns[name].codes + 1)
        size *= levels
    which, seen = pd.factorize(which)
    first = np.empty(len(seen), dtype=np.intp)
    first[which[::-1]] = np.arange(len(which) - 1, -1, -1)
    return {name: columns[name].at(first) for name in names}, which
