"""Predictors become columns: linear terms, restricted cubic splines, yes/no and categories, learned in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from spinesurv.core import codebook
from spinesurv.core.interaction import NONLINEAR, interaction_name, products
from spinesurv.errors import InputError, NotFittedError
from spinesurv.stats.percentile_range import percentile_range
from spinesurv.stats.splines import knots, restricted_cubic

REST = "(rest)"


@dataclass(frozen=True)
class Term:
    """One predictor of a model and its shape.

    Parameters
    ----------
    variable : codebook key of role baseline
    shape : linear, spline or category; yes_no variables are 0/1
    knots : number of knots of a spline, 3 to 7
    groups : new level -> levels of the variable that it joins; levels that are not named join the rest
    minimum_patients : levels with fewer training patients join the rest
    """

    variable: str
    shape: str
    knots: int = 4
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    minimum_patients: int = 0

    @classmethod
    def read(cls, written: str | Mapping[str, Any], *, where: str = "predictors") -> Term:
        """Out of a study file: `"age"`, or a table such as `{ variable = "albumin", knots = 4 }`.

        Numbers are linear unless `knots` are given; variables with named levels are categories.
        """
        raw = {"variable": written} if isinstance(written, str) else dict(written)
        allowed = ("variable", "shape", "knots", "groups", "minimum_patients")
        extra = [k for k in raw if k not in allowed]
        if extra or "variable" not in raw:
            raise InputError(
                f"{where}: {', '.join(extra) or 'no variable'} found; a term has {', '.join(allowed)}."
            )
        variable = codebook()[raw["variable"]]
        if variable.role != "baseline":
            raise InputError(
                f"{where}: {variable.key} has role {variable.role} in the codebook and is no predictor. Only what is "
                "known at time zero may predict."
            )
        usual = "linear" if variable.is_numeric or variable.kind == "yes_no" else "category"
        shape = raw.get("shape", "spline" if "knots" in raw else usual)
        numeric_only = shape in ("linear", "spline") and usual == "category"
        if shape not in ("linear", "spline", "category") or numeric_only:
            raise InputError(
                f"{where}: shape {shape!r} does not fit {variable.key} ({variable.kind}); use {usual}."
            )
        return cls(**{**raw, "shape": shape})


def read_interactions(
    written: Any, terms: Sequence[Term], *, where: str = "interactions"
) -> list[tuple[str, str]]:
    """Pairs of different variables among the terms, each pair once.

    Raises
    ------
    InputError
        Something else was written.
    """
    known = [term.variable for term in terms]
    out: list[tuple[str, str]] = []
    for pair in written:
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= set(known):
            raise InputError(
                f"{where}: {pair!r} found; a pair of two predictors of the model is expected: {', '.join(known)}."
            )
        first, second = sorted(pair, key=known.index)
        if (first, second) in out:
            raise InputError(f"{where}: {first} and {second} are paired twice.")
        out.append((first, second))
    return out


class Encoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Patients -> number columns with a two-level name (variable, term); a gap stays a gap.

    Knots, levels and the reference level (the most frequent one) are learned from the patients given to `fit`.
    A level that training never saw is a gap, never silently the reference.

    Parameters
    ----------
    terms : sequence of Term, or of what `Term.read` reads
    interactions : pairs of variables among the terms, whose columns are multiplied (of two splines only where one
        column is linear); the products stand behind all terms as variable "first × second"

    Attributes
    ----------
    knots_ : variable -> knots
    range_ : number -> 1st and 99th percentile of its training values, never those of single patients; yes/no -> 0, 1
    levels_ : variable -> levels with a column of their own; the reference is `reference_[variable]`
    """

    #: level that holds all levels without a column of their own
    rest = REST

    def __init__(self, terms: Sequence[Any], interactions: Sequence[Sequence[str]] = ()) -> None:
        self.terms = terms
        self.interactions = interactions

    def fit(self, patients: pd.DataFrame, outcome: object = None) -> Self:
        """Learn knots and levels from training patients."""
        self.terms_ = [t if isinstance(t, Term) else Term.read(t) for t in self.terms]
        self.interactions_ = read_interactions(self.interactions, self.terms_)
        self.knots_: dict[str, np.ndarray] = {}
        self.range_: dict[str, tuple[float, float]] = {}
        self.levels_: dict[str, list[str]] = {}
        self.reference_: dict[str, str] = {}
        for term in self.terms_:
            if term.variable not in patients.columns or patients[term.variable].isna().all():
                raise InputError(
                    f"predictor {term.variable}: no training patient has a value. Leave it out of the study file, or "
                    "map the column that holds it."
                )
            if term.shape == "category":
                self._learn_levels(term, patients[term.variable])
                continue
            number = _number(patients[term.variable])
            self.range_[term.variable] = _range(term.variable, number)
            if term.shape == "spline":
                self.knots_[term.variable] = knots(number, term.knots)
        return self

    def transform(self, patients: pd.DataFrame) -> pd.DataFrame:
        """(n, columns) float64, same index as `patients`."""
        if not hasattr(self, "terms_"):
            raise NotFittedError("encoder: fit it before transforming.")
        columns: dict[tuple[str, str], np.ndarray] = {}
        for term in self.terms_:
            name = term.variable
            values = patients[name] if name in patients else pd.Series(np.nan, index=patients.index)
            if term.shape == "category":
                level = self._grouped(term, values)
                known = level.isin([*self.levels_[name], self.reference_[name]]).to_numpy()
                for one in self.levels_[name]:
                    columns[name, one] = np.where(known, (level == one).to_numpy(dtype=float), np.nan)
                continue
            number = _number(values)
            if term.shape == "spline":
                for i, column in enumerate(restricted_cubic(number, self.knots_[name]).T):
                    columns[name, "linear" if i == 0 else f"{NONLINEAR}{i}"] = column
            else:
                columns[name, "linear"] = number
        for pair in self.interactions_:
            blocks = [{t: c for (name, t), c in columns.items() if name == one} for one in pair]
            for crossed, column in products(*blocks).items():
                columns[interaction_name(*pair), crossed] = column
        names = pd.MultiIndex.from_tuples(columns, names=["variable", "term"])
        return pd.DataFrame(np.column_stack(list(columns.values())), index=patients.index, columns=names)

    def _learn_levels(self, term: Term, values: pd.Series) -> None:
        level = self._grouped(term, values, keep_all=True)
        count = level.value_counts()
        kept = [k for k in count.index if count[k] >= term.minimum_patients and k != REST]
        if len(kept) < len(count):
            kept.append(REST)
        count = level.where(level.isin(kept), REST).where(level.notna()).value_counts()
        order = sorted(kept, key=lambda k: (-count[k], k))
        self.reference_[term.variable] = order[0]
        self.levels_[term.variable] = sorted(order[1:])

    def _grouped(self, term: Term, values: pd.Series, *, keep_all: bool = False) -> pd.Series:
        level = values.astype("object").map(str, na_action="ignore")
        if term.groups:
            joined = {old: new for new, members in term.groups.items() for old in members}
            level = level.map(lambda v: joined.get(v, REST), na_action="ignore")
        if keep_all:
            return level
        own = {*self.levels_[term.variable], self.reference_[term.variable]}
        return level.where(level.isin(own) | level.isna(), REST) if REST in own else level


def _range(variable: str, number: np.ndarray) -> tuple[float, float]:
    if codebook()[variable].kind == "yes_no":
        return 0.0, 1.0
    return percentile_range(number)


def _number(values: pd.Series) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(values):
        values = values.map({"yes": 1.0, "no": 0.0})
    return values.to_numpy(dtype=float, na_value=np.nan)
