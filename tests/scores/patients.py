"""Patients for the tests of scores: one by one from a case, or at random and consistent."""

from __future__ import annotations

from functools import cache

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
    return several(changes)


def several(*patients: dict[str, object]) -> pd.DataFrame:
    """The sound patient once for each set of changes."""
    index = pd.Index([f"p{i}" for i in range(1, len(patients) + 1)])
    return pd.DataFrame([{**SOUND, **changes} for changes in patients], index=index)


def many(n: int, seed: int) -> pd.DataFrame:
    """Random patients without contradictions; everything that the scores read is recorded."""
    return _made(n, seed).copy()


@cache
def _made(n: int, seed: int) -> pd.DataFrame:
    frame = _classical(n, seed)
    return pd.concat([frame, _further(frame, seed)], axis=1)


def _classical(n: int, seed: int) -> pd.DataFrame:
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


#: inputs that are yes or no and hang on nothing else
YES_NO = (
    "lymph_node_mets", "liver_mets", "systemic_controlled", "prior_surgery_site", "prior_rt_same_site",
    "hospitalised_last_3_months", "current_smoker", "dependent_functional_status", "congestive_heart_failure_30d",
    "diabetes_treated", "hypertension_treated", "copd_or_recent_pneumonia", "anaemia", "chronic_lung_disease",
    "coagulopathy", "electrolyte_abnormality", "pulmonary_circulation_disorder", "renal_failure", "malnutrition",
    "emergent_admission", "anterior_or_combined_approach", "congestive_heart_failure", "albumin_deficiency",
    "inr_elevated", "leukocytosis",
)  # fmt: skip


def _further(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng, n = np.random.default_rng(seed + 1_000_000), len(frame)
    out = {name: rng.choice(np.array(["yes", "no"], dtype=object), n) for name in YES_NO}
    organs = (frame["visceral_mets"] != "none") | (frame["visceral_pattern"] == "disseminated")
    elsewhere = organs | (frame["brain_mets"] == "yes") | (out["lymph_node_mets"] == "yes")
    systems = np.where(elsewhere, rng.choice([1.0, 2.0, 3.0, 8.0], n), 0.0)
    alone = ~elsewhere & (frame["n_spine_mets"] + frame["n_extraspinal_bone_mets"] == 1)
    months = rng.choice([0.0, 20.5, 21.0, 30.0, 30.5, 60.0, 61.0], n)
    words = np.array(["no", "yes"], dtype=object)
    return pd.DataFrame(
        {
            **out,
            "age": rng.choice([40.0, 53.9, 54.0, 60.0, 60.5, 69.9, 70.0, 71.0], n),
            "sex": rng.choice(np.array(["female", "male"], dtype=object), n),
            "leg_motor_grade": rng.choice([0.0, 3.0, 4.0, 5.0], n),
            "non_bone_mets": words[elsewhere.to_numpy().astype(int)],
            "n_organ_systems_nonbone": systems,
            "n_organ_systems": systems + 1,
            "solitary_metastasis": words[alone.to_numpy().astype(int)],
            "months_since_primary_diagnosis": months,
            "years_diagnosis_to_spine_met": months / 12,
            "n_palliative_chemo_courses": rng.choice([0.0, 1.0, 2.0, 3.0], n),
            "sins_total": rng.choice([0.0, 5.0, 6.0, 14.0], n),
            "bollen_profile": rng.choice(
                np.array(["favourable", "moderate", "unfavourable"], dtype=object), n
            ),
            "inr": rng.choice([0.9, 1.2, 1.21, 3.0], n),
            "wbc": rng.choice([4.0, 11.0, 11.1, 20.0], n),
        },
        index=frame.index,
    )
