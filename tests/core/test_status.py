"""Status at fixed days: what follows from what, what is refused, and an outcome that knows no more."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.core import Outcome, StatusAtDays
from spinesurv.core.status import completed
from spinesurv.errors import InputError

NOT_KNOWN = np.nan


def test_what_follows_is_told_and_what_does_not_stays_unknown() -> None:
    dead = [[1, NOT_KNOWN], [NOT_KNOWN, 0], [NOT_KNOWN, 1], [0, NOT_KNOWN], [NOT_KNOWN, NOT_KNOWN]]
    told = completed(np.array(dead))
    assert np.array_equal(told[:, 0], [1, NOT_KNOWN, NOT_KNOWN, 0, NOT_KNOWN], equal_nan=True)
    assert np.array_equal(told[:, 1], [1, 0, 1, NOT_KNOWN, NOT_KNOWN], equal_nan=True)


def test_nothing_is_filled_in_by_itself() -> None:
    status = StatusAtDays([90, 365], [[1, NOT_KNOWN]])
    assert np.isnan(status.at(365)).all()
    assert status.at(180) is None


def test_days_are_kept_in_rising_order() -> None:
    status = StatusAtDays([365, 90], [[1, 0], [0, 0]])
    assert status.days.tolist() == [90, 365]
    assert status.at(365).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("days", "dead", "words"),
    [
        ([90, 365], [[1, 0], [0, 0]], "1 of 2 patients are dead by a day and alive at a later one"),
        ([30, 90, 365], [[1, NOT_KNOWN, 0]], "1 of 1 patients are dead by a day"),
        ([90], [[2.0]], "1 = dead by that day"),
        ([90, 90], [[1, 1]], "a day comes twice"),
        ([0], [[1]], "positive number of days"),
        ([90, 365], [[1]], "2 columns"),
    ],
)
def test_what_cannot_be_meant_is_refused(days: list[float], dead: list[list[float]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        StatusAtDays(days, dead)


def test_an_outcome_of_status_is_its_patients_also_those_not_known() -> None:
    outcome = Outcome.of_status(
        StatusAtDays([90, 365], [[1, 1], [0, 1], [0, 0], [0, NOT_KNOWN], [NOT_KNOWN, NOT_KNOWN]])
    )
    assert (len(outcome), outcome.n_events) == (5, 2)
    assert outcome.time_days.tolist() == [90, 365, 365, 90, 0]
    at = outcome.at_day(90)
    assert at.event.tolist() == [True, False, False, False, False]
    assert ((at.time_days > 90) == [False, True, True, True, False]).all()
    assert outcome.take([3, 4]).status.at(365).tolist() == pytest.approx([NOT_KNOWN, NOT_KNOWN], nan_ok=True)
    # who is alive at day 90 and not known at day 365 is censored at day 90, after those who died by it
    at = outcome.at_day(365)
    assert at.event.tolist() == [True, True, False, False, False]
    assert at.time_days.tolist() == [np.nextafter(90, 0), np.nextafter(365, 0), 366, 90, 0]
    with pytest.raises(InputError, match="day 180 was not recorded, only that at days 90 and 365"):
        outcome.at_day(180)


def test_a_later_day_is_not_looked_at() -> None:
    outcome = Outcome.of_status(StatusAtDays([90, 365], [[NOT_KNOWN, 0], [NOT_KNOWN, 1], [0, 1], [1, 1]]))
    assert outcome.at_day(90).time_days.tolist() == [0, 0, 91, np.nextafter(90, 0)]


def test_what_learns_from_times_refuses_it() -> None:
    outcome = Outcome.of_status(StatusAtDays([365], [[1], [0]]))
    with pytest.raises(
        InputError,
        match="Cox model: it is learned from times, and of 2 of 2 patients only the status at day 365",
    ):
        outcome.of_any_cause("Cox model")
    outcome.of_any_cause("published survival", times=False)


def test_neither_late_entry_nor_another_end_point_goes_with_it() -> None:
    status = StatusAtDays([365], [[1], [0]])
    with pytest.raises(InputError, match="nor delayed entry can be judged"):
        Outcome([365, 365], [1, 0], entry_days=[5, 0], status=status)
    with pytest.raises(InputError, match="neither other end points"):
        Outcome([365, 365], [1, 0], cause=["cancer", ""], end_point="cancer", status=status)
