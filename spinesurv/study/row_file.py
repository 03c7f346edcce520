"""A table of one row per patient that a command was asked to write: csv or xlsx."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spinesurv.core.tables import write_table
from spinesurv.errors import InputError

ENDINGS = (".csv", ".xlsx")


def check_ending(out: Path) -> None:
    """Refuse a file that is neither csv nor xlsx, before anything is computed."""
    if out.suffix.lower() not in ENDINGS:
        raise InputError(f"--out {out.name}: a file ending in {' or '.join(ENDINGS)} is expected.")


def write_rows(table: pd.DataFrame, out: Path) -> None:
    """Write the table in the format of the ending of `out`."""
    if out.suffix.lower() == ".csv":
        write_table(table, out)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_excel(out, index=False)
