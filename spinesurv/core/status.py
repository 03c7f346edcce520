"""Status at fixed days: who is known to be dead and who alive there, where nobody wrote down how long they were followed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core.codebook import NO, YES
from spinesurv.errors import InputError

FloatArray = NDArray[np.float64]

_COLUMN = re.compile("dead_by_([1-9][0-9]*)")


def status_column(day: float) -> str:
    """Canonical column of the status at a day: yes = dead by it, no = alive after it, empty = not known."""
    return f"dead_by_{day:g}"


def days_of_columns(names: Iterable[str]) -> list[int]:
    """Days, rising, of the canonical columns of a status among these names."""
    return sorted(int(found[1]) for name in names if (found := _COLUMN.fullmatch(name)))


@dataclass(frozen=True, eq=False)
class StatusAtDays:
    """Status of n patients at k days.

    Parameters
    ----------
    days : (k,) days after time zero, above 0, each once; kept in rising order
    dead : (n, k) 1 = dead by that day (the day itself included), 0 = alive after it, nan = not known. Nothing is filled in
        here (see `completed`): where a hospital never asked for a day, only the dead of earlier days would be known there
    alone : (n,) True where this is all that is known of a patient, False where times are known as well. Everybody when None

    Raises
    ------
    InputError
        No day, a day that is not positive or comes twice, another shape, a status that is neither 0 nor 1, or somebody who
        is dead by a day and alive at a later one. Patients are counted, never shown.
    """

    days: FloatArray
    dead: FloatArray
    alone: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        days = np.atleast_1d(np.asarray(self.days, dtype=np.float64))
        dead = np.array(self.dead, dtype=np.float64)
        if days.ndim != 1 or len(days) == 0 or not (np.isfinite(days) & (days > 0)).all():
            raise InputError("status at days: each day is a positive number of days after time zero.")
        if len(np.unique(days)) < len(days):
            raise InputError("status at days: a day comes twice. One status is expected for each.")
        if dead.ndim != 2 or dead.shape[1] != len(days):
            raise InputError(
                f"status at days: a table with a row per patient and {len(days)} columns is expected."
            )
        if not (np.isnan(dead) | np.isin(dead, (0.0, 1.0))).all():
            raise InputError("status at days: 1 = dead by that day, 0 = alive after it, nan = not known.")
        order = np.argsort(days)
        days, dead = days[order], dead[:, order]
        broken = int(contradicted(dead).sum())
        if broken:
            raise InputError(
                f"status at days: {broken} of {len(dead)} patients are dead by a day and alive at a later one. Correct the "
                "table or its mapping file."
            )
        alone = np.ones(len(dead), dtype=bool) if self.alone is None else np.asarray(self.alone, dtype=bool)
        if alone.shape != (len(dead),):
            raise InputError(f"status at days: {alone.size} marks for {len(dead)} patients.")
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "dead", dead)
        object.__setattr__(self, "alone", alone)

    def __len__(self) -> int:
        return len(self.dead)

    def at(self, day: float) -> FloatArray | None:
        """(n,) 1 dead by the day, 0 alive after it, nan not known; None where that day was not recorded."""
        place = np.flatnonzero(self.days == day)
        return self.dead[:, place[0]] if len(place) else None

    @property
    def last_known(self) -> tuple[FloatArray, NDArray[np.bool_]]:
        """(n,) the first day by which a patient is known to be dead, else the last at which alive, else 0; and whether dead."""
        died = self.dead == 1.0
        event = died.any(axis=1)
        alive = np.where(self.dead == 0.0, self.days, 0.0).max(axis=1)
        return np.where(event, self.days[np.argmax(died, axis=1)], alive), event

    def followed_to(self, day: float) -> tuple[FloatArray, NDArray[np.bool_]]:
        """(n,) time and event of a follow-up to a recorded day, as far as it is known.

        The dead have their event just before the end of the first day by which they are known to be dead, so that they leave
        before who is censored there; who is alive at `day` is followed beyond it; who is not known there is censored at the last
        earlier day at which alive, at 0 without one. Later days are not looked at: who is known to be alive at `day` only because
        of being alive later is a survivor by selection, since of those who died in between nothing would be known.
        """
        seen = self.days <= day
        time, event = StatusAtDays(self.days[seen], self.dead[:, seen]).last_known
        return np.where(event, np.nextafter(time, 0.0), np.where(time == day, day + 1.0, time)), event

    @property
    def n_alone(self) -> int:
        """Patients of whom this is all that is known."""
        assert self.alone is not None
        return int(self.alone.sum())

    @property
    def in_words(self) -> str:
        """The days, as a reason names them."""
        return days_in_words(self.days)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Canonical columns: yes, no, or None where it is not known."""
        return {status_column(day): status_words(self.dead[:, k]) for k, day in enumerate(self.days)}

    @classmethod
    def of_columns(cls, columns: Sequence[ArrayLike], days: Sequence[float]) -> StatusAtDays:
        """The status that canonical columns hold, one for each day."""
        words = [np.asarray(column, dtype=object) for column in columns]
        return cls(
            np.array(days),
            np.column_stack([np.where(w == YES, 1.0, np.where(w == NO, 0.0, np.nan)) for w in words]),
        )

    @classmethod
    def pooled(cls, parts: Sequence[tuple[int, StatusAtDays | None]]) -> StatusAtDays | None:
        """The status of several groups of patients, given with their numbers; None where no group is known by status alone."""
        those = [status for _, status in parts if status is not None]
        if not those:
            return None
        days = np.unique(np.concatenate([status.days for status in those]))
        blocks, alone = [], []
        for n, status in parts:
            block = np.full((n, len(days)), np.nan)
            if status is not None:
                block[:, np.isin(days, status.days)] = status.dead
            blocks.append(block)
            alone.append(np.zeros(n, dtype=bool) if status is None else np.asarray(status.alone))
        return cls(days, np.concatenate(blocks), np.concatenate(alone))

    def take(self, rows: ArrayLike) -> StatusAtDays:
        """The status of the patients at these positions (or where a mask is True)."""
        at = np.asarray(rows)
        assert self.alone is not None
        return StatusAtDays(self.days, self.dead[at], self.alone[at])


def days_in_words(days: Iterable[float]) -> str:
    """ "day 365", or "days 90 and 365"."""
    names = [f"{day:g}" for day in days]
    return f"day {names[0]}" if len(names) == 1 else f"days {', '.join(names[:-1])} and {names[-1]}"


def status_words(dead: FloatArray) -> NDArray[Any]:
    """yes for dead, no for alive, None for what is not known."""
    words = np.full(dead.shape, None, dtype=object)
    words[dead == 1.0], words[dead == 0.0] = YES, NO
    return words


def contradicted(dead: FloatArray) -> NDArray[np.bool_]:
    """(n,) True for who is dead by a day and alive at a later one; columns of `dead` (n, k) in rising order of days."""
    died_before = np.maximum.accumulate(dead == 1.0, axis=1)
    return np.asarray((died_before & (dead == 0.0)).any(axis=1))


def completed(dead: FloatArray) -> FloatArray:
    """(n, k) with the dead of a day dead by all later ones.

    For days on which the status was asked for; columns of `dead` (n, k) in rising order of days. Who is alive at a day is not
    filled in at earlier ones: only survivors could be (see `StatusAtDays.followed_to`).
    """
    died = np.maximum.accumulate(dead == 1.0, axis=1)
    return np.where(died, 1.0, dead)
