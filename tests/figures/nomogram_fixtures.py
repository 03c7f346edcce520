"""Models fitted to synthetic patients, small and with twelve predictors of long names, and their nomograms."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline, make_pipeline

from spinesurv.cohorts import make_cohort
from spinesurv.core import codebook
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram, nomogram_tables

FEW = [
    "ecog",
    {"variable": "albumin", "knots": 4},
    "brain_mets",
    {"variable": "primary_tumor", "minimum_patients": 150},
]
TWELVE = [
    {"variable": "age", "knots": 3},
    "sex",
    "ecog",
    "visceral_mets",
    "brain_mets",
    {"variable": "n_spine_mets", "knots": 3},
    "systemic_therapy",
    "charlson_other",
    {"variable": "albumin", "knots": 4},
    {"variable": "hemoglobin", "knots": 3},
    {"variable": "wbc", "knots": 5},
    {"variable": "primary_tumor", "minimum_patients": 12},
]


@cache
def patients_of(seed: int, n: int = 2000) -> tuple[pd.DataFrame, object]:
    """Synthetic patients and their outcome."""
    cohort = make_cohort(n, seed=seed)
    return cohort.patients, cohort.known_outcome


@cache
def fitted(*, many: bool) -> Pipeline:
    """A Cox model on 2000 synthetic patients."""
    return make_pipeline(Encoder(TWELVE if many else FEW), CoxNomogram()).fit(*patients_of(5))


@cache
def axes_of(*, many: bool) -> pd.DataFrame:
    """The ticks of its nomogram at four horizons."""
    return nomogram_tables(fitted(many=many)).axes


def crowded_axes(seed: int) -> pd.DataFrame:
    """Twelve categories of two to nine levels with the names of primary tumours, at random points."""
    random = np.random.default_rng(seed)
    tumours = [tumour.label for tumour in codebook().primary_tumors]
    base = axes_of(many=True)
    rows = []
    for number in range(12):
        levels = int(random.integers(2, 10))
        points = np.sort(random.uniform(0, 100, levels))
        rows += [
            {"axis": f"category_{number}", "kind": "predictor", "run": 0, "tick": name, "points": at, "major": True,
             "label": f"A fairly long name of predictor number {number} of twelve", "unit": "10^9/L", "reason": ""}
            for at, name in zip(points, random.choice(tumours, levels, replace=False), strict=True)
        ]  # fmt: skip
    parts = [
        base[base["kind"] == "points"],
        pd.DataFrame(rows),
        base[~base["kind"].isin(["points", "predictor"])],
    ]
    return pd.concat(parts, ignore_index=True)
