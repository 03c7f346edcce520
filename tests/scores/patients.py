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
    foci = rng.choice([0.0, 1.0, 2.0, 3.0, 9.0], n)
    return pd.DataFrame(
        {
            "primary_tumor": pick(list(codebook()["primary_tumor"].levels)),
            "kps": rng.choice([20.0, 40.0, 50.0, 70.0, 75.0, 80.0, 100.0], n),
            "ecog": rng.choice([0.0, 1.0, 2.0, 3.0, 4.0], n),
            "n_spine_mets": rng.choice([1.0, 2.0, 3.0, 7.0], n),
            "n_extraspinal_bone_mets": foci,
            "visceral_mets": visceral,
            "visceral_pattern": pattern,
            "visceral_mets_treatable": pick([None, "yes", "no"]),
            "brain_mets": pick(["yes", "no"], [0.2, 0.8]),
            "brain_mets_resectable": pick([None, "yes", "no"]),
            "frankel": pick(list("ABCDE")),
            "ambulatory_status": pick(["independent", "assisted", "nonambulatory"]),
            "albumin": rng.choice([2.1, 3.4, 3.5, 3.69, 3.7, 4.4], n),
            "pathologic_fracture": pick(["yes", "no"]),
            "previous_chemotherapy": pick(["yes", "no"]),
            "hormone_dependence": pick(["dependent", "independent"]),
            "hormone_receptor_status": pick(["positive", "negative", "unknown"]),
            "castration_status": pick(["sensitive", "resistant", "unknown"]),
            "molecular_targeted_therapy": pick(["yes", "no"]),
            "egfr_mutation": pick(["positive", "negative", "unknown"]),
            "crp": rng.choice([0.1, 0.39, 0.4, 8.0], n, p=[0.5, 0.3, 0.1, 0.1]),
            "ldh": rng.choice([180.0, 249.0, 250.0, 900.0], n, p=[0.5, 0.3, 0.1, 0.1]),
            "platelets": rng.choice([40.0, 99.0, 100.0, 300.0], n, p=[0.05, 0.05, 0.3, 0.6]),
            "calcium": rng.choice([8.8, 10.2, 10.3, 12.0], n, p=[0.6, 0.3, 0.05, 0.05]),
            "bilirubin": rng.choice([0.5, 1.39, 1.4, 7.0], n, p=[0.6, 0.3, 0.05, 0.05]),
            "interval_dx_to_mscc_months": rng.choice([0.0, 15.0, 15.5, 60.0], n),
            "motor_deficit_days": rng.choice([0.0, 7.0, 7.5, 30.0], n),
            "other_bone_mets": np.where(foci > 0, "yes", "no").astype(object),
        },
        index=pd.MultiIndex.from_arrays(
            [["a"] * n, [f"SYN-{i}" for i in range(n)]], names=["site", "patient_id"]
        ),
    )
