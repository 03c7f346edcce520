"""Positions among the different values of a column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def smallest(codes: NDArray[Any], different: int) -> NDArray[Any]:
    """Positions among so many different values, and -1 for none, in the smallest type of whole numbers that holds them."""
    return codes.astype(np.min_scalar_type(-max(different, 1)))
