"""Boosted models as plain values: XGBoost's own JSON, and for the Cox likelihood a baseline on a grid of days."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.models.boosted_cox import BoostedCox
from spinesurv.models.boosting import Boosting
from spinesurv.models.fixed_horizon import FixedHorizonBooster
from spinesurv.models.kept_days import at_days
from spinesurv.models.tree_thresholds import rounded_thresholds


def boosted_cox_state(model: BoostedCox, days: Sequence[float], design: pd.DataFrame) -> dict[str, Any]:
    """What a boosted Cox model learned, ready for JSON.

    Parameters
    ----------
    days : grid on which the cumulative baseline hazard is kept, none beyond the last training follow-up
    design : encoded training patients; thresholds of the trees are moved between their values (see
        `rounded_thresholds`), which changes no prediction of theirs
    """
    return {
        **_shared(model),
        "trees": [_trees(model.booster_, design)],
        "n_rounds": model.n_rounds_,
        "centre": model.centre_,
        "days": [float(day) for day in days],
        "hazard": model.hazard(days).tolist(),
    }


def boosted_cox_from_state(state: Mapping[str, Any]) -> BoostedCox:
    """The model that `boosted_cox_state` described; it predicts at the kept days only."""
    return _KeptBoostedCox(state)


def fixed_horizon_state(
    model: FixedHorizonBooster, days: Sequence[float], design: pd.DataFrame
) -> dict[str, Any]:
    """What a model with one classifier per horizon learned, ready for JSON; its days are its own horizons."""
    return {
        **_shared(model),
        "trees": [_trees(booster, design) for booster in model.boosters_],
        "n_rounds": dict(model.n_rounds_),
        "days": [float(day) for day in model.fitted_days_],
        "not_modelled": dict(model.notes_["not modelled"]),
    }


def fixed_horizon_from_state(state: Mapping[str, Any]) -> FixedHorizonBooster:
    """The model that `fixed_horizon_state` described."""
    model = FixedHorizonBooster(horizons_days=tuple(state["days"]), **state["settings"])
    _restore(model, state)
    model.boosters_ = [_booster(trees) for trees in state["trees"]]
    model.fitted_days_ = [float(day) for day in state["days"]]
    model.n_rounds_ = dict(state["n_rounds"])
    model.notes_ = {"not modelled": dict(state["not_modelled"])}
    return model


class _KeptBoostedCox(BoostedCox):
    """A boosted Cox model whose baseline stands on a grid."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__(**state["settings"])
        _restore(self, state)
        self.booster_ = _booster(state["trees"][0])
        self.n_rounds_ = int(state["n_rounds"])
        self.centre_ = float(state["centre"])
        self._days = np.array(state["days"], dtype=float)
        self._hazard = np.array(state["hazard"], dtype=float)

    def hazard(self, times_days: Any) -> np.ndarray:
        return at_days(self._days, self._hazard, times_days)


def _shared(model: Boosting) -> dict[str, Any]:
    own = set(Boosting().get_params())
    settings = {name: value for name, value in model.get_params().items() if name in own}
    return {
        "columns": [list(column) for column in model.columns_],
        "settings": settings,
        "n": model.n_,
        "events": model.events_,
    }


def _restore(model: Boosting, state: Mapping[str, Any]) -> None:
    model.columns_ = pd.MultiIndex.from_tuples(
        [tuple(column) for column in state["columns"]], names=["variable", "term"]
    )
    model.n_, model.events_ = int(state["n"]), int(state["events"])


def _trees(booster: Any, design: pd.DataFrame) -> dict[str, Any]:
    return rounded_thresholds(json.loads(booster.save_raw("json")), design.to_numpy(dtype=float))


def _booster(trees: Mapping[str, Any]) -> Any:
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(json.dumps(trees), "utf-8"))
    return booster
