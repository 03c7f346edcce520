"""En-bloc resection: are the four published conditions met?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.gates import FAIL, PASS, Gate, read_survival
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import all_of, applies

STATUS = ("eligible_for_discussion", "not_eligible", "uncertain")
HORIZON_DAYS = 730


@research_use
def en_bloc(
    lesions: pd.DataFrame,
    *,
    p_min: float = 0.5,
    gate_mode: str = "ci",
    inclusive: bool = False,
    slow_growing_kidney: bool = False,
) -> pd.DataFrame:
    """Whether a lesion meets what the review asks for before en-bloc resection is discussed.

    All of: isolated lesion, slow-growing tumour, 2-year survival gate passed, acceptable performance status. Evidence on
    a survival benefit conflicts; en bloc may also be discussed where SRS is not available.

    Parameters
    ----------
    lesions : columns isolated_lesion, slow_growing (where empty: breast, prostate, thyroid; P), performance_acceptable
        (where empty: ECOG at most 2; P), the survival block at 730 days; n_levels and contiguous (several levels apart
        are not isolated; P)
    p_min, gate_mode, inclusive : of the 2-year gate, see `survival_gate`
    slow_growing_kidney : count kidney as slow-growing where slow_growing is empty

    Returns
    -------
    DataFrame with the index of `lesions`
        en_bloc_status (eligible_for_discussion, not_eligible, uncertain), en_bloc_failed and en_bloc_open (tuples).

    References
    ----------
    Kato S et al. Oncologist 2021;26:e1833-43
    Kato S et al. Cancers 2022;14:2852. doi:10.3390/cancers14122852
    """
    inputs = Inputs(lesions)
    gate = read_survival(inputs).gate(HORIZON_DAYS, p_min=p_min, mode=gate_mode, inclusive=inclusive)
    options = {
        "p_min": p_min,
        "gate_mode": gate_mode,
        "inclusive": inclusive,
        "slow_growing_kidney": slow_growing_kidney,
    }
    table = en_bloc_columns(inputs, gate, slow_growing_kidney=slow_growing_kidney)
    return stated(table, name="gates", version=definition("gates")["version"], options=options)


def en_bloc_columns(inputs: Inputs, gate: Gate, *, slow_growing_kidney: bool = False) -> pd.DataFrame:
    """The columns that `en_bloc` returns."""
    rules = definition("gates")["en_bloc"]
    (several,) = (f for f in definition("lmnop")["factor"] if f["id"] == "LMNOP_MULTILEVEL_NONCONTIGUOUS")
    apart = applies(inputs, several)
    isolated = inputs.yes_no("isolated_lesion")
    conditions = {
        "isolated_lesion": np.where(apart == 1, 0.0, isolated),
        "slow_growing": _slow(inputs, rules, slow_growing_kidney),
        "G_EN_BLOC_2Y": np.where(gate.result == PASS, 1.0, np.where(gate.result == FAIL, 0.0, np.nan)),
        "performance_acceptable": _performance(inputs, rules),
    }
    met = all_of(list(conditions.values()))
    out: dict[str, Any] = {
        "en_bloc_status": np.where(met == 1, STATUS[0], np.where(met == 0, STATUS[1], STATUS[2])).astype(
            object
        ),
        "en_bloc_failed": tuples({name: value == 0 for name, value in conditions.items()}),
        "en_bloc_open": tuples({name: np.isnan(value) for name, value in conditions.items()}),
    }
    return pd.DataFrame(out, index=inputs.table.index)


def _slow(inputs: Inputs, rules: dict[str, Any], kidney: bool) -> np.ndarray:
    entered = inputs.yes_no("slow_growing")
    names = [*rules["slow_growing"], *(rules["slow_growing_option"] if kidney else [])]
    levels = codebook()["primary_tumor"].levels
    tumour = inputs.level("primary_tumor")
    derived = np.where(tumour < 0, np.nan, np.isin(tumour, [levels.index(name) for name in names]))
    return np.where(np.isnan(entered), derived, entered)


def _performance(inputs: Inputs, rules: dict[str, Any]) -> np.ndarray:
    entered, ecog = inputs.yes_no("performance_acceptable"), inputs.number("ecog")
    derived = np.where(np.isnan(ecog), np.nan, ecog <= rules["largest_ecog"])
    return np.where(np.isnan(entered), derived, entered)
