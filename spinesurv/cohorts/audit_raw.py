"""Audit of a raw table that has no mapping yet: what its names and cells show before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from spinesurv.cohorts.audit_columns import missing_by_site
from spinesurv.cohorts.audit_dates import younger
from spinesurv.cohorts.audit_identity import name_findings
from spinesurv.cohorts.audit_kept import KEPT, kept_findings
from spinesurv.cohorts.audit_outcome import unit_of_time_findings
from spinesurv.cohorts.cells import SHOWN_FROM_ROWS, codes_in_words, numbers, plain_code
from spinesurv.cohorts.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.mapping import Mapping
from spinesurv.cohorts.name_words import (
    identifies_a_person,
    looks_like_event,
    looks_like_time,
    plain,
    unit_of_time,
    words,
)
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import Variable, codebook
from spinesurv.units import CONVERSIONS

#: words and numbers that often mean missing
_MISSING_WORDS = {
    "na", "n/a", "nan", ".", "-", "--", "?", "unknown", "unk", "uk", "nd", "not done", "not available", "none recorded",
    "missing", "null", "unbekannt", "k.a.", "inconnu", "desconocido", "不明", "未測定", "미상", "모름",
}  # fmt: skip
_MISSING_NUMBERS = {"-1", "-9", "-99", "-999", "999", "9999"}
#: values of one column below which nothing is said about its distribution
_ENOUGH = 10


def raw_findings(table: RawTable) -> Iterator[Finding]:
    """Findings about the cells and names of a raw table; names only raise questions, they decide nothing."""
    site = _site(table.cells)
    cells = table.cells.drop(columns=[site.name] if site.name in table.cells else [])
    filled = cells.mask(cells == "")
    mapping = Mapping(None, None, table.options)
    variables = _by_name(list(cells.columns))
    yield from table.content.findings
    persons = [str(name) for name in cells.columns if identifies_a_person(str(name))]
    if persons:
        yield Finding(
            "identifies_a_person", NEEDS_AN_ANSWER, f"{len(persons)} columns have names of personal data: {', '.join(persons)}.",
            "They are never imported. Leave them out of the export.", count=len(persons),
        )  # fmt: skip
    yield from name_findings([str(name) for name in cells.columns])
    for name in cells.columns:
        text = filled[name].dropna()
        yield from _codes(str(name), text)
        number = numbers(text.astype(object), table.options.decimal)
        if looks_like_event(str(name)):
            yield from _event(str(name), text)
        elif looks_like_time(str(name)) and number.notna().mean() > 0.9:
            yield from _time(str(name), number.dropna(), site)
        variable = variables.get(str(name))
        if variable is not None and variable.kind == "number" and number.notna().any():
            yield from _range(str(name), number.dropna(), variable)
        if str(name) not in persons and name != "site":
            frame = pd.DataFrame({"site": site, str(name): filled[name]})
            for finding in kept_findings(frame, missing_by_site(frame), mapping):
                yield replace(finding, what=finding.what.replace(KEPT, ""))
    yield from _ages(filled, variables, table.options.decimal)


def _site(cells: pd.DataFrame) -> pd.Series:
    """The column that has a name of the site; one site where there is none."""
    names = {plain(s) for s in ("site", *codebook()["site"].synonyms)}
    for name in cells.columns:
        if plain(str(name)) in names and 2 <= cells[name].nunique() <= 0.2 * len(cells):
            return cells[name]
    return pd.Series("all rows", index=cells.index, name=None)


def _by_name(names: list[str]) -> dict[str, Variable]:
    """Raw column -> variable whose key or synonym its name is."""
    known = {
        plain(word): variable
        for variable in codebook()
        for word in (variable.key, *variable.synonyms)
        if variable.role in ("baseline", "outcome")
    }
    return {name: known[plain(name)] for name in names if plain(name) in known}


def _codes(name: str, text: pd.Series) -> Iterator[Finding]:
    """Words and numbers that often mean missing."""
    counts = text.value_counts()
    usual = text.map(
        {
            v: v.lower() in _MISSING_WORDS
            # one 999 among days is a day
            or (plain_code(v) in _MISSING_NUMBERS and (v.startswith("-") or n >= SHOWN_FROM_ROWS))
            for v, n in zip(counts.index.astype(str), counts, strict=True)
        }
    )
    hits = text[usual.astype(bool)] if len(text) else text
    if len(hits) and len(hits) < len(text):
        yield Finding(
            "looks_like_missing_code", NEEDS_AN_ANSWER,
            f"{len(hits)} cells of {name} hold what often means missing: {codes_in_words(hits, always_shown=_MISSING_WORDS)}.",
            "Name the codes in missing, with their reason where it is known.", name, count=len(hits),
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


def _range(name: str, values: pd.Series, variable: Variable) -> Iterator[Finding]:
    """Numbers outside the plausible range of the variable that the name may mean; or a unit that explains them."""
    outside = int((~variable.in_range(values)).sum())
    if not outside:
        return
    fits = [
        unit
        for unit, factor in CONVERSIONS.get(variable.key, {}).items()
        if variable.in_range(values * factor).mean() > max(0.9, 1 - outside / len(values))
    ]
    do = (
        f"Plausible in {fits[0]}: give the unit."
        if fits and outside > 0.1 * len(values)
        else "They are emptied at import."
    )
    if outside >= SHOWN_FROM_ROWS or outside < len(values):
        yield Finding(
            "out_of_range", NEEDS_AN_ANSWER,
            f"{outside} of {len(values)} values of {name} lie outside the plausible range of {variable.key} in {variable.unit}.",
            do, name, count=outside,
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
