"""Surgical site infection: which factors are there. No weights are published, so no probability."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import count, factors, listed


@research_use
def ssi_factors(lesions: pd.DataFrame) -> pd.DataFrame:
    """Count and list of factors of a surgical site infection.

    Of the review: poor nutrition, diabetes, smoking, obesity, radiotherapy, systemic therapy; others from single studies. A
    published calculator is not re-implemented, because its coefficients are not.

    Parameters
    ----------
    lesions : columns albumin, diabetes, current_smoker, bmi, prior_radiotherapy, systemic_therapy; asa, operative_time_h,
        n_instrumented_levels, ecog

    Returns
    -------
    DataFrame with the index of `lesions`
        ssi_n_seed_factors (0-6, of the review), ssi_n_all_factors, ssi_factors, ssi_unknown.

    References
    ----------
    Sebaaly A et al. Spine J 2018;18:1382-7. doi:10.1016/j.spinee.2018.01.002
    """
    rules = definition("ssi")
    return stated(ssi_columns(Inputs(lesions)), name="ssi", version=rules["version"], options={})


def ssi_columns(inputs: Inputs) -> pd.DataFrame:
    """The columns that `ssi_factors` returns."""
    rules = definition("ssi")
    found = factors(inputs, rules)
    out: dict[str, Any] = {
        "ssi_n_seed_factors": count([found[f["id"]] for f in rules["factor"] if f["in_review"]]),
        **listed(found, "ssi"),
    }
    return pd.DataFrame(out, index=inputs.table.index)
