"""The few rows of a study that are kept beside an experiment's README."""

from __future__ import annotations

from pathlib import Path

from spinesurv.core.tables import POOLED, STACKED, write_table
from spinesurv.study.run import StudyResult

COLUMNS = [
    "site", "model", "reference", "metric", "horizon_days", "value", "low", "high", "pi_low", "pi_high", "n",
    "events", "status",
]  # fmt: skip


def write_summary(result: StudyResult, path: Path) -> None:
    """Write the pooled and stacked rows of the performance table that have a value."""
    rows = result.performance
    kept = rows[rows["site"].isin([POOLED, STACKED]) & (rows["status"] != "gap")]
    write_table(kept[COLUMNS], path)
