"""Thresholds of trees that are no patient's value: the shortest decimal between two neighbouring training values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

#: decimals that are tried; a 32-bit number, in which XGBoost keeps thresholds, has hardly more
MOST_PLACES = 9
#: stands for a threshold that no training value reaches: known values go one way, gaps the other
BEYOND = 1e30


def rounded_thresholds(model: Mapping[str, Any], design: np.ndarray) -> dict[str, Any]:
    """XGBoost's JSON with other thresholds that send every training patient the same way.

    XGBoost cuts at recorded values: a threshold t means "below t" against "t and above", and t is the value of a
    training patient. Anything between t and the next smaller training value sends the same patients left.

    Parameters
    ----------
    model : the parsed JSON of a booster; it is not changed
    design : (n, p) columns of the training patients

    Returns
    -------
    dict
        The same with each threshold replaced by the shortest decimal between the two values.
    """
    values = [np.unique(column[~np.isnan(column)]) for column in design.astype(np.float32).T]
    learner = dict(model["learner"])
    booster = dict(learner["gradient_booster"])
    forest = dict(booster["model"])
    forest["trees"] = [_rounded(tree, values) for tree in forest["trees"]]
    booster["model"] = forest
    learner["gradient_booster"] = booster
    return {**model, "learner": learner}


def _rounded(tree: Mapping[str, Any], values: list[np.ndarray]) -> dict[str, Any]:
    conditions = list(tree["split_conditions"])
    for node, child in enumerate(tree["left_children"]):
        if child >= 0:  # leaves keep their weight in the same list
            conditions[node] = _between(values[tree["split_indices"][node]], conditions[node])
    return {**tree, "split_conditions": conditions}


def _between(known: np.ndarray, threshold: float) -> float:
    """A short number above the largest value below the threshold, and at most the smallest of the others."""
    at = int(np.searchsorted(known, np.float32(threshold), side="left"))
    if at == 0 or at == len(known):
        return BEYOND if at else -BEYOND
    low, high = float(known[at - 1]), float(known[at])
    middle = (low + high) / 2.0
    for places in range(-3, MOST_PLACES + 1):
        short = round(middle, places)
        if low < float(np.float32(short)) < high:
            return float(short)
    return threshold
