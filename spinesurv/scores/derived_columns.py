"""Columns that published equations read, derived as scores derive them: a transformer that learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from spinesurv.scores.columns import PatientColumns, Recorded
from spinesurv.scores.derivation import Options
from spinesurv.scores.derived import recorded_inputs, silent_levels
from spinesurv.scores.points import resolve
from spinesurv.scores.transformer import Score


class DerivedColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Patients -> some columns of the codebook or derived from it, missing where they cannot be told.

    `make_pipeline(DerivedColumns(names), PublishedEquation(key))` is a model.

    Parameters
    ----------
    columns : names, of the codebook or of `scores.derived.DERIVED`
    ecog1_kps : 80 or 70, the Karnofsky index that stands for ECOG 1 where none is recorded
    """

    def __init__(self, columns: Sequence[str], *, ecog1_kps: int = 80) -> None:
        self.columns = columns
        self.ecog1_kps = ecog1_kps

    @property
    def inputs(self) -> tuple[str, ...]:
        """Codebook variables behind the columns."""
        return tuple(dict.fromkeys(raw for name in self.columns for raw in recorded_inputs(name)))

    def fit(self, patients: pd.DataFrame, outcome: Any = None) -> Self:
        """Learns nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, patients: pd.DataFrame) -> pd.DataFrame:
        """One row per patient, same index, the columns in their order."""
        options = Options(self.ecog1_kps)
        columns = PatientColumns(patients, "derived columns")
        p = Recorded(columns.select(self.inputs, silent_levels(self.columns), options, names_brain=False))
        return pd.DataFrame({name: resolve(name, p, options) for name in self.columns}, index=patients.index)


class BesideTotal(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The same columns, and behind them the total of a point score, missing where it cannot be told.

    Parameters
    ----------
    columns : as in `DerivedColumns`
    score : the score
    name : of the column that holds its total
    """

    def __init__(self, columns: Sequence[str], score: Score, name: str) -> None:
        self.columns = columns
        self.score = score
        self.name = name

    @property
    def inputs(self) -> tuple[str, ...]:
        """Codebook variables behind the columns and the score."""
        return tuple(dict.fromkeys([*DerivedColumns(self.columns).inputs, *self.score.inputs]))

    def fit(self, patients: pd.DataFrame, outcome: Any = None) -> Self:
        """Learns nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, patients: pd.DataFrame) -> pd.DataFrame:
        """One row per patient, same index: the columns in their order, then the total."""
        table = DerivedColumns(self.columns).transform(patients)
        return table.assign(**{self.name: self.score.transform(patients)["total"]})
