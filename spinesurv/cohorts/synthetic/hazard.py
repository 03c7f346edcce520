"""The linear predictor that death follows: covariates, era and a frailty of the patient.

A frailty common to a whole site would vanish in the level that is solved for the site, so the variance that
the facts give for differences between units enters as a normal frailty of each patient, which no recorded
variable shows. It is part of `lp`.
"""

from __future__ import annotations

import numpy as np

from spinesurv.cohorts.synthetic.draws import YES_NO
from spinesurv.cohorts.synthetic.facts import facts, is_tumour
from spinesurv.cohorts.synthetic.sites import Site


def draw_hazard(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """(n,) `lp`, the linear predictor, and two of its parts, `era` and `frailty`."""
    n = len(patient["tumour"])
    frailty = np.sqrt(facts()["frailty"]["variance"]) * rng.standard_normal(n)
    era = era_effect(site, patient["index_year"], patient["tumour"])
    lp = frailty + era
    for name, column in terms(patient).items():
        lp = lp + coefficients()[name] * column
    return {"lp": lp, "era": era, "frailty": frailty}


def terms(patient: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Covariates of the generator, centred and scaled as the facts say; one log hazard ratio each.

    `primary` is the log hazard ratio of the tumour group, so its coefficient is the multiplier of the facts.
    """
    rule = facts()["linear_predictor"]
    hr = rule["primary_hr"]
    groups = np.array(list(hr), dtype=object)
    order = np.argsort(groups)
    at = order[np.searchsorted(groups[order], patient["group"])]
    log_hr = np.log([hr[g] for g in groups])[at]
    is_slow = np.array([hr[g] < rule["slow_below_hr"] for g in groups])[at]
    raw = {
        "ecog": patient["ecog"],
        "visceral_slow": patient["is_visceral"] & is_slow,
        "visceral_other": patient["is_visceral"] & ~is_slow,
        "brain": patient["has_brain"],
        "more_than_one_spinal_metastasis": patient["n_spine_mets"] >= 2,
        "albumin": patient["albumin"],
        "hemoglobin": patient["hemoglobin"],
        "wbc": patient["wbc"],
        "systemic_therapy": patient["systemic_therapy"] == YES_NO[1],
        "age": patient["age"],
        "male": patient["is_male"],
    }
    scaled = {name: (value - rule[name]["centre"]) / rule[name]["per"] for name, value in raw.items()}
    return {"primary": log_hr, **scaled}


def coefficients() -> dict[str, float]:
    """Log hazard ratio of each of `terms`."""
    rule = facts()["linear_predictor"]
    plain = {
        name: value["log_hr"] for name, value in rule.items() if isinstance(value, dict) and "log_hr" in value
    }
    return {"primary": rule["primary_log_hr_times"], **plain}


def era_effect(site: Site, year: np.ndarray, tumour: np.ndarray) -> np.ndarray:
    """Log hazard ratio of the calendar year, against the middle of the period of the site."""
    era = facts()["era"]
    later = np.maximum(year - era["after"], 0) * np.isin(tumour, _era_tumours())
    return np.log(era["hr_per_year"]) * (year - site.middle_year) + np.log(era["further_hr_per_year"]) * later


def _era_tumours() -> np.ndarray:
    return np.flatnonzero(np.any([is_tumour(name) for name in facts()["era"]["in"]], axis=0))
