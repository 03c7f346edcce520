"""How long does `spinesurv check` take for a CSV file of a million rows, from the file to the written audit, and how much memory?

    python -m benchmarks.import_speed --size ci|full [--seed 11]

Rows of the synthetic cohort, repeated under identifiers of their own: its first 20 columns, and all of them (wide). What is timed is
all that the command does: the file is read, harmonised and audited, and audit.json, audit.html and the private tables are written. Size
ci takes 10,000 and 20,000 rows: it fails only where twice the rows take more than four times as long. Size full takes 250,000, 500,000
and 1,000,000: at most 60 seconds and 4 GB for the million (peak of a process of its own), and at most 2.6 times as long for twice the
rows. Seconds are those of the clock; of a machine that does other work at the same time, those of the processor are kept beside
them. It writes benchmarks/results/import_speed.csv; ends with code 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.kept import RESULTS, commit, peak_gb
from spinesurv.cohorts import check_table, make_cohort
from spinesurv.core.tables import write_table

ROWS = {"ci": (10_000, 20_000), "full": (250_000, 500_000, 1_000_000)}
MOST_SECONDS, MOST_GB = 60.0, 4.0
MOST_GROWTH = {"ci": 4.0, "full": 2.6}  # in time, for twice the rows
#: first columns of the cohort; None = all
COLUMNS = (20, None)


def main() -> int:
    """Check files of rising size, write the table, tell what failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(ROWS), default="ci")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    sizes = ROWS[options.size]
    table = pd.DataFrame([measured(n, columns, options.seed) for columns in COLUMNS for n in sizes])
    growth = table["cpu_seconds"] / table.groupby("columns")["cpu_seconds"].shift()
    table.insert(6, "growth", growth.round(2))
    table["passed"] = np.where(growth > MOST_GROWTH[options.size], "no", "yes")
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    if options.size == "full":
        slow = (table["rows"] == max(sizes)) & (
            (table["seconds"] > MOST_SECONDS) | (table["peak_gb"] > MOST_GB)
        )
        table["passed"] = table["passed"].mask(slow, "no")
        write_table(table, RESULTS / "import_speed.csv")
    print(table.to_string(index=False))
    return 1 if (table["passed"] == "no").any() else 0


def measured(rows: int, columns: int | None, seed: int) -> dict[str, float]:
    """Seconds and peak memory of one check, in a process of its own: memory that was once taken is not given back."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_measure, rows, columns, seed).result()


def _measure(n: int, columns: int | None, seed: int) -> dict[str, float]:
    base = make_cohort(patients=4000, seed=seed).to_table().iloc[:, :columns]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        for first in range(0, n, 50_000):
            at = np.arange(first, min(n, first + 50_000))
            part = base.iloc[at % len(base)].assign(patient_id=at)
            part.to_csv(path, index=False, lineterminator="\n", encoding="utf-8", mode="a", header=first == 0)
        del part
        begin, cpu = time.perf_counter(), time.process_time()
        out = check_table(path, out=Path(folder) / "check").parent
        took, used = time.perf_counter() - begin, time.process_time() - cpu
        attrition = json.loads((out / "audit.json").read_text(encoding="utf-8"))["attrition"]
        return {
            "rows": n, "columns": base.shape[1], "megabytes": round(path.stat().st_size / 1e6, 1),
            "patients": next(step["n"] for step in attrition if step["step"] == "patients"), "seconds": round(took, 2),
            "cpu_seconds": round(used, 2), "peak_gb": round(peak_gb(), 2),
        }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
