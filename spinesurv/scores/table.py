"""The table of several scores side by side, one row per patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.cohort import PATIENT_KEY, Cohort
from spinesurv.scores.columns import PatientColumns
from spinesurv.scores.definition import Definition
from spinesurv.scores.reading import load_definition, packaged
from spinesurv.scores.transformer import Score


def score_table(
    patients: pd.DataFrame | Cohort,
    keys: Iterable[str | Path | Definition] | None = None,
    items: bool = False,
    *,
    options: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Scores of all patients, in their order.

    Parameters
    ----------
    patients : Cohort or table of patients; site and patient_id in its index or columns
    keys : scores; None = all of the package that are computed, the provisional ones behind those that are ready
    items : add the points of each item, and what would settle the group
    options : options of `Score`, for all scores

    Returns
    -------
    DataFrame
        site and patient_id where known, then for each score `<key>_total`, `<key>_group`, `<key>_lowest`,
        `<key>_highest`, `<key>_missing` (the missing inputs that matter, or what else keeps the total away:
        a contradiction, a patient outside the population), `<key>_raw_sum` of scores with a cap, `<key>_status` of
        provisional scores and, if asked for, `<key>_settles` (each missing input that by itself would settle the group) and
        `<key>_<item>`.
    """
    frame = patients.patients if isinstance(patients, Cohort) else patients
    named = frame.reset_index() if any(frame.index.names) else frame.reset_index(drop=True)
    out = {name: named[name].array for name in reversed(PATIENT_KEY) if name in named.columns}
    columns = PatientColumns(frame, "scores")
    for key in computed_scores() if keys is None else keys:
        scorer = Score(key, **(options or {}))
        for column, values in scorer.totals_of(columns).items():
            out[f"{scorer.key}_{column}"] = values
        if scorer.status == "provisional":
            out[f"{scorer.key}_status"] = np.full(len(frame), scorer.status, dtype=object)
        if items:
            result = scorer.transform(frame)
            out[f"{scorer.key}_settles"] = result["settles"].array
            for column in result.columns:
                if column.startswith("item_"):
                    out[f"{scorer.key}_{column.removeprefix('item_')}"] = result[column].array
    return pd.DataFrame(out, index=pd.RangeIndex(len(frame)), copy=False)


def computed_scores() -> list[str]:
    """Keys of the scores that give totals: those whose points were read completely, then the provisional ones."""
    status = {key: load_definition(key).status for key in packaged()}
    return [key for wanted in ("ready", "provisional") for key, own in status.items() if own == wanted]
