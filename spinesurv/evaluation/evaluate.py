"""One call from predictions to the performance table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.core.tables import PERFORMANCE_COLUMNS, STACKED
from spinesurv.errors import InputError, unknown_name
from spinesurv.evaluation.imputations import pool_imputations
from spinesurv.evaluation.leaves import JudgedSite, Leaf, pairs_of, restricted, site_leaves, usable
from spinesurv.evaluation.pool import Pooled, not_pooled, pool_sites


def evaluate(
    outcome: Outcome,
    predictions: Mapping[str, Prediction] | Sequence[Mapping[str, Prediction]],
    *,
    horizons_days: Sequence[float],
    site: ArrayLike | None = None,
    metrics: Sequence[str] | None = None,
    reference: str | None = None,
    every_pair: bool = False,
    missing: str = "pairwise",
    level: float = 0.95,
    n_workers: int = 1,
    progress: Callable[[], None] | None = None,
) -> pd.DataFrame:
    """Judge predictions: each measure by site, stacked over sites and pooled, and compared in pairs.

    Parameters
    ----------
    outcome : Outcome of n patients
    predictions : system -> Prediction of the same n patients in the same order; or a list of these, one for each
        imputed table, which are judged one by one and pooled by Rubin's rules at the leaf
    horizons_days : days at which measures of absolute risk are taken
    site : (n,) hospital of each patient; None judges everybody together
    metrics : keys of METRICS; when None all of them but those for patients of known status only (`known_only`), and these
        too where the status at some days is all that is known
    reference : system with which every other is compared (paired difference, system minus reference)
    every_pair : also the differences between systems none of which is the reference (the later minus the earlier)
    missing : "pairwise" judges each system on the patients it can predict, and pairs on those whom both can;
        "common" judges all on the patients whom every system can predict
    level : of the intervals
    n_workers : processes that judge sites side by side; results do not depend on it
    progress : called once for each site judged

    Returns
    -------
    DataFrame
        Columns of `core.tables.PERFORMANCE_COLUMNS`, one row per estimate. `site` is a site, "stacked" (all
        patients together, each site with its own censoring curve) or "pooled" (random effects over sites). A row
        without a value has status "gap" and a reason.

    Raises
    ------
    InputError
        Lengths differ, a name is unknown, a site is missing, a horizon is not a positive day, the level not a share,
        or something is not of the kind that is named above.

    Notes
    -----
    Censoring weights come from the patients judged, site by site; deaths leave before censorings at tied times.
    """
    from joblib import Parallel, delayed

    from spinesurv.metrics import METRICS

    tables = _tables(outcome, predictions)
    if isinstance(metrics, str):
        raise InputError(f"evaluate, metrics: a list of names is expected, ['{metrics}'] for one.")
    if not 0.0 < level < 1.0:
        raise InputError(
            f"evaluate, level: {level:g} found; a share between 0 and 1 is expected, such as 0.95."
        )
    for name in metrics or ():
        if name not in METRICS:
            raise unknown_name("measure", name, METRICS)
    by_status = outcome.status is not None
    usual = (name for name, m in METRICS.items() if not m.known_only or (by_status and m.at_day))
    chosen = list(metrics or usual)
    for table in tables:
        _check(outcome, table, horizons_days, reference, missing)
        if list(table) != list(tables[0]):
            raise InputError("evaluate: the imputed tables hold different systems.")
    if missing == "common":
        tables = [_on_common_patients(table, horizons_days) for table in tables]
    where = None if site is None else _sites(site, len(outcome))
    models = list(tables[0])
    pairs = pairs_of(models, reference, every=every_pair)
    tasks = [part for table in tables for part in JudgedSite.by_site(outcome, table, where)]
    # the largest, all sites stacked, first: no worker is left alone with it at the end
    order = sorted(range(len(tasks)), key=lambda i: -len(tasks[i].outcome))
    found: list[list[Leaf]] = [[] for _ in tasks]
    parallel = Parallel(n_jobs=min(n_workers, len(tasks)), return_as="generator", batch_size=1)
    judged = parallel(delayed(_judge)(tasks[i], chosen, list(horizons_days), pairs) for i in order)
    for i, leaves in zip(order, judged, strict=True):
        found[i] = leaves
        if progress:
            progress()
    per_table = len(tasks) // len(tables)
    by_table = [
        [leaf for part in found[k * per_table : (k + 1) * per_table] for leaf in part]
        for k in range(len(tables))
    ]
    leaves = pool_imputations(by_table)
    pooled = _pool(leaves, level) if where is not None else []
    rows = [_row(leaf, leaf.estimate.interval(level)) for leaf in leaves] + [_pooled_row(p) for p in pooled]
    return _ordered(pd.DataFrame(rows, columns=PERFORMANCE_COLUMNS), models, pairs, chosen, missing)


def _judge(
    part: JudgedSite, metrics: list[str], horizons_days: list[float], pairs: list[tuple[str, str]]
) -> list[Leaf]:
    """All leaves of one site, on one thread; the arrays of influence stay behind."""
    from threadpoolctl import threadpool_limits

    from spinesurv.metrics import METRICS

    with threadpool_limits(1):
        leaves = site_leaves(part, {name: METRICS[name] for name in metrics}, horizons_days, pairs)
    return [replace(leaf, estimate=replace(leaf.estimate, influence=None, rows=None)) for leaf in leaves]


def _on_common_patients(
    table: dict[str, Prediction], horizons_days: Sequence[float]
) -> dict[str, Prediction]:
    rows = np.logical_and.reduce([usable(p, d) for p in table.values() for d in horizons_days])
    return {name: restricted(p, rows) for name, p in table.items()}


def compare(
    outcome: Outcome,
    predictions: Mapping[str, Prediction],
    *,
    reference: str,
    horizons_days: Sequence[float],
    site: ArrayLike | None = None,
    metrics: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Paired differences to a reference system only: the contrast rows of `evaluate`.

    Parameters
    ----------
    outcome, predictions, horizons_days, site, metrics, level : as for `evaluate`
    reference : key of the system with which every other is compared, on the patients whom both predict

    Returns
    -------
    DataFrame
        Rows of `evaluate` whose `value` is the measure of `model` minus that of `reference`.
    """
    table = evaluate(
        outcome,
        predictions,
        horizons_days=horizons_days,
        site=site,
        metrics=metrics,
        reference=reference,
        level=level,
    )
    return table[table["reference"] != ""].reset_index(drop=True)


def _tables(outcome: Any, predictions: Any) -> list[dict[str, Prediction]]:
    """The predictions of each imputed table, one where nothing was imputed."""
    if not isinstance(outcome, Outcome):
        raise InputError(
            f"evaluate, outcome: an Outcome(time_days, event) is expected, not {_kind(outcome)}."
        )
    several = isinstance(predictions, Sequence) and not isinstance(predictions, str)
    tables = list(predictions) if several else [predictions]
    for table in tables:
        if not isinstance(table, Mapping):
            raise InputError(
                f"evaluate, predictions: {{name: Prediction}} is expected, or a list of these, not {_kind(table)}."
            )
        for name, prediction in table.items():
            if not isinstance(prediction, Prediction):
                raise InputError(
                    f"evaluate, predictions: system {name!r} is expected to be a Prediction, not {_kind(prediction)}."
                )
    if not tables:
        raise InputError("evaluate: no predictions were given.")
    return [dict(table) for table in tables]


def _kind(found: Any) -> str:
    return f"something of type {type(found).__name__}"


def _sites(site: ArrayLike, n: int) -> np.ndarray:
    """(n,) names of the sites as text."""
    where = np.asarray(site, dtype=object)
    if where.shape != (n,):
        raise InputError(f"evaluate: {where.size} sites for {n} patients.")
    unknown = int(pd.isna(where).sum())
    if unknown:
        raise InputError(
            f"evaluate, site: {unknown} of {n} values are missing. Every patient needs a site: name it, or leave site out."
        )
    return np.array([str(name) for name in where], dtype=object)


def _check(
    outcome: Outcome,
    predictions: dict[str, Prediction],
    horizons_days: Sequence[float],
    reference: str | None,
    missing: str,
) -> None:
    if not predictions:
        raise InputError("evaluate: no predictions were given.")
    for name, prediction in predictions.items():
        if len(prediction) != len(outcome):
            raise InputError(
                f"evaluate: system {name!r} predicts {len(prediction)} patients, the outcome has {len(outcome)}."
            )
    if not isinstance(horizons_days, Iterable) or not all(map(_is_day, horizons_days)):
        raise InputError(
            "evaluate, horizons_days: days after time zero, above 0, are expected, in a list such as [90, 365]."
        )
    if reference is not None and reference not in predictions:
        raise unknown_name("reference system", reference, predictions)
    if missing not in ("pairwise", "common"):
        raise unknown_name("rule for missing predictions", missing, ("pairwise", "common"))


def _is_day(found: Any) -> bool:
    return isinstance(found, (int, float, np.number)) and bool(np.isfinite(found) and found > 0)


def _pool(leaves: Sequence[Leaf], level: float) -> list[Pooled]:
    from spinesurv.metrics import METRICS

    groups: dict[tuple[Any, ...], list[Leaf]] = {}
    for leaf in leaves:
        if leaf.site != STACKED:
            place = (leaf.model, leaf.reference, leaf.metric, leaf.horizon_days, leaf.threshold)
            groups.setdefault(place, []).append(leaf)
    return [
        pool_sites(group, level=level, n_sites=len(group))
        if METRICS[group[0].metric].pools
        else not_pooled(group)
        for group in groups.values()
    ]


def _row(leaf: Leaf, interval: tuple[float, float]) -> dict[str, Any]:
    e: Estimate = leaf.estimate
    return {
        "site": leaf.site,
        "model": leaf.model,
        "reference": leaf.reference,
        "metric": leaf.metric,
        "horizon_days": leaf.horizon_days,
        "threshold": leaf.threshold,
        "value": e.value,
        "std_error": e.std_error,
        "low": interval[0],
        "high": interval[1],
        "n": e.n,
        "events": e.events,
        "scale": e.scale,
        "method": e.method,
        "status": e.status,
        "reason": e.reason or "",
    }


def _pooled_row(pooled: Pooled) -> dict[str, Any]:
    row = _row(pooled.leaf, (pooled.low, pooled.high))
    return {**row, "pi_low": pooled.pi_low, "pi_high": pooled.pi_high, "tau": pooled.tau}


def _ordered(
    table: pd.DataFrame,
    models: list[str],
    pairs: list[tuple[str, str]],
    metrics: list[str],
    missing: str,
) -> pd.DataFrame:
    """Rows in the order of the systems and measures asked for, so that a table never depends on timing."""
    table["population"] = "complete"
    table["missing"] = missing
    for column in ("cohort", "design", "update"):
        table[column] = ""
    place = {pair: i + 1 for i, pair in enumerate(pairs)}
    rank = pd.DataFrame(
        {
            "pair": [place.get(pair, 0) for pair in zip(table["model"], table["reference"], strict=True)],
            "model": table["model"].map(models.index),
            "metric": table["metric"].map(metrics.index),
            "day": table["horizon_days"].astype(float).fillna(0.0),
            "threshold": table["threshold"].astype(float).fillna(0.0),
            "row": np.arange(len(table)),
        }
    )
    order = rank.sort_values(["pair", "model", "metric", "day", "threshold", "row"], kind="stable").index
    table = table.loc[order].reset_index(drop=True)
    for column in ("horizon_days", "threshold"):
        table[column] = table[column].astype(float)
    return table
