"""The same predictions judged in parts of the patients: nothing is fitted again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.core.tables import STACKED
from spinesurv.errors import InputError, unknown_name
from spinesurv.evaluation.imputations import pool_imputations
from spinesurv.evaluation.leaves import JudgedSite, Leaf, horizons_of, site_leaves

#: measures of a subgroup, in the order of tables
SUBGROUP_METRICS = ("harrell_c", "auc", "brier", "observed_expected")

#: fewer patients, or fewer deaths by the horizon, give a gap
LEAST_PATIENTS, LEAST_DEATHS = 20, 10
TOO_FEW = f"subgroup too small: fewer than {LEAST_PATIENTS} patients or {LEAST_DEATHS} deaths"

COLUMNS = [
    "variable", "subgroup", "patients", "deaths", "model", "metric", "horizon_days", "value", "std_error", "low", "high",
    "n", "events", "method", "status", "reason",
]  # fmt: skip

#: sites that share a curve of censoring, because each has too few patients of the subgroup for one of its own
_FEW = "sites with few patients"


def evaluate_subgroups(
    outcome: Outcome,
    predictions: Mapping[str, Prediction] | Sequence[Mapping[str, Prediction]],
    subgroups: Mapping[tuple[str, str], ArrayLike],
    *,
    horizons_days: Sequence[float],
    site: ArrayLike | None = None,
    metrics: Sequence[str] = SUBGROUP_METRICS,
    level: float = 0.95,
) -> pd.DataFrame:
    """Judge predictions in subgroups of the patients, all sites stacked.

    Parameters
    ----------
    outcome : Outcome of n patients
    predictions : system -> Prediction of the same n patients, made without them; or a list of these, one for each
        imputed table, pooled by Rubin's rules
    subgroups : (variable, subgroup) -> (n,) who belongs to it
    horizons_days : days at which measures of absolute risk are taken
    site : (n,) hospital of each patient; None = one curve of censoring for everybody of a subgroup
    metrics : keys of METRICS
    level : of the intervals

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per subgroup, system, measure and horizon. `patients` and `deaths` (over all follow-up) are
        those of the subgroup, `n` and `events` those that the estimate stands on. With fewer than 20 patients or 10 deaths
        by the horizon a row is a gap with that reason.

    Raises
    ------
    InputError
        Lengths differ, or a measure is unknown.

    Notes
    -----
    Censoring weights come from the patients of the subgroup: of each site by itself where it has 20 or more of them, of
    the other sites together. Intervals are those of each subgroup alone, without allowance for how many are looked at.

    References
    ----------
    Wang R et al. N Engl J Med 2007;357:2189-2194. doi:10.1056/NEJMsr077003

    Agrees with
    -----------
    `evaluate` on the patients of the subgroup alone.
    """
    from threadpoolctl import threadpool_limits

    from spinesurv.metrics import METRICS

    tables = [dict(predictions)] if isinstance(predictions, Mapping) else [dict(p) for p in predictions]
    for name in metrics:
        if name not in METRICS:
            raise unknown_name("measure", name, METRICS)
    chosen = {name: METRICS[name] for name in metrics}
    where = np.full(len(outcome), STACKED, dtype=object) if site is None else np.asarray(site, dtype=object)
    rows: list[dict[str, Any]] = []
    for (variable, subgroup), belongs in subgroups.items():
        members = np.asarray(belongs, dtype=bool)
        if members.shape != (len(outcome),) or len(where) != len(outcome):
            raise InputError(
                f"subgroup {subgroup!r} of {variable!r}: {len(members)} patients and {len(where)} sites for {len(outcome)} outcomes."
            )
        part = outcome.take(members)
        counted = {
            "variable": variable,
            "subgroup": subgroup,
            "patients": len(part),
            "deaths": int(part.of_interest.sum()),
        }
        strata = _strata(where[members])
        with threadpool_limits(1):
            leaves = pool_imputations(
                [
                    _leaves(
                        JudgedSite(STACKED, part, {key: p.take(members) for key, p in table.items()}, strata),
                        chosen,
                        horizons_days,
                    )
                    for table in tables
                ]
            )
        rows += [{**counted, **_row(leaf, level)} for leaf in leaves]
    return pd.DataFrame(rows, columns=COLUMNS)


def _strata(site: NDArray[Any]) -> NDArray[Any]:
    """Whose curve of censoring each patient follows."""
    names, counts = np.unique(site.astype(str), return_counts=True)
    few = names[counts < LEAST_PATIENTS]
    return np.where(np.isin(site.astype(str), few), _FEW, site.astype(str)).astype(object)


def _leaves(part: JudgedSite, metrics: Mapping[str, Any], horizons_days: Sequence[float]) -> list[Leaf]:
    """Every measure of every system; gaps alone where nobody belongs to the subgroup."""
    if len(part.outcome):
        return [_large_enough(leaf) for leaf in site_leaves(part, metrics, horizons_days, ())]
    return [
        Leaf(part.site, model, "", name, day, Estimate.gap(TOO_FEW, n=0, events=0, scale=metric.scale))
        for name, metric in metrics.items()
        for day in horizons_of(metric, horizons_days)
        for model in part.predictions
    ]


def _large_enough(leaf: Leaf) -> Leaf:
    """The leaf; a gap where it stands on too few."""
    e = leaf.estimate
    if e.status == "gap" or (e.n >= LEAST_PATIENTS and e.events >= LEAST_DEATHS):
        return leaf
    return replace(leaf, estimate=Estimate.gap(TOO_FEW, n=e.n, events=e.events, scale=e.scale))


def _row(leaf: Leaf, level: float) -> dict[str, Any]:
    e = leaf.estimate
    low, high = e.interval(level)
    return {
        "model": leaf.model,
        "metric": leaf.metric,
        "horizon_days": leaf.horizon_days,
        "value": e.value,
        "std_error": e.std_error,
        "low": low,
        "high": high,
        "n": e.n,
        "events": e.events,
        "method": e.method,
        "status": e.status,
        "reason": e.reason or "",
    }
