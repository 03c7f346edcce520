"""Interactions: columns that are products of two predictors, and how they are called."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spinesurv.core.codebook import codebook

TIMES = " × "

#: begins the names of the nonlinear columns of a spline
NONLINEAR = "spline "


def interaction_name(first: str, second: str) -> str:
    """Name under which the products of two variables stand among the variables of a design."""
    return f"{first}{TIMES}{second}"


def is_interaction(name: str) -> bool:
    """Whether a name of a design is that of an interaction."""
    return TIMES in name


def factors(name: str) -> list[str]:
    """Variables of an interaction; a variable itself."""
    return name.split(TIMES)


def predictor_label(name: str) -> str:
    """Label of a variable of the codebook, or of an interaction of some; the name where it is not in there."""
    return TIMES.join(codebook()[part].label if part in codebook() else part for part in factors(name))


def products(
    first: Mapping[str, NDArray[np.float64]], second: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Columns of an interaction by name, from the columns of both predictors by name.

    Every column of one times every column of the other, but no nonlinear spline column times another one.
    """
    return {
        f"{a}{TIMES}{b}": first[a] * second[b]
        for a in first
        for b in second
        if not (a.startswith(NONLINEAR) and b.startswith(NONLINEAR))
    }
