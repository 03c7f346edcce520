"""Derived columns, one by one, where everything they need is recorded or stood in for."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.core.codebook import codebook
from spinesurv.core.contradictions import CONTRADICTIONS
from spinesurv.scores.derivation import Options
from spinesurv.scores.derived import DERIVED

ORGANS = {"visceral_mets": "none", "visceral_pattern": "none", "brain_mets": "no"}
BAUER = {**ORGANS, "primary_tumor": "breast", "n_spine_mets": 1, "n_extraspinal_bone_mets": 0}


def derive(name: str, **patient: object) -> object:
    columns = {}
    for raw in DERIVED[name].inputs:
        value = patient.get(raw)
        number = codebook()[raw].is_numeric
        columns[raw] = (
            np.array([np.nan if value is None else value], float) if number else np.array([value], object)
        )
    value = DERIVED[name].function(columns, Options())[0]
    return None if value is None or value != value else value


@pytest.mark.parametrize(
    ("name", "patient", "value"),
    [
        *(("kps_effective", {"ecog": e}, k) for e, k in {0: 90, 1: 80, 2: 60, 3: 40, 4: 20}.items()),
        ("kps_effective", {"ecog": 0, "kps": 50}, 50),
        ("kps_effective", {}, None),
        *(
            ("ecog_effective", {"kps": k}, e)
            for k, e in {100: 0, 90: 0, 89: 1, 70: 1, 69: 2, 50: 2, 45: 3, 30: 3, 20: 4, 10: 4}.items()
        ),
        ("ecog_effective", {"kps": 90, "ecog": 3}, 3),
        ("n_skeletal_mets", {"n_spine_mets": 2, "n_extraspinal_bone_mets": 3}, 5),
        ("n_skeletal_mets", {"n_spine_mets": 2}, None),
        ("other_bone_mets_effective", {"n_extraspinal_bone_mets": 0}, "no"),
        ("other_bone_mets_effective", {"n_extraspinal_bone_mets": 1}, "yes"),
        ("other_bone_mets_effective", {"other_bone_mets": "yes", "n_extraspinal_bone_mets": 0}, "yes"),
        ("other_bone_mets_effective", {}, None),
        ("visceral_any", ORGANS, "no"),
        ("visceral_any", {**ORGANS, "brain_mets": "yes"}, "yes"),
        ("visceral_any", {**ORGANS, "visceral_pattern": "disseminated"}, "yes"),
        ("visceral_any", {**ORGANS, "visceral_mets": "present_unspecified"}, "yes"),
        ("visceral_any", {"brain_mets": "yes"}, "yes"),
        ("visceral_any", {"visceral_mets": "none", "visceral_pattern": "none"}, None),
        ("corrected_calcium", {"calcium": 9.2, "albumin": 3.0}, 10.0),
        ("months_since_primary_effective", {"interval_dx_to_mscc_months": 7}, 7),
        ("years_to_spine_met_effective", {"interval_dx_to_mscc_months": 60}, 5),
        ("n_organ_systems_effective", {"n_organ_systems_nonbone": 0}, 1),
        ("n_organ_systems_effective", {"n_organ_systems": 3, "n_organ_systems_nonbone": 0}, 3),
        ("non_bone_mets_effective", {"lymph_node_mets": "yes"}, "yes"),
        ("non_bone_mets_effective", ORGANS, "no"),
        ("non_bone_mets_effective", {**ORGANS, "brain_mets": None}, None),
        ("non_bone_mets_effective", {**ORGANS, "non_bone_mets": "yes"}, "yes"),
        ("solitary_metastasis_effective", {**ORGANS, "n_spine_mets": 1, "n_extraspinal_bone_mets": 0}, "yes"),
        ("solitary_metastasis_effective", {"n_extraspinal_bone_mets": 1}, "no"),
        ("solitary_metastasis_effective", {"n_spine_mets": 1}, None),
        ("solitary_metastasis_effective", {"visceral_mets": "resectable"}, "no"),
        ("lung_or_liver_mets", {"liver_mets": "yes"}, "yes"),
        ("lung_or_liver_mets", {"liver_mets": "no"}, None),
        ("bollen_profile_effective", {"primary_tumor": "thyroid"}, "moderate"),
        (
            "bollen_profile_effective",
            {"primary_tumor": "thyroid", "bollen_profile": "favourable"},
            "favourable",
        ),
        ("rpa_histology_group", {"primary_tumor": "melanoma"}, "radioresistant"),
        ("rapid_growth_effective", {"primary_tumor": "stomach"}, "yes"),
        ("rapid_growth_effective", {"primary_tumor": "stomach", "rapid_growth_tumor": "no"}, "no"),
        ("albumin_deficiency_effective", {"albumin": 3.5}, "no"),
        ("inr_elevated_effective", {"inr": 1.2}, "no"),
        ("leukocytosis_effective", {"wbc": 11.1}, "yes"),
        ("leukocytosis_effective", {"wbc": 11.1, "leukocytosis": "no"}, "no"),
        ("organ_mets_level", ORGANS, "none"),
        ("organ_mets_level", {**ORGANS, "visceral_mets": "resectable"}, "removable"),
        ("organ_mets_level", {**ORGANS, "visceral_mets": "unresectable"}, "unremovable"),
        ("organ_mets_level", {**ORGANS, "visceral_mets": "present_unspecified"}, "unremovable"),
        ("organ_mets_level", {**ORGANS, "brain_mets": "yes"}, "unremovable"),
        ("organ_mets_level", {**ORGANS, "brain_mets": "yes", "brain_mets_resectable": "yes"}, "removable"),
        ("organ_mets_level", {**ORGANS, "visceral_pattern": "disseminated"}, "unremovable"),
        ("tomita_visceral_level", ORGANS, "none"),
        ("tomita_visceral_level", {**ORGANS, "visceral_mets_treatable": "no"}, "none"),
        ("tomita_visceral_level", {**ORGANS, "visceral_mets": "resectable"}, "treatable"),
        (
            "tomita_visceral_level",
            {**ORGANS, "visceral_mets": "unresectable", "visceral_mets_treatable": "yes"},
            "treatable",
        ),
        (
            "tomita_visceral_level",
            {**ORGANS, "visceral_mets": "resectable", "visceral_mets_treatable": "no"},
            "untreatable",
        ),
        ("katagiri_visceral_level", ORGANS, "none"),
        ("katagiri_visceral_level", {**ORGANS, "brain_mets": "yes"}, "nodular"),
        ("katagiri_visceral_level", {**ORGANS, "visceral_pattern": "disseminated"}, "disseminated"),
        *(("is_ambulatory", {"frankel": f}, "yes" if f in "DE" else "no") for f in "ABCDE"),
        ("is_ambulatory", {"ambulatory_status": "assisted", "frankel": "A"}, "yes"),
        ("is_ambulatory", {"ambulatory_status": "nonambulatory", "frankel": "E"}, "no"),
        ("is_ambulatory", {}, None),
        ("weak_legs", {"leg_motor_grade": 3, "ambulatory_status": "independent"}, "yes"),
        ("weak_legs", {"leg_motor_grade": 4}, "no"),
        ("weak_legs", {"frankel": "C"}, "yes"),
        ("weak_legs", {"ambulatory_status": "assisted"}, "no"),
        ("modified_bauer_total", BAUER, 4),
        ("modified_bauer_total", {**BAUER, "primary_tumor": "lymphoma"}, 4),
        ("modified_bauer_total_seed", {**BAUER, "primary_tumor": "lymphoma"}, 3),
        ("modified_bauer_total", {**BAUER, "primary_tumor": None}, None),
    ],
)
def test_value(name, patient, value):
    assert derive(name, **patient) == value


@pytest.mark.parametrize("name", DERIVED)
def test_record_is_in_order(name):
    record = DERIVED[name]
    assert record.function.__name__ == name
    assert record.function.__doc__
    assert all(raw in codebook() for raw in record.inputs)
    assert {
        *record.stand_ins,
        *record.stand_ins.values(),
        *record.optional,
        *record.cuts,
        *record.silent,
    } <= set(record.inputs)
    assert record.tried


def test_contradictions():
    columns = {"visceral_mets": np.array(["none", "none", "resectable", None], object)}
    columns["visceral_pattern"] = np.array(["nodular", "disseminated", "nodular", "nodular"], object)
    columns["other_bone_mets"] = np.array(["no", "no", "yes", None], object)
    columns["n_extraspinal_bone_mets"] = np.array([1.0, np.nan, 0.0, 3.0])
    assert [clash.holds(columns).tolist() for clash in CONTRADICTIONS] == [[True, False, False, False]] * 2
