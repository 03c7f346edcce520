"""Findings about what columns have to do with the event: leaks, and grades that run the wrong way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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


def event_findings(canonical: pd.DataFrame) -> Iterator[Finding]:
    """Findings about columns and the event, of patients with known outcome; `event` is 1 = died."""
    if not {"time_days", "event"} <= set(canonical.columns):
        return
    known = canonical.dropna(subset=["time_days", "event"])
    dead = known["event"].eq(1).to_numpy(dtype=bool)
    if min(dead.sum(), (~dead).sum()) >= _ENOUGH:
        for name in _could_leak(known):
            yield from _leak(name, known[name], dead)
    some = slice(None, None, 1 + len(known) // _PLENTY)
    yield from _directions(known.iloc[some], dead[some])


def _could_leak(canonical: pd.DataFrame) -> list[str]:
    """Columns that are kept, and baseline variables; both are taken for what was known at time zero."""
    return [
        str(name)
        for name in canonical.columns
        if (name not in codebook() and name not in ("entry_days",))
        or (name in codebook() and codebook()[name].role == "baseline" and name != "index_year")
    ]


def _leak(name: str, column: pd.Series, dead: NDArray[np.bool_]) -> Iterator[Finding]:
    filled = column.notna().to_numpy()
    of_dead, of_alive = float(filled[dead].mean()), float(filled[~dead].mean())
    for rule, more, less, who in (
        ("filled_only_of_the_dead", of_dead, of_alive, dead),
        ("filled_only_of_the_living", of_alive, of_dead, ~dead),
    ):
        if more >= 0.2 and less <= 0.01 and filled[who].sum() >= _ENOUGH:
            kind = "died" if rule.endswith("dead") else "are alive at the end"
            yield Finding(
                rule, NEEDS_AN_ANSWER,
                f"{name} is filled in {int(filled[who].sum())} of {int(who.sum())} patients who {kind}, and in hardly any other.",
                "It tells the outcome and was not known at time zero: never a predictor.", name, count=int(filled[who].sum()),
            )  # fmt: skip
    codes = column.dropna()
    if not 2 <= codes.nunique() <= 6 or len(codes) < 2 * _ENOUGH:
        return
    by_code = pd.Series(dead[filled], index=codes.index).groupby(codes.astype(object).to_numpy())
    share, size = by_code.mean(), by_code.size()
    pure = (share <= 0.02) | (share >= 0.98)
    if (
        size[pure].sum() >= 0.98 * len(codes)
        and min(size[share >= 0.98].sum(), size[share <= 0.02].sum()) >= _ENOUGH
    ):
        yield Finding(
            "repeats_the_event", NEEDS_AN_ANSWER,
            f"{name} says of {int(size[pure].sum())} patients the same as the event, in other codes.",
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
