"""Who has every input of a score recorded, as a complete-case analysis would ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import codebook
from spinesurv.scores.derived import DERIVED

#: of systems that are no scores: either tells the other, so one of them is enough
EITHER = (("ecog", "kps"),)


def inputs_recorded(score: Any, patients: pd.DataFrame) -> np.ndarray:
    """(n,) whether all inputs of a score have a value that this patient needs.

    A number counts as needed also where the other inputs settle the total whatever it is: one critical laboratory value
    gives the points of the laboratory item, and the others are still asked for. A level (yes/no, category, grade) counts as
    needed where it can matter given the other levels: hormone dependence of a lung cancer cannot.

    Parameters
    ----------
    score : a `Score`
    patients : under codebook names; an input without a column is missing for everybody
    """
    is_number = {name: codebook()[name].is_numeric for name in score.inputs}
    numbers = [name for name, number in is_number.items() if number and name in patients]
    stand_ins = [
        pair for name in score.definition.names if name in DERIVED for pair in DERIVED[name].stand_ins.items()
    ]
    either = [pair for pair in stand_ins if any(is_number.get(name, False) for name in pair)]
    asked = score.transform(patients.assign(**dict.fromkeys(numbers, np.nan)))["missing"]
    known = known_inputs(patients, score.inputs, either)
    out = np.ones(len(patients), dtype=bool)
    for words, rows in asked.groupby(asked).groups.items():
        names = [name for name in str(words).split(", ") if name]
        at = patients.index.get_indexer(rows)
        out[at] = known.iloc[at][names].all(axis=1)
    return out


def known_inputs(
    patients: pd.DataFrame, inputs: Sequence[str], either: Sequence[tuple[str, str]] = EITHER
) -> pd.DataFrame:
    """(n, inputs) whether each has a value, or the one that tells it; `either`: pairs of which one is enough."""
    there = patients.reindex(columns=list(inputs)).notna()
    known = there.copy()
    for first, second in either:
        if first in there and second in there:
            known[first] |= there[second]
            known[second] |= there[first]
    return known
