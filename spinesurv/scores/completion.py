"""What is settled although inputs are missing: the possible values of the gaps are tried, jointly.

Items that share an input form a component; components are independent, so the range of the total is the sum of
theirs. Within a component every combination of the possible values of the missing inputs is tried: all levels of a category,
and of a number one value in each interval that the limits of the definition can tell apart. An item is known when all
combinations give it the same points. A combination that contradicts itself has no total and is not in the range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spinesurv.core.codebook import NO, YES, Variable, codebook
from spinesurv.core.contradictions import CONTRADICTIONS, Contradiction
from spinesurv.scores.columns import Coded, distinct
from spinesurv.scores.definition import Definition, Item
from spinesurv.scores.derivation import Columns, Derived, Options, missing
from spinesurv.scores.derived import DERIVED, recorded_inputs, silent_levels
from spinesurv.scores.points import item_points, resolve


@dataclass(frozen=True, eq=False)
class Assessed:
    """What one component says about n patients, m of them distinct as far as its inputs go.

    Parameters
    ----------
    which : (n,) who of the m distinct patients each patient is
    points : item key -> (m,) points, nan where not settled
    lowest, highest : (m,) possible sums of its items
    wanted : input -> (m,) True where it is missing and matters
    contradiction : names of two fields -> (m,) True where they contradict each other
    by_value : input -> (m, v, 2) lowest and highest sum for each possible value, where it was tried
    """

    which: np.ndarray
    points: dict[str, np.ndarray]
    lowest: np.ndarray
    highest: np.ndarray
    wanted: dict[str, np.ndarray]
    contradiction: dict[str, np.ndarray]
    by_value: dict[str, np.ndarray]


def components(definition: Definition) -> list[tuple[Item, ...]]:
    """Items grouped so that items of different groups share no input."""
    found: list[tuple[tuple[Item, ...], set[str]]] = []
    for item in definition.items:
        joined: tuple[Item, ...] = (item,)
        inputs = set(item.raw_inputs)
        apart = []
        for items, theirs in found:
            if inputs & theirs:
                joined, inputs = (*items, *joined), inputs | theirs
            else:
                apart.append((items, theirs))
        found = [*apart, (joined, inputs)]
    return [items for items, _ in found]


def possible_values(variable: Variable, limits: Iterable[float]) -> np.ndarray:
    """Values of a variable that suffice to see everything that a definition with these limits can tell apart.

    Of a number, the first of each interval; of a whole number, all up to one above the last limit.
    """
    if variable.kind == "yes_no":
        return np.array([YES, NO], dtype=object)
    if variable.levels:
        return np.array(variable.levels, dtype=float if variable.is_numeric else object)
    cuts = sorted(set(limits))
    low = variable.lowest if variable.lowest is not None else min(cuts, default=0.0) - 1
    if variable.is_whole:
        return np.arange(low, np.floor(max(cuts, default=low)) + 2, dtype=float)
    high = variable.highest if variable.highest is not None else np.inf
    return np.unique([low, *(c for c in cuts if low <= c <= high)]).astype(float)


#: counts without an upper limit that give points per unit are tried one by one up to here, and at infinity
COUNTED_TO = 60


def grids(items: Iterable[Item]) -> dict[str, np.ndarray]:
    """Input -> the values to try where it is missing."""
    limits: dict[str, list[float]] = {}
    unbounded = set()
    for item in items:
        if item.per_unit is not None:
            highest = codebook()[item.input].highest
            limits.setdefault(item.input, []).append(COUNTED_TO if highest is None else highest - 1)
            unbounded |= {item.input} if highest is None else set()
        for name in item.inputs:
            own = [v for level in item.levels for c in level.conditions if c.input == name for v in c.limits]
            for raw in recorded_inputs(name):
                record = DERIVED.get(name)
                inner = (*record.cuts.get(raw, ()), *record.between.get(raw, ())) if record else ()
                ends = (codebook()[raw].highest or 0,) if record and raw in record.whole_range else ()
                limits.setdefault(raw, []).extend([*own, *inner, *ends])
    values = {raw: possible_values(codebook()[raw], cuts) for raw, cuts in limits.items()}
    values |= {raw: np.append(values[raw], np.inf) for raw in unbounded}
    for raw, levels in silent_levels([name for item in items for name in item.inputs]).items():
        values[raw] = np.array([v for v in values[raw] if v not in levels], dtype=object)
    return values


def reachable_totals(definition: Definition) -> list[float]:
    """Totals that some patient of the population can have, rising."""
    sums = np.zeros(1)
    for items in components(definition):
        values = grids(items)
        nobody = {
            raw: np.full(1, np.nan) if codebook()[raw].is_numeric else np.full(1, None, dtype=object)
            for raw in dict.fromkeys(r for item in items for r in item.raw_inputs)
        }
        wants = {r for item in items for r in _tried(item, nobody, Options())}
        _, found = _every_completion(items, nobody, {r: values[r] for r in values if r in wants}, Options())
        own = np.unique(found[~np.isnan(found)])
        sums = np.unique(sums[:, None] + own[None, :])
    return [float(t) for t in np.unique(sums if definition.cap is None else np.minimum(sums, definition.cap))]


def assess_all(definition: Definition, columns: Mapping[str, Coded], options: Options) -> list[Assessed]:
    """Every component of a score for the patients of these columns."""
    out = []
    for items in components(definition):
        names = tuple(dict.fromkeys(raw for item in items for raw in item.raw_inputs))
        values = grids(items)
        steps = in_steps(items)
        few, which = distinct(
            {raw: columns[raw].rounded_down(values[raw]) if raw in steps else columns[raw] for raw in names},
            names,
        )
        out.append(_assess(items, few, which, values, options))
    return out


def in_steps(items: Iterable[Item]) -> set[str]:
    """Numbers of which only the interval between two limits matters, so that patients in one interval are equal."""
    whole: set[str] = set()
    stepped: set[str] = set()
    for item in items:
        for name in item.inputs:
            record = DERIVED.get(name)
            for raw in recorded_inputs(name):
                if not codebook()[raw].is_numeric:
                    continue
                own = item.per_unit is None if record is None else raw in record.cuts or raw in record.itself
                (stepped if own else whole).add(raw)
    return stepped - whole


def _assess(
    items: tuple[Item, ...],
    p: Columns,
    which_patient: np.ndarray,
    values: dict[str, np.ndarray],
    options: Options,
) -> Assessed:
    """Points and possible sums of one component for m distinct patients."""
    m = len(next(iter(p.values())))
    wrong = {item.key: _contradiction(item, p) for item in items}
    contradiction = {" and ".join(clash.fields): clash.holds(p) for clash in _clashes(items)}
    recorded = {raw: ~missing(p[raw]) for raw in values}
    p = _without_contradictions(items, p)
    wants = {item.key: _tried(item, p, options) for item in items}
    names = tuple(values)
    tried = {
        r: np.any([w[r] for w in wants.values() if r in w] or [np.zeros(m, bool)], axis=0) for r in names
    }

    points = {item.key: np.full(m, np.nan) for item in items}
    ends = {"low": np.full(m, np.nan), "high": np.full(m, np.nan)}
    wanted = {r: np.zeros(m, dtype=bool) for r in names}
    by_value = {r: np.full((m, len(values[r]), 2), np.nan) for r in names if tried[r].any()}
    code = sum((tried[r].astype(np.int64) << i for i, r in enumerate(names)), np.zeros(m, np.int64))
    for pattern in pd.unique(code).tolist():
        rows = np.flatnonzero(code == pattern)
        gaps = [r for i, r in enumerate(names) if pattern >> i & 1]
        table, sums = _every_completion(
            items, {r: c[rows] for r, c in p.items()}, {r: values[r] for r in gaps}, options
        )
        combinations = tuple(range(1, 1 + len(gaps)))
        ends["low"][rows], ends["high"][rows] = _ends(sums, combinations)
        for key, tensor in table.items():
            low, high = tensor.min(axis=combinations), tensor.max(axis=combinations)
            points[key][rows] = np.where(low == high, low, np.nan)
            seen = np.where(np.isnan(tensor), -np.inf, tensor)
            for axis, r in enumerate(gaps, start=1):
                differs = seen.max(axis=axis) != seen.min(axis=axis)
                wanted[r][rows] |= differs.reshape(len(rows), -1).any(axis=1)
        for axis, r in enumerate(gaps, start=1):
            others = tuple(a for a in combinations if a != axis)
            by_value[r][rows] = np.stack(_ends(sums, others), axis=-1)
    for key, bad in wrong.items():
        points[key][bad] = np.nan
    wanted = {r: w & ~recorded[r] for r, w in wanted.items()}
    _add_stand_ins(items, p, values, wanted, options)
    return Assessed(
        which_patient,
        points,
        ends["low"],
        ends["high"],
        {r: w & ~recorded[r] for r, w in wanted.items()},
        contradiction,
        by_value,
    )


def _clashes(items: Iterable[Item]) -> list[Contradiction]:
    """Contradictions between fields that one of the items reads together."""
    return [
        clash for clash in CONTRADICTIONS if any(set(clash.fields) <= set(item.raw_inputs) for item in items)
    ]


def _contradiction(item: Item, p: Columns) -> np.ndarray:
    bad = np.zeros(len(next(iter(p.values()))), dtype=bool)
    for clash in _clashes([item]):
        bad |= clash.holds(p)
    return bad


def _without_contradictions(items: tuple[Item, ...], p: Columns) -> Columns:
    """Columns in which fields that contradict each other count as not recorded."""
    clean = dict(p)
    for clash in _clashes(items):
        bad = clash.holds(p)
        for name in clash.fields:
            clean[name] = clean[name].copy()
            clean[name][bad] = np.nan if clean[name].dtype.kind == "f" else None
    return clean


def _tried(item: Item, p: Columns, options: Options) -> dict[str, np.ndarray]:
    """Input -> where its possible values are tried: it is missing, and its column cannot be told without it."""
    out: dict[str, np.ndarray] = {}
    for name in item.inputs:
        untold = missing(resolve(name, p, options))
        for raw in DERIVED[name].tried if name in DERIVED else (name,):
            out[raw] = out.get(raw, False) | (untold & missing(p[raw]))
    return out


def _every_completion(
    items: tuple[Item, ...], p: Columns, gaps: dict[str, np.ndarray], options: Options
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Points by item, and their sum, of shape (rows, values of gap 1, values of gap 2, ...).

    The sum is nan where a completion contradicts itself. The points are not: an item is settled by what its rule
    says, not by the other field having to be right.
    """
    rows = len(next(iter(p.values())))
    shape = (rows, *(len(v) for v in gaps.values()))
    filled = {raw: np.repeat(column, int(np.prod(shape[1:], dtype=int))) for raw, column in p.items()}
    mesh = np.meshgrid(*gaps.values(), indexing="ij")
    for raw, axis in zip(gaps, mesh, strict=True):
        filled[raw] = np.tile(axis.ravel(), rows)
    for record in _records(items):
        for main in set(record.stand_ins.values()) & set(gaps) if len(record.tried) > 1 else ():
            told = ~missing(record.function({**filled, main: np.full_like(filled[main], None)}, options))
            filled[main][told] = None  # a recorded stand-in decides; this gap is not one
    points = {item.key: item_points(item, filled, options) for item in items}
    sums = np.sum(list(points.values()), axis=0)
    for clash in _clashes(items):
        sums[clash.holds(filled)] = np.nan
    return {key: values.reshape(shape) for key, values in points.items()}, sums.reshape(shape)


def _ends(sums: np.ndarray, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest possible sum over axes; nan where none is possible."""
    gap = np.isnan(sums)
    low = np.where(gap, np.inf, sums).min(axis=axes)
    high = np.where(gap, -np.inf, sums).max(axis=axes)
    nothing = gap.all(axis=axes)
    return np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)


def _add_stand_ins(
    items: tuple[Item, ...],
    p: Columns,
    values: dict[str, np.ndarray],
    wanted: dict[str, np.ndarray],
    options: Options,
) -> None:
    """An input that could stand in for a wanted one is wanted as well, where one of its values would do."""
    for record in _records(items):
        for stand_in, main in (*record.stand_ins.items(), *record.instead.items()):
            rows = np.flatnonzero(wanted[main] & missing(p[stand_in]))
            some = {raw: p[raw][rows] for raw in record.inputs}
            for value in values[stand_in] if len(rows) else ():
                some[stand_in] = np.full(len(rows), value, dtype=p[stand_in].dtype)
                wanted[stand_in][rows] |= ~missing(record.function(some, options))


def _records(items: Iterable[Item]) -> list[Derived]:
    """The derived columns that items read."""
    return [DERIVED[name] for name in dict.fromkeys(n for i in items for n in i.inputs) if name in DERIVED]
