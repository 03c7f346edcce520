"""End points besides death of any cause: who can have them, and the follow-up to the first event."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spinesurv.core.cohort import Cohort
from spinesurv.core.outcome import Outcome
from spinesurv.errors import InputError, unknown_name

#: death of any cause, judged unless another end point is named
DEATH = "death"


@dataclass(frozen=True)
class EndPoint:
    """An event that is not death, with death competing.

    Parameters
    ----------
    key, label : name in study files; name for readers
    days : variable of the codebook that holds the day of the event; empty = none seen by the end of follow-up
    at_risk : count of the codebook that is 1 or more in those who can have it
    """

    key: str
    label: str
    days: str
    at_risk: str


END_POINTS = {
    "instrumentation_failure": EndPoint(
        "instrumentation_failure",
        "Failure of the instrumentation",
        "instrumentation_failure_days",
        "n_instrumented_levels",
    )
}


def label_of(end_point: str) -> str:
    """An end point in words."""
    if end_point in END_POINTS:
        return END_POINTS[end_point].label.lower()
    return "death of any cause" if end_point == DEATH else f"death of {end_point}"


@dataclass(frozen=True)
class Words:
    """How tables, figures and reports speak of an end point.

    Parameters
    ----------
    event, events : what happens to a patient, and several of them
    counted : line of table one that counts them
    curve : the curve over time that shows them
    estimator : who it is by
    learned : what a model or a total of a score tells of a patient
    die, died : what patients do, and did
    had, without, against : a patient with the event by a day, one without it, and one to be told apart from the first
    by_status : whether no more is known than the status at some days
    """

    event: str = DEATH
    events: str = "deaths"
    counted: str = "Deaths"
    curve: str = "Kaplan-Meier survival"
    estimator: str = "Kaplan-Meier"
    learned: str = "survival"
    die: str = "die"
    died: str = "died"
    had: str = "dead"
    without: str = "alive"
    against: str = "alive after it"
    by_status: bool = False

    @property
    def of_death(self) -> bool:
        """Whether it is death of any cause, so that survival means being alive."""
        return self.event == DEATH

    @property
    def by_site(self) -> str:
        """Heading of the part that tells of it site by site."""
        if self.by_status:
            return "Status by site"
        return f"{'Survival' if self.of_death else self.counted} by site"


#: of death of any cause
OF_DEATH = Words()
#: of death of any cause, where no more is known than who was dead by some days
OF_STATUS = Words(
    counted="Known to be dead",
    curve="share alive of those known",
    estimator="share of those known",
    by_status=True,
)


def words_of(end_point: str) -> Words:
    """Words for an end point; of death of any cause, or of an event that others compete with."""
    if end_point == DEATH:
        return OF_DEATH
    label = label_of(end_point)
    return Words(
        event=label,
        events="events",
        counted=label[:1].upper() + label[1:],
        curve="Aalen-Johansen incidence",
        estimator="Aalen-Johansen",
        learned="risk",
        die="have the event",
        died="had the event",
        had="with the event",
        without="without the event",
        against="without it by then, after another event too",
    )


def words_for(outcome: Outcome) -> Words:
    """Words for what an outcome tells."""
    return words_of(outcome.end_point or DEATH) if outcome.status is None else OF_STATUS


def judged_by(cohort: Cohort, end_point: str) -> tuple[Cohort, str]:
    """The patients who can have an end point, with the outcome that is judged, and what to know about them in words.

    Parameters
    ----------
    cohort : with an outcome
    end_point : "death" (any cause), an entry of `END_POINTS` (death competes), or a recorded cause of death (deaths of
        other causes compete)

    Returns
    -------
    cohort : its `outcome` knows the `end_point`; follow-up ends with the first event
    note : who is left out, or who is taken to be able to have it; empty where there is nothing to say

    Raises
    ------
    InputError
        Unknown end point, no cause of death recorded, a cause that is not known, or an event after the end of
        follow-up.
    """
    outcome = cohort.known_outcome
    if end_point == DEATH:
        return cohort, ""
    if outcome.status is not None:
        raise InputError(
            f"end point {end_point}: of {outcome.status.n_alone} of {len(cohort)} patients only the status at {outcome.status.in_words} is known, "
            "dead or alive. Judge death of any cause."
        )
    if end_point not in END_POINTS:
        causes = sorted({str(c) for c in (() if outcome.cause is None else outcome.cause[outcome.event])})
        if end_point not in causes:
            raise unknown_name("end point", end_point, (DEATH, *END_POINTS, *causes), where="study")
        return replace(cohort, outcome=outcome.judging(end_point)), ""
    chosen = END_POINTS[end_point]
    if chosen.days not in cohort.patients:
        raise InputError(
            f"end point {end_point}: column {chosen.days} is not there. It holds the day of the event and is empty where "
            "none was seen."
        )
    day = cohort.patients[chosen.days].to_numpy(dtype=np.float64, na_value=np.nan)
    counted = chosen.at_risk in cohort.patients
    count = np.ones(len(cohort))
    if counted:
        count = cohort.patients[chosen.at_risk].to_numpy(dtype=np.float64, na_value=np.nan)
    happened = ~np.isnan(day)
    late = int((day > outcome.time_days).sum())
    if late:
        raise InputError(
            f"end point {end_point}: {late} of {int(happened.sum())} events lie after the end of follow-up. Correct "
            f"{chosen.days} or time_days."
        )
    can = happened | (count >= 1)
    time = np.where(happened, day, outcome.time_days)
    cause = np.where(happened, end_point, np.where(outcome.event, DEATH, "")).astype(object)
    first = Outcome(
        time, happened | outcome.event, cause=cause, entry_days=outcome.entry_days, end_point=end_point
    )
    first_only = replace(cohort, outcome=first)
    if not counted:
        return first_only, f"everybody is taken to be able to have it (no column {chosen.at_risk})"
    none, unknown = int((~can & ~np.isnan(count)).sum()), int((~can & np.isnan(count)).sum())
    parts = [f"{none} who cannot have it ({chosen.at_risk} 0)"] if none else []
    parts += [f"{unknown} of whom that is not known ({chosen.at_risk} missing)"] if unknown else []
    return first_only.take(can), " and ".join(parts)
