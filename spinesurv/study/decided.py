"""Decision systems on the patients of a study: an aggregate table, small cells left out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Prediction
from spinesurv.decisions import integrate
from spinesurv.decisions.of_cohort import lesions_of
from spinesurv.errors import InputError, unknown_name
from spinesurv.evaluation.decided import COLUMNS, GATE_DAYS, decision_summary
from spinesurv.figures.small_cells import is_small
from spinesurv.study.file import DecisionsSection, StudyFile
from spinesurv.study.systems import System


def check_decisions(file: StudyFile, systems: Mapping[str, System]) -> None:
    """Refuse what `[decisions]` names and nothing knows, before anything is fitted.

    Raises
    ------
    InputError
        The model is no system of the study, or an option has no such value.
    """
    where = f"study file {file.path.name}, [decisions]"
    if file.decisions.model and file.decisions.model not in systems:
        raise unknown_name("system", file.decisions.model, systems, where=f"{where}, model")
    try:
        integrate(pd.DataFrame({"patient_id": []}), **file.decisions.options)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def decision_table(
    cohort: Cohort,
    predictions: Mapping[str, Prediction],
    systems: Mapping[str, System],
    settings: DecisionsSection | None = None,
) -> pd.DataFrame:
    """The table of `decision_summary` for a study; empty where the cohort records no lesions or no model predicts day 90.

    Survival comes from the model that `settings` name, else the first fitted model that gives intervals, else the first that
    predicts day 90; its key stands in the column model. Counts of one to four lesions, and whatever is reckoned from so few, are missing.
    """
    chosen = settings or DecisionsSection()
    lesions, model = lesions_of(cohort), chosen.model or _model(predictions, systems)
    if lesions is None or not len(lesions) or model is None or cohort.outcome is None:
        return pd.DataFrame(columns=["model", *COLUMNS])
    table = decision_summary(
        lesions,
        predictions[model],
        cohort.outcome,
        model=model,
        treatment=cohort.patients.get("treatment"),
        model_inputs=systems[model].inputs,
        options=chosen.options,
    )
    few = np.array([is_small(n) for n in table["n"].fillna(0).astype(float)])
    nearly_all = np.array([is_small(n) for n in (table["of"] - table["n"]).fillna(0).astype(float)])
    fewer = np.array([is_small(n) for n in table["of"].fillna(0).astype(float)])
    table = table.mask(
        pd.DataFrame(
            {
                c: few | nearly_all | fewer
                if c in ("n", "share")
                else fewer
                if c in ("of", "value", "low", "high")
                else False
                for c in COLUMNS
            },
            index=table.index,
        )
    )
    for name in ("n", "of"):
        table[name] = table[name].astype("Float64").astype("Int64")
    return table.assign(model=model)[["model", *COLUMNS]]


def _model(predictions: Mapping[str, Prediction], systems: Mapping[str, System]) -> str | None:
    able = [key for key in systems if key in predictions and predictions[key].has_survival_at(GATE_DAYS)]
    fitted = [key for key in able if systems[key].kind in ("model", "equation")]
    told = [key for key in fitted if predictions[key].low is not None]
    return next(iter([*told, *fitted, *able]), None)
