"""Judges a proposal by what an import makes of it: every cell of a column is the canonical value that was written, or a gap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.proposal_counts import counts
from benchmarks.stranger_tables import Column, write_stranger
from spinesurv.cohorts import Imported, import_table
from spinesurv.cohorts.proposal import Proposed, mapping_text, propose
from spinesurv.errors import InputError

_DATES = ("index_date", "death_date", "follow_up_end_date")


def judged_by_values(name: str, folder: Path) -> dict[str, Any]:
    """One table of strangers: counts as in map_precision, right where all values are equal and at most one in 20 is lost."""
    path, columns = write_stranger(name, folder)
    proposal = propose(path)
    mapping = folder / f"{name}.toml"
    mapping.write_text(mapping_text(proposal), encoding="utf-8", newline="\n")
    read, found = "yes", None
    try:
        found = import_table(path, mapping=mapping)
    except InputError as error:
        read = f"no: {error}"
    by_name = {column.name: column for column in columns}
    right = [p for p in proposal.everything if _right(p, by_name, columns, found)]
    documented = [column.name for column in columns if not column.key.startswith("-")]
    return {**counts(f"stranger/{name}", proposal, right, documented, len(columns)), "read": read}


def _right(
    proposed: Proposed, by_name: dict[str, Column], columns: list[Column], found: Imported | None
) -> bool:
    """Whether the column is this variable and its values arrive; only the variable where it, or the outcome, waits for an answer."""
    column = by_name[proposed.from_]
    dated = proposed.key in _DATES and column.key in _DATES
    by_death = "filled" in proposed.settings and column.key == "death_date"
    if column.key != proposed.key and not dated and not by_death:
        return False
    if proposed.blocked or found is None:
        return True
    by_dates = dated and not any(c.key == "time_days" for c in columns)
    key = "time_days" if by_dates else proposed.key
    if key in ("time_days", "event", *_DATES) and key not in found.canonical:
        return True
    truth = column.truth
    if by_dates:
        truth = _days(columns)
    elif by_death:
        truth = pd.Series(np.where(truth != "", "1", "0"))
    refused = set(found.refused["line"])
    kept = [line not in refused for line in found.table.lines]
    return _equal(found.canonical[key], truth[kept], column.unsaid, 0.51 if key == "time_days" else 0.0)


def _equal(got: pd.Series, truth: pd.Series, unsaid: bool, days: float) -> bool:
    given = got.astype("string").fillna("").to_numpy(dtype=object)
    true = truth.to_numpy(dtype=object)
    number, other = (
        pd.to_numeric(pd.Series(x), errors="coerce").to_numpy(dtype=float) for x in (given, true)
    )
    same = (given == true) | np.isclose(number, other, rtol=2e-4, atol=days)
    lost = (given == "") & (true != "")
    return bool((same | (given == "")).all()) and (unsaid or lost.sum() <= 0.05 * (true != "").sum())


def _days(columns: list[Column]) -> pd.Series:
    """Days from the operation to the death, else to the last contact, as the dates of the table say."""
    day = {
        c.key: pd.to_datetime(c.truth.replace("", np.nan), format="%Y-%m-%d")
        for c in columns
        if c.key in _DATES
    }
    ends = [day[key] for key in ("death_date", "follow_up_end_date") if key in day]
    end = ends[0] if len(ends) == 1 else ends[0].fillna(ends[1])
    return (end - day["index_date"]).dt.days.map(lambda n: "" if pd.isna(n) else f"{n:.0f}")
