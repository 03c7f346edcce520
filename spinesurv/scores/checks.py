"""What is checked of every table in a definition file; each error names the file and the place in it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from spinesurv.core.codebook import NO, YES, codebook
from spinesurv.errors import InputError, unknown_name
from spinesurv.scores.derived import DERIVED


def levels_of(name: str) -> tuple[str, ...]:
    """Values that an input can have; empty = a number."""
    if name in DERIVED:
        return DERIVED[name].levels
    variable = codebook()[name]
    return () if variable.is_numeric else (YES, NO) if variable.kind == "yes_no" else variable.levels


def is_number(name: str) -> bool:
    """Whether an input is a number."""
    return not DERIVED[name].levels if name in DERIVED else codebook()[name].is_numeric


def check_input(name: str, where: str) -> None:
    """An input is a codebook variable or a derived column."""
    if name not in DERIVED and name not in codebook():
        raise unknown_name("input", name, [*codebook().keys(), *DERIVED], where=where)


def check_recorded(name: str, where: str) -> None:
    """A codebook variable, not a derived column."""
    if name not in codebook():
        raise unknown_name("variable", name, codebook().keys(), where=where)


def check_values(name: str, values: Iterable[Any], where: str) -> None:
    """Values belong to the levels of an input."""
    levels = levels_of(name)
    for value in values:
        if levels and value not in levels:
            raise unknown_name(f"level of {name}", value, levels, where=where)
        if is_number(name) and not isinstance(value, int | float):
            raise InputError(f"{where}: {name} is a number, found text.")


def whole_points(raw: Mapping[str, Any], where: str) -> int:
    """The points of a level or an entry."""
    points = raw.get("points")
    if not isinstance(points, int) or isinstance(points, bool):
        found = (
            "none" if points is None or (isinstance(points, float) and math.isnan(points)) else repr(points)
        )
        raise InputError(f"{where}: points must be a whole number, found {found}.")
    return points


def check_fields(raw: Any, allowed: Collection[str], where: str) -> None:
    """A table with no field besides the allowed ones."""
    if not isinstance(raw, Mapping):
        raise InputError(f"{where}: a table {{ ... }} is expected.")
    for field in raw:
        if field not in allowed:
            raise unknown_name("field", field, allowed, where=where)


def check_needed(raw: Mapping[str, Any], fields: tuple[str, ...], where: str) -> None:
    """Fields that must be there."""
    absent = [f for f in fields if f not in raw]
    if absent:
        raise InputError(f"{where}: {', '.join(absent)} missing.")


def check_one_of(value: Any, allowed: Collection[str], what: str, where: str) -> None:
    """A word out of a list."""
    if value not in allowed:
        raise unknown_name(what, value, allowed, where=where)


def check_distinct(keys: list[str], what: str, where: str) -> None:
    """No key twice."""
    twice = sorted({k for k in keys if keys.count(k) > 1})
    if twice:
        raise InputError(f"{where}: {what} {', '.join(twice)} is there twice. Give each a key of its own.")
