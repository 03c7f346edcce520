"""Lesions of a study that stand in tables of their own: joined to their patients."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.core import Cohort
from spinesurv.core.cohort import LESION_KEY, PATIENT_KEY
from spinesurv.errors import InputError
from spinesurv.figures.small_cells import shown_count


def with_lesions(cohort: Cohort, tables: Sequence[Path]) -> tuple[Cohort, list[str], str]:
    """The cohort with the lesions of these tables, warnings, and a hash of what was read.

    Rows are joined by site and patient_id; by patient_id alone where the table names none of the sites of the cohort. A
    patient may have several lesions; without lesion_id they are numbered in the order of the table. Rows of patients who are
    not in the cohort are left out and counted.

    Parameters
    ----------
    cohort : patients; lesions that it has are replaced
    tables : canonical tables or mapping files, one row per lesion

    Raises
    ------
    InputError
        A table cannot be read, a value is not allowed, no row belongs to a patient, or a patient_id without site is that of
        patients at several sites.
    """
    from spinesurv.cohorts import read_lesions

    parts, warnings, digest = [], [], hashlib.sha256()
    for path in tables:
        table = read_lesions(path)
        digest.update(table.to_csv(index=False).encode("utf-8"))
        rows = _rows_of(cohort, table, path.name)
        inside = rows >= 0
        if not inside.any():
            raise InputError(
                f"lesions {path.name}: none of its {len(table)} rows belongs to one of the {len(cohort)} patients. They are "
                "joined by site and patient_id: write both as in the cohort."
            )
        if not inside.all():
            warnings.append(
                f"lesions {path.name}: {shown_count((~inside).sum())} of {len(table)} rows belong to no patient of the study "
                "and are left out"
            )
        owner = cohort.patients.index[rows[inside]].to_frame(index=False)
        parts.append(
            pd.concat([owner, table[inside].drop(columns=PATIENT_KEY).reset_index(drop=True)], axis=1)
        )
    lesions = pd.concat(parts, ignore_index=True)
    number = (lesions.groupby(PATIENT_KEY, sort=False).cumcount() + 1).astype(str)
    for name, instead in (("lesion_id", number), ("decision_date", "")):
        given = lesions[name] if name in lesions else pd.Series(np.nan, index=lesions.index, dtype=object)
        lesions[name] = given.where(given.notna(), instead)
    found = Cohort(
        cohort.patients,
        cohort.outcome,
        lesions.set_index(LESION_KEY),
        time_zero=cohort.time_zero,
        source=cohort.source,
    )
    return found, warnings, digest.hexdigest()


def _rows_of(cohort: Cohort, table: pd.DataFrame, name: str) -> np.ndarray:
    """(m,) position of the patient of each row, -1 where the cohort has none."""
    key = cohort.patients.index
    if set(table["site"].dropna()) & set(cohort.sites):
        return np.asarray(key.get_indexer(pd.MultiIndex.from_frame(table[PATIENT_KEY])))
    alone = pd.Index(key.get_level_values("patient_id"))
    several = alone[alone.duplicated()].isin(table["patient_id"])
    if several.any():
        raise InputError(
            f"lesions {name}: it names none of the sites of the cohort, and {shown_count(several.sum())} of its patients have "
            "an identifier that occurs at several sites. Give the site in a column of its own."
        )
    first = ~alone.duplicated()
    at = alone[first].get_indexer(pd.Index(table["patient_id"]))
    return np.where(at >= 0, np.flatnonzero(first)[at], -1)
