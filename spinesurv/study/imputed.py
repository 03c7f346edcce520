"""Completed tables: for each split, gaps of everybody filled by what the training part alone taught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Outcome, Prediction, codebook
from spinesurv.core.tables import ESTIMANDS
from spinesurv.evaluation import Split
from spinesurv.study.file import CHAINED, MISS_FOREST, MissingSection
from spinesurv.study.systems import System

if TYPE_CHECKING:
    from spinesurv.features import ChainedImputer, MissForestImputer

    Imputer = ChainedImputer | MissForestImputer

#: number that jobs on patients as recorded carry; completed tables count from 1
RECORDED = 0

DEPLOYMENT, FULL_INFORMATION = ESTIMANDS

#: what completed tables of a study are numbered by: all those of one estimand, then all of the next
Numbers = dict[str, range]

#: variable -> the one that stands for it where that is recorded; its gap is then no gap and stays as it is
STANDS_FOR = {"kps": "ecog"}


def numbers_of(missing: MissingSection) -> Numbers:
    """Estimand -> numbers of its completed tables, as job keys carry them; empty where nothing is imputed."""
    if missing.imputation == "none":
        return {}
    m = missing.imputations
    return {name: range(1 + i * m, 1 + (i + 1) * m) for i, name in enumerate(missing.estimands)}


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
    numbers: Numbers,
    *,
    seed: int,
    n_workers: int,
    bar: Any,
    how: str = CHAINED,
) -> Callable[[int], Callable[[Split], pd.DataFrame]]:
    """Number of an imputation -> split -> table of all patients without gaps in `variables`.

    Training patients are completed by equations that were learned from them with their outcome. Judged patients are
    completed, for `deployment`, by equations that were learned from the training patients without any outcome, and their
    own outcome is not used; for `full_information`, by equations that were learned from the judged patients themselves
    with their outcome, and never from training patients: what nobody among them has recorded stays a gap. Patients who
    are neither stay as they are.
    """
    from joblib import Parallel, delayed

    made: dict[tuple[str, int], list[pd.DataFrame]] = {}
    parallel = Parallel(n_jobs=min(n_workers, len(splits)), return_as="generator", batch_size=1)
    with bar.stage("imputing", len(splits)) as step:
        tables = parallel(delayed(_completed)(cohort, s, list(variables), numbers, seed, how) for s in splits)
        for i, (split, table) in enumerate(zip(splits, tables, strict=True)):
            made[split.site, split.resample or 0] = table
            step(i + 1, len(splits))
    return lambda k: lambda split: made[split.site, split.resample or 0][k - 1]


def imputer_for_fitting(
    patients: pd.DataFrame, outcome: Outcome, variables: Sequence[str], seed: int, how: str = CHAINED
) -> Imputer:
    """What completes the patients whom a model is to learn from: equations learned with the outcome, or forests."""
    return _imputer(how, variables, seed).fit(patients, outcome)


def _imputer(how: str, variables: Sequence[str], seed: int) -> Imputer:
    from spinesurv.features import ChainedImputer, MissForestImputer

    return {CHAINED: ChainedImputer, MISS_FOREST: MissForestImputer}[how](variables, random_state=seed)


def completed_for_fitting(
    imputer: Imputer, patients: pd.DataFrame, outcome: Outcome, imputations: int, seed: int
) -> list[pd.DataFrame]:
    """Completed tables 1, 2, ... of the patients whom these equations were learned from."""
    return [
        _with_stand_ins(imputer.draw(patients, k, seed, outcome=outcome), patients)
        for k in range(1, imputations + 1)
    ]


def _completed(
    cohort: Cohort, split: Split, variables: list[str], numbers: Numbers, seed: int, how: str
) -> list[pd.DataFrame]:
    from threadpoolctl import threadpool_limits

    patients, outcome = cohort.patients, cohort.known_outcome
    train, test = patients.iloc[split.train], patients.iloc[split.test]
    imputations = len(next(iter(numbers.values())))
    judged: list[pd.DataFrame] = []
    with threadpool_limits(1):
        if how == MISS_FOREST:  # the same forests complete both
            both = _imputer(how, variables, seed).fit(train).transform(pd.concat([train, test]))
            learned = [_with_stand_ins(both.iloc[: len(train)], train)]
            judged = [_with_stand_ins(both.iloc[len(train) :], test)]
        else:
            learned = _completed_with_outcome(train, outcome.take(split.train), variables, imputations, seed)
        for estimand in numbers if how == CHAINED else ():
            if estimand == FULL_INFORMATION:
                judged += _completed_with_outcome(
                    test, outcome.take(split.test), variables, imputations, seed
                )
            else:
                judged += _completed_for_judging(train, test, variables, imputations, seed)
    aside = np.setdiff1d(np.arange(len(patients)), np.concatenate([split.train, split.test]))
    rest = [patients.iloc[aside]] if len(aside) else []
    pairs = zip(learned * len(numbers), judged, strict=True)
    return [pd.concat([*parts, *rest]).loc[patients.index] for parts in pairs]


def _completed_with_outcome(
    patients: pd.DataFrame, outcome: Outcome, variables: list[str], imputations: int, seed: int
) -> list[pd.DataFrame]:
    imputer = imputer_for_fitting(patients, outcome, variables, seed)
    return completed_for_fitting(imputer, patients, outcome, imputations, seed)


def _completed_for_judging(
    train: pd.DataFrame, test: pd.DataFrame, variables: list[str], imputations: int, seed: int
) -> list[pd.DataFrame]:
    learned = _imputer(CHAINED, variables, seed).fit(train)
    return [_with_stand_ins(learned.draw(test, k, seed), test) for k in range(1, imputations + 1)]


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
    group = first.group
    if group is not None:
        codes = np.array([p.group.codes for p in parts if p.group is not None])
        agreed = np.where((codes == codes[0]).all(axis=0), codes[0], -1)
        group = pd.Categorical.from_codes(agreed.tolist(), dtype=group.dtype)
    reasons = np.array([p.reason for p in parts], dtype=object)
    return Prediction(
        first.key,
        marker=None if marker is None else marker.mean(axis=0),
        times_days=first.times_days,
        survival=None if survival is None else survival.mean(axis=0),
        group=group,
        expected_days=promised,
        reason=np.array([next((r for r in column if r), "") for column in reasons.T], dtype=object),
    )
