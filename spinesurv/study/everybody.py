"""Models of a study fitted on all its patients: shown as nomograms and kept as files, never judged."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.core import Cohort
from spinesurv.errors import InputError
from spinesurv.evaluation import JobKey
from spinesurv.models import (
    CauseSpecificCox,
    CoxNomogram,
    IntegerScore,
    ParametricSurvival,
    PublishedEquation,
)
from spinesurv.study.file import CHAINED
from spinesurv.study.folder import safe_name
from spinesurv.study.imputed import completed_for_fitting, imputer_for_fitting, read_variables
from spinesurv.study.keep_model import model_content
from spinesurv.study.model_file import write_model
from spinesurv.study.systems import System

if TYPE_CHECKING:
    from spinesurv.study.imputed import Imputer

#: stands in the keys of jobs for what belongs to no split
EVERYBODY = "everybody"

#: chains that are shown, also where the study needs fewer completed tables
LEAST_CHAINS = 3

FILE_COLUMNS = ["model", "label", "kind", "file", "patients", "events", "days", "status", "reason"]


@dataclass(frozen=True, eq=False)
class EverybodyImputed:
    """The imputer fitted on everybody with their outcome, the variables it was asked for, and its completed tables."""

    imputer: Imputer
    variables: list[str]
    completed: list[pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Everybody:
    """Models fitted on all patients of a study.

    Parameters
    ----------
    fitted : key -> fitted pipeline, of every system that learns
    cohort : whom they were fitted on
    patients : their table; where the study imputes, the first completed one
    imputation : what filled the gaps, and all that it made; None where nothing is imputed
    """

    fitted: dict[str, Any]
    cohort: Cohort
    patients: pd.DataFrame
    imputation: EverybodyImputed | None

    @property
    def imputed(self) -> bool:
        """Whether gaps were filled."""
        return self.imputation is not None

    @property
    def cox(self) -> dict[str, Any]:
        """Those that a nomogram can be drawn of."""
        return {key: model for key, model in self.fitted.items() if isinstance(model[-1], CoxNomogram)}


def fit_everybody(
    systems: Mapping[str, System], cohort: Cohort, *, imputations: int, seed: int, how: str = CHAINED
) -> Everybody:
    """Fit every system that learns on all patients; where the study imputes, on the first completed table.

    `imputations` is the number of completed tables of the study, 0 where nothing is imputed. At least 3 are made, since
    one chain alone does not show whether it has settled. `how`: as `imputation` in the study file.
    """
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    patients, outcome = cohort.patients, cohort.known_outcome
    fitted = {}
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say was said by the jobs
        made = None
        if imputations:
            variables = read_variables(systems.values(), patients)
            imputer = imputer_for_fitting(patients, outcome, variables, seed, how)
            n_tables = max(imputations, LEAST_CHAINS) if how == CHAINED else imputations
            tables = completed_for_fitting(imputer, patients, outcome, n_tables, seed)
            made = EverybodyImputed(imputer, variables, tables)
            patients = tables[0]
        for key, system in systems.items():
            if not system.learns:
                continue
            model = clone(system.estimator)
            own = JobKey(EVERYBODY, EVERYBODY, int(made is not None), 0, key).seed(seed)
            model.set_params(**{n: own for n in model.get_params() if n.endswith("random_state")})
            fitted[key] = model.fit(patients, outcome)
    return Everybody(fitted, cohort, patients, made)


def keep_models(
    everybody: Everybody,
    systems: Mapping[str, System],
    folder: Path,
    *,
    horizons_days: Sequence[float],
    definition_files: Mapping[str, Path],
) -> pd.DataFrame:
    """Write `<key>.json` for each model that can be kept.

    Parameters
    ----------
    horizons_days : of the study; survival is kept for them
    definition_files : key of a score -> its file, for scores that do not come with the package

    Returns
    -------
    DataFrame
        model, label, kind, file, patients, events, days, status (ok or gap), reason: one row per system that learns.
    """
    rows = []
    outcome, zero = everybody.cohort.known_outcome, sorted({str(z) for z in everybody.cohort.time_zero})
    for key, model in everybody.fitted.items():
        row: dict[str, Any] = {"model": key, "label": systems[key].label, "status": "ok", "reason": ""}
        try:
            content = model_content(
                model,
                everybody.patients,
                outcome,
                key=key,
                label=systems[key].label,
                horizons_days=horizons_days,
                time_zero=zero,
                imputed=everybody.imputed,
                definition_file=definition_files.get(key),
                imputer=_kept_imputer(everybody, systems[key], model),
            )
        except InputError as error:
            rows.append({**row, "status": "gap", "reason": str(error)})
            continue
        file = folder / f"{safe_name(key)}.json"
        write_model(content, file)
        training = content["training"]
        rows.append(
            {
                **row,
                "kind": content["kind"],
                "file": f"{folder.name}/{file.name}",
                "patients": training["patients"],
                "events": training["events"],
                "days": len(content["days"]),
            }
        )
    return pd.DataFrame(rows, columns=FILE_COLUMNS)


def _kept_imputer(everybody: Everybody, system: System, model: Any) -> dict[str, Any] | None:
    """Equations without patients for the inputs of a model that cannot do without one of them.

    Only where the study imputes by equations: trees predict with gaps, and a score has its own range of totals.
    """
    from threadpoolctl import threadpool_limits

    from spinesurv.features import ChainedImputer
    from spinesurv.features.kept_imputer import imputer_state

    made = everybody.imputation
    if made is None or not isinstance(made.imputer, ChainedImputer):
        return None
    if not isinstance(
        model[-1], CauseSpecificCox | CoxNomogram | IntegerScore | ParametricSurvival | PublishedEquation
    ):
        return None
    recorded = everybody.cohort.patients
    variables = read_variables([system], recorded)
    with threadpool_limits(1):
        imputer = ChainedImputer(variables, method="draw", random_state=made.imputer.random_state).fit(
            recorded
        )
        return imputer_state(imputer, recorded)
