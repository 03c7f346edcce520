"""Findings about sites beside each other: units, times, codes of the event, and early deaths that differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.audit.values import ratios_of_units
from spinesurv.core.codebook import codebook
from spinesurv.core.cohort import OUTCOME_COLUMNS
from spinesurv.units import CONVERSIONS

_ENOUGH = 20
#: follow-up of two sites that differs by this factor is hardly in one unit
_FOLD = 5.0


def site_findings(patients: BySite) -> Iterator[Finding]:
    """Findings about the sites of one table, or of several that are put together."""
    if len(patients.sites) < 2:
        return
    numbers = [
        v for v in codebook() if v.kind in ("number", "count") and v.role in ("baseline", "after_time_zero")
    ]
    for variable in numbers:
        if variable.key in patients:
            yield from _units(variable.key, patients)
    yield from _exchanged(patients)
    if {"time_days", "event"} <= set(patients):
        yield from _times(patients)
        outcome = patients.frame[["site", "time_days", "event"]].dropna()
        yield from _nobody_early(outcome)
        yield from _mirrored(outcome)


def _units(name: str, patients: BySite) -> Iterator[Finding]:
    column = patients.column(name)
    tallies = {site: column.tally(at) for at, site in enumerate(patients.sites)}
    medians = {s: t.median for s, t in tallies.items() if len(t) >= _ENOUGH and t.median > 0}
    if len(medians) < 2:
        return
    for site, median in medians.items():
        others = float(np.median([m for s, m in medians.items() if s != site]))
        ratio = max(median / others, others / median)
        if any(abs(np.log(ratio / factor)) < np.log(1.25) for factor in ratios_of_units(name)):
            yield Finding(
                "unit_differs_between_sites", NEEDS_AN_ANSWER,
                f"The median of {name} at site {site!r} differs from that of the other sites by a factor between units.",
                "Is the unit the same everywhere? Give it by site (unit = { from = ..., values = ... }).",
                name, site, len(tallies[site]),
            )  # fmt: skip


def _exchanged(patients: BySite) -> Iterator[Finding]:
    """Two laboratory values that stand in each other's column at one site: each median is that of the other one elsewhere."""
    names = [
        v.key
        for v in codebook()
        if v.unit and v.kind == "number" and v.key in patients and v.key in CONVERSIONS
    ]
    names = [name for name in names if name not in OUTCOME_COLUMNS]
    for at, site in enumerate(patients.sites):
        own, others, count = dict[str, float](), dict[str, float](), dict[str, int]()
        for name in names:
            column = patients.column(name)
            here, there = column.tally(at), column.elsewhere(at)
            enough = len(here) >= _ENOUGH / 2 and len(there) >= _ENOUGH
            if enough and here.median > 0 and there.median > 0:
                count[name] = len(here)
                own[name], others[name] = float(np.log(here.median)), float(np.log(there.median))
        for one, other in combinations(own, 2):
            apart = abs(others[one] - others[other]) > np.log(2.5)
            if apart and max(abs(own[one] - others[other]), abs(own[other] - others[one])) < np.log(1.5):
                yield Finding(
                    "columns_exchanged", NEEDS_AN_ANSWER,
                    f"At site {site!r} {one} is as high as {other} at the other sites, and {other} as {one}.",
                    "Are the two columns exchanged there?", one, site, count[one],
                )  # fmt: skip


def _times(patients: BySite) -> Iterator[Finding]:
    """Sites whose times are five times shorter or longer than elsewhere and more, in the middle and in the longest tenth.

    Survival differs between hospitals, but hardly by so much; units of time differ by 7, 12, 30 and 365.
    """
    times = patients.column("time_days")
    for at, site in patients.filled("time_days"):
        own, others = times.tally(at), times.elsewhere(at)
        if min(len(own), len(others)) < _ENOUGH or min(own.median, others.median) <= 0:
            continue
        ratios = [own.quantile(q) / others.quantile(q) for q in (0.5, 0.9)]
        if max(ratios) <= 1 / _FOLD or min(ratios) >= _FOLD:
            way, fold = ("longer", min(ratios)) if min(ratios) > 1 else ("shorter", 1 / max(ratios))
            yield Finding(
                "time_differs_between_sites", NEEDS_AN_ANSWER,
                f"Follow-up at site {site!r} is {fold:.0f} times {way} than at the other sites, in the middle and in the longest tenth.",
                "Is it in the same unit everywhere? Map this site by a file of its own, with its unit.", "time_days", site, len(own),
            )  # fmt: skip


def _nobody_early(outcome: pd.DataFrame) -> Iterator[Finding]:
    """Sites at which nobody died as early as many do elsewhere: day 0 may be an earlier one there."""
    died = outcome[outcome["event"].eq(1)]
    if died["site"].nunique() < 2:
        return
    for site, times in died.groupby("site", sort=False)["time_days"]:
        others = died.loc[died["site"] != site]
        before = others["time_days"] < times.min()
        if before.any() and len(others["site"].unique()) > 1:
            # one site with most of the early deaths is the odd one itself, by its unit of time for example
            most = others.loc[before, "site"].mode().iloc[0]
            others = others[others["site"] != most]
        earlier = float((others["time_days"] < times.min()).mean())
        if (
            len(times) >= _ENOUGH
            and len(others) >= _ENOUGH
            and earlier > 0.05
            and (1 - earlier) ** len(times) < 1e-4
        ):
            yield Finding(
                "left_truncation", NEEDS_AN_ANSWER,
                f"Nobody at site {str(site)!r} died as early as {earlier:.0%} of the dead of other sites did.",
                "Is day 0 the same event there, and were patients who died early left out? If day 0 lies earlier, give the day of entry.",
                "entry_days", str(site), len(times),
            )  # fmt: skip


def _mirrored(known: pd.DataFrame) -> Iterator[Finding]:
    """Sites where about as many are alive as have died elsewhere: there the codes may mean the opposite."""
    by_site = known["event"].astype("float64").groupby(known["site"], sort=False).agg(["size", "sum"])
    for site, row in by_site[by_site["size"] >= _ENOUGH].iterrows():
        others = by_site[by_site.index != site].sum()
        if others["size"] < _ENOUGH:
            continue
        own, elsewhere = float(row["sum"] / row["size"]), float(others["sum"] / others["size"])
        if abs(own - elsewhere) >= 0.4 and abs(own - (1 - elsewhere)) <= 0.2 and 0 < own < 1:
            yield Finding(
                "event_share_mirrored", NEEDS_AN_ANSWER, f"{own:.0%} died at site {str(site)!r} and {elsewhere:.0%} at the others.",
                "Does the code of the event mean the same there? In an inverted coding this is what one sees.", "event",
                str(site), int(row["size"]),
            )  # fmt: skip
