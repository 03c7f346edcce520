"""Codes that mean missing: what the mapping and the file itself declare, and why a value is missing."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.cohorts.cells import plain_code
from spinesurv.cohorts.mapping.mapping import Mapping
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
    declared = declared_gaps(table, mapping, column, codes, reasons)
    distinct = table.distinct(column)
    why = reasons_of(distinct.texts, declared)
    index = table.index
    if not (why != "").any():
        return table.column(column), pd.Series("", index=index, dtype=object)
    text = np.where(why != "", "", distinct.texts)
    return pd.Series(text[distinct.codes], index), pd.Series(why[distinct.codes], index)


def declared_gaps(
    table: RawTable,
    mapping: Mapping,
    column: str,
    codes: Collection[str] = (),
    reasons: Dictionary[str, str] | None = None,
) -> dict[str, str]:
    """Code as `plain_code` writes it -> why it means missing in this column."""
    declared = {plain_code(code): "declared missing" for code in (*mapping.missing, *codes)}
    declared |= {plain_code(code): why for code, why in table.content.gaps.get(column, {}).items()}
    declared |= {**mapping.reasons, **(reasons or {})}
    declared.pop("", None)
    return declared


def reasons_of(texts: NDArray[Any], declared: Dictionary[str, str]) -> NDArray[Any]:
    """Why each text means missing, "" where it does not."""
    why = np.full(len(texts), "", dtype=object)
    if declared:
        why[:] = [declared.get(plain_code(text), "") for text in texts]
    return why
