"""The table that a score returns: what its components say, put together, and the reason wherever there is no total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.scores.completion import Assessed
from spinesurv.scores.definition import Definition
from spinesurv.scores.derivation import Columns, Options, missing
from spinesurv.scores.derived import DERIVED, recorded_inputs
from spinesurv.scores.flags import flags_of
from spinesurv.scores.points import resolve


def result_table(
    definition: Definition,
    parts: Sequence[Assessed],
    p: Columns,
    patients: pd.DataFrame,
    options: Options,
) -> pd.DataFrame:
    """Totals, groups, possible totals, reasons, flags and item points; columns as `Score.transform` tells."""
    n = len(patients)
    population = {name: resolve(name, p, options) for name in definition.applies_to}
    outside = _outside(definition, population, patients)
    out_of = _any(outside.values(), n)
    untold = {name: missing(values) for name, values in population.items()}
    unsure = _any(untold.values(), n)

    points = {
        item.key: part.points[item.key]
        for item in definition.items
        for part in parts
        if item.key in part.points
    }
    raw_total = np.where(out_of | unsure, np.nan, np.sum(list(points.values()), axis=0))
    ends = [np.sum([part.lowest for part in parts], axis=0), np.sum([part.highest for part in parts], axis=0)]
    low, high = (np.where(out_of, np.nan, _capped(definition, end)) for end in ends)
    band = _band(definition, low)
    group = np.where((band == _band(definition, high)) & ~unsure, band, -1)

    wanted = {
        raw: _any([part.wanted[raw] for part in parts if raw in part.wanted], n) for raw in definition.inputs
    }
    for name, mask in untold.items():
        wanted |= {raw: wanted[raw] | (mask & missing(p[raw])) for raw in recorded_inputs(name)}
    names = _words({raw: mask & ~out_of for raw, mask in wanted.items()}, n)
    reasons = {
        "no level fits": _words({key: np.isnan(values) for key, values in points.items()}, n),
        "missing": names,
        "contradiction": _words(
            {name: mask for part in parts for name, mask in part.contradiction.items()}, n
        ),
        "outside the population": _words(
            {_says(definition, name): mask for name, mask in outside.items()}, n
        ),
    }
    table: dict[str, Any] = {"total": _capped(definition, raw_total)}
    if definition.cap is not None:
        table["raw_total"] = raw_total
    table["group"] = _categorical(definition, group)
    table |= {
        "lowest": low,
        "highest": high,
        "missing": names,
        "reason": _reason(reasons, np.isnan(raw_total)),
    }
    table["settles"] = _words(_settling(definition, parts, (group < 0) & ~out_of & ~unsure), n)
    table["flags"] = _words(flags_of(definition, p), n)
    no_items = _any([mask for name, mask in outside.items() if name not in DERIVED], n)
    table |= {f"item_{key}": np.where(no_items, np.nan, values) for key, values in points.items()}
    return pd.DataFrame(table, index=patients.index)


def _any(masks: Any, n: int) -> np.ndarray:
    out = np.zeros(n, dtype=bool)
    for mask in masks:
        out |= mask
    return out


def _reason(reasons: Mapping[str, np.ndarray], untold: np.ndarray) -> np.ndarray:
    """(n,) the last reason that says something, where the total is missing."""
    out = np.full(len(untold), "", dtype=object)
    for word, values in reasons.items():
        said = untold & (values != "")
        out[said] = f"{word}: " + values[said]
    return out


def _categorical(definition: Definition, group: np.ndarray) -> pd.Categorical:
    """Group keys, best prognosis first."""
    order = [definition.groups.index(g) for g in definition.best_first]
    code = np.array([order.index(i) for i in range(len(order))] + [-1])
    names = pd.CategoricalDtype([g.key for g in definition.best_first], ordered=True)
    return pd.Categorical.from_codes(code[group.astype(int)].tolist(), dtype=names)


def _outside(definition: Definition, population: Columns, patients: pd.DataFrame) -> dict[str, np.ndarray]:
    """Column -> where its value puts a patient outside the population of the score."""
    out = {}
    if "n_spine_mets" in patients.columns:
        out["n_spine_mets"] = (pd.to_numeric(patients["n_spine_mets"], errors="coerce") == 0).to_numpy(
            dtype=bool, na_value=False
        )
    for name, allowed in definition.applies_to.items():
        inside = np.any([population[name] == value for value in allowed], axis=0)
        out[name] = ~inside & ~missing(population[name])
    return out


def _says(definition: Definition, name: str) -> str:
    """What is wrong with a column that puts a patient outside the population."""
    allowed = definition.applies_to.get(name)
    return f"{name} is not {' or '.join(allowed)}" if allowed else f"{name} is 0"


def _capped(definition: Definition, totals: np.ndarray) -> np.ndarray:
    return totals if definition.cap is None else np.minimum(totals, definition.cap)


def _band(definition: Definition, totals: np.ndarray) -> np.ndarray:
    """Position of the group of each total; -1 where there is no total."""
    at = np.searchsorted([g.low for g in definition.groups], totals, side="right") - 1
    return np.where(np.isnan(totals), -1, at)


def _settling(definition: Definition, parts: Sequence[Assessed], open_: np.ndarray) -> dict[str, np.ndarray]:
    """Input -> where knowing it would settle the group, whatever it turns out to be."""
    out = {}
    for part in parts:
        for raw, values in part.by_value.items():
            rows = np.flatnonzero(open_ & part.wanted[raw])
            others = [other for other in parts if other is not part]
            low, high = (
                _capped(definition, sum((getattr(o, end)[rows, None] for o in others), values[rows, :, i]))
                for i, end in enumerate(("lowest", "highest"))
            )
            mask = np.zeros(len(open_), dtype=bool)
            mask[rows] = (_band(definition, low) == _band(definition, high)).all(axis=1)
            out[raw] = mask
    return out


def _words(masks: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    """(n,) the names of the masks that hold, separated by commas."""
    code = np.zeros(n, dtype=np.int64)
    for i, mask in enumerate(masks.values()):
        code |= mask.astype(np.int64) << i
    found, which = np.unique(code, return_inverse=True)
    words = [", ".join(name for i, name in enumerate(masks) if c >> i & 1) for c in found.tolist()]
    return np.array(words, dtype=object)[which]
