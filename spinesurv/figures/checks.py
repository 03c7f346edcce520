"""A figure that is handed the wrong table says so."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from spinesurv.errors import InputError


def require_columns(table: pd.DataFrame, columns: Iterable[str], figure: str) -> None:
    """Refuse a table without rows, or without one of these columns."""
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise InputError(
            f"figure {figure}: columns {', '.join(missing)} are missing from its table. "
            f"Found: {', '.join(map(str, table.columns))}."
        )
    if len(table) == 0:
        raise InputError(f"figure {figure}: its table has no rows. Leave the figure out and say why.")


def require_one(table: pd.DataFrame, column: str, figure: str) -> None:
    """Refuse a table with several values of a column that the figure shows one of."""
    found = list(table[column].unique())
    if len(found) > 1:
        raise InputError(
            f"figure {figure}: its table holds {len(found)} values of {column} ({', '.join(map(str, found[:3]))}, ...). "
            "Draw one at a time."
        )
