"""Course of the cancer, its markers and treatments, and the general and neurological state.

These inputs are read by scores and decision systems; none of them is part of the hazard.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spinesurv.cohorts.synthetic.draws import YES_NO, category, category_by_row, logit_shift, positions, yes
from spinesurv.cohorts.synthetic.facts import TUMOURS, choices, facts, is_tumour, per_tumour
from spinesurv.cohorts.synthetic.sites import Site

_FRANKEL = ["A", "B", "C", "D", "E"]
_WALKING = ["independent", "assisted", "nonambulatory"]
_UNKNOWN = "unknown"


def draw_course(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """(n,) columns of history, biomarkers, state and wishes."""
    return {
        **_history(rng, patient),
        **_hormones(rng, patient),
        **_biomarkers(site, rng, patient),
        **_state(site, rng, patient),
        **_rules(patient),
    }


def _history(rng: np.random.Generator, patient: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    further, own = facts()["further_inputs"], choices()["interval"]
    tumour, n = patient["tumour"], len(patient["tumour"])
    synchronous = patient["synchronous_spine_mets"] == YES_NO[1]
    systemic = patient["systemic_therapy"] == YES_NO[1]
    interval = further["interval_dx_to_mscc_months"]
    later = per_tumour(interval["median_else"])[tumour] * np.exp(interval["log_sd"] * rng.standard_normal(n))
    adult_months = 12.0 * (patient["age"] - own["adult_years"])
    later = np.minimum(np.clip(later, *own["clip_months"]), adult_months)
    low, high = interval["synchronous"]
    months = np.where(synchronous, low + (high - low) * rng.random(n), later)
    chemotherapy = per_tumour(further["previous_chemotherapy_given_systemic_therapy"])[tumour]
    options = further["remaining_systemic_options"]
    share = np.where(patient["ecog"] >= 3, options["ecog 3-4"], options["else"])
    share = np.where(systemic, share, options["systemic_therapy no"])
    bone, cure = further["bone_mets_at_cancer_diagnosis"], further["curative_intent_primary"]
    return {
        "interval_dx_to_mscc_months": np.round(months, choices()["decimals"]["interval_dx_to_mscc_months"]),
        "previous_chemotherapy": _yes_no(systemic & yes(rng, chemotherapy, n)),
        "remaining_systemic_options": _yes_no(yes(rng, share, n)),
        "bone_mets_at_cancer_diagnosis": _yes_no(yes(rng, _given(synchronous, bone), n)),
        "curative_intent_primary": _yes_no(yes(rng, _given(synchronous, cure), n)),
    }


def _hormones(rng: np.random.Generator, patient: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    further = facts()["further_inputs"]
    tumour, n = patient["tumour"], len(patient["tumour"])
    breast, prostate = is_tumour("breast")[tumour], is_tumour("prostate")[tumour]
    receptor = category(rng, further["hormone_receptor_status_in_breast"], n)
    castration = category(rng, further["castration_status_in_prostate"], n)
    dependent = np.where(breast, receptor == "positive", castration == "sensitive")
    dependence = np.where(dependent, "dependent", "independent")
    return {
        "hormone_receptor_status": np.where(breast, receptor, _UNKNOWN),
        "castration_status": np.where(prostate, castration, _UNKNOWN),
        "hormone_dependence": np.where(breast | prostate, dependence, "not_applicable").astype(object),
    }


def _biomarkers(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    further = facts()["further_inputs"]
    tumour, n = patient["tumour"], len(patient["tumour"])
    driven = patient["group"] == "lung_egfr_alk"
    small = is_tumour("lung_nsclc")[tumour]
    egfr = driven & yes(rng, facts()["primary_split"]["egfr_positive_in_lung_egfr_alk"][site.region], n)
    alk = driven & ~egfr
    egfr_tested = egfr | small & yes(rng, further["egfr_mutation"]["tested"], n)
    alk_tested = alk | small & yes(rng, further["alk_rearrangement"]["tested"], n)
    braf_share = _braf(site)[tumour]
    braf = np.where(yes(rng, np.nan_to_num(braf_share), n), "positive", "negative")
    targeted = further["molecular_targeted_therapy_in_lung"]
    share = np.where(driven, targeted["egfr or alk positive"], targeted["else"])
    is_lung = is_tumour("lung primary")[tumour]
    return {
        "egfr_mutation": _marker(egfr, egfr_tested),
        "alk_rearrangement": _marker(alk, alk_tested),
        "braf_mutation": np.where(np.isnan(braf_share), _UNKNOWN, braf).astype(object),
        "molecular_targeted_therapy": _yes_no(is_lung & yes(rng, share, n)),
    }


def _braf(site: Site) -> np.ndarray:
    """(40,) share of BRAF mutations; nan where the facts name none."""
    table: dict[str, Any] = facts()["further_inputs"]["braf_mutation_positive"]
    named = {k: v for k, v in table.items() if not k.startswith("melanoma")}
    return per_tumour({**named, "others": np.nan, "melanoma": table[f"melanoma {site.region}"]})


def _state(site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    further = facts()["further_inputs"]
    ecog, n = patient["ecog"], len(patient["ecog"])
    charlson = further["charlson_other"]
    decades = (patient["age"] - facts()["linear_predictor"]["age"]["centre"]) / 10.0
    share = logit_shift(charlson["yes"], charlson["logit_per_decade_above_62"] * decades)
    kps_tables = [further["kps_given_ecog"][str(grade)] for grade in range(5)]
    kps_names = sorted({name for table in kps_tables for name in table}, key=int)
    frankel_share = site.of_setting(facts()["other"]["neuro_frankel"])
    grade = positions(rng, np.array([frankel_share[name] for name in _FRANKEL]), n)
    motor = [further["leg_motor_grade_given_frankel"][name] for name in _FRANKEL]
    motor_names = sorted({name for table in motor for name in table}, key=int)
    walking = [further["ambulatory_status_given_frankel"][name] for name in _FRANKEL]
    walks = category_by_row(rng, walking, grade, _WALKING)
    asa = category(rng, site.of_setting(further["asa"]), n).astype(int)
    tolerates = np.array(further["tolerates_surgery"]["ecog"])[ecog]
    tolerates = tolerates * np.where(asa == 4, further["tolerates_surgery"]["asa_4_times"], 1.0)
    return {
        "charlson_other": _yes_no(yes(rng, share, n)),
        "kps": category_by_row(rng, kps_tables, ecog, kps_names).astype(float),
        "asa": asa,
        "frankel": np.array(_FRANKEL, dtype=object)[grade],
        "leg_motor_grade": category_by_row(rng, motor, grade, motor_names).astype(int),
        "ambulatory_status": np.where(ecog == 4, _WALKING[-1], walks).astype(object),
        "tolerates_surgery": _yes_no(yes(rng, tolerates, n)),
        "patient_wishes": category(rng, further["patient_wishes"], n),
    }


def _rules(patient: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Inputs of en-bloc resection, by the rules that stand in when nobody judged them."""
    rule = facts()["defaults"]
    alone = (
        (patient["n_spine_mets"] == 1)
        & (patient["n_extraspinal_bone_mets"] == 0)
        & (patient["visceral_pattern"] == "none")
        & ~patient["has_brain"]
        & (patient["lymph_node_mets"] == YES_NO[0])
    )
    slow = np.isin(TUMOURS, rule["slow_growing"])[patient["tumour"]]
    return {
        "isolated_lesion": _yes_no(alone),
        "slow_growing": _yes_no(slow),
        "performance_acceptable": _yes_no(patient["ecog"] <= rule["performance_acceptable_ecog_at_most"]),
    }


def _yes_no(true: np.ndarray) -> np.ndarray:
    return YES_NO[true.astype(int)]


def _given(condition: np.ndarray, table: dict[str, float]) -> np.ndarray:
    return np.where(condition, table["synchronous"], table["else"])


def _marker(positive: np.ndarray, tested: np.ndarray) -> np.ndarray:
    return np.where(tested, np.where(positive, "positive", "negative"), _UNKNOWN).astype(object)
