"""Point scores of every row of a table, written to a file (`spinesurv score`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from spinesurv.errors import unknown_name
from spinesurv.study.row_file import check_ending, write_rows


def write_scores(
    table: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    keys: Sequence[str] | None = None,
    items: bool = False,
) -> str:
    """Score a table and write one row per input row, in its order; returns what to tell the user.

    Raises
    ------
    InputError
        The table cannot be read, a score is unknown, or `out` is neither csv nor xlsx.
    """
    from spinesurv.cohorts import import_table
    from spinesurv.scores import SCORES, score_table

    check_ending(out)
    for key in keys or ():
        if key not in SCORES:
            raise unknown_name("score", key, SCORES, where="--scores")
    patients = import_table(table, mapping=mapping).everyone.patients
    scored = score_table(patients, list(keys) if keys else None, items=items)
    write_rows(scored, out)
    return _told(scored, out)


def _told(scored: pd.DataFrame, out: Path) -> str:
    totals = [c for c in scored.columns if c.endswith("_total")]
    known = [f"{c.removesuffix('_total')} {int(scored[c].notna().sum())}" for c in totals]
    return f"{len(scored)} rows; with a total: {', '.join(known)}\n{out}"
