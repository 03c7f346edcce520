"""A fitted model becomes the content of a model file: aggregates, a grid of days and a model card, no patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from spinesurv import __version__
from spinesurv.core import Cohort, Outcome, codebook
from spinesurv.core.end_point import DEATH
from spinesurv.core.tables import write_text
from spinesurv.errors import InputError, NotFittedError
from spinesurv.features import ChainedImputer, Encoder
from spinesurv.features.kept_encoder import encoder_state
from spinesurv.features.kept_imputer import imputer_state
from spinesurv.figures.small_cells import SMALLEST_SHOWN, is_small
from spinesurv.models import (
    BoostedCox,
    CauseSpecificCox,
    CoxNomogram,
    FixedHorizonBooster,
    IntegerScore,
    ParametricSurvival,
    PublishedEquation,
    ScoreStrata,
)
from spinesurv.models.kept_boosting import boosted_cox_state, fixed_horizon_state
from spinesurv.models.kept_cause_specific import cause_specific_state
from spinesurv.models.kept_cox import cox_state
from spinesurv.models.kept_equation import equation_state
from spinesurv.models.kept_integer_score import integer_score_state
from spinesurv.models.kept_parametric import parametric_state
from spinesurv.models.kept_strata import strata_state
from spinesurv.report.manifest import package_versions
from spinesurv.scores.reading import definition_table
from spinesurv.study.model_card import model_card
from spinesurv.study.model_file import FORMAT, SCHEMA_VERSION, write_model
from spinesurv.units import STORED_DAYS

#: folder that files with values of patients lie in
PRIVATE = "private"
#: besides the days of a study, a baseline is kept every so many days
GRID_STEP_DAYS = 30
NO_IMPUTER = (
    "none: the imputer of a study matches donors, who are training patients, and a model file must not hold them. Missing "
    "inputs give the range of risks that remains possible. A private file may hold them (`spinesurv run --private`)."
)
HELD_PRIVATE = (
    "chained equations as the study completes judged patients, learned from patients as recorded without their outcome: "
    "with donors, whose values are those of single training patients. For `spinesurv predict --impute`."
)
PRIVATE_CARD = (
    "PRIVATE: this file holds recorded values of single training patients, as donors of its imputer. It stays in the folder "
    "private/ of the site that made it and must not be sent, published or committed."
)
HELD = (
    "chained equations with normal and logistic draws, learned from patients as recorded without their outcome: "
    "coefficients and percentiles, no donors. For `spinesurv predict --impute`."
)


def save_model(
    fitted: Any,
    path: str | Path,
    *,
    cohort: Cohort,
    key: str = "model",
    label: str = "",
    horizons_days: Sequence[float] = (),
    definition_file: str | Path | None = None,
    imputer: ChainedImputer | None = None,
    private: bool = False,
) -> Path:
    """Write a fitted pipeline of an encoder, a score or derived columns and a model as a model file.

    Parameters
    ----------
    cohort : the patients it was fitted on, with their outcome
    key, label : name in tables, and in words
    horizons_days : days that must be kept, besides 28, 30, 42, 90, 180, 365, 730 and every thirtieth
    definition_file : of a score that does not come with the package
    imputer : fitted on the patients of `cohort` without an outcome, `method="draw"`; None = the file holds none
    private : the file may hold donors of an imputer with `method="pmm"`, which are values of patients; `path` then lies in a
        folder named private, and the file says what it is

    Raises
    ------
    NotFittedError, InputError
        Not fitted, a model of another kind, nothing of it can be kept without telling of single patients, or a private file
        outside a folder named private.
    """
    if private:
        keep_apart(Path(path))
    content = model_content(
        fitted,
        cohort.patients,
        cohort.known_outcome,
        key=key,
        label=label or key,
        horizons_days=horizons_days,
        time_zero=sorted({str(z) for z in cohort.time_zero}),
        definition_file=definition_file,
        imputer=None if imputer is None else imputer_state(imputer, cohort.patients, private=private),
        private=private and imputer is not None,
    )
    write_model(content, Path(path))
    return Path(path)


def keep_apart(path: Path) -> None:
    """See to it that a file with values of patients lies in a folder named private, which git ignores.

    Raises
    ------
    InputError
        It would lie elsewhere.
    """
    places = [folder for folder in path.absolute().parents if folder.name == PRIVATE]
    if not places:
        raise InputError(
            f"model file {path.name}: it would hold values of single patients, and its folder is not named {PRIVATE}. Write it "
            f"to {PRIVATE}/{path.name}."
        )
    write_text("*\n", places[-1] / ".gitignore")


def model_content(
    fitted: Any,
    patients: pd.DataFrame,
    outcome: Outcome,
    *,
    key: str,
    label: str,
    horizons_days: Sequence[float],
    time_zero: Sequence[str],
    imputation: Mapping[str, Any] | None = None,
    definition_file: str | Path | None = None,
    imputer: Mapping[str, Any] | None = None,
    private: bool = False,
) -> dict[str, Any]:
    """All parts of a model file.

    `imputation`: how gaps of the patients were filled before the model learned from them (method, estimand, tables, and of
    a pooled model fraction_missing and difference); None where they were not. `imputer`: what `imputer_state` gave.
    `private`: with donors.
    """
    first, last = fitted[0], fitted[-1]
    if not any(name.endswith("_") and not name.startswith("_") for name in vars(last)):
        raise NotFittedError(f"model {key!r}: fit it before it is saved.")
    design = first.transform(patients)
    learned = _learned(last, design)
    days = kept_days(outcome.take(learned), horizons_days)
    kind, state = _state(last, days, design, key)
    days = state["days"]
    score = _score_state(first, definition_file) if isinstance(last, ScoreStrata) else None
    training = {
        "patients": int(learned.sum()),
        "end_point": outcome.end_point or DEATH,
        "events": int(outcome.of_interest[learned].sum()),
        "left_out": int((~learned).sum()) if not is_small((~learned).sum()) else None,
        "sites": _sites(patients.index[learned]),
        "time_zero": list(time_zero),
        "gaps_filled": imputation is not None,
        "imputation": None if imputation is None else dict(imputation),
        "last_day": days[-1],
    }
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "key": key,
        "label": label,
        "kind": kind,
        "card": model_card(kind, label, training, state) | ({"privacy": PRIVATE_CARD} if private else {}),
        "variables": _variables(first, getattr(last, "range_", {})),
        "encoder": encoder_state(first) if isinstance(first, Encoder) else None,
        "score": score,
        "model": state,
        "days": days,
        "training": training,
        "imputer": {"held": False, "why": NO_IMPUTER}
        if imputer is None
        else {
            "held": True,
            "private": private,
            "why": HELD_PRIVATE if private else HELD,
            "equations": imputer,
        },
        "versions": {"spinesurv": __version__, **package_versions()},
    }


def kept_days(outcome: Outcome, horizons_days: Sequence[float]) -> list[float]:
    """Days of a study and every thirtieth, as far as five patients are still followed; where no times are known, the days of the status.

    Raises
    ------
    InputError
        Not one of them is.
    """
    if outcome.status is not None:
        return [float(day) for day in outcome.status.days]
    followed = np.sort(outcome.time_days)[::-1]
    last = float(followed[SMALLEST_SHOWN - 1]) if len(followed) >= SMALLEST_SHOWN else 0.0
    grid = np.arange(GRID_STEP_DAYS, last + 1, GRID_STEP_DAYS, dtype=float)
    days = sorted({*map(float, STORED_DAYS), *map(float, horizons_days), *grid.tolist()})
    kept = [day for day in days if day <= last]
    if not kept:
        raise InputError(
            f"model file: fewer than {SMALLEST_SHOWN} training patients are followed to day {days[0]:g}, so no survival "
            "can be kept."
        )
    return kept


def _learned(model: Any, design: pd.DataFrame) -> np.ndarray:
    """(n,) True for patients that the model learned from."""
    if isinstance(model, CoxNomogram | CauseSpecificCox | ParametricSurvival):
        return ~design.isna().any(axis=1).to_numpy()
    if isinstance(model, IntegerScore):
        return ~np.isnan(model.totals(design))
    if isinstance(model, ScoreStrata):
        return design["total"].notna().to_numpy()
    if isinstance(model, PublishedEquation):
        return ~np.isnan(model.totals(design)[0])
    return np.ones(len(design), dtype=bool)


def _state(model: Any, days: list[float], design: pd.DataFrame, key: str) -> tuple[str, dict[str, Any]]:
    if isinstance(model, CoxNomogram):
        return "cox", cox_state(model, days)
    if isinstance(model, CauseSpecificCox):
        return "cause_specific_cox", cause_specific_state(model, days, design)
    if isinstance(model, ParametricSurvival):
        return "parametric", parametric_state(model, days)
    if isinstance(model, BoostedCox):
        return "boosted_cox", boosted_cox_state(model, days, design)
    if isinstance(model, FixedHorizonBooster):
        return "sorg_style_boosting", fixed_horizon_state(model, days, design)
    if isinstance(model, IntegerScore):
        return "sorg_style_classic", integer_score_state(model, days)
    if isinstance(model, ScoreStrata):
        return "score_strata", strata_state(model, days)
    if isinstance(model, PublishedEquation):
        return "published_equation", equation_state(model, days)
    raise InputError(
        f"model {key!r}: {type(model).__name__} cannot be saved. CoxNomogram, CauseSpecificCox, ParametricSurvival, "
        "BoostedCox, FixedHorizonBooster, IntegerScore, ScoreStrata and PublishedEquation can."
    )


def _score_state(score: Any, definition_file: str | Path | None) -> dict[str, Any]:
    table = tomli_w.dumps(definition_table(definition_file or score.key))
    names = ("ecog1_kps", "brain_counts_as_visceral", "assume_hormone")
    options = {"variant": score.definition.variant, **{name: getattr(score, name) for name in names}}
    return {"definition": table, "options": options}


def _sites(index: pd.Index[Any]) -> dict[str, int | None]:
    """Site -> training patients, None where there are one to four."""
    count = index.get_level_values("site").value_counts(sort=False)
    return {str(name): None if is_small(n) else int(n) for name, n in sorted(count.items())}


def _variables(first: Any, ranges: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """What the model reads: key, label, kind, unit; range in training, or levels and reference."""
    if not isinstance(first, Encoder):
        return [
            _described(name) | dict(zip(("low", "high"), ranges.get(name, ()), strict=False))
            for name in first.inputs
        ]
    out = []
    for term in first.terms_:
        entry = _described(term.variable)
        if term.variable in first.range_ and entry["kind"] != "yes_no":
            entry["low"], entry["high"] = first.range_[term.variable]
        elif term.variable in first.levels_:
            entry["levels"] = [first.reference_[term.variable], *first.levels_[term.variable]]
            entry["reference"] = first.reference_[term.variable]
        out.append(entry)
    return out


def _described(name: str) -> dict[str, Any]:
    variable = codebook()[name]
    return {"key": name, "label": variable.label, "kind": variable.kind, "unit": variable.unit}
