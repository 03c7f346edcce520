"""Splits, jobs and their store: nothing leaks, keys alone decide, an interrupted run goes on where it stopped."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline

from spinesurv.core import Cohort, Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.evaluation import DESIGNS, JobKey, JobStore, collect, list_jobs, run_job, run_jobs
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram, ScoreStrata
from spinesurv.scores import Score
from tests.cohort_factory import small_cohort

DAYS = [90.0, 365.0]


def systems():
    cox = make_pipeline(Encoder([{"variable": "albumin", "knots": 3}, "ecog", "brain_mets"]), CoxNomogram())
    tomita = Score("tomita")
    return {"cox": cox, "tomita": make_pipeline(tomita, ScoreStrata(tomita.higher_is, tomita.groups))}


def splits(cohort, design="internal_external"):
    return DESIGNS[design](cohort, folds=4, seed=7)


def predict_all(cohort):
    jobs = list_jobs(splits(cohort), systems(), lambda split: cohort.patients)
    return {job.key: run_job(job, cohort.outcome, times_days=DAYS, seed=1).prediction for job in jobs}


def same(a: Prediction, b: Prediction) -> bool:
    return np.array_equal(a.marker, b.marker, equal_nan=True) and np.array_equal(
        a.survival, b.survival, equal_nan=True
    )


def test_each_patient_is_judged_once_by_models_of_other_sites():
    cohort = small_cohort(300)
    for split in splits(cohort):
        assert set(cohort.site[split.test]) == {split.site}
        assert split.site not in set(cohort.site[split.train])
        assert len(split.train) + len(split.test) == len(cohort)


def test_folds_are_balanced_and_do_not_depend_on_other_sites():
    cohort = small_cohort(300)
    folds = [s for s in splits(cohort, "cross_validation") if s.site == "b"]
    deaths = [cohort.outcome.event[s.test].sum() for s in folds]
    assert max(deaths) - min(deaths) <= 1
    alone = cohort.take(cohort.site == "b")
    mine = [cohort.patients.index[s.test] for s in folds]
    again = [alone.patients.index[s.test] for s in splits(alone, "cross_validation")]
    assert all(x.equals(y) for x, y in zip(mine, again, strict=True))


def test_one_site_says_how_to_opt_in():
    with pytest.raises(InputError, match='design = "cross_validation"'):
        splits(small_cohort(30, sites=("only",)))


def test_no_model_changes_with_the_left_out_site():
    """Values of the judged site times 1e6 and its outcomes permuted: no other site's numbers may move."""
    cohort = small_cohort(450, seed=2)
    judged = cohort.site == "a"
    random = np.random.default_rng(0)
    seen = []

    class Spy(BaseEstimator):
        def fit(self, patients, outcome):
            self.fitted_ = True
            seen.append(
                (patients["albumin"].to_numpy().copy(), outcome.time_days.copy(), outcome.event.copy())
            )
            return self

        def predict(self, patients, *, times_days):
            return Prediction(patients.index, marker=np.zeros(len(patients)))

    def run(outcome, patients):
        other = Cohort.__new__(
            Cohort
        )  # values times 1e6 are outside every plausible range: past the checks on purpose
        for name, value in {"patients": patients, "outcome": outcome, "lesions": None,
                            "time_zero": cohort.time_zero, "source": cohort.source}.items():  # fmt: skip
            object.__setattr__(other, name, value)
        first = [s for s in splits(other) if s.site == "a"]
        models = {**systems(), "spy": Spy()}
        fits = {}
        for job in list_jobs(first, models, lambda split: other.patients):
            model = job.system
            model.fit(other.patients.iloc[job.split.train], other.outcome.take(job.split.train))
            last = model[-1] if hasattr(model, "steps") else model
            fits[job.key.model] = getattr(last, "coef_", getattr(last, "levels_", None))
        return fits

    before = run(cohort.outcome, cohort.patients)
    patients = cohort.patients.copy()
    patients.loc[judged, "albumin"] *= 1e6
    order = np.arange(len(cohort))
    order[judged] = random.permutation(order[judged])
    after = run(cohort.outcome.take(order), patients)
    np.testing.assert_array_equal(before["cox"], after["cox"])
    np.testing.assert_array_equal(before["tomita"], after["tomita"])
    for x, y in zip(seen[0], seen[1], strict=True):
        np.testing.assert_array_equal(x, y)


def test_other_sites_outcomes_do_not_touch_the_measures_of_a_site():
    from spinesurv.evaluation import evaluate

    cohort = small_cohort(450, seed=2)
    predictions = {"cox": run_predictions(cohort)["cox"]}
    order = np.arange(len(cohort))
    others = cohort.site != "a"
    order[others] = np.random.default_rng(0).permutation(order[others])
    first, second = (
        evaluate(o, predictions, horizons_days=[90, 365], site=cohort.site)
        for o in (cohort.outcome, cohort.outcome.take(order))
    )
    rows = first.site == "a"
    columns = ["value", "std_error", "low", "high", "n", "events"]
    np.testing.assert_array_equal(first.loc[rows, columns], second.loc[rows, columns])
    assert not first.loc[~rows, columns].equals(second.loc[~rows, columns])


def run_predictions(cohort, tmp=None):
    parts = predict_all(cohort)
    out = {}
    for model in systems():
        whole = Prediction.concatenate([p for key, p in parts.items() if key.model == model])
        out[model] = whole.join(cohort.patients.index)
    return out


def test_results_depend_on_the_key_and_not_on_workers(tmp_path):
    cohort = small_cohort(240)
    jobs = list_jobs(splits(cohort), systems(), lambda split: cohort.patients)
    results = []
    for workers in (1, 2):
        store = JobStore(tmp_path / str(workers), "same")
        store.open(resume=False)
        assert run_jobs(jobs, cohort.outcome, store, times_days=DAYS, seed=1, n_workers=workers) == len(jobs)
        results.append(collect(jobs, cohort.patients.index, store)[0][0])
    for model in systems():
        assert same(results[0][model], results[1][model])


def test_an_interrupted_run_goes_on(tmp_path):
    cohort = small_cohort(240)
    jobs = list_jobs(splits(cohort), systems(), lambda split: cohort.patients)
    store = JobStore(tmp_path, "study 1")
    store.open(resume=False)
    run_jobs(jobs[:4], cohort.outcome, store, times_days=DAYS, seed=1)
    (tmp_path / ".half-written.npz").write_bytes(b"torn")
    store.open(resume=True)
    assert not (tmp_path / ".half-written.npz").exists()
    assert run_jobs(jobs, cohort.outcome, store, times_days=DAYS, seed=1) == len(jobs) - 4


def test_a_changed_study_does_not_resume(tmp_path):
    cohort = small_cohort(240)
    jobs = list_jobs(splits(cohort), systems(), lambda split: cohort.patients)[:1]
    store = JobStore(tmp_path, "study 1")
    store.open(resume=False)
    run_jobs(jobs, cohort.outcome, store, times_days=DAYS, seed=1)
    changed = JobStore(tmp_path, "study 2")
    changed.open(resume=True)
    assert changed.finished([jobs[0].key]) == set()


def test_a_result_reads_back_to_the_last_bit(tmp_path):
    cohort = small_cohort(240, missing=0.1)
    job = list_jobs(splits(cohort), systems(), lambda split: cohort.patients)[1]
    result = run_job(job, cohort.outcome, times_days=DAYS, seed=1)
    store = JobStore(tmp_path, "x")
    store.open(resume=False)
    store.write(job.key, result)
    again = store.read(job.key)
    assert same(result.prediction, again.prediction)
    assert again.prediction.key.equals(result.prediction.key)
    assert list(again.prediction.reason) == list(result.prediction.reason)
    assert list(again.prediction.group) == list(result.prediction.group)
    assert again.notes == result.notes


def test_keys_have_names_and_seeds_of_their_own():
    keys = [
        JobKey("d", site, 0, fold, m) for site in ("a b", "a_b", "ä") for fold in (0, 1) for m in ("x", "y")
    ]
    assert len({k.name for k in keys}) == len(keys)
    assert len({k.seed(1) for k in keys}) == len(keys)
    assert keys[0].seed(1) != keys[0].seed(2)
    assert all(k.name.isascii() and "/" not in k.name for k in keys)


def test_an_error_names_model_and_site():
    cohort = small_cohort(240)
    broken = Cohort(cohort.patients.assign(ecog=2), Outcome(cohort.outcome.time_days, cohort.outcome.event))
    job = list_jobs(splits(broken), systems(), lambda split: broken.patients)[0]
    with pytest.raises(
        InputError, match=r"model cox, judged site 'a': .*predictor ecog has one single value"
    ):
        run_job(job, broken.outcome, times_days=DAYS, seed=1)
