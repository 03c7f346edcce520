"""Small sites joined into one, so that every site that is judged has enough deaths."""

from __future__ import annotations

import pandas as pd

from spinesurv.core.cohort import Cohort
from spinesurv.errors import InputError

GROUPING_COLUMNS = ["site", "n", "events", "joined_into", "enough"]


def group_small_sites(
    cohort: Cohort, *, minimum_events: int = 20, name: str = "other_sites", together: bool = True
) -> tuple[Cohort, pd.DataFrame]:
    """Join the sites with fewer deaths than a minimum into one site.

    Rule: all sites with fewer than `minimum_events` deaths become one site called `name`; the other sites stay
    as they are, also where the joined site is still below the minimum: nobody is left out, and no site
    that can be judged alone is mixed with the rest. Column `enough` of the table says so. A single small
    site has nothing to be joined with and keeps its name.

    With `together=False` the small sites make as many joined sites as have enough deaths: in falling order of
    deaths (equal ones by name) they fill `name_1` until it reaches the minimum, then `name_2`, and so on; a
    last one that stays below joins the one before it. Many institutions of a few patients then stay
    several sites, between which a result can vary.

    Parameters
    ----------
    cohort : patients with outcome
    minimum_events : deaths that a site needs to stay alone
    name : of the joined site
    together : join all small sites into one, or into several

    Returns
    -------
    Cohort
        The same patients in the same order. A joined patient's identifier carries the old site in front
        ("3-0001"), so that it stays unique.
    table : site, n, events, joined_into ("" = stays alone), enough (its final site reaches the minimum)

    Raises
    ------
    InputError
        No outcome, a site that is already called `name`, or fewer deaths in the whole cohort than the minimum.
    """
    outcome = cohort.known_outcome
    if outcome.n_events < minimum_events:
        raise InputError(
            f"cohort: {outcome.n_events} deaths at all {len(cohort.sites)} sites together, fewer than "
            f"minimum_events = {minimum_events}. Lower the minimum, or add patients."
        )
    table = pd.DataFrame({"site": cohort.site, "events": outcome.of_interest.astype(int)})
    table = table.groupby("site", sort=False)["events"].agg(n="size", events="sum").reset_index()
    small = table["events"] < minimum_events
    target = _targets(table[small], minimum_events, name, together) if small.sum() > 1 else {}
    taken = sorted(set(target.values()) & set(cohort.sites))
    if taken:
        raise InputError(
            f"cohort: a site is already called {taken[0]!r}. Choose another name for the joined small sites."
        )
    table["joined_into"] = table["site"].map(target).fillna("")
    final = table["joined_into"].where(table["joined_into"] != "", table["site"])
    table["enough"] = table["events"].groupby(final).transform("sum") >= minimum_events
    if not target:
        return cohort, table[GROUPING_COLUMNS]

    def renamed(index: pd.Index) -> pd.MultiIndex:
        keys = [
            (target[site], f"{site}-{patient}", *rest) if site in target else (site, patient, *rest)
            for site, patient, *rest in index
        ]
        return pd.MultiIndex.from_tuples(keys, names=index.names)

    lesions = cohort.lesions
    patients = cohort.patients
    return Cohort(
        patients.set_axis(renamed(patients.index), axis="index"),
        cohort.outcome,
        None if lesions is None else lesions.set_axis(renamed(lesions.index), axis="index"),
        time_zero=cohort.time_zero,
        source=cohort.source,
    ), table[GROUPING_COLUMNS]


def _targets(small: pd.DataFrame, minimum_events: int, name: str, together: bool) -> dict[str, str]:
    """Small site -> the site that it joins."""
    if together:
        return dict.fromkeys(small["site"], name)
    groups: list[list[str]] = [[]]
    deaths = 0
    ordered = small.sort_values(["events", "site"], ascending=[False, True])
    for site, events in zip(ordered["site"], ordered["events"], strict=True):
        if deaths >= minimum_events:
            groups.append([])
            deaths = 0
        groups[-1].append(site)
        deaths += int(events)
    if deaths < minimum_events and len(groups) > 1:
        leftover = groups.pop()
        groups[-1] += leftover
    return {site: f"{name}_{k}" for k, members in enumerate(groups, start=1) for site in members}
