"""Survival gates: does the predicted probability of being alive at a horizon reach a threshold?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.core import Prediction
from spinesurv.core.cohort import PATIENT_KEY
from spinesurv.decisions.codes import tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.errors import InputError, unknown_name

PASS, FAIL, UNCERTAIN = "pass", "fail", "uncertain"
#: days of the survival block; the first ones are gates
SURVIVAL_DAYS = (28, 42, 90, 180, 365, 730)


@dataclass(frozen=True, eq=False)
class Gate:
    """Result of one gate for n patients: pass, fail, uncertain or None, and how it came about."""

    result: np.ndarray
    no_interval: np.ndarray
    from_median: np.ndarray

    def flags(self) -> np.ndarray:
        """(n,) tuple of codes."""
        nothing = np.array([value is None for value in self.result])
        return tuples(
            {
                "GATE_NO_CI": self.no_interval,
                "GATE_FROM_MEDIAN": self.from_median,
                "GATE_NO_PREDICTION": nothing,
            }
        )


@research_use
def survival_gate(
    p: ArrayLike | None = None,
    ci_low: ArrayLike | None = None,
    ci_high: ArrayLike | None = None,
    *,
    horizon_days: float,
    median_days: ArrayLike | None = None,
    p_min: float = 0.5,
    mode: str = "ci",
    inclusive: bool = False,
) -> pd.DataFrame:
    """Whether a predicted survival passes a gate: pass, fail, or uncertain where its interval holds the threshold.

    ci: ci_low >= p_min passes, ci_high < p_min fails, else uncertain. point: p >= p_min passes, else fails (flag
    GATE_NO_CI). median: predicted median beyond the horizon passes, else fails (flag GATE_FROM_MEDIAN). The horizon comes
    from the literature, p_min does not (P); 0.5 asks whether the predicted median lies beyond the horizon.

    Parameters
    ----------
    p, ci_low, ci_high : (n,) probability of being alive at the horizon, and its interval; nan = missing
    horizon_days : days after the decision
    median_days : (n,) predicted median survival
    p_min : threshold, in (0, 1)
    mode : the most detailed information that is used: "ci", then "point", then "median". Where it is missing, the next one
        is used
    inclusive : a median equal to the horizon passes

    Returns
    -------
    DataFrame
        gate (pass, fail, uncertain or missing) and gate_flags; missing with GATE_NO_PREDICTION where nothing was given.

    Raises
    ------
    InputError
        A threshold outside (0, 1), an unknown mode, or nothing was given at all.

    References
    ----------
    Choi D et al. Eur Spine J 2010;19:215-22. doi:10.1007/s00586-009-1252-x
    Patchell RA et al. Lancet 2005;366:643-8. doi:10.1016/S0140-6736(05)66954-1
    """
    given = [
        np.atleast_1d(np.asarray(a, dtype=float)) for a in (p, ci_low, ci_high, median_days) if a is not None
    ]
    if not given:
        raise InputError("survival_gate: give p, ci_low and ci_high, or median_days.")
    shape = np.broadcast_shapes(*(a.shape for a in given))
    p_, low, high, median = (
        np.full(shape, np.nan) if a is None else np.broadcast_to(np.asarray(a, dtype=float), shape)
        for a in (p, ci_low, ci_high, median_days)
    )
    found = gate(p_, low, high, median, horizon_days, p_min=p_min, mode=mode, inclusive=inclusive)
    table = pd.DataFrame({"gate": found.result, "gate_flags": found.flags()})
    options = {"horizon_days": horizon_days, "p_min": p_min, "mode": mode, "inclusive": inclusive}
    return stated(table, name="gates", version=definition("gates")["version"], options=options)


def gate(
    p: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    median: np.ndarray,
    horizon_days: float,
    *,
    p_min: float,
    mode: str,
    inclusive: bool,
) -> Gate:
    """One gate on arrays of n patients."""
    modes = definition("gates")["modes"]
    if mode not in modes:
        raise unknown_name("mode of a gate", mode, modes)
    if not 0 < p_min < 1:
        raise InputError(f"p_min: {p_min:g} was given; a probability above 0 and below 1 is expected.")
    by_interval = ~np.isnan(low) & ~np.isnan(high) & (mode == "ci")
    by_point = ~np.isnan(p) & ~by_interval & (mode != "median")
    by_median = ~np.isnan(median) & ~by_interval & ~by_point
    result = np.full(len(p), None, dtype=object)
    result[by_interval] = np.where(low >= p_min, PASS, np.where(high < p_min, FAIL, UNCERTAIN))[by_interval]
    result[by_point] = np.where(p >= p_min, PASS, FAIL)[by_point]
    beyond = median >= horizon_days if inclusive else median > horizon_days
    result[by_median] = np.where(beyond, PASS, FAIL)[by_median]
    return Gate(result, by_point, by_median)


@dataclass(frozen=True, eq=False)
class Survival:
    """Predicted survival of n lesions' patients: day -> (n,) p, low, high; and the median in days."""

    p: dict[int, np.ndarray]
    low: dict[int, np.ndarray]
    high: dict[int, np.ndarray]
    median: np.ndarray

    def gate(self, day: int, *, p_min: float, mode: str, inclusive: bool) -> Gate:
        """The gate at this day."""
        return gate(
            self.p[day],
            self.low[day],
            self.high[day],
            self.median,
            day,
            p_min=p_min,
            mode=mode,
            inclusive=inclusive,
        )


def read_survival(inputs: Inputs) -> Survival:
    """The survival block of a table: p_survive_<days>, ci_low_<days>, ci_high_<days>, median_days."""
    p, low, high = (
        {day: inputs.number(f"{name}_{day}") for day in SURVIVAL_DAYS}
        for name in ("p_survive", "ci_low", "ci_high")
    )
    for day in SURVIVAL_DAYS:
        crossed = low[day] > high[day]
        if crossed.any():
            inputs.mark(f"ci_low_{day}", crossed)
            low[day], high[day] = (np.where(crossed, np.nan, v[day]) for v in (low, high))
    return Survival(p, low, high, inputs.number("median_days"))


def with_prediction(lesions: pd.DataFrame, prediction: Prediction) -> pd.DataFrame:
    """The lesions with the survival block of their patients' prediction in place of any they had.

    Raises
    ------
    InputError
        Site and patient_id are neither in the index nor in the columns of the lesions, or the prediction has no survival.
    """
    if prediction.survival is None or prediction.times_days is None:
        raise InputError(
            "survival: the prediction ranks patients only; the gates need probabilities of being alive."
        )
    named = lesions.reset_index() if any(lesions.index.names) else lesions
    absent = [name for name in PATIENT_KEY if name not in named.columns]
    if absent:
        raise InputError(
            f"table of lesions: {' and '.join(absent)} is neither in the index nor a column, so no prediction can be joined."
        )
    owner = pd.MultiIndex.from_arrays(
        [named[k].astype(str).astype(object) for k in PATIENT_KEY], names=PATIENT_KEY
    )
    at = prediction.key.get_indexer(owner)
    block: dict[str, np.ndarray] = {}
    for j, day in enumerate(prediction.times_days):
        if int(day) not in SURVIVAL_DAYS or day != int(day):
            continue
        for name, values in (
            ("p_survive", prediction.survival),
            ("ci_low", prediction.low),
            ("ci_high", prediction.high),
        ):
            if values is not None:
                block[f"{name}_{int(day)}"] = np.where(at >= 0, values[at, j], np.nan)
    own = [
        c
        for c in lesions.columns
        if c.startswith(("p_survive_", "ci_low_", "ci_high_")) or c == "median_days"
    ]
    return lesions.drop(columns=own).assign(**block)
