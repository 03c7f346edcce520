"""The study file: what is judged, on whom, how. Everything is looked up before anything is fitted."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from spinesurv.core import codebook
from spinesurv.core.end_point import DEATH, END_POINTS
from spinesurv.core.outcome import UNKNOWN_CAUSE
from spinesurv.core.tables import ESTIMANDS
from spinesurv.errors import InputError, unknown_name

#: measures of a study that names none, in the order of the report
USUAL_METRICS = ("harrell_c", "brier", "ipa", "observed_expected", "ici")


#: ways to fill gaps
CHAINED, MISS_FOREST = "chained", "miss_forest"
IMPUTATIONS = ("none", CHAINED, MISS_FOREST)


@dataclass(frozen=True)
class StudySection:
    """`[study]`: name of the folder of results, title and question of the report, seed of everything random."""

    name: str
    title: str = ""
    question: str = ""
    seed: int = 20260101


@dataclass(frozen=True)
class CohortSection:
    """`[cohort]`: tables (canonical, or mapping files; paths relative to the study file), or a synthetic cohort.

    `minimum_events`: sites with fewer deaths are joined into one site named `small_sites`, or, with
    `small_sites_together = false`, into as many as have enough deaths.
    """

    name: str = ""
    tables: tuple[str, ...] = ()
    synthetic: Mapping[str, int] = field(default_factory=dict)
    mixed_time_zero: bool = False
    minimum_events: int = 0
    small_sites: str = "small_sites"
    small_sites_together: bool = True


@dataclass(frozen=True)
class ValidationSection:
    """`[validation]`: `internal_external` (by site), `cross_validation` (inside each site, `folds` parts) or `temporal`.

    `cutoff_year`: first index year that is judged in a temporal design, by what earlier patients taught; 0 = none.
    `optimism_samples`: bootstrap samples that correct the indexes of Cox models fitted on everybody; 0 = none.
    """

    design: str = "internal_external"
    folds: int = 5
    cutoff_year: int = 0
    optimism_samples: int = 0


@dataclass(frozen=True)
class MissingSection:
    """`[missing]`: what is done about gaps besides judging patients as recorded (population `complete`).

    `imputation`: none; chained: equations learned in training complete every table, so that each system exists for
    everyone in its population (population `imputed`, which the report shows first); or miss_forest: random forests do, one
    value per gap. `imputations`: completed tables.

    `estimands`: deployment completes judged patients without their outcome, as at the bedside; full_information completes
    them from the judged patients of their own site and their outcome (population `imputed_full_information`).
    """

    imputation: str = "none"
    imputations: int = 1
    estimands: tuple[str, ...] = ("deployment",)


@dataclass(frozen=True)
class SystemsSection:
    """`[systems]`: point scores by key, `published` adds `<key>@published`; models as `[[systems.models]]`."""

    scores: tuple[str, ...] = ()
    published: bool = True
    models: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class EvaluationSection:
    """`[evaluation]`: end point, horizons, measures, the system that others are compared with, who is in a comparison.

    `end_point`: death (of any cause), an event that death competes with (instrumentation_failure), or a recorded cause
    of death that others compete with.
    `every_pair`: also the differences between systems none of which is the reference. `missing`: pairwise = patients whom both systems can predict; common = patients whom all systems can predict.
    `calibration_curve`: cox = Cox regression on a spline, pseudo = local average of pseudo-values. `subgroups`: parts of the
    patients in which the same predictions are judged, each a variable or a table (`spinesurv.study.subgroups`).
    """

    horizons_days: tuple[int, ...] = (42, 90, 180, 365)
    metrics: tuple[str, ...] = USUAL_METRICS
    reference: str = ""
    every_pair: bool = True
    missing: str = "pairwise"
    level: float = 0.95
    end_point: str = "death"
    calibration_curve: str = "cox"
    subgroups: tuple[Any, ...] = ()


@dataclass(frozen=True)
class DecisionsSection:
    """`[decisions]`: lesions, whose survival prediction the decision systems take, and every choice that is a judgement.

    `lesions`: tables with one row per lesion (canonical, or mapping files), relative to the study file; none = those that
    the cohort has. `model`: key of a system. The rest are the options of `spinesurv.decisions.integrate`.
    """

    lesions: tuple[str, ...] = ()
    model: str = ""
    p_min: float = 0.5
    gate_mode: str = "ci"
    inclusive: bool = False
    grade_1c_policy: str = "low"
    potentially_unstable_policy: str = "both"
    prior_rt_policy: str = "flag"
    assume_no_myelopathy_if_low_grade: bool = False
    tolerance_rule: str = "entered"
    slow_growing_kidney: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """Options of `integrate`."""
        return {name: value for name, value in asdict(self).items() if name not in ("lesions", "model")}


@dataclass(frozen=True)
class StudyFile:
    """A study as written, with every default filled in. `path` is where it stood."""

    study: StudySection
    cohort: CohortSection
    validation: ValidationSection
    missing: MissingSection
    systems: SystemsSection
    evaluation: EvaluationSection
    decisions: DecisionsSection
    path: Path

    def resolved(self) -> dict[str, Any]:
        """The study with all defaults, as it is written beside the results."""
        return {name: _plain(asdict(getattr(self, name))) for name in SECTIONS}


SECTIONS: dict[str, type] = {
    "study": StudySection,
    "cohort": CohortSection,
    "validation": ValidationSection,
    "missing": MissingSection,
    "systems": SystemsSection,
    "evaluation": EvaluationSection,
    "decisions": DecisionsSection,
}

#: kind of a setting -> what TOML gives for it, and what to call that
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "tuple": ((list,), "a list"),
    "Mapping": ((dict,), "a table"),
}


def read_toml(path: Path, *, what: str) -> dict[str, Any]:
    """A TOML file, or one clear sentence with the line at which it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{what} {path.name}: there is no such file ({path}).") from None
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(
            f"{what} {path.name}: cannot be read ({type(error).__name__}). Save it as UTF-8."
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{what} {path.name}: this is not valid TOML: {error}. Correct that line.") from None


def read_study(path: Path) -> StudyFile:
    """Read and check a study file.

    Raises
    ------
    InputError
        The file is absent or no TOML, a section or setting is unknown (the nearest known names are listed), a
        value is of the wrong kind, or something needed is missing.
    """
    raw = read_toml(path, what="study file")
    where = f"study file {path.name}"
    for name in raw:
        if name not in SECTIONS:
            raise unknown_name("section", name, SECTIONS, where=where)
    if "study" not in raw or "name" not in raw["study"]:
        raise InputError(f'{where}: [study] with name = "..." is missing; results go to reports/<name>/.')
    parts = {name: _section(name, raw.get(name, {}), where) for name in SECTIONS}
    study = StudyFile(path=path, **parts)
    _check(study, where)
    return study


def _section(name: str, raw: Any, where: str) -> Any:
    kind = SECTIONS[name]
    place = f"{where}, [{name}]"
    if not isinstance(raw, dict):
        raise InputError(f"{place}: a table of settings is expected.")
    known = {f.name: f for f in fields(kind)}
    values = {}
    for key, value in raw.items():
        if key not in known:
            raise unknown_name("setting", key, known, where=place)
        values[key] = _value(value, known[key], place)
    return kind(**values)


def _value(value: Any, setting: Any, place: str) -> Any:
    kind = str(setting.type).split("[")[0]
    want, words = _KINDS[kind]
    fits = isinstance(value, want) and (kind == "bool" or not isinstance(value, bool))
    if not fits:
        raise InputError(f"{place}, {setting.name}: {type(value).__name__} found, {words} expected.")
    return tuple(value) if kind == "tuple" else value


def _check(study: StudyFile, where: str) -> None:
    cohort, systems, evaluation = study.cohort, study.systems, study.evaluation
    if any(c in study.study.name for c in '/\\:*?"<>|') or study.study.name.strip(". ") == "":
        raise InputError(f"{where}, [study], name: {study.study.name!r} cannot be the name of a folder.")
    if bool(cohort.tables) == bool(cohort.synthetic):
        raise InputError(
            f'{where}, [cohort]: give either tables = ["..."] (mapping files or canonical tables) or '
            "synthetic = { patients = 4304, seed = 1 }."
        )
    for key in cohort.synthetic:
        if key not in ("patients", "seed"):
            raise unknown_name("setting", key, ("patients", "seed"), where=f"{where}, [cohort], synthetic")
    days = evaluation.horizons_days
    if not days or any(not isinstance(d, int) or isinstance(d, bool) or d <= 0 for d in days):
        raise InputError(f"{where}, [evaluation], horizons_days: whole days after time zero are expected.")
    if list(days) != sorted(set(days)):
        raise InputError(f"{where}, [evaluation], horizons_days: rising, each day once.")
    if evaluation.missing not in ("pairwise", "common"):
        raise unknown_name(
            "rule", evaluation.missing, ("pairwise", "common"), where=f"{where}, [evaluation], missing"
        )
    known = (DEATH, *END_POINTS, *(c for c in codebook()["cause"].levels if c not in UNKNOWN_CAUSE))
    if evaluation.end_point not in known:
        raise unknown_name(
            "end point", evaluation.end_point, known, where=f"{where}, [evaluation], end_point"
        )
    if study.missing.imputation not in IMPUTATIONS:
        raise unknown_name("imputation", study.missing.imputation, IMPUTATIONS, where=f"{where}, [missing]")
    if study.missing.imputation == MISS_FOREST and (
        study.missing.imputations > 1 or tuple(study.missing.estimands) != ("deployment",)
    ):
        raise InputError(
            f'{where}, [missing]: imputation = "{MISS_FOREST}" fills each gap with one value and does not read the outcome: '
            f'it has imputations = 1 and estimands = ["deployment"]. Use "{CHAINED}" for others.'
        )
    if study.missing.imputations < 1:
        raise InputError(f"{where}, [missing], imputations: 1 or more are expected.")
    for name in study.missing.estimands:
        if name not in ESTIMANDS:
            raise unknown_name("estimand", name, ESTIMANDS, where=f"{where}, [missing], estimands")
    if len(set(study.missing.estimands)) != len(study.missing.estimands) or not study.missing.estimands:
        raise InputError(f"{where}, [missing], estimands: one or more are expected, each once.")
    if not 0.5 < evaluation.level < 1:
        raise InputError(
            f"{where}, [evaluation], level: a number between 0.5 and 1 is expected, usually 0.95."
        )
    if study.validation.folds < 2:
        raise InputError(f"{where}, [validation], folds: 2 or more are expected.")
    if study.validation.optimism_samples < 0:
        raise InputError(f"{where}, [validation], optimism_samples: 0 or more are expected.")
    if study.validation.cutoff_year and study.validation.design != "temporal":
        raise InputError(f'{where}, [validation], cutoff_year: it belongs to design = "temporal".')
    if not systems.scores and not systems.models:
        raise InputError(f"{where}, [systems]: name at least one score or one [[systems.models]].")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
