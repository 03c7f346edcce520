"""Tables, figures, report and manifest of a finished study."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.core import Cohort
from spinesurv.core.end_point import Words, words_for
from spinesurv.core.tables import write_table, write_text
from spinesurv.evaluation import JobKey
from spinesurv.report import (
    R_CHECK,
    ReportContent,
    build_manifest,
    manifest_json,
    methods_paragraphs,
    r_check,
    render_html,
    table_one,
)
from spinesurv.scores import ProvisionalScoreWarning
from spinesurv.study.accuracy import accuracy_table
from spinesurv.study.accuracy_rules import medians_table, rules_table
from spinesurv.study.coefficients import coefficient_table
from spinesurv.study.curves import (
    all_sites,
    auc_curves,
    calibration_curves,
    calibration_points,
    decision_curves,
)
from spinesurv.study.decided import decision_table
from spinesurv.study.describe import follow_up_by_site, scored_by_site, survival_by_group, survival_by_site
from spinesurv.study.diagnostics import diagnostics_table
from spinesurv.study.draw import draw_figures
from spinesurv.study.everybody import fit_everybody, keep_models
from spinesurv.study.file import StudyFile
from spinesurv.study.fit_warnings import fit_warnings
from spinesurv.study.fits import fits_table
from spinesurv.study.headline import headline_population, headline_rows, ranking_metric
from spinesurv.study.imported import imported_tables
from spinesurv.study.imputation import imputation_tables
from spinesurv.study.imputed import numbers_of
from spinesurv.study.incidence import incidence_table
from spinesurv.study.key_points import Findings, keep_in_mind, key_points
from spinesurv.study.status import status_table
from spinesurv.study.subgroups import Subgroups, drawn_systems, shown_day, subgroup_table
from spinesurv.study.systems import System
from spinesurv.study.usefulness import net_benefit_and_gain
from spinesurv.study.verdicts import verdict_rules, verdict_table

if TYPE_CHECKING:
    from spinesurv.study.run import StudyResult

LONGEST_CURVE_DAYS = 730.0


def write_results(
    file: StudyFile,
    systems: Mapping[str, System],
    result: StudyResult,
    notes: Mapping[JobKey, dict[str, Any]],
    *,
    minutes: float,
    definition_files: Mapping[str, Path] | None = None,
    described: Collection[str] | None = None,
    subgroups: Sequence[Subgroups] = (),
    private: bool = False,
) -> list[str]:
    """Write `tables/`, `figures/`, `check_in_R.R`, `report.html` and `manifest.json` beside the performance table.

    Returns the warnings of the study: those of the result, and what its fits warned of.

    `notes`: key of a job -> what it noted about its fit; none where nothing was fitted. `definition_files`: key of a score ->
    its file, for scores that do not come with the package. `described`: variables of table one that are told; None = all.
    `private`: models are also kept with the donors of their imputer, in `private/models/`.
    `subgroups`: in which the predictions are judged as well.
    """
    folder, cohort, settings = result.folder, result.population.cohort, file.evaluation
    outcome = cohort.known_outcome
    words = words_for(outcome)
    tables = result_tables(file, systems, result, notes, words)
    if described is not None:
        table = tables["cohort_by_site"]
        tables["cohort_by_site"] = table[table["variable"].isin(described)]
    everybody = fit_everybody(
        systems,
        cohort,
        imputations=len(next(iter(numbers_of(file.missing).values()), ())),
        seed=file.study.seed,
        how=file.missing.imputation,
    )
    tables |= imputation_tables(everybody.imputation, cohort.patients)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProvisionalScoreWarning)  # its fits have said so
        tables["model_files"] = keep_models(
            everybody,
            systems,
            folder.models,
            horizons_days=settings.horizons_days,
            definition_files=definition_files or {},
            private_folder=folder.private_models if private else None,
        )
    tables["diagnostics"] = diagnostics_table(
        everybody,
        systems,
        horizon_days=float(max(settings.horizons_days)),
        optimism_samples=file.validation.optimism_samples,
        seed=file.study.seed,
    )
    tables["coefficients"] = coefficient_table(everybody, systems, level=settings.level)
    tables |= imported_tables(systems, cohort, folder.private)
    if subgroups:
        tables["subgroups"] = subgroup_table(
            subgroups,
            cohort,
            result.tables,
            systems,
            horizons_days=settings.horizons_days,
            level=settings.level,
        )
    for name, table in tables.items():
        write_table(table, folder.tables / f"{name}.csv")
    if notes:
        fits = {key.name: note for key, note in notes.items()}
        write_text(json.dumps(fits, indent=1, sort_keys=True) + "\n", folder.tables / "fits.json")
    if not words.by_status:  # its measures stand on follow-up times
        write_text(r_check(), folder.root / R_CHECK)
    figures = draw_figures(
        folder.figures,
        result.performance,
        tables,
        systems,
        reference=settings.reference,
        time_zero=str(cohort.time_zero[0]),
        cox_models=everybody.kept_cox,
        horizons_days=settings.horizons_days,
        words=words,
    )
    manifest = build_manifest(
        command=["spinesurv", *sys.argv[1:]],
        study=file.resolved(),
        data_hash=result.population.data_hash,
        seeds={"study": file.study.seed},
        folder=folder.root,
        files=[f for f in folder.shareable_files() if f.name not in ("manifest.json", "report.html")],
        minutes=minutes,
    )
    found = Findings(
        result.performance,
        tables["verdicts"],
        tables["scored"],
        systems,
        settings.reference,
        synthetic=bool(file.cohort.synthetic),
        words=words,
    )
    said = [*result.warnings, *fit_warnings(notes, everybody.warnings)]
    if private and not folder.private_models.is_dir():
        said.append(
            '--private kept nothing: no model of this study has an imputer with donors (needed are imputation = "chained" and a '
            "model that has no prediction where an input is missing)"
        )
    labels = {key: system.label for key, system in systems.items()}
    missing = file.missing
    content = ReportContent(
        title=file.study.title or file.study.name,
        study_name=file.study.name,
        question=file.study.question,
        key_points=key_points(found),
        keep_in_mind=keep_in_mind(found),
        verdicts=tables["verdicts"],
        verdict_rules=verdict_rules(
            ranking_metric(headline_rows(result.performance)),
            tables["net_benefit"]["threshold"].unique(),
            words,
        ),
        cohort_table=tables["cohort_by_site"],
        attrition=tables["attrition"],
        survival=tables["survival"],
        scored=tables["scored"],
        performance=result.performance,
        headline=headline_population(result.performance),
        reference=settings.reference,
        labels=labels,
        provenance=tables["provenance"],
        calibration=tables["calibration"],
        calibration_counts=tables["calibration_counts"],
        accuracy=tables["accuracy"],
        accuracy_rules=tables["accuracy_rules"],
        medians=tables["medians"],
        fits=tables["fits"],
        imputation=tables.get("imputation"),
        decisions=tables.get("decisions"),
        subgroups=tables.get("subgroups"),
        subgroups_shown=drawn_systems(systems, settings.reference),
        subgroups_day=shown_day(settings.horizons_days),
        diagnostics=tables["diagnostics"],
        coefficients=tables["coefficients"],
        model_files=tables["model_files"],
        incidence=tables.get("incidence"),
        status=tables.get("status_at_days"),
        words=words,
        methods=methods_paragraphs(
            file.resolved(),
            sites=cohort.sites,
            patients=len(cohort),
            events=outcome.n_events,
            competing=0 if outcome.competing is None else int(outcome.competing.sum()),
            status_days=None if outcome.status is None else outcome.status.in_words,
            labels=labels,
            time_zero=" or ".join(sorted({str(z) for z in cohort.time_zero})),
            imputations=None if missing.imputation == "none" else missing.imputations,
        ),
        warnings=said,
        manifest=manifest,
        files=sorted(manifest["files"]),
    )
    write_text(render_html(content, figures), folder.report)
    write_text(manifest_json(manifest), folder.root / "manifest.json")
    return said


def result_tables(
    file: StudyFile,
    systems: Mapping[str, System],
    result: StudyResult,
    notes: Mapping[JobKey, Mapping[str, Any]],
    words: Words,
) -> dict[str, pd.DataFrame]:
    """Every table of a report besides the performance table, by name.

    Curves, verdicts and net benefit stand on the predictions shown first (imputed where the study imputes), who could
    be scored on patients as recorded.
    """
    cohort, settings = result.population.cohort, file.evaluation
    last_day = max(LONGEST_CURVE_DAYS, float(max(settings.horizons_days)))
    judged = all_sites(cohort, result.predictions, result.tables)
    smooth = "pseudo" if words.by_status else settings.calibration_curve
    curves, counts, no_curve = calibration_curves(judged, settings.horizons_days, smooth)
    points, no_points = calibration_points(judged, settings.horizons_days)
    decision, no_decision = decision_curves(judged, settings.horizons_days)
    own_ranking = [key for key, system in systems.items() if system.kind != "published"]
    auc, no_auc = auc_curves(judged, [] if words.by_status else own_ranking, last_day=last_day)
    gain = net_benefit_and_gain(cohort, result.tables, settings.horizons_days, level=settings.level)
    tables = {
        "cohort_by_site": table_one(
            cohort, follow_up_days=None if words.by_status else follow_up_by_site(cohort)
        ),
        "attrition": result.population.attrition,
        "joined_sites": result.population.joined_sites,
        "survival": survival_by_site(cohort, last_day),
        "scored": scored_by_site(
            cohort, result.recorded, systems, result.predictions if numbers_of(file.missing) else None
        ),
        "score_groups": _shown_groups(file, systems, cohort, last_day),
        "calibration": curves,
        "calibration_counts": counts,
        "calibration_groups": points,
        "decision": decision,
        "auc_over_time": auc,
        "curve_gaps": pd.concat([no_curve, no_points, no_decision, no_auc], ignore_index=True),
        "net_benefit": gain,
        "verdicts": verdict_table(result.performance, gain, list(systems), settings.horizons_days, words),
        "accuracy": accuracy_table(result.performance, systems, patients=len(cohort)),
        "accuracy_rules": rules_table(result.performance, systems, cohort),
        "medians": medians_table(cohort, result.predictions, systems),
        "fits": fits_table(notes, systems),
        "provenance": _provenance(systems),
    }
    if words.by_status:
        tables["status_at_days"] = status_table(cohort, level=settings.level)
    if cohort.known_outcome.end_point is None:
        tables["decisions"] = decision_table(cohort, result.predictions, systems, file.decisions)
    else:
        tables["incidence"] = incidence_table(cohort, settings.horizons_days, level=settings.level)
    return tables


def _shown_groups(
    file: StudyFile, systems: Mapping[str, System], cohort: Cohort, last_day: float
) -> pd.DataFrame:
    """Groups of every score, the reference first where it is one; without rows where there is none."""
    scores = [s.score for s in systems.values() if s.kind == "score"]
    scores.sort(key=lambda score: score.key != file.evaluation.reference)
    parts = [survival_by_group(cohort, score, last_day) for score in scores]
    known = [part for part in parts if len(part)]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame()


def _provenance(systems: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        {
            "key": s.score.key,
            "label": s.score.label,
            "year": s.score.definition.year,
            "status": s.score.status,
            "citation": s.score.citation,
            "confidence": s.score.confidence,
        }
        for s in systems.values()
        if s.kind == "score"
    ]
    rows += [
        {
            "key": key,
            "label": s.label,
            "year": s.definition.year,
            "status": s.status,
            "citation": f"{s.definition.citation} doi:{s.definition.doi}".removesuffix(" doi:"),
            "confidence": s.definition.confidence,
        }
        for key, s in systems.items()
        if s.kind == "equation"
    ]
    return pd.DataFrame(rows, columns=["key", "label", "year", "status", "citation", "confidence"])
