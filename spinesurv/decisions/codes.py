"""Codes that apply to each row: from one column of truth per code to tuples and to words joined by a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def tuples(holds: Mapping[Any, np.ndarray]) -> np.ndarray:
    """(n,) tuple of the codes that hold in each row, in the order of the mapping.

    Parameters
    ----------
    holds : code -> (n,) True where it holds
    """
    names = list(holds)
    which, patterns = _patterns(np.array([holds[name] for name in names], dtype=bool))
    found = np.empty(len(patterns), dtype=object)
    found[:] = [tuple(name for name, on in zip(names, p, strict=True) if on) for p in patterns]
    return found[which]


def joined(rows: np.ndarray) -> np.ndarray:
    """(n,) tuples as text, joined by a bar; nothing where there is no code."""
    words = {codes: "|".join(map(str, codes)) for codes in set(rows.tolist())}
    return np.array([words[codes] for codes in rows.tolist()], dtype=object)


def named(codes: np.ndarray, names: Sequence[str | None]) -> np.ndarray:
    """(n,) the name at each position; None at -1."""
    table = np.array([*names, None], dtype=object)
    return table[codes]


def _patterns(holds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pattern of each row, and the patterns that occur, of (k, n) truths; k at most 62."""
    packed = (1 << np.arange(len(holds), dtype=np.int64)) @ holds.astype(np.int64)
    _, first, which = np.unique(packed, return_index=True, return_inverse=True)
    return which.reshape(-1), holds[:, first].T
