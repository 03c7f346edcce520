"""The axis of each predictor of a nomogram: its range or levels, and what they add to the linear predictor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.codebook import NO, YES, Variable
from spinesurv.core.interaction import interaction_name, products
from spinesurv.errors import InputError
from spinesurv.stats.axis_ticks import FINE, monotone_runs, outward, pretty_ticks

#: in words, the level that holds all levels without a column of their own
REST_LABEL = "All others"


@dataclass(frozen=True, eq=False)
class PredictorAxis:
    """One predictor between its ends; with an interaction, at one level of the other predictor.

    Parameters
    ----------
    key : name of the axis, once in a nomogram
    variable : codebook key
    group : number of the predictor whose points are read here, or of the two that interact: one axis of a group is read
    label, unit : for people; unit "" where there is none
    levels : labels of the levels of a category, or of no and yes; empty for a number
    low, high : ends of the axis of a number
    whole : only whole numbers
    turns : values at which the risk turns from rising to falling or back, the ends included
    parts : Xb at each level, or along the axis of a number; with what the other predictor of an interaction adds
    part : value of a number -> its Xb
    """

    key: str
    variable: str
    group: int
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


@dataclass(frozen=True)
class Given:
    """The level of the other predictor of an interaction at which an axis holds."""

    pair: tuple[str, str]
    level: str
    label: str
    columns: dict[str, np.ndarray]

    def added(self, own: str, block: dict[str, np.ndarray], coef: pd.Series) -> np.ndarray:
        """What interaction and level add to the Xb of the columns `block` of `own`."""
        blocks = (block, self.columns) if own == self.pair[0] else (self.columns, block)
        other = self.pair[1] if own == self.pair[0] else self.pair[0]
        crossed = products(*blocks)
        return _times(crossed, coef[interaction_name(*self.pair)]) + _times(self.columns, coef[other])


def predictor_axes(encoder: Any, coef: pd.Series) -> list[PredictorAxis]:
    """Axes of the terms of a fitted encoder, with coefficients indexed by (variable, term).

    Of an interaction one predictor, a number where there is one, has an axis for each level of the other.

    Raises
    ------
    InputError
        An interaction of two numbers, or a predictor with more than one interaction.
    """
    levels_of = _conditions(encoder)
    conditions = {pair[0] if drawn == pair[1] else pair[1] for drawn, pair in levels_of.items()}
    axes: list[PredictorAxis] = []
    for term in encoder.terms_:
        if term.variable in conditions:
            continue
        group = len({axis.group for axis in axes})
        if term.variable not in levels_of:
            axes.append(_axis(encoder, term, coef, group, None))
            continue
        givens = _levels(encoder, levels_of[term.variable], term.variable)
        axes += [_axis(encoder, term, coef, group, given) for given in givens]
    return axes


def why_not_drawn(encoder: Any) -> str:
    """Why a model on the columns of a fitted encoder cannot be a nomogram; empty where it can."""
    stepped = {term.variable for term in encoder.terms_ if _is_stepped(term)}
    seen: set[str] = set()
    for pair in encoder.interactions_:
        if seen & set(pair) or not stepped & set(pair):
            what = (
                "a predictor with two interactions" if seen & set(pair) else "an interaction of two numbers"
            )
            return f"{' and '.join(pair)}: {what} cannot be drawn"
        seen |= set(pair)
    return ""


def _conditions(encoder: Any) -> dict[str, tuple[str, str]]:
    """Predictor with several axes -> its interaction."""
    why = why_not_drawn(encoder)
    if why:
        raise InputError(f"nomogram: {why}. Predictions need no nomogram.")
    stepped = {term.variable for term in encoder.terms_ if _is_stepped(term)}
    return {pair[0] if pair[1] in stepped else pair[1]: pair for pair in encoder.interactions_}


def _is_stepped(term: Any) -> bool:
    return term.shape == "category" or codebook()[term.variable].kind == "yes_no"


def _levels(encoder: Any, pair: tuple[str, str], drawn: str) -> list[Given]:
    name = pair[1] if drawn == pair[0] else pair[0]
    term = next(t for t in encoder.terms_ if t.variable == name)
    variable = codebook()[name]
    if term.shape != "category":
        ends = ((NO, 0.0), (YES, 1.0))
        return [
            Given(
                pair,
                level,
                f"{_short(variable)}: {codebook().level_label(name, level)}",
                {"linear": np.array(x)},
            )
            for level, x in ends
        ]
    return [
        Given(
            pair,
            level,
            f"{_short(variable)}: {_level_label(encoder, term, level)}",
            {one: np.array(float(one == level)) for one in encoder.levels_[name]},
        )
        for level in (encoder.reference_[name], *encoder.levels_[name])
    ]


def _short(variable: Variable) -> str:
    """A label without what it says in brackets."""
    return variable.label.partition(" (")[0]


def _times(columns: dict[str, np.ndarray], coef: pd.Series) -> np.ndarray:
    return np.asarray(sum(column * coef[term] for term, column in columns.items()), dtype=float)


def _axis(encoder: Any, term: Any, coef: pd.Series, group: int, given: Given | None) -> PredictorAxis:
    name = term.variable
    variable = codebook()[name]
    own = coef[name]
    what = {"key": name, "group": group, "label": variable.label}
    if given is not None:
        what = {**what, "key": f"{name}_{given.level}", "label": f"{_short(variable)}, {given.label}"}

    def of_columns(block: dict[str, np.ndarray]) -> np.ndarray:
        return _times(block, own) + (0.0 if given is None else given.added(name, block, coef))

    def part(values: np.ndarray) -> np.ndarray:
        table = pd.DataFrame({name: np.asarray(values, dtype=float)})
        block = encoder.transform(table)[name]
        return of_columns({str(t): block[t].to_numpy() for t in block})

    if term.shape == "category":
        levels = [encoder.reference_[name], *encoder.levels_[name]]
        block = {one: np.array([float(one == level) for level in levels]) for one in encoder.levels_[name]}
        parts = of_columns(block)
        order = np.argsort(parts, kind="stable")
        labels = tuple(_level_label(encoder, term, levels[k]) for k in order)
        return _levels_axis(what, variable, labels, parts[order], part)
    if variable.kind == "yes_no":
        labels = tuple(codebook().level_label(name, level) for level in (NO, YES))
        return _levels_axis(what, variable, labels, part(np.array([0.0, 1.0])), part)
    return _number_axis(what, variable, encoder.range_[name], part)


def _levels_axis(
    what: dict[str, Any],
    variable: Variable,
    labels: tuple[str, ...],
    parts: np.ndarray,
    part: Callable[[np.ndarray], np.ndarray],
) -> PredictorAxis:
    return PredictorAxis(
        **what,
        variable=variable.key,
        unit="",
        levels=labels,
        low=np.nan,
        high=np.nan,
        whole=True,
        turns=(),
        parts=parts,
        part=part,
    )


def _number_axis(
    what: dict[str, Any],
    variable: Variable,
    trained: tuple[float, float],
    part: Callable[[np.ndarray], np.ndarray],
) -> PredictorAxis:
    low, high = outward(*trained, whole=variable.is_whole)
    low = low if variable.lowest is None else max(low, variable.lowest)
    high = high if variable.highest is None else min(high, variable.highest)
    fine = np.unique([low, *pretty_ticks(low, high, most=FINE, whole=variable.is_whole), high])
    parts = part(fine)
    turns = (low, *(float(fine[run.stop - 1]) for run in monotone_runs(parts)))
    return PredictorAxis(
        **what,
        variable=variable.key,
        unit=variable.unit or "",
        levels=(),
        low=low,
        high=high,
        whole=variable.is_whole,
        turns=turns,
        parts=parts,
        part=part,
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
