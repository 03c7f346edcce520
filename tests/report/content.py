"""A made-up report: every field filled, nothing from patients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Outcome
from spinesurv.report import ReportContent, methods_paragraphs, table_one
from spinesurv.report.summary import COLUMNS
from tests.figures.fixtures import (
    HORIZONS,
    SITES,
    SYSTEMS,
    calibration_tables,
    performance_table,
    scored_table,
    survival_table,
)

SETTINGS = {
    "study": {"name": "made_up", "seed": 7},
    "validation": {"design": "internal_external", "folds": 5},
    "systems": {"scores": ["tokuhashi_2005", "nesms"]},
    "evaluation": {
        "horizons_days": [42, 90, 180, 365], "metrics": ["uno_c", "brier", "observed_expected"],
        "reference": "cox_nomogram", "missing": "pairwise", "level": 0.95,
    },
}  # fmt: skip


def made_up_cohort(sites: tuple[str, ...] = SITES, per_site: int = 60) -> Cohort:
    """Patients drawn from a fixed seed; site 0 never measured LDH, and has three women only."""
    rng = np.random.default_rng(5)
    n = per_site * len(sites)
    tumours = [
        "breast",
        "prostate",
        "lung_nsclc",
        "lung_sclc",
        "thyroid",
        "kidney",
        "melanoma",
        "liver",
        "multiple_myeloma",
        "lymphoma",
    ]
    site = np.repeat(sites, per_site)
    sex = np.where(rng.random(n) < 0.5, "female", "male").astype(object)
    sex[:per_site] = ["female"] * 3 + ["male"] * (per_site - 3)
    ldh = rng.lognormal(5.5, 0.4, n)
    ldh[:per_site] = np.nan
    patients = pd.DataFrame(
        {
            "age": np.clip(rng.normal(63, 11, n), 20, 95).round(1),
            "sex": sex,
            "ecog": rng.choice([0, 1, 2, 3, 4], n, p=[0.2, 0.35, 0.25, 0.15, 0.05]),
            "primary_tumor": rng.choice(tumours, n),
            "albumin": np.where(rng.random(n) < 0.1, np.nan, np.clip(rng.normal(3.6, 0.5, n), 1.5, 5.5)),
            "ldh": ldh,
        },
        index=pd.MultiIndex.from_arrays([site, [f"SYN-{k}" for k in range(n)]], names=["site", "patient_id"]),
    )
    return Cohort(patients, Outcome(rng.exponential(300, n).round() + 1, rng.random(n) < 0.6))


def made_up_content(
    systems: dict[str, str] = SYSTEMS, sites: tuple[str, ...] = SITES, **changes: Any
) -> ReportContent:
    """Content of a report on these systems and sites."""
    curves, counts = calibration_tables(systems)
    cohort = made_up_cohort(sites)
    performance = performance_table(systems, sites)
    contrast = performance[(performance["site"] == "pooled") & (performance["metric"] == "uno_c")].copy()
    contrast = contrast.assign(
        reference="cox_nomogram", value=0.01, low=-0.02, high=0.04, pi_low=np.nan, pi_high=np.nan
    )
    contrast = contrast[(contrast["model"] != "cox_nomogram") & (contrast["status"] != "gap")]
    scores = [k for k in systems if "@" not in k and k not in ("cox_nomogram", "sorg_style", "ensemble")]
    fields: dict[str, Any] = {
        "title": "Which prognosis to trust: a made-up comparison",
        "study_name": "made_up",
        "question": "How well do point scores and fitted models predict survival at a hospital they have not seen?",
        "keep_in_mind": ["Every statement stands on the patients as recorded."],
        "key_points": [
            "The Cox nomogram ordered patients best at 90 days (Uno's C 0.72, 95 % CI 0.69 to 0.75).",
            "Differences between the best three systems are smaller than their uncertainty.",
            "NESMS could be computed for 87 % of patients; albumin is the usual gap.",
        ],
        "verdicts": made_up_verdicts(systems),
        "verdict_rules": ["Ranks patients: yes if the interval lies at 0.70 or more."],
        "headline": "complete",
        "reference": "cox_nomogram",
        "accuracy": pd.DataFrame(
            [["tokuhashi_2005", "Tokuhashi 2005", "poor: under 6 months", "published", 0.61, 0.55, 0.67, 240, 0, 0.58, 0.52, 0.64, 201, 39, ""],
             ["nesms", "NESMS", "", "", *[np.nan] * 10, "no survival interval is published for its groups"]],
            columns=COLUMNS["accuracy"],
        ),
        "accuracy_rules": pd.DataFrame(
            [["tokuhashi_2005", "Tokuhashi 2005", "acc_underestimated", np.nan, 0.31, 0.27, 0.35, 240, "", 12, 0.29],
             ["tokuhashi_2005", "Tokuhashi 2005", "kappa_linear", np.nan, -0.04, -0.1, 0.02, 240, "", 12, np.nan],
             ["tokuhashi_2005", "Tokuhashi 2005", "acc_auc_gt_070", 90.0, 0.72, 0.66, 0.78, 240, "yes", np.nan, np.nan],
             ["nesms", "NESMS", "acc_worst_group", 121.75, 0.6, 0.5, 0.7, 40, "", np.nan, np.nan],
             ["nesms", "NESMS", "acc_probability_050", 90.0, 0.7, 0.65, 0.75, 240, "64 % alive", 3, np.nan],
             ["nesms", "NESMS", "acc_auc_gt_070", 90.0, 0.69, 0.66, 0.78, 240, "no", np.nan, np.nan]],
            columns=COLUMNS["accuracy_rules"],
        ),
        "medians": pd.DataFrame(
            [["tokuhashi_2005", "Tokuhashi 2005", "12 to 15", 40, np.nan, 14.2, np.nan, np.nan, 12.0, np.inf, "within"],
             ["tokuhashi_2005", "Tokuhashi 2005", "0 to 8", 90, 3.1, 2.5, 4.0, 4.8, 0.0, 6.0, "shorter"]],
            columns=COLUMNS["medians"],
        ),
        "fits": pd.DataFrame(
            [["cox_nomogram", "Cox nomogram", "complete", 4, "170 to 190", "98 to 110", "7 to 12", ""]],
            columns=COLUMNS["fits"],
        ),
        "diagnostics": pd.DataFrame(
            [["cox_nomogram", "Cox nomogram", "proportional hazards", "Age", 9.2, 1.0, 0.0002, True, "the hazard ratio changes over time", "ok", ""],
             ["cox_nomogram", "Cox nomogram", "proportional hazards", "all", 11.0, 4.0, 0.027, True, "", "ok", ""],
             ["cox_nomogram", "Cox nomogram", "linearity", "Age", 1.2, 2.0, 0.55, False, "a spline with 4 knots added", "ok", ""],
             ["cox_nomogram", "Cox nomogram", "linearity", "LDH", np.nan, np.nan, np.nan, False, "", "gap", "too few values"],
             ["cox_nomogram", "Cox nomogram", "patients needed", "all", 1204.0, 4.0, np.nan, True, "shrinkage of 0.9", "ok", ""]],
            columns=COLUMNS["diagnostics"],
        ),
        "cohort_table": table_one(cohort, follow_up_days=dict.fromkeys((*sites, "All"), (612.0, 580.0, 641.0))),
        "attrition": pd.DataFrame(
            [["read", 260, "rows of the tables"], ["refused", 20, "no date of last contact"], ["analysed", 240, "known outcome"]],
            columns=["step", "n", "reason"],
        ),
        "survival": survival_table(sites),
        "scored": scored_table(systems, sites),
        "performance": pd.concat([performance, contrast], ignore_index=True),
        "labels": systems,
        "provenance": pd.DataFrame(
            [[k, systems[k], 2005, "provisional" if k == "tomita" else "ready",
              "Author A, Author B. A score. Spine 2005;30:2186-2191. doi:10.1097/01.brs.0000180401.06919.a5", "A"]
             for k in scores],
            columns=["key", "label", "year", "status", "citation", "confidence"],
        ),
        "calibration": curves,
        "calibration_counts": counts,
        "methods": methods_paragraphs(
            SETTINGS, sites=sites, patients=len(cohort), events=cohort.known_outcome.n_events, labels=systems,
            time_zero="surgery",
        ),
        "warnings": ["Site Dunmore did not record LDH for any patient."],
        "manifest": {
            "spinesurv": "0.1.0", "python": "3.11", "packages": {"numpy": "2.0", "pandas": "2.3"},
            "command": "spinesurv run study.toml", "seeds": {"study": 7}, "study_sha256": "ab" * 32,
            "data_hash": "synthetic:240:7", "minutes": 1.5, "files": {"tables/performance.csv": "cd" * 32},
        },
        "files": ["tables/performance.csv", "figures/survival_curves.svg", "private/predictions.csv.gz"],
    }  # fmt: skip
    return ReportContent(**{**fields, **changes})


def made_up_verdicts(systems: dict[str, str]) -> pd.DataFrame:
    """Every kind of answer; the last system has none."""
    answers = [
        ("yes", "well, 0.74"),
        ("partly", "on average, 1.04"),
        ("no", "no gain shown"),
        ("unclear", "cannot be told"),
    ]
    rows = []
    for m, model in enumerate(systems):
        for d, day in enumerate(HORIZONS):
            for q, question in enumerate(("ranks", "risks", "acting")):
                answer = ("gap", "no estimate") if m == len(systems) - 1 else answers[(m + d + q) % 4]
                rows.append([model, day, question, *answer])
    return pd.DataFrame(rows, columns=COLUMNS["verdicts"])


def made_up_figures(content: ReportContent) -> dict[str, str]:
    """The pictures of a content as a study would draw them."""
    from spinesurv.figures import (
        figure_svg,
        pages,
        plot_calibration,
        plot_forest,
        plot_scored,
        plot_survival_curves,
    )
    from spinesurv.figures.calibration import SYSTEMS_PER_PAGE
    from spinesurv.figures.forest import systems_per_page

    estimates = content.performance[content.performance["reference"].isna()]
    figures = {
        "survival_curves": plot_survival_curves(content.survival, time_zero="surgery"),
        "scored": plot_scored(content.scored),
    }
    chosen = estimates[(estimates["metric"] == "uno_c") & (estimates["horizon_days"] == HORIZONS[1])]
    for k, page in enumerate(pages(chosen, size=systems_per_page(chosen))):
        figures[f"forest_uno_c_90_{k + 1}"] = plot_forest(page, labels=content.labels)
    for k, page in enumerate(pages(content.calibration, size=SYSTEMS_PER_PAGE)):
        counts = content.calibration_counts[content.calibration_counts["model"].isin(page["model"])]
        figures[f"calibration_{k + 1}"] = plot_calibration(
            page, counts=counts, labels=content.labels, reestimated=content.reestimated
        )
    return {name: figure_svg(figure) for name, figure in figures.items()}
