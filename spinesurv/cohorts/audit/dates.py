"""Findings about dates and the end of follow-up: what contradicts itself, closing dates, late entry, inverted coding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.cohorts.audit.birth import kept_rows
from spinesurv.cohorts.audit.filled_days import filled_day_findings
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.kept import one_site
from spinesurv.cohorts.cells import ISO, dates, numbers
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.name_words import words
from spinesurv.cohorts.read_table import RawTable

#: patients below which nothing is said about a distribution
_ENOUGH = 20


def date_findings(
    canonical: pd.DataFrame, refused: pd.DataFrame, mapping: Mapping, table: RawTable
) -> Iterator[Finding]:
    """Findings about dates, of all patients; canonical dates are YYYY-MM-DD."""
    day = _ends(refused, mapping, table) | {
        name: dates(canonical[name].fillna("").astype(object), ISO)
        for name in canonical.columns
        if name in ("index_date", "death_date", "follow_up_end_date")
        or (name.endswith("_date") and name not in mapping_keys(mapping))
    }
    yield from _vital_status(canonical, day)
    if "index_date" in day:
        yield from _closing_date(canonical, day["index_date"])
        for name, values in day.items():
            late = int((values > day["index_date"]).sum())
            if (
                late
                and name.removesuffix("_date") in canonical
                and name not in ("death_date", "follow_up_end_date")
            ):
                yield Finding(
                    "measured_after_time_zero", NEEDS_AN_ANSWER,
                    f"{late} values of {name.removesuffix('_date')} are dated after time zero ({name}).",
                    "A value after time zero is no baseline value: take the last one before, or leave it empty.",
                    name.removesuffix("_date"), count=late,
                )  # fmt: skip
    if {"time_days", "event"} <= set(canonical.columns):
        yield from _dead_live_longer(canonical)
        yield from _late_entry(canonical, mapping)
    if not mapping.names_months:
        yield from filled_day_findings(day, canonical["site"])
    yield from _age_at_death(canonical, mapping)
    yield from _order_of_day_and_month(mapping, table)


def _ends(refused: pd.DataFrame, mapping: Mapping, table: RawTable) -> dict[str, pd.Series]:
    """Dates of death and of last contact, where a mapping gives both as the end of follow-up: the first is that of death."""
    end = mapping.outcome.end if mapping.outcome else None
    if end is None or len(end.from_) != 2:
        return {}
    kept = kept_rows(refused, table)
    found = [dates(table.column(name)[kept].reset_index(drop=True), end.patterns) for name in end.from_]
    return dict(zip(("death_date", "follow_up_end_date"), found, strict=True))


def mapping_keys(mapping: Mapping) -> set[str]:
    """Variables that a mapping fills."""
    return {rule.key for rule in mapping.columns}


def _vital_status(canonical: pd.DataFrame, day: dict[str, pd.Series]) -> Iterator[Finding]:
    if "death_date" not in day:
        return
    died = day["death_date"].notna()
    if "event" in canonical:
        living = died & canonical["event"].eq(0).fillna(False)
        if living.any():
            where, there = one_site(canonical["site"], canonical.index[living])
            at = f" {there} of them are at site {where!r}." if where else ""
            yield Finding(
                "alive_with_death_date", NEEDS_AN_ANSWER,
                f"{int(living.sum())} patients count as alive and have a date of death.{at}",
                "Is the coding of the event the right way round?", "event", where, int(living.sum()),
            )  # fmt: skip
        undated = int((~died & canonical["event"].eq(1).fillna(False)).sum())
        seen = day.get("follow_up_end_date", pd.Series(dtype="datetime64[s]"))
        if undated and (died.any() or seen.notna().any()):
            yield Finding(
                "death_without_date", NEEDS_AN_ANSWER, f"{undated} patients count as dead and have no date of death.",
                "Their time comes from another date: add the date of death, or check the coding.", "death_date", count=undated,
            )  # fmt: skip
    if "follow_up_end_date" in day:
        late = int((day["follow_up_end_date"] > day["death_date"]).sum())
        if late:
            yield Finding(
                "contact_after_death", NEEDS_AN_ANSWER, f"{late} patients have a last contact after their death.",
                "One of the dates is wrong, or the contact was with the family.", "follow_up_end_date", count=late,
            )  # fmt: skip
    if "index_date" in day:
        early = int((day["death_date"] < day["index_date"]).sum())
        if early:
            yield Finding(
                "death_before_time_zero", NEEDS_AN_ANSWER, f"{early} patients died before time zero by their dates.",
                "One of the dates is wrong.", "death_date", count=early,
            )  # fmt: skip


def _closing_date(canonical: pd.DataFrame, zero: pd.Series) -> Iterator[Finding]:
    if not {"time_days", "event"} <= set(canonical.columns):
        return
    alive = canonical["event"].eq(0).fillna(False) & canonical["time_days"].notna() & zero.notna()
    last = zero + pd.to_timedelta(canonical["time_days"].round(), unit="D")
    for site, days in last[alive].groupby(canonical["site"], sort=False):
        same = int(days.value_counts().max())
        if len(days) >= _ENOUGH / 2 and same > 0.5 * len(days):
            yield Finding(
                "closing_date", NEEDS_AN_ANSWER,
                f"{same} of {len(days)} survivors of site {str(site)!r} were last seen on the same day.",
                "Was everybody checked on that day (a registry), or only assumed to be alive? The latter hides deaths.",
                "time_days", str(site), same,
            )  # fmt: skip


def _dead_live_longer(canonical: pd.DataFrame) -> Iterator[Finding]:
    """In advanced cancer the dead leave early; where they stay clearly longer, the codes may be inverted."""
    for site, part in canonical[["site", "time_days", "event"]].dropna().groupby("site", sort=False):
        dead, alive = (part.loc[part["event"] == code, "time_days"].to_numpy() for code in (1, 0))
        if (
            min(len(dead), len(alive)) >= _ENOUGH / 2
            and np.median(dead) > 1.5 * np.median(alive)
            and _higher(dead, alive) > 3
        ):
            yield Finding(
                "dead_live_longer", NEEDS_AN_ANSWER,
                f"At site {str(site)!r} those who died were followed longer than those alive (median, by more than a half).",
                "Confirm which code means dead: in an inverted coding this is what one sees.", "event", str(site), len(part),
            )  # fmt: skip


def _higher(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """z of the rank-sum test; above 0 where the first are higher."""
    n, m = len(one), len(other)
    ranks = pd.Series(np.concatenate([one, other])).rank().to_numpy()[:n]
    return float((ranks.sum() - n * (n + m + 1) / 2) / np.sqrt(n * m * (n + m + 1) / 12))


def _late_entry(canonical: pd.DataFrame, mapping: Mapping) -> Iterator[Finding]:
    if mapping.outcome is None or "entry_days" in canonical:
        return
    deaths = canonical.loc[canonical["event"].eq(1).fillna(False), "time_days"].dropna()
    nobody_early = len(deaths) >= 50 and float(deaths.min()) > 0.1 * float(deaths.median())
    said = "diagnos" in mapping.outcome.time_zero.lower()
    if said or nobody_early:
        why = f"Time zero is {mapping.outcome.time_zero!r}" if said else "Nobody died early"
        yield Finding(
            "left_truncation", NEEDS_AN_ANSWER if said else NOTE,
            f"{why}, and no day of entry is given. Who had to live until referral, operation or consent to be in the table cannot "
            "die before.",
            "Give the day from which each patient was observed (entry in [outcome]), if it is later than time zero.",
            "entry_days", count=len(deaths),
        )  # fmt: skip


def _age_at_death(canonical: pd.DataFrame, mapping: Mapping) -> Iterator[Finding]:
    if "age" not in canonical:
        return
    for name in canonical.columns:
        if words(str(name)).startswith(("age at death", "age at last")):
            later = numbers(canonical[name].fillna("").astype(object), mapping.options.decimal)
            early = younger(later, canonical["age"].astype("float64"))
            if early:
                yield Finding(
                    "younger_at_death", NEEDS_AN_ANSWER, f"{early} patients are younger in {name} than at time zero.",
                    "One of the ages, or time zero, is wrong for them.", str(name), count=early,
                )  # fmt: skip


def younger(later: pd.Series, entry: pd.Series) -> int:
    """Patients whose later age is below their age at entry; where later ages are whole years, entry counts in whole years."""
    whole = bool((later.dropna() % 1 == 0).all())
    return int((later < (np.floor(entry) if whole else entry - 1e-6)).sum())


def _order_of_day_and_month(mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    """Dates that would be read as well with day and month exchanged."""
    outcome = mapping.outcome
    rules = [(rule.key, rule.from_, rule.patterns) for rule in mapping.columns if rule.from_]
    for dated in (outcome.start, outcome.end, outcome.entry) if outcome else ():
        rules += [(name, name, dated.patterns) for name in dated.from_] if dated else []
    for key, source, patterns in rules:
        swapped = tuple(p.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m") for p in patterns)
        if len(patterns) != 1 or patterns[0] == ISO or not all(part in patterns[0] for part in ("%d", "%m")):
            continue
        text = table.column(str(source))
        filled = text[text != ""]
        if filled.nunique() < _ENOUGH:
            continue
        ours, other = dates(filled, patterns).notna(), dates(filled, swapped).notna()
        if (other.all() and (~ours).any()) or (other & ~ours).mean() > 0.1:
            yield Finding(
                "order_of_day_and_month", NEEDS_AN_ANSWER,
                f"{int((other & ~ours).sum())} of {len(filled)} dates of {source} fit only with day and month exchanged.",
                "Check the declared format of this column, per site.", str(key), count=int((other & ~ours).sum()),
            )  # fmt: skip
        elif other.all():
            yield Finding(
                "order_of_day_and_month", NEEDS_AN_ANSWER,
                f"All {len(filled)} dates of {source} would be read as well with day and month exchanged.",
                "No day above 12 in any of them is no chance: check the declared format.", str(key), count=len(filled),
            )  # fmt: skip
