"""LMNOP: a profile of principles beside the NOMS result. No score was published, and none is made up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    stable = stability(inputs)
    flags = lmnop_flags(inputs, stable, compression(inputs, grade_1c_policy))
    profiles = [
        profile(row, total) for row, total in zip(lesions.to_dict("records"), stable.total, strict=True)
    ]
    table = pd.DataFrame(profiles, index=lesions.index, columns=[f"lmnop_{k}" for k in _letters()])
    return stated(
        table.assign(lmnop_flags=flags["lmnop_flags"]),
        name="lmnop",
        version=definition("lmnop")["version"],
        options={"grade_1c_policy": grade_1c_policy},
    )


def lmnop_flags(inputs: Inputs, stable: Stability, compressed: Compression) -> pd.DataFrame:
    """The flags that modify a NOMS result."""
    derived = {
        "sins_category": named(stable.known_category, CATEGORIES),
        "escc_group": named(only(compressed.possible), GROUPS),
    }
    flags = {flag: answer == 1 for flag, answer in factors(inputs, definition("lmnop"), derived).items()}
    return pd.DataFrame({"lmnop_flags": tuples(flags)}, index=inputs.table.index)


def profile(row: Mapping[Any, Any], sins_total: float | None) -> dict[str, str]:
    """What is recorded of one lesion, letter by letter: `n_levels 2, contiguous yes`."""
    recorded = {**row, "sins_total": sins_total}
    return {
        f"lmnop_{letter}": ", ".join(
            f"{name} {recorded[name]:g}" if isinstance(recorded[name], float) else f"{name} {recorded[name]}"
            for name in names
            if name in recorded and pd.notna(recorded[name])
        )
        for letter, names in _letters().items()
    }


def _letters() -> dict[str, list[str]]:
    return dict(definition("lmnop")["profile"])
