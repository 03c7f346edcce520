"""How long do a million patients take, scored by every score that is computed, and how much memory?

    python -m benchmarks.scores --size ci|full [--seed 11]

Synthetic patients with 15 % of all inputs emptied, numbers continuous. Size ci scores 20,000 and 40,000 patients: it fails
only where twice the patients take more than four times as long. Size full scores 250,000, 500,000 and 1,000,000: at most
20 seconds and 3 GB for the million (peak of the process, table of patients included), and at most 2.6 times as long for
twice the patients. It writes benchmarks/results/scores.csv; ends with code 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings

import numpy as np
import pandas as pd

from benchmarks.kept import RESULTS, commit, peak_gb
from spinesurv.core.codebook import codebook
from spinesurv.core.tables import write_table
from spinesurv.scores import SCORES, load_definition, score_table

PATIENTS = {"ci": (20_000, 40_000), "full": (250_000, 500_000, 1_000_000)}
MOST_SECONDS = 20.0
MOST_GB = 3.0
MOST_GROWTH = {"ci": 4.0, "full": 2.6}  # in time, for twice the patients
SHARE_MISSING = 0.15


def main() -> int:
    """Score tables of rising size, write the table, tell what failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(PATIENTS), default="ci")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    begin = time.perf_counter()
    table = measured(PATIENTS[options.size], options.seed, MOST_GROWTH[options.size])
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    table["minutes"] = round((time.perf_counter() - begin) / 60, 2)
    if options.size == "full":
        last = table.index[-1]
        fits = table.loc[last, "seconds"] <= MOST_SECONDS and table.loc[last, "peak_gb"] <= MOST_GB
        table.loc[last, "passed"] = "yes" if fits and table.loc[last, "passed"] == "yes" else "no"
        write_table(table, RESULTS / "scores.csv")
    print(table[["patients", "scores", "seconds", "growth", "peak_gb", "passed"]].to_string(index=False))
    return 1 if (table["passed"] == "no").any() else 0


def measured(sizes: tuple[int, ...], seed: int, most_growth: float) -> pd.DataFrame:
    """Seconds and peak memory of each size; growth is the time of a size over that of the one before."""
    keys = [key for key in SCORES if load_definition(key).computed]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score_table(patients(1000, seed), keys)  # what is loaded once is not counted
        rows: list[dict[str, object]] = []
        before = None
        for n in sizes:
            frame = patients(n, seed)
            begin = time.perf_counter()
            scored = score_table(frame, keys)
            seconds = time.perf_counter() - begin
            growth = np.nan if before is None else seconds / before
            rows.append(
                {
                    "patients": n,
                    "scores": len(keys),
                    "totals": int(scored[[f"{key}_total" for key in keys]].notna().to_numpy().sum()),
                    "seconds": round(seconds, 2),
                    "growth": round(growth, 2),
                    "peak_gb": round(peak_gb(), 2),
                    "passed": "no" if growth > most_growth else "yes",
                }
            )
            before = seconds
            del frame, scored
    return pd.DataFrame(rows)


def patients(n: int, seed: int) -> pd.DataFrame:
    """Every input of the computed scores, at random within the plausible range, 15 % of each emptied."""
    rng = np.random.default_rng(seed)
    definitions = [load_definition(key) for key in SCORES]
    names = dict.fromkeys(raw for d in definitions if d.computed for raw in d.inputs)
    columns: dict[str, object] = {}
    for name in names:
        variable = codebook()[name]
        gap = rng.random(n) < SHARE_MISSING
        if variable.is_numeric:
            low = variable.lowest or 0.0
            high = variable.highest if variable.highest is not None else low + 60.0
            values = rng.uniform(low, high, n)
            if variable.levels:
                values = rng.choice(np.array(variable.levels, dtype=float), n)
            elif variable.is_whole:
                values = np.minimum(rng.geometric(0.4, n) - 1.0 + low, high)
            columns[name] = np.where(gap, np.nan, values)
        else:
            levels = ("yes", "no") if variable.kind == "yes_no" else variable.levels
            codes = np.where(gap, -1, rng.integers(0, len(levels), n)).astype(np.int8)
            columns[name] = pd.Categorical.from_codes(codes, list(levels))
    return pd.DataFrame(columns, copy=False)


if __name__ == "__main__":
    sys.exit(main())
