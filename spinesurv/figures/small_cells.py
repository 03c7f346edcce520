"""Counts of one to four patients never leave in a figure's table or in the report."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

#: the smallest count that is shown, besides zero
SMALLEST_SHOWN = 5
SMALL_CELL = f"<{SMALLEST_SHOWN}"


def is_small(count: float) -> bool:
    """Whether a count must be hidden: 1 to 4. Nobody is recognised in a zero."""
    return 0 < count < SMALLEST_SHOWN


def without_small_cells(table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """A copy in which counts from 1 to 4 in these columns are missing."""
    hidden = {
        name: table[name].astype("Int64").mask(table[name].between(1, SMALLEST_SHOWN - 1)) for name in columns
    }
    return table.assign(**hidden)


def count_or_dash(count: object) -> str:
    """A count as text: a dash where it is missing, for whatever reason it was hidden."""
    return "–" if pd.isna(count) else shown_count(count)  # type: ignore[call-overload]


def shown_count(count: object) -> str:
    """A count as text: `<5` where it is missing or small."""
    if pd.isna(count) or is_small(float(count)):  # type: ignore[arg-type,call-overload]
        return SMALL_CELL
    return f"{int(count):,}".replace(",", "\u202f")  # type: ignore[call-overload]
