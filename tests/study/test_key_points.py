"""Sentences of the first page, against a table in which one horizon has no difference."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from spinesurv.study.key_points import Findings, key_points

SYSTEMS = {
    key: SimpleNamespace(label=key.title(), status="verified", kind="model")
    for key in ("known", "whole", "part")
}


def test_better_at_every_horizon_needs_a_difference_at_every_horizon() -> None:
    rows = []
    for day in (90.0, 365.0):
        rows += [(model, "", "auc", day, 0.7, 0.6, 0.8, "ok") for model in SYSTEMS]
        rows.append(("whole", "known", "auc", day, 0.1, 0.05, 0.15, "ok"))
        known = day == 90.0
        interval = (0.1, 0.05, 0.15, "ok") if known else (np.nan, np.nan, np.nan, "gap")
        rows.append(("part", "known", "auc", day, *interval))
    columns = ["model", "reference", "metric", "horizon_days", "value", "low", "high", "status"]
    performance = pd.DataFrame(rows, columns=columns).assign(
        site="pooled", population="complete", design="internal_external"
    )
    verdicts = pd.DataFrame(
        [
            {"model": m, "horizon_days": day, "question": q, "verdict": "partly", "words": ""}
            for m in SYSTEMS
            for day in (90, 365)
            for q in ("ranks", "risks", "acting")
        ]
    )
    found = Findings(performance, verdicts, pd.DataFrame(), SYSTEMS, "known")  # type: ignore[arg-type]
    (told,) = (words for words in key_points(found) if words.startswith("Ranking compared"))
    assert "Better at every horizon: Whole. Neither: Part." in told
