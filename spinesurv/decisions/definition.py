"""Decision tables as data: read from `tables/<name>.toml`, and refused with file and key where they do not hold together."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from spinesurv.core.codebook import codebook
from spinesurv.errors import InputError, unknown_name

FOLDER = Path(__file__).parent / "tables"

#: how sure a rule is
CONFIDENCE = {
    "A": "stated in a primary source and confirmed in at least one further independent source",
    "B": "one published source only",
    "C": "general domain knowledge or recalled detail; confirm in the primary source",
    "P": "default of this project; no published authority; an option, and labelled so",
}

NEURO = ("low_no_myelopathy", "high")
ONCO = ("radiosensitive", "radioresistant")
MECH = ("stable", "unstable")
SYST = ("able", "unable")


@cache
def definition(name: str) -> dict[str, Any]:
    """A decision table by its name.

    Raises
    ------
    InputError
        There is no such table, or it does not hold together: the message names file and key.
    """
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise unknown_name("decision table", name, [p.stem for p in FOLDER.glob("*.toml")])
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    check_definition(raw, path.name)
    return raw


@cache
def sources() -> dict[str, Any]:
    """Key of a reference -> cite, doi, pmcid, doi_status."""
    return tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))


@cache
def meanings() -> dict[str, str]:
    """Every code that a result of `integrate` can carry -> what it says, in words."""
    found: dict[str, str] = {"INVALID_INPUT": "this column holds what cannot be used"}
    for name in ("sins", "escc", "tumours", "noms", "gates"):
        found |= codes(definition(name))
    found |= {factor["id"]: factor["words"] for factor in definition("lmnop")["factor"]}
    return found | codes(definition("integration"))


def codes(table: Mapping[str, Any]) -> dict[str, str]:
    """Codes of the results of one table -> what they say, in words."""
    own = {entry["reason"]: entry["words"] for entry in table.get("effective_s", [])}
    return (
        own | {entry["flag"]: entry["words"] for entry in table.get("conflict", [])} | table.get("flags", {})
    )


def check_definition(raw: Mapping[str, Any], where: str) -> None:
    """Refuse a table whose parts contradict each other.

    Raises
    ------
    InputError
        Which file, which key, what was found and what is expected.
    """
    for key in ("name", "label", "version", "sources", "confidence"):
        if key not in raw:
            raise InputError(f"{where}: the key {key} is missing.")
    for key in raw["sources"]:
        if key not in sources():
            raise unknown_name("source", key, sources(), where=f"{where}, sources")
    if raw["name"] in _CHECKS:
        _CHECKS[raw["name"]](raw, where)


def _check_sins(raw: Mapping[str, Any], where: str) -> None:
    listed = [level for levels in raw["levels"].values() for level in levels]
    known = codebook()["level"].levels
    if sorted(listed) != sorted(known):
        raise InputError(f"{where}, levels: every one of the {len(known)} levels must be there once.")
    low = sum(min(points.values()) for points in raw["points"].values())
    high = sum(max(points.values()) for points in raw["points"].values())
    if [low, high] != raw["range"]:
        raise InputError(f"{where}, range: the points add up to {low} to {high}, not to {raw['range']}.")
    nearest = raw["range"][0]
    for band in raw["category"]:
        if band["min"] != nearest:
            raise InputError(
                f"{where}, category {band['code']}: it starts at {band['min']}, the totals below end at {nearest - 1}. "
                "Categories must neither overlap nor leave a gap."
            )
        nearest = band["max"] + 1
    if nearest != raw["range"][1] + 1:
        raise InputError(f"{where}, category: the last one ends at {nearest - 1}, not at {raw['range'][1]}.")


def _check_escc(raw: Mapping[str, Any], where: str) -> None:
    grouped = [grade for grades in raw["group"].values() for grade in grades]
    if sorted(grouped) != sorted(codebook()["escc_grade"].levels):
        raise InputError(f"{where}, group: every grade of the codebook must be in one group, once.")


def _check_tumours(raw: Mapping[str, Any], where: str) -> None:
    listed = [entry["primary_tumor"] for entry in raw["tumour"]]
    if sorted(listed) != sorted(codebook()["primary_tumor"].levels):
        raise InputError(f"{where}, tumour: every primary tumour of the codebook must be there once.")


def _check_noms(raw: Mapping[str, Any], where: str) -> None:
    for cell in itertools.product(NEURO, ONCO, MECH, SYST):
        rows = [row["row"] for row in raw["row"] if _matches(row, cell)]
        if len(rows) != 1:
            found = f"rows {', '.join(map(str, rows))}" if rows else "no row"
            raise InputError(
                f"{where}, row: the cell {', '.join(cell)} is matched by {found}; one is needed."
            )
    for row in raw["row"]:
        if row["decision"] not in raw["decisions"]:
            raise unknown_name(
                "decision", row["decision"], raw["decisions"], where=f"{where}, row {row['row']}"
            )


def _matches(row: Mapping[str, Any], cell: tuple[str, ...]) -> bool:
    return all(row[k] in (v, "any") for k, v in zip(("neuro", "onco", "mech", "syst"), cell, strict=True))


_CHECKS = {"sins": _check_sins, "escc": _check_escc, "tumours": _check_tumours, "noms": _check_noms}
