"""Seconds and peak memory of something for tables of rising size: the loop and the limits that such benchmarks share.

`seconds` are those of the processor, which a machine that does nothing else shows on the clock; `clock_seconds` those that
passed. What is timed runs on one thread.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.kept import RESULTS, commit, peak_gb
from spinesurv.core.tables import write_table
from spinesurv.scores import ProvisionalScoreWarning


@dataclass(frozen=True)
class Limits:
    """What is allowed: seconds and GB of the largest full size, and growth in time for twice the rows, by size."""

    seconds: float
    gb: float
    growth: dict[str, float]


def run(
    name: str,
    told: str | None,
    sizes: dict[str, tuple[int, ...]],
    limits: Limits,
    make: Callable[[int, int], pd.DataFrame],
    work: Callable[[pd.DataFrame], dict[str, Any]],
    rows: str,
) -> int:
    """Time `work` on tables of rising size, print, and keep the result of the full size.

    Parameters
    ----------
    name, told : of the result file; text of the command line
    sizes, limits : sizes by name of the size; what is allowed
    make : (rows, seed) -> table
    work : what is timed; returns counts that belong to the result
    rows : name of the column of sizes

    Returns
    -------
    int
        Exit code: 1 where a limit is passed.
    """
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=list(sizes), default="ci")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    begin = time.perf_counter()
    table = _measured(sizes[options.size], options.seed, limits.growth[options.size], make, work, rows)
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    table["minutes"] = round((time.perf_counter() - begin) / 60, 2)
    if options.size == "full":
        last = table.index[-1]
        fits = table.loc[last, "seconds"] <= limits.seconds and table.loc[last, "peak_gb"] <= limits.gb
        table.loc[last, "passed"] = "yes" if fits and table.loc[last, "passed"] == "yes" else "no"
        write_table(table, RESULTS / f"{name}.csv")
    print(table.drop(columns=["seed", "size", "commit", "minutes"]).to_string(index=False))
    return 1 if (table["passed"] == "no").any() else 0


def _measured(
    sizes: tuple[int, ...],
    seed: int,
    most_growth: float,
    make: Callable[[int, int], pd.DataFrame],
    work: Callable[[pd.DataFrame], dict[str, Any]],
    name: str,
) -> pd.DataFrame:
    """Seconds and peak memory of each size; growth is the time of a size over that of the one before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProvisionalScoreWarning)
        work(make(1000, seed))  # what is loaded once is not counted
        out: list[dict[str, Any]] = []
        before = None
        for n in sizes:
            frame = make(n, seed)
            begin, clock = time.process_time(), time.perf_counter()
            counts = work(frame)
            seconds, shown = time.process_time() - begin, time.perf_counter() - clock
            growth = np.nan if before is None else seconds / before
            out.append(
                {
                    name: n,
                    **counts,
                    "seconds": round(seconds, 2),
                    "clock_seconds": round(shown, 2),
                    "growth": round(growth, 2),
                    "peak_gb": round(peak_gb(), 2),
                    "passed": "no" if growth > most_growth else "yes",
                }
            )
            before = seconds
            del frame
    return pd.DataFrame(out)
