"""What stands in a cell: words in other spellings are read, what cannot be meant makes its own row invalid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Prediction
from spinesurv.decisions import escc_group, integrate, noms, sins, survival_gate
from spinesurv.errors import InputError

WHOLE = {
    "level": "T7", "pain": "none", "bone_lesion": "lytic", "alignment": "normal", "collapse_pct": 20,
    "body_involved_pct": 60, "posterolateral": "none", "escc_grade": "2", "myelopathy": "no", "primary_tumor": "kidney",
    "tolerates_surgery": "yes",
}  # fmt: skip


def lesions(**changes: object) -> pd.DataFrame:
    """Three lesions: the second one changed."""
    return pd.DataFrame([WHOLE, {**WHOLE, **changes}, WHOLE])


@pytest.mark.parametrize(
    ("written", "read"),
    [("Th7", "T7"), ("D7", "T7"), ("t7", "T7"), ("occiput", "C2"), ("Occ", "C2"), ("l5", "L5")],
)
def test_levels_in_other_spellings(written: str, read: str) -> None:
    found = sins(lesions(level=written))
    assert found["sins_total"].iloc[1] == sins(lesions(level=read))["sins_total"].iloc[1]


@pytest.mark.parametrize(
    ("written", "group"),
    [("II", "high"), ("Ia", "low"), ("grade 0", "low"), (2.0, "high"), ("2.0", "high"), (1, "low")],
)
def test_grades_in_other_spellings(written: object, group: str) -> None:
    table = lesions(escc_grade=written)
    assert escc_group(table)["escc_group"].iloc[1] == group
    # no other column that looks at the grade takes it for a word it does not know
    assert integrate(table).to_frame()["noms_status"].iloc[1] != "invalid_input"


def test_a_recorded_total_stands_beside_level_and_collapse() -> None:
    """Example INT_A: SINS 10 and collapse 20 %, no component; level and collapse are not the score."""
    unscored = dict.fromkeys(("pain", "bone_lesion", "alignment", "posterolateral", "body_involved_pct"))
    whole = {"sins_total": 10, "escc_grade": "3", "myelopathy": "yes"}
    found = integrate(lesions(**unscored, **whole, collapse_pct=20)).to_frame().iloc[1]
    assert found[["sins_total", "sins_min", "sins_max"]].tolist() == [10, 10, 10]
    assert found["sins_stabilisation_flag"] == "consider"
    assert (found["noms_decisions"], found["noms_rows"]) == ("DECOMP_STAB_SRS", "7|9")
    # one component that is recorded, and the recorded total is not read
    partly = sins(lesions(**{**unscored, **whole, "pain": "none"}, collapse_pct=20)).iloc[1]
    assert pd.isna(partly["sins_total"])


@pytest.mark.parametrize("yes", ["yes", "TRUE", 1, 1.0, True, "ja"])
def test_yes_in_other_spellings(yes: object) -> None:
    assert noms(lesions(tolerates_surgery=yes))["noms_rows"].iloc[1] == (7,)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("escc_grade", "2a"), ("primary_tumor", "kidny"), ("collapse_pct", 120), ("collapse_pct", "much"),
        ("myelopathy", "perhaps"), ("level", "X9"), ("pain", "yes"),
    ],
)  # fmt: skip
def test_an_impossible_cell_makes_its_row_invalid_and_no_other(column: str, value: object) -> None:
    found = integrate(lesions(**{column: value}))
    assert found.to_frame()["int_status"].tolist() == ["determined", "invalid_input", "determined"]
    assert found.to_frame()["int_decisions"].iloc[1] == ""
    assert found.invalid.tolist() == [(), (column,), ()]
    assert {"code": "INVALID_INPUT", "inputs": {"column": column}, "source": []} in found.reasons(1)


def test_constant_pain_that_is_not_mechanical() -> None:
    found = sins(lesions(pain="persistent_nonmechanical")).iloc[1]
    assert found["sins_points_pain"] == 1
    assert "SINS_PERSISTENT_NONMECHANICAL_PAIN" in found["sins_flags"]


def test_both_deformities_take_the_larger() -> None:
    assert sins(lesions(alignment="both"))["sins_points_alignment"].iloc[1] == 4


@pytest.mark.parametrize("level", ["coccyx", "L6", "T13", "C8"])
def test_a_level_out_of_scope(level: str) -> None:
    row = integrate(lesions(level=level)).to_frame().iloc[1]
    assert row["int_status"] == row["noms_status"] == "out_of_scope"
    assert pd.isna(row["sins_total"]) and row["noms_decisions"] == ""


def test_an_interval_upside_down_is_invalid() -> None:
    found = integrate(lesions(p_survive_90=0.5, ci_low_90=0.7, ci_high_90=0.3))
    assert found.invalid[1] == ("ci_low_90",)


def test_rows_of_one_patient_that_contradict_each_other_are_invalid() -> None:
    table = lesions(primary_tumor="breast").assign(patient_id=["1", "1", "2"], decision_date="2024-01-01")
    assert integrate(table).to_frame()["int_status"].tolist() == [
        "invalid_input",
        "invalid_input",
        "determined",
    ]
    apart = table.assign(decision_date=["2024-01-01", "2024-02-01", "2024-01-01"])
    assert "invalid_input" not in set(integrate(apart).to_frame()["int_status"])


def test_below_the_conus_the_grade_is_kept_and_flagged() -> None:
    found = escc_group(lesions(level="L3")).iloc[1]
    assert found["escc_group"] == "high"
    assert found["escc_flags"] == ("ESCC_BELOW_CONUS",)


def test_a_binary_cut_only_where_it_is_named() -> None:
    table = lesions(posterolateral="bilateral", alignment="de_novo_deformity")
    found = sins(table, alternative_cutoff="lenschow_binary")
    assert found["sins_total"].tolist() == [5, 10, 5]
    assert found["sins_alternative_category"].tolist() == ["stable", "unstable", "stable"]
    assert "sins_alternative_category" not in sins(table)


def test_kim_population_is_flagged() -> None:
    found = sins(lesions(collapse_pct=70, pain="mechanical")).iloc[1]
    assert found["sins_stabilisation_flag"] == "suggested_collapse_gt50"
    assert "KIM2020_POPULATION" in found["sins_flags"]
    assert sins(lesions(collapse_pct=70, pain="mechanical", escc_grade="1a"))["sins_flags"].iloc[1] == ()


def test_surgery_by_asa_and_ecog_where_nothing_was_entered() -> None:
    fitness = ((3, 2), (4, None), (None, 3), (3, None))
    table = pd.DataFrame([{**WHOLE, "tolerates_surgery": None, "asa": a, "ecog": e} for a, e in fitness])
    assert noms(table)["noms_status"].tolist() == ["indeterminate"] * 4
    found = noms(table, tolerance_rule="nse2020")["noms_decisions"].tolist()
    assert found == [("DECOMP_STAB_SRS",), ("CEBRT",), ("CEBRT",), ("CEBRT", "DECOMP_STAB_SRS")]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("grade_1c_policy", "middle", "indeterminate"), ("potentially_unstable_policy", "x", "collapse_rule"),
        ("prior_rt_policy", "x", "treat_as_resistant"), ("tolerance_rule", "x", "nse2020"), ("gate_mode", "x", "median"),
        ("p_min", 1.0, "above 0 and below 1"),
    ],
)  # fmt: skip
def test_unknown_options_are_refused(option: str, value: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        integrate(lesions(), **{option: value})


def test_modes_of_a_gate() -> None:
    told = {"p": 0.6, "ci_low": 0.4, "ci_high": 0.8, "median_days": 80}
    found = {
        m: survival_gate(**told, horizon_days=90, mode=m)["gate"].iloc[0] for m in ("ci", "point", "median")
    }
    assert found == {"ci": "uncertain", "point": "pass", "median": "fail"}
    assert survival_gate(median_days=90, horizon_days=90, inclusive=True)["gate"].iloc[0] == "pass"


def test_a_prediction_of_any_model_is_joined_by_patient() -> None:
    key = pd.MultiIndex.from_tuples([("a", "1"), ("a", "2")], names=["site", "patient_id"])
    days = np.array([42.0, 90.0, 730.0])
    p = np.array([[0.9, 0.8, 0.3], [0.6, 0.2, 0.1]])
    prediction = Prediction(key, times_days=days, survival=p, low=p - 0.1, high=p + 0.1)
    table = lesions().assign(site="a", patient_id=["2", "1", "9"], lesion_id="1", p_survive_90=0.99)
    found = integrate(table, prediction, model="cox").to_frame()
    assert found["gate_surgery_3m"].tolist() == [FAIL, PASS, None]
    indexed = table.set_index(["site", "patient_id", "lesion_id"])
    pd.testing.assert_frame_equal(integrate(indexed, prediction).to_frame(), found)
    with pytest.raises(InputError, match="site"):
        integrate(lesions(), prediction)


FAIL, PASS = "fail", "pass"


def test_a_patient_has_the_highest_of_its_lesions() -> None:
    table = pd.DataFrame(
        [
            {**WHOLE, "patient_id": "1", "level": "T7", "escc_grade": "1c"},
            {**WHOLE, "patient_id": "2", "level": "T7", "escc_grade": None},
            {**WHOLE, "patient_id": "1", "level": "L1", "escc_grade": "1"},
            {**WHOLE, "patient_id": "3", "level": None, "escc_grade": "3"},
            {**WHOLE, "patient_id": "3", "level": "L1", "escc_grade": None},
        ]
    )
    found = integrate(table).by_patient()
    assert found["patient_id"].tolist() == ["1", "2", "3"]
    assert found["sins_total"].tolist() == [7, 5, 7]
    # whatever the unknown level is, it adds at most what L1 adds
    assert found["sins_max"].tolist() == [7, 5, 7]
    assert found["escc_grade"].tolist() == ["1c", None, "3"]
    assert found["escc_open"].tolist() == [0, 1, 1]


def test_a_table_without_rows_gives_one_without_rows() -> None:
    found = integrate(pd.DataFrame({"patient_id": []}))
    assert found.to_frame().shape == (0, 24)
    assert len(found.by_patient()) == 0
