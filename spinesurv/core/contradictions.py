"""Fields of one patient that cannot both be true. Scores leave out what reads them, and the audit counts the patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from spinesurv.core.codebook import NO


@dataclass(frozen=True)
class Contradiction:
    """Two fields that cannot both be true.

    Parameters
    ----------
    fields : codebook variables
    words : what is wrong
    holds : columns (text with None, numbers with nan where missing) -> (n,) True where the two contradict each other
    """

    fields: tuple[str, str]
    words: str
    holds: Callable[[Mapping[str, np.ndarray]], np.ndarray]


CONTRADICTIONS = (
    Contradiction(
        ("visceral_mets", "visceral_pattern"),
        "no visceral metastases, and their pattern is nodular",
        lambda p: (p["visceral_mets"] == "none") & (p["visceral_pattern"] == "nodular"),
    ),
    Contradiction(
        ("other_bone_mets", "n_extraspinal_bone_mets"),
        "no other bone metastases, and foci outside the spine are counted",
        lambda p: (p["other_bone_mets"] == NO) & (p["n_extraspinal_bone_mets"] >= 1),
    ),
)
