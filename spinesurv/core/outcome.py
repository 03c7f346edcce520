"""Outcome: how long each patient was followed from time zero, and whether the patient died then, or of what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core.status import StatusAtDays
from spinesurv.errors import InputError

#: entries of `cause` that do not say what it was
UNKNOWN_CAUSE = ("", "unknown")


@dataclass(frozen=True, eq=False)
class Outcome:
    """Follow-up of n patients.

    Parameters
    ----------
    time_days : (n,) days from time zero to death or last contact; finite, 0 or more
    event : (n,) True (1) where the patient died at `time_days`, False (0) where follow-up ended alive. With an
        `end_point`: where any event ended follow-up, that of interest or one that prevents it
    cause : (n,) what the event was (cause of death, or an end point that came first); None when not recorded. Read
        only where there is an `end_point`
    entry_days : (n,) days from time zero to first observation (left truncation); below `time_days`.
        None: everyone is observed from time zero
    end_point : the cause that is judged; events of other causes compete with it. None: every event counts
    status : status at fixed days, of patients of whom nothing else is known (see `Outcome.of_status`). For these,
        `time_days` and `event` are the last that is known of them and no follow-up: only measures at one of the days exist

    Raises
    ------
    InputError
        Lengths differ, a time is missing, infinite or negative, an event is not 0 or 1, an entry is not before the
        end of follow-up, or with an `end_point` the cause of an event is not known. The message counts the rows, it
        does not show their values.
    """

    time_days: NDArray[np.float64]
    event: NDArray[np.bool_]
    cause: NDArray[Any] | None = field(default=None, kw_only=True)
    entry_days: NDArray[np.float64] | None = field(default=None, kw_only=True)
    end_point: str | None = field(default=None, kw_only=True)
    status: StatusAtDays | None = field(default=None, kw_only=True)

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
        if self.end_point is not None:
            self._check_causes()
        if self.status is not None:
            self._check_status(self.status)

    @classmethod
    def of_status(cls, status: StatusAtDays) -> Outcome:
        """The outcome of patients whose status at some days is all that is known.

        Who is known at none of the days stays, as not known: never as alive.
        """
        time, event = status.last_known
        return cls(time, event, status=status)

    def _check_status(self, status: StatusAtDays) -> None:
        if len(status) != len(self):
            raise InputError(f"outcome, status: {len(status)} rows for {len(self)} values of time_days.")
        if self.end_point is not None or (self.entry_days is not None and self.entry_days.any()):
            raise InputError(
                f"outcome: the status of some patients is known at {status.in_words} only, so neither other end points than "
                "death nor delayed entry can be judged. Leave them out, or judge death alone."
            )

    def _check_causes(self) -> None:
        if self.cause is None:
            raise InputError(
                f"outcome, end point {self.end_point!r}: no cause of the events is recorded. Map a column of causes "
                "in [outcome] of the mapping file, or judge death of any cause."
            )
        known = np.array([isinstance(c, str) and c not in UNKNOWN_CAUSE for c in self.cause])
        _refuse(
            f"cause (end point {self.end_point})",
            self.event & ~known,
            "missing or unknown",
            "the cause of each event",
        )

    def __len__(self) -> int:
        return len(self.time_days)

    @property
    def of_interest(self) -> NDArray[np.bool_]:
        """(n,) True where the event that is judged happened: any event, or that of the `end_point`."""
        if self.end_point is None or self.cause is None:
            return self.event
        own: NDArray[np.bool_] = np.asarray(self.cause == self.end_point, dtype=bool)
        return self.event & own

    @property
    def competing(self) -> NDArray[np.bool_] | None:
        """(n,) True where another event made that of the `end_point` impossible; None without an end point."""
        return None if self.end_point is None else self.event & ~self.of_interest

    @property
    def n_events(self) -> int:
        """Number of events that are judged: deaths, or those of the `end_point`."""
        return int(self.of_interest.sum())

    def of_any_cause(self, who: str, *, times: bool = True) -> None:
        """Refuse an end point, for what knows one kind of event only; and a mere status at days, unless it needs no `times`.

        Raises
        ------
        InputError
            Events compete here, or there are no times; `who` is named in the message.
        """
        if times:
            self.with_times(who)
        if self.end_point is not None:
            raise InputError(
                f"{who}: other events compete with the end point {self.end_point!r}, which this model would take for the "
                "event itself. Use a model that knows them (cause_specific_cox)."
            )

    def with_times(self, who: str) -> None:
        """Refuse patients whose status at some days is all that is known, for what needs times.

        Raises
        ------
        InputError
            There are such patients; `who` is named in the message.
        """
        if self.status is not None:
            raise InputError(
                f"{who}: it is learned from times, and of {self.status.n_alone} of {len(self)} patients only the status at "
                f"{self.status.in_words} is known. Fit it on patients with follow-up times; scores, published survival and "
                "predictions made elsewhere can be judged on these."
            )

    def at_day(self, day: float) -> Outcome:
        """Follow-up to one day, where the status at days is all that is known (`StatusAtDays.followed_to`); else as it is.

        Who is alive at an earlier day and not known at this one is censored there, as anybody whose follow-up ends. Who is known
        at no day up to this one is followed for 0 days.
        """
        if self.status is None:
            return self
        if self.status.at(day) is None:
            raise InputError(
                f"outcome: the status at day {day:g} was not recorded, only that at {self.status.in_words}."
            )
        time, event = self.status.followed_to(day)
        return replace(self, time_days=time, event=event)

    def judging(self, end_point: str | None) -> Outcome:
        """The same follow-up with another end point; None = every event counts."""
        return replace(self, end_point=end_point)

    def take(self, rows: ArrayLike) -> Outcome:
        """The same outcome for the patients at these positions (or where a mask is True)."""
        at = np.asarray(rows)
        status = None if self.status is None else self.status.take(at)
        return Outcome(
            self.time_days[at],
            self.event[at],
            cause=None if self.cause is None else self.cause[at],
            entry_days=None if self.entry_days is None else self.entry_days[at],
            end_point=self.end_point,
            status=status if status is not None and status.n_alone else None,
        )


def _column(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"outcome, {name}: holds something that is not a number. Expected: "
            f"{'1 = died, 0 = alive at last contact' if name == 'event' else 'days'}."
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
