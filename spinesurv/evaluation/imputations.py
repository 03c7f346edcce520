"""From imputed tables to one number: Rubin's rules at the leaf, on the measure's own scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spinesurv.core import SCALES, Estimate
from spinesurv.evaluation.leaves import Leaf
from spinesurv.stats.rubin import pool_rubin


def pool_imputations(leaves: Sequence[Sequence[Leaf]]) -> list[Leaf]:
    """One leaf per place out of one per place and imputed table.

    Parameters
    ----------
    leaves : the leaves of each table, all in the same order

    Notes
    -----
    Values are pooled on the scale of the measure and transformed back; the degrees of freedom are Rubin's (1987). A
    place without a value in one of the tables is a gap, with the reason given there. One table alone stays as it is:
    its interval then leaves out that its gaps were filled by guesses.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987.
    Wood AM, Royston P, White IR. Biom J 2015;57:614-632. doi:10.1002/bimj.201400004
    """
    if len(leaves) == 1:
        return list(leaves[0])
    return [
        replace(same[0], estimate=_pooled([leaf.estimate for leaf in same]))
        for same in zip(*leaves, strict=True)
    ]


def _pooled(estimates: Sequence[Estimate]) -> Estimate:
    first = estimates[0]
    gap = next((e for e in estimates if e.status == "gap"), None)
    if gap is not None:
        return gap
    method = f"Rubin's rules over {len(estimates)} imputations; {first.method}"
    value = sum(e.value for e in estimates) / len(estimates)
    on_scale = [e.transformed for e in estimates]
    if any(c != c for c, _ in on_scale):
        # on the edge of the scale there is no interval; the mean stands, and says so
        reason = first.reason or "a value sits on the edge of its scale"
        return replace(
            first,
            value=value,
            std_error=float("nan"),
            influence=None,
            rows=None,
            limits=None,
            method=method,
            reason=reason,
        )
    pooled = pool_rubin([c for c, _ in on_scale], [s * s for _, s in on_scale])
    scale = SCALES[first.scale]
    value = scale.inverse(pooled.value)
    method = method.replace(";", f" (fraction of missing information {pooled.fraction_missing:.2f});", 1)
    return Estimate(
        value,
        first.n,
        first.events,
        pooled.std_error / scale.slope(value),
        scale=first.scale,
        df=pooled.df,
        method=method,
        reason=first.reason,
    )
