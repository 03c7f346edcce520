"""Completed tables: for each split, gaps of everybody filled by what the training part alone taught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from spinesurv.core import codebook
from spinesurv.evaluation import Split
from spinesurv.study.systems import System

#: number that imputed jobs carry; 0 is the table as recorded
IMPUTATION = 1


def read_variables(systems: Iterable[System], patients: pd.DataFrame) -> list[str]:
    """Baseline variables of the table that any system reads, in the order of the table."""
    wanted = {name for system in systems for name in system.inputs}
    book = codebook()
    return [c for c in patients.columns if c in wanted and book[c].role == "baseline" and patients[c].notna().any()]


def completed_tables(
    patients: pd.DataFrame, splits: Sequence[Split], variables: Sequence[str], *, n_workers: int
) -> Callable[[Split], pd.DataFrame]:
    """Split -> table of all patients without gaps in `variables`.

    The imputer is fitted on the training part of the split, without outcome, and then completes training and judged
    patients alike, each from what is recorded of that patient.
    """
    from joblib import Parallel, delayed

    tables: Mapping[tuple[str, int], pd.DataFrame] = dict(
        zip(
            [(s.site, s.resample or 0) for s in splits],
            Parallel(n_jobs=min(n_workers, len(splits)))(delayed(_completed)(patients, s, list(variables)) for s in splits),
            strict=True,
        )
    )
    return lambda split: tables[split.site, split.resample or 0]


def _completed(patients: pd.DataFrame, split: Split, variables: list[str]) -> pd.DataFrame:
    from threadpoolctl import threadpool_limits

    from spinesurv.features import ChainedImputer

    with threadpool_limits(1):
        imputer = ChainedImputer(variables=variables).fit(patients.iloc[split.train])
        return imputer.transform(patients)
