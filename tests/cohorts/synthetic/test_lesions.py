"""The lesions table, and the lesion variables of the patient table."""

import numpy as np
import pytest

from spinesurv.cohorts.synthetic import make_cohort
from spinesurv.cohorts.synthetic.facts import facts
from spinesurv.cohorts.synthetic.lesions import sins_total
from spinesurv.core.cohort import LESION_KEY


@pytest.fixture(scope="module")
def complete():
    return make_cohort(20_000, seed=6, missing=False)


def test_keys(complete):
    lesions = complete.lesions
    assert list(lesions.index.names) == LESION_KEY
    assert lesions.index.is_unique
    dates = lesions.index.get_level_values("decision_date")
    assert dates.str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    first = lesions.xs("1", level="lesion_id").reset_index("decision_date")
    assert len(first) == len(complete)
    year = first["decision_date"].str[:4].astype(int).reindex(complete.patients.index)
    assert (year.to_numpy() == complete.patients["index_year"].to_numpy()).all()


def test_second_lesions(complete):
    second = complete.lesions.xs("2", level="lesion_id").droplevel("decision_date")
    rows = complete.patients.loc[second.index]
    several = (complete.patients["n_spine_mets"] >= 2).sum()
    share = facts()["further_inputs"]["second_lesion"]["share"]
    assert (rows["n_spine_mets"] >= 2).all()
    assert len(second) / several == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / several))
    assert (second["level"].to_numpy() != rows["level"].to_numpy()).all()
    assert (second["sins_total"].to_numpy() <= rows["sins_total"].to_numpy()).all()
    assert (second["escc_grade"].to_numpy() <= rows["escc_grade"].to_numpy()).all()


def test_patient_table_holds_the_index_lesion(complete):
    first = complete.lesions.xs("1", level="lesion_id").droplevel("decision_date")
    rows = complete.patients[first.columns]
    assert (first.reindex(rows.index).astype(str) == rows.astype(str)).all().all()


def test_sins_of_a_lesion_worked_by_hand():
    """Two lesions of Fisher's score: L1, mechanical, lytic, aligned, collapse 30 %, one side: 11; the maximum: 18."""
    lesion = {
        "level": ["L1", "C2", "S3", "T8", "L4"],
        "pain": ["mechanical", "mechanical", "none", "occasional_nonmechanical", "occasional_nonmechanical"],
        "bone_lesion": ["lytic", "lytic", "blastic", "mixed", "mixed"],
        "alignment": ["normal", "subluxation_translation", "normal", "normal", "normal"],
        "collapse_pct": [30, 80, 0, 0, 50],
        "body_involved_pct": [60, 100, 20, 70, 60],
        "posterolateral": ["unilateral", "bilateral", "none", "unilateral", "none"],
    }
    total = sins_total({name: np.array(values) for name, values in lesion.items()})
    assert total.tolist() == [11, 18, 0, 5, 6]


@pytest.mark.parametrize(
    ("setting", "name"), [("surgical", "surgical 0-6 / 7-12 / 13-18"), ("radiotherapy", "radiotherapy")]
)
def test_classes_of_sins_are_those_the_facts_announce(complete, setting, name):
    """The facts give them to two decimals, before prostate, breast and myeloma change the kind of lesion."""
    names = [s["site"] for s in facts()["sites"] if s["setting"] == setting]
    lesions = complete.lesions.loc[names]
    tumour = complete.patients["primary_tumor"].reindex(lesions.index.droplevel([2, 3])).to_numpy()
    total = lesions["sins_total"][~np.isin(tumour, ["prostate", "breast", "multiple_myeloma"])].astype(float)
    found = [total.between(*band).mean() for band in ((0, 6), (7, 12), (13, 18))]
    expected = facts()["further_inputs"]["sins_components"]["gives_before_override"][name]
    assert found == pytest.approx(expected, abs=4 * np.sqrt(0.25 / len(total)) + 0.005)


@pytest.mark.parametrize("setting", ["surgical", "radiotherapy"])
def test_grades_of_compression(complete, setting):
    names = [s["site"] for s in facts()["sites"] if s["setting"] == setting]
    grades = complete.lesions.loc[names]["escc_grade"]
    for grade, share in facts()["further_inputs"]["escc_grade"][setting].items():
        assert (grades == grade).mean() == pytest.approx(
            share, abs=4.5 * np.sqrt(share * (1 - share) / len(grades))
        )
