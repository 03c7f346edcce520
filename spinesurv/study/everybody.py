"""Models of a study fitted on all its patients: shown as nomograms and kept as files, never judged."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Outcome
from spinesurv.errors import InputError
from spinesurv.evaluation import JobKey, told
from spinesurv.models import (
    CauseSpecificCox,
    CoxNomogram,
    IntegerScore,
    ParametricSurvival,
    PooledCox,
    PublishedEquation,
    ScoreStrata,
)
from spinesurv.models.pooled_equation import PooledEquation
from spinesurv.models.pooled_strata import PooledStrata
from spinesurv.study.file import CHAINED
from spinesurv.study.folder import safe_name
from spinesurv.study.imputed import DEPLOYMENT, completed_for_fitting, imputer_for_fitting, read_variables
from spinesurv.study.keep_model import model_content
from spinesurv.study.model_file import write_model
from spinesurv.study.systems import System

if TYPE_CHECKING:
    from spinesurv.study.imputed import Imputer

#: stands in the keys of jobs for what belongs to no split
EVERYBODY = "everybody"

#: chains that are shown, also where the study needs fewer completed tables
LEAST_CHAINS = 3

#: kinds of models of which one is made out of those of all completed tables
POOLED: dict[type, Any] = {
    CoxNomogram: PooledCox,
    ScoreStrata: PooledStrata,
    PublishedEquation: PooledEquation,
}

#: tables: completed tables that the model was pooled over, empty where nothing was imputed; fraction_missing: largest of its
#: coefficients; mean_difference, largest_difference: of its survival from the mean of the models of the tables, over the patients
FILE_COLUMNS = [
    "model", "label", "kind", "file", "patients", "events", "days", "tables", "fraction_missing", "mean_difference",
    "largest_difference", "status", "reason",
]  # fmt: skip


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
    kept : the same as it is drawn and kept: of a study that imputes pooled over the completed tables, kinds in `POOLED`
    complete : key of a Cox model -> the same on patients with every predictor recorded, or why it cannot be fitted
    cohort : whom they were fitted on
    patients : their table; where the study imputes, the first completed one
    imputation : what filled the gaps, and all that it made; None where nothing is imputed
    warnings : key -> what the fits on all patients warned of
    """

    fitted: dict[str, Any]
    kept: dict[str, Any]
    complete: dict[str, CoxNomogram | InputError]
    cohort: Cohort
    patients: pd.DataFrame
    imputation: EverybodyImputed | None
    warnings: dict[str, list[str]]

    @property
    def imputed(self) -> bool:
        """Whether gaps were filled."""
        return self.imputation is not None

    @property
    def cox(self) -> dict[str, Any]:
        """Cox models, those that a nomogram can be drawn of, on the first completed table where the study imputes."""
        return {key: model for key, model in self.fitted.items() if isinstance(model[-1], CoxNomogram)}

    @property
    def kept_cox(self) -> dict[str, Any]:
        """Cox models as they are drawn and kept."""
        return {key: self.kept[key] for key in self.cox}


def fit_everybody(
    systems: Mapping[str, System], cohort: Cohort, *, imputations: int, seed: int, how: str = CHAINED
) -> Everybody:
    """Fit every system that learns on all patients; where the study imputes, on the first completed table.

    Cox models (with the knots and levels of the first table), survival per total and published equations are then fitted on
    every completed table, and pooled. `imputations` is the number of completed tables of the study, 0 where nothing is imputed.
    At least 3 are made, since one chain alone does not show whether it has settled. `how`: as `imputation` in the study file.
    """
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    patients, outcome = cohort.patients, cohort.known_outcome
    fitted: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    complete: dict[str, CoxNomogram | InputError] = {}
    said: dict[str, list[str]] = {}
    with threadpool_limits(1):
        made = None
        if imputations:
            made = _imputed(systems, cohort, imputations, seed, how)
            patients = made.completed[0]
        for key, system in systems.items():
            if not system.learns:
                continue
            model = clone(system.estimator)
            own = JobKey(EVERYBODY, EVERYBODY, int(made is not None), 0, key).seed(seed)
            model.set_params(**{n: own for n in model.get_params() if n.endswith("random_state")})
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                fitted[key] = model.fit(patients, outcome)
                kept[key] = model if made is None else _pooled(model, made.completed, outcome)
                if isinstance(model[-1], CoxNomogram):
                    complete[key] = _on_complete(model, cohort)
            said[key] = told(caught)
    return Everybody(fitted, kept, complete, cohort, patients, made, said)


def _imputed(
    systems: Mapping[str, System], cohort: Cohort, imputations: int, seed: int, how: str
) -> EverybodyImputed:
    patients, outcome = cohort.patients, cohort.known_outcome
    variables = read_variables(systems.values(), patients)
    imputer = imputer_for_fitting(patients, outcome, variables, seed, how)
    n_tables = max(imputations, LEAST_CHAINS) if how == CHAINED else imputations
    tables = completed_for_fitting(imputer, patients, outcome, n_tables, seed)
    return EverybodyImputed(imputer, variables, tables)


def _pooled(fitted: Any, tables: Sequence[pd.DataFrame], outcome: Outcome) -> Any:
    """The model of all completed tables, behind the encoder that the first one taught; of kinds that can be pooled."""
    from sklearn.pipeline import make_pipeline

    pooled = next((made for kind, made in POOLED.items() if isinstance(fitted[-1], kind)), None)
    if pooled is None or len(tables) == 1:
        return fitted
    fits = [fitted[-1], *(_again(fitted, table, outcome) for table in tables[1:])]
    if any(isinstance(fit, ScoreStrata) and not len(fit.levels_) for fit in fits):
        return fitted  # nobody has a total
    return make_pipeline(*fitted[:-1], pooled(fits))


def _on_complete(fitted: Any, cohort: Cohort) -> CoxNomogram | InputError:
    try:
        return _again(fitted, cohort.patients, cohort.known_outcome)
    except InputError as error:
        return error


def _again(fitted: Any, patients: pd.DataFrame, outcome: Outcome) -> Any:
    """The model fitted on another table, with the columns that the fitted encoder, or the score, makes of it."""
    from sklearn.base import clone

    return clone(fitted[-1]).fit(fitted[:-1].transform(patients), outcome)


def keep_models(
    everybody: Everybody,
    systems: Mapping[str, System],
    folder: Path,
    *,
    horizons_days: Sequence[float],
    definition_files: Mapping[str, Path],
    private_folder: Path | None = None,
) -> pd.DataFrame:
    """Write `<key>.json` for each model that can be kept.

    Parameters
    ----------
    horizons_days : of the study; survival is kept for them
    definition_files : key of a score -> its file, for scores that do not come with the package
    private_folder : where models that need their inputs are also kept with the study's own imputer and its donors, who are
        training patients; None = nowhere

    Returns
    -------
    DataFrame
        One row per system that learns, with the columns `FILE_COLUMNS`; status is ok or gap.
    """
    rows = []
    outcome, zero = everybody.cohort.known_outcome, sorted({str(z) for z in everybody.cohort.time_zero})
    for key, model in everybody.kept.items():
        row: dict[str, Any] = {"model": key, "label": systems[key].label, "status": "ok", "reason": ""}
        described: dict[str, Any] = {
            "key": key,
            "label": systems[key].label,
            "horizons_days": horizons_days,
            "time_zero": zero,
            "imputation": _how_imputed(everybody, model, horizons_days),
            "definition_file": definition_files.get(key),
        }
        try:
            kept = _kept_imputer(everybody, systems[key], model)
            content = model_content(model, everybody.patients, outcome, **described, imputer=kept)
        except InputError as error:
            rows.append({**row, "status": "gap", "reason": str(error)})
            continue
        if private_folder is not None and kept is not None:
            donors = _kept_imputer(everybody, systems[key], model, private=True)
            held = model_content(
                model, everybody.patients, outcome, **described, imputer=donors, private=True
            )
            write_model(held, private_folder / f"{safe_name(key)}.json")
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
                **_pooling(training["imputation"]),
            }
        )
    table = pd.DataFrame(rows, columns=FILE_COLUMNS)
    return table.astype(dict.fromkeys(("patients", "events", "days", "tables"), "Int64"))


def _pooling(how: Mapping[str, Any] | None) -> dict[str, Any]:
    """Of the table of model files: completed tables pooled, and what a reader should know of the pooling."""
    if how is None or "difference" not in how:
        return {"tables": None if how is None else how["tables"]}
    return {
        "tables": how["tables"],
        "fraction_missing": max(how["fraction_missing"]),
        "mean_difference": max(how["difference"]["mean"]),
        "largest_difference": max(how["difference"]["largest"]),
    }


def _how_imputed(everybody: Everybody, model: Any, horizons_days: Sequence[float]) -> dict[str, Any] | None:
    """How gaps were filled before a model learned, as its file tells it; None where nothing was imputed."""
    made = everybody.imputation
    if made is None:
        return None
    how = {"method": type(made.imputer).__name__, "estimand": DEPLOYMENT}
    last = model[-1]
    if not isinstance(last, PooledCox):
        pooled = isinstance(last, PooledStrata | PooledEquation)
        return {**how, "tables": len(last.fits) if pooled else 1}
    days = [float(day) for day in horizons_days if day <= last.last_day_]
    fractions = [one.fraction_missing for one in last.pooled_.values()]
    if not days:
        return {**how, "tables": len(last.fits), "fraction_missing": fractions}
    designs = [model[:-1].transform(table) for table in made.completed]
    apart = np.abs(last.survival_difference(designs, times_days=days))
    apart = apart[~np.isnan(apart).any(axis=1)]
    return {
        **how,
        "tables": len(last.fits),
        "fraction_missing": fractions,
        "difference": {
            "days": days,
            "mean": apart.mean(axis=0).tolist(),
            "largest": apart.max(axis=0).tolist(),
        },
    }


def _kept_imputer(
    everybody: Everybody, system: System, model: Any, *, private: bool = False
) -> dict[str, Any] | None:
    """Equations for the inputs of a model that cannot do without one of them; with donors only for a private file.

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
        method = made.imputer.method if private else "draw"
        imputer = ChainedImputer(variables, method=method, random_state=made.imputer.random_state)
        return imputer_state(imputer.fit(recorded), recorded, private=private)
