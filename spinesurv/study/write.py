"""Figures, tables, report and manifest of a finished study."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.core.tables import POOLED, STACKED, write_table, write_text
from spinesurv.figures import (
    figure_svg,
    pages,
    plot_calibration,
    plot_forest,
    plot_scored,
    plot_survival_curves,
    save_figure,
)
from spinesurv.report import (
    ReportContent,
    build_manifest,
    manifest_json,
    methods_paragraphs,
    render_html,
    table_one,
)
from spinesurv.study.describe import calibration_curves, follow_up_by_site, scored_by_site, survival_by_site
from spinesurv.study.key_points import key_points

if TYPE_CHECKING:
    from spinesurv.study.run import Study, StudyResult

LONGEST_CURVE_DAYS = 730.0


def write_results(study: Study, result: StudyResult, notes: dict[str, Any], *, minutes: float) -> None:
    """Write `tables/`, `figures/`, `report.html` and `manifest.json` beside the performance table."""
    folder, cohort, systems = result.folder, result.population.cohort, study.systems
    settings = study.file.evaluation
    last_day = max(LONGEST_CURVE_DAYS, float(max(settings.horizons_days)))
    curves, counts, gaps = calibration_curves(cohort, result.predictions, settings.horizons_days)
    tables = {
        "cohort_by_site": table_one(cohort, median_follow_up_days=follow_up_by_site(cohort)),
        "attrition": result.population.attrition,
        "joined_sites": result.population.joined_sites,
        "survival": survival_by_site(cohort, last_day),
        "scored": scored_by_site(cohort, result.predictions, systems),
        "calibration": curves,
        "calibration_counts": counts,
        "calibration_gaps": gaps,
        "provenance": _provenance(systems),
    }
    for name, table in tables.items():
        write_table(table, folder.tables / f"{name}.csv")
    write_text(json.dumps(notes, indent=1, sort_keys=True) + "\n", folder.tables / "fits.json")
    labels = {key: system.label for key, system in systems.items()}
    figures = _figures(folder.figures, result.performance, tables, labels, systems, str(cohort.time_zero[0]))
    manifest = build_manifest(
        command=["spinesurv", *sys.argv[1:]],
        study=study.file.resolved(),
        data_hash=result.population.data_hash,
        seeds={"study": study.file.study.seed},
        folder=folder.root,
        files=[f for f in folder.shareable_files() if f.name not in ("manifest.json", "report.html")],
        minutes=minutes,
    )
    content = ReportContent(
        title=study.file.study.title or study.file.study.name,
        study_name=study.file.study.name,
        question=study.file.study.question,
        key_points=key_points(result.performance, systems, reference=settings.reference),
        cohort_table=tables["cohort_by_site"],
        attrition=tables["attrition"],
        survival=tables["survival"],
        scored=tables["scored"],
        performance=result.performance,
        labels=labels,
        provenance=tables["provenance"],
        calibration=curves,
        calibration_counts=counts,
        methods=methods_paragraphs(
            study.file.resolved(),
            sites=cohort.sites,
            patients=len(cohort),
            deaths=cohort.known_outcome.n_events,
            labels=labels,
            time_zero=" or ".join(sorted({str(z) for z in cohort.time_zero})),
        ),
        warnings=result.warnings,
        manifest=manifest,
        files=sorted(manifest["files"]),
    )
    write_text(render_html(content, figures), folder.report)
    write_text(manifest_json(manifest), folder.root / "manifest.json")


def _provenance(systems: dict[str, Any]) -> pd.DataFrame:
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
    return pd.DataFrame(rows, columns=["key", "label", "year", "status", "citation", "confidence"])


def _figures(
    folder: Any,
    performance: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    labels: dict[str, str],
    systems: dict[str, Any],
    time_zero: str,
) -> dict[str, str]:
    """Draw, save and return every figure of the report as SVG text, by name."""
    out: dict[str, str] = {}

    def keep(
        name: str, drawn: Any, table: pd.DataFrame, beside: dict[str, pd.DataFrame] | None = None
    ) -> None:
        save_figure(drawn, table, folder / name, beside=beside)
        out[name] = figure_svg(drawn)

    keep("survival_curves", plot_survival_curves(tables["survival"], time_zero=time_zero), tables["survival"])
    keep("scored", plot_scored(tables["scored"]), tables["scored"])
    alone = performance[(performance["reference"] == "") & (performance["site"] != STACKED)]
    for metric, part in alone.groupby("metric", sort=False):
        if (part["status"] == "gap").all() or not (part["site"] == POOLED).any():
            continue
        days = [None] if part["horizon_days"].isna().all() else sorted(part["horizon_days"].dropna().unique())
        for day in days:
            rows = part if day is None else part[part["horizon_days"] == day]
            rows = rows[rows.groupby("model")["status"].transform(lambda s: (s != "gap").any())]
            if len(rows):
                name = f"forest_{metric}" if day is None else f"forest_{metric}_{int(day)}"
                keep(name, plot_forest(rows, labels=labels), rows)
    reestimated = [key for key, system in systems.items() if system.kind == "score"]
    curves, counts = tables["calibration"], tables["calibration_counts"]
    for i, page in enumerate(pages(curves) if len(curves) else []):
        mine = counts[counts["model"].isin(page["model"])]
        drawn = plot_calibration(page, counts=mine, labels=labels, reestimated=reestimated)
        keep("calibration" if i == 0 else f"calibration_{i + 1}", drawn, page, {"counts": mine})
    return out
