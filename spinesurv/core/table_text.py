"""The text of a CSV: cells that repeat are written once, and their text is put into each of their rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.core.codes import smallest

#: rows that are put together at a time
_ROWS = 10_000


def table_text(table: pd.DataFrame) -> Iterator[str]:
    """The CSV of a table in pieces, as `to_csv` of pandas writes it: no index, 12 significant digits, `\\n`.

    O(rows * columns), and nearly all of it the putting together of texts: numbers are formatted and texts looked through for
    signs that need quotes once per different value.
    """
    coded = [_coded(table.iloc[:, at]) for at in range(table.shape[1])]
    columns = [column for column in coded if column is not None]
    if len(columns) < max(2, len(coded)):  # of other types, or one column: an empty line would need quotes
        yield table.to_csv(index=False, float_format="%.12g", lineterminator="\n")
        return
    yield ",".join(_written(table.columns)) + "\n"
    for first in range(0, len(table), _ROWS):
        rows = slice(first, first + _ROWS)
        cells = zip(*(texts[codes[rows]].tolist() for texts, codes in columns), strict=True)
        yield "\n".join(map(",".join, cells)) + "\n"


def _coded(column: pd.Series[Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Texts of a column, and which one stands in each row; None for types whose text is a matter of pandas."""
    if column.dtype == np.float64:
        # 0 and -0 are equal and not the same text
        codes, bits = pd.factorize(column.to_numpy().view(np.int64))
        numbers = bits.view(np.float64).tolist()
        texts = _texts("" if number != number else f"{number:.12g}" for number in numbers)
    elif column.dtype not in (object, np.int64, "Int64"):
        return None
    elif column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty"):
        # 1 and true are equal and not the same text
        texts = _texts("" if gap else cell for cell, gap in zip(column, column.isna(), strict=True))
        codes = np.arange(len(column))
    else:
        codes, different = pd.factorize(column.to_numpy(dtype=object))
        texts = _texts([*different, ""])  # a gap has the code -1: the last text
    return texts, smallest(codes, len(texts))


def _texts(cells: Iterable[Any]) -> NDArray[Any]:
    return np.array(_written(cells), dtype=object)


class _Lines(list[str]):
    """A file that keeps each line apart."""

    write = list.append


def _written(cells: Iterable[Any]) -> list[str]:
    """Cells as they stand in a CSV, in quotes where they need them."""
    lines = _Lines()
    csv.writer(lines, lineterminator="\n").writerows((cell, "") for cell in cells)
    return [line[:-2] for line in lines]
