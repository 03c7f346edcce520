"""Outcome: how long each patient was followed from time zero, and whether the patient died then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.errors import InputError


@dataclass(frozen=True, eq=False)
class Outcome:
    """Follow-up of n patients.

    Parameters
    ----------
    time_days : (n,) days from time zero to death or last contact; finite, 0 or more
    event : (n,) True (1) where the patient died at `time_days`, False (0) where follow-up ended alive
    cause : (n,) cause of death, only read by competing-risk measures; None when not recorded
    entry_days : (n,) days from time zero to first observation (left truncation); below `time_days`.
        None: everyone is observed from time zero

    Raises
    ------
    InputError
        Lengths differ, a time is missing, infinite or negative, an event is not 0 or 1, or an entry is not
        before the end of follow-up. The message counts the rows, it does not show their values.
    """

    time_days: NDArray[np.float64]
    event: NDArray[np.bool_]
    cause: NDArray[Any] | None = field(default=None, kw_only=True)
    entry_days: NDArray[np.float64] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        time = _column(self.time_days, "time_days")
        event = _event(self.event)
        _same_length("event", event, time)
        _refuse("time_days", ~np.isfinite(time), "missing or infinite", "a finite number of days")
        _refuse("time_days", time < 0, "negative", "0 or more days after time zero")
        object.__setattr__(self, "time_days", time)
        object.__setattr__(self, "event", event)
        if self.cause is not None:
            cause = np.asarray(self.cause, dtype=object)
            _same_length("cause", cause, time)
            object.__setattr__(self, "cause", cause)
        if self.entry_days is not None:
            entry = _column(self.entry_days, "entry_days")
            _same_length("entry_days", entry, time)
            _refuse(
                "entry_days", ~np.isfinite(entry), "missing or infinite", "0 when observed from time zero"
            )
            _refuse(
                "entry_days", (entry < 0) | (entry >= time) & (entry > 0), "not before time_days", "0 or more"
            )
            object.__setattr__(self, "entry_days", entry)

    def __len__(self) -> int:
        return len(self.time_days)

    @property
    def n_events(self) -> int:
        """Number of deaths."""
        return int(self.event.sum())

    def take(self, rows: ArrayLike) -> Outcome:
        """The same outcome for the patients at these positions (or where a mask is True)."""
        at = np.asarray(rows)
        return Outcome(
            self.time_days[at],
            self.event[at],
            cause=None if self.cause is None else self.cause[at],
            entry_days=None if self.entry_days is None else self.entry_days[at],
        )


def _column(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"outcome, {name}: holds something that is not a number. Days are expected."
        ) from None
    if array.ndim != 1:
        raise InputError(
            f"outcome, {name}: {array.ndim} dimensions found, one value per patient is expected."
        )
    return array


def _event(values: ArrayLike) -> NDArray[np.bool_]:
    array = _column(values, "event")
    _refuse("event", ~np.isin(array, (0.0, 1.0)), "neither 0 nor 1", "1 = died, 0 = alive at last contact")
    return array.astype(bool)


def _same_length(name: str, array: NDArray[Any], time: NDArray[np.float64]) -> None:
    if len(array) != len(time):
        raise InputError(f"outcome, {name}: {len(array)} values for {len(time)} values of time_days.")


def _refuse(name: str, bad: NDArray[np.bool_], found: str, allowed: str) -> None:
    if bad.any():
        raise InputError(
            f"outcome, {name}: {int(bad.sum())} of {len(bad)} values are {found}. Allowed: {allowed}. "
            "Correct the table or its mapping file."
        )
