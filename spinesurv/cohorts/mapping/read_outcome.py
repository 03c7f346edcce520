"""The section [outcome] of a mapping file: time and event, or the status at some days."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from spinesurv import units
from spinesurv.cohorts.cells import dates, plain_code
from spinesurv.cohorts.mapping.mapping import (
    NO_CODES,
    TIME_ZERO_NOT_STATED,
    YES_CODES,
    DateRule,
    EventRule,
    OutcomeRule,
    StatusRule,
    TimeRule,
)
from spinesurv.cohorts.mapping.sections import codes_of, from_table, needed, only_known, section, text_of
from spinesurv.cohorts.mapping.written import patterns_of, target_of
from spinesurv.core.codebook import codebook
from spinesurv.core.end_point import END_POINTS
from spinesurv.errors import InputError, unknown_name

_OUTCOME = ("time_zero", "time", "start", "end", "entry", "event")
_STATUS = ("from", "dead", "alive", "missing")


def read_outcome(raw: dict[str, Any], where: str) -> OutcomeRule | StatusRule:
    """How time and event are made, or the status at days where a table knows no more.

    Raises
    ------
    InputError
        A key that is not known, or rules that contradict each other.
    """
    return _status(raw, where) if "dead_by" in raw else _outcome(raw, where)


def _status(raw: dict[str, Any], where: str) -> StatusRule:
    others = sorted(set(raw) & {"time", "start", "end", "entry", "event"})
    if others:
        raise InputError(
            f"{where}: dead_by is for tables that tell who was dead by some days and no times; {', '.join(others)} tell more. "
            "Leave dead_by out: the status at every day follows from time and event."
        )
    only_known("key", raw, ("time_zero", "dead_by"), where)
    named = section(raw, "dead_by", where)
    if not named:
        raise InputError(
            f'{where}: dead_by names no day. Write [outcome.dead_by.365] with from = "column", dead and alive.'
        )
    days = tuple(_day(day, f"{where}, dead_by") for day in named)
    rules = tuple(_status_codes(rule, f"{where}, dead_by.{day}") for day, rule in named.items())
    order = sorted(range(len(days)), key=days.__getitem__)
    return StatusRule(
        tuple(days[i] for i in order),
        tuple(rules[i] for i in order),
        text_of(raw, "time_zero", where) or TIME_ZERO_NOT_STATED,
    )


def _day(text: str, where: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]*", text):
        raise InputError(
            f"{where}: {text!r} is no day. Write the whole number of days after time zero: 90, or 365 for one year."
        )
    return int(text)


def _status_codes(raw: Any, where: str) -> EventRule:
    rule = from_table(raw, _STATUS, where)
    name, missing, codes = (
        needed(rule, "from", where),
        codes_of(rule, "missing", where),
        _dead_and_alive(rule, where),
    )
    if codes is None:
        return EventRule(name, YES_CODES, NO_CODES, missing)
    return EventRule(name, *codes, missing, True)


def _outcome(raw: dict[str, Any], where: str) -> OutcomeRule:
    only_known("key", raw, _OUTCOME, where)
    if "event" not in raw or ("time" in raw) == ("start" in raw) or ("start" in raw) != ("end" in raw):
        raise InputError(
            f"{where}: an outcome needs event, and either time or both start and end. "
            "Leave the whole section out where the table has no outcome."
        )
    return OutcomeRule(
        _event(raw["event"], f"{where} event"),
        _time(raw["time"], f"{where} time") if "time" in raw else None,
        _date(raw["start"], f"{where} start") if "start" in raw else None,
        _date(raw["end"], f"{where} end") if "end" in raw else None,
        _entry(raw, where),
        text_of(raw, "time_zero", where) or TIME_ZERO_NOT_STATED,
    )


def _entry(raw: dict[str, Any], where: str) -> DateRule | None:
    if "entry" not in raw:
        return None
    if "start" not in raw:
        raise InputError(
            f"{where}: entry is a date and needs start. Where the days until entry are given, map them to entry_days in [columns]."
        )
    return _date(raw["entry"], f"{where} entry")


def _time(raw: Any, where: str) -> TimeRule:
    rule = from_table(raw, ("from", "unit", "missing"), where)
    unit = text_of(rule, "unit", where) or "days"
    factor = units.factor("time_days", "days", unit, where=where)
    return TimeRule(needed(rule, "from", where), unit, factor, codes_of(rule, "missing", where))


def _date(raw: Any, where: str) -> DateRule:
    rule = from_table(raw, ("from", "format", "day", "missing", "closing"), where)
    named = rule.get("from")
    names = tuple(str(n) for n in named) if isinstance(named, list) else (needed(rule, "from", where),)
    closing = text_of(rule, "closing", where)
    if closing is not None and dates(pd.Series([closing], dtype=object)).isna().all():
        raise InputError(f"{where}: closing = {closing!r} is no day. Write it as YYYY-MM-DD.")
    return DateRule(names, patterns_of(rule, where), codes_of(rule, "missing", where), closing)


def _event(raw: Any, where: str) -> EventRule:
    rule = from_table(raw, ("from", "dead", "alive", "filled", "cause", "first", "missing"), where)
    name, missing = needed(rule, "from", where), codes_of(rule, "missing", where)
    if "filled" in rule:
        if rule["filled"] != "dead" or len(set(rule) - {"from", "filled", "missing"}):
            raise InputError(
                f'{where}: filled = "dead" says that whoever has anything in the column died; it goes with from and missing alone.'
            )
        return EventRule(name, missing=missing, stated=True, filled=True)
    both = _dead_and_alive(rule, where)
    causes, first = _causes(rule, where), _first(rule, where)
    if both is None and (causes or first):
        raise InputError(f"{where}: cause and first go with dead and alive; give these two lists as well.")
    if both is None:
        return EventRule(name, missing=missing)
    dead, alive = both
    dying, living = ({plain_code(code) for code in codes} for codes in (dead, alive))
    stray = sorted((set(causes) - dying) | (set(first) & (dying | living)))
    if stray:
        raise InputError(
            f"{where}: code {stray[0]!r} is in the wrong place. cause names codes of dead, first codes that are neither in "
            "dead nor in alive."
        )
    return EventRule(name, dead, alive, missing, True, causes, first)


def _dead_and_alive(rule: dict[str, Any], where: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Codes of the dead and of the living; None where the rule leaves them out."""
    if ("dead" in rule) != ("alive" in rule):
        raise InputError(
            f'{where}: give both dead = ["..."] and alive = ["..."], or neither (1 = died, 0 = alive).'
        )
    if "dead" not in rule:
        return None
    dead, alive = codes_of(rule, "dead", where), codes_of(rule, "alive", where)
    twice = {plain_code(code) for code in dead} & {plain_code(code) for code in alive}
    if twice or not dead or not alive:
        found = f"code {min(twice)!r} is in both" if twice else "one of them is empty"
        raise InputError(
            f"{where}: of dead and alive {found}. Each code of the column belongs to one of them."
        )
    return dead, alive


def _causes(rule: dict[str, Any], where: str) -> dict[str, str]:
    """Code of a death -> cause."""
    variable = codebook()["cause"]
    return {plain_code(k): target_of(variable, v, where) for k, v in section(rule, "cause", where).items()}


def _first(rule: dict[str, Any], where: str) -> dict[str, str]:
    """Code -> end point that ended follow-up."""
    named = section(rule, "first", where)
    for name in named:
        if name not in END_POINTS:
            raise unknown_name("end point", name, END_POINTS, where=f"{where}, first")
    return {plain_code(code): name for name in named for code in codes_of(named, name, where)}
