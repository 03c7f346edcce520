"""Totals that a user has worked out from the paper, put into their group: also of scores that are not computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.scores.definition import Definition
from spinesurv.scores.reading import load_definition


def classify(source: str | Path | Definition, totals: ArrayLike, *, variant: str | None = None) -> pd.Series:
    """Group of each total.

    Parameters
    ----------
    source : key of a score, path of a definition file, or a Definition; its status does not matter
    totals : (n,) totals; nan = not known
    variant : name of a variant with groups of its own

    Returns
    -------
    Series
        Ordered categorical of group keys, best prognosis first; empty where the total is not known, and where it lies
        between two groups (25 and 34 of the Lübeck score for prostate cancer).

    Raises
    ------
    InputError
        The score has no groups, or totals are not whole numbers within its range.
    """
    found = source if isinstance(source, Definition) else load_definition(source)
    definition = found.with_variant(variant)
    if not definition.groups:
        raise InputError(f"score {definition.key}: no groups of totals are known. {definition.reason}")
    values = np.asarray(totals, dtype=float)
    known = ~np.isnan(values)
    low, high = definition.range
    outside = known & ((values < low) | (values > high) | (values != np.round(values)))
    if outside.any():
        raise InputError(
            f"score {definition.key}: {int(outside.sum())} of {int(known.sum())} totals are not whole numbers from {low:g} "
            f"to {high:g}."
        )
    best_first = definition.best_first
    code = np.full(len(values), -1)
    for i, group in enumerate(best_first):
        code[known & (values >= group.low) & (values <= group.high)] = i
    names = pd.CategoricalDtype([g.key for g in best_first], ordered=True)
    index = totals.index if isinstance(totals, pd.Series) else None
    return pd.Series(pd.Categorical.from_codes(code.tolist(), dtype=names), index=index, name="group")
