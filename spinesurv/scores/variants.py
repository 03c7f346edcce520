"""What the choices behind a score do: how many patients each variant and each option moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.scores.choices import alternatives
from spinesurv.scores.columns import PatientColumns
from spinesurv.scores.definition import Definition
from spinesurv.scores.transformer import Score


def compare_variants(source: str | Path | Definition, patients: pd.DataFrame) -> pd.DataFrame:
    """Each choice behind a score against its default, in these patients.

    Parameters
    ----------
    source : key of a score, path of a definition file, or a Definition
    patients : one row per patient, under codebook names

    Returns
    -------
    DataFrame
        One row per choice: choice, what, patients (with a total both ways), total_moved, group_moved (among them,
        groups known both ways), mean_change and largest_change (of the total, choice minus default), gained and lost
        (patients who have a total under one of the two only). No rows where nothing can be chosen.
    """
    default = Score(source)
    columns = PatientColumns(patients, f"score {default.key}")
    own = default.totals_of(columns)
    rows = []
    for name, (options, what) in alternatives(default.definition).items():
        other = Score(source, **options).totals_of(columns)
        known = ~np.isnan(own["total"]), ~np.isnan(other["total"])
        both = known[0] & known[1]
        change = (other["total"] - own["total"])[both]
        groups = own["group"].astype(object), other["group"].astype(object)
        told = both & ~pd.isna(groups[0]) & ~pd.isna(groups[1])
        rows.append(
            {
                "choice": name,
                "what": what,
                "patients": int(both.sum()),
                "total_moved": int((change != 0).sum()),
                "group_moved": int((groups[0] != groups[1])[told].sum()),
                "mean_change": float(change.mean()) if len(change) else np.nan,
                "largest_change": float(change[np.abs(change).argmax()]) if len(change) else np.nan,
                "gained": int((~known[0] & known[1]).sum()),
                "lost": int((known[0] & ~known[1]).sum()),
            }
        )
    names = [
        "choice", "what", "patients", "total_moved", "group_moved", "mean_change", "largest_change", "gained", "lost",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names)
