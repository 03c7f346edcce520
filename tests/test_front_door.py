"""`import spinesurv`: a dozen names, found when asked for, and one sentence for a name that is not there."""

from __future__ import annotations

import pytest

import spinesurv
from spinesurv import cohorts, evaluation, metrics, models, report, scores, study

#: name -> where it comes from; the list of the design
NAMES = {
    "read_cohort": cohorts.read_cohort,
    "load_demo": cohorts.load_demo,
    "make_cohort": cohorts.make_cohort,
    "score": scores.score,
    "Study": study.Study,
    "save_model": study.save_model,
    "load_model": study.load_model,
    "evaluate": evaluation.evaluate,
    "evaluate_subgroups": evaluation.evaluate_subgroups,
    "compare": evaluation.compare,
    "CoxNomogram": models.CoxNomogram,
    "Booster": models.Booster,
    "SCORES": scores.SCORES,
    "MODELS": models.MODELS,
    "METRICS": metrics.METRICS,
    "report": report,
}


def test_the_front_door_has_these_names_and_no_other():
    assert set(spinesurv.__all__) == {"__version__", *NAMES}
    assert dir(spinesurv) == sorted(spinesurv.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_thing_itself(name):
    assert getattr(spinesurv, name) is NAMES[name]


def test_another_name_is_refused_with_those_that_are_there():
    with pytest.raises(AttributeError, match=r"no attribute 'tomita'; it has read_cohort, load_demo"):
        spinesurv.tomita  # noqa: B018


def test_a_few_lines_go_from_patients_to_points():
    cohort = spinesurv.make_cohort(patients=60, seed=3)
    totals = spinesurv.score("tomita", cohort)["total"]
    assert len(totals) == 60
    assert totals.dropna().between(2, 10).all()
