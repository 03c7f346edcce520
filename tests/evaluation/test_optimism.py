"""Bootstrap validation of a pipeline: against the same steps written out, and what it must find."""

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from spinesurv.evaluation import optimism
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram
from spinesurv.stats.bootstrap import multinomial_weights
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.validation_indexes import INDEXES, validation_indexes
from tests.cohort_factory import small_cohort

SLOPE = INDEXES.index("Slope")


def test_linear_model_is_that_of_repeated_rows():
    cohort = small_cohort(150)
    time, event = cohort.outcome.time_days, cohort.outcome.event
    model = make_pipeline(Encoder(["albumin", "ecog"]), CoxNomogram())
    found = optimism(model, cohort.patients, cohort.outcome, samples=3, seed=4)
    x = cohort.patients[["albumin", "ecog"]].to_numpy(dtype=float)
    for k, weights in enumerate(multinomial_weights(150, 3, seed=4)):
        rows = np.repeat(np.arange(150), weights.astype(int))
        coef = fit_cox(x[rows], time[rows], event[rows]).coef
        np.testing.assert_allclose(found.test[k], validation_indexes(x @ coef, time, event), rtol=1e-6)
        np.testing.assert_allclose(
            found.training[k], validation_indexes(x[rows] @ coef, time[rows], event[rows]), rtol=1e-6
        )
    assert found.failed == 0


def test_a_model_of_noise_is_found_out():
    cohort = small_cohort(120, seed=6)
    random = np.random.default_rng(6)
    noise = ["albumin", "hemoglobin", "platelets", "creatinine", "wbc", "bmi", "age"]
    table = pd.DataFrame(random.normal(40, 5, (120, len(noise))), index=cohort.patients.index, columns=noise)
    model = make_pipeline(Encoder(noise), CoxNomogram())
    found = optimism(model, table, cohort.outcome, samples=40, seed=1)
    np.testing.assert_allclose(found.apparent[SLOPE], 1.0)
    # seven columns of noise in 120 patients: a calibration slope near 0 is to be expected, 1 is claimed
    assert found.corrected[SLOPE] < 0.5
    assert found.corrected[0] < found.apparent[0]


def test_samples_that_cannot_be_fitted_are_counted():
    cohort = small_cohort(60, seed=2)
    patients = cohort.patients.assign(brain_mets="no")
    patients.iloc[0, patients.columns.get_loc("brain_mets")] = "yes"
    model = make_pipeline(Encoder(["ecog", "brain_mets"]), CoxNomogram(penalty=0.1))
    found = optimism(model, patients, cohort.outcome, samples=30, seed=3)
    # the only patient with brain metastases is not drawn with a chance of 1 / e
    assert 3 <= found.failed <= 20
    assert len(found.test) == 30 - found.failed
