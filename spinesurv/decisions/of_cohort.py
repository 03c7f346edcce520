"""The lesions of a cohort with what is known of their patients."""

from __future__ import annotations

import pandas as pd

from spinesurv.core import Cohort, codebook
from spinesurv.core.cohort import PATIENT_KEY

#: without one of these no system has anything to say
_NEEDED = ("level", "escc_grade", "sins_total", "pain")


def lesions_of(cohort: Cohort) -> pd.DataFrame | None:
    """One row per scored lesion, with the variables of its patient beside it; None where nothing of lesions is recorded.

    A cohort without a table of lesions has those of the index lesion among the variables of its patients.

    Parameters
    ----------
    cohort : patients, perhaps with lesions

    Returns
    -------
    DataFrame or None
        Index (site, patient_id, lesion_id, decision_date); a patient without lesion has no row.
    """
    patients = cohort.patients
    if cohort.lesions is None:
        if not any(name in patients for name in _NEEDED):
            return None
        table = patients.assign(lesion_id="index", decision_date=patients.get("index_date", ""))
        return table.set_index(["lesion_id", "decision_date"], append=True)
    lesions = cohort.lesions
    known = [v.key for v in codebook() if v.table == "patient" and v.key in patients and v.key not in lesions]
    owner = [lesions.index.get_level_values(name) for name in PATIENT_KEY]
    at = patients.index.get_indexer(pd.MultiIndex.from_arrays(owner, names=PATIENT_KEY))
    beside = {name: patients[name].take(at).array for name in known}
    return lesions.assign(**beside)
