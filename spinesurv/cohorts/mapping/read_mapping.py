"""Mapping file (TOML) to a checked Mapping: every section, key, variable, unit and level is looked up here."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from spinesurv import units
from spinesurv.cohorts.cells import plain_code
from spinesurv.cohorts.codings import CODINGS
from spinesurv.cohorts.mapping.mapping import (
    KEY_AND_OUTCOME,
    ColumnRule,
    IdRule,
    Mapping,
    OutcomeRule,
    SiteRule,
    StatusRule,
    checked_id_format,
)
from spinesurv.cohorts.mapping.read_outcome import read_outcome
from spinesurv.cohorts.mapping.sections import (
    codes_of,
    filled,
    from_table,
    needed,
    only_known,
    reasons_given,
    section,
    text_of,
)
from spinesurv.cohorts.mapping.written import patterns_of, target_of
from spinesurv.cohorts.readers import READERS, ReadOptions
from spinesurv.core.codebook import Variable, codebook
from spinesurv.core.end_point import END_POINTS
from spinesurv.errors import InputError, unknown_name

_SECTIONS = ("table", "outcome", "columns", "omop", "mcode")
_TABLE = (
    "file", "format", "delimiter", "decimal", "thousands", "encoding", "sheet", "header", "dictionary", "samples", "repeat", "events", "missing",
    "site", "patient_id",
)  # fmt: skip
_COLUMN = (
    "from",
    "unit",
    "values",
    "missing",
    "value",
    "format",
    "day",
    "rule",
    "beside",
    "weight",
    "height",
)


def read_mapping(path: str | Path) -> Mapping:
    """Read and check a mapping file; the format is told in docs/design.md, section 6.

    Raises
    ------
    InputError
        No such file, TOML that cannot be read (with the line), an unknown section, key, variable, unit, level
        or format (with the nearest known one), a rule that contradicts itself.
    """
    path = Path(path)
    return mapping_of(_toml(path, f"mapping file {path.name}"), path)


def mapping_of(raw: dict[str, Any], path: Path) -> Mapping:
    """The checked Mapping that the sections of a mapping file say; `path` names the file and its folder."""
    where = f"mapping file {path.name}"
    only_known("section", raw, _SECTIONS, where)
    table = section(raw, "table", where)
    columns = section(raw, "columns", where)
    only_known("key", table, _TABLE, f"{where}, [table]")
    file = text_of(table, "file", f"{where}, [table]")
    told = read_outcome(section(raw, "outcome", where), f"{where}, [outcome]") if "outcome" in raw else None
    outcome = told if isinstance(told, OutcomeRule) else None
    _mapped_once(outcome, columns, where)
    rules = tuple(_column(key, rule, f"{where}, [columns.{key}]") for key, rule in columns.items())
    for rule in rules:
        if rule.share_of is not None and rule.share_of not in columns:
            raise InputError(
                f"{where}, [columns.{rule.key}]: a percentage of {rule.share_of} needs a rule for {rule.share_of} as well. Map it, or "
                "leave the column out."
            )
    return Mapping(
        path.name,
        None if file is None else path.parent / file,
        replace(_options(table, path.parent, f"{where}, [table]"), rules=_rules(raw, table, where)),
        missing=codes_of(table, "missing", f"{where}, [table]"),
        reasons=reasons_given(table, "missing"),
        site=_site(table, f"{where}, [table] site"),
        patient_id=_patient_id(table, path.parent, f"{where}, [table] patient_id"),
        outcome=outcome,
        columns=rules,
        status=told if isinstance(told, StatusRule) else None,
    )


def _mapped_once(outcome: OutcomeRule | None, columns: dict[str, Any], where: str) -> None:
    """Refuse columns that the codes of the event give already."""
    if outcome is None:
        return
    given = {"cause": "cause"} if outcome.event.causes else {}
    given |= {END_POINTS[name].days: "first" for name in outcome.event.first.values()}
    for key, setting in given.items():
        if key in columns:
            raise InputError(
                f"{where}, [columns.{key}]: the codes of the event give it already ({setting} in [outcome] event). Leave "
                "one of them out."
            )


def _toml(path: Path, where: str) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{where}: there is no such file in {path.parent.name or '.'}/. Check the name.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(f"{where}: the file is not UTF-8. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        place = f"line {at[1]}" if at else "the last line"
        what = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise InputError(
            f"{where}, {place}: not readable as TOML ({what}). Texts stand in quotes, lists in [ ], "
            "inline tables in { } on one line."
        ) from None


def _rules(raw: dict[str, Any], table: dict[str, Any], where: str) -> dict[str, Any]:
    """The section of a format that gathers patients out of many rows."""
    for name in ("omop", "mcode"):
        if (name in raw) != (table.get("format") == name):
            raise InputError(
                f'{where}: section [{name}] and format = "{name}" in [table] go together; one of them is not there.'
            )
        if name in raw:
            return section(raw, name, where)
    return {}


def _options(table: dict[str, Any], folder: Path, where: str) -> ReadOptions:
    chosen = text_of(table, "format", where)
    if chosen is not None and chosen not in READERS:
        raise unknown_name("table format", chosen, READERS, where=where)
    decimal = text_of(table, "decimal", where) or "."
    if decimal not in (".", ","):
        raise InputError(f'{where}: decimal = {decimal!r} is neither "." nor ",".')
    delimiter = text_of(table, "delimiter", where)
    if delimiter is not None and delimiter == decimal == ",":
        raise InputError(f"{where}: delimiter and decimal are both a comma. One of them is another sign.")
    encoding = text_of(table, "encoding", where) or "utf-8"
    thousands = text_of(table, "thousands", where)
    if thousands is not None and (thousands not in (".", ",", " ", "'") or thousands == decimal):
        raise InputError(
            f"{where}: thousands = {thousands!r} is none of '.', ',', ' ' and \"'\", or the same as the decimal sign."
        )
    repeat = text_of(table, "repeat", where)
    if repeat not in (None, "first", "last"):
        raise InputError(f'{where}: repeat = {repeat!r} is neither "first" nor "last".')
    header = table.get("header")
    if header is not None and (not isinstance(header, int) or isinstance(header, bool) or header < 1):
        raise InputError(
            f"{where}: header = {header!r} is no line of the table. Count lines (rows of a sheet) from 1."
        )
    dictionary, samples = (text_of(table, key, where) for key in ("dictionary", "samples"))
    return ReadOptions(
        chosen,
        delimiter,
        decimal,
        encoding,
        text_of(table, "sheet", where),
        dictionary=None if dictionary is None else folder / dictionary,
        samples=None if samples is None else folder / samples,
        repeat=repeat,
        thousands=thousands,
        events=codes_of(table, "events", where),
        header=header,
    )


def _site(table: dict[str, Any], where: str) -> SiteRule | None:
    raw = table.get("site")
    if raw is None:
        return None
    if not isinstance(raw, dict):
        return SiteRule(value=filled(str(raw), where))
    only_known("key", raw, ("from", "values"), where)
    values = {plain_code(k): str(v) for k, v in section(raw, "values", where).items()}
    return SiteRule(from_=needed(raw, "from", where), values=values)


def _patient_id(table: dict[str, Any], folder: Path, where: str) -> IdRule | None:
    raw = table.get("patient_id")
    if raw is None:
        return None
    if not isinstance(raw, dict):
        return IdRule(filled(str(raw), where))
    only_known("key", raw, ("from", "format", "row", "key_file"), where)
    row = raw.get("row", False)
    if row not in (True, False) or bool(row) == ("from" in raw):
        raise InputError(f'{where}: give either from = "column" or row = true (numbers the rows from 1).')
    pattern = text_of(raw, "format", where)
    key_file = text_of(raw, "key_file", where)
    return IdRule(
        text_of(raw, "from", where),
        None if pattern is None else checked_id_format(pattern, where=where),
        bool(row),
        None if key_file is None else folder / key_file,
    )


def _column(key: str, raw: Any, where: str) -> ColumnRule:
    if key in KEY_AND_OUTCOME:
        place = "[outcome]" if key in ("time_days", "event") else "[table]"
        raise InputError(f"{where}: {key} is mapped in {place}, not as a column.")
    if key not in codebook():
        raise unknown_name("variable", key, codebook().keys(), where=where)
    variable = codebook()[key]
    rule = from_table(raw, _COLUMN, where)
    if key == "bmi" and {"weight", "height"} <= set(rule):
        return _bmi(rule, where)
    if ("from" in rule) == ("value" in rule):
        raise InputError(f'{where}: give either from = "column" or value = the same in every row.')
    if "value" in rule:
        only_known("key beside value", rule, ("value",), where)
        return ColumnRule(key, value=target_of(variable, rule["value"], where))
    share_of = units.SHARES.get(key) if units.is_percent(rule.get("unit")) else None
    unit: dict[str, Any] = {"unit": f"% of {share_of}"}
    if share_of is None:
        unit = _unit(variable, rule.get("unit"), where)
    coding = text_of(rule, "rule", where)
    if coding is not None:
        fitting = [name for name, coding in CODINGS.items() if coding.key == key]
        if coding not in fitting:
            raise unknown_name(f"rule for {key}", coding, fitting, where=where)
    if {"format", "day"} & set(rule) and variable.kind != "date":
        raise InputError(f"{where}: format is for dates; {key} is {variable.allowed}.")
    values = {plain_code(k): target_of(variable, v, where) for k, v in section(rule, "values", where).items()}
    return ColumnRule(
        key,
        needed(rule, "from", where),
        unit.get("unit"),
        unit.get("factor", 1.0),
        values,
        codes_of(rule, "missing", where),
        reasons_given(rule, "missing"),
        None,
        patterns_of(rule, where),
        unit.get("ranges", ()),
        unit.get("from"),
        unit.get("values", {}),
        coding,
        text_of(rule, "beside", where),
        share_of=share_of,
    )


def _bmi(rule: dict[str, Any], where: str) -> ColumnRule:
    """Body mass index out of a weight in kg and a height."""
    only_known("key beside weight and height", rule, ("weight", "height", "missing"), where)
    height = from_table(rule["height"], ("from", "unit"), f"{where}, height")
    unit = text_of(height, "unit", where)
    if unit not in units.HEIGHTS_TO_M:
        raise InputError(
            f'{where}: say the unit of the height, "cm" or "m": height = {{ from = "...", unit = "cm" }}.'
        )
    return ColumnRule(
        "bmi",
        needed(rule, "weight", where),
        missing=codes_of(rule, "missing", where),
        reasons=reasons_given(rule, "missing"),
        height=needed(height, "from", f"{where}, height"),
        height_factor=units.HEIGHTS_TO_M[unit],
    )


def _unit(variable: Variable, raw: Any, where: str) -> dict[str, Any]:
    """The unit of a column: one, by the size of the number, or by another column."""
    if raw is None:
        return {}

    def factor(unit: Any) -> float:
        if not isinstance(unit, str):
            raise InputError(f"{where}: unit must be a text in quotes.")
        return units.factor(variable.key, variable.unit, unit, where=where)

    if not isinstance(raw, dict):
        return {"unit": raw, "factor": factor(raw)}
    if set(raw) == {"ranges"}:
        ranges = []
        for name, ends in section(raw, "ranges", where).items():
            if not isinstance(ends, list) or len(ends) != 2 or not ends[0] < ends[1]:
                raise InputError(
                    f'{where}: the range of {name!r} must be [from, below], as in "g/L" = [10, 100].'
                )
            ranges.append((name, factor(name), float(ends[0]), float(ends[1])))
        ranges.sort(key=lambda r: r[2])
        if any(one[3] > two[2] for one, two in pairwise(ranges)):
            raise InputError(
                f"{where}: ranges of units overlap. A number inside both would have two meanings."
            )
        return {"unit": " or ".join(r[0] for r in ranges), "ranges": tuple(ranges)}
    if set(raw) == {"from", "values"}:
        named = {
            plain_code(code): (str(unit), factor(unit))
            for code, unit in section(raw, "values", where).items()
        }
        words = " or ".join(dict.fromkeys(unit for unit, _ in named.values()))
        return {"unit": words, "from": needed(raw, "from", where), "values": named}
    raise InputError(
        f'{where}: unit is a text, {{ ranges = {{ "g/dL" = [0, 10], "g/L" = [10, 100] }} }}, or '
        '{ from = "hospital", values = { "1" = "g/L" } }.'
    )
