"""Point tables that a user enters from a paper, such as SORG classic: stricter than any other definition.

The points of SORG classic (2016) stand in its paper and in no public text. The packaged definition says so and
is not computed; `templates/sorg_classic.toml` is the form to fill in.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from spinesurv.core.codebook import codebook
from spinesurv.errors import InputError
from spinesurv.scores.checks import is_number, levels_of
from spinesurv.scores.definition import Definition, Item
from spinesurv.scores.derived import DERIVED
from spinesurv.scores.points import holds

SORG_CLASSIC = "sorg_classic"

#: item of SORG classic -> columns it may be read from
SORG_ITEMS: dict[str, tuple[str, ...]] = {
    "age": ("age",),
    "performance_status": ("ecog_effective", "ecog"),
    "primary_tumour": ("katagiri2014_growth_class", "primary_tumor"),
    "spine_metastases": ("n_spine_mets",),
    "lung_or_liver_metastases": ("lung_or_liver_mets",),
    "brain_metastases": ("brain_mets",),
    "systemic_therapy": ("systemic_therapy",),
    "white_cells": ("wbc",),
    "haemoglobin": ("hemoglobin",),
}

_SOURCE = ("page", "table")


def template(name: str = SORG_CLASSIC) -> str:
    """The form of a point table, to be filled in from the paper."""
    return (files("spinesurv.scores") / "templates" / f"{name}.toml").read_text(encoding="utf-8")


def is_point_table(definition: Definition) -> bool:
    """Whether a user entered it from a paper, and its points are to be computed with."""
    return definition.computed and (definition.key == SORG_CLASSIC or bool(definition.entered_from))


def check_point_table(definition: Definition, raw: Mapping[str, Any], where: str) -> None:
    """Citation, page and table; units; levels that are exhaustive and do not overlap.

    Raises
    ------
    InputError
        Something of it is missing: the message names the file and the place in it.
    """
    if not definition.citation.strip():
        raise InputError(f"{where}: citation is empty. A point table needs the paper that it was read from.")
    empty = [k for k in _SOURCE if not str(definition.entered_from.get(k, "")).strip()]
    if empty:
        raise InputError(
            f"{where}, entered_from: {' and '.join(empty)} missing. Name page and table of the paper: entered_from = "
            '{ page = "...", table = "..." }.'
        )
    if definition.key == SORG_CLASSIC:
        _check_sorg_items(definition, where)
    for item, entry in zip(definition.items, raw["item"], strict=True):
        place = f"{where}, item {item.key}"
        _check_unit(item, entry.get("unit"), place)
        _check_levels(item, place)


def _check_sorg_items(definition: Definition, where: str) -> None:
    keys = {item.key for item in definition.items}
    if keys != set(SORG_ITEMS):
        absent, extra = sorted(set(SORG_ITEMS) - keys), sorted(keys - set(SORG_ITEMS))
        raise InputError(
            f"{where}: SORG classic has nine items; missing: {', '.join(absent) or 'none'}, not among them: "
            f"{', '.join(extra) or 'none'}."
        )
    for item in definition.items:
        if not set(item.inputs) <= set(SORG_ITEMS[item.key]):
            raise InputError(
                f"{where}, item {item.key}: it reads {', '.join(item.inputs)}; allowed: {', '.join(SORG_ITEMS[item.key])}."
            )


def _check_unit(item: Item, unit: Any, where: str) -> None:
    """A number with a unit says it, so that nobody enters g/L for g/dL."""
    needed = codebook()[item.input].unit if item.input in codebook() else None
    if needed and unit != needed:
        raise InputError(f'{where}: unit = "{needed}" is expected, found {unit or "none"}.')


def _check_levels(item: Item, where: str) -> None:
    """Each possible value has exactly one level."""
    if item.map:
        return  # a map without an entry for a level was refused before
    if not item.input or any(c.input != item.input for level in item.levels for c in level.conditions):
        raise InputError(f"{where}: a point table has one input for each item.")
    values = _values(item)
    held = np.zeros(len(values), dtype=int)
    for level in item.levels:
        own = np.ones(len(values), dtype=bool)
        for condition in level.conditions:
            own &= holds(condition, values)
        held += own
    for wrong, what in ((held == 0, "belong to no level"), (held > 1, "belong to several levels")):
        if wrong.any():
            raise InputError(f"{where}: values of {item.input} such as {values[wrong][0]} {what}.")


def _values(item: Item) -> np.ndarray:
    """Every value that the levels can tell apart: ends, limits, and between any two of them."""
    if not is_number(item.input):
        return np.array(levels_of(item.input), dtype=object)
    variable = codebook()[DERIVED[item.input].inputs[0] if item.input in DERIVED else item.input]
    if variable.levels:
        return np.array(variable.levels, dtype=float)
    limits = sorted({v for level in item.levels for c in level.conditions for v in c.limits})
    low = variable.lowest if variable.lowest is not None else limits[0] - 1
    high = variable.highest if variable.highest is not None else limits[-1] + 1
    if variable.is_whole:
        return np.arange(low, min(high, np.ceil(limits[-1]) + 2), dtype=float)
    ends = np.unique([low, *(v for v in limits if low <= v <= high), high]).astype(float)
    return np.unique(np.concatenate([ends, (ends[:-1] + ends[1:]) / 2]))
