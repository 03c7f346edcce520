"""Vectorised draws from tables of shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

YES_NO = np.array(["no", "yes"], dtype=object)


def labels_of(table: Mapping[str, Any]) -> tuple[list[str], np.ndarray]:
    """Names and shares of a table, notes left out."""
    pairs = [(k, float(v)) for k, v in table.items() if isinstance(v, (int, float))]
    return [k for k, _ in pairs], np.array([v for _, v in pairs])


def positions(rng: np.random.Generator, shares: np.ndarray, n: int) -> np.ndarray:
    """(n,) positions 0..k-1 drawn with these shares."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(edges[:-1], rng.random(n), side="right")


def category(rng: np.random.Generator, table: Mapping[str, Any], n: int) -> np.ndarray:
    """(n,) names drawn with the shares of the table."""
    names, shares = labels_of(table)
    return np.array(names, dtype=object)[positions(rng, shares, n)]


def category_by_row(
    rng: np.random.Generator, tables: list[Mapping[str, Any]], row: np.ndarray, names: list[str]
) -> np.ndarray:
    """(n,) names, patient i drawn with the shares of ``tables[row[i]]``; one uniform number per patient."""
    shares = np.array([[float(t.get(name, 0.0)) for name in names] for t in tables])
    edges = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
    drawn = (rng.random(len(row))[:, None] >= edges[row, :-1]).sum(axis=1)
    return np.array(names, dtype=object)[drawn]


def whole_number(rng: np.random.Generator, table: Mapping[str, Any], n: int) -> np.ndarray:
    """(n,) whole numbers; the names of the table are numbers ("3") or ranges ("4-6", uniform inside)."""
    names, shares = labels_of(table)
    low = np.array([int(name.split("-")[0]) for name in names])
    high = np.array([int(name.split("-")[-1]) for name in names])
    at = positions(rng, shares, n)
    return low[at] + np.floor(rng.random(n) * (high[at] - low[at] + 1)).astype(int)


def yes(rng: np.random.Generator, share: float | np.ndarray, n: int) -> np.ndarray:
    """(n,) True with probability `share` (one, or one per patient)."""
    return rng.random(n) < share


def logit_shift(share: float, shift: np.ndarray) -> np.ndarray:
    """Probability whose log odds are those of `share` plus `shift`."""
    return 1.0 / (1.0 + np.exp(-(np.log(share / (1.0 - share)) + shift)))
