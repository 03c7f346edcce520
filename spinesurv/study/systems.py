"""The systems that a study compares: each name in the study file becomes something that fits and predicts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from spinesurv.core.end_point import DEATH, label_of
from spinesurv.core.tables import PROVISIONAL_MARK
from spinesurv.errors import InputError, unknown_name
from spinesurv.study.file import StudyFile

PUBLISHED = "@published"


@dataclass(frozen=True, eq=False)
class System:
    """One system of a study.

    Parameters
    ----------
    key : name in every table
    label : name in figures and text
    estimator : unfitted; `fit(patients, outcome)`, `predict(patients, *, times_days)`
    kind : score (survival per total re-estimated in training), published (survival as published), model, or equation
        (published ratios with a baseline re-estimated in training), imported (predictions made elsewhere, named in
        a study) or given (those that are all there is to judge)
    status : ready or provisional, of the definition behind it
    total_sign : for scores, +1 where a higher total is worse, else -1; 0 for models. marker = sign * total
    score : the score behind it, None for models
    inputs : variables of the codebook that it reads
    definition : the published equation or imported file behind it, None for others
    imported_inputs : what was typed into a calculator, by variable, as its file says
    """

    key: str
    label: str
    estimator: Any
    kind: str
    status: str = "ready"
    total_sign: int = 0
    score: Any = None
    inputs: tuple[str, ...] = ()
    definition: Any = None
    imported_inputs: Any = ()

    @property
    def learns(self) -> bool:
        """Whether anything is estimated in training."""
        return self.kind in ("score", "model", "equation")

    @property
    def doubt(self) -> str:
        """Why it is provisional; empty where it is not."""
        if self.status != "provisional":
            return ""
        return f"{self.label.removesuffix(PROVISIONAL_MARK).strip()}: {(self.definition or self.score.definition).reason}"

    @property
    def fingerprint(self) -> str:
        """What its results depend on besides the study file: the definition of the score or equation behind it."""
        behind = self.definition if self.score is None else self.score.definition
        return "" if behind is None else json.dumps(asdict(behind), sort_keys=True, default=str)


def marked_provisional(table: pd.DataFrame, systems: Mapping[str, System]) -> pd.DataFrame:
    """Rows of estimates in which those of provisional systems carry that status, and why."""
    doubts = table["model"].map({key: s.doubt for key, s in systems.items() if s.status == "provisional"})
    rows = doubts.notna() & (table["status"] == "ok")
    return table.assign(
        status=table["status"].mask(rows, "provisional"), reason=table["reason"].mask(rows, doubts)
    )


def build_systems(study: StudyFile) -> dict[str, System]:
    """All systems of a study in its order: scores, the same as published, then models.

    Raises
    ------
    InputError
        A name is unknown, occurs twice, a predictor is not allowed, or a score's definition is incomplete.
    """
    from spinesurv.scores import check_known

    where = f"study file {study.path.name}, [systems]"
    out: dict[str, System] = {}
    for key in study.systems.scores:
        check_known(key, where)
    scores = [_score(key, study) for key in study.systems.scores]
    end_point = study.evaluation.end_point
    built = [_reestimated(score, end_point) for score in scores]
    if study.systems.published and end_point == DEATH:  # what was published is survival
        built += [_published(score) for score in scores]
    built += [_model(raw, where, study) for raw in study.systems.models]
    _check_end_point(study, where)
    for system in built:
        if system.key in out:
            raise InputError(f"{where}: {system.key!r} is named twice. Give one of them another key.")
        out[system.key] = _marked(system)
    return out


def _marked(system: System) -> System:
    """The system; one that is provisional carries the mark behind its label, in every table and figure."""
    if system.status != "provisional" or system.label.endswith(PROVISIONAL_MARK):
        return system
    return replace(system, label=f"{system.label} {PROVISIONAL_MARK}")


def _check_end_point(study: StudyFile, where: str) -> None:
    """Refuse models that would take competing events for something else, before anything is fitted."""
    competing = study.evaluation.end_point != DEATH
    kinds = {str(raw["key"]): raw.get("kind", raw["key"]) for raw in study.systems.models}
    wrong = [
        key
        for key, kind in kinds.items()
        if (kind not in KNOW_COMPETING if competing else kind == CAUSE_SPECIFIC)
    ]
    if competing and wrong:
        raise InputError(
            f"{where}: {', '.join(wrong)} cannot predict the end point {study.evaluation.end_point!r}, with "
            f"which other events compete: it would take them for censorings. Models that can: {', '.join(KNOW_COMPETING)}; "
            "and point scores."
        )
    if wrong:
        raise InputError(
            f"{where}: {', '.join(wrong)} needs an end_point with which other events compete; name it in [evaluation]."
        )


def _score(key: str, study: StudyFile) -> Any:
    from spinesurv.scores import Score, load_definition

    return Score(load_definition(study.path.parent / key) if key.endswith(".toml") else key)


def _reestimated(score: Any, end_point: str) -> System:
    from sklearn.pipeline import make_pipeline

    from spinesurv.models import ScoreStrata

    strata = ScoreStrata(score.higher_is, tuple(score.groups))
    return _score_system(score, score.key, score.label, make_pipeline(score, strata), "score", end_point)


def _published(score: Any) -> System:
    from sklearn.pipeline import make_pipeline

    from spinesurv.models import PublishedSurvival

    published = make_pipeline(score, PublishedSurvival(score.higher_is, tuple(score.groups)))
    return _score_system(score, score.key + PUBLISHED, f"{score.label}, as published", published, "published")


def _score_system(
    score: Any, key: str, label: str, estimator: Any, kind: str, end_point: str = DEATH
) -> System:
    sign = 1 if score.higher_is == "worse" else -1
    made_for = score.definition.outcome.lower()
    if end_point == DEATH and not score.definition.predicts_survival:
        label += " (not made for survival)"
    elif end_point != DEATH and made_for not in (end_point, label_of(end_point)):
        label += f" (made for {score.definition.outcome})"
    return System(key, label, estimator, kind, score.status, sign, score, tuple(score.inputs))


def _cox(raw: Mapping[str, Any], place: str) -> Any:
    from spinesurv.models import CoxNomogram

    model = CoxNomogram(**{name: raw[name] for name in COX if name in raw})
    try:
        model.check_settings()
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    return model


def _cause_specific(raw: Mapping[str, Any], place: str) -> Any:
    from spinesurv.models import CauseSpecificCox

    return CauseSpecificCox(penalty=_cox({"penalty": raw.get("penalty", 0.0)}, place).penalty)


def _parametric(raw: Mapping[str, Any], place: str) -> Any:
    from spinesurv.models import ParametricSurvival

    model = ParametricSurvival(**{name: raw[name] for name in PARAMETRIC if name in raw})
    try:
        model.check_settings()
    except InputError as error:
        raise type(error)(f"{place}: {error}") from None
    return model


def _boosted_cox(raw: Mapping[str, Any], place: str) -> Any:
    from spinesurv.models import BoostedCox

    return BoostedCox(**_boosting(raw))


def _sorg_style(raw: Mapping[str, Any], place: str) -> Any:
    from spinesurv.models import FixedHorizonBooster

    days = raw.get("horizons_days", SORG_HORIZONS_DAYS)
    if not isinstance(days, list | tuple) or any(isinstance(d, bool) or not isinstance(d, int) for d in days):
        raise InputError(f"{place}, horizons_days: a list of whole days is expected.")
    return FixedHorizonBooster(tuple(days), **_boosting(raw))


def _boosting(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: raw[name] for name in BOOSTING if name in raw}


#: 6 weeks, 90 days and 1 year, for which machine-learning models of that family were published
SORG_HORIZONS_DAYS = (42, 90, 365)

#: settings of a Cox model that a study file may change
COX = ("penalty", "stratify_by", "errors")

#: settings of the encoder before it, which only a Cox model may have
OF_COLUMNS = ("interactions",)

#: settings of a parametric model that a study file may change
PARAMETRIC = ("distribution", "penalty")

#: settings of boosted trees that a study file may change
BOOSTING = ("n_rounds", "learning_rate", "max_depth", "min_child_weight", "most_rounds", "folds")

#: kinds that know events which compete with the one that is judged; of imported ones that is for the user to see to
CAUSE_SPECIFIC = "cause_specific_cox"
KNOW_COMPETING = (CAUSE_SPECIFIC, "imported_predictions")

#: kind in a study file -> what builds it, and the settings it knows besides key, kind, label and predictors
KINDS: dict[str, tuple[Callable[[Mapping[str, Any], str], Any], tuple[str, ...]]] = {
    "cox": (_cox, (*OF_COLUMNS, *COX)),
    CAUSE_SPECIFIC: (_cause_specific, ("penalty",)),
    "parametric": (_parametric, PARAMETRIC),
    "boosted_cox": (_boosted_cox, BOOSTING),
    "sorg_style_boosting": (_sorg_style, ("horizons_days", *BOOSTING)),
}


def _equation(raw: Mapping[str, Any], place: str, study: StudyFile) -> System:
    """Published ratios; what is derived from several variables is derived as for the scores."""
    from sklearn.pipeline import make_pipeline

    from spinesurv.models import PublishedEquation
    from spinesurv.scores import DerivedColumns

    definition = _definition(str(raw["equation"] or raw["key"]), study)
    if raw["score"] or raw["refit"]:
        return _equation_on_score(raw, definition, place, study)
    model = PublishedEquation(definition, raw["primary_coding"] or None, raw["rounding"])
    try:
        model.check_settings()
    except InputError as error:
        raise type(error)(f"{place}: {error}") from None
    columns = DerivedColumns(definition.columns)
    return System(
        str(raw["key"]),
        str(raw.get("label", definition.label)),
        make_pipeline(columns, model),
        "equation",
        definition.status,
        inputs=columns.inputs,
        definition=definition,
    )


def _equation_on_score(raw: Mapping[str, Any], definition: Any, place: str, study: StudyFile) -> System:
    """The terms of an equation kept on a baseline for each total of a point score, or fitted again beside it."""
    from sklearn.pipeline import make_pipeline

    from spinesurv.models import EquationOnScore
    from spinesurv.models.equation_on_score import TOTAL
    from spinesurv.scores import BesideTotal, check_known

    if not raw["score"]:
        raise InputError(
            f'{place}: refit = true needs score = "...", the point score that its terms stand beside.'
        )
    check_known(str(raw["score"]), f"{place}, score")
    score = _score(str(raw["score"]), study)
    model = EquationOnScore(
        definition, refit=bool(raw["refit"]), primary_coding=raw["primary_coding"] or None, rounding=raw["rounding"]
    )  # fmt: skip
    try:
        model.check_settings()
    except InputError as error:
        raise type(error)(f"{place}: {error}") from None
    columns = BesideTotal(definition.columns, score, TOTAL)
    words = (
        f"{score.label} with the terms of {definition.key}, refitted"
        if raw["refit"]
        else f"{definition.label}, by total of {score.label}"
    )
    return System(
        str(raw["key"]),
        str(raw.get("label", words)),
        make_pipeline(columns, model),
        "model" if raw["refit"] else "equation",
        "provisional" if "provisional" in (definition.status, score.status) and not raw["refit"] else "ready",
        inputs=columns.inputs,
        definition=definition,
    )


#: items of the SORG classic score: what is known of it without its paper
SORG_CLASSIC = (
    "age", "ecog_effective", "katagiri2014_growth_class", "n_spine_mets", "lung_or_liver_mets", "brain_mets",
    "systemic_therapy", "wbc", "hemoglobin",
)  # fmt: skip
#: cuts of these items that were published; the others are cut at the median of the training patients
SORG_CLASSIC_CUTS = {"ecog_effective": 3, "n_spine_mets": 2}


def _integer_score(raw: Mapping[str, Any], place: str, study: StudyFile) -> System:
    """An integer score of the kind of SORG classic, derived on the training patients."""
    from sklearn.pipeline import make_pipeline

    from spinesurv.models import IntegerScore
    from spinesurv.scores import DerivedColumns
    from spinesurv.scores.checks import check_input

    names = raw["predictors"]
    if not isinstance(names, list | tuple) or not names or not all(isinstance(n, str) for n in names):
        raise InputError(
            f"{place}, predictors: a list of names is expected; cuts of numbers are given in cuts."
        )
    for name in names:
        check_input(name, f"{place}, predictors")
    cuts = {k: v for k, v in SORG_CLASSIC_CUTS.items() if k in names} | dict(raw["cuts"])
    model = IntegerScore(cuts, raw["most_points"], bool(raw["rounded"]))
    try:
        model.check_settings(list(names))
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    columns = DerivedColumns(tuple(names))
    words = "SORG-style classic score" if raw["rounded"] else "SORG-style classic score, unrounded"
    return System(
        str(raw["key"]),
        str(raw.get("label", words)),
        make_pipeline(columns, model),
        "model",
        inputs=columns.inputs,
    )


def _imported(raw: Mapping[str, Any], place: str, study: StudyFile) -> System:
    """Predictions of a calculator in a file."""
    from sklearn.pipeline import make_pipeline

    from spinesurv.cohorts import read_imported
    from spinesurv.models import ImportedPredictions
    from spinesurv.study.imported import ImportedSource

    if not raw["file"]:
        raise InputError(f'{place}: file = "..." is missing, the table with the imported predictions.')
    sliders = _definition(str(raw["calculator"]), study).sliders if raw["calculator"] else ()
    read = read_imported(study.path.parent / str(raw["file"]), values=str(raw["values"]))
    return System(
        str(raw["key"]),
        str(raw.get("label", raw["key"])),
        make_pipeline(ImportedPredictions(read.prediction, read.has_sites)),
        "imported",
        definition=ImportedSource(read.name, read.sha256, sliders),
        imported_inputs=read.inputs,
    )


def _definition(name: str, study: StudyFile) -> Any:
    from spinesurv.models import load_equation

    return load_equation(study.path.parent / name if name.endswith(".toml") else name)


#: kinds without predictors of the user's choice -> what builds the system, and its settings besides key, kind and label with
#: their defaults ("" = none)
READY_MADE: dict[str, tuple[Callable[[Mapping[str, Any], str, StudyFile], System], Mapping[str, Any]]] = {
    "sorg_style_classic": (
        _integer_score,
        {"predictors": list(SORG_CLASSIC), "cuts": {}, "most_points": 5, "rounded": True},
    ),
    "published_equation": (
        _equation,
        {"equation": "", "primary_coding": "", "rounding": "published", "score": "", "refit": False},
    ),
    "imported_predictions": (_imported, {"file": "", "values": "survival", "calculator": ""}),
}


def _model(raw: Mapping[str, Any], where: str, study: StudyFile) -> System:
    from sklearn.pipeline import make_pipeline

    from spinesurv.features import Encoder, Term, read_interactions

    if not isinstance(raw, Mapping) or "key" not in raw:
        raise InputError(f'{where}: each [[systems.models]] needs a key = "...".')
    place = f"{where}, model {raw['key']!r}"
    kind = raw.get("kind", raw["key"])
    if kind not in KINDS and kind not in READY_MADE:
        raise unknown_name("kind of model", kind, [*KINDS, *READY_MADE], where=place)
    if kind in READY_MADE:
        make, known = READY_MADE[kind]
        _check_settings(raw, known, place)
        return make({**known, **raw}, place, study)
    build, own = KINDS[kind]
    _check_settings(raw, ("predictors", *own), place)
    predictors = raw.get("predictors")
    if not isinstance(predictors, list | tuple) or not predictors:
        raise InputError(f'{place}: predictors = ["age", ...] is missing.')
    terms = [Term.read(p, where=f"{place}, predictors") for p in predictors]
    pairs = raw.get("interactions", ())
    if not isinstance(pairs, list | tuple):
        raise InputError(f'{place}, interactions: a list of pairs is expected: [["age", "ecog"]].')
    pairs = read_interactions(pairs, terms, where=f"{place}, interactions")
    return System(
        str(raw["key"]),
        str(raw.get("label", raw["key"])),
        make_pipeline(Encoder(terms, pairs), build(raw, place)),
        "model",
        inputs=tuple(t.variable for t in terms),
    )


def with_model_defaults(study: StudyFile, systems: Mapping[str, System]) -> StudyFile:
    """The study with every setting of its models filled in, those left to the model itself excepted."""
    models = []
    for raw in study.systems.models:
        system = systems[str(raw["key"])]
        kind = raw.get("kind", raw["key"])
        if kind in READY_MADE:
            used = {name: value for name, value in READY_MADE[kind][1].items() if value and name not in raw}
        else:
            own = {**system.estimator[0].get_params(deep=False), **system.estimator[-1].get_params()}
            used = {name: own[name] for name in KINDS[kind][1] if own[name] is not None}
        models.append({"key": system.key, "kind": kind, "label": system.label, **raw, **used})
    return replace(study, systems=replace(study.systems, models=tuple(models)))


def _check_settings(raw: Mapping[str, Any], own: Iterable[str], place: str) -> None:
    known = ("key", "kind", "label", *own)
    for setting in raw:
        if setting not in known:
            raise unknown_name("setting", setting, known, where=place)
