"""Findings about what columns have to do with the event: leaks, and grades that run the wrong way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.core.codebook import codebook

#: dead, and survivors, below whom nothing is said
_ENOUGH = 20
#: patients in whom the direction of a grade shows; of more, every second, third, ... is looked at
_PLENTY = 50_000
#: a rank correlation below this says nothing about the direction of a grade, nor one within three standard errors
_CLEAR = 0.15
#: grades that should agree with each other although they run against each other
_GRADES = {"ecog": -1.0, "kps": 1.0}


def event_findings(patients: BySite) -> Iterator[Finding]:
    """Findings about columns and the event, of patients with known outcome; `event` is 1 = died."""
    if not {"time_days", "event"} <= set(patients):
        return
    event, timed = patients.column("event"), patients.column("time_days").codes >= 0
    dead, alive = (np.flatnonzero(event.where(event.values == code) & timed) for code in (1, 0))
    if min(len(dead), len(alive)) >= _ENOUGH:
        for name in _could_leak(patients):
            column = patients.column(name)
            yield from _leak(name, column.standing(dead), column.standing(alive))
    needed = ["site", "time_days", "event", *(grade for grade in _GRADES if grade in patients)]
    known = patients.frame[needed].dropna(subset=["time_days", "event"])
    some = known.iloc[:: 1 + len(known) // _PLENTY]
    yield from _directions(some, some["event"].eq(1).to_numpy(dtype=bool))


def _could_leak(patients: BySite) -> list[str]:
    """Columns that are kept, and baseline variables; both are taken for what was known at time zero."""
    return [
        name
        for name in patients
        if (name not in codebook() and name not in ("entry_days",))
        or (name in codebook() and codebook()[name].role == "baseline" and name != "index_year")
    ]


def _leak(name: str, of_dead: NDArray[np.intp], of_alive: NDArray[np.intp]) -> Iterator[Finding]:
    """What a column tells of the event.

    Parameters
    ----------
    of_dead, of_alive : (1 + k,) how many of them have no value, and each of the k values
    """
    by_event = np.array([of_alive, of_dead])
    everybody, filled = by_event.sum(axis=1), by_event[:, 1:].sum(axis=1)
    share_filled = filled / everybody
    for rule, who, kind in (
        ("filled_only_of_the_dead", 1, "died"),
        ("filled_only_of_the_living", 0, "are alive at the end"),
    ):
        if share_filled[who] >= 0.2 and share_filled[1 - who] <= 0.01 and filled[who] >= _ENOUGH:
            yield Finding(
                rule, NEEDS_AN_ANSWER,
                f"{name} is filled in {filled[who]} of {everybody[who]} patients who {kind}, and in hardly any other.",
                "It tells the outcome and was not known at time zero: never a predictor.", name, count=int(filled[who]),
            )  # fmt: skip
    size = by_event[:, 1:].sum(axis=0)
    if not 2 <= np.count_nonzero(size) <= 6 or size.sum() < 2 * _ENOUGH:
        return
    share, size = of_dead[1:][size > 0] / size[size > 0], size[size > 0]
    pure = (share <= 0.02) | (share >= 0.98)
    if (
        size[pure].sum() >= 0.98 * size.sum()
        and min(size[share >= 0.98].sum(), size[share <= 0.02].sum()) >= _ENOUGH
    ):
        yield Finding(
            "repeats_the_event", NEEDS_AN_ANSWER,
            f"{name} says of {size[pure].sum()} patients the same as the event, in other codes.",
            "It is the outcome or comes from it: never a predictor.", name, count=int(size[pure].sum()),
        )  # fmt: skip


def _directions(known: pd.DataFrame, dead: NDArray[np.bool_]) -> Iterator[Finding]:
    grades = [g for g in _GRADES if g in known]
    told: set[str] = set()
    sites = [("", np.ones(len(known), dtype=bool))]
    names = known["site"].unique()
    if len(names) > 1:
        sites += [(str(name), (known["site"] == name).to_numpy()) for name in names]
    for site, here in sites:
        if "" in told:
            return  # all sites: nothing is added by telling each
        wrong = [g for g in grades if _runs_backwards(known.loc[here], g, dead[here])]
        against = len(grades) == 2 and _agree(known.loc[here, "ecog"], known.loc[here, "kps"])
        if against and not wrong:
            wrong = ["ecog"]
        if against or wrong:
            told.add(site)
        for grade in wrong:
            where = f" at site {site!r}" if site else ""
            why = (
                "high ECOG goes with high Karnofsky"
                if against
                else "those in worse condition by it lived longer"
            )
            yield Finding(
                "grade_inverted", NEEDS_AN_ANSWER, f"{grade} may run the wrong way{where}: {why}.",
                "ECOG 0 and Karnofsky 100 are the best. Check the coding.", grade, site,
            )  # fmt: skip


def _runs_backwards(part: pd.DataFrame, grade: str, dead: NDArray[np.bool_]) -> bool:
    """Whether the dead in worse condition lived clearly longer."""
    died = part[dead]
    rho, n = _rank_correlation(died[grade], died["time_days"])
    rho *= _GRADES[grade]
    return n >= _ENOUGH and rho < -_CLEAR and rho * np.sqrt(n - 1) < -3


def _agree(ecog: pd.Series, kps: pd.Series) -> bool:
    """Whether grades that should be opposite rise together."""
    rho, n = _rank_correlation(ecog, kps)
    return n >= _ENOUGH and rho > 2 * _CLEAR


def _rank_correlation(one: pd.Series, other: pd.Series) -> tuple[float, int]:
    """Spearman's rank correlation of the rows in which both are known, and their number; 0 where one does not vary."""
    both = pd.DataFrame({"one": one, "other": other}).dropna().astype("float64")
    if len(both) < _ENOUGH or both["one"].nunique() < 2 or both["other"].nunique() < 2:
        return 0.0, len(both)
    return float(np.corrcoef(both.rank().to_numpy(), rowvar=False)[0, 1]), len(both)
