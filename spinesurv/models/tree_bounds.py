"""Leaves that patients with gaps can reach in boosted trees: bounds of the sum of leaves."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def thresholds_of(booster: Any, column: int) -> np.ndarray:
    """All thresholds at which the trees of a booster cut one column, with repeats."""
    return np.array(
        [
            tree["split_conditions"][node]
            for tree in _trees(booster)
            for node, child in enumerate(tree["left_children"])
            if child >= 0 and tree["split_indices"][node] == column
        ],
        dtype=float,
    )


def margin_bounds(booster: Any, design: np.ndarray, ranges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far below and above its prediction with gaps a patient's margin can lie once the gaps are known.

    Parameters
    ----------
    booster : XGBoost booster of single-output trees
    design : (n, p) columns, nan where missing
    ranges : (p, 2) lowest and highest value that a missing column may turn out to have

    Returns
    -------
    (n,) at most 0, (n,) at least 0: sums over trees of the lowest and of the highest leaf that can be reached, relative
    to the leaf of the prediction with gaps, which is counted among those that can be
    """
    x = design.astype(np.float32)
    low, high = np.zeros(len(x)), np.zeros(len(x))
    for tree in _trees(booster):
        least, most, own = _reach(tree, x, ranges)
        low += least - own
        high += most - own
    return low, high


def _reach(
    tree: dict[str, Any], x: np.ndarray, ranges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) lowest and highest leaf in reach, and the leaf of the prediction with gaps."""
    n = len(x)
    least, most, own = np.full(n, np.inf), np.full(n, -np.inf), np.zeros(n)
    waiting = [(0, np.ones(n, dtype=bool), np.ones(n, dtype=bool))]
    while waiting:
        node, possible, taken = waiting.pop()
        left, right = tree["left_children"][node], tree["right_children"][node]
        value = np.float32(tree["split_conditions"][node])
        if left < 0:
            least = np.where(possible, np.minimum(least, value), least)
            most = np.where(possible, np.maximum(most, value), most)
            own = np.where(taken, value, own)
            continue
        column = tree["split_indices"][node]
        gap, below = np.isnan(x[:, column]), x[:, column] < value
        default = bool(tree["default_left"][node])
        goes_left = np.where(gap, default, below)
        may_left = np.where(gap, default or ranges[column, 0] < value, below)
        may_right = np.where(gap, not default or ranges[column, 1] >= value, ~below)
        waiting.append((left, possible & may_left, taken & goes_left))
        waiting.append((right, possible & may_right, taken & ~goes_left))
    return least, most, own


def _trees(booster: Any) -> list[dict[str, Any]]:
    model = json.loads(booster.save_raw("json"))
    trees: list[dict[str, Any]] = model["learner"]["gradient_booster"]["model"]["trees"]
    return trees
