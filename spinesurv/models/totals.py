"""What every model of a point score does with the table that a score returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.errors import InputError
from spinesurv.units import DAYS_PER_MONTH


def check_totals(patients: pd.DataFrame) -> np.ndarray:
    """(n,) totals, nan where missing, out of the table that `Score.transform` returns."""
    needed = [c for c in ("total", "group", "reason") if c not in patients.columns]
    if needed:
        raise InputError(
            f"score model: columns {', '.join(needed)} are missing. It stands behind a score: "
            "make_pipeline(score, model)."
        )
    return patients["total"].to_numpy(dtype=float, na_value=np.nan)


def marker(total: np.ndarray, higher_is: str) -> np.ndarray:
    """(n,) ranking number, higher = dies sooner."""
    if higher_is not in ("better", "worse"):
        raise InputError(f"score model: higher_is {higher_is!r} found, better or worse expected.")
    return total.copy() if higher_is == "worse" else -total


def expected_days(group: pd.Series, groups: Sequence[Any]) -> np.ndarray | None:
    """(n, 2) survival interval in days that each patient's group promises; None where not every group has one."""
    promised = {g.key: g.interval_months for g in groups}
    if not promised or any(interval is None for interval in promised.values()):
        return None
    out = np.full((len(group), 2), np.nan)
    for key, (low, high) in promised.items():
        end = np.inf if high is None else high * DAYS_PER_MONTH
        out[(group == key).to_numpy(dtype=bool, na_value=False)] = (low * DAYS_PER_MONTH, end)
    return out
