"""The Kaplan-Meier curve: survival, its Greenwood error, intervals, quantiles and influence values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, case_weights, floats
from spinesurv.stats.intervals import survival_interval


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """A product-limit curve.

    Parameters
    ----------
    time : (m,) distinct ends of follow-up, rising
    n_risk : (m,) weight at risk of the jump at each time
    n_jump : (m,) weight that jumps (dies, or is censored for the curve of censoring)
    n_other : (m,) weight whose follow-up ends there without a jump
    survival : (m,) the curve from each time on (right-continuous; 1 before the first time)
    variance_log : (m,) variance of log survival: Greenwood's sum of d / (n (n - d)), or the given robust one
    others_first : whether those who do not jump leave before the jump at the same time (curve of censoring)
    """

    time: FloatArray
    n_risk: FloatArray
    n_jump: FloatArray
    n_other: FloatArray
    survival: FloatArray
    variance_log: FloatArray
    others_first: bool = False

    @property
    def last_time(self) -> float:
        """Last end of follow-up; later days are beyond follow-up unless the curve has reached 0."""
        return float(self.time[-1]) if len(self.time) else 0.0

    def beyond_follow_up(self, times: ArrayLike) -> BoolArray:
        """True where nobody is under observation any more although not everybody has jumped."""
        ends_at_zero = len(self.survival) > 0 and self.survival[-1] <= 0.0
        return np.asarray((floats(times) > self.last_time) & (not ends_at_zero))

    def at(self, times: ArrayLike, *, carry: bool = True) -> FloatArray:
        """Survival at `times`, jumps at the time itself included; `carry=False`: nan beyond follow-up."""
        return self._look_up(self.survival, 1.0, times, carry)

    def before(self, times: ArrayLike) -> FloatArray:
        """Survival just before `times` (left limit)."""
        index = np.searchsorted(self.time, floats(times), side="left")
        return floats(np.concatenate([[1.0], self.survival])[index])

    def std_error(self, times: ArrayLike, *, carry: bool = True) -> FloatArray:
        """Standard error of the survival at `times`; nan where the curve is 0."""
        error_log = np.sqrt(self._look_up(self.variance_log, 0.0, times, carry))
        with np.errstate(invalid="ignore"):
            return self.at(times, carry=carry) * error_log

    def interval(
        self, times: ArrayLike, *, level: float = 0.95, kind: str = "log", carry: bool = True
    ) -> tuple[FloatArray, FloatArray]:
        """Pointwise interval of the survival at `times`; `kind` as in `intervals.survival_interval`."""
        error_log = np.sqrt(self._look_up(self.variance_log, 0.0, times, carry))
        return survival_interval(self.at(times, carry=carry), error_log, level=level, kind=kind)

    def at_risk(self, times: ArrayLike) -> FloatArray:
        """Weight at risk at the first end of follow-up at or after each of `times`.

        Without delayed entry that is the weight still followed at the time itself.
        """
        index = np.searchsorted(self.time, floats(times), side="left")
        return floats(np.concatenate([self.n_risk, [0.0]])[index])

    def quantiles(
        self, probabilities: ArrayLike, *, level: float = 0.95, kind: str = "log"
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Times by which these shares have jumped, with interval; nan where not reached.

        Where the curve is flat exactly at 1 - p the middle of the flat stretch is taken, as in R's survfit.
        """
        p = np.atleast_1d(floats(probabilities))
        low, high = self.interval(self.time, level=level, kind=kind)
        curves = (self.survival, low, high)
        value, first, last = (_quantile(self.time, curve, p) for curve in curves)
        return value, first, last

    def influence(
        self,
        at: float,
        time: ArrayLike,
        jump: ArrayLike,
        *,
        start: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> FloatArray:
        """(n,) weight times derivative of the survival at `at` with respect to each patient's weight.

        `time`, `jump`, `start` and `weights` are what the curve was made of. The squares add up to Greenwood's
        variance where all weights are 1 and nobody enters late; otherwise to the robust variance.
        """
        survival = float(self.at([at])[0])
        if survival <= 0.0:
            return np.zeros(len(floats(time)))
        steps = np.where(self.time <= at, self.hazard_steps(), 0.0)
        own, window = self.exposure(time, jump, start=start)
        shifts = own * np.where(floats(time) <= at, 1.0, 0.0) - window(steps)
        return floats(-survival * shifts * case_weights(weights, len(shifts)))

    def exposure(
        self, time: ArrayLike, jump: ArrayLike, *, start: ArrayLike | None = None
    ) -> tuple[FloatArray, _Window]:
        """Per patient 1 / (n - d) at the own jump (0 without one), and a summing window over the time at risk."""
        times, jumps = floats(time), np.asarray(jump, dtype=bool)
        own_index = np.searchsorted(self.time, times)
        leaves = np.where(jumps | (not self.others_first), own_index + 1, own_index)
        enters = np.zeros(len(times), dtype=np.intp)
        if start is not None:
            enters = np.searchsorted(self.time, floats(start), side="right")
        left_after = self.n_risk - self.n_jump
        inverse = np.divide(1.0, left_after, out=np.zeros_like(left_after), where=left_after > 0)
        return np.where(jumps, inverse[own_index], 0.0), _Window(enters, np.maximum(leaves, enters))

    def hazard_steps(self) -> FloatArray:
        """(m,) d / (n (n - d)) at each time; 0 where everybody jumps."""
        product = self.n_risk * (self.n_risk - self.n_jump)
        return np.divide(self.n_jump, product, out=np.zeros_like(product), where=product > 0)

    def _look_up(self, values: FloatArray, first: float, times: ArrayLike, carry: bool) -> FloatArray:
        index = np.searchsorted(self.time, floats(times), side="right")
        found = np.concatenate([[first], values])[index]
        return found if carry else np.where(self.beyond_follow_up(times), np.nan, found)


@dataclass(frozen=True)
class _Window:
    """Sums of a quantity on the grid of times over each patient's time at risk."""

    enters: IntArray
    leaves: IntArray

    def __call__(self, steps: FloatArray) -> FloatArray:
        total = np.concatenate([[0.0], np.cumsum(steps)])
        return floats(total[self.leaves] - total[self.enters])


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    others_first: bool = False,
    robust: bool | None = None,
) -> KaplanMeier:
    """Kaplan-Meier estimate of the probability of no event.

    S(t) = product over event times s <= t of (1 - d(s) / n(s)).

    Parameters
    ----------
    time : (n,) end of follow-up
    event : (n,) whether the event happened then
    start : (n,) delayed entry: at risk in (start, time]; None = 0 for everybody
    weights : (n,) case weights
    others_first : those without the event leave before the events of the same time; for the curve of censoring
    robust : variance from influence values instead of Greenwood; None = where weights are not whole numbers

    Notes
    -----
    Agrees with survival::survfit, golden cases ``km.*``, and with ``others_first`` with prodlim's reverse
    estimate, golden cases ``revkm.*.events_first``.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481. doi:10.1080/01621459.1958.10501452
    """
    times, events = floats(time), np.asarray(event, dtype=bool)
    weight = case_weights(weights, len(times))
    grid, index = np.unique(times, return_inverse=True)
    index = index.reshape(-1)
    m = len(grid)
    n_jump = floats(np.bincount(index, weights=np.where(events, weight, 0.0), minlength=m))
    n_exit = floats(np.bincount(index, weights=weight, minlength=m))
    n_other = n_exit - n_jump if weights is not None else np.rint(n_exit - n_jump)
    n_risk = np.cumsum(n_exit[::-1])[::-1].copy()
    if start is not None:
        entry = np.searchsorted(grid, floats(start), side="right")
        late = np.bincount(entry, weights=weight, minlength=m + 1)
        n_risk -= np.cumsum(late[::-1])[::-1][1:]
    if others_first:
        n_risk = n_risk - n_other
    share = np.divide(n_jump, n_risk, out=np.zeros(m), where=n_risk > 0)
    survival = floats(np.cumprod(1.0 - share))
    product = n_risk * (n_risk - n_jump)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(n_jump > 0, n_jump / product, 0.0)
    curve = KaplanMeier(grid, n_risk, n_jump, n_other, survival, np.cumsum(steps), others_first)
    if robust is None:
        robust = weights is not None and bool((weight != np.floor(weight)).any())
    if not robust:
        return curve
    jump_times = [curve.influence(t, times, events, start=start, weights=weight) for t in grid]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.array([np.sum(values**2) for values in jump_times]) / survival**2
    return KaplanMeier(grid, n_risk, n_jump, n_other, survival, variance, others_first)


def reverse_kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    events_first: bool = True,
) -> KaplanMeier:
    """Curve of remaining under observation: censoring is the event.

    With ``events_first`` deaths leave the risk set before the censorings of the same time: the curve that
    censoring weights need. Without it tied deaths stay in: the usual median potential follow-up.
    """
    censored = ~np.asarray(event, dtype=bool)
    return kaplan_meier(time, censored, start=start, weights=weights, others_first=events_first)


def _quantile(time: FloatArray, curve: FloatArray, p: FloatArray) -> FloatArray:
    """Time of the lowest point of 1 - curve that reaches p; the middle of a stretch that is flat exactly at p.

    A survival curve reaches p first at its lowest point there. A confidence limit may turn back; then the point
    nearest to p counts, as in R.
    """
    tolerance = float(np.sqrt(np.finfo(np.float64).eps))
    level, first = np.unique(np.concatenate([[0.0], 1.0 - curve]), return_index=True)
    at = np.concatenate([[0.0], time])[first]
    latest = float(
        level[np.argmax(first)]
    )  # of the last step in time; nan where the curve has no value there
    at = at[~np.isnan(level)]
    level = level[~np.isnan(level)]
    reach = np.searchsorted(level, p - tolerance, side="left")
    beyond = np.searchsorted(level, p + tolerance, side="left")
    at = np.concatenate([at, [np.nan]])
    flat_to_the_end = np.abs(p - latest) < tolerance
    until = np.where(flat_to_the_end, time[-1] if len(time) else np.nan, at[beyond])
    return np.where(p <= 0.0, 0.0, 0.5 * (at[reach] + until))
