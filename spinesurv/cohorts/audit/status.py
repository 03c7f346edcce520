"""Findings about a status at some days, and how many are dead, alive and not known there, by site."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import BLOCKS, NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.outcome import FEW_PATIENTS
from spinesurv.cohorts.harmonise.status import CONTRADICTED
from spinesurv.cohorts.mapping.mapping import StatusRule
from spinesurv.core import Outcome
from spinesurv.core.cohort import Cohort
from spinesurv.core.status import days_in_words, status_column
from spinesurv.stats.kaplan_meier import kaplan_meier

#: share of patients not known above which somebody has to say why
_MANY_UNKNOWN = 0.05
#: share of rows that contradict themselves above which a coding is wrong, not a patient
_MANY_CONTRADICTED = 0.1


def status_by_site(cohort: Cohort) -> pd.DataFrame:
    """site, horizon_days, n, dead, alive, unknown, risk, risk_if_alive, risk_if_dead of patients known by their status alone.

    `risk` is that of Kaplan-Meier, in which who was alive at an earlier day and is not known at this one counts up to there. The
    share dead would be `risk_if_alive` if everybody who is not known were alive after that day, `risk_if_dead` if all were dead;
    all three are missing where nobody is known.
    """
    columns = [
        "site",
        "horizon_days",
        "n",
        "dead",
        "alive",
        "unknown",
        "risk",
        "risk_if_alive",
        "risk_if_dead",
    ]
    rows = []
    for name in cohort.sites if cohort.outcome is not None else []:
        outcome = cohort.known_outcome.take(cohort.site == name)
        status = outcome.status
        for k, day in enumerate(status.days if status is not None else ()):
            assert status is not None
            told = status.dead[:, k]
            dead, alive, n = int((told == 1.0).sum()), int((told == 0.0).sum()), len(told)
            unknown = n - dead - alive
            known = dead + alive
            risk = _risk(outcome, float(day)) if known else np.nan
            bounds = (dead / n, (dead + unknown) / n) if known else (np.nan, np.nan)
            rows.append((name, float(day), n, dead, alive, unknown, risk, *bounds))
    return pd.DataFrame(rows, columns=columns)


def _risk(outcome: Outcome, day: float) -> float:
    seen = outcome.at_day(day)
    return 1.0 - float(kaplan_meier(seen.time_days, seen.event).at([day])[0])


def status_findings(
    cohort: Cohort, canonical: pd.DataFrame, refused: pd.DataFrame, rule: StatusRule | None
) -> Iterator[Finding]:
    """Findings about a table that tells who was dead by some days and no times; none about any other."""
    if rule is None:
        return
    days = days_in_words(rule.days)
    yield Finding(
        "status_only", NOTE, f"The table tells who was dead by {days} and no times: it is not survival data.",
        "Scores, published survival and predictions are judged at these days alone. Give dates or days of follow-up where there "
        "are any: all else needs them.", ", ".join(rule.columns), count=len(canonical),
    )  # fmt: skip
    broken = int((refused["reason"] == CONTRADICTED).sum())
    if broken >= FEW_PATIENTS and broken > _MANY_CONTRADICTED * (len(refused) + len(canonical)):
        yield Finding(
            "status_contradicted", BLOCKS,
            f"{broken} of {len(refused) + len(canonical)} rows are dead by a day and alive at a later one: one of the columns is coded "
            "the other way round, or belongs to another day.",
            "Check dead, alive and the day of each column in [outcome.dead_by] of the mapping file.",
            ", ".join(rule.columns), count=broken,
        )  # fmt: skip
    table = status_by_site(cohort)
    if table["dead"].sum() == 0:
        known = int(table["alive"].sum())
        yield Finding(
            "all_censored" if known else "no_outcome", BLOCKS,
            f"Nobody of {len(canonical)} patients is known to be dead by {days}.",
            "Check which code means dead in [outcome.dead_by] of the mapping file.", ", ".join(rule.columns), count=len(canonical),
        )  # fmt: skip
        return
    for k, day in enumerate(rule.days):
        yield from _at_day(table[table["horizon_days"] == day], cohort, k, day, rule.columns[k])


def _at_day(table: pd.DataFrame, cohort: Cohort, k: int, day: int, column: str) -> Iterator[Finding]:
    """Findings about one day: who is not known, and sites where all or none died."""
    status = cohort.known_outcome.status
    assert status is not None
    dead = int(table["dead"].sum())
    asked = table[table["unknown"] < table["n"]]
    for site in table.loc[table["unknown"] == table["n"], "site"]:
        yield Finding(
            "status_never_known", NOTE, f"At site {site!r} nobody's status at day {day} is known.",
            "The site is not judged at that day. Map its column, if it has one.", column, str(site),
        )  # fmt: skip
    lost = int(asked["unknown"].sum())
    if lost:
        m = int(asked["n"].sum())
        what = (
            f"The status at day {day} of {lost} of {m} patients is not known. They are never taken for alive: {dead / (m - lost):.0%} of those "
            f"known are dead, {dead / m:.0%} of all if these were alive, {(dead + lost) / m:.0%} if they were dead."
        )
        unknown = np.isnan(status.dead[:, k])
        seen = int((unknown & (status.dead[:, :k] == 0.0).any(axis=1)).sum())
        if seen:
            what += f" {seen} of them were alive at an earlier day and count up to there, as anybody whose follow-up ends."
        later = int((unknown & ~np.isnan(status.dead[:, k + 1 :]).all(axis=1)).sum())
        if later:
            what += f" {later} of them are known at a later day, which is not used at this one: it would tell of survivors alone."
        yield Finding(
            "status_unknown", NEEDS_AN_ANSWER if lost > _MANY_UNKNOWN * m else NOTE, what,
            "Why is it not known? What is said of such a day is right only if that has nothing to do with whether they died. Ask a registry, "
            "or give the day of last contact.", status_column(day), count=lost,
        )  # fmt: skip
    for row in asked.to_dict("records"):
        known = int(row["dead"] + row["alive"])
        if row["dead"] in (0, known) and known >= 10:
            fate = "dead" if row["dead"] else "alive"
            yield Finding(
                "status_all_alike", NEEDS_AN_ANSWER, f"All {known} patients known at day {day} are {fate} at site {str(row['site'])!r}.",
                "Check which code means dead, and whether the others are in the table.", status_column(day), str(row["site"]), known,
            )  # fmt: skip
