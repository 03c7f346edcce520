"""Patients whose status at a day is known, on whom published binary results stand; shared by the binary measures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import (
    FloatArray,
    Judged,
    beyond_follow_up,
    estimate,
    gap,
    judged_by_risk,
    needed_horizon,
    spread,
)


@dataclass(frozen=True, eq=False)
class KnownStatus:
    """The patients judged, and those of them whose status at the horizon is known.

    Dead: a death up to the horizon, the day itself included. Alive: seen alive on the day of the horizon or later, so
    somebody censored exactly then is alive. Whoever was censored before is not known, and left out.

    Parameters
    ----------
    judged : the m patients with a prediction
    known : (m,) whose status is known
    dead : (k,) 1 for the dead and 0 for those alive, of the known
    value : (k,) what was predicted for them
    weights : (k,) or None
    horizon_days : the horizon
    """

    judged: Judged
    known: NDArray[np.bool_]
    dead: FloatArray
    value: FloatArray
    weights: FloatArray | None
    horizon_days: float

    @property
    def n_dead(self) -> int:
        """Number of the dead."""
        return int(self.dead.sum())

    @property
    def n_alive(self) -> int:
        """Number of those alive."""
        return len(self.dead) - self.n_dead

    def gap(self, reason: str, scale: str) -> Estimate:
        """No value, and the reason."""
        return replace(gap(reason, self.judged, self.horizon_days, scale), n=len(self.dead))

    def estimate(
        self, value: float, influence: FloatArray, scale: str, method: str, *, note: str | None = None
    ) -> Estimate:
        """A value with its influence on the known; the others have influence 0 and are counted in the reason."""
        notes = [note] if note else []
        left_out = self.judged.n - len(self.dead)
        if left_out:
            notes.append(
                f"{left_out} of {self.judged.n} patients are left out, their status at day "
                f"{self.horizon_days:g} is not known"
            )
        found = estimate(
            value,
            spread(influence, self.known),
            self.judged.rows,
            self.judged,
            cluster=self.judged.cluster,
            horizon_days=self.horizon_days,
            scale=scale,
            method=method,
            reason="; ".join(notes) or None,
        )
        return replace(found, n=len(self.dead))


def known_status(
    judged: Judged | str, horizon_days: float, *, least_of_each: int = 0
) -> KnownStatus | tuple[str, Judged | None]:
    """Who is dead and who alive at the horizon; or the reason why they cannot be judged, and who was there.

    `least_of_each`: fewer dead, or fewer alive, are too few.
    """
    if isinstance(judged, str):
        return judged, None
    if judged.start is not None:
        return "patients of known status at a day do not cover delayed entry", judged
    beyond = beyond_follow_up(judged, horizon_days, need_survivors=False)
    if beyond is not None:
        return beyond, judged
    dead = judged.event & (judged.time <= horizon_days)
    known = dead | (judged.time >= horizon_days)
    found = KnownStatus(
        judged,
        known,
        dead[known].astype(np.float64),
        judged.value[known],
        None if judged.weights is None else judged.weights[known],
        horizon_days,
    )
    if found.n_dead < least_of_each:
        return f"fewer than {least_of_each} deaths by day {horizon_days:g}", judged
    if found.n_alive < least_of_each:
        return f"fewer than {least_of_each} patients are known to be alive at day {horizon_days:g}", judged
    return found


def known_status_by_risk(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    least_of_each: int = 0,
) -> KnownStatus | tuple[str, Judged | None]:
    """`known_status` of the patients with a predicted risk by the horizon."""
    judged = judged_by_risk(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster, at_day=True
    )
    return known_status(judged, needed_horizon(horizon_days), least_of_each=least_of_each)
