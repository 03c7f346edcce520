"""Preoperative embolisation: what the literature says for the vascularity of the histology."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import applies
from spinesurv.decisions.sins import only
from spinesurv.decisions.tumours import histology


@research_use
def embolisation(lesions: pd.DataFrame) -> pd.DataFrame:
    """What the literature says on embolisation before surgery, by vascularity of the primary tumour and procedure.

    Recommended for hypervascular tumours; angiography to be considered where vascularity varies; may help before piecemeal
    corpectomy of others; no routine support otherwise. Surgery within 24 hours after embolisation.

    Parameters
    ----------
    lesions : columns primary_tumor, planned_procedure, hours_to_surgery

    Returns
    -------
    DataFrame with the index of `lesions`
        embolisation (recommended_in_literature, consider_angiography, may_help, no_routine_support; missing where it is not
        known or several remain possible), embolisation_possible, embolisation_interval (within, late), hypervascular and its
        confidence.

    References
    ----------
    Yuh WT et al. J Korean Neurosurg Soc 2023;66:438-45. doi:10.3340/jkns.2022.0204
    Gong Y et al. Front Oncol 2021;10:597476. doi:10.3389/fonc.2020.597476
    """
    rules = definition("embolisation")
    return stated(
        embolisation_columns(Inputs(lesions)), name="embolisation", version=rules["version"], options={}
    )


def embolisation_columns(inputs: Inputs) -> pd.DataFrame:
    """The columns that `embolisation` returns."""
    rules = definition("embolisation")
    tumour = histology(inputs)
    derived = {"hypervascular": tumour.entry("hypervascular")}
    still = np.where(pd.isna(derived["hypervascular"]), False, True)
    possible = []
    for rule in rules["factor"]:
        answer = applies(inputs, rule, derived)
        possible.append(still & (answer != 0))
        still = still & (answer != 1)
    table = np.column_stack(possible)
    hours = inputs.number("hours_to_surgery")
    outputs = [rule["output"] for rule in rules["factor"]]
    interval = np.where(np.isnan(hours), -1, hours > rules["within_hours"]).astype(int)
    out: dict[str, Any] = {
        "embolisation": named(only(table), outputs),
        "embolisation_possible": tuples({name: table[:, i] for i, name in enumerate(outputs)}),
        "embolisation_interval": named(interval, ("within", "late")),
        "hypervascular": derived["hypervascular"],
        "hypervascular_confidence": tumour.entry("hypervascular_confidence"),
    }
    return pd.DataFrame(out, index=inputs.table.index)
