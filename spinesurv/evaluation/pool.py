"""From sites to one number: random effects on the measure's own scale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan, sqrt

import numpy as np

from spinesurv.core import SCALES, Estimate
from spinesurv.core.tables import POOLED
from spinesurv.evaluation.leaves import Leaf
from spinesurv.stats.pooling import random_effects

#: a reason that begins with how many patients it holds for
COUNTED = re.compile(r"(\d+ of \d+) (.+)")

METHOD = "random effects over sites (REML, Hartung-Knapp)"


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate on the natural scale, with what only pooling knows.

    `pi_low`, `pi_high`: 95 % prediction interval for a new site; `tau`: spread between sites on `scale`.
    """

    leaf: Leaf
    low: float
    high: float
    pi_low: float
    pi_high: float
    tau: float


def pool_sites(leaves: Sequence[Leaf], *, level: float, n_sites: int) -> Pooled:
    """Pool the leaves of one measure over sites.

    Values are pooled on the scale of the measure by restricted maximum likelihood, the interval is that of
    Hartung and Knapp with k - 1 degrees of freedom, the prediction interval uses t with k - 1 degrees of freedom
    (k sites), and all are transformed back. Sites without a value are named in the reason.

    References
    ----------
    Debray TPA et al. BMJ 2017;356:i6460. doi:10.1136/bmj.i6460
    """
    first = leaves[0]
    scale_name = first.estimate.scale
    usable = [leaf for leaf in leaves if _finite(leaf.estimate)]
    n = sum(leaf.estimate.n for leaf in usable)
    events = sum(leaf.estimate.events for leaf in usable)
    absent = [leaf for leaf in leaves if not _finite(leaf.estimate)]
    reason = _absent(absent, n_sites)

    def place(estimate: Estimate) -> Leaf:
        return replace(first, site=POOLED, estimate=estimate)

    if len(usable) < 2:
        gap = Estimate.gap(
            reason if not usable else f"pooling needs two sites; {reason or 'there is one'}",
            n=n,
            events=events,
            scale=scale_name,
            method=METHOD,
        )
        return Pooled(place(gap), nan, nan, nan, nan, nan)
    transformed = np.array([leaf.estimate.transformed for leaf in usable])
    meta = random_effects(transformed[:, 0], transformed[:, 1], level=level)
    scale = SCALES[scale_name]
    value = scale.inverse(meta.mean)
    estimate = Estimate(
        value,
        n,
        events,
        meta.std_error / scale.slope(value),
        scale=scale_name,
        df=meta.df,
        method=METHOD,
        reason=reason or None,
    )
    # from two sites a prediction interval has one degree of freedom and says nothing
    spread = (meta.pi_low, meta.pi_high) if len(usable) >= 3 else (nan, nan)
    low, high, pi_low, pi_high = (
        scale.inverse(x) if isfinite(x) else nan for x in (meta.low, meta.high, *spread)
    )
    return Pooled(place(estimate), low, high, pi_low, pi_high, sqrt(meta.tau2))


def not_pooled(leaves: Sequence[Leaf]) -> Pooled:
    """The pooled row of a measure whose mean over sites says nothing: a gap."""
    first = leaves[0]
    gap = Estimate.gap(
        "a test statistic is not pooled over sites",
        n=sum(leaf.estimate.n for leaf in leaves),
        events=sum(leaf.estimate.events for leaf in leaves),
        scale=first.estimate.scale,
    )
    return Pooled(replace(first, site=POOLED, estimate=gap), nan, nan, nan, nan, nan)


def _finite(estimate: Estimate) -> bool:
    centre, error = estimate.transformed
    return estimate.status != "gap" and isfinite(centre) and isfinite(error) and error > 0


def _absent(absent: Sequence[Leaf], n_sites: int) -> str:
    """Which sites have no value and why, sites with the same reason together, each with the count that it begins with."""
    if not absent:
        return ""
    by_reason: dict[str, list[str]] = {}
    for leaf in absent:
        why = leaf.estimate.reason or "the value sits on the edge of its scale"
        counted = COUNTED.fullmatch(why)
        site = f"{leaf.site} ({counted[1]})" if counted else leaf.site
        by_reason.setdefault(counted[2] if counted else why, []).append(site)
    if len(absent) == n_sites and len(by_reason) == 1 and not counted:
        return f"no site has a value: {next(iter(by_reason))}"
    words = "; ".join(f"{', '.join(sites)}: {why}" for why, sites in by_reason.items())
    return f"{n_sites - len(absent)} of {n_sites} sites have a value; without {words}"
