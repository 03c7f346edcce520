"""The axis of each predictor of a nomogram: its range or levels, and what they add to the linear predictor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.codebook import NO, YES, Variable
from spinesurv.stats.axis_ticks import FINE, monotone_runs, outward, pretty_ticks

#: in words, the level that holds all levels without a column of their own
REST_LABEL = "All others"


@dataclass(frozen=True, eq=False)
class PredictorAxis:
    """One predictor between its ends.

    Parameters
    ----------
    variable : codebook key
    label, unit : for people; unit "" where there is none
    levels : labels of the levels of a category, or of no and yes; empty for a number
    low, high : ends of the axis of a number
    whole : only whole numbers
    turns : values at which the risk turns from rising to falling or back, the ends included
    parts : Xb at each level, or along the axis of a number
    part : value of a number -> its Xb
    """

    variable: str
    label: str
    unit: str
    levels: tuple[str, ...]
    low: float
    high: float
    whole: bool
    turns: tuple[float, ...]
    parts: np.ndarray
    part: Callable[[np.ndarray], np.ndarray]

    @property
    def is_number(self) -> bool:
        """Whether values between two ticks can be read."""
        return not self.levels


def predictor_axes(encoder: Any, coef: pd.Series) -> list[PredictorAxis]:
    """Axes of the terms of a fitted encoder, with coefficients indexed by (variable, term)."""
    return [_axis(encoder, term, coef) for term in encoder.terms_]


def _axis(encoder: Any, term: Any, coef: pd.Series) -> PredictorAxis:
    name = term.variable
    variable = codebook()[name]
    own = coef[name]

    def part(values: np.ndarray) -> np.ndarray:
        table = pd.DataFrame({name: np.asarray(values, dtype=float)})
        return encoder.transform(table)[name].to_numpy() @ own.to_numpy()

    if term.shape == "category":
        levels = [encoder.reference_[name], *encoder.levels_[name]]
        parts = np.array([0.0, *(own[level] for level in encoder.levels_[name])])
        order = np.argsort(parts, kind="stable")
        labels = tuple(_level_label(encoder, term, levels[k]) for k in order)
        return _levels_axis(variable, labels, parts[order], part)
    if variable.kind == "yes_no":
        labels = tuple(codebook().level_label(name, level) for level in (NO, YES))
        return _levels_axis(variable, labels, part(np.array([0.0, 1.0])), part)
    return _number_axis(variable, encoder.range_[name], part)


def _levels_axis(
    variable: Variable, labels: tuple[str, ...], parts: np.ndarray, part: Callable[[np.ndarray], np.ndarray]
) -> PredictorAxis:
    return PredictorAxis(variable.key, variable.label, "", labels, np.nan, np.nan, True, (), parts, part)


def _number_axis(
    variable: Variable, trained: tuple[float, float], part: Callable[[np.ndarray], np.ndarray]
) -> PredictorAxis:
    low, high = outward(*trained, whole=variable.is_whole)
    low = low if variable.lowest is None else max(low, variable.lowest)
    high = high if variable.highest is None else min(high, variable.highest)
    fine = np.unique([low, *pretty_ticks(low, high, most=FINE, whole=variable.is_whole), high])
    parts = part(fine)
    turns = (low, *(float(fine[run.stop - 1]) for run in monotone_runs(parts)))
    unit = variable.unit or ""
    return PredictorAxis(
        variable.key, variable.label, unit, (), low, high, variable.is_whole, turns, parts, part
    )


def _level_label(encoder: Any, term: Any, level: str) -> str:
    """The label of a level; of the rest, its own name where it can only be one level."""
    key = term.variable
    if level != encoder.rest:
        return codebook().level_label(key, level)
    own = {encoder.reference_[key], *encoder.levels_[key]}
    joined = {old for members in term.groups.values() for old in members}
    left = [one for one in codebook()[key].levels if one not in joined]
    only_one = len(left) == 1 and own.issuperset(term.groups)
    return codebook().level_label(key, left[0]) if only_one else REST_LABEL
