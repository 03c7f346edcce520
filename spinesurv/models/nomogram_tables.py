"""Tables of a nomogram: its axes, the points of each value for print, and the survival of each total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.models.nomogram import TOTAL, Nomogram
from spinesurv.models.nomogram_axes import axes_table
from spinesurv.stats.axis_ticks import COARSE, outward, pretty_ticks
from spinesurv.units import DAYS_PER_MONTH

#: most rows of a number in the points table, and of the table of totals
ROWS_OF_NUMBER, ROWS_OF_TOTAL = 10, 40


@dataclass(frozen=True, eq=False)
class NomogramTables:
    """What is drawn and printed of a nomogram; aggregates only.

    Parameters
    ----------
    axes : one row per tick, as told in `axes_table`; the table of the figure
    points : variable, label, unit, value, points: item points of levels and of round values, for print
    survival : total_points, linear_predictor, `survival_<day>` for each horizon (in [0, 1]), median_months
    """

    axes: pd.DataFrame
    points: pd.DataFrame
    survival: pd.DataFrame


def nomogram_tables(
    fitted: Any,
    *,
    horizons_days: Sequence[float] = (42, 90, 180, 365),
    max_points: float = 100.0,
    stratum: str | None = None,
) -> NomogramTables:
    """The tables of a fitted `make_pipeline(Encoder(terms), CoxNomogram())`, or of (encoder, model).

    Raises
    ------
    NotFittedError, InputError
        As `Nomogram`.
    """
    nomogram = Nomogram(fitted, max_points=max_points, stratum=stratum)
    return NomogramTables(
        axes_table(nomogram, horizons_days), points_table(nomogram), survival_table(nomogram, horizons_days)
    )


def points_table(nomogram: Nomogram) -> pd.DataFrame:
    """Points of every level, and of numbers at round values between the ends of their axis, to one decimal."""
    rows: list[dict[str, Any]] = []
    for axis in nomogram.axes:
        lowest = nomogram.scale.lowest[axis.group]
        if axis.is_number:
            round_values = pretty_ticks(axis.low, axis.high, most=ROWS_OF_NUMBER, whole=axis.whole)
            values = np.unique([*axis.turns, *round_values])
            words, parts = [f"{v:.12g}" for v in values], axis.part(values)
        else:
            words, parts = list(axis.levels), axis.parts
        points = np.round((parts - lowest) * nomogram.scale.per_unit, 1) + 0.0
        rows += [
            {
                "variable": axis.variable,
                "label": axis.label,
                "unit": axis.unit,
                "value": word,
                "points": point,
            }
            for word, point in zip(words, points, strict=True)
        ]
    return pd.DataFrame(rows)


def survival_table(nomogram: Nomogram, horizons_days: Sequence[float]) -> pd.DataFrame:
    """Survival and median of round totals over the whole axis; missing where the follow-up does not reach."""
    low, high = outward(0.0, nomogram.largest_total, most=COARSE)
    total = pretty_ticks(low, high, most=ROWS_OF_TOTAL)
    survival = nomogram.survival(total, times_days=list(horizons_days))
    columns = {f"survival_{day:g}": survival[:, k] for k, day in enumerate(horizons_days)}
    return pd.DataFrame(
        {
            TOTAL: total,
            "linear_predictor": nomogram.linear_predictor(total),
            **columns,
            "median_months": nomogram.median_days(total) / DAYS_PER_MONTH,
        }
    )
