"""How long does a CSV file of a million rows take from the file to the audit, and how much memory?

    python -m benchmarks.import_speed --size ci|full [--seed 11]

Rows of the synthetic cohort, repeated under identifiers of their own, 20 columns. Size ci imports 10,000 and 20,000 rows: it
fails only where twice the rows take more than four times as long. Size full imports 250,000, 500,000 and 1,000,000: at most 60
seconds and 4 GB for the million (peak of the process), and at most 2.6 times as long for twice the rows. It writes
benchmarks/results/import_speed.csv; ends with code 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.kept import RESULTS, commit, peak_gb
from spinesurv.cohorts import import_table, make_cohort
from spinesurv.core.tables import write_table

ROWS = {"ci": (10_000, 20_000), "full": (250_000, 500_000, 1_000_000)}
MOST_SECONDS, MOST_GB = 60.0, 4.0
MOST_GROWTH = {"ci": 4.0, "full": 2.6}  # in time, for twice the rows
COLUMNS = 20


def main() -> int:
    """Import files of rising size, write the table, tell what failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(ROWS), default="ci")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    table = measured(ROWS[options.size], options.seed)
    table["passed"] = np.where(table["growth"] > MOST_GROWTH[options.size], "no", "yes")
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    if options.size == "full":
        last = table.index[-1]
        if table.loc[last, "seconds"] > MOST_SECONDS or table.loc[last, "peak_gb"] > MOST_GB:
            table.loc[last, "passed"] = "no"
        write_table(table, RESULTS / "import_speed.csv")
    print(table.to_string(index=False))
    return 1 if (table["passed"] == "no").any() else 0


def measured(sizes: tuple[int, ...], seed: int) -> pd.DataFrame:
    """Seconds and peak memory of each size; growth is the time of a size over that of the one before."""
    base = make_cohort(patients=4000, seed=seed).to_table().iloc[:, :COLUMNS]
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        for n in sizes:
            rows = base.iloc[np.arange(n) % len(base)].assign(patient_id=np.arange(n))
            rows.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
            del rows
            begin = time.perf_counter()
            imported = import_table(path)
            seconds = time.perf_counter() - begin
            growth = seconds / found[-1]["seconds"] if found else np.nan
            megabytes = path.stat().st_size / 1e6
            found.append(
                {
                    "rows": n, "columns": COLUMNS, "megabytes": round(megabytes, 1), "patients": len(imported.canonical),
                    "seconds": round(seconds, 2), "growth": round(growth, 2), "peak_gb": round(peak_gb(), 2),
                }
            )  # fmt: skip
            del imported
    return pd.DataFrame(found)


if __name__ == "__main__":
    sys.exit(main())
