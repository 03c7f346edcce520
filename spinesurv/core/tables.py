"""Names of result columns, and how a result table is written: the same table always gives the same bytes."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from spinesurv.core.table_text import table_text

#: one row per estimate; what `site`, `population`, `missing` and `status` may be is told in docs/design.md
PERFORMANCE_COLUMNS = [
    "cohort", "design", "site", "population", "missing", "model", "update", "reference", "metric",
    "horizon_days", "threshold", "imputation", "resample", "value", "std_error", "low", "high", "pi_low",
    "pi_high", "tau", "n", "events", "scale", "method", "status", "reason",
]  # fmt: skip

#: one row per patient, system and horizon; lives only in private/
PREDICTION_COLUMNS = [
    "cohort", "design", "model", "update", "site", "patient_id", "imputation", "resample", "horizon_days",
    "survival", "low", "high", "marker", "total", "reason", "missing",
]  # fmt: skip

#: behind the name of a system whose points or terms are not all confirmed
PROVISIONAL_MARK = "†"

POOLED, STACKED = "pooled", "stacked"

#: design of predictions that somebody made elsewhere
AS_GIVEN = "as_given"

#: populations of a study: patients as recorded; the same with gaps filled by what the training part taught; and with
#: gaps of judged patients filled from their own site and outcome
COMPLETE, IMPUTED, IMPUTED_FULL = "complete", "imputed", "imputed_full_information"
#: what a table of completed patients estimates -> its population. `deployment`: performance when a new patient's gaps are
#: filled before anything of the outcome is known. `full_information`: performance had nothing been missing
ESTIMANDS = {"deployment": IMPUTED, "full_information": IMPUTED_FULL}


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV with 12 significant digits and `\\n`, complete or not at all.

    A path ending in .gz is compressed without a time stamp or a name, so its bytes depend on the table only.
    """
    pieces = (piece.encode("utf-8") for piece in table_text(table))
    if path.suffix == ".gz":
        write_bytes(gzip.compress(b"".join(pieces), compresslevel=4, mtime=0), path)
    else:
        _write(pieces, path)


def write_text(text: str, path: Path) -> None:
    """Write a text file in UTF-8 with `\\n`, complete or not at all."""
    write_bytes(text.encode("utf-8"), path)


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file, complete or not at all."""
    _write([content], path)


def _write(pieces: Iterable[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.writelines(pieces)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
