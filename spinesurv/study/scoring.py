"""Point scores of every row of a table, written to a file (`spinesurv score`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from spinesurv.core.tables import write_table
from spinesurv.errors import InputError, unknown_name


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

    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise InputError(f"--out {out.name}: a file ending in .csv or .xlsx is expected.")
    for key in keys or ():
        if key not in SCORES:
            raise unknown_name("score", key, SCORES, where="--scores")
    patients = import_table(table, mapping=mapping).everyone.patients
    scored = score_table(patients, list(keys) if keys else None, items=items)
    if out.suffix.lower() == ".csv":
        write_table(scored, out)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        scored.to_excel(out, index=False)
    return _told(scored, out)


def _told(scored: pd.DataFrame, out: Path) -> str:
    totals = [c for c in scored.columns if c.endswith("_total")]
    known = [f"{c.removesuffix('_total')} {int(scored[c].notna().sum())}" for c in totals]
    return f"{len(scored)} rows; with a total: {', '.join(known)}\n{out}"
