"""Findings about time and event: coding, unit, follow-up by site."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import BLOCKS, NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.kept import one_site
from spinesurv.cohorts.mapping.mapping import EventRule, Mapping
from spinesurv.core.cohort import Cohort
from spinesurv.core.end_point import END_POINTS
from spinesurv.stats.kaplan_meier import reverse_kaplan_meier
from spinesurv.units import DAYS_PER_MONTH

#: deaths below which a site cannot be judged alone
FEW_EVENTS = 20
#: patients below which nothing that comes near a single value is shown
FEW_PATIENTS = 5

#: unit -> (highest plausible median, highest plausible maximum, lowest plausible maximum), in that unit
_PLAUSIBLE_TIME = {
    "days": (np.inf, np.inf, 60.0),
    "weeks": (520.0, 1740.0, 8.0),
    "months": (120.0, 400.0, 0.0),
    "years": (20.0, 60.0, 0.0),
}


def follow_up_by_site(cohort: Cohort) -> pd.DataFrame:
    """site, n, events, event_share, zero_days, median_follow_up_days (reverse Kaplan-Meier).

    The median is missing where it is not reached, and where a site has fewer than 5 patients. Sites where only the status at
    some days is known are not in it.
    """
    rows = []
    for name in cohort.sites if cohort.outcome is not None else []:
        outcome = cohort.known_outcome.take(cohort.site == name)
        if outcome.status is not None:
            continue
        n, median = len(outcome), np.nan
        if n >= FEW_PATIENTS:
            curve = reverse_kaplan_meier(outcome.time_days, outcome.event, events_first=False)
            median = float(np.round(curve.quantiles([0.5])[0][0]))
        zero = int((outcome.time_days == 0).sum())
        rows.append((name, n, outcome.n_events, outcome.n_events / n, zero, median))
    columns = ["site", "n", "events", "event_share", "zero_days", "median_follow_up_days"]
    return pd.DataFrame(rows, columns=columns)


def outcome_findings(cohort: Cohort, canonical: pd.DataFrame, mapping: Mapping) -> Iterator[Finding]:
    """Findings about the outcome; none where the table has no outcome."""
    if mapping.outcome is None:
        return
    yield from _coding(cohort, canonical, mapping)
    yield from _missing(canonical)
    yield from _ended_by_end_point(canonical, mapping.outcome.event)
    if mapping.outcome.time is not None:
        for name, times in canonical.groupby("site", sort=False)["time_days"]:
            yield from unit_of_time_findings(
                str(name), times.dropna(), mapping.outcome.time.unit, mapping.outcome.time.factor
            )
    yield from _one_time(canonical)
    time = canonical["time_days"].dropna()
    zeros = int((time == 0).sum())
    if zeros:
        yield Finding(
            "zero_days", NOTE, f"{zeros} patients have a follow-up of 0 days.",
            "They are kept: a death on the same day is real. Check that they are no default.",
            column="time_days", count=zeros,
        )  # fmt: skip
    yield from _rounded(time[time > 0], canonical["site"])


def _rounded(time: pd.Series, site: pd.Series) -> Iterator[Finding]:
    """Times in whole months, of the whole table or of single sites."""
    whole, n = _whole_months(time)
    of_all = n >= FEW_PATIENTS and whole > 0.5 * n
    parts = [("", time)] if of_all else time.groupby(site.loc[time.index], sort=False)
    for at, part in parts:
        whole, n = _whole_months(part)
        if of_all or (n >= FEW_EVENTS and whole > 0.5 * n):
            where = f" at site {str(at)!r}" if at else ""
            yield Finding(
                "whole_months", NOTE, f"{whole} of {n} times{where} are whole months.",
                "Survival near a horizon hangs on the rounding; record days where they are known.", "time_days", str(at), whole,
            )  # fmt: skip


def _whole_months(time: pd.Series) -> tuple[int, int]:
    """Times that are whole months, exactly or in days of 30 or 30.4375 to a month and rounded to whole days; and all times."""
    months = time / DAYS_PER_MONTH
    exact = int((months.round(6) == months.round()).sum())
    if (time == time.round()).all() and len(time) >= FEW_EVENTS:
        near = (time - months.round() * DAYS_PER_MONTH).abs() <= 0.5
        exact = max(exact, int(near.sum()), int((time % 30 == 0).sum()))
    return exact, len(time)


def _one_time(canonical: pd.DataFrame) -> Iterator[Finding]:
    """Survivors of a site who share one follow-up time."""
    outcome = canonical[["site", "time_days", "event"]].dropna()
    alive = outcome[outcome["event"].eq(0)]
    for site, times in alive.groupby("site", sort=False)["time_days"]:
        same = int(times.value_counts().max())
        if len(times) >= FEW_EVENTS / 2 and same > 0.5 * len(times):
            yield Finding(
                "one_follow_up_time", NEEDS_AN_ANSWER,
                f"{same} of {len(times)} survivors of site {str(site)!r} have the same follow-up time.",
                "Were they seen on that day, or was follow-up cut off there, or is the figure a default?", "time_days", str(site), same,
            )  # fmt: skip


def _coding(cohort: Cohort, canonical: pd.DataFrame, mapping: Mapping) -> Iterator[Finding]:
    n, deaths = len(cohort), cohort.known_outcome.n_events
    source = mapping.outcome.event.from_ if mapping.outcome else ""
    if n == 0:
        yield Finding(
            "no_outcome", BLOCKS, f"The outcome of all {len(canonical)} patients is unknown.",
            "Check the columns of time and event, and the codes that mean missing.", column="event",
        )  # fmt: skip
        return
    if deaths == 0:
        yield Finding(
            "all_censored", BLOCKS, f"All {n} patients are censored, nobody died.",
            "Check which code of the event means dead: dead and alive in [outcome] event of the mapping file.",
            column="event", count=n,
        )  # fmt: skip
        return
    if deaths == n:
        yield Finding(
            "all_dead", NEEDS_AN_ANSWER, f"All {n} patients died, nobody is censored.",
            "Is the coding right (in 1/2 coding 2 = died is common), and are the survivors in the table?",
            column="event", count=n,
        )  # fmt: skip
    if "cnsr" in source.lower() or "censor" in source.lower():
        yield Finding(
            "censoring_indicator", NEEDS_AN_ANSWER,
            f"The event comes from column {source!r}: in such columns 1 often means censored.",
            "Confirm which code means dead.", column="event",
        )  # fmt: skip
    for row in follow_up_by_site(cohort).to_dict("records"):
        site, events, patients = str(row["site"]), int(row["events"]), int(row["n"])
        if events == 0:
            yield Finding(
                "no_events_at_site", NEEDS_AN_ANSWER, f"Nobody died at site {site!r} ({patients} patients).",
                "Check the event coding of this site, or join small sites.", "event", site, patients,
            )  # fmt: skip
        elif events < FEW_EVENTS:
            yield Finding(
                "few_events_at_site", NOTE,
                f"Site {site!r} has {events} deaths; with fewer than {FEW_EVENTS} it cannot be judged alone.",
                "Join small sites (minimum_events in the study file).", "event", site, events,
            )  # fmt: skip
        if events == patients >= FEW_EVENTS and deaths < n:
            yield Finding(
                "all_dead_at_site", NEEDS_AN_ANSWER,
                f"All {patients} patients of site {site!r} died, at other sites some are censored.",
                "Are the survivors of this site in the table?", "event", site, patients,
            )  # fmt: skip


def _missing(canonical: pd.DataFrame) -> Iterator[Finding]:
    rows = canonical[["site", "time_days", "event"]]
    gone = rows.index[rows["time_days"].isna() & (rows["event"] == 0).fillna(False)]
    whole = _only_of_the_dead(rows) and not one_site(rows["site"], gone)[0]
    parts = [("", rows)] if whole or rows["site"].nunique() < 2 else rows.groupby("site", sort=False)
    for site, part in parts:
        count, alive = _only_of_the_dead(part), int((part["event"] == 0).fillna(False).sum())
        if count:
            at = f" of site {str(site)!r}" if site else ""
            yield Finding(
                "follow_up_only_of_the_dead", NEEDS_AN_ANSWER,
                f"The time is missing in {count} of {alive} survivors{at} and in hardly any of the dead.",
                "Add the date of last contact of the survivors; without it survival is far too low.", "time_days", str(site), count,
            )  # fmt: skip


def _only_of_the_dead(part: pd.DataFrame) -> int:
    """Survivors without a time, where most lack one and hardly any of the dead; else 0."""
    gone = part["time_days"].isna()
    alive, dead = (part["event"] == 0).fillna(False), (part["event"] == 1).fillna(False)
    if alive.sum() < FEW_PATIENTS or not dead.any():
        return 0
    of_alive, of_dead = float(gone[alive].mean()), float(gone[dead].mean())
    n = min(int(alive.sum()), int(dead.sum()))
    many = of_alive > 0.5 or (of_alive > 0.15 and n >= FEW_EVENTS and of_alive > 5 * of_dead)
    return int((gone & alive).sum()) if many and of_dead < 0.1 else 0


def _ended_by_end_point(canonical: pd.DataFrame, rule: EventRule) -> Iterator[Finding]:
    for name in sorted(set(rule.first.values())):
        days = END_POINTS[name].days
        count = int(canonical[days].notna().sum())
        if count:
            yield Finding(
                "follow_up_ends_with_end_point", NEEDS_AN_ANSWER,
                f"Follow-up of {count} patients ends with {name}; whether they died later is not in the table.",
                f'Judge end_point = "{name}". For death of any cause they would count as censored, which hides deaths.',
                column=days, count=count,
            )  # fmt: skip


def unit_of_time_findings(
    site: str, times: pd.Series, unit: str, factor: float, column: str = "time_days"
) -> Iterator[Finding]:
    """Whether times of one site are plausible in the unit in which they were read; `factor` took them to days."""
    if len(times) == 0:
        return
    given = times / factor
    median, highest, lowest = _PLAUSIBLE_TIME.get(unit.strip().lower(), (np.inf, np.inf, 0.0))
    doubts = []
    if given.median() > median:
        doubts.append(f"the median lies above {median:g}")
    if given.max() > highest:
        doubts.append(f"the maximum lies above {highest:g}")
    if given.max() < lowest:
        doubts.append(f"the maximum lies below {lowest:g}")
    if doubts:
        yield Finding(
            "time_unit", NEEDS_AN_ANSWER,
            f"Follow-up at site {site!r} was read as {unit}, and {' and '.join(doubts)}.",
            "Is the unit of time right (days, weeks, months, years)?", column, site, len(times),
        )  # fmt: skip
