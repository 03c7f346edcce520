"""The first page in plain sentences, each built from rows of the performance table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from spinesurv.core.tables import POOLED
from spinesurv.study.systems import System


def key_points(performance: pd.DataFrame, systems: Mapping[str, System], *, reference: str) -> list[str]:
    """What the table says: who ranks patients best, whose risks are right, and what cannot be said."""
    pooled = performance[(performance["site"] == POOLED) & (performance["status"] != "gap")]
    return [
        *_ranking(pooled, systems, reference),
        *_calibration(pooled, systems),
        *_gaps(performance, systems),
    ]


def _ranking(pooled: pd.DataFrame, systems: Mapping[str, System], reference: str) -> list[str]:
    rows = pooled[(pooled["metric"] == "harrell_c") & (pooled["reference"] == "")].sort_values(
        "value", ascending=False
    )
    if rows.empty:
        return []
    words = [
        f"{systems[r['model']].label} {r['value']:.2f} ({r['low']:.2f} to {r['high']:.2f})"
        for r in rows.to_dict("records")
    ]
    out = ["Ranking of patients (Harrell's C pooled over sites, 0.5 is chance): " + "; ".join(words) + "."]
    pairs = pooled[(pooled["metric"] == "harrell_c") & (pooled["reference"] == reference)]
    for r in pairs.to_dict("records"):
        verdict = (
            "better than" if r["low"] > 0 else "worse than" if r["high"] < 0 else "not distinguishable from"
        )
        out.append(
            f"On the same patients, {systems[r['model']].label} ranks them {verdict} {systems[reference].label}: "
            f"difference in C {r['value']:+.3f} ({r['low']:+.3f} to {r['high']:+.3f}, {r['n']} patients)."
        )
    return out


def _calibration(pooled: pd.DataFrame, systems: Mapping[str, System]) -> list[str]:
    rows = pooled[(pooled["metric"] == "observed_expected") & (pooled["reference"] == "")]
    out = []
    for model, part in rows.groupby("model", sort=False):
        words = [
            f"day {int(r['horizon_days'])}: {r['value']:.2f} ({r['low']:.2f} to {r['high']:.2f})"
            for r in part.to_dict("records")
        ]
        where = (
            " with survival re-estimated in the training sites" if systems[str(model)].kind == "score" else ""
        )
        out.append(
            f"Deaths seen divided by deaths predicted, {systems[str(model)].label}{where}: {'; '.join(words)}."
        )
    return out


def _gaps(performance: pd.DataFrame, systems: Mapping[str, System]) -> list[str]:
    alone = performance[performance["reference"] == ""]
    silent = [m for m, part in alone.groupby("model", sort=False) if (part["status"] == "gap").all()]
    return [
        f"{systems[str(m)].label}: nothing can be said ({alone.loc[alone['model'] == m, 'reason'].iloc[0]})."
        for m in silent
    ]
