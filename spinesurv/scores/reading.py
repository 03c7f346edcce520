"""From a TOML file to a Definition, with one clear sentence where the file is wrong."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from spinesurv.core.codebook import codebook
from spinesurv.errors import InputError, unknown_name
from spinesurv.scores.case_checks import check_by_engine, check_sums
from spinesurv.scores.checks import (
    check_distinct,
    check_fields,
    check_input,
    check_needed,
    check_one_of,
    check_recorded,
    check_values,
    is_number,
    levels_of,
    whole_points,
)
from spinesurv.scores.definition import (
    BASIS,
    COMPUTED,
    STATUS,
    Case,
    Condition,
    Definition,
    Group,
    Item,
    Level,
    MapEntry,
    Variant,
)
from spinesurv.scores.point_table import check_point_table, is_point_table

FOLDER = Path(__file__).parent / "definitions"

_OPERATORS = ("at_least", "above", "at_most", "below", "one_of")
_TEXT = (
    "label", "citation", "doi", "population", "note", "reason", "needed", "outcome", "reference_note",
)  # fmt: skip
_TOP = {
    *_TEXT, "name", "doi_checked", "related_dois", "year", "status", "higher_is", "range", "cap", "applies_to",
    "names_brain", "entered_from", "item", "group", "variant", "case",
}  # fmt: skip
_ITEM = {"key", "label", "input", "inputs", "levels", "map", "per_unit", "confidence", "unit"}
_POINTS = ("levels", "map", "per_unit")
_GROUP = {
    "key", "label", "from", "to", "survival", "working_interval_months", "published_interval_months", "interval_basis",
    "mean_months", "median_months", "confidence", "note",
}  # fmt: skip
_EXPECTED = {"total", "raw_sum", "group", "lowest", "highest", "missing", "reason", "flags", "settles"}
_CASE = {*_EXPECTED, "note", "patient", "points", "variant", "options", "absent"}
_DIRECTIONS = ("better", "worse")


@cache
def packaged() -> Mapping[str, Path]:
    """Key -> definition file of every score that comes with the package."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def load_definition(source: str | Path) -> Definition:
    """A score by its key, or from a definition file of your own.

    Parameters
    ----------
    source : key of a score that comes with the package, `key.variant` for one of its variants, or the path of a TOML
        file

    Raises
    ------
    InputError
        There is no such score or file, or the file is wrong: the message names the file and the place in it.
    """
    path, variant = _definition_file(source)
    if path.parent == FOLDER:
        return _packaged(path).with_variant(variant)
    definition = parse(_toml(path), path.name)
    check_by_engine(definition, path.name)
    return definition


def check_known(source: str, where: str) -> None:
    """A key, `key.variant`, or a path; the files themselves are read later.

    Raises
    ------
    InputError
        No score or variant has this name; `where` says who named it.
    """
    if source.endswith(".toml"):
        return
    key, _, variant = source.partition(".")
    if key not in packaged():
        raise unknown_name("score", source, packaged(), where=where)
    variants = load_definition(key).variants
    if variant and variant not in variants:
        raise unknown_name(
            "variant", variant, variants or ["none, it has no variants"], where=f"{where}, score {key}"
        )


def definition_table(source: str | Path) -> dict[str, Any]:
    """What a definition file says, without its worked cases: `parse` makes the definition of it.

    Parameters
    ----------
    source : as for `load_definition`
    """
    return {name: value for name, value in _toml(_definition_file(source)[0]).items() if name != "case"}


def _definition_file(source: str | Path) -> tuple[Path, str | None]:
    path = Path(source)
    if path.suffix == ".toml":
        return path, None
    key, _, variant = str(source).partition(".")
    if key not in packaged():
        raise unknown_name("score", source, packaged())
    return packaged()[key], variant or None


@cache
def _packaged(path: Path) -> Definition:
    return parse(_toml(path), path.name)


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such definition file.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: this is not TOML ({error}).") from error


def parse(raw: Mapping[str, Any], where: str) -> Definition:
    """The definition in a parsed TOML table; `where` names the file in errors."""
    check_fields(raw, _TOP, where)
    check_needed(raw, ("name", "citation", "higher_is"), where)
    status = raw.get("status", "provisional")
    check_one_of(status, STATUS, "status", where)
    complete = status in COMPUTED
    check_one_of(raw["higher_is"], _DIRECTIONS if complete else (*_DIRECTIONS, "unknown"), "higher_is", where)
    check_needed(raw, ("range", "item", "group") if complete else ("reason",), where)
    span = _range(raw.get("range", [0, 0]), where)
    items = tuple(
        _item(entry, f"{where}, item {i}", complete) for i, entry in enumerate(raw.get("item", []), start=1)
    )
    check_distinct([i.key for i in items], "item", where)
    groups = _groups(raw.get("group", []), span, where, complete)
    variants = _variants(raw, span, where, complete)
    definition = Definition(
        key=raw["name"],
        status=status,
        higher_is=raw["higher_is"],
        range=span,
        items=items,
        groups=groups,
        doi_checked=bool(raw.get("doi_checked", False)),
        year=raw.get("year"),
        cap=raw.get("cap"),
        applies_to={k: tuple(v) for k, v in raw.get("applies_to", {}).items()},
        names_brain=bool(raw.get("names_brain", False)),
        entered_from=raw.get("entered_from", {}),
        variants=variants,
        cases=tuple(
            _case(c, groups, variants, f"{where}, case {i}")
            for i, c in enumerate(raw.get("case", []), start=1)
        ),
        **{**{k: raw[k] for k in _TEXT if k in raw}, "label": raw.get("label", raw["name"])},
    )
    for name, values in definition.applies_to.items():
        check_input(name, f"{where}, applies_to")
        check_values(name, values, f"{where}, applies_to")
    if complete:
        _reaches(definition, where)
        check_sums(definition, where)
    if is_point_table(definition):
        check_point_table(definition, raw, where)
    return definition


def _range(span: Any, where: str) -> tuple[float, float]:
    """Whole numbers; the lowest may be -inf."""
    if (
        not isinstance(span, list)
        or len(span) != 2
        or not (isinstance(span[0], int) or span[0] == -math.inf)
        or not isinstance(span[1], int)
        or span[0] > span[1]
    ):
        raise InputError(f"{where}: range must be two whole numbers, lowest and highest total.")
    return (span[0], span[1])


def _item(raw: Mapping[str, Any], where: str, complete: bool = True) -> Item:
    if "key" in raw:
        where = f"{where} ({raw['key']})"
    check_fields(raw, _ITEM, where)
    name = raw.get("input", "")
    if name:
        check_input(name, where)
    elif "key" not in raw:
        raise InputError(f"{where}: an item needs a key or an input.")
    given = [k for k in _POINTS if k in raw]
    if len(given) != int(complete) or ("inputs" in raw and complete):
        allowed = (
            "one of levels, map and per_unit"
            if complete
            else "inputs and no points, the score is not computed"
        )
        raise InputError(f"{where}: an item has {allowed}; found {' and '.join(given) or 'none'}.")
    for factor in raw.get("inputs", ()):
        check_input(factor, where)
    return Item(
        key=raw.get("key", name),
        label=raw.get("label", raw.get("key", name)),
        input=name,
        levels=tuple(
            _level(v, name, f"{where}, level {i}") for i, v in enumerate(raw.get("levels", []), start=1)
        ),
        map=_map(raw["map"], name, where) if "map" in raw else {},
        per_unit=_per_unit(raw["per_unit"], name, where) if "per_unit" in raw else None,
        factors=tuple(raw.get("inputs", ())),
        confidence=raw.get("confidence", ""),
    )


def _level(raw: Mapping[str, Any], name: str, where: str) -> Level:
    check_fields(raw, {*_OPERATORS, "all", "points", "label"}, where)
    own = {k: raw[k] for k in _OPERATORS if k in raw}
    conditions = [{"input": name, **own}] if own else []
    conditions += [{"input": name, **c} for c in raw.get("all", [])]
    return Level(
        points=whole_points(raw, where),
        conditions=tuple(_condition(c, where) for c in conditions),
        label=raw.get("label", ""),
    )


def _condition(raw: Mapping[str, Any], where: str) -> Condition:
    check_fields(raw, {*_OPERATORS, "input"}, where)
    name = raw["input"]
    if not name:
        raise InputError(f"{where}: a condition needs an input.")
    check_input(name, where)
    limits = [k for k in _OPERATORS[:-1] if k in raw]
    if limits and not is_number(name):
        raise InputError(f"{where}: {limits[0]} needs a number, but {name} is a category; use one_of.")
    for k in limits:
        if not isinstance(raw[k], int | float):
            raise InputError(f"{where}: {k} must be a number.")
    check_values(name, raw.get("one_of", ()), where)
    return Condition(**{**raw, "one_of": tuple(raw.get("one_of", ()))})


def _per_unit(points: Any, name: str, where: str) -> int:
    if not name or name not in codebook() or not codebook()[name].is_whole:
        raise InputError(f"{where}: points per unit need an input of the codebook that counts.")
    return whole_points({"points": points}, where)


def _map(raw: Mapping[str, Any], name: str, where: str) -> dict[str, MapEntry]:
    levels = levels_of(name)
    if not levels:
        raise InputError(f"{where}: a map needs an input with levels, {name or 'none'} has none.")
    absent = [v for v in levels if v not in raw]
    if absent:
        raise InputError(f"{where}: the map of {name} has no entry for {', '.join(absent)}.")
    return _entries(raw, name, where)


def _entries(raw: Mapping[str, Any], name: str, where: str) -> dict[str, MapEntry]:
    check_values(name, tuple(raw), where)
    out = {}
    for key, entry in raw.items():
        check_fields(entry, {"points", "basis", "class"}, f"{where}, {key}")
        if "basis" in entry:
            check_one_of(entry["basis"], BASIS, "basis", f"{where}, {key}")
        out[key] = MapEntry(
            whole_points(entry, f"{where}, {key}"), entry.get("basis", ""), entry.get("class", "")
        )
    return out


def _groups(
    raw: list[Mapping[str, Any]], span: tuple[float, float], where: str, complete: bool
) -> tuple[Group, ...]:
    out: list[Group] = []
    for i, entry in enumerate(raw, start=1):
        place = f"{where}, group {i} ({entry.get('key', entry.get('label', 'no key'))})"
        check_fields(entry, _GROUP, place)
        check_needed(entry, ("from", "label"), place)
        low, high = _band(raw, i, span, place, complete)
        if i == 1 and low != span[0]:
            raise InputError(f"{place}: the first group must start at the lowest total, {span[0]}.")
        if (out and low <= out[-1].low) or low > span[1]:
            raise InputError(f"{place}: groups must rise within the range {span[0]} to {span[1]}.")
        survival = {int(day): float(v) for day, v in entry.get("survival", {}).items()}
        if any(not 0 <= v <= 1 for v in survival.values()):
            raise InputError(f"{place}: survival is a probability of being alive, from 0 to 1.")
        interval = entry.get("working_interval_months", entry.get("published_interval_months"))
        out.append(
            Group(
                key=entry.get("key", entry["label"]),
                label=entry["label"],
                low=low,
                high=high,
                survival=survival,
                interval_months=None if interval is None else (float(interval[0]), float(interval[1])),
                interval_basis=_basis(entry, place),
                mean_months=entry.get("mean_months"),
                median_months=entry.get("median_months"),
                confidence=entry.get("confidence", ""),
                note=entry.get("note", ""),
            )
        )
    check_distinct([g.key for g in out], "group", where)
    return tuple(out)


def _band(
    raw: list[Mapping[str, Any]], i: int, span: tuple[float, float], where: str, complete: bool
) -> tuple[float, float]:
    """Lowest and highest total of group i: up to the next group, or to its own `to`."""
    low, following = raw[i - 1]["from"], raw[i].get("from") if i < len(raw) else span[1] + 1
    if not (isinstance(low, int) or low == -math.inf) or not isinstance(following, int):
        raise InputError(f"{where}: from must be a whole number, in this group and in the next.")
    high = raw[i - 1].get("to", following - 1)
    if high >= following and following > low:
        raise InputError(f"{where}: it overlaps with the next group, which starts at {following}.")
    if complete and high < following - 1:
        raise InputError(f"{where}: the totals {high + 1} to {following - 1} belong to no group.")
    return low, high


def _basis(group: Mapping[str, Any], where: str) -> str:
    if "working_interval_months" not in group:
        return "published" if "published_interval_months" in group else ""
    basis = group.get("interval_basis", "convention")
    check_one_of(basis, ("published", "convention"), "interval_basis", where)
    return str(basis)


def _variants(
    raw: Mapping[str, Any], span: tuple[float, float], where: str, complete: bool
) -> dict[str, Variant]:
    by_key = {entry.get("key", entry.get("input")): entry for entry in raw.get("item", [])}
    out = {}
    for key, entry in raw.get("variant", {}).items():
        place = f"{where}, variant {key}"
        check_fields(entry, {"note", "default", "item", "group"}, place)
        items = {}
        for name, changes in entry.get("item", {}).items():
            if name not in by_key:
                raise unknown_name("item", name, [str(k) for k in by_key], where=place)
            whole = {**by_key[name], **changes}
            if "map" in changes:
                whole["map"] = {**by_key[name].get("map", {}), **changes["map"]}
            items[name] = _item(whole, f"{place}, item")
        groups = _groups(entry.get("group", []), span, place, complete)
        out[key] = Variant(key, entry.get("note", ""), bool(entry.get("default", False)), items, groups)
    return out


def _case(
    raw: Mapping[str, Any], groups: tuple[Group, ...], variants: Mapping[str, Variant], where: str
) -> Case:
    if "note" in raw:
        where = f"{where} ({raw['note']})"
    check_fields(raw, _CASE, where)
    check_needed(raw, ("patient",) if raw.get("points") else (), where)
    for name, value in raw.get("patient", {}).items():
        check_recorded(name, where)
        check_values(name, (value,), where)
    if raw.get("variant") is not None:
        check_one_of(raw["variant"], variants, "variant", where)
        groups = variants[raw["variant"]].groups or groups
    if raw.get("group"):
        check_one_of(raw["group"], [g.key for g in groups], "group", where)
    return Case(
        note=raw.get("note", ""),
        patient=dict(raw.get("patient", {})),
        expected={k: raw[k] for k in _EXPECTED if k in raw},
        points=raw.get("points", {}),
        variant=raw.get("variant"),
        options=raw.get("options", {}),
        absent=tuple(raw.get("absent", ())),
    )


def _reaches(definition: Definition, where: str) -> None:
    """Refuse points that cannot add up to the published range."""
    low, high = (sum(ends) for ends in zip(*(item.span for item in definition.items), strict=True))
    high = high if definition.cap is None else min(high, definition.cap)
    if (low, high) != definition.range:
        raise InputError(
            f"{where}: the items add up to {low:g} to {high:g}, the range says {definition.range[0]:g} to "
            f"{definition.range[1]:g}. Correct the points, the range or the cap."
        )
