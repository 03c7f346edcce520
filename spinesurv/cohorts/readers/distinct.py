"""A column of texts as its different texts, and which of them stands in each row: what repeats is held, and worked out, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.core.codes import smallest

#: different texts from which a column may be one of identifiers
_MANY = 10_000


@dataclass(frozen=True, eq=False)
class Distinct:
    """The different texts of a column, and which one stands in each row.

    Parameters
    ----------
    texts : (k,) the different texts, in the order of their first row
    codes : (n,) position in `texts`, in the smallest type of whole numbers that holds it
    """

    texts: NDArray[Any]
    codes: NDArray[Any]

    @classmethod
    def of(cls, column: pd.Series) -> Distinct:
        """Of a column of texts without gaps."""
        codes, texts = pd.factorize(column.to_numpy(dtype=object))
        return cls(np.asarray(texts, dtype=object), smallest(codes, len(texts)))

    @property
    def cells(self) -> pd.Series:
        """(n,) the column."""
        return pd.Series(self.texts[self.codes], dtype=object)


def distinct_columns(cells: pd.DataFrame) -> dict[str, Distinct]:
    """The columns of a table of texts without gaps."""
    return {str(name): Distinct.of(cells[name]) for name in cells.columns}


class Gathered:
    """A column that grows by pieces: as positions among its different texts, or as texts where nearly all differ (identifiers)."""

    def __init__(self) -> None:
        self._codes, self._pieces = _Codes(), list[NDArray[Any]]()
        self._rows, self._differ = 0, False

    def __len__(self) -> int:
        return self._rows

    def add(self, cells: Sequence[str]) -> None:
        """Further cells."""
        self._rows += len(cells)
        if self._differ:
            self._pieces.append(np.array([cell.strip() for cell in cells], dtype=object))
        else:
            self._put(np.fromiter(map(self._codes.__getitem__, cells), np.int32, len(cells)))

    def add_coded(self, texts: Sequence[str], codes: NDArray[Any]) -> None:
        """Further cells, as their different texts in the order of their first row, and which one stands in each row."""
        self._rows += len(codes)
        if self._differ:
            self._pieces.append(np.array([text.strip() for text in texts], dtype=object)[codes])
        else:
            self._put(np.fromiter(map(self._codes.__getitem__, texts), np.int32, len(texts))[codes])

    def _put(self, codes: NDArray[np.int32]) -> None:
        self._pieces.append(smallest(codes, len(self._codes.texts)))
        if len(self._codes.texts) > max(_MANY, self._rows // 2):
            self._pieces = [self._so_far().cells.to_numpy()]
            self._differ, self._codes = True, _Codes()

    def column(self) -> Distinct:
        """The column."""
        return Distinct.of(pd.Series(np.concatenate(self._pieces))) if self._differ else self._so_far()

    def _so_far(self) -> Distinct:
        return Distinct(np.array(list(self._codes.texts), dtype=object), np.concatenate(self._pieces))


class _Codes(dict[str, int]):
    """Cell -> position of its text without surrounding blanks among the different texts of its column."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, int] = {}

    def __missing__(self, cell: str) -> int:
        code = self[cell] = self.texts.setdefault(cell.strip(), len(self.texts))
        return code
