"""Sections of a mapping file: texts, tables and lists of codes, each checked with the place that it stands in."""

from __future__ import annotations

from typing import Any

from spinesurv.cohorts.cells import plain_code
from spinesurv.errors import InputError, unknown_name


def from_table(raw: Any, allowed: tuple[str, ...], where: str) -> dict[str, Any]:
    """A rule as a table; a text alone is the column that it reads."""
    if isinstance(raw, str):
        return {"from": raw}
    if not isinstance(raw, dict):
        raise InputError(f'{where}: a column name or a table like {{ from = "column" }} is expected.')
    only_known("key", raw, allowed, where)
    return raw


def only_known(what: str, raw: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Refuse a key that is none of those allowed."""
    for name in raw:
        if name not in allowed:
            raise unknown_name(what, name, allowed, where=where)


def section(raw: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    """A table inside a table, {} where it is not there."""
    section = raw.get(name, {})
    if not isinstance(section, dict):
        raise InputError(f"{where}: {name} must be a table of its own ([{name}] or {name} = {{ ... }}).")
    return section


def text_of(raw: dict[str, Any], key: str, where: str) -> str | None:
    """A text, None where it is not there."""
    value = raw.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{where}: {key} must be a text in quotes.")
    return value


def needed(raw: dict[str, Any], key: str, where: str) -> str:
    """A text that must be there."""
    return filled(text_of(raw, key, where) or "", f"{where}, {key}")


def filled(text: str, where: str) -> str:
    """A text that is not blank."""
    if not text.strip():
        raise InputError(f"{where}: a name is expected, nothing is there.")
    return text.strip()


def codes_of(raw: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    """A list of codes as texts."""
    codes = raw.get(key, [])
    if key == "missing" and isinstance(codes, dict):
        codes = list(codes)
    if not isinstance(codes, list) or any(isinstance(code, list | dict) for code in codes):
        raise InputError(f'{where}: {key} must be a list of codes, like ["1", "Dead"].')
    return tuple(str(code).lower() if isinstance(code, bool) else str(code) for code in codes)


def reasons_given(raw: dict[str, Any], key: str) -> dict[str, str]:
    """Code that means missing -> why, where codes are given as a table."""
    codes = raw.get(key, [])
    return {plain_code(code): str(why) for code, why in codes.items()} if isinstance(codes, dict) else {}
