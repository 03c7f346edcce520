"""Interval between surgery and radiotherapy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import factors


@research_use
def rt_interval(lesions: pd.DataFrame) -> pd.DataFrame:
    """Band of the days between surgery and radiotherapy, in either order: below 7, 7 to 13, 14 and more.

    Day 7 itself is debated, as are shorter intervals with SRS; a long delay after surgery was followed by progression in one
    cohort. These stand as flags.

    Parameters
    ----------
    lesions : columns interval_days, order (rt_first, surgery_first), modality (cebrt, srs)

    Returns
    -------
    DataFrame with the index of `lesions`
        rt_interval_band (below_minimum, between_minimum_and_recommended, recommended; missing where the interval is),
        rt_interval_flags.

    References
    ----------
    Kumar N et al. Eur Spine J 2020;29:3080-115. doi:10.1007/s00586-020-06478-5
    Itshayek E et al. Int J Oncol 2010;36:533-44. doi:10.3892/ijo_00000527
    """
    rules = definition("rt_interval")
    return stated(
        rt_interval_columns(Inputs(lesions)), name="rt_interval", version=rules["version"], options={}
    )


def rt_interval_columns(inputs: Inputs) -> pd.DataFrame:
    """The columns that `rt_interval` returns."""
    rules = definition("rt_interval")
    days = inputs.number("interval_days")
    starts = [band["min"] for band in rules["band"]]
    at = np.where(np.isnan(days), -1, np.searchsorted(starts, days, side="right") - 1)
    out: dict[str, Any] = {
        "rt_interval_band": named(at, [band["code"] for band in rules["band"]]),
        "rt_interval_flags": tuples({name: answer == 1 for name, answer in factors(inputs, rules).items()}),
    }
    return pd.DataFrame(out, index=inputs.table.index)
