"""Cut a table into pages, so that a figure of many systems stays legible on paper."""

from __future__ import annotations

import pandas as pd


def pages(table: pd.DataFrame, column: str = "model", *, size: int = 4) -> list[pd.DataFrame]:
    """The table in parts that hold at most `size` values of a column each, as even as possible, in its order."""
    values = list(dict.fromkeys(table[column]))
    count = max(1, -(-len(values) // size))
    each, extra = divmod(len(values), count)
    parts, start = [], 0
    for page in range(count):
        stop = start + each + (page < extra)
        parts.append(table[table[column].isin(values[start:stop])].reset_index(drop=True))
        start = stop
    return parts
