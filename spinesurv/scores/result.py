"""The table that a score returns: what its components say, put together, and the reason wherever there is no total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.scores.columns import Coded, Recorded, distinct
from spinesurv.scores.completion import Assessed
from spinesurv.scores.definition import Definition
from spinesurv.scores.derivation import Options, missing
from spinesurv.scores.derived import DERIVED, recorded_inputs
from spinesurv.scores.flags import flags_of
from spinesurv.scores.points import resolve


@dataclass(frozen=True, eq=False)
class Totals:
    """What a score says of n patients besides the points of its items.

    Parameters
    ----------
    total, raw_sum : (n,) after and before the cap, nan where missing
    group : (n,) group keys, best prognosis first
    lowest, highest : (n,) totals that remain possible, nan outside the population
    wanted : (n,) a bit for each input of the definition that is missing and matters
    outside : column -> (n,) where its value puts a patient outside the population
    unsure : (n,) whether a patient belongs to the population is not known
    """

    total: np.ndarray
    raw_sum: np.ndarray
    group: pd.Categorical
    lowest: np.ndarray
    highest: np.ndarray
    wanted: np.ndarray
    outside: Mapping[str, np.ndarray]
    unsure: np.ndarray

    @property
    def untold(self) -> np.ndarray:
        """(n,) there is no total."""
        return np.isnan(self.total)


def add_up(
    definition: Definition,
    parts: Sequence[Assessed],
    columns: Mapping[str, Coded],
    patients: pd.DataFrame,
    options: Options,
) -> Totals:
    """The components of a score put together."""
    n = len(patients)
    population = {name: _population(name, columns, options) for name in definition.applies_to}
    outside = _outside(definition, population, patients)
    out_of = _any(outside.values(), n)
    untold = {name: missing(values) for name, values in population.items()}
    unsure = _any(untold.values(), n)

    raw_sum, lowest, highest = (
        sum((end(part)[part.which] for part in parts), np.zeros(n))
        for end in (_known_sum, lambda part: part.lowest, lambda part: part.highest)
    )
    raw_sum[out_of | unsure] = np.nan
    lowest[out_of] = highest[out_of] = np.nan
    lowest, highest = _capped(definition, lowest), _capped(definition, highest)
    band = _band(definition, lowest)
    group = np.where((band == _band(definition, highest)) & ~unsure, band, -1)

    wanted = _joined([(part.wanted, part.which) for part in parts], definition.inputs, n)
    for i, raw in enumerate(definition.inputs):
        for name, mask in untold.items():
            if raw in recorded_inputs(name):
                wanted |= (mask & (columns[raw].codes < 0)).astype(np.int64) << i
    wanted[out_of] = 0
    return Totals(
        _capped(definition, raw_sum), raw_sum, _categorical(definition, group), lowest, highest, wanted, outside,
        unsure,
    )  # fmt: skip


def short_table(definition: Definition, parts: Sequence[Assessed], totals: Totals) -> dict[str, Any]:
    """total, group, lowest, highest and missing: the inputs that matter, or what else keeps the total away.

    A score with a cap also says what the sum was before it, raw_sum.
    """
    told = _words(totals.wanted, definition.inputs)
    rows = np.flatnonzero(totals.untold & (totals.wanted == 0))
    told[rows] = _reason(definition, parts, totals, rows)
    table = {
        "total": totals.total,
        "group": totals.group,
        "lowest": totals.lowest,
        "highest": totals.highest,
        "missing": told,
    }
    return table if definition.cap is None else {**table, "raw_sum": totals.raw_sum}


def result_table(
    definition: Definition,
    parts: Sequence[Assessed],
    totals: Totals,
    columns: Mapping[str, Coded],
    index: pd.Index[Any],
) -> pd.DataFrame:
    """Totals, groups, possible totals, reasons, flags and item points; columns as `Score.transform` tells."""
    n = len(index)
    table: dict[str, Any] = {"total": totals.total}
    if definition.cap is not None:
        table["raw_sum"] = totals.raw_sum
    reason = np.full(n, "", dtype=object)
    rows = np.flatnonzero(totals.untold)
    reason[rows] = _reason(definition, parts, totals, rows)
    table |= {
        "group": totals.group,
        "lowest": totals.lowest,
        "highest": totals.highest,
        "missing": _words(totals.wanted, definition.inputs),
        "reason": reason,
        "settles": _named(_settling(definition, parts, totals), n),
        "flags": _named(flags_of(definition, Recorded(columns)), n),
    }
    no_items = _any([mask for name, mask in totals.outside.items() if name not in DERIVED], n)
    for item in definition.items:
        part = next(part for part in parts if item.key in part.points)
        table[f"item_{item.key}"] = np.where(no_items, np.nan, part.points[item.key][part.which])
    return pd.DataFrame(table, index=index)


def _known_sum(part: Assessed) -> np.ndarray:
    return np.sum(list(part.points.values()), axis=0)


def _population(name: str, columns: Mapping[str, Coded], options: Options) -> np.ndarray:
    """(n,) values of a column that says who belongs to the population."""
    few, which = distinct(columns, recorded_inputs(name))
    return resolve(name, few, options)[which]


def _any(masks: Any, n: int) -> np.ndarray:
    out = np.zeros(n, dtype=bool)
    for mask in masks:
        out |= mask
    return out


def _joined(
    masks: Sequence[tuple[Mapping[str, np.ndarray], np.ndarray]], names: Sequence[str], n: int
) -> np.ndarray:
    """(n,) one bit for each name whose mask holds, out of masks of distinct patients and who of them each patient is."""
    out = np.zeros(n, dtype=np.int64)
    for own, which in masks:
        code = np.zeros(len(next(iter(own.values()), ())), dtype=np.int64)  # empty where there are no masks
        for name, mask in own.items():
            code |= mask.astype(np.int64) << names.index(name)
        if code.any():
            out |= code[which]
    return out


def _reason(
    definition: Definition, parts: Sequence[Assessed], totals: Totals, rows: np.ndarray
) -> np.ndarray:
    """Why there is no total, for these patients; of several reasons the last."""
    n = len(rows)
    keys = tuple(item.key for item in definition.items)
    clashes = tuple(dict.fromkeys(name for part in parts for name in part.contradiction))
    no_level = _joined(
        [({k: np.isnan(v) for k, v in part.points.items()}, part.which[rows]) for part in parts], keys, n
    )
    contradiction = _joined([(part.contradiction, part.which[rows]) for part in parts], clashes, n)
    outside = {_says(definition, name): mask[rows] for name, mask in totals.outside.items()}
    reasons = {
        "no level fits": (no_level, keys),
        "missing": (totals.wanted[rows], definition.inputs),
        "contradiction": (contradiction, clashes),
        "outside the population": (_joined([(outside, np.arange(n))], tuple(outside), n), tuple(outside)),
    }
    out = np.full(n, "", dtype=object)
    for word, (code, names) in reasons.items():
        said = np.flatnonzero(code)
        out[said] = f"{word}: " + _words(code[said], names)
    return out


def _categorical(definition: Definition, group: np.ndarray) -> pd.Categorical:
    """Group keys, best prognosis first."""
    order = [definition.groups.index(g) for g in definition.best_first]
    code = np.array([order.index(i) for i in range(len(order))] + [-1])
    names = pd.CategoricalDtype([g.key for g in definition.best_first], ordered=True)
    return pd.Categorical.from_codes(code[group.astype(int)].tolist(), dtype=names)


def _outside(
    definition: Definition, population: Mapping[str, np.ndarray], patients: pd.DataFrame
) -> dict[str, np.ndarray]:
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


def _settling(definition: Definition, parts: Sequence[Assessed], totals: Totals) -> dict[str, np.ndarray]:
    """Input -> where knowing it would settle the group, whatever it turns out to be."""
    still_open = (totals.group.codes < 0) & ~totals.unsure & ~np.isnan(totals.lowest)
    out = {}
    for part in parts:
        others = [other for other in parts if other is not part]
        for raw, values in part.by_value.items():
            bit = totals.wanted >> definition.inputs.index(raw) & 1
            rows = np.flatnonzero(still_open & bit.astype(bool))
            own = values[part.which[rows]]
            low, high = (
                _capped(definition, sum((getattr(o, end)[o.which[rows], None] for o in others), own[..., i]))
                for i, end in enumerate(("lowest", "highest"))
            )
            mask = np.zeros(len(still_open), dtype=bool)
            mask[rows] = (_band(definition, low) == _band(definition, high)).all(axis=1)
            out[raw] = mask
    return out


def _named(masks: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    """(n,) the names of the masks that hold, separated by commas."""
    names = tuple(masks)
    return _words(_joined([(masks, np.arange(n))], names, n), names)


def _words(code: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """(n,) the names whose bit is set, separated by commas."""
    which, found = pd.factorize(code)
    words = [", ".join(name for i, name in enumerate(names) if c >> i & 1) for c in found.tolist()]
    return np.array(words, dtype=object)[which] if len(code) else np.empty(0, dtype=object)
