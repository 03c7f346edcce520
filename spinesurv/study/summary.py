"""The few rows of a study that are kept beside an experiment's README."""

from __future__ import annotations

import tomllib
from pathlib import Path

from spinesurv.core.tables import POOLED, STACKED, write_table
from spinesurv.study.folder import RESOLVED
from spinesurv.study.run import StudyResult

COLUMNS = [
    "site", "population", "model", "reference", "metric", "horizon_days", "threshold", "value", "low", "high", "pi_low",
    "pi_high", "n", "events", "status",
]  # fmt: skip


def write_summary(result: StudyResult, path: Path) -> None:
    """Write the rows of the performance table that stand for all sites and have a value.

    Pooled rows, and for single systems also the stacked ones; of the differences those to the study's own reference.
    """
    resolved = tomllib.loads((result.folder.root / RESOLVED).read_text(encoding="utf-8"))
    rows = result.performance
    single = rows["reference"].fillna("") == ""
    own = rows["reference"] == resolved["evaluation"]["reference"]
    kept = (rows["site"] == POOLED) & (single | own) | (rows["site"] == STACKED) & single
    write_table(rows.loc[kept & (rows["status"] != "gap"), COLUMNS], path)
