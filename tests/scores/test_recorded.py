"""Who has every input of a score: by hand, on patients whose gaps do and do not matter."""

from __future__ import annotations

import pandas as pd

from spinesurv.scores import score
from spinesurv.scores.recorded import inputs_recorded

#: every input of the Katagiri score for a kidney cancer
COMPLETE = {
    "primary_tumor": "kidney",
    "visceral_mets": "none",
    "brain_mets": "no",
    "platelets": 200.0,
    "calcium": 9.4,
    "bilirubin": 0.5,
    "crp": 0.1,
    "ldh": 200.0,
    "albumin": 4.0,
    "ecog": 1,
    "kps": None,
    "previous_chemotherapy": "no",
    "n_spine_mets": 1,
    "n_extraspinal_bone_mets": 0,
}


def test_katagiri_by_hand():
    """A critical calcium settles the laboratory item; a recorded score would still have asked for the other five."""
    rows = [
        ({}, True, True),
        ({"ecog": None, "kps": 70.0}, True, True),  # either tells the other
        ({"ecog": None}, False, False),
        ({"ldh": None}, False, False),
        ({"calcium": 14.0, "ldh": None}, True, False),  # settled, not recorded
        ({"brain_mets": None}, False, False),
        (
            {"n_spine_mets": 3, "n_extraspinal_bone_mets": None},
            True,
            False,
        ),  # several, whatever the other number is
    ]
    patients = pd.DataFrame([{**COMPLETE, **change} for change, _, _ in rows])
    patients.index = pd.MultiIndex.from_product(
        [["a"], [f"{i}" for i in range(len(rows))]], names=["site", "patient_id"]
    )
    patients[["kps", "ldh", "n_spine_mets", "n_extraspinal_bone_mets", "ecog"]] = patients[
        ["kps", "ldh", "n_spine_mets", "n_extraspinal_bone_mets", "ecog"]
    ].astype(float)
    katagiri = score("katagiri_2014")
    assert katagiri.transform(patients)["total"].notna().tolist() == [there for _, there, _ in rows]
    assert inputs_recorded(katagiri, patients).tolist() == [whole for _, _, whole in rows]


def test_a_level_that_cannot_matter_is_not_asked_for():
    """Hormone dependence is asked for in breast cancer and not in kidney cancer; both lack it."""
    patients = pd.DataFrame([COMPLETE, {**COMPLETE, "primary_tumor": "breast"}]).drop(columns="kps")
    patients.index = pd.MultiIndex.from_product([["a"], ["1", "2"]], names=["site", "patient_id"])
    assert inputs_recorded(score("katagiri_2014"), patients).tolist() == [True, False]
