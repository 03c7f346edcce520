"""Gaps filled by random forests, each variable from all others: the way the SORG family of models did it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from spinesurv.core import Variable
from spinesurv.errors import InputError, NotFittedError
from spinesurv.features.imputation_columns import (
    EQUATION_COLUMNS,
    asked_variables,
    codes_of,
    column_of,
    filled_column,
    gap_counts,
    is_matched,
    levels_of,
)


class MissForestImputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fills gaps of patients by random forests learned from training patients.

    Gaps start at the mean, or the most frequent level. Then, variable by variable in order of gaps, a forest learns it
    from all others in the training patients who have it and fills the gaps of the rest; this is repeated until the filled
    values move more than in the sweep before, or `most_sweeps` are done. Anybody is completed by the forests of the sweep
    before that one, in as many sweeps, each patient from their own recorded values alone.

    Parameters
    ----------
    variables : codebook keys to complete, each also a predictor of the others; None = every baseline variable of the
        training table that is a number, count, yes/no, category or ordered
    n_trees : trees of each forest
    most_sweeps : end of the repetition
    smallest_leaf : training patients in a leaf
    random_state : seed of the forests

    Attributes
    ----------
    variables_ : keys that are completed
    counts_ : variable -> gaps among the training patients
    not_imputed_ : variable -> reason why its gaps stay
    sweeps_ : sweeps that anybody is completed with
    out_of_bag_ : variable -> error on training patients by trees that did not see them: root mean square divided by the
        standard deviation, or share of wrong levels; nan where every patient was seen by all trees

    Notes
    -----
    One value per gap, the likeliest: distributions become narrower and intervals leave out the uncertainty of the
    gaps. Several completed tables would be equal. It is here because published models were made that way; the chained
    imputer draws. The outcome is never read. Fitted objects hold values of training patients in their leaves and are
    not saved.

    References
    ----------
    Stekhoven DJ, Buehlmann P. Bioinformatics 2012;28:112-118. doi:10.1093/bioinformatics/btr597
    """

    def __init__(
        self,
        variables: Sequence[str] | None = None,
        *,
        n_trees: int = 100,
        most_sweeps: int = 10,
        smallest_leaf: int = 1,
        random_state: int = 0,
    ) -> None:
        self.variables = variables
        self.n_trees = n_trees
        self.most_sweeps = most_sweeps
        self.smallest_leaf = smallest_leaf
        self.random_state = random_state

    def fit(self, patients: pd.DataFrame, outcome: object = None) -> Self:
        """Learn the forests from training patients; the outcome is not read.

        Raises
        ------
        InputError
            No training patients, fewer than one tree or sweep, or a variable that cannot be completed.
        """
        if self.n_trees < 1 or self.most_sweeps < 1 or self.smallest_leaf < 1:
            raise InputError("imputer: n_trees, most_sweeps and smallest_leaf are at least 1.")
        if not len(patients):
            raise InputError("imputer: no training patients.")
        asked = asked_variables(self.variables, patients)
        codes = {v.key: codes_of(v, column_of(patients, v.key)) for v in asked}
        self.counts_, self.not_imputed_ = gap_counts(codes, len(patients))
        kept = [v for v in asked if v.key not in self.not_imputed_]
        self.variables_ = [v.key for v in kept]
        self._visited = sorted(kept, key=lambda v: self.counts_[v.key])
        table = _stacked([codes[v.key] for v in self._visited], len(patients))
        self._start = np.array([_start(v, table[:, j]) for j, v in enumerate(self._visited)], dtype=float)
        self._n_seen = [int(n) for n in (~np.isnan(table)).sum(axis=0)]
        self._spread = np.nanstd(table, axis=0)
        self._levels = [_seen(v, table[:, j]) for j, v in enumerate(self._visited)]
        self._forests, self.sweeps_ = self._learn(table)
        self.out_of_bag_ = {
            v.key: _out_of_bag(self._forests[j], v, table[:, j]) for j, v in enumerate(self._visited)
        }
        return self

    def transform(self, patients: pd.DataFrame) -> pd.DataFrame:
        """The patients without gaps in `variables_`; other columns and recorded values as they were."""
        if not hasattr(self, "_forests"):
            raise NotFittedError("imputer: fit it before patients are completed.")
        if not len(patients) or not self._visited:
            return patients.copy()
        codes = _stacked([codes_of(v, column_of(patients, v.key)) for v in self._visited], len(patients))
        gaps = np.isnan(codes)
        state = np.where(gaps, self._start, codes)
        for _ in range(self.sweeps_):
            for j, forest in enumerate(self._forests):
                rows = np.flatnonzero(gaps[:, j])
                if len(rows) and forest is not None:
                    state[rows, j] = self._value(j, forest.predict(self._others(state[rows], j)))
        made = {
            v.key: filled_column(v, column_of(patients, v.key), state[:, j])
            for j, v in enumerate(self._visited)
        }
        return patients.assign(**{key: made[key] for key in self.variables_ if made[key] is not None})

    def draw(self, patients: pd.DataFrame, k: int, seed: int, *, outcome: object = None) -> pd.DataFrame:
        """The same as `transform` for every table k and seed: nothing is drawn."""
        return self.transform(patients)

    @property
    def equations_(self) -> pd.DataFrame:
        """One row per variable: how it is imputed, from how many training patients. No patients."""
        if not hasattr(self, "_forests"):
            raise NotFittedError("imputer: fit it before its equations are shown.")
        rows = [
            (
                v.key,
                "random forest",
                "natural" if is_matched(v) else "level",
                others,
                n_seen,
                self.counts_[v.key],
            )
            for v, others, n_seen in zip(self._visited, self._widths(), self._n_seen, strict=True)
        ]
        return pd.DataFrame(rows, columns=list(EQUATION_COLUMNS))

    def _widths(self) -> list[int]:
        """Columns that each forest reads."""
        width = [1 if levels is None else len(levels) for levels in self._levels]
        return [sum(width) - own for own in width]

    def _learn(self, table: np.ndarray) -> tuple[list[Any], int]:
        """Forests of the last sweep before the filled values moved more, and the number of sweeps up to it."""
        gaps = np.isnan(table)
        state = np.where(gaps, self._start, table)
        best: list[Any] = []
        moved = np.full(2, np.inf)
        for sweep in range(1, self.most_sweeps + 1):
            before, forests = state.copy(), []
            for j in range(table.shape[1]):
                forest = self._forest(table[:, j], self._others(state, j), j)
                forests.append(forest)
                rows = np.flatnonzero(gaps[:, j])
                if len(rows) and forest is not None:
                    state[rows, j] = self._value(j, forest.predict(self._others(state[rows], j)))
            now = self._moved(state, before, gaps)
            if sweep > 1 and (now >= moved).all():
                return best, sweep - 1
            best, moved = forests, now
            if not now.any():
                return best, sweep
        return best, self.most_sweeps

    def _forest(self, target: np.ndarray, others: np.ndarray, j: int) -> Any:
        """A forest for one variable; None where it has one single value, which is then the start."""
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        seen = ~np.isnan(target)
        if np.ptp(target[seen]) == 0:
            return None
        is_number = is_matched(self._visited[j])
        kind = RandomForestRegressor if is_number else RandomForestClassifier
        seed = int(np.random.SeedSequence([self.random_state, j]).generate_state(1)[0])
        forest = kind(
            self.n_trees,
            max_features=1 / 3 if is_number else "sqrt",
            min_samples_leaf=self.smallest_leaf,
            oob_score=True,
            random_state=seed,
            n_jobs=1,
        )
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Some inputs do not have OOB scores"
            )  # the first rounds have few trees
            return forest.fit(others[seen], target[seen])

    def _others(self, state: np.ndarray, j: int) -> np.ndarray:
        """Columns of all variables but one: numbers as they are, other variables as one 0/1 column per level."""
        parts = [
            state[:, [i]] if levels is None else (state[:, [i]] == levels).astype(float)
            for i, levels in enumerate(self._levels)
            if i != j
        ]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(state), 1))

    def _value(self, j: int, predicted: np.ndarray) -> np.ndarray:
        variable = self._visited[j]
        return np.rint(predicted) if variable.is_whole or levels_of(variable) else predicted

    def _moved(self, state: np.ndarray, before: np.ndarray, gaps: np.ndarray) -> np.ndarray:
        """Mean square by which filled numbers moved, in standard deviations, and the share of filled levels that changed."""
        number = np.array([is_matched(v) for v in self._visited])
        spread = np.where(self._spread > 0, self._spread, 1.0)
        steps = (((state - before) / spread) ** 2)[:, number][gaps[:, number]]
        changed = (state != before)[:, ~number][gaps[:, ~number]]
        return np.array([part.mean() if part.size else 0.0 for part in (steps, changed)])


def _stacked(codes: list[np.ndarray], n: int) -> np.ndarray:
    return np.array(codes, dtype=float).reshape(len(codes), n).T


def _start(variable: Variable, codes: np.ndarray) -> float:
    known = codes[~np.isnan(codes)]
    if is_matched(variable):
        return float(np.rint(known.mean()) if variable.is_whole or levels_of(variable) else known.mean())
    level, count = np.unique(known, return_counts=True)
    return float(level[np.argmax(count)])


def _seen(variable: Variable, codes: np.ndarray) -> np.ndarray | None:
    """Levels that training knows; None for what has an order."""
    return None if is_matched(variable) else np.unique(codes[~np.isnan(codes)])


def _out_of_bag(forest: Any, variable: Variable, codes: np.ndarray) -> float:
    if forest is None:
        return 0.0
    known = codes[~np.isnan(codes)]
    if is_matched(variable):
        error = known - forest.oob_prediction_.ravel()
        return float(np.sqrt(np.mean(error**2)) / known.std())
    votes = forest.oob_decision_function_
    told = ~np.isnan(votes).any(axis=1)
    wrong = forest.classes_[votes[told].argmax(axis=1)] != known[told]
    return float(wrong.mean()) if told.any() else float("nan")
