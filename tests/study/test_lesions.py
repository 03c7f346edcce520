"""Lesions in a table of their own, and the choices of `[decisions]`: joined, looked up before anything runs, used and told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import make_cohort
from spinesurv.core import Cohort, Prediction
from spinesurv.decisions.of_cohort import lesions_of
from spinesurv.errors import InputError
from spinesurv.models import MODELS
from spinesurv.report import render_html
from spinesurv.study import Study
from spinesurv.study.decided import decision_table
from spinesurv.study.file import DecisionsSection, read_study
from spinesurv.study.lesions import with_lesions
from spinesurv.study.population import read_population
from spinesurv.study.systems import System
from tests.report.content import made_up_content
from tests.study.files import STUDY, write_study

SYNTHETIC = make_cohort(patients=200, seed=12)
BARE = Cohort(
    SYNTHETIC.patients.drop(columns=["level", "escc_grade", "pain"], errors="ignore"), SYNTHETIC.outcome
)


@pytest.fixture
def table(tmp_path):
    """The lesions of the synthetic cohort as a canonical table."""
    path = tmp_path / "lesions.csv"
    SYNTHETIC.lesions.reset_index().to_csv(path, index=False)
    return path


def test_a_table_of_lesions_gives_what_the_cohort_itself_would(table):
    joined, warnings, _ = with_lesions(BARE, [table])
    assert warnings == []
    pd.testing.assert_frame_equal(
        joined.lesions[SYNTHETIC.lesions.columns], SYNTHETIC.lesions, check_dtype=False, check_like=True
    )


def test_rows_of_others_are_left_out_and_counted(table):
    some = BARE.take(np.arange(len(BARE)) >= 50)
    joined, warnings, _ = with_lesions(some, [table])
    strangers = (~SYNTHETIC.lesions.index.droplevel([2, 3]).isin(some.patients.index)).sum()
    assert f"{strangers} of {len(SYNTHETIC.lesions)} rows belong to no patient" in warnings[0]
    assert len(joined.lesions) == len(SYNTHETIC.lesions) - strangers


def test_without_sites_and_lesion_numbers(tmp_path):
    one = SYNTHETIC.take(SYNTHETIC.site == SYNTHETIC.sites[0])
    patient = one.patients.index.get_level_values("patient_id")[0]
    path = tmp_path / "mri.csv"
    pd.DataFrame({"patient_id": [patient, patient, "nobody"], "level": ["L1", "T8", "C2"]}).to_csv(
        path, index=False
    )
    joined, warnings, digest = with_lesions(Cohort(one.patients, one.outcome), [path])
    assert joined.lesions.index.tolist() == [
        (one.sites[0], patient, "1", ""), (one.sites[0], patient, "2", "")
    ]  # fmt: skip
    assert "<5 of 3 rows" in warnings[0]
    assert len(digest) == 64
    twice = pd.MultiIndex.from_arrays([["a", "b"], [patient] * 2], names=["site", "patient_id"])
    both = Cohort(one.patients.iloc[:2].set_axis(twice), one.outcome.take([0, 1]))
    with pytest.raises(InputError, match=r"mri.csv: it names none of the sites.*several sites"):
        with_lesions(both, [path])
    with pytest.raises(InputError, match="none of its 3 rows belongs"):
        with_lesions(Cohort(one.patients.iloc[1:5], one.outcome.take([1, 2, 3, 4])), [path])


def test_a_study_file_names_its_lesions(tmp_path):
    path = write_study(tmp_path, text=STUDY + '\n[decisions]\nlesions = ["lesions.csv"]\n')
    patients = read_population(Study.read(write_study(tmp_path / "plain")).file).cohort.patients
    key = patients.index.to_frame(index=False).iloc[:40]
    key.assign(level="L3", escc_grade="2", lesion_id="x").to_csv(tmp_path / "lesions.csv", index=False)
    found = read_population(read_study(path))
    assert len(lesions_of(found.cohort)) == 40
    before = found.data_hash
    key.assign(level="L4", escc_grade="2", lesion_id="x").to_csv(tmp_path / "lesions.csv", index=False)
    assert read_population(read_study(path)).data_hash != before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('model = "cocks"', r"\[decisions\], model: .*cox"),
        ("p_min = 1.5", r"\[decisions\]: .*p_min"),
        ('grade_1c_policy = "hgh"', r"\[decisions\]: .*high"),
        ('potentially_unstable_policy = "never"', r"\[decisions\]: .*collapse_rule"),
        ('gate_mode = "mean"', r"\[decisions\]: .*median"),
        ("pmin = 0.4", r"\[decisions\]: .*p_min"),
        ("inclusive = 1", r"\[decisions\], inclusive: int found, true or false expected"),
    ],
)
def test_names_are_looked_up_before_anything_runs(tmp_path, line, words):
    path = write_study(tmp_path, text=f"{STUDY}\n[decisions]\n{line}\n")
    with pytest.raises(InputError, match=words):
        Study.read(path)


def test_the_choices_are_used_and_told():
    p = np.random.default_rng(0).beta(4, 2, len(SYNTHETIC))[:, None]
    day = {"times_days": np.array([90.0]), "survival": p}
    predictions = {key: Prediction(SYNTHETIC.patients.index, **day) for key in ("cox", "trees")}
    systems = {key: System(key, key, MODELS["cox"], "model") for key in predictions}

    def table(**settings) -> pd.DataFrame:
        return decision_table(SYNTHETIC, predictions, systems, DecisionsSection(**settings))

    other = table(model="trees", p_min=0.62, grade_1c_policy="high", gate_mode="point")
    assert set(other["model"]) == {"trees"}
    told = set(other.loc[other["topic"] == "option", "item"])
    assert {"p_min = 0.62", "grade_1c_policy = high", "gate_mode = point"} <= told
    gate = other[other["topic"] == "gate"].set_index("item")["n"]
    lesions = lesions_of(SYNTHETIC)
    at = SYNTHETIC.patients.index.get_indexer(lesions.index.droplevel(["lesion_id", "decision_date"]))
    assert gate["fail"] == (p[at, 0] < 0.62).sum()
    flips = set(other.loc[other["topic"] == "flip", "item"])
    assert "p_min = 0.5" in flips
    assert "grade_1c_policy = high" not in flips
    assert "p_min = 0.62" in set(other.loc[other["topic"] == "gate_benefit", "item"])
    content = made_up_content()
    page = render_html(replace(content, decisions=other.assign(model=next(iter(content.labels)))), {})
    assert "<code>p_min = 0.62</code>" in page
