"""Survival as a score's authors published it, per group and only on the days they published."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.models.totals import check_totals, expected_days, marker


class PublishedSurvival(BaseEstimator):
    """`<key>@published`: each group's published survival, nothing learned.

    A score has it only where survival is published for every group on a common day; otherwise every patient is
    missing with that reason, and nothing is interpolated.

    Parameters
    ----------
    higher_is : "better" or "worse"
    groups : sequence of group records with `key`, `label` and `survival` (day -> probability of being alive)
    """

    def __init__(self, higher_is: str, groups: tuple[Any, ...]) -> None:
        self.higher_is = higher_is
        self.groups = groups

    @property
    def days(self) -> list[int]:
        """Days for which every group has a published survival."""
        common = [set(g.survival) for g in self.groups]
        return sorted(set.intersection(*common)) if common else []

    @property
    def reason(self) -> str:
        """Why there is nothing to predict; empty where there is."""
        if self.days:
            return ""
        silent = [g.label for g in self.groups if not g.survival]
        if silent:
            return f"no survival published for the groups {', '.join(silent)}"
        return "survival is published for the groups on different days only"

    def fit(self, patients: pd.DataFrame, outcome: Outcome | None = None) -> Self:
        """Learns nothing from the patients; refuses an end point that other events compete with."""
        if outcome is not None:
            outcome.of_any_cause("published survival", times=False)
        self.days_ = self.days
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Published survival on published days; other days are missing for everyone."""
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        if self.reason:
            return Prediction.missing(patients.index, self.reason)
        total = check_totals(patients)
        group = patients["group"]
        survival = np.full((len(patients), len(times)), np.nan)
        for record in self.groups:
            mine = (group == record.key).to_numpy(dtype=bool, na_value=False)
            for j, day in enumerate(times):
                if int(day) == day and int(day) in self.days:
                    survival[mine, j] = record.survival[int(day)]
        return Prediction(
            patients.index,
            marker=marker(total, self.higher_is),
            times_days=times,
            survival=survival,
            group=group.array,
            expected_days=expected_days(group, self.groups),
            reason=patients["reason"].to_numpy(dtype=object),
        )
