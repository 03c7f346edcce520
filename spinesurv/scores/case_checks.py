"""Do the worked cases of a definition add up? By sums for every file, by the engine for files of a user's own."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pandas as pd

from spinesurv.errors import InputError
from spinesurv.scores.definition import Case, Definition, Group, ProvisionalScoreWarning


def check_sums(definition: Definition, where: str) -> None:
    """Points of a case are points of the items, their sum is its total, and the total lies in its group."""
    for i, case in enumerate(definition.cases, start=1):
        place = f"{where}, case {i} ({case.note or 'no note'})"
        scored = definition.with_variant(case.variant)
        _check_points(scored, case, place)
        total = case.expected.get("total")
        if total is None or math.isnan(total):
            continue
        complete = set(case.points) == {item.key for item in scored.items}
        points = sum(case.points.values())
        if complete and not math.isnan(points):
            points = points if scored.cap is None else min(points, scored.cap)
            if points != total:
                raise InputError(f"{place}: its points add up to {points:g}, its total says {total:g}.")
        if not scored.range[0] <= total <= scored.range[1]:
            raise InputError(
                f"{place}: total {total:g} is outside the range {scored.range[0]:g} to {scored.range[1]:g}."
            )
        named = [g for g in scored.groups if g.key == case.expected.get("group")]
        if named and not named[0].low <= total <= named[0].high:
            raise InputError(f"{place}: total {total:g} is not in group {named[0].key}, {band(named[0])}.")


def band(group: Group) -> str:
    """The totals of a group in words."""
    if group.low == group.high:
        return f"{group.low:g}"
    return f"{group.high:g} or less" if math.isinf(group.low) else f"{group.low:g}-{group.high:g}"


def _check_points(definition: Definition, case: Case, where: str) -> None:
    items = {item.key: item for item in definition.items}
    for key, points in case.points.items():
        if key not in items:
            raise InputError(f"{where}: points of {key}, which is no item. Items: {', '.join(items)}.")
        item = items[key]
        possible = math.isnan(points) or (
            item.span[0] <= points <= item.span[1] if item.per_unit is not None else points in item.points
        )
        if not possible:
            raise InputError(f"{where}: {points:g} points of {key}, which gives {item.points}.")


def check_by_engine(definition: Definition, where: str) -> None:
    """Every worked patient is scored, and every group must be within reach of some patient.

    Raises
    ------
    InputError
        A case does not come out as it says, or no patient can have a total of a group.
    """
    if not definition.computed:
        return
    wrong = differences(definition)
    if wrong:
        i, name, expected, found = wrong[0]
        raise InputError(
            f"{where}, case {i} ({definition.cases[i - 1].note or 'no note'}): {name} comes out as {found!r}, the case says "
            f"{expected!r}."
        )
    from spinesurv.scores.completion import reachable_totals

    totals = reachable_totals(definition)
    for group in definition.groups:
        if not any(group.low <= t <= group.high for t in totals):
            raise InputError(
                f"{where}, group {group.key}: no patient can have a total of {band(group)}. Correct its limits or the "
                "points."
            )
    ends = (min(totals), max(totals))
    if ends != definition.range:
        raise InputError(
            f"{where}: patients can have totals of {ends[0]:g} to {ends[1]:g}, the range says {definition.range[0]:g} to "
            f"{definition.range[1]:g}. Items that share an input cannot all have their extremes at once."
        )


def differences(definition: Definition) -> list[tuple[int, str, Any, Any]]:
    """What of the worked cases comes out differently: number of the case, what, as the case says, as the engine says."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for i, case in enumerate(definition.cases):
        alike.setdefault((case.variant, tuple(sorted(case.options.items())), case.absent), []).append(i)
    out = []
    for (variant, options, absent), which in alike.items():
        found = _scored(definition, [definition.cases[i] for i in which], variant, dict(options), absent)
        for i, (_, row) in zip(which, found.iterrows(), strict=True):
            case = definition.cases[i]
            pairs = {name: (value, row[name]) for name, value in case.expected.items()}
            pairs |= {f"points of {key}": (v, row[f"item_{key}"]) for key, v in case.points.items()}
            cells = [(name, _cell(expected), _cell(came)) for name, (expected, came) in pairs.items()]
            out += [(i + 1, name, expected, came) for name, expected, came in cells if expected != came]
    return sorted(out, key=lambda difference: difference[0])


def _scored(
    definition: Definition, cases: list[Case], variant: str | None, options: dict[str, Any], absent: Any
) -> pd.DataFrame:
    """The patients of cases that are scored alike, in one table."""
    from spinesurv.scores.transformer import Score

    inputs = [name for name in definition.with_variant(variant).inputs if name not in absent]
    patients = pd.DataFrame({name: [case.patient.get(name) for case in cases] for name in inputs})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProvisionalScoreWarning)
        return Score(definition, variant=variant, **options).transform(patients)


def _cell(value: Any) -> Any:
    return "" if isinstance(value, float) and math.isnan(value) else value
