"""Levels that exclude each other: what training never saw together is not imputed together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: two levels exclude each other when chance alone would have brought them together in this many training patients, and
#: nobody has both; chance leaves such a cell empty once in exp(10) = 22,000
EXPECTED_TOGETHER = 10.0

#: (variable, matrix): matrix[a, b] is True where level a of the target goes with level b of that variable
Exclusion = tuple[int, np.ndarray]


def exclusions(codes: np.ndarray, n_levels: Sequence[int]) -> list[list[Exclusion]]:
    """Per variable the others that exclude some of its levels.

    Parameters
    ----------
    codes : (n, v) codes of training patients, nan for a gap
    n_levels : (v,) number of levels; 0 = a number, which excludes nothing

    Notes
    -----
    Level a and level b exclude each other when n(a) n(b) / n is at least `EXPECTED_TOGETHER`, counted where both
    variables are recorded, and no patient has both: no pattern of visceral metastases without visceral metastases, no
    castration status outside the prostate.
    """
    counted = [j for j, n in enumerate(n_levels) if n]
    found: list[list[Exclusion]] = [[] for _ in n_levels]
    member = {j: (codes[:, [j]] == np.arange(n_levels[j])).astype(float) for j in counted}
    for place, j in enumerate(counted):
        for i in counted[:place]:
            together = member[j].T @ member[i]
            expected = np.outer(together.sum(axis=1), together.sum(axis=0)) / max(together.sum(), 1.0)
            goes = (together > 0) | (expected < EXPECTED_TOGETHER)
            if not goes.all():
                found[j].append((i, goes))
                found[i].append((j, goes.T))
    return found


def possible_levels(found: Sequence[Exclusion], codes: np.ndarray) -> np.ndarray | None:
    """(n, levels) True where a level goes with all that is known of the patient; None where nothing is excluded.

    Parameters
    ----------
    found : the exclusions of one variable
    codes : (n, v) current codes of the patients; nan excludes nothing

    Notes
    -----
    A patient whose other values exclude every level contradicts training; then everything is possible.
    """
    if not found:
        return None
    out = np.ones((len(codes), len(found[0][1])), dtype=bool)
    for other, goes in found:
        known = ~np.isnan(codes[:, other])
        out[known] &= goes[:, codes[known, other].astype(np.intp)].T
    out[~out.any(axis=1)] = True
    return out
