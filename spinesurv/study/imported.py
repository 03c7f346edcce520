"""Imported predictions of a study: whom they belong to, and what was typed into the calculator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort
from spinesurv.core.cohort import PATIENT_KEY
from spinesurv.core.tables import write_table
from spinesurv.errors import InputError
from spinesurv.figures.small_cells import without_small_cells
from spinesurv.models.equation import Slider
from spinesurv.models.imported import ImportedPredictions
from spinesurv.study.folder import safe_name
from spinesurv.study.systems import System

MATCH_COLUMNS = ["model", "file", "sha256", "rows", "matched", "rows_without_patient", "patients_without_row"]
INPUT_COLUMNS = ["model", "variable", "low", "high", "step", "recorded", "trimmed", "differ_from_file"]


@dataclass(frozen=True)
class ImportedSource:
    """Where imported predictions come from: what a result depends on besides the study file.

    Parameters
    ----------
    file, sha256 : name and hash
    sliders : how the calculator takes numbers, where that is known
    """

    file: str
    sha256: str
    sliders: tuple[Slider, ...] = ()


def imported_systems(systems: Mapping[str, System]) -> dict[str, System]:
    """Those systems whose predictions were imported."""
    return {key: system for key, system in systems.items() if system.kind == "imported"}


def match_table(systems: Mapping[str, System], cohort: Cohort) -> pd.DataFrame:
    """How many rows of each file belong to patients of the study, and the other way round.

    Raises
    ------
    InputError
        A file has no sites and an identifier occurs at several sites of the study; or not one row belongs to a patient.
    """
    rows = []
    for key, system in imported_systems(systems).items():
        model: ImportedPredictions = system.estimator[-1]
        name = system.definition.file
        if not model.has_sites:
            _refuse_ambiguous(name, cohort, model)
        at = model.rows_of(cohort.patients.index)
        matched = int((at >= 0).sum())
        if not matched:
            raise InputError(
                f"imported predictions {name}: none of its {len(model.prediction)} rows belongs to one of the {len(cohort)} "
                "patients. They are joined by site and patient_id: write both as in the cohort."
            )
        counts = (
            len(model.prediction),
            matched,
            len(model.prediction) - len(np.unique(at[at >= 0])),
            len(cohort) - matched,
        )
        rows.append([key, name, system.definition.sha256, *counts])
    return pd.DataFrame(rows, columns=MATCH_COLUMNS)


def imported_tables(systems: Mapping[str, System], cohort: Cohort, private: Path) -> dict[str, pd.DataFrame]:
    """Tables `imported` (who belongs to whom) and `imported_inputs` of a study that imports predictions.

    What a calculator with known sliders was asked about each patient goes to `private/imported_<key>.csv`.
    """
    found = imported_systems(systems)
    if not found:
        return {}
    counts = []
    for key, system in found.items():
        rows, own = input_tables(system, cohort)
        counts.append(own)
        if len(own):
            write_table(rows, private / f"imported_{safe_name(key)}.csv")
    return {"imported": match_table(systems, cohort), "imported_inputs": pd.concat(counts, ignore_index=True)}


def input_tables(system: System, cohort: Cohort) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a calculator was asked: rows of patients (private), and counts.

    Returns
    -------
    rows : site, patient_id, and for each slider `<variable>_raw` (as recorded), `<variable>_trimmed` (brought to the end and
        the grid of the slider) and `<variable>_in_file` (what the file says was typed; only where it does)
    counts : model, variable, low, high, step, recorded, trimmed (recorded values outside the slider), differ_from_file
        (values of the file more than half a step from the trimmed one); counts of 1 to 4 are missing
    """
    model: ImportedPredictions = system.estimator[-1]
    at = model.rows_of(cohort.patients.index)
    kept = cohort.patients[at >= 0]
    out = kept.index.to_frame(index=False)[PATIENT_KEY]
    counts: list[dict[str, Any]] = []
    for slider in system.definition.sliders:
        name = slider.input
        raw = (
            np.full(len(kept), np.nan)
            if name not in kept
            else kept[name].to_numpy(dtype=float, na_value=np.nan)
        )
        typed = slider.entered(raw)
        out[f"{name}_raw"], out[f"{name}_trimmed"] = raw, typed
        differ = 0
        if name in system.imported_inputs:
            stated = system.imported_inputs[name].to_numpy()[at[at >= 0]]
            out[f"{name}_in_file"] = stated
            differ = int((np.abs(stated - typed) > slider.step / 2 + 1e-9).sum())
        counts.append(
            {
                "model": system.key,
                "variable": name,
                "low": slider.low,
                "high": slider.high,
                "step": slider.step,
                "recorded": int((~np.isnan(raw)).sum()),
                "trimmed": int(((raw < slider.low) | (raw > slider.high)).sum()),
                "differ_from_file": differ,
            }
        )
    table = pd.DataFrame(counts, columns=INPUT_COLUMNS)
    return out, without_small_cells(table, ["recorded", "trimmed", "differ_from_file"])


def match_warnings(matches: pd.DataFrame) -> list[str]:
    """One sentence for each file that does not fit the patients exactly."""
    return [
        f"{r['model']}: of {r['rows']} rows in {r['file']}, {r['rows_without_patient']} belong to no patient of the study; "
        f"{r['patients_without_row']} patients have no row"
        for r in matches.to_dict("records")
        if r["rows_without_patient"] or r["patients_without_row"]
    ]


def _refuse_ambiguous(name: str, cohort: Cohort, model: ImportedPredictions) -> None:
    patient = cohort.patients.index.get_level_values("patient_id")
    several = patient.isin(model.prediction.key.get_level_values("patient_id")) & patient.duplicated(
        keep=False
    )
    if several.any():
        raise InputError(
            f"imported predictions {name}: it has no column site, and {int(several.sum())} patients share their patient_id "
            "with one of another site. Add the column site."
        )
