"""Who would be acted on at a threshold of risk; shared by the measures of decisions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinesurv.errors import InputError
from spinesurv.metrics.judged import FloatArray


def acted_on(risk: FloatArray, threshold: float) -> NDArray[np.bool_]:
    """(n,) whether the risk is the threshold or more.

    A risk is 1 - survival, which can move its last digit: survival 0.9 is a risk just below 0.1. The threshold is
    taken through the same arithmetic, so that a risk equal to it counts.

    Raises
    ------
    InputError
        The threshold is not between 0 and 1.
    """
    if not 0.0 < threshold < 1.0:
        raise InputError(f"threshold of risk: {threshold:g} found, above 0 and below 1 is expected.")
    return risk >= 1.0 - (1.0 - threshold)
