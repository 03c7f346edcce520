"""Is a Cox model too large for its patients: parameters against events, and Riley's criteria."""

from __future__ import annotations

from dataclasses import dataclass

from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.stats.cox import CoxFit
from spinesurv.stats.cox_tests import likelihood_ratio_test
from spinesurv.stats.sample_size import (
    SHRINKAGE,
    NeededPatients,
    adjusted_r2,
    expected_shrinkage,
    most_parameters,
    needed_patients,
)

#: events per parameter below which a fit warns
EVENTS_PER_PARAMETER = 10


class FewEventsWarning(UserWarning):
    """A Cox model has more parameters than its events allow."""


@dataclass(frozen=True)
class ModelSize:
    """Size of a Cox model against its patients.

    Parameters
    ----------
    parameters : columns, or with a penalty the effective degrees of freedom
    patients, events : whom it was fitted on
    shrinkage : expected calibration slope in new patients
    carried : parameters that these patients carry with a shrinkage of 0.9
    needed : patients that Riley's criteria ask for; None where the model explains no more than chance would, or all
    """

    parameters: float
    patients: int
    events: int
    shrinkage: float
    carried: float
    needed: NeededPatients | None

    @property
    def events_per_parameter(self) -> float:
        """Events divided by parameters."""
        return self.events / self.parameters

    @property
    def warning(self) -> str:
        """What to say where there are fewer than 10 events per parameter; empty where there are enough.

        References
        ----------
        Riley RD et al. BMJ 2020;368:m441. doi:10.1136/bmj.m441 (10 per parameter is a rule of thumb, the criteria tell more)
        """
        if self.events_per_parameter >= EVENTS_PER_PARAMETER:
            return ""
        asked = int(EVENTS_PER_PARAMETER * self.parameters + 0.5)
        if self.needed is None:
            by_criteria = "Riley's criteria cannot be worked out on these patients"
        else:
            n = max(self.needed.shrinkage, self.needed.r2)
            by_criteria = (
                f"expected calibration slope {self.shrinkage:.2f} ({SHRINKAGE:g} is wanted), for which Riley's criteria ask for "
                f"about {n:.0f} patients with {n * self.events / self.patients:.0f} events"
            )
        return (
            f"Cox model: {self.parameters:.3g} parameters for {self.events} events of {self.patients} patients, "
            f"{self.events_per_parameter:.1f} per parameter; {EVENTS_PER_PARAMETER} per parameter would be {asked} events; "
            f"{by_criteria}. Use fewer predictors or knots, join levels, or set a penalty."
        )


def model_size(
    fit: CoxFit, outcome: Outcome, *, horizon_days: float | None = None, parameters: float | None = None
) -> ModelSize:
    """Size of a fitted Cox model.

    Parameters
    ----------
    fit, outcome : the fit and the outcome of its patients
    horizon_days : day at which the overall risk should be known well, for one of Riley's criteria; None = mean follow-up
    parameters : None = columns of the fit; effective degrees of freedom where it has a penalty
    """
    p = len(fit.coef) if parameters is None else parameters
    n, ratio = len(outcome), likelihood_ratio_test(fit).value
    days = outcome.time_days if outcome.entry_days is None else outcome.time_days - outcome.entry_days
    follow_up = float(days.mean())
    r2 = adjusted_r2(ratio, p, n)
    needed = None
    try:
        needed = needed_patients(
            p,
            r2,
            rate=outcome.n_events / float(days.sum()),
            mean_follow_up=follow_up,
            horizon=follow_up if horizon_days is None else float(horizon_days),
        )
    except InputError:
        carried = 0.0
    else:
        carried = most_parameters(n, r2)
    return ModelSize(p, n, outcome.n_events, expected_shrinkage(ratio, p), carried, needed)
