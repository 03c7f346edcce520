"""What an imputer filled in, beside what was recorded: aggregates that show whether the one is plausible."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spinesurv.core import Variable, codebook
from spinesurv.features.imputation_columns import codes_of, levels_of

COLUMNS = ["variable", "form", "value", "level", "source", "imputation", "amount", "n"]
GRID_POINTS = 60
#: patients behind a curve or a share; fewer are not shown
SMALLEST_CELL = 5
#: different values up to which a number is shown as shares
MOST_VALUES = 8


def imputed_values(
    recorded: pd.DataFrame, completed: Sequence[pd.DataFrame], variables: Sequence[str]
) -> pd.DataFrame:
    """Distribution of recorded and of imputed values of every variable with gaps.

    Parameters
    ----------
    recorded : patients with their gaps
    completed : the same patients in the same order, once per imputation
    variables : codebook keys

    Returns
    -------
    DataFrame
        variable; form: density (amount is a kernel density over value, between the 1st and 99th percentile of what
        was recorded) or share (amount is the share of a level, value its place in the codebook or the number
        itself, level its name); source: recorded or imputed; imputation: 0 for what was recorded, else 1, 2, ...; n: patients behind
        the curve. Left out: variables with fewer than 5 gaps or recorded values. A share of 1 to 4 patients is
        missing.
    """
    parts = []
    for name in variables:
        variable, gaps = codebook()[name], recorded[name].isna().to_numpy()
        if gaps.sum() < SMALLEST_CELL or (~gaps).sum() < SMALLEST_CELL:
            continue
        known = codes_of(variable, recorded[name][~gaps])
        filled = [codes_of(variable, table[name][gaps]) for table in completed]
        filled = [values[~np.isnan(values)] for values in filled]
        form, grid = _grid(variable, known)
        names = levels_of(variable) or [f"{x:g}" for x in grid]
        for number, values in enumerate([known, *filled]):
            if len(values) < SMALLEST_CELL:
                continue
            amount = _density(values, grid) if form == "density" else _shares(values, grid)
            parts.append(
                pd.DataFrame(
                    {
                        "variable": name,
                        "form": form,
                        "value": grid,
                        "level": names if form == "share" else "",
                        "source": "imputed" if number else "recorded",
                        "imputation": number,
                        "amount": amount,
                        "n": len(values),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def _grid(variable: Variable, known: np.ndarray) -> tuple[str, np.ndarray]:
    distinct = np.unique(known)
    if levels_of(variable):
        return "share", np.arange(len(levels_of(variable)), dtype=float)
    if len(distinct) <= MOST_VALUES:
        return "share", distinct
    first, last = np.quantile(known, [0.01, 0.99])
    return "density", np.linspace(first, last, GRID_POINTS)


def _density(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    from scipy.stats import gaussian_kde

    if np.ptp(values) == 0:
        return np.full(len(grid), np.nan)
    return np.asarray(gaussian_kde(values)(grid))


def _shares(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    count = (values[:, None] == levels).sum(axis=0)
    return np.where((count > 0) & (count < SMALLEST_CELL), np.nan, count / len(values))
