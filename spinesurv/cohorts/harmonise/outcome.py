"""The key and the outcome of each row: site, patient_id, time_days, event, and why a row is refused."""

from __future__ import annotations

import hmac
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.cohorts.cells import (
    TYPED_DATES,
    codes_in_words,
    dates,
    is_code,
    is_total,
    months_only,
    numbers,
    plain_code,
)
from spinesurv.cohorts.harmonise.gaps import filled_text
from spinesurv.cohorts.harmonise.measured import without_thousands
from spinesurv.cohorts.harmonise.trail import Trail
from spinesurv.cohorts.mapping.mapping import (
    DateRule,
    EventRule,
    IdRule,
    Mapping,
    OutcomeRule,
    SiteRule,
    TimeRule,
)
from spinesurv.cohorts.read_table import RawTable
from spinesurv.cohorts.template.marks import EXAMPLE_ROW, is_example
from spinesurv.core.codebook import codebook
from spinesurv.core.end_point import END_POINTS
from spinesurv.errors import InputError

NO_SITE = "no site"
NO_PATIENT_ID = "no patient identifier"
TOTALS, ONE_CELL = "totals or means", "no cell but one is filled: a note, or nothing is known of the patient"
HEADER_AGAIN = "the names of the columns again"
#: reasons of rows that are no patients at all, so that their codes need no rule
NO_PATIENTS = (NO_PATIENT_ID, TOTALS, ONE_CELL, HEADER_AGAIN, EXAMPLE_ROW)
TIME_NOT_A_NUMBER = "follow-up time is not a number"
TIME_NEGATIVE = "follow-up time is negative"
START_NOT_A_DATE = "start date is not a date in the stated format"
END_NOT_A_DATE = "end date is not a date in the stated format"
ENTRY_NOT_A_DATE = "entry date is not a date in the stated format"
DEATH_BEFORE_START = "death before the start date"
END_BEFORE_START = "last contact before the start date"


def harmonise_key(table: RawTable, mapping: Mapping, trail: Trail) -> tuple[dict[str, Any], pd.Series]:
    """Site and patient_id as text, and the refusals of rows that lack one."""
    site = _site(table, mapping, trail)
    patient = _patient_id(table, mapping, site, trail)
    refusal = pd.Series("", index=table.index, dtype=object)
    refusal = refusal.mask(site == "", NO_SITE).mask(patient == "", NO_PATIENT_ID)
    refusal = refusal.mask(patient.map(is_example), EXAMPLE_ROW).mask(patient.map(is_total), TOTALS)
    refusal = refusal.mask(table.content.lonely(), ONE_CELL)
    refusal.iloc[list(table.content.header_again)] = HEADER_AGAIN
    return {"site": site, "patient_id": patient}, refusal


def harmonise_outcome(
    table: RawTable, mapping: Mapping, rule: OutcomeRule, refused: pd.Series, trail: Trail
) -> tuple[dict[str, Any], pd.Series]:
    """time_days (float) and event (1, 0 or missing), cause and end points by its codes, dates from a start, and refusals.

    `refused` says which rows are no patients already; their codes need not be covered.

    Raises
    ------
    InputError
        Codes of the event that nothing covers.
    """
    refusal = pd.Series("", index=table.index, dtype=object)
    event, kinds = _event(table, mapping, rule.event, refused, trail)
    found: dict[str, Any] = {}
    if rule.time is not None:
        time, broken = _time(table, mapping, rule.time, trail)
        refusal = refusal.mask(time < 0, TIME_NEGATIVE).mask(broken, TIME_NOT_A_NUMBER)
    else:
        assert rule.start is not None and rule.end is not None
        start, bad_start, start_month = _dates(table, mapping, rule.start, trail)
        end, bad_end, end_month = _dates(table, mapping, rule.end, trail)
        if rule.end.closing is not None:
            open_end = end.isna() & ~bad_end & (event == 0).fillna(False)
            end = end.mask(open_end, pd.Timestamp(rule.end.closing))
            trail.step(
                "time_days", None, f"alive without a date: followed to {rule.end.closing}", open_end.sum()
            )
        time = (end - start).dt.days.astype("float64")
        if start_month.any() or end_month.any():
            time = _within_a_month(time, start, end, start_month, end_month, trail)
        trail.step(
            "time_days",
            " to ".join((rule.start.from_[0], rule.end.from_[0])),
            "days between dates",
            time.notna().sum(),
        )
        refusal = refusal.mask(time < 0, END_BEFORE_START).mask((time < 0) & (event == 1), DEATH_BEFORE_START)
        refusal = refusal.mask(bad_end, END_NOT_A_DATE).mask(bad_start, START_NOT_A_DATE)
        if rule.entry is not None:
            entry, bad_entry, _ = _dates(table, mapping, rule.entry, trail)
            late = (entry - start).dt.days.astype("float64").clip(lower=0)
            found["entry_days"] = late
            trail.step(
                "entry_days",
                rule.entry.from_[0],
                "days from time zero to entry; earlier is 0",
                late.notna().sum(),
            )
            refusal = refusal.mask(bad_entry, ENTRY_NOT_A_DATE)
        found["index_date"] = start.dt.strftime("%Y-%m-%d").astype(object)
        found["index_year"] = start.dt.year.astype("Int64")
    inside = (time < 0) | codebook()["time_days"].in_range(time)
    trail.problem("time_days", rule.columns[0], "out_of_range", ~inside, int(time.notna().sum()))
    time = time.where(inside)
    if rule.event.causes:
        cause = kinds.map(rule.event.causes).where(event == 1)
        found["cause"] = codebook()["cause"].typed(cause)
        trail.step("cause", rule.event.from_, "cause of death by its code", cause.notna().sum())
    for name in sorted(set(rule.event.first.values())):
        days = END_POINTS[name].days
        here = kinds.map(rule.event.first) == name
        found[days] = time.where(here)
        trail.step(days, rule.event.from_, f"follow-up ended with {name}", here.sum())
    return {"time_days": time, "event": event} | found, refusal


def _site(table: RawTable, mapping: Mapping, trail: Trail) -> pd.Series:
    rule = mapping.site or SiteRule(from_="site")
    if rule.from_ is None or (mapping.site is None and "site" not in table.columns):
        name = rule.value or table.name.partition(".")[0]
        trail.step("site", None, "the same value in every row", len(table))
        return pd.Series(name, index=table.index, dtype=object)
    text = _without_missing(table, mapping, rule.from_)
    renamed = text.map({v: rule.values.get(plain_code(v), v) for v in text.unique()})
    if rule.values:
        trail.step("site", rule.from_, "renamed", (renamed != text).sum())
    return renamed


def _patient_id(table: RawTable, mapping: Mapping, site: pd.Series, trail: Trail) -> pd.Series:
    rule = mapping.patient_id or IdRule("patient_id")
    if rule.row:
        given = pd.Series(np.arange(1, len(table) + 1), index=table.index).astype(str).astype(object)
        trail.step("patient_id", None, "number of the row, counted from 1", len(table))
    else:
        given = _without_missing(table, mapping, str(rule.from_))
    if rule.key_file is not None:
        secret = rule.key(mapping.where)
        given = given.map({v: v and keyed_hash(v, secret) for v in given.unique()})
        trail.step("patient_id", rule.from_, "replaced by a keyed hash (HMAC-SHA-256)", (given != "").sum())
    if rule.format is None:
        return given
    trail.step("patient_id", rule.from_, f"written as {rule.format}", (given != "").sum())
    rows = zip(site, given, strict=True)
    return pd.Series([rule.written(s, i) if i else "" for s, i in rows], index=given.index, dtype=object)


def keyed_hash(identifier: str, secret: bytes) -> str:
    """The first 16 hexadecimal digits of HMAC-SHA-256 of an identifier."""
    return hmac.new(secret, identifier.encode("utf-8"), "sha256").hexdigest()[:16]


def _event(
    table: RawTable, mapping: Mapping, rule: EventRule, refused: pd.Series, trail: Trail
) -> tuple[pd.Series, pd.Series]:
    """Died (1) or not (0), and the codes that stand in the table."""
    text = _without_missing(table, mapping, rule.from_, rule.missing)
    if rule.filled:
        died = text != ""
        trail.step("event", rule.from_, "filled is died (1)", died.sum())
        trail.step("event", rule.from_, "empty is alive at last contact (0)", (~died).sum())
        return died.astype("Int64"), text
    dead, alive = is_code(text, rule.dead), is_code(text, (*rule.alive, *rule.first))
    stray = text[(text != "") & ~dead & ~alive & ~refused.isin(NO_PATIENTS)]
    if len(stray):
        known = codebook()["event"].level_synonyms
        usual = {word for words in known.values() for word in words} | {str(digit) for digit in range(10)}
        raise InputError(_event_message(table, rule, stray, usual, int((text != "").sum())))
    trail.step("event", rule.from_, f"code {', '.join(rule.dead)} is died (1)", dead.sum())
    trail.step("event", rule.from_, f"code {', '.join(rule.alive)} is alive at last contact (0)", alive.sum())
    event = pd.Series(np.where(dead, 1.0, np.where(alive, 0.0, np.nan)), index=text.index).astype("Int64")
    return event, text.map({code: plain_code(code) for code in text.unique()})


def _event_message(table: RawTable, rule: EventRule, stray: pd.Series, usual: set[str], filled: int) -> str:
    covered = ", ".join(f"{code!r} = died" for code in rule.dead)
    covered += ", " + ", ".join(f"{code!r} = alive" for code in rule.alive)
    advice = (
        "Add each code to dead or to alive in [outcome] event of the mapping file."
        if rule.stated
        else "Say in [outcome] event of the mapping file which codes mean dead and which alive; in 1/2 coding "
        '2 = died is common (dead = ["2"], alive = ["1"]), in a CNSR column 1 = censored.'
    )
    return (
        f"{table.where}, column {rule.from_!r} (event): {len(stray)} of {filled} cells hold codes that are not "
        f"covered: {codes_in_words(stray, always_shown=usual)}. Covered: {covered}. {advice}"
    )


def _time(table: RawTable, mapping: Mapping, rule: TimeRule, trail: Trail) -> tuple[pd.Series, pd.Series]:
    text = _without_missing(table, mapping, rule.from_, rule.missing)
    time = numbers(without_thousands(text, table.options.thousands), table.options.decimal) * rule.factor
    trail.step(
        "time_days", rule.from_, f"unit {rule.unit}, multiplied by {rule.factor:g}", time.notna().sum()
    )
    return time, (text != "") & time.isna()


def _within_a_month(
    time: pd.Series,
    start: pd.Series,
    end: pd.Series,
    start_month: pd.Series,
    end_month: pd.Series,
    trail: Trail,
) -> pd.Series:
    """Days between two dates of one month, one of which names no day: half of those that can lie between, never below 0."""
    same = (start.dt.year == end.dt.year) & (start.dt.month == end.dt.month)
    rest = (start.dt.days_in_month - start.dt.day) // 2
    before = (end.dt.day - 1) // 2
    time = time.mask(same & end_month, rest.astype("float64"))
    time = time.mask(same & start_month & ~end_month, before.astype("float64"))
    trail.step("time_days", None, "month without a day", (start_month | end_month).sum())
    trail.step(
        "time_days",
        None,
        "month without a day, in the month of the other date: half of the days that can lie between",
        (same & (start_month | end_month)).sum(),
    )
    return time


def _dates(
    table: RawTable, mapping: Mapping, rule: DateRule, trail: Trail
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Days, cells that are none, and days that stand for a month."""
    text = _without_missing(table, mapping, rule.from_[0], rule.missing)
    for further in rule.from_[1:]:
        text = text.where(text != "", _without_missing(table, mapping, further, rule.missing))
    patterns = (*rule.patterns, *TYPED_DATES) if table.content.typed else rule.patterns
    day = dates(text, tuple(dict.fromkeys(patterns)))
    trail.step(
        "time_days", " or ".join(rule.from_), f"date read as {' or '.join(rule.patterns)}", day.notna().sum()
    )
    return day, (text != "") & day.isna(), months_only(text, rule.patterns)


def _without_missing(
    table: RawTable, mapping: Mapping, column: str, codes: tuple[str, ...] = ()
) -> pd.Series:
    return filled_text(table, mapping, column, codes)[0]
