"""A study of later patients: learned from the earlier ones alone, judged and described without them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.core import Cohort
from spinesurv.errors import InputError
from spinesurv.evaluation import evaluate
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram
from spinesurv.study import Study
from tests.cohort_factory import small_cohort
from tests.study.files import STUDY, write_study

TEMPORAL = STUDY + '\n[validation]\ndesign = "temporal"\ncutoff_year = 2018\n'
YEARS = (2015, 2016, 2017, 2018, 2019, None, 2018)


def cohort_with_years():
    cohort = small_cohort(420, missing=0.05)
    year = np.resize(np.array(YEARS, dtype=object), len(cohort))
    return Cohort(cohort.patients.assign(index_year=year), cohort.outcome)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("temporal")
    study = write_study(folder, text=TEMPORAL, cohort=cohort_with_years())
    return Study.read(study).run(folder / "out")


def test_later_patients_alone_are_judged(finished):
    """420 patients in sevenths: three learned from, one without a year, three judged."""
    cohort = finished.population.cohort
    assert len(cohort) == 180
    assert set(cohort.index_year) == {2018, 2019}
    assert all(prediction.key.equals(cohort.patients.index) for prediction in finished.predictions.values())
    steps = finished.population.attrition.set_index("step")["n"]
    assert steps["analysed"] == 420
    assert steps["learned from, not judged"] == 180
    assert steps["neither learned from nor judged"] == 60
    assert steps["judged"] == 180
    assert finished.performance["n"].max() <= 180


def test_values_are_those_of_a_model_of_earlier_patients_judged_with_their_own_censoring(finished):
    """The same by hand: fit before 2018, predict from 2018 on, and nobody else in the measures."""
    cohort = cohort_with_years()
    earlier, later = cohort.take(cohort.index_year < 2018), cohort.take(cohort.index_year >= 2018)
    terms = [{"variable": "albumin", "knots": 3}, "ecog", "brain_mets"]
    model = make_pipeline(Encoder(terms), CoxNomogram()).fit(earlier.patients, earlier.outcome)
    prediction = model.predict(later.patients, times_days=[90.0, 365.0])
    table = evaluate(
        later.outcome,
        {"cox": prediction},
        horizons_days=[90, 365],
        site=later.site,
        metrics=["harrell_c", "brier"],
    )
    keys = ["site", "metric", "horizon_days"]
    ours = finished.performance.query(
        "model == 'cox' and reference == '' and metric in ['harrell_c', 'brier']"
    )
    both = table.merge(ours, on=keys, suffixes=("_by_hand", ""))
    assert len(both) == len(table) == 15
    np.testing.assert_allclose(both["value"], both["value_by_hand"], rtol=1e-9)
    np.testing.assert_allclose(both["std_error"], both["std_error_by_hand"], rtol=1e-9)


def test_the_report_says_which_years_were_judged(finished):
    page = finished.report.read_text(encoding="utf-8")
    assert "whose index year is 2018 or later" in page
    assert "learned from, not judged" in page


def test_a_cutoff_year_of_another_design_is_refused(tmp_path):
    text = TEMPORAL.replace('"temporal"', '"internal_external"')
    with pytest.raises(InputError, match=r'cutoff_year: it belongs to design = "temporal"'):
        Study.read(write_study(tmp_path, text=text))
