"""A published equation with what training added, as plain values: an intercept, or a baseline on a grid of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from spinesurv.models.equation import Equation, Step, Term
from spinesurv.models.kept_days import at_days, numbers, without_gaps
from spinesurv.models.published_equation import PublishedEquation


def equation_state(model: PublishedEquation, days: Sequence[float]) -> dict[str, Any]:
    """The published terms, and what was estimated in training, ready for JSON; of odds the only day is their own."""
    known = model.definition
    of_odds = known.day is not None
    return {
        "equation": {**asdict(known), "cases": []},
        "primary_coding": model.primary_coding,
        "rounding": model.rounding,
        "centre": model.centre_,
        "range": {name: list(ends) for name, ends in model.range_.items()},
        "n": model.n_,
        "events": model.events_,
        "days": [known.day] if known.day is not None else [float(day) for day in days],
        "intercept": model.intercept_ if of_odds else None,
        "hazard": None if of_odds else without_gaps(model.hazard(days)),
    }


def equation_from_state(state: Mapping[str, Any]) -> PublishedEquation:
    """The model that `equation_state` described; it predicts at the kept days only."""
    return _KeptEquation(state)


class _KeptEquation(PublishedEquation):
    """A published equation whose baseline stands on a grid."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__(_equation(state["equation"]), state["primary_coding"], state["rounding"])
        self.centre_ = float(state["centre"])
        self.range_ = {name: (float(low), float(high)) for name, (low, high) in state["range"].items()}
        self.n_, self.events_ = int(state["n"]), int(state["events"])
        self._days = np.array(state["days"], dtype=float)
        if state["intercept"] is not None:
            self.intercept_ = float(state["intercept"])
        else:
            self._hazard = numbers(state["hazard"])

    def hazard(self, times_days: Any) -> np.ndarray:
        return at_days(self._days, self._hazard, times_days)


def _equation(plain: Mapping[str, Any]) -> Equation:
    terms = tuple(
        Term(
            **{
                **term,
                "inputs": tuple(term["inputs"]),
                "levels": tuple(Step(**{**s, "one_of": tuple(s["one_of"])}) for s in term["levels"]),
            }
        )
        for term in plain["terms"]
    )
    applies = {name: tuple(values) for name, values in plain["applies_to"].items()}
    return Equation(**{**plain, "terms": terms, "applies_to": applies, "cases": (), "sliders": ()})
