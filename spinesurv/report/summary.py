"""What the report shows, before any page is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.core.tables import PERFORMANCE_COLUMNS
from spinesurv.errors import InputError

PUBLISHED = "@published"

COLUMNS: dict[str, tuple[str, ...]] = {
    "verdicts": ("model", "horizon_days", "question", "verdict", "words"),
    "cohort_table": ("variable", "level"),
    "attrition": ("step", "n", "reason"),
    "survival": ("site", "time_days", "survival", "low", "high", "n_risk"),
    "scored": ("model", "label", "site", "n", "predicted", "share", "reason"),
    "performance": tuple(PERFORMANCE_COLUMNS),
    "provenance": ("key", "label", "year", "status", "citation", "confidence"),
    "calibration": ("model", "site", "horizon_days", "risk", "observed", "low", "high"),
    "calibration_counts": ("model", "site", "horizon_days", "risk_low", "risk_high", "n"),
    "accuracy": (
        "model", "label", "rule", "basis", "value", "low", "high", "n", "unclassifiable", "complete_value", "complete_low",
        "complete_high", "complete_n", "undecided", "reason",
    ),
    "accuracy_rules": (
        "model", "label", "rule", "horizon_days", "value", "low", "high", "n", "words", "unclassifiable", "complete_value",
    ),
    "medians": (
        "model", "label", "group", "n", "median", "low", "high", "published_median", "promised_low", "promised_high", "verdict",
    ),
    "fits": ("model", "label", "population", "fits", "train", "events", "left_out", "remarks"),
    "diagnostics": ("model", "label", "check", "predictor", "value", "df", "p", "notable", "remark", "status", "reason"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything that a report tells; aggregates and texts only, never patients.

    Parameters
    ----------
    title, study_name, question : heading, name of the study, what it wants to know
    key_points : plain sentences for the box on the first page
    verdicts : model, horizon_days, question (ranks, risks, acting), verdict (yes, partly, no, unclear, gap), words
    verdict_rules : how the verdicts were made
    cohort_table : `table_one(cohort)`: variable, level, one column per site, All
    attrition : step, n, reason
    survival : site, time_days, survival, low, high, n_risk on a grid of days
    scored : model, label, site, n, predicted, share, reason
    performance : rows of tables/performance.csv (`PERFORMANCE_COLUMNS`)
    headline : population that the report shows first
    reference : system that the others are compared with; empty = none
    labels : model -> short name, in the order of the tables
    provenance : key, label, year, status, citation, confidence of the point scores and published equations
    calibration, calibration_counts : as drawn by `plot_calibration`
    accuracy : share of patients who lived as long as their group promises, with its rule; one row per point score
    accuracy_rules : the other rules of accuracy; one row per system, rule and day
    medians : median survival of each group beside the published one and the interval it promises, in months
    imputation : how each variable was imputed; None = nothing was
    decisions : aggregate summary of the decision systems, `decision_table`; None or empty = no lesions were recorded
    subgroups : `tables/subgroups.csv`; None or empty = none were declared
    subgroups_shown, subgroups_day : systems that have a table of subgroups in the page, and the day that it shows
    coefficients : hazard ratios of the Cox models, by population; None = there are none
    model_files : what was kept of each model, `tables/model_files.csv`; None = nothing was
    incidence : `incidence_table`, where events compete with the end point; None = they do not
    status : `status_table`, where the status at some days is all that is known; None = there are times
    words : of the end point
    fits : what the fits had to leave out, cut or repair; one row per system and population
    diagnostics : assumptions, influence and size of the Cox models, fitted on everybody; one row per check and predictor
    methods : paragraphs
    warnings : what a reader must keep in mind
    manifest : `build_manifest(...)`
    keep_in_mind : plain sentences below them: on whom they stand, for whom systems are not, what could not be judged
    files : paths of what was written beside the report, relative to its folder

    Raises
    ------
    InputError
        A table lacks one of its columns.
    """

    title: str
    study_name: str
    question: str
    key_points: Sequence[str]
    verdicts: pd.DataFrame
    verdict_rules: Sequence[str]
    cohort_table: pd.DataFrame
    attrition: pd.DataFrame
    survival: pd.DataFrame
    scored: pd.DataFrame
    performance: pd.DataFrame
    headline: str
    reference: str
    labels: Mapping[str, str]
    provenance: pd.DataFrame
    calibration: pd.DataFrame
    calibration_counts: pd.DataFrame
    accuracy: pd.DataFrame
    accuracy_rules: pd.DataFrame
    medians: pd.DataFrame
    fits: pd.DataFrame
    diagnostics: pd.DataFrame
    methods: Sequence[str]
    warnings: Sequence[str]
    manifest: Mapping[str, Any]
    files: Sequence[str] = field(default=())
    keep_in_mind: Sequence[str] = field(default=())
    imputation: pd.DataFrame | None = None
    decisions: pd.DataFrame | None = None
    subgroups: pd.DataFrame | None = None
    subgroups_shown: Sequence[str] = field(default=())
    subgroups_day: int = 90
    coefficients: pd.DataFrame | None = None
    model_files: pd.DataFrame | None = None
    incidence: pd.DataFrame | None = None
    status: pd.DataFrame | None = None
    words: Words = OF_DEATH

    def __post_init__(self) -> None:
        for name, columns in COLUMNS.items():
            missing = [c for c in columns if c not in getattr(self, name).columns]
            if missing:
                raise InputError(f"report, table {name}: columns {', '.join(missing)} are missing.")

    @property
    def reestimated(self) -> list[str]:
        """Point scores whose survival per total was learned again in the training data, in table order."""
        scores = {str(k).removesuffix(PUBLISHED) for k in self.provenance["key"]}
        scores |= {k.removesuffix(PUBLISHED) for k in self.labels if k.endswith(PUBLISHED)}
        return [k for k in self.labels if k in scores]

    @property
    def sites(self) -> list[str]:
        """Sites of the cohort table."""
        return [c for c in self.cohort_table.columns if c not in ("variable", "level", "All")]
