"""Patients for the tests of scores: one by one from a case, or at random and consistent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook

SOUND = {
    "primary_tumor": "breast", "kps": 80.0, "n_spine_mets": 1.0, "n_extraspinal_bone_mets": 0.0,
    "visceral_mets": "none", "visceral_pattern": "none", "brain_mets": "no", "frankel": "E",
    "ambulatory_status": "independent", "albumin": 4.0,
}  # fmt: skip


def one(**changes: object) -> pd.DataFrame:
    """The sound patient with changes; None empties a cell."""
    return pd.DataFrame([{**SOUND, **changes}], index=pd.Index(["p1"]))


def many(n: int, seed: int) -> pd.DataFrame:
    """Random patients without contradictions; everything that the scores read is recorded."""
    rng = np.random.default_rng(seed)

    def pick(values: list[object], p: list[float] | None = None) -> np.ndarray:
        return rng.choice(np.array(values, dtype=object), n, p=p)

    visceral = pick(["none", "resectable", "unresectable", "present_unspecified"], [0.55, 0.15, 0.2, 0.1])
    pattern = np.where(visceral == "none", "none", "nodular").astype(object)
    pattern[rng.random(n) < 0.15] = "disseminated"
    return pd.DataFrame(
        {
            "primary_tumor": pick(list(codebook()["primary_tumor"].levels)),
            "kps": rng.choice([20.0, 40.0, 50.0, 70.0, 75.0, 80.0, 100.0], n),
            "ecog": rng.choice([0.0, 1.0, 2.0, 3.0, 4.0], n),
            "n_spine_mets": rng.choice([1.0, 2.0, 3.0, 7.0], n),
            "n_extraspinal_bone_mets": rng.choice([0.0, 1.0, 2.0, 3.0, 9.0], n),
            "visceral_mets": visceral,
            "visceral_pattern": pattern,
            "visceral_mets_treatable": pick([None, "yes", "no"]),
            "brain_mets": pick(["yes", "no"], [0.2, 0.8]),
            "brain_mets_resectable": pick([None, "yes", "no"]),
            "frankel": pick(list("ABCDE")),
            "ambulatory_status": pick(["independent", "assisted", "nonambulatory"]),
            "albumin": rng.choice([2.1, 3.4, 3.5, 4.4], n),
        },
        index=pd.MultiIndex.from_arrays(
            [["a"] * n, [f"SYN-{i}" for i in range(n)]], names=["site", "patient_id"]
        ),
    )
