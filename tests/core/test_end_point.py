"""Which patients are judged by an end point, and what their follow-up becomes."""

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Cohort, Outcome
from spinesurv.core.end_point import DEATH, judged_by, label_of, words_of
from spinesurv.errors import InputError


def cohort(days=(np.nan, 20.0, 50.0, np.nan, np.nan), levels=(4, 6, 3, 0, np.nan), cause=None) -> Cohort:
    index = pd.MultiIndex.from_product([["a"], list("12345")], names=["site", "patient_id"])
    patients = pd.DataFrame(
        {"instrumentation_failure_days": days, "n_instrumented_levels": levels}, index=index
    )
    return Cohort(patients, Outcome([30, 40, 50, 60, 70], [1, 0, 1, 1, 0], cause=cause))


def test_follow_up_ends_with_the_first_event() -> None:
    judged, left_out = judged_by(cohort(), "instrumentation_failure")
    outcome = judged.known_outcome
    assert outcome.time_days.tolist() == [30, 20, 50]
    # the failure of the day of death came first
    assert outcome.of_interest.tolist() == [False, True, True]
    assert outcome.competing.tolist() == [True, False, False]
    assert left_out == (
        "1 who cannot have it (n_instrumented_levels 0) and 1 of whom that is not known (n_instrumented_levels missing)"
    )


def test_death_of_any_cause_changes_nothing() -> None:
    everybody = cohort()
    assert judged_by(everybody, DEATH) == (everybody, "")


def test_a_cause_of_death_competes_with_the_others() -> None:
    judged, _ = judged_by(cohort(cause=["cancer", None, "other", "cancer", None]), "cancer")
    assert judged.known_outcome.n_events == 2
    assert len(judged) == 5
    with pytest.raises(InputError, match=r"1 of 5 values are missing or unknown"):
        judged_by(cohort(cause=["cancer", None, "unknown", "cancer", None]), "cancer")


def test_refusals() -> None:
    with pytest.raises(InputError, match="instrumentation_failure"):
        judged_by(cohort(), "instrument_failure")
    with pytest.raises(InputError, match="1 of 2 events lie after the end of follow-up"):
        judged_by(cohort(days=(np.nan, 41.0, 50.0, np.nan, np.nan)), "instrumentation_failure")
    bare = Cohort(cohort().patients[["n_instrumented_levels"]], cohort().outcome)
    with pytest.raises(InputError, match="column instrumentation_failure_days is not there"):
        judged_by(bare, "instrumentation_failure")


def test_a_table_of_operations_only() -> None:
    bare = Cohort(cohort().patients[["instrumentation_failure_days"]], cohort().outcome)
    judged, note = judged_by(bare, "instrumentation_failure")
    assert len(judged) == 5
    assert note == "everybody is taken to be able to have it (no column n_instrumented_levels)"


def test_pooled_cohorts_keep_their_end_point() -> None:
    one, _ = judged_by(cohort(), "instrumentation_failure")
    index = pd.MultiIndex.from_tuples(
        [("b", p) for _, p in one.patients.index], names=one.patients.index.names
    )
    two = Cohort(one.patients.set_index(index), one.outcome)
    assert Cohort.pool([one, two]).known_outcome.end_point == "instrumentation_failure"
    assert Cohort.pool([one, two]).known_outcome.n_events == 4
    with pytest.raises(InputError, match="different end points"):
        Cohort.pool([one, Cohort(two.patients, two.known_outcome.judging(None))])


def test_labels() -> None:
    assert label_of(DEATH) == "death of any cause"
    assert label_of("instrumentation_failure") == "failure of the instrumentation"
    assert label_of("cancer") == "death of cancer"


def test_words_of_end_points() -> None:
    death, failure, cancer = (words_of(name) for name in ("death", "instrumentation_failure", "cancer"))
    assert (death.event, death.counted, death.by_site) == ("death", "Deaths", "Survival by site")
    assert (failure.event, failure.events) == ("failure of the instrumentation", "events")
    assert failure.by_site == "Failure of the instrumentation by site"
    assert cancer.by_site == "Death of cancer by site"
    assert [w.of_death for w in (death, failure, cancer)] == [True, False, False]
    spoken = " ".join(str(value) for value in vars(failure).values())
    assert not {"death", "deaths", "died", "dead", "alive", "survival"} & set(spoken.split())
