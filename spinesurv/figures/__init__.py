"""Figures: each draws the table it is given, computes no measure, and hands over the table it shows."""

from collections.abc import Callable
from typing import Any

from spinesurv.figures.auc_over_time import plot_auc_over_time
from spinesurv.figures.calibration import plot_calibration
from spinesurv.figures.decision import plot_decision
from spinesurv.figures.differences import plot_differences
from spinesurv.figures.forest import plot_forest
from spinesurv.figures.groups_of_scores import plot_groups_of_scores
from spinesurv.figures.highlight import highlighted_groups
from spinesurv.figures.imputation_trace import plot_imputation_trace
from spinesurv.figures.imputation_values import plot_imputation_values
from spinesurv.figures.nomogram import plot_nomogram
from spinesurv.figures.paging import pages
from spinesurv.figures.save import figure_pdf, figure_svg, save_figure
from spinesurv.figures.score_groups import plot_score_groups
from spinesurv.figures.scored import plot_scored
from spinesurv.figures.subgroups import plot_subgroups
from spinesurv.figures.survival_curves import plot_survival_curves

#: name -> function(table, ...); in the order of the report. matplotlib is imported when one of them draws.
FIGURES: dict[str, Callable[..., Any]] = {
    "survival_curves": plot_survival_curves,
    "scored": plot_scored,
    "score_groups": plot_score_groups,
    "groups_of_scores": plot_groups_of_scores,
    "imputation_values": plot_imputation_values,
    "imputation_trace": plot_imputation_trace,
    "forest": plot_forest,
    "differences": plot_differences,
    "calibration": plot_calibration,
    "auc_over_time": plot_auc_over_time,
    "decision": plot_decision,
    "subgroups": plot_subgroups,
    "nomogram": plot_nomogram,
}

__all__ = [
    "FIGURES",
    "figure_pdf",
    "figure_svg",
    "highlighted_groups",
    "pages",
    "plot_auc_over_time",
    "plot_calibration",
    "plot_decision",
    "plot_differences",
    "plot_forest",
    "plot_groups_of_scores",
    "plot_imputation_trace",
    "plot_imputation_values",
    "plot_nomogram",
    "plot_score_groups",
    "plot_scored",
    "plot_subgroups",
    "plot_survival_curves",
    "save_figure",
]
