"""Category accuracy by complete status: the same share, undecided patients left out, as in published reports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.promised_interval import judged_by_promise
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.interval_accuracy import Verdict, interval_accuracy

SCALE = "logit"


def acc_category_interval_complete(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of patients whose survival lies in the interval of their group, among those for whom it is known.

    accuracy = correct / (correct + wrong). With the interval [low, high) a death decides; who is alive at high has
    outlived the interval; who is alive at low of an interval without end has kept it. Everybody else who is
    censored is left out and counted in the reason.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `expected_days`
    horizon_days : not used, the intervals say when to look
    weights : (n,) case weights
    censoring : not used; those censored undecided are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = everybody. `n` and `events` count those decided; `rows` are all patients with an interval, the others
        with influence 0, so that two systems can be compared. A gap without intervals, or when nothing is
        decided yet.

    Notes
    -----
    Rule of accuracy: acc_category_interval, complete status. Leaving the undecided out favours what is decided
    early, that is death; `acc_category_interval` makes up for it. Standard error of a proportion, with influence
    values.

    References
    ----------
    Tokuhashi Y et al. Spine 2005;30:2186-2191.

    Agrees with
    -----------
    Worked example of nine patients (3 correct, 4 wrong, 2 undecided: 3 of 7).
    """
    found = judged_by_promise(outcome, prediction, weights=weights, cluster=cluster)
    if isinstance(found[0], str):
        return gap(found[0], found[1], None, SCALE)
    judged, verdict = found
    assert isinstance(verdict, Verdict)
    result = interval_accuracy(verdict, censoring=None, weights=judged.weights)
    if not np.isfinite(result.value):
        return gap("nobody was followed until the interval is decided", judged, None, SCALE)
    left_out = int((~verdict.decided).sum())
    found_estimate = estimate(
        result.value,
        result.influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=None,
        scale=SCALE,
        method="influence of a proportion",
        reason=f"{left_out} of {judged.n} patients censored undecided are left out" if left_out else None,
    )
    return replace(found_estimate, n=judged.n - left_out)


RECORD = Metric(
    key="acc_category_interval_complete",
    label="Category accuracy, interval rule (complete status)",
    function=acc_category_interval_complete,
    needs="interval",
    at_horizon=False,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Tokuhashi Y et al. Spine 2005;30:2186-2191",
    agrees_with="worked example of nine patients",
)
