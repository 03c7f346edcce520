"""Write the example files of predictions: `python data/examples/make_predictions.py`. No patient and no hospital is real."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from spinesurv.cohorts.synthetic import make_cohort
from spinesurv.core.tables import write_table
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram, ScoreStrata
from spinesurv.scores import Score

HERE = Path(__file__).parent
DAYS = (90, 365)
SITES = ("us_surgical", "nl_radiotherapy")
PATIENTS_PER_SITE = 100


def wide() -> pd.DataFrame:
    """One row per patient: outcome, a Cox model with a marker, and a point score without one."""
    learned = make_cohort(patients=1200, seed=1)
    judged = make_cohort(patients=1200, seed=2)
    judged = judged.take(
        np.concatenate([np.flatnonzero(judged.site == s)[:PATIENTS_PER_SITE] for s in SITES])
    )
    tokuhashi = Score("tokuhashi_2005")
    strata = ScoreStrata(tokuhashi.higher_is, tuple(tokuhashi.groups))
    systems = {
        "cox": make_pipeline(Encoder(["age", "sex", "ecog", "visceral_mets"]), CoxNomogram()),
        "tokuhashi": make_pipeline(tokuhashi, strata),
    }
    table = judged.to_table()[["patient_id", "site", "time_days", "event"]]
    for name, system in systems.items():
        system.fit(learned.patients, learned.known_outcome)
        prediction = system.predict(judged.patients, times_days=list(DAYS))
        for day in DAYS:
            table[f"{name}@{day}"] = prediction.survival_at(day).round(4)
        if name == "cox":
            table["cox@marker"] = prediction.marker.round(4)
    return table


def long(table: pd.DataFrame) -> pd.DataFrame:
    """The same, one row per model, patient and day."""
    parts = []
    for name, day in ((name, day) for name in ("cox", "tokuhashi") for day in DAYS):
        part = table[["patient_id", "site", "time_days", "event"]].copy()
        part.insert(0, "model", name)
        part["horizon_days"], part["survival"] = day, table[f"{name}@{day}"]
        part["marker"] = table["cox@marker"] if name == "cox" else np.nan
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    made = wide()
    write_table(made, HERE / "predictions_wide.csv")
    write_table(long(made), HERE / "predictions_long.csv")
