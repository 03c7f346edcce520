"""Neurological scales in the words of the frameworks, and ECOG from KPS."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.errors import unknown_name


@research_use
def neurological_scales(lesions: pd.DataFrame, *, scale: str = "frankel") -> pd.DataFrame:
    """Deficit and walking from the Frankel or ASIA impairment scale, and ECOG from KPS where ECOG is empty.

    A-B complete, C-D incomplete, E none. Walking read from AIS D is an inference and flagged so.

    Parameters
    ----------
    lesions : columns frankel (one column for both scales), ecog, kps
    scale : which scale the column holds: "frankel" or "ais"

    Returns
    -------
    DataFrame with the index of `lesions`
        neuro_deficit (complete, incomplete, none), walks (boolean), ecog_used (Int64), neuro_flags.

    References
    ----------
    Frankel HL et al. Paraplegia 1969;7:179-92
    """
    rules = definition("neurology")
    if scale not in rules["scale"]:
        raise unknown_name("scale", scale, rules["scale"])
    inputs = Inputs(lesions)
    grades = codebook()["frankel"].levels
    at = inputs.level("frankel")
    group = {grade: name for name, members in rules["groups"].items() for grade in members}
    walks = np.array([*(float(g in rules["scale"][scale]["walks"]) for g in grades), np.nan])[at]
    ecog, kps = inputs.number("ecog"), inputs.number("kps")
    by_kps = {float(k): float(v) for k, v in rules["ecog_from_kps"].items()}
    converted = pd.Series(kps).map(by_kps).to_numpy(dtype=float)
    out: dict[str, Any] = {
        "neuro_deficit": named(at, [group[grade] for grade in grades]),
        "walks": pd.array(walks, dtype="Float64").astype("boolean"),
        "ecog_used": pd.array(np.where(np.isnan(ecog), converted, ecog), dtype="Float64").astype("Int64"),
        "neuro_flags": tuples(
            {
                "AIS_AMBULATION_INFERRED": (at == grades.index("D")) & (scale == "ais"),
                "ECOG_FROM_KPS": np.isnan(ecog) & ~np.isnan(converted),
            }
        ),
    }
    table = pd.DataFrame(out, index=lesions.index)
    return stated(table, name="neurology", version=rules["version"], options={"scale": scale})
