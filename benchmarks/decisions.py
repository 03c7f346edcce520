"""How long does `decide` take for a million lesions, and how much memory?

    python -m benchmarks.decisions --size ci|full [--seed 11]

Synthetic lesions as text, as they are read from a file, with 15 % of all inputs emptied: SINS, ESCC, radiosensitivity, NOMS,
survival gates and the integration, to the table that `spinesurv decide` writes. Reading and writing files is not counted. Size
ci takes 20,000 and 40,000 lesions: it fails only where twice the lesions take more than four times as long. Size full
takes 250,000, 500,000 and 1,000,000: at most 20 seconds and 3 GB for the million (of the processor; peak of the process, table of
lesions included), and at most 2.6 times as long for twice the lesions. It writes benchmarks/results/decisions.csv;
ends with code 1 when a limit is passed.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from benchmarks.growth import Limits, run
from spinesurv.core.codebook import codebook
from spinesurv.decisions import integrate

LESIONS = {"ci": (20_000, 40_000), "full": (250_000, 500_000, 1_000_000)}
LIMITS = Limits(seconds=20.0, gb=3.0, growth={"ci": 4.0, "full": 2.6})
SHARE_MISSING = 0.15

INPUTS = (
    "level", "pain", "bone_lesion", "alignment", "collapse_pct", "body_involved_pct", "posterolateral", "escc_grade",
    "myelopathy", "primary_tumor", "prior_rt_same_site", "tolerates_surgery", "patient_wishes", "isolated_lesion",
    "slow_growing", "performance_acceptable", "asa", "ecog", "frankel",
)  # fmt: skip
DAYS = (28, 42, 90, 365, 730)


def main() -> int:
    """Decide on tables of rising size, write the table, tell what failed."""
    return run("decisions", __doc__, LESIONS, LIMITS, lesions, decided, "lesions")


def decided(table: pd.DataFrame) -> dict[str, int]:
    """The table of `spinesurv decide`: its columns, and how many lesions have one single decision."""
    frame = integrate(table).to_frame()
    single = frame["int_status"].isin(["determined", "determined_despite_missing"])
    return {"columns": frame.shape[1], "determined": int(single.sum())}


def lesions(n: int, seed: int) -> pd.DataFrame:
    """Every input of the decision systems, at random among its levels or within its range, 15 % of each emptied."""
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {
        "patient_id": np.arange(n).astype(str).astype(object),
        "lesion_id": np.array(["1"], dtype=object)[np.zeros(n, dtype=int)],
        "decision_date": np.array(["2024-05-01"], dtype=object)[np.zeros(n, dtype=int)],
    }
    for name in INPUTS:
        variable = codebook()[name]
        levels = ("yes", "no") if variable.kind == "yes_no" else variable.levels
        words = levels or [f"{v}" for v in range(0, 101, 5)]
        columns[name] = _text(words, rng.integers(0, len(words), n), rng)
    alive = np.sort(rng.integers(20, 980, (n, len(DAYS))), axis=1)[:, ::-1]
    thousandths = [f"{k / 1000:.3f}" for k in range(1001)]
    for k, day in enumerate(DAYS):
        for name, shift in (("p_survive", 0), ("ci_low", -80), ("ci_high", 80)):
            columns[f"{name}_{day}"] = _text(thousandths, np.clip(alive[:, k] + shift, 0, 1000), rng)
    return pd.DataFrame(columns, copy=False)


def _text(words: object, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Words at these places; 15 % of the cells are empty."""
    known = np.array([*list(words), None], dtype=object)  # type: ignore[call-overload]
    return known[np.where(rng.random(len(place)) < SHARE_MISSING, len(known) - 1, place)]


if __name__ == "__main__":
    sys.exit(main())
