"""Diagnostics of the Cox models of a study, fitted on all its patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spinesurv.models.cox_diagnostics import DIAGNOSTIC_COLUMNS, cox_diagnostics
from spinesurv.study.systems import System

COLUMNS = ["model", "label", *DIAGNOSTIC_COLUMNS]


def diagnostics_table(
    cox_models: Mapping[str, Any], systems: Mapping[str, System], *, horizon_days: float
) -> pd.DataFrame:
    """`cox_diagnostics` of each model, with model and label in front.

    Parameters
    ----------
    cox_models : key -> fitted pipeline
    horizon_days : the last horizon of the study
    """
    parts = [
        cox_diagnostics(fitted, horizon_days=horizon_days).assign(model=key, label=systems[key].label)
        for key, fitted in cox_models.items()
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)
