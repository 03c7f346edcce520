"""Conditions of decision tables in three-valued logic: 1 holds, 0 does not, nan is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import tuples
from spinesurv.decisions.inputs import Inputs

_LIMITS = {
    "above": np.greater,
    "at_least": np.greater_equal,
    "below": np.less,
    "at_most": np.less_equal,
}


def holds(
    inputs: Inputs, condition: Mapping[str, Any], derived: Mapping[str, np.ndarray] | None = None
) -> np.ndarray:
    """(n,) whether a condition holds.

    Parameters
    ----------
    condition : `column`, and `yes` (true or false), `one_of` (words), or a limit: above, at_least, below, at_most
    derived : name -> (n,) words or numbers that are no column, missing as None or nan
    """
    name = condition["column"]
    if "yes" in condition:
        answer = inputs.yes_no(name)
        return answer if condition["yes"] else 1.0 - answer
    if "one_of" in condition:
        if derived is not None and name in derived:
            word = pd.Series(derived[name], dtype=object)
            return np.where(word.isna(), np.nan, word.isin(condition["one_of"]))
        levels = codebook()[name].levels
        at = inputs.level(name)
        return np.where(at < 0, np.nan, np.isin(at, [levels.index(w) for w in condition["one_of"]]))
    value = derived[name] if derived is not None and name in derived else inputs.number(name)
    (limit,) = (k for k in _LIMITS if k in condition)
    return np.where(np.isnan(value), np.nan, _LIMITS[limit](value, condition[limit]))


def all_of(answers: Sequence[np.ndarray]) -> np.ndarray:
    """(n,) all hold: 0 as soon as one does not, whatever else is missing."""
    table = np.array(answers)
    return np.where((table == 0).any(axis=0), 0.0, np.where(np.isnan(table).any(axis=0), np.nan, 1.0))


def any_of(answers: Sequence[np.ndarray]) -> np.ndarray:
    """(n,) one holds: 1 as soon as one does, whatever else is missing."""
    return 1.0 - all_of([1.0 - answer for answer in answers])


def applies(
    inputs: Inputs, factor: Mapping[str, Any], derived: Mapping[str, np.ndarray] | None = None
) -> np.ndarray:
    """(n,) whether all conditions of a factor hold; `unless` makes it hold by itself."""
    answer = all_of([holds(inputs, condition, derived) for condition in factor["all"]])
    return any_of([answer, holds(inputs, factor["unless"], derived)]) if "unless" in factor else answer


def factors(
    inputs: Inputs, rules: Mapping[str, Any], derived: Mapping[str, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """id of each factor of a table -> (n,) whether it applies."""
    return {factor["id"]: applies(inputs, factor, derived) for factor in rules["factor"]}


def count(answers: Sequence[np.ndarray]) -> Any:
    """(n,) how many hold; missing where one is not known."""
    return pd.array(np.sum(answers, axis=0), dtype="Float64").astype("Int64")


def listed(found: Mapping[str, np.ndarray], name: str) -> dict[str, Any]:
    """<name>_n_all_factors, <name>_factors that are there and <name>_unknown, of answers by factor."""
    return {
        f"{name}_n_all_factors": count(list(found.values())),
        f"{name}_factors": tuples({key: answer == 1 for key, answer in found.items()}),
        f"{name}_unknown": tuples({key: np.isnan(answer) for key, answer in found.items()}),
    }


def at_least(lowest: np.ndarray, highest: np.ndarray, limit: float) -> np.ndarray:
    """(n,) whether a total that lies between two bounds reaches a limit."""
    return np.where(lowest >= limit, 1.0, np.where(highest < limit, 0.0, np.nan))


def with_limit(rules: Mapping[str, Any], factor: str, above: float) -> dict[str, Any]:
    """The table with another limit in the one condition of a factor."""
    changed = [
        {**f, "all": [{**f["all"][0], "above": above}]} if f["id"] == factor else f for f in rules["factor"]
    ]
    return {**rules, "factor": changed}
