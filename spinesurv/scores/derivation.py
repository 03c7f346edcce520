"""What a derived column is: its record, and the tools that its function is written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Options:
    """Conventions that a user can change.

    Parameters
    ----------
    ecog1_kps : Karnofsky index that stands for ECOG 1, the only grade that straddles a class cut
    brain_counts_as_visceral : whether a brain metastasis is a visceral one where the score does not name the brain
    assume_hormone : "independent" or "dependent", what stands for an unknown hormone dependence; None = it is missing
    """

    ecog1_kps: int = 80
    brain_counts_as_visceral: bool = True
    assume_hormone: str | None = None


@dataclass(frozen=True)
class Derived:
    """A derived column.

    Parameters
    ----------
    function : (columns, options) -> values
    inputs : codebook variables that it reads
    levels : its values; empty = a number
    stand_ins : input that only stands in for another one -> that other one
    optional : inputs whose absence has a meaning of its own
    instead : optional input -> a gap that recording it would close as well
    cuts : number input -> all limits inside the function at which its value changes, each the first of its interval
    itself : number inputs that are the value of the column, so that the limits of a definition hold for them
    whole_range : number inputs that the function adds up, so that both ends of their range are tried
    between : limits inside the function of such inputs, which do not make patients of one interval equal
    silent : input -> levels that say nothing, so that they count as not recorded
    """

    function: Callable[[Columns, Options], np.ndarray]
    inputs: tuple[str, ...]
    levels: tuple[str, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    itself: tuple[str, ...] = ()
    whole_range: tuple[str, ...] = ()
    between: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    silent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tried(self) -> tuple[str, ...]:
        """Inputs whose possible values are tried when they are missing."""
        return tuple(r for r in self.inputs if r not in self.stand_ins and r not in self.optional)


def missing(values: np.ndarray) -> np.ndarray:
    """True where a column is empty."""
    nothing: Any = None
    return np.isnan(values) if values.dtype.kind == "f" else np.equal(values, nothing).astype(bool)


def choose(known: np.ndarray, *choices: tuple[np.ndarray, str], otherwise: str) -> np.ndarray:
    """First choice that holds; None where not known."""
    out = np.full(len(known), otherwise, dtype=object)
    for holds, value in reversed(choices):
        out[holds] = value
    out[~known] = None
    return out


def look_up(values: np.ndarray, table: Mapping[int, float]) -> np.ndarray:
    """Numbers by a table; nan where it has no entry."""
    out = np.full(len(values), np.nan)
    for key, value in table.items():
        out[values == key] = value
    return out
