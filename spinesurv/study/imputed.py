"""Completed tables: for each split, gaps of everybody filled by what the training part alone taught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Outcome, Prediction, codebook
from spinesurv.evaluation import Split
from spinesurv.study.systems import System

#: number that jobs on patients as recorded carry; completed tables count from 1
RECORDED = 0

#: variable -> the one that stands for it where that is recorded; its gap is then no gap and stays as it is
STANDS_FOR = {"kps": "ecog"}


def read_variables(systems: Iterable[System], patients: pd.DataFrame) -> list[str]:
    """Baseline variables of the table that any system reads, in the order of the table."""
    wanted = {name for system in systems for name in system.inputs}
    book = codebook()
    return [
        c
        for c in patients.columns
        if c in wanted and book[c].role == "baseline" and patients[c].notna().any()
    ]


def completed_tables(
    cohort: Cohort,
    splits: Sequence[Split],
    variables: Sequence[str],
    *,
    imputations: int,
    seed: int,
    n_workers: int,
    bar: Any,
) -> Callable[[int], Callable[[Split], pd.DataFrame]]:
    """Number of an imputation -> split -> table of all patients without gaps in `variables`.

    Two sets of equations are learned from the training part of the split: one with the outcome, which completes the
    training patients, and one without, which completes the judged ones, whose outcome is never used. Patients who are
    neither stay as they are.
    """
    from joblib import Parallel, delayed

    made: dict[tuple[str, int], list[pd.DataFrame]] = {}
    parallel = Parallel(n_jobs=min(n_workers, len(splits)), return_as="generator", batch_size=1)
    with bar.stage("imputing", len(splits)) as step:
        tables = parallel(delayed(_completed)(cohort, s, list(variables), imputations, seed) for s in splits)
        for i, (split, table) in enumerate(zip(splits, tables, strict=True)):
            made[split.site, split.resample or 0] = table
            step(i + 1, len(splits))
    return lambda k: lambda split: made[split.site, split.resample or 0][k - 1]


def completed_for_fitting(
    patients: pd.DataFrame, outcome: Outcome, variables: Sequence[str], imputations: int, seed: int
) -> list[pd.DataFrame]:
    """Completed tables of patients whom a model is to learn from: the equations read their outcome too."""
    from spinesurv.features import ChainedImputer

    learned = ChainedImputer(variables, random_state=seed).fit(patients, outcome)
    return [
        _with_stand_ins(learned.draw(patients, k, seed, outcome=outcome), patients)
        for k in range(1, imputations + 1)
    ]


def _completed(
    cohort: Cohort, split: Split, variables: list[str], imputations: int, seed: int
) -> list[pd.DataFrame]:
    from threadpoolctl import threadpool_limits

    from spinesurv.features import ChainedImputer

    patients = cohort.patients
    train, test = patients.iloc[split.train], patients.iloc[split.test]
    with threadpool_limits(1):
        learned = completed_for_fitting(
            train, cohort.known_outcome.take(split.train), variables, imputations, seed
        )
        judging = ChainedImputer(variables, random_state=seed).fit(train)
        judged = [_with_stand_ins(judging.draw(test, k, seed), test) for k in range(1, imputations + 1)]
    aside = np.setdiff1d(np.arange(len(patients)), np.concatenate([split.train, split.test]))
    rest = [patients.iloc[aside]] if len(aside) else []
    return [pd.concat([*parts, *rest]).loc[patients.index] for parts in zip(learned, judged, strict=True)]


def _with_stand_ins(table: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    kept = {
        name: recorded[name].where(recorded[other].notna(), table[name])
        for name, other in STANDS_FOR.items()
        if name in recorded and other in recorded
    }
    return table.assign(**kept)


def averaged(tables: Sequence[Mapping[str, Prediction]]) -> dict[str, Prediction]:
    """One prediction per patient and system out of those of each completed table.

    Survival and marker are means over the tables; group and promised interval stay where all tables agree.
    """
    if len(tables) == 1:
        return dict(tables[0])
    return {model: _mean([table[model] for table in tables]) for model in tables[0]}


def _mean(parts: Sequence[Prediction]) -> Prediction:
    first = parts[0]

    def stacked(name: str) -> np.ndarray | None:
        values = [getattr(p, name) for p in parts]
        return None if any(v is None for v in values) else np.array(values)

    marker, survival, promised = (stacked(name) for name in ("marker", "survival", "expected_days"))
    if promised is not None:
        promised = np.where((promised == promised[0]).all(axis=(0, 2))[:, None], promised[0], np.nan)
    reasons = np.array([p.reason for p in parts], dtype=object)
    return Prediction(
        first.key,
        marker=None if marker is None else marker.mean(axis=0),
        times_days=first.times_days,
        survival=None if survival is None else survival.mean(axis=0),
        expected_days=promised,
        reason=np.array([next((r for r in column if r), "") for column in reasons.T], dtype=object),
    )
