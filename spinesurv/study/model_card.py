"""The model card inside a model file: whom it was learned from, what it is for, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from spinesurv.core.end_point import DEATH, label_of
from spinesurv.report import RESEARCH_USE

_GAPS = {
    "cox": "A patient with a missing input has no prediction, but the range of risks over all values that the input may "
    "have within the ranges and levels of training. A level that training never saw counts as missing.",
    "boosted_cox": "The trees give a prediction with missing inputs. The range of risks over all values that these may have "
    "within the ranges and levels of training is given beside it.",
    "score_strata": "A patient with a missing item has no total, but the range of risks over the totals that remain "
    "possible.",
}
_GAPS["published_equation"] = (
    _GAPS["cox"].replace("A level that training never saw counts as missing.", "").strip()
)
_GAPS["sorg_style_boosting"] = _GAPS["boosted_cox"]
_GAPS["parametric"] = _GAPS["sorg_style_classic"] = _GAPS["cause_specific_cox"] = _GAPS["cox"]

_PATIENTS = {
    "cox": "It holds coefficients, their covariance, training means, 1st and 99th percentiles, knots (quantiles) and a "
    "baseline hazard on a grid of days; no row of a patient and no day of an event.",
    "parametric": "It holds coefficients, location and scale, training means, 1st and 99th percentiles and knots (quantiles); "
    "no row of a patient and no day of an event.",
    "sorg_style_classic": "It holds points, cuts (medians in two digits where nobody named them), 1st and 99th percentiles and a "
    "baseline hazard on a grid of days; no row of a patient and no day of an event.",
    "boosted_cox": "Trees hold no patients: sums over groups of them, and thresholds that were moved to the shortest "
    "decimal between two training values. The baseline stands on a grid of days.",
    "sorg_style_boosting": "Trees hold no patients: sums over groups of them, and thresholds that were moved to the "
    "shortest decimal between two training values.",
    "published_equation": "It holds the published ratios, 1st and 99th percentiles of numbers in training, and an intercept or a "
    "baseline hazard on a grid of days; no row of a patient and no day of an event.",
    "score_strata": "It holds survival per total on a grid of days. Totals of one to four training patients are left out "
    "and take values between their neighbours.",
}
_PATIENTS["cause_specific_cox"] = _PATIENTS["cox"].replace("a baseline hazard", "two baseline hazards")


def model_card(
    kind: str, label: str, training: Mapping[str, Any], state: Mapping[str, Any]
) -> dict[str, Any]:
    """Population, use, limits and the policy on missing data, in sentences.

    Parameters
    ----------
    kind : of the model
    label : its name
    training : the training summary of the file
    state : what the file holds of the model
    """
    of_death = training["end_point"] == DEATH
    events = "deaths" if of_death else f"events ({label_of(training['end_point'])})"
    tells = "survival" if of_death else f"probability of no {label_of(training['end_point'])}"
    sites = training["sites"]
    filled = _filled(training.get("imputation"))
    return {
        "population": f"{training['patients']} patients of {len(sites)} site(s), {training['events']} {events}, day 0: "
        f"{' or '.join(training['time_zero'])}.{filled}",
        "intended_use": f"{label}: {tells} after day 0 of patients with spinal metastasis who resemble those it learned "
        "from, for research on prognosis. Judge it on patients of your own site before it is relied on.",
        "research_use": RESEARCH_USE,
        "limitations": [
            "It was fitted on all patients of its study. The study's measures are of models that never saw the judged "
            "patients, so they tell how such a model does elsewhere, and nothing about the patients it learned from.",
            f"It knows {tells} on its own days, up to day {training['last_day']:g}, and nothing between them or later.",
            *_of_the_end_point(training, state),
            "Values outside the 1st to 99th training percentile are extrapolated; they are named with each prediction.",
            "Care, case mix and treatment change; a model of earlier patients may be wrong for later ones.",
        ],
        "missing_data": _GAPS[kind],
        "privacy": _PATIENTS[kind],
    }


def _of_the_end_point(training: Mapping[str, Any], state: Mapping[str, Any]) -> list[str]:
    if training["end_point"] == DEATH:
        return []
    told = [
        f"Other events compete with {label_of(training['end_point'])}. What the file calls survival is 1 minus the cumulative "
        "incidence; a patient who died without it counts as not having had it."
    ]
    if "largest_distance" in state:
        told.append(
            "The file adds up the incidence over its grid of days, the model in memory over the days of events. In the training "
            f"patients the two risks differ by at most {state['largest_distance']:.2g}."
        )
    return told


def _filled(how: Mapping[str, Any] | None) -> str:
    """How gaps were filled before the model learned, and what that does to its intervals."""
    if how is None:
        return ""
    if how["tables"] == 1:
        return (
            f" Gaps were filled by imputation ({how['method']}) before the model learned from one completed table; its "
            "intervals leave out that these values are guesses."
        )
    start = (
        f" Gaps were filled in {how['tables']} completed tables ({how['method']}, with the outcome of these patients; estimand "
        f"{how['estimand']}: a new patient's gaps are filled without it)."
    )
    if "difference" not in how:
        return f"{start} What was learned is the mean over the tables."
    share, apart = how["fraction_missing"], how["difference"]
    days = ", ".join(f"{day:g}" for day in apart["days"])
    return (
        f"{start} Coefficients and their errors are pooled by Rubin's rules, the baseline hazard is the mean over the tables. "
        f"Fraction of missing information of the coefficients: median {median(share):.2f}, largest {max(share):.2f}. Its "
        f"survival at day {days} differs from the mean of the models of the tables by {max(apart['mean']):.4f} on average and "
        f"{max(apart['largest']):.4f} at most."
    )
