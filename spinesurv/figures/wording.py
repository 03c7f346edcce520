"""What the axes of a measure say: its name, its unit or direction, the value that means nothing gained or lost."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from spinesurv.core.tables import COMPLETE, IMPUTED, IMPUTED_FULL
from spinesurv.units import DAYS_PER_MONTH


@dataclass(frozen=True)
class Wording:
    """One measure in words.

    Parameters
    ----------
    label : name for headings of tables
    axis : what follows the name on an axis: unit or direction
    reference : value drawn as a thin line; None = none
    digits : decimals shown
    calibration : whether it judges calibration, so that re-estimated score survival must be mentioned
    """

    label: str
    axis: str = ""
    reference: float | None = None
    digits: int = 2
    calibration: bool = False

    @property
    def on_axis(self) -> str:
        """Name and unit for an axis."""
        return f"{self.label} ({self.axis})" if self.axis else self.label


_PROPORTION = "proportion"

WORDING: dict[str, Wording] = {
    "harrell_c": Wording("Harrell's C", "0.5 = chance, 1 = best", 0.5),
    "uno_c": Wording("Uno's C", "0.5 = chance, 1 = best", 0.5),
    "auc": Wording("AUC", "0.5 = chance, 1 = best", 0.5),
    "brier": Wording("Brier score", "0 = best", None, 3),
    "ipa": Wording("IPA", "0 = no gain, 1 = best", 0.0, 2),
    "integrated_brier": Wording("Integrated Brier score", "0 = best", None, 3),
    "observed_expected": Wording("Observed/expected", "ratio of events; 1 = agreement", 1.0, 2, True),
    "calibration_slope": Wording("Calibration slope", "1 = agreement", 1.0, 2, True),
    "calibration_intercept": Wording("Calibration intercept", "log hazard; 0 = agreement", 0.0, 2, True),
    "calibration_intercept_poisson": Wording("Poisson intercept", "log O/E; 0 = agreement", 0.0, 2, True),
    "calibration_slope_poisson": Wording("Poisson slope", "1 = agreement", 1.0, 2, True),
    "ici": Wording("ICI", "risk difference; 0 = best", 0.0, 3, True),
    "e50": Wording("E50", "risk difference; 0 = best", 0.0, 3, True),
    "e90": Wording("E90", "risk difference; 0 = best", 0.0, 3, True),
    "emax": Wording("Emax", "risk difference; 0 = best", 0.0, 3, True),
    "ipa_binary": Wording("Scaled Brier score (known status)", "0 = no gain, 1 = best", 0.0, 2),
    "calibration_intercept_logistic": Wording(
        "Calibration in the large (logistic, known status)", "log odds; 0 = agreement", 0.0, 2, True
    ),
    "calibration_intercept_joint_logistic": Wording(
        "Intercept beside the slope (logistic, known status)",
        "log odds; 0 where the slope is 1",
        0.0,
        2,
        True,
    ),
    "calibration_slope_logistic": Wording(
        "Calibration slope (logistic, known status)", "1 = agreement", 1.0, 2, True
    ),
    "spiegelhalter_binary": Wording(
        "Spiegelhalter's z (known status)", "standard deviations; 0 = as expected", 0.0, 2, True
    ),
    "net_benefit": Wording("Net benefit", "true positives per patient", 0.0, 3),
    "net_benefit_over_all": Wording("Net benefit over treating all", "true positives per patient", 0.0, 3),
    "net_benefit_standardised": Wording("Standardised net benefit", "0 = treating nobody, 1 = best", 0.0),
    "interventions_avoided": Wording(
        "Interventions avoided", "per 100 patients, against treating all", 0.0, 1
    ),
    "sensitivity": Wording("Sensitivity", _PROPORTION),
    "specificity": Wording("Specificity", _PROPORTION),
    "ppv": Wording("PPV", _PROPORTION),
    "npv": Wording("NPV", _PROPORTION),
    "royston_d": Wording("Royston's D", "log hazard ratio", 0.0),
    "gonen_heller": Wording("Gönen-Heller K", "0.5 = chance, 1 = best", 0.5),
    "d_calibration": Wording("D-calibration", "distance; 0 = even spread", 0.0, 3, True),
    "acc_category_interval": Wording("Category accuracy", _PROPORTION),
    "acc_overestimated": Wording("Survival overestimated", _PROPORTION),
    "acc_underestimated": Wording("Survival underestimated", _PROPORTION),
    "acc_category_threshold": Wording("Accuracy at one boundary", _PROPORTION),
    "acc_worst_group": Wording("Worst group dead", _PROPORTION),
    "acc_probability_050": Wording("Accuracy at a risk of 0.5", _PROPORTION),
    "kappa_linear": Wording("Kappa, linear weights", "0 = chance, 1 = best", 0.0),
    "kappa_quadratic": Wording("Kappa, quadratic weights", "0 = chance, 1 = best", 0.0),
}

#: ending of a measure's key -> what it adds to the label
FORMS = {"_binary": "known status", "_complete": "complete status"}

#: population of a table -> what it is
POPULATIONS = {
    IMPUTED: "imputed: every patient, missing inputs filled in without the outcome, as for a new patient",
    IMPUTED_FULL: "imputed_full_information: every patient, missing inputs filled in from their own site with its outcome",
    COMPLETE: "complete: patients as recorded, each system on those whose inputs it has",
}


def metric_wording(metric: str) -> Wording:
    """Words for a measure; for one that has none here, its key."""
    if metric in WORDING:
        return WORDING[metric]
    for ending, words in FORMS.items():
        base = WORDING.get(metric.removesuffix(ending))
        if base is not None:
            return replace(base, label=f"{base.label} ({words})")
    return Wording(metric.replace("_", " "), "no unit")


def estimate_words(row: Mapping[Hashable, Any]) -> str:
    """A row of estimates as text: value, interval, and the mark of a provisional score."""
    value, low, high = (float(row[k]) for k in ("value", "low", "high"))
    if row["status"] == "gap" or not isfinite(value):
        return "–  no estimate"
    digits = metric_wording(row["metric"]).digits
    text = f"{value:.{digits}f}"
    if isfinite(low + high):
        text += f" ({low:.{digits}f} to {high:.{digits}f})"
    return (text + (" †" if row["status"] == "provisional" else "")).replace("-", "−")


def population_words(population: str) -> str:
    """What a population is; its name where it is none of ours."""
    return POPULATIONS.get(population, population)


def horizon_words(horizon_days: float) -> str:
    """`90 days`, `6 months` where it is no whole day, or `all follow-up` where there is no horizon."""
    months = horizon_days / DAYS_PER_MONTH
    if horizon_days % 1 and months % 1 == 0:
        return f"{months:g} months"
    return "all follow-up" if horizon_days != horizon_days else f"{horizon_days:g} days"


def sentence_case(text: str) -> str:
    """First letter large, the rest as it is."""
    return text[:1].upper() + text[1:]
