"""What the two boosted models share: the table for XGBoost, its settings, the number of rounds, rows with no input."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome
from spinesurv.errors import InputError, NotFittedError

PATIENCE = 50
NO_INPUT = "missing or of a level never seen in training in every predictor"


class Boosting(BaseEstimator):
    """Settings of boosted trees, and what both ways of using them do alike.

    Parameters
    ----------
    n_rounds : int or None
        Trees; None chooses, by cross-validation inside the training patients, the number with the smallest
        out-of-fold loss of the objective; the search ends after `PATIENCE` trees that did not lower it.
    learning_rate, max_depth, min_child_weight, subsample, colsample, reg_lambda : of XGBoost
    most_rounds, folds : end and folds of the search for `n_rounds`
    random_state : seed of folds, of rows and of columns
    """

    def __init__(
        self,
        n_rounds: int | None = None,
        learning_rate: float = 0.05,
        max_depth: int = 2,
        min_child_weight: float = 5.0,
        subsample: float = 0.8,
        colsample: float = 0.8,
        reg_lambda: float = 1.0,
        most_rounds: int = 400,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.n_rounds = n_rounds
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample = colsample
        self.reg_lambda = reg_lambda
        self.most_rounds = most_rounds
        self.folds = folds
        self.random_state = random_state

    def _boost(
        self,
        patients: pd.DataFrame,
        label: NDArray[np.float64],
        rare: NDArray[np.bool_],
        *,
        objective: str,
        loss: str,
        weight: NDArray[np.float64] | None = None,
    ) -> tuple[Any, int]:
        """The trees and their number; `rare` are the patients of whom each fold gets an equal share."""
        import xgboost

        settings = {
            "objective": objective,
            "eval_metric": loss,
            "eta": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample,
            "lambda": self.reg_lambda,
            "tree_method": "hist",
            "nthread": 1,
            "seed": int(self.random_state),
        }
        table = matrix(patients, label, weight)
        rounds = self.n_rounds
        if rounds is None:
            rounds = self._search(settings, table, _folds(rare, self.folds, int(self.random_state)))
        return xgboost.train(settings, table, rounds), rounds

    def _search(self, settings: dict[str, Any], table: Any, folds: list[tuple[Any, Any]]) -> int:
        """Number of trees with the smallest mean loss of the patients left out, all folds growing side by side."""
        import xgboost

        parts = [(table.slice(learned), table.slice(left_out)) for learned, left_out in folds]
        boosters = [xgboost.Booster(settings, pair) for pair in parts]
        losses: list[float] = []
        for tree in range(self.most_rounds):
            seen = []
            for booster, (learned, left_out) in zip(boosters, parts, strict=True):
                booster.update(learned, tree)
                seen.append(float(booster.eval(left_out).rpartition(":")[2]))
            losses.append(float(np.mean(seen)))
            if tree - int(np.argmin(losses)) >= PATIENCE:
                break
        return int(np.argmin(losses)) + 1

    def _check(self, patients: pd.DataFrame, outcome: Outcome) -> None:
        what = type(self).__name__
        if patients.columns.nlevels != 2:
            raise InputError(f"{what}: it stands behind an Encoder: make_pipeline(Encoder(terms), {what}()).")
        if len(patients) != len(outcome):
            raise InputError(f"{what}: {len(patients)} patients and {len(outcome)} outcomes.")
        late = 0 if outcome.entry_days is None else int((outcome.entry_days > 0).sum())
        if late:
            raise InputError(
                f"{what}: {late} of {len(outcome)} training patients came under observation after time zero, which "
                'boosted trees cannot account for. Use kind = "cox", or leave these patients out.'
            )

    def _columns(self, patients: pd.DataFrame) -> pd.DataFrame:
        """The columns of training, in their order."""
        if not hasattr(self, "columns_"):
            raise NotFittedError(f"{type(self).__name__}: fit it before asking for predictions.")
        absent = [str(c) for c in self.columns_ if c not in patients.columns]
        if absent:
            raise InputError(
                f"{type(self).__name__}: columns {', '.join(absent)} of the training are absent. Encode the patients "
                "with the encoder that was fitted with the model."
            )
        return patients[self.columns_]


def matrix(
    patients: pd.DataFrame,
    label: NDArray[np.float64] | None = None,
    weight: NDArray[np.float64] | None = None,
) -> Any:
    """Encoded columns as XGBoost reads them: gaps stay gaps, names without the characters that it refuses."""
    import xgboost

    return xgboost.DMatrix(
        patients.to_numpy(dtype=float),
        label=label,
        weight=weight,
        feature_names=feature_names(patients.columns),
        nthread=1,
    )


def feature_names(columns: Iterable[Any]) -> list[str]:
    """(variable, term) -> "variable: term", distinct, without the characters `[`, `]`, `<` and blanks."""
    out: list[str] = []
    for column in columns:
        plain = re.sub(r"[\[\]<\s]+", "_", ":".join(str(part) for part in column))
        name, turn = plain, 1
        while name in out:
            turn += 1
            name = f"{plain}_{turn}"
        out.append(name)
    return out


def without_input(patients: pd.DataFrame) -> NDArray[np.bool_]:
    """(n,) True where not one predictor is known."""
    return np.asarray(patients.isna().all(axis=1))


def _folds(rare: NDArray[np.bool_], folds: int, seed: int) -> list[tuple[Any, Any]]:
    random = np.random.default_rng(seed)
    number = np.empty(len(rare), dtype=int)
    start = 0
    for kind in (True, False):
        rows = random.permutation(np.flatnonzero(rare == kind))
        number[rows] = (start + np.arange(len(rows))) % folds
        start += len(rows)
    return [(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(folds)]
