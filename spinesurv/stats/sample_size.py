"""How many patients a survival model with so many parameters needs (Riley's criteria)."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, sqrt

from scipy.special import ndtri

from spinesurv.errors import InputError

SHRINKAGE, R2_DIFFERENCE, MARGIN = 0.9, 0.05, 0.05


@dataclass(frozen=True)
class NeededPatients:
    """Patients that each criterion asks for.

    Parameters
    ----------
    shrinkage : for coefficients that have to be shrunk by 10 % at most
    r2 : for an apparent Nagelkerke R2 that is too high by 0.05 at most
    risk : for the overall risk at the horizon within +- 0.05 (95 % confidence, exponential survival)
    largest_r2 : largest Cox-Snell R2 that this share of deaths allows
    """

    shrinkage: float
    r2: float
    risk: float
    largest_r2: float

    @property
    def all(self) -> float:
        """Patients that meet all three."""
        return max(self.shrinkage, self.r2, self.risk)


def expected_shrinkage(likelihood_ratio: float, parameters: float) -> float:
    """Heuristic shrinkage 1 - p / LR: the calibration slope to be expected in new patients.

    References
    ----------
    van Houwelingen JC, le Cessie S. Stat Med 1990;9:1303-1325. doi:10.1002/sim.4780091109
    """
    return 1.0 - parameters / likelihood_ratio if likelihood_ratio > 0 else -inf


def adjusted_r2(likelihood_ratio: float, parameters: float, n: int) -> float:
    """Cox-Snell R2 of a fitted model, times its expected shrinkage; 0 or less where it explains no more than chance."""
    return expected_shrinkage(likelihood_ratio, parameters) * -(exp(-likelihood_ratio / n) - 1.0)


def needed_patients(
    parameters: float, r2: float, *, rate: float, mean_follow_up: float, horizon: float
) -> NeededPatients:
    """Smallest numbers of patients by Riley's three criteria.

    shrinkage: p / ((S - 1) log(1 - R2 / S)) with S = 0.9; R2: the same with S = R2 / (R2 + 0.05 max R2); risk: from
    the interval of the rate.

    Parameters
    ----------
    parameters : p, columns of the model, those that were tried included; effective degrees of freedom with a penalty
    r2 : Cox-Snell R2, adjusted for optimism, between 0 and its largest value
    rate : deaths per unit of time
    mean_follow_up, horizon : in the same unit of time

    Raises
    ------
    InputError
        An R2 that is not possible.

    Notes
    -----
    max R2 = 1 - exp(2 (E log(E / n) - E) / n), E / n = rate * mean follow-up. Agrees with the R package pmsampsize.

    References
    ----------
    Riley RD et al. Stat Med 2019;38:1276-1296. doi:10.1002/sim.7992
    Riley RD et al. BMJ 2020;368:m441. doi:10.1136/bmj.m441
    """
    deaths = rate * mean_follow_up
    largest = 1.0 - exp(2.0 * (deaths * log(deaths) - deaths))
    if not 0 < r2 < min(largest, SHRINKAGE):
        raise InputError(
            f"sample size: a Cox-Snell R2 of {r2:.3f} found; above 0 and below {min(largest, SHRINKAGE):.3f} is possible."
        )
    s = r2 / (r2 + R2_DIFFERENCE * largest)
    survival = exp(-rate * horizon)
    width = -log(1.0 - MARGIN / survival) / horizon if survival > MARGIN else inf
    z = float(ndtri(0.975))
    return NeededPatients(
        shrinkage=parameters / ((SHRINKAGE - 1.0) * log(1.0 - r2 / SHRINKAGE)),
        r2=parameters / ((s - 1.0) * log(1.0 - r2 / s)),
        risk=rate / mean_follow_up * (z / width) ** 2,
        largest_r2=largest,
    )


def risk_margin(n: int, *, rate: float, mean_follow_up: float, horizon: float) -> float:
    """Upper end of the 95 % interval of the overall risk at the horizon, minus the risk itself."""
    width = float(ndtri(0.975)) * sqrt(rate / (n * mean_follow_up))
    return exp(-rate * horizon) - exp(-(rate + width) * horizon)


def most_parameters(n: int, r2: float) -> float:
    """Parameters that n patients carry with a shrinkage of 0.9 at a Cox-Snell R2 of `r2`."""
    return n * (SHRINKAGE - 1.0) * log(1.0 - r2 / SHRINKAGE)
