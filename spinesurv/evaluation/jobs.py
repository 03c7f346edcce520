"""The one loop: every model of every split is a job, a pure function of its key."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.evaluation.splits import Split
from spinesurv.evaluation.store import JobKey, JobResult, JobStore


@dataclass(frozen=True, eq=False)
class Job:
    """A model to be fitted on the training part of a split and asked about the judged part.

    `patients` is the table of everybody, completed by what the training part taught where the key names an imputation.
    """

    key: JobKey
    split: Split
    system: Any
    patients: pd.DataFrame


def list_jobs(
    splits: Sequence[Split],
    systems: Mapping[str, Any],
    tables: Callable[[Split], pd.DataFrame],
    *,
    imputation: int = 0,
) -> list[Job]:
    """One job per split and system, in a fixed order.

    Parameters
    ----------
    systems : key -> unfitted model
    tables : split -> table of all patients of the cohort, as this split may see it
    imputation : number of the imputation that `tables` holds, 0 for patients as recorded
    """
    return [
        Job(JobKey(s.design, s.site, imputation, s.resample or 0, model), s, system, patients)
        for s, patients in ((s, tables(s)) for s in splits)
        for model, system in systems.items()
    ]


def run_job(job: Job, outcome: Outcome, *, times_days: Sequence[float], seed: int) -> JobResult:
    """Fit a fresh copy on the training patients, predict the judged ones.

    The judged patients' outcome never enters: the model sees `train`, and of `test` only the patients' table.
    """
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    train, test = job.split.train, job.split.test
    model = clone(job.system)
    seeds = {name: job.key.seed(seed) for name in model.get_params() if name.endswith("random_state")}
    model.set_params(**seeds)
    with threadpool_limits(1), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model.fit(job.patients.iloc[train], outcome.take(train))
            prediction = model.predict(job.patients.iloc[test], times_days=list(times_days))
        except InputError as error:
            raise type(error)(f"{_place(job.key)}: {error}") from error
    notes = {
        "n_train": len(train),
        "events_train": outcome.take(train).n_events,
        "n_judged": len(test),
        "n_predicted": int(prediction.predicted.sum()),
        "fit": _fit_notes(model),
        "warnings": told(caught),
    }
    return JobResult(prediction, notes)


def run_jobs(
    jobs: Sequence[Job],
    outcome: Outcome,
    store: JobStore,
    *,
    times_days: Sequence[float],
    seed: int,
    n_workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Run the jobs that are not finished yet and keep each result as it comes; returns how many were run.

    Results do not depend on `n_workers`: each job runs on one thread with a seed of its own.
    """
    from joblib import Parallel, delayed

    done = store.finished(job.key for job in jobs)
    open_jobs = [job for job in jobs if job.key not in done]
    finished = len(jobs) - len(open_jobs)
    if progress:
        progress(finished, len(jobs))
    workers = min(n_workers, max(len(open_jobs), 1))
    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
    for _ in parallel(
        delayed(_run_and_keep)(job, outcome, store, list(times_days), seed) for job in open_jobs
    ):
        finished += 1
        if progress:
            progress(finished, len(jobs))
    return len(open_jobs)


def collect(
    jobs: Sequence[Job], key: pd.Index[Any], store: JobStore
) -> tuple[dict[int, dict[str, Prediction]], dict[JobKey, dict[str, Any]]]:
    """Predictions by imputation and model for the patients of `key`, in that order; and the notes of each job."""
    parts: dict[int, dict[str, list[Prediction]]] = {}
    notes: dict[JobKey, dict[str, Any]] = {}
    for job in jobs:
        result = store.read(job.key)
        parts.setdefault(job.key.imputation, {}).setdefault(job.key.model, []).append(result.prediction)
        notes[job.key] = result.notes
    joined = {
        imputation: {model: Prediction.concatenate(p).join(key) for model, p in models.items()}
        for imputation, models in parts.items()
    }
    return joined, notes


def _run_and_keep(job: Job, outcome: Outcome, store: JobStore, times_days: list[float], seed: int) -> JobKey:
    store.write(job.key, run_job(job, outcome, times_days=times_days, seed=seed))
    return job.key


def _place(key: JobKey) -> str:
    part = f", part {key.resample}" if key.resample else ""
    return f"model {key.model}, judged site {key.site!r}{part}"


def _fit_notes(model: Any) -> dict[str, Any]:
    """What a fitted model says about its training and its last prediction: counts and names, no patients."""
    last = model[-1] if hasattr(model, "steps") else model
    out: dict[str, Any] = {}
    for name in ("n_", "events_", "left_out_", "n_left_out_", "notes_", "penalty_"):
        value = getattr(last, name, None)
        if value is not None:
            out[name.rstrip("_")] = value if isinstance(value, dict | float) else int(value)
    return out


def told(caught: Iterable[warnings.WarningMessage]) -> list[str]:
    """Warnings meant for the user of a study, each once; what libraries say about their own future is not."""
    ours = [w for w in caught if issubclass(w.category, UserWarning | RuntimeWarning)]
    return sorted({f"{w.category.__name__}: {w.message}" for w in ours})
