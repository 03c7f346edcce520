"""Every figure of a report: drawn from a table, saved with it, handed over as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.end_point import Words
from spinesurv.core.tables import STACKED
from spinesurv.figures import (
    highlighted_groups,
    pages,
    plot_auc_over_time,
    plot_calibration,
    plot_decision,
    plot_differences,
    plot_forest,
    plot_groups_of_scores,
    plot_imputation_trace,
    plot_imputation_values,
    plot_score_groups,
    plot_scored,
    plot_subgroups,
    plot_survival_curves,
    save_figure,
)
from spinesurv.figures.calibration import SYSTEMS_PER_PAGE
from spinesurv.figures.forest import systems_per_page
from spinesurv.figures.groups_of_scores import SCORES_PER_PAGE
from spinesurv.figures.small_panels import PANELS_PER_PAGE as PANELS_PER_PAGE_OF_VARIABLES
from spinesurv.figures.subgroups import SYSTEMS_PER_PAGE as SYSTEMS_PER_PAGE_OF_SUBGROUPS
from spinesurv.models.nomogram_predictors import why_not_drawn
from spinesurv.study.headline import (
    differences_to,
    headline_population,
    headline_rows,
    ranking_metric,
    singles,
)
from spinesurv.study.imputation import most_gaps
from spinesurv.study.nomogram import drawn_nomogram
from spinesurv.study.subgroups import drawn_systems, shown_day
from spinesurv.study.systems import System

#: measures of ranking; a score as published has the same totals, so the same value, and is shown once
RANKING = ("harrell_c", "uno_c", "auc")


class FigureFolder:
    """Where figures are kept: `keep` saves one with its table and remembers the drawing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drawings: dict[str, str] = {}

    def keep(
        self,
        name: str,
        drawn: Any,
        table: pd.DataFrame,
        beside: Mapping[str, pd.DataFrame] | None = None,
        *,
        pdf: bool = False,
    ) -> None:
        """Save a figure and its table; drawings stand in the report in this order."""
        picture = save_figure(drawn, table, self.folder / name, beside=beside, pdf=pdf)[0]
        self.drawings[name] = picture.read_text(encoding="utf-8")


def draw_figures(
    folder: Path,
    performance: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    systems: Mapping[str, System],
    *,
    reference: str,
    time_zero: str,
    cox_models: Mapping[str, Any],
    horizons_days: Sequence[int],
    words: Words,
) -> dict[str, str]:
    """Draw and save all figures; returns name -> SVG text.

    Parameters
    ----------
    folder : where they go
    performance : tables/performance.csv
    tables : survival, scored, score_groups, calibration, calibration_counts, calibration_groups, decision, auc_over_time
    systems : key -> System
    reference : system that all are compared with; empty = none
    time_zero : what day 0 is
    cox_models : key -> Cox model fitted on everybody, to be drawn as a nomogram
    horizons_days : days of its survival axes
    words : of the end point
    """
    figures = FigureFolder(folder)
    labels = {key: system.label for key, system in systems.items()}
    survival = tables["survival"]
    if len(survival):
        drawn = plot_survival_curves(survival, time_zero=time_zero, words=words)
        figures.keep("survival_curves", drawn, survival)
    scored = tables["scored"]
    if scored["site"].nunique() == 2:  # one site, and all
        scored = scored[scored["site"] != "all"]
    figures.keep("scored", plot_scored(scored), scored)
    of_score = tables["score_groups"]
    if len(of_score):
        _groups(figures, of_score, time_zero, words)
    _imputation(figures, tables)
    _forests(figures, performance, labels, systems)
    _differences(figures, performance, labels, systems, reference)
    _calibration(figures, tables, systems, labels, words)
    auc = tables["auc_over_time"]
    if len(auc):
        figures.keep("auc_over_time", plot_auc_over_time(auc, reference=reference, labels=labels), auc)
    decision = tables["decision"]
    if len(decision):
        groups = highlighted_groups(list(dict.fromkeys(decision["model"])), reference)
        for k, group in enumerate(groups):
            curves = plot_decision(
                decision, highlighted=group, reference=reference, labels=labels, words=words
            )
            figures.keep(f"decision{_number(k)}", curves, decision)
    if "subgroups" in tables:
        _subgroups(
            figures,
            tables["subgroups"],
            labels,
            drawn_systems(systems, reference),
            shown_day(horizons_days),
            words,
        )
    for key, fitted in cox_models.items():
        if why_not_drawn(fitted[0]):
            continue
        nomogram, picture = drawn_nomogram(fitted, horizons_days=horizons_days)
        beside = {"points": nomogram.points, "survival": nomogram.survival}
        figures.keep(f"nomogram_{key}", picture, nomogram.axes, beside, pdf=True)
    return figures.drawings


def _groups(figures: FigureFolder, table: pd.DataFrame, time_zero: str, words: Words) -> None:
    """Groups of the first score with the patients at risk, and those of the others in small."""
    first = table["score"] == table["score"].iloc[0]
    drawn = plot_score_groups(table[first], time_zero=time_zero, words=words)
    figures.keep("score_groups", drawn, table[first])
    for number, page in _pages(table[~first], SCORES_PER_PAGE, "score"):
        small = plot_groups_of_scores(page, time_zero=time_zero, words=words)
        figures.keep(f"score_groups_others{number}", small, page)


def _imputation(figures: FigureFolder, tables: Mapping[str, pd.DataFrame]) -> None:
    """Imputed beside recorded values, and the settling of the chains, of the variables with most gaps, a page each."""
    if "imputation" not in tables:
        return
    labels = {name: codebook()[name].heading for name in tables["imputation"]["variable"]}
    values, trace = most_gaps(tables, panels=PANELS_PER_PAGE_OF_VARIABLES)
    if len(values):
        figures.keep("imputation_values", plot_imputation_values(values, labels=labels), values)
    if len(trace):
        figures.keep("imputation_trace", plot_imputation_trace(trace, labels=labels), trace)


def _number(page: int) -> str:
    return "" if page == 0 else f"_{page + 1}"


def _pages(table: pd.DataFrame, size: int = 4, column: str = "model") -> Iterator[tuple[str, pd.DataFrame]]:
    """Ending of the name of each page, and its rows."""
    for k, page in enumerate(pages(table, column, size=size) if len(table) else []):
        yield _number(k), page


def _own(rows: pd.DataFrame, metric: str, systems: Mapping[str, System]) -> pd.DataFrame:
    """Rows of a measure, of systems whose value is their own and that have one."""
    mine = rows[rows["metric"] == metric]
    if metric in RANKING:
        published = {key for key, system in systems.items() if system.kind == "published"}
        mine = mine[~mine["model"].isin(published)]
    return _with_value(mine)


def _with_value(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the systems that have a value in any of them."""
    return rows[rows["model"].isin(rows.loc[rows["status"] != "gap", "model"])]


def _forests(
    figures: FigureFolder,
    performance: pd.DataFrame,
    labels: Mapping[str, str],
    systems: Mapping[str, System],
) -> None:
    """Sites side by side: measures of ranking on their days, and observed over expected events."""
    everywhere = singles(performance[performance["population"] == headline_population(performance)])
    rows = everywhere[everywhere["site"] != STACKED]
    ranking = dict.fromkeys(["harrell_c", ranking_metric(rows)])
    for name, metrics in (("ranking", ranking), ("observed_expected", ["observed_expected"])):
        own = [_own(rows, metric, systems) for metric in metrics if metric is not None]
        shown = pd.concat([part.sort_values("horizon_days", kind="stable") for part in own])
        shown = shown.reset_index(drop=True)
        for number, page in _pages(shown, systems_per_page(shown) if len(shown) else 1):
            figures.keep(f"forest_{name}{number}", plot_forest(page, labels=labels), page)


def _calibration(
    figures: FigureFolder,
    tables: Mapping[str, pd.DataFrame],
    systems: Mapping[str, System],
    labels: Mapping[str, str],
    words: Words,
) -> None:
    """Smooth curves and groups of the systems that have either, as many as fit on a page."""
    curves, points, counts = (tables[f"calibration{name}"] for name in ("", "_groups", "_counts"))
    reestimated = [key for key, system in systems.items() if system.kind == "score"]
    either = set(curves["model"]) | set(points["model"])
    shown = pd.DataFrame({"model": [key for key in systems if key in either]})
    for number, page in _pages(shown, SYSTEMS_PER_PAGE):
        mine = [table[table["model"].isin(page["model"])] for table in (curves, points, counts)]
        drawn = plot_calibration(
            mine[0], points=mine[1], counts=mine[2], labels=labels, reestimated=reestimated, words=words
        )
        figures.keep(f"calibration{number}", drawn, mine[0], {"groups": mine[1], "counts": mine[2]})


def _subgroups(
    figures: FigureFolder,
    table: pd.DataFrame,
    labels: Mapping[str, str],
    models: Sequence[str],
    day: int,
    words: Words,
) -> None:
    """Ranking, and observed over expected events, in every subgroup at one day."""
    for metric in ("auc", "observed_expected"):
        at = table[(table["metric"] == metric) & (table["horizon_days"] == day)]
        for number, page in _pages(_with_value(at[at["model"].isin(models)]), SYSTEMS_PER_PAGE_OF_SUBGROUPS):
            drawn = plot_subgroups(page, labels=labels, words=words)
            figures.keep(f"subgroups_{metric}_{day}{number}", drawn, page)


def _differences(
    figures: FigureFolder,
    performance: pd.DataFrame,
    labels: Mapping[str, str],
    systems: Mapping[str, System],
    reference: str,
) -> None:
    """Paired differences to the reference: ranking, Brier score, calibration error."""
    rows = headline_rows(performance)
    pairs = differences_to(rows, reference)
    for metric in dict.fromkeys(["harrell_c", ranking_metric(rows), "brier", "ici"]):
        shown = _own(pairs, str(metric), systems)
        if len(shown):
            figures.keep(f"differences_{metric}", plot_differences(shown, labels=labels), shown)
