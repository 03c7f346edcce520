"""Columns of all patients by site: each as its different values and how often each of them stands at each site.

Most findings ask how often what occurs where. Looked at in this form, a column of a million rows costs one pass over them, and every
further question no more than its different values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.core.codes import smallest
from spinesurv.stats.tally import Tally


@dataclass(frozen=True, eq=False)
class Column:
    """One column, its rows sorted by site.

    Parameters
    ----------
    values : (k,) different filled values: numbers ascending, texts in the order of their first row
    codes : (n,) position in `values`, -1 where a cell is empty
    ends : (sites + 1,) site s holds the rows ends[s] to ends[s + 1] - 1
    """

    values: NDArray[Any]
    codes: NDArray[Any]
    ends: NDArray[np.intp]

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """(k,) how often each value stands in all rows."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    @cached_property
    def missing(self) -> NDArray[np.intp]:
        """(sites,) empty cells."""
        return np.add.reduceat(self.codes < 0, self.ends[:-1], dtype=np.intp)

    def at(self, site: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Positions of the values that stand at a site, and how often each does."""
        codes = self.codes[self.ends[site] : self.ends[site + 1]]
        codes = codes[codes >= 0]
        if len(codes) < len(self.values):
            return np.unique(codes, return_counts=True)
        counts = np.bincount(codes, minlength=len(self.values))
        return np.flatnonzero(counts), counts[counts > 0]

    def tally(self, site: int) -> Tally:
        """The numbers of a site."""
        at, counts = self.at(site)
        return Tally(self.values[at], counts)

    def elsewhere(self, site: int) -> Tally:
        """The numbers of all other sites."""
        at, counts = self.at(site)
        rest = self.counts.copy()
        rest[at] -= counts
        return Tally(self.values[rest > 0], rest[rest > 0])

    def standing(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """(1 + k,) empty cells of some rows, and how often each value stands there."""
        return np.bincount(self.codes[rows].astype(np.intp) + 1, minlength=len(self.values) + 1)

    def where(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(n,) whether the value of a row is marked; (k,) marks."""
        return np.append(marked, False)[self.codes]


class BySite:
    """All patients of a canonical table.

    Parameters
    ----------
    frame : one row per patient with `site`; numbers may have gaps, and so may texts
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        at, sites = pd.factorize(frame["site"])
        #: names of the sites, in the order of their first row
        self.sites = [str(site) for site in sites]
        #: (sites,) patients
        self.sizes = np.bincount(at, minlength=len(sites))
        self._ends = np.concatenate([[0], np.cumsum(self.sizes)])
        self._order = np.argsort(smallest(at, len(sites)), kind="stable")
        self._columns: dict[str, Column] = {}

    def __contains__(self, name: object) -> bool:
        return name in self.frame.columns

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self.frame.columns))

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> Column:
        """A column; it is looked through when it is first asked for."""
        if name not in self._columns:
            cells = self.frame[name]
            if pd.api.types.is_numeric_dtype(cells.dtype):
                codes, values = pd.factorize(cells.to_numpy(dtype=np.float64, na_value=np.nan))
                order = np.argsort(values)
                rank = np.empty(len(values) + 1, dtype=np.intp)
                rank[order], rank[-1] = np.arange(len(values)), -1
                codes, values = rank[codes], values[order]
            else:
                codes, values = pd.factorize(cells.to_numpy(dtype=object))
            self._columns[name] = Column(values, smallest(codes, len(values))[self._order], self._ends)
        return self._columns[name]

    def filled(self, name: str) -> list[tuple[int, str]]:
        """Number and name of the sites at which a column is filled, in the order of their first filled row."""
        rows = np.flatnonzero(self.column(name).codes >= 0)
        first, end = np.searchsorted(rows, self._ends[:-1]), np.searchsorted(rows, self._ends[1:])
        at = [(self._order[rows[f]], s) for s, (f, e) in enumerate(zip(first, end, strict=True)) if f < e]
        return [(site, self.sites[site]) for _, site in sorted(at)]

    def together(self, one: str, other: str) -> tuple[dict[str, NDArray[Any]], NDArray[np.intp]]:
        """Different pairs of values of two columns, None (nan of numbers) where one is empty, and how often each pair occurs."""
        first, second = self.column(one), self.column(other)
        pairs = pd.DataFrame({one: first.codes, other: second.codes}).value_counts()
        values = {
            name: np.append(column.values, np.array([None], dtype=column.values.dtype))
            for name, column in ((one, first), (other, second))
        }
        found = {name: v[pairs.index.get_level_values(name)] for name, v in values.items()}
        return found, np.asarray(pairs, dtype=np.intp)
