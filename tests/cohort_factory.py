"""A small cohort with known truth for tests of models, evaluation and studies: three sites, exponential survival."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Outcome

TRUE_LOG_HR = {"albumin": -0.6, "ecog": 0.4, "brain_mets": 0.5}


def small_cohort(
    n: int = 600, seed: int = 1, *, missing: float = 0.0, sites: tuple[str, ...] = ("a", "b", "c")
) -> Cohort:
    """n patients; hazard exp(lp) / 300 per day with the log hazard ratios above, random censoring up to 3 years."""
    random = np.random.default_rng(seed)
    site = np.array(sites)[np.arange(n) % len(sites)]
    index = pd.MultiIndex.from_arrays([site, [f"{i:05d}" for i in range(n)]], names=["site", "patient_id"])
    patients = pd.DataFrame(
        {
            "albumin": np.clip(random.normal(3.6, 0.5, n), 1.5, 5.5),
            "ecog": random.integers(0, 5, n),
            "brain_mets": random.choice(["yes", "no"], n, p=[0.2, 0.8]),
            "primary_tumor": random.choice(
                ["breast", "lung_nsclc", "kidney", "thymoma"], n, p=[0.4, 0.4, 0.18, 0.02]
            ),
            "n_spine_mets": random.integers(1, 5, n),
            "n_extraspinal_bone_mets": random.integers(0, 4, n),
            "visceral_mets": random.choice(["none", "resectable", "unresectable"], n),
            "visceral_pattern": "none",
            "frankel": random.choice(list("BCDE"), n),
        },
        index=index,
    )
    patients.loc[patients["visceral_mets"] != "none", "visceral_pattern"] = "nodular"
    lp = (
        TRUE_LOG_HR["albumin"] * (patients["albumin"] - 3.6)
        + TRUE_LOG_HR["ecog"] * (patients["ecog"] - 2)
        + TRUE_LOG_HR["brain_mets"] * (patients["brain_mets"] == "yes")
    ).to_numpy()
    death = random.exponential(300 * np.exp(-lp))
    censored = random.uniform(100, 1100, n)
    if missing:
        for column in ("albumin", "ecog", "brain_mets"):
            patients[column] = patients[column].where(random.random(n) >= missing)
    outcome = Outcome(np.ceil(np.minimum(death, censored)), death <= censored)
    return Cohort(patients, outcome, time_zero="surgery", source="made for a test")
