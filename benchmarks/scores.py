"""How long do a million patients take, scored by every score that is computed, and how much memory?

    python -m benchmarks.scores --size ci|full [--seed 11]

Synthetic patients with 15 % of all inputs emptied, numbers continuous. Size ci scores 20,000 and 40,000 patients: it fails
only where twice the patients take more than four times as long. Size full scores 250,000, 500,000 and 1,000,000: at most
20 seconds and 3 GB for the million (of the processor; peak of the process, table of patients included), and at most 2.6 times as long for
twice the patients. It writes benchmarks/results/scores.csv; ends with code 1 when a limit is passed.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from benchmarks.growth import Limits, run
from spinesurv.core.codebook import codebook
from spinesurv.scores import SCORES, load_definition, score_table

PATIENTS = {"ci": (20_000, 40_000), "full": (250_000, 500_000, 1_000_000)}
LIMITS = Limits(seconds=20.0, gb=3.0, growth={"ci": 4.0, "full": 2.6})
SHARE_MISSING = 0.15


def main() -> int:
    """Score tables of rising size, write the table, tell what failed."""
    return run("scores", __doc__, PATIENTS, LIMITS, patients, scored, "patients")


def scored(frame: pd.DataFrame) -> dict[str, int]:
    """Every computed score on these patients: how many scores, and how many totals came out."""
    keys = [key for key in SCORES if load_definition(key).computed]
    table = score_table(frame, keys)
    totals = table[[f"{key}_total" for key in keys]].notna().to_numpy().sum()
    return {"scores": len(keys), "totals": int(totals)}


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
