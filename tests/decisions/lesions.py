"""Random lesions, and the worked cases of the decision tables as tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import codebook
from tests.decisions.by_hand import ALIGNMENT, BONE, GRADES, PAIN, POSTEROLATERAL

YES_NO = (
    "myelopathy", "prior_rt_same_site", "tolerates_surgery", "isolated_lesion", "slow_growing", "performance_acceptable",
)  # fmt: skip


def random_lesions(n: int, seed: int, missing: float = 0.15) -> pd.DataFrame:
    """n lesions of n patients under canonical names; cells of the inputs are missing independently of each other."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "level": rng.choice(codebook()["level"].levels, n),
        "pain": rng.choice(list(PAIN), n),
        "bone_lesion": rng.choice(list(BONE), n),
        "alignment": rng.choice(list(ALIGNMENT), n, p=[0.15, 0.25, 0.6]),
        "collapse_pct": rng.choice([0, 0, 10, 50, 51, 80], n),
        "body_involved_pct": rng.choice([10, 50, 51, 90], n),
        "posterolateral": rng.choice(list(POSTEROLATERAL), n),
        "escc_grade": rng.choice([*GRADES, "1"], n),
        "primary_tumor": rng.choice(codebook()["primary_tumor"].levels, n),
        "patient_wishes": rng.choice(["accepts_surgery", "declines_surgery", "undecided"], n),
        "ecog": rng.integers(0, 5, n).astype(float),
        "median_days": rng.choice([20, 28, 42, 60, 90, 91, 400, 730, 900], n).astype(float),
    }
    columns |= {name: rng.random(n) < 0.5 for name in YES_NO}
    for day in (28, 42, 90, 365, 730):
        p = rng.random(n).round(2)
        half = 0.2 * rng.random(n)
        columns[f"p_survive_{day}"] = p
        columns[f"ci_low_{day}"] = np.clip(p - half, 0, 1).round(2)
        columns[f"ci_high_{day}"] = np.clip(p + half, 0, 1).round(2)
    table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    table = table.mask(rng.random(table.shape) < missing)
    keys = {"patient_id": [f"P{i:05d}" for i in range(n)], "lesion_id": "1", "decision_date": "2024-05-01"}
    return pd.concat([pd.DataFrame(keys), table], axis=1)


def case_rows(cases: list[dict[str, Any]]) -> pd.DataFrame:
    """The inputs of worked cases, one row each; survival as columns."""
    rows = []
    for case in cases:
        inputs = dict(case["inputs"])
        for day, (p, low, high) in inputs.pop("survival", {}).items():
            inputs |= {f"p_survive_{day}": p, f"ci_low_{day}": low, f"ci_high_{day}": high}
        rows.append(inputs)
    return pd.DataFrame(rows, index=[case["id"] for case in cases])
