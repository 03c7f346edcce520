"""LMNOP: a profile of principles beside the NOMS result. No score was published, and none is made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.escc import GROUPS, Compression, compression
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import factors
from spinesurv.decisions.sins import CATEGORIES, Stability, only, stability


@research_use
def lmnop_profile(lesions: pd.DataFrame, *, grade_1c_policy: str = "low") -> pd.DataFrame:
    """Profile of location, mechanics, neurology, oncology and patient, with the flags that modify a NOMS result.

    There are no published points and no decision table, so there is no total.

    Parameters
    ----------
    lesions : columns n_levels, contiguous, column; those of `sins`; escc_grade, myelopathy, frankel; primary_tumor; ecog, asa,
        patient_wishes, prior_rt_same_site, prior_systemic_response, remaining_systemic_options, synchronous_spine_mets
    grade_1c_policy : "low", "high" or "indeterminate", for the flag on cement

    Returns
    -------
    DataFrame with the index of `lesions`
        lmnop_L, lmnop_M, lmnop_N, lmnop_O, lmnop_P (what is recorded, in words) and lmnop_flags (tuple).

    References
    ----------
    Paton GR et al. Can J Neurol Sci 2011;38:396-403. doi:10.1017/S031716710001177X
    Ivanishvili Z, Fourney DR. Global Spine J 2014;4:129-36. doi:10.1055/s-0034-1375560
    """
    inputs = Inputs(lesions)
    table = lmnop_columns(inputs, stability(inputs), compression(inputs, grade_1c_policy))
    return stated(
        table,
        name="lmnop",
        version=definition("lmnop")["version"],
        options={"grade_1c_policy": grade_1c_policy},
    )


def lmnop_columns(inputs: Inputs, stable: Stability, compressed: Compression) -> pd.DataFrame:
    """The columns that `lmnop_profile` returns."""
    rules = definition("lmnop")
    derived = {
        "sins_category": named(stable.known_category, CATEGORIES),
        "escc_group": named(only(compressed.possible), GROUPS),
    }
    flags = {flag: answer == 1 for flag, answer in factors(inputs, rules, derived).items()}
    out: dict[str, Any] = {
        f"lmnop_{letter}": _recorded(inputs, names, stable) for letter, names in rules["profile"].items()
    }
    out["lmnop_flags"] = tuples(flags)
    return pd.DataFrame(out, index=inputs.table.index)


def _recorded(inputs: Inputs, names: list[str], stable: Stability) -> np.ndarray:
    """(n,) what is recorded of some variables: `n_levels 2, contiguous yes`."""
    parts = []
    for name in names:
        if name == "sins_total":
            words = ["" if np.isnan(v) else f"sins_total {v:g}" for v in stable.total]
        elif inputs.has(name):
            column = inputs.table[name]
            words = [
                "" if gone else f"{name} {value}" for gone, value in zip(column.isna(), column, strict=True)
            ]
        else:
            continue
        parts.append(words)
    rows = zip(*parts, strict=True) if parts else [()] * inputs.n
    return np.array([", ".join(w for w in row if w) for row in rows], dtype=object)
