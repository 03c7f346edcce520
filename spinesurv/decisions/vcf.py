"""Vertebral compression fracture after SRS: which risk factors are there, and is the dose high?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import all_of, any_of, at_least, count, factors, listed, with_limit
from spinesurv.decisions.sins import stability

FLAGS = (
    "none",
    "factors_without_high_dose",
    "high_dose_without_factors",
    "high_dose_with_factors",
    "incomplete",
)


@research_use
def vcf_flags(lesions: pd.DataFrame, *, age_cut: float = 55) -> pd.DataFrame:
    """Risk factors of a vertebral fracture after SRS, and whether they meet a high dose per fraction.

    Factors of the review: older age, lytic lesion, malalignment. Two more are strong elsewhere: fracture at baseline, tumour in
    more than 40 % of the body. The flag looks at the factors of the review and at doses from 20 Gy per fraction on, where the
    bands of the cited series start. A threshold inside a flag is no instruction.

    Parameters
    ----------
    lesions : columns age, bone_lesion, alignment, collapse_pct, body_involved_pct, dose_per_fraction_gy, and those of `sins`
    age_cut : older than this counts (B; the review gives no number)

    Returns
    -------
    DataFrame with the index of `lesions`
        vcf_n_seed_factors (0-3, of the review), vcf_n_all_factors (0-5), vcf_factors and vcf_unknown (ids), vcf_dose_band,
        vcf_flag (none, factors_without_high_dose, high_dose_without_factors, high_dose_with_factors, incomplete),
        vcf_consider_prophylactic_stabilisation (a factor of the review and SINS of 7 or more; P), vcf_flags.

    References
    ----------
    Sahgal A et al. J Clin Oncol 2013;31:3426-31. doi:10.1200/JCO.2013.50.1411
    Faruqi S et al. Neurosurgery 2018;83:314-22. doi:10.1093/neuros/nyx493
    """
    rules = definition("vcf")
    table = vcf_columns(Inputs(lesions), age_cut)
    return stated(table, name="vcf", version=rules["version"], options={"age_cut": age_cut})


def vcf_columns(inputs: Inputs, age_cut: float = 55) -> pd.DataFrame:
    """The columns that `vcf_flags` returns."""
    rules = with_limit(definition("vcf"), "V1", age_cut)
    found = factors(inputs, rules)
    of_review = [found[f["id"]] for f in rules["factor"] if f["in_review"]]
    dose = inputs.number("dose_per_fraction_gy")
    high = np.where(np.isnan(dose), np.nan, dose >= rules["high_dose_gy"])
    some = any_of(of_review)
    flag = np.where(np.isnan(some) | np.isnan(high), 4, 2 * np.nan_to_num(high) + np.nan_to_num(some))
    stable = stability(inputs)
    consider = all_of([some, at_least(stable.lowest, stable.highest, rules["stabilisation_from_sins"])])
    out: dict[str, Any] = {
        "vcf_n_seed_factors": count(of_review),
        **listed(found, "vcf"),
        "vcf_dose_band": _band(dose, rules),
        "vcf_flag": named(flag.astype(int), FLAGS),
        "vcf_consider_prophylactic_stabilisation": pd.array(consider, dtype="Float64").astype("boolean"),
        "vcf_flags": tuples(
            {
                "VCF_DOSE_EXACTLY_20": dose == rules["high_dose_gy"],
                "VCF_MIXED_LESION": inputs.level("bone_lesion") == 1,
            }
        ),
    }
    return pd.DataFrame(out, index=inputs.table.index)


def _band(dose: np.ndarray, rules: Any) -> np.ndarray:
    ends = [band["below"] for band in rules["bands"][:-1]]
    at = np.where(np.isnan(dose), -1, np.searchsorted(ends, dose, side="right"))
    return named(at, [band["band"] for band in rules["bands"]])
