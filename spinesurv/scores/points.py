"""Points of items on columns without gaps: which level holds, or what the map says. nan where it cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.scores.definition import Condition, Definition, Item
from spinesurv.scores.derivation import Columns, Options, missing
from spinesurv.scores.derived import DERIVED


def resolve(name: str, p: Columns, options: Options) -> np.ndarray:
    """A column by its name, derived where it is a derived one."""
    return DERIVED[name].function(p, options) if name in DERIVED else p[name]


def item_points(item: Item, p: Columns, options: Options) -> np.ndarray:
    """(n,) points of one item; nan where an input is missing, or no level holds."""
    columns = {name: resolve(name, p, options) for name in item.inputs}
    if item.map:
        codes, found = pd.factorize(columns[item.input])
        points = np.array([item.map[value].points for value in found] + [np.nan], dtype=float)
        return points[codes]
    if item.per_unit is not None:
        units = columns[item.input]
        return np.where(units == 0, 0.0, item.per_unit * units)
    n = len(next(iter(p.values())))
    out = np.full(n, np.nan)
    still_open = np.ones(n, dtype=bool)
    for level in item.levels:
        possible, untold = still_open.copy(), np.zeros(n, dtype=bool)
        for condition in level.conditions:
            values = columns[condition.input]
            gap = missing(values)
            possible &= holds(condition, values) | gap
            untold |= gap
        out[possible & ~untold] = level.points
        still_open &= ~possible
    return out


def raw_sum(definition: Definition, p: Columns, options: Options) -> np.ndarray:
    """(n,) sum of the items before any cap."""
    return np.sum([item_points(item, p, options) for item in definition.items], axis=0)


def holds(condition: Condition, values: np.ndarray) -> np.ndarray:
    """Where a condition holds; a gap does not fulfil it."""
    met = ~missing(values)
    if condition.at_least is not None:
        met &= values >= condition.at_least
    if condition.above is not None:
        met &= values > condition.above
    if condition.at_most is not None:
        met &= values <= condition.at_most
    if condition.below is not None:
        met &= values < condition.below
    if condition.one_of:
        met &= np.any([values == v for v in condition.one_of], axis=0)
    return met
