"""Which rows of the performance table the report speaks of first."""

from __future__ import annotations

import pandas as pd

from spinesurv.core.tables import COMPLETE, ESTIMANDS, POOLED, STACKED


def headline_population(performance: pd.DataFrame) -> str:
    """`imputed` where the study imputes for deployment, else what it imputes for, else the population there is."""
    found = list(dict.fromkeys(performance["population"]))
    return next((p for p in (*ESTIMANDS.values(), *found) if p in found), COMPLETE)


def headline_rows(performance: pd.DataFrame) -> pd.DataFrame:
    """Rows of the headline population for all sites together: pooled where anything could be pooled, else stacked."""
    rows = performance[performance["population"] == headline_population(performance)]
    pooled = rows[rows["site"] == POOLED]
    return pooled if (pooled["status"] != "gap").any() else rows[rows["site"] == STACKED]


def singles(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of one system, no differences."""
    return rows[rows["reference"].fillna("") == ""]


def differences_to(rows: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Rows that compare a system with the reference; none where there is no reference."""
    return rows[(rows["reference"] == reference) & (reference != "")]


def ranking_metric(rows: pd.DataFrame) -> str | None:
    """The measure that the report takes for ranking: at the horizon where there is one, else over all follow-up."""
    present = set(singles(rows)["metric"])
    return next((m for m in ("auc", "uno_c", "harrell_c") if m in present), None)
