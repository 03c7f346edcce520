"""Codes that apply to each row: from one column of truth per code to tuples and to words joined by a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd


def tuples(holds: Mapping[Any, np.ndarray]) -> np.ndarray:
    """(n,) tuple of the codes that hold in each row, in the order of the mapping.

    Parameters
    ----------
    holds : code -> (n,) True where it holds
    """
    names = list(holds)
    which, found_patterns = patterns([holds[name] for name in names])
    found = np.empty(len(found_patterns), dtype=object)
    found[:] = [tuple(name for name, on in zip(names, p, strict=True) if on) for p in found_patterns]
    return found[which]


def joined(rows: np.ndarray) -> np.ndarray:
    """(n,) tuples as text, joined by a bar; nothing where there is no code."""
    words = {codes: "|".join(map(str, codes)) for codes in set(rows.tolist())}
    return np.array([words[codes] for codes in rows.tolist()], dtype=object)


def named(codes: np.ndarray, names: Sequence[str | None]) -> np.ndarray:
    """(n,) the name at each position; None at -1."""
    table = np.array([*names, None], dtype=object)
    return table[codes]


def patterns(holds: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(n,) number of the pattern of each row, and the (m, k) patterns that occur, of k truths (n,); k at most 62."""
    packed = np.zeros(len(holds[0]), dtype=np.int64)
    for bit, truth in enumerate(holds):
        packed |= truth.astype(np.int64) << bit
    which, distinct = pd.factorize(packed)
    return which, (distinct[:, None] >> np.arange(len(holds)) & 1).astype(bool)
