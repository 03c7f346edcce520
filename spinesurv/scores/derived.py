"""Derived columns: what scores read instead of a raw variable. One function each, named as in the definition files.

A function gets complete columns: text as object arrays with None where missing, numbers as float arrays with nan.
It says None (nan) where it cannot tell. That a known brain metastasis settles `visceral_any` whatever the organs are
is found out in `completion.py`, which tries the possible values of what is missing and sees whether it matters; so no function
here reasons about gaps, except where a gap has a meaning of its own (`optional`) or another column stands in
(`stand_ins`).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from spinesurv.core.codebook import NO, YES
from spinesurv.scores import condition_columns as condition
from spinesurv.scores import organ_columns as organ
from spinesurv.scores import tumour_columns as tumour
from spinesurv.scores.derivation import Derived

_YES_NO = (YES, NO)
_ORGANS = ("visceral_mets", "visceral_pattern", "brain_mets")
_NON_BONE = ("non_bone_mets", *_ORGANS, "lymph_node_mets")
_HORMONE = ("primary_tumor", "hormone_dependence", "hormone_receptor_status", "castration_status")
_HORMONE_STAND_INS = {
    "hormone_receptor_status": "hormone_dependence",
    "castration_status": "hormone_dependence",
}
_TARGETED_STAND_INS = {"egfr_mutation": "molecular_targeted_therapy"}
_SILENT_HORMONE = {
    "hormone_dependence": ("unknown", "not_applicable"),
    "hormone_receptor_status": ("unknown",),
    "castration_status": ("unknown",),
}
_SILENT_EGFR = {"egfr_mutation": ("unknown",)}
_LAB_LEVELS = ("normal", "abnormal", "critical")
_LABORATORY: dict[str, tuple[float, ...]] = {
    "platelets": (100,),
    "calcium": (),
    "bilirubin": (1.4,),
    "crp": (0.4,),
    "ldh": (250,),
    "albumin": (3.7,),
}
_BAUER: Any = {
    "inputs": ("primary_tumor", *_ORGANS, "n_spine_mets", "n_extraspinal_bone_mets"),
    "cuts": {"n_spine_mets": (1,), "n_extraspinal_bone_mets": (1,)},
}


def _just_above(limit: float) -> float:
    return math.nextafter(limit, math.inf)


#: all derived columns by the name that definition files use
DERIVED: dict[str, Derived] = {
    "kps_effective": Derived(
        condition.kps_effective, ("kps", "ecog"), stand_ins={"ecog": "kps"}, itself=("kps",)
    ),
    "ecog_effective": Derived(
        condition.ecog_effective,
        ("ecog", "kps"),
        stand_ins={"kps": "ecog"},
        cuts={"kps": tuple(range(10, 101, 10))},
    ),
    "n_skeletal_mets": Derived(condition.n_skeletal_mets, ("n_spine_mets", "n_extraspinal_bone_mets")),
    "other_bone_mets_effective": Derived(
        condition.other_bone_mets_effective,
        ("other_bone_mets", "n_extraspinal_bone_mets"),
        _YES_NO,
        stand_ins={"n_extraspinal_bone_mets": "other_bone_mets"},
        cuts={"n_extraspinal_bone_mets": (1,)},
    ),
    "visceral_any": Derived(organ.visceral_any, _ORGANS, _YES_NO),
    "organ_mets_level": Derived(
        organ.organ_mets_level,
        (*_ORGANS, "brain_mets_resectable"),
        ("none", "removable", "unremovable"),
        optional=("brain_mets_resectable",),
    ),
    "tomita_visceral_level": Derived(
        organ.tomita_visceral_level,
        (*_ORGANS, "brain_mets_resectable", "visceral_mets_treatable"),
        ("none", "treatable", "untreatable"),
        optional=("brain_mets_resectable", "visceral_mets_treatable"),
    ),
    "katagiri_visceral_level": Derived(
        organ.katagiri_visceral_level, _ORGANS, ("none", "nodular", "disseminated")
    ),
    "is_ambulatory": Derived(
        condition.is_ambulatory,
        ("ambulatory_status", "frankel"),
        _YES_NO,
        stand_ins={"frankel": "ambulatory_status"},
    ),
    "weak_legs": Derived(
        condition.weak_legs,
        ("leg_motor_grade", "ambulatory_status", "frankel"),
        _YES_NO,
        stand_ins={"ambulatory_status": "leg_motor_grade", "frankel": "leg_motor_grade"},
    ),
    "motor_deficit": Derived(
        condition.motor_deficit,
        ("motor_deficit_days", "frankel"),
        _YES_NO,
        stand_ins={"frankel": "motor_deficit_days"},
    ),
    "katagiri_lab_level": Derived(
        condition.katagiri_lab_level,
        tuple(_LABORATORY),
        _LAB_LEVELS,
        cuts={**_LABORATORY, "calcium": (10.3,)},
    ),
    "katagiri_lab_level_corrected": Derived(
        condition.katagiri_lab_level_corrected,
        tuple(_LABORATORY),
        _LAB_LEVELS,
        cuts={raw: limits for raw, limits in _LABORATORY.items() if raw not in ("calcium", "albumin")},
        between={"albumin": (3.7,)},
        whole_range=("calcium", "albumin"),
    ),
    "hormone_dependence_effective": Derived(
        tumour.hormone_dependence_effective,
        _HORMONE,
        ("dependent", "independent"),
        stand_ins=_HORMONE_STAND_INS,
        silent=_SILENT_HORMONE,
    ),
    "targeted_effective": Derived(
        tumour.targeted_effective,
        ("molecular_targeted_therapy", "egfr_mutation"),
        _YES_NO,
        stand_ins=_TARGETED_STAND_INS,
        silent=_SILENT_EGFR,
    ),
    "katagiri2014_growth_class": Derived(
        tumour.katagiri2014_growth_class,
        (*_HORMONE, "molecular_targeted_therapy", "egfr_mutation"),
        ("slow", "moderate", "rapid"),
        stand_ins={**_HORMONE_STAND_INS, **_TARGETED_STAND_INS},
        silent={**_SILENT_HORMONE, **_SILENT_EGFR},
    ),
    "corrected_calcium": Derived(
        condition.corrected_calcium,
        ("calcium", "albumin"),
        whole_range=("calcium", "albumin"),
    ),
    "months_since_primary_effective": Derived(
        condition.months_since_primary_effective,
        ("months_since_primary_diagnosis", "interval_dx_to_mscc_months"),
        stand_ins={"interval_dx_to_mscc_months": "months_since_primary_diagnosis"},
        itself=("months_since_primary_diagnosis", "interval_dx_to_mscc_months"),
    ),
    "years_to_spine_met_effective": Derived(
        condition.years_to_spine_met_effective,
        ("years_diagnosis_to_spine_met", "interval_dx_to_mscc_months"),
        stand_ins={"interval_dx_to_mscc_months": "years_diagnosis_to_spine_met"},
        itself=("years_diagnosis_to_spine_met",),
    ),
    "n_organ_systems_effective": Derived(
        condition.n_organ_systems_effective,
        ("n_organ_systems", "n_organ_systems_nonbone"),
        stand_ins={"n_organ_systems_nonbone": "n_organ_systems"},
    ),
    "non_bone_mets_effective": Derived(
        organ.non_bone_mets_effective,
        _NON_BONE,
        _YES_NO,
        optional=("non_bone_mets", "lymph_node_mets"),
        instead={"non_bone_mets": "visceral_mets"},
    ),
    "solitary_metastasis_effective": Derived(
        organ.solitary_metastasis_effective,
        ("solitary_metastasis", "n_spine_mets", "n_extraspinal_bone_mets", *_NON_BONE),
        _YES_NO,
        optional=("solitary_metastasis", "non_bone_mets", "lymph_node_mets"),
        instead={"solitary_metastasis": "n_spine_mets", "non_bone_mets": "visceral_mets"},
        cuts={"n_spine_mets": (1,), "n_extraspinal_bone_mets": (1,)},
    ),
    "lung_or_liver_mets": Derived(organ.lung_or_liver_mets, ("lung_mets", "liver_mets"), _YES_NO),
    "bollen_profile_effective": Derived(
        tumour.bollen_profile_effective,
        ("bollen_profile", "primary_tumor"),
        ("favourable", "moderate", "unfavourable"),
        stand_ins={"primary_tumor": "bollen_profile"},
    ),
    "rpa_histology_group": Derived(
        tumour.rpa_histology_group, ("primary_tumor",), ("favourable", "radioresistant", "other")
    ),
    "rapid_growth_effective": Derived(
        tumour.rapid_growth_effective,
        ("rapid_growth_tumor", "primary_tumor"),
        _YES_NO,
        stand_ins={"primary_tumor": "rapid_growth_tumor"},
    ),
    "albumin_deficiency_effective": Derived(
        condition.albumin_deficiency_effective,
        ("albumin_deficiency", "albumin"),
        _YES_NO,
        stand_ins={"albumin": "albumin_deficiency"},
        cuts={"albumin": (3.5,)},
    ),
    "inr_elevated_effective": Derived(
        condition.inr_elevated_effective,
        ("inr_elevated", "inr"),
        _YES_NO,
        stand_ins={"inr": "inr_elevated"},
        cuts={"inr": (_just_above(1.2),)},
    ),
    "leukocytosis_effective": Derived(
        condition.leukocytosis_effective,
        ("leukocytosis", "wbc"),
        _YES_NO,
        stand_ins={"wbc": "leukocytosis"},
        cuts={"wbc": (_just_above(11.0),)},
    ),
    "modified_bauer_total": Derived(tumour.modified_bauer_total, **_BAUER),
    "modified_bauer_total_seed": Derived(tumour.modified_bauer_total_seed, **_BAUER),
}


def recorded_inputs(name: str) -> tuple[str, ...]:
    """Codebook variables behind a column: those that a derived one reads, or the variable itself."""
    return DERIVED[name].inputs if name in DERIVED else (name,)


def silent_levels(names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Input -> levels that say nothing, for what these columns read through derived columns alone."""
    derived = [DERIVED[name].silent for name in names if name in DERIVED]
    return {raw: levels for silent in derived for raw, levels in silent.items() if raw not in names}
