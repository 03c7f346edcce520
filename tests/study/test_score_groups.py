"""Survival of the groups of a score in a study: as recorded, small groups left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Cohort
from spinesurv.scores import Score
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.study import Study
from spinesurv.study.describe import survival_by_group
from spinesurv.study.write import _shown_groups
from tests.cohort_factory import small_cohort


def test_groups_are_counted_and_followed():
    cohort = small_cohort(400, missing=0.2)
    score = Score("bauer_modified")
    table = survival_by_group(cohort, score, 700.0)
    group = score.transform(cohort.patients)["group"]
    assert list(dict.fromkeys(table["group"])) == ["good", "moderate", "poor"]
    first = table.drop_duplicates("group").set_index("group")
    for name in first.index:
        rows = (group == name).to_numpy(dtype=bool)
        assert first.loc[name, "patients"] == rows.sum()
        assert first.loc[name, "share"] == pytest.approx(rows.sum() / group.notna().sum())
        own = cohort.outcome.take(rows)
        at = table[(table["group"] == name) & (table["time_days"] == 200)]
        assert at["survival"].item() == kaplan_meier(own.time_days, own.event).at([200])[0]
        assert at["n_risk"].item() == (own.time_days >= 200).sum()
    assert set(table["score"]) == {score.label}


def test_a_group_of_few_has_no_curve():
    cohort = small_cohort(40)
    patients = cohort.patients.assign(primary_tumor="lung_nsclc", n_spine_mets=3)
    patients.iloc[:4, patients.columns.get_loc("primary_tumor")] = "breast"
    patients[["visceral_mets", "visceral_pattern", "brain_mets"]] = ["none", "none", "no"]
    table = survival_by_group(
        Cohort(patients, cohort.outcome, time_zero="surgery"), Score("bauer_modified"), 500.0
    )
    assert set(table["group"]) == {"poor"}
    empty = Cohort(
        patients.assign(visceral_mets=None, n_spine_mets=np.nan), cohort.outcome, time_zero="surgery"
    )
    none = survival_by_group(empty.take(np.arange(3)), Score("tomita"), 500.0)
    assert len(none) == 0
    assert isinstance(none, pd.DataFrame)


def test_every_score_is_shown_and_the_reference_first():
    study = Study.demo()
    reference = replace(study.file.evaluation, reference="nesms")
    file = replace(study.file, evaluation=reference)
    table = _shown_groups(file, study.systems, small_cohort(300), 300.0)
    scores = list(dict.fromkeys(table["score"]))
    assert scores[0] == study.systems["nesms"].label
    assert scores[1] == study.systems["tokuhashi_2005"].label
    labels = [system.label for system in study.systems.values() if system.kind == "score"]
    assert set(scores) <= set(labels) and len(scores) > 4
