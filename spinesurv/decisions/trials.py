"""Eligibility for two trials, to describe a cohort with. Not a treatment rule."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spinesurv.decisions.codes import tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import all_of, factors


@research_use
def patchell_criteria(lesions: pd.DataFrame) -> pd.DataFrame:
    """Whether a patient would have been eligible for the randomised trial of surgery with radiotherapy.

    Parameters
    ----------
    lesions : columns tissue_proven_cancer, mri_cord_displacement, neuro_sign_or_pain, single_area, predicted_survival_days,
        primary_tumor, paraplegia_hours, compression_type, prior_rt_precludes_30gy

    Returns
    -------
    DataFrame with the index of `lesions`
        patchell_eligible (missing where it is open), patchell_failed and patchell_open (ids of criteria).

    References
    ----------
    Patchell RA et al. Lancet 2005;366:643-8. doi:10.1016/S0140-6736(05)66954-1
    """
    return _eligibility(lesions, "patchell")


@research_use
def rtog0631_eligibility(lesions: pd.DataFrame) -> pd.DataFrame:
    """Whether a lesion would have been eligible for NRG/RTOG 0631, which found no better pain response with SRS.

    Parameters
    ----------
    lesions : columns n_spine_mets, level, escc_grade, epidural_gap_mm, paraspinal_mass_cm

    Returns
    -------
    DataFrame with the index of `lesions`
        rtog0631_eligible (missing where it is open), rtog0631_failed and rtog0631_open (ids of criteria).

    References
    ----------
    Ryu S et al. JAMA Oncol 2023;9:800-7. doi:10.1001/jamaoncol.2023.0356
    """
    return _eligibility(lesions, "rtog0631")


def _eligibility(lesions: pd.DataFrame, name: str) -> pd.DataFrame:
    rules = definition(name)
    inputs = Inputs(lesions)
    found = factors(inputs, rules)
    met = {f["id"]: found[f["id"]] if f["needed"] else 1.0 - found[f["id"]] for f in rules["factor"]}
    eligible = all_of(list(met.values()))
    out: dict[str, Any] = {
        f"{name}_eligible": pd.array(eligible, dtype="Float64").astype("boolean"),
        f"{name}_failed": tuples({key: answer == 0 for key, answer in met.items()}),
        f"{name}_open": tuples({key: answer != answer for key, answer in met.items()}),
    }
    return stated(pd.DataFrame(out, index=lesions.index), name=name, version=rules["version"], options={})
