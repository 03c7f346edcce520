"""What the names and cells of a raw table show by themselves, before any column is taken for a variable."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

import pandas as pd

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.columns import missing_by_site
from spinesurv.cohorts.audit.dates import younger
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.identity import name_findings
from spinesurv.cohorts.audit.kept import KEPT, kept_findings, one_site
from spinesurv.cohorts.audit.outcome import unit_of_time_findings
from spinesurv.cohorts.audit.values import codes_apart, mixture
from spinesurv.cohorts.cells import SHOWN_FROM_ROWS, codes_in_words, numbers, plain_code
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.name_words import (
    identifies_a_person,
    looks_like_event,
    looks_like_time,
    unit_of_time,
    words,
)
from spinesurv.cohorts.proposal.names import named, unit_in
from spinesurv.cohorts.proposal.proposed import GUESS
from spinesurv.cohorts.proposal.words import missing
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import Variable, codebook
from spinesurv.stats.tally import Tally
from spinesurv.units import CONVERSIONS

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}|\+[0-9][0-9 ()/.-]{7,}")
_ZERO = re.compile(
    r"\b(time zero|time 0|day 0|day zero|tag 0|index event|start of follow ?up|follow ?up (starts?|from))\b"
)
#: numbers that mean missing wherever they stand
_NEGATIVE = {"-1", "-9", "-99", "-999"}


def raw_findings(
    table: RawTable, site: pd.Series, taken: Collection[str], event: str | None
) -> Iterator[Finding]:
    """Findings about the cells and names of a raw table; names only raise questions, they decide nothing.

    Parameters
    ----------
    table : as it was read
    site : (n,) what seems to be the site of each row; without name where no column is one
    taken : columns that are looked at as other variables than time and event elsewhere
    event : the column that seems to be the event, whatever its name
    """
    cells = table.cells.drop(columns=[site.name] if site.name in table.cells else [])
    filled = cells.mask(cells == "")
    variables = _by_name(list(cells.columns))
    yield from table.content.findings
    persons = [str(name) for name in cells.columns if identifies_a_person(str(name))]
    if persons:
        yield Finding(
            "identifies_a_person", NEEDS_AN_ANSWER, f"Columns with names of personal data: {', '.join(persons)}.",
            "They are never imported. Leave them out of the export.", count=len(persons),
        )  # fmt: skip
    yield from name_findings([str(name) for name in cells.columns])
    for name in cells.columns:
        text = filled[name].dropna()
        number = numbers(text.astype(object), table.options.decimal)
        yield from _codes(str(name), text, number)
        yield from _addresses(str(name), text)
        yield from _zeros(str(name), text)
        if name == event or (name not in taken and looks_like_event(str(name))):
            yield from _event(str(name), text)
        elif name not in taken and looks_like_time(str(name)) and number.notna().mean() > 0.9:
            yield from _time(str(name), number.dropna(), site)
        variable = variables.get(str(name))
        if name not in taken and variable is not None and variable.kind == "number" and number.notna().any():
            yield from _range(str(name), number.dropna(), variable, site)
    yield from _ages(filled, variables, table.options.decimal)


def column_facts(table: RawTable, site: pd.Series, names: list[str]) -> Iterator[Finding]:
    """Gaps, constants and coarse grids of raw columns that could not be taken for any variable."""
    mapping = Mapping(None, None, table.options)
    filled = table.cells.mask(table.cells == "")
    for name in names:
        if not identifies_a_person(name) and name != "site":
            column = BySite(pd.DataFrame({"site": site, name: filled[name]}))
            for finding in kept_findings(column, name, missing_by_site(column), mapping):
                yield replace(finding, what=finding.what.replace(KEPT, ""))


def _by_name(names: list[str]) -> dict[str, Variable]:
    """Raw column -> variable that its name surely or probably means."""
    found = {}
    for name in names:
        meant = [n.key for n in named(name) if n.confidence != GUESS]
        if meant and codebook()[meant[0]].role in ("baseline", "outcome"):
            found[name] = codebook()[meant[0]]
    return found


def _codes(name: str, text: pd.Series, number: pd.Series) -> Iterator[Finding]:
    """Words that often mean missing, and numbers that are negative or apart from all others and do."""
    counts = text.value_counts()
    below_zero = number[number < 0].nunique() > sum(plain_code(v) in _NEGATIVE for v in counts.index)
    codes = set() if below_zero else _NEGATIVE  # among other numbers below 0 they are numbers
    usual = {v for v in counts.index.astype(str) if v.lower() in missing() or plain_code(v) in codes}
    hits = text[text.isin(usual)] if len(text) else text
    if len(hits) and len(hits) < len(text):
        yield Finding(
            "looks_like_missing_code", NEEDS_AN_ANSWER,
            f"{len(hits)} cells of {name} hold what often means missing: {codes_in_words(hits, always_shown=missing())}.",
            "Name the codes in missing, with their reason where it is known.", name, count=len(hits),
        )  # fmt: skip
        return
    for count in codes_apart(Tally.of(number.dropna())):
        yield Finding(
            "looks_like_missing_code", NEEDS_AN_ANSWER,
            f"{count} cells of {name} hold one number apart from all others that is often a code for missing.",
            "If it is one, name it in missing; 9 and 99 can be real.", name, count=count,
        )  # fmt: skip


def _addresses(name: str, text: pd.Series) -> Iterator[Finding]:
    """A column of e-mail addresses or telephone numbers, whatever its name."""
    count = int(text.isin([v for v in text.unique() if _ADDRESS.fullmatch(str(v).strip())]).sum())
    if count and count > 0.5 * len(text):
        yield Finding(
            "identifies_a_person", NEEDS_AN_ANSWER, f"{count} cells of {name} are e-mail addresses or telephone numbers.",
            "Leave the column out of the export; never map it.", name, count=count,
        )  # fmt: skip


def _zeros(name: str, text: pd.Series) -> Iterator[Finding]:
    """A column that names the day 0 of each patient, and more than one of them."""
    if _ZERO.search(words(name)) and 2 <= text.nunique() <= 6:
        yield Finding(
            "mixed_time_zero", NEEDS_AN_ANSWER, f"{name} tells more than one day 0: {codes_in_words(text)}.",
            "Times from different days 0 are no one cohort: take one of them, or a table of its own for each.", name, count=len(text),
        )  # fmt: skip


def _event(name: str, text: pd.Series) -> Iterator[Finding]:
    codes = sorted({plain_code(v) for v in text.unique()})
    if not 1 <= len(codes) <= 6:
        return
    advice = "Say which codes mean dead and which alive: event in [outcome]."
    if codes == ["1", "2"]:
        advice = "In 1/2 coding 2 = died is common (1 = censored). " + advice
    if "cens" in words(name) or "cnsr" in words(name):
        advice = "In such a column 1 often means censored. " + advice
    if len(codes) > 2:
        advice = (
            "More than two codes: which are deaths, of which cause, and which ended follow-up otherwise (withdrawal)? "
            + advice
        )
    if len(codes) == 1:
        advice = "All rows have the same code: are survivors, or the dead, in the table? " + advice
    yield Finding(
        "event_coding", NEEDS_AN_ANSWER, f"Column {name} may hold the event: {codes_in_words(text)}.", advice, name, count=len(text)
    )  # fmt: skip


def _time(name: str, values: pd.Series, site: pd.Series) -> Iterator[Finding]:
    unit = unit_of_time(name)
    if unit is None:
        yield Finding(
            "time_unit", NEEDS_AN_ANSWER, f"Column {name} may hold the follow-up time, and its name tells no unit.",
            "Say the unit: time = { from = ..., unit = ... } in [outcome].", name, count=len(values),
        )  # fmt: skip
    else:
        for at, part in values.groupby(site.loc[values.index], sort=False):
            yield from unit_of_time_findings(str(at), part, unit, 1.0, name)
    for rule, count, what in (
        ("zero_days", int((values == 0).sum()), "are 0"),
        ("negative_time", int((values < 0).sum()), "are negative, which is an error of dates"),
    ):
        if count:
            yield Finding(
                rule, NOTE if rule == "zero_days" else NEEDS_AN_ANSWER, f"{count} times of {name} {what}.",
                "A death on the same day is real and kept; check that zeros are no default.", name, count=count,
            )  # fmt: skip


def _range(name: str, values: pd.Series, variable: Variable, site: pd.Series) -> Iterator[Finding]:
    """Numbers outside the plausible range of the variable that the name may mean, a unit that explains them, or a mixture of two."""
    known = CONVERSIONS.get(variable.key, {})
    told = unit_in(name)
    own = known.get(told, 1.0) if told else 1.0
    parts = mixture(variable.key, Tally.of(values))
    if parts is not None:
        yield Finding(
            "mixed_units", NEEDS_AN_ANSWER,
            f"{name} falls into two parts ({parts[0]} and {parts[1]} values) whose medians differ by a factor between units of "
            f"{variable.key}.",
            "Two laboratories, or a change of system? Give both units by ranges or by a column (unit in [columns]).", name,
            count=min(parts),
        )  # fmt: skip
    bad = ~variable.in_range(values * own)
    outside = int(bad.sum())
    if not outside:
        return
    fits = [unit for unit, factor in known.items() if variable.in_range(values[bad] * factor).mean() >= 0.9]
    do = "They are emptied at import."
    if fits and outside >= SHOWN_FROM_ROWS:
        do = f"Nearly all of them would be plausible in {fits[0]}: give the unit. Else they are emptied at import."
    where, there = one_site(site.loc[values.index], values.index[bad])
    at = f" {there} of them are at site {where!r}." if where else ""
    yield Finding(
        "out_of_range", NEEDS_AN_ANSWER,
        f"{outside} of {len(values)} values of {name} lie outside the plausible range of {variable.key} in "
        f"{told or variable.unit}.{at}",
        do, name, where, outside,
    )  # fmt: skip


def _ages(filled: pd.DataFrame, variables: dict[str, Variable], decimal: str) -> Iterator[Finding]:
    entry = [name for name, variable in variables.items() if variable.key == "age"]
    later = [str(n) for n in filled.columns if words(str(n)).startswith(("age at death", "age at last"))]
    if not entry:
        return
    first = numbers(filled[entry[0]].fillna("").astype(object), decimal)
    for name in later:
        second = numbers(filled[name].fillna("").astype(object), decimal)
        early = younger(second, first)
        if early:
            yield Finding(
                "younger_at_death", NEEDS_AN_ANSWER, f"{early} patients are younger in {name} than in {entry[0]}.",
                "One of the ages is wrong for them, or time zero is.", name, count=early,
            )  # fmt: skip
