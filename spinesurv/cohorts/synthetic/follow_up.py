"""Death, the end of the study, and loss to follow-up.

S(t | lp) = exp(-exp(log_rate) t^shape exp(lp)). A death is written on the day in which it falls (rounded up),
so nobody dies on day 0 and being dead by day h means the same for the written and for the exact time.
Accrual is uniform over the period of a site and the data are closed on the day after it; losses are exponential.
Both are independent of death given the calendar year.
"""

from __future__ import annotations

import numpy as np

from spinesurv.cohorts.synthetic.facts import weibull
from spinesurv.cohorts.synthetic.person import accrual
from spinesurv.cohorts.synthetic.sites import Site


def draw_follow_up(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """(n,) `time_days` and `event`, and the day of death that nothing hides, `death_days`, with its `death_time`."""
    curve = weibull()[site.name]
    n = len(patient["lp"])
    exact = death_times(patient["lp"], rng.exponential(size=n), curve["shape"], curve["log_rate"])
    death = np.ceil(exact)
    closed = (accrual(site)[1] - patient["index_day"]).astype(float)
    lost = np.ceil(rng.exponential(size=n) / curve["loss_rate"])
    last = np.minimum(closed, lost)
    return {
        "time_days": np.minimum(death, last),
        "event": death <= last,
        "death_days": death,
        "death_time": exact,
    }


def death_times(lp: np.ndarray, exponential: np.ndarray, shape: float, log_rate: float) -> np.ndarray:
    """Days to death at which the cumulative hazard reaches the drawn unit exponential."""
    return (exponential * np.exp(-log_rate - lp)) ** (1.0 / shape)


def true_survival(site: Site, lp: np.ndarray, day: float) -> np.ndarray:
    """(n,) probability of being alive at `day`."""
    curve = weibull()[site.name]
    return np.exp(-np.exp(curve["log_rate"] + lp) * day ** curve["shape"])
