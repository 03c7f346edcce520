"""Codes that mean missing: what the mapping and the file itself declare, and why a value is missing."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Dictionary

import pandas as pd

from spinesurv.cohorts.cells import plain_code
from spinesurv.cohorts.mapping import Mapping
from spinesurv.cohorts.read_table import RawTable


def filled_text(
    table: RawTable,
    mapping: Mapping,
    column: str,
    codes: Collection[str] = (),
    reasons: Dictionary[str, str] | None = None,
) -> tuple[pd.Series, pd.Series]:
    """A raw column with the codes that mean missing as "", and the reason of each such cell.

    Parameters
    ----------
    codes, reasons : of this column, in the mapping; those of the whole table and of the file are added

    Returns
    -------
    text : (n,) cells, "" where empty or declared missing
    why : (n,) "" where a cell is filled, or empty in the file; else the reason, "declared missing" where none was said
    """
    text = table.cells[column]
    declared = {plain_code(code): "declared missing" for code in (*mapping.missing, *codes)}
    declared |= {plain_code(code): why for code, why in table.content.gaps.get(column, {}).items()}
    declared |= {**mapping.reasons, **(reasons or {})}
    declared.pop("", None)
    found = {value: declared[plain_code(value)] for value in text.unique() if plain_code(value) in declared}
    if not found:
        return text, pd.Series("", index=text.index, dtype=object)
    why = text.map(found).fillna("").astype(object)
    return text.mask(why != "", ""), why
