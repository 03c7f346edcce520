"""Models where who was dead by some days is all that is known: shares per total, odds at a day, and refusals of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, StatusAtDays
from spinesurv.errors import InputError
from spinesurv.models import (
    BoostedCox,
    CoxNomogram,
    FixedHorizonBooster,
    IntegerScore,
    ParametricSurvival,
    PublishedEquation,
    PublishedSurvival,
    ScoreStrata,
)
from spinesurv.models.equation import parse_equation
from spinesurv.scores import load_definition
from tests.cohort_factory import small_cohort
from tests.models.test_published_equation import MADE_UP
from tests.models.test_score_models import totals

NOT_KNOWN = np.nan


def test_survival_per_total_is_the_share_alive_of_those_known() -> None:
    # total 2: at day 90 one of three dead; at day 365 two dead and one not known. Total 0: one of two, then both
    dead = [[1, 1], [0, 1], [0, NOT_KNOWN], [1, 1], [0, 1]]
    outcome = Outcome.of_status(StatusAtDays([90, 365], dead))
    model = ScoreStrata("better", prior_patients=0).fit(totals([2, 2, 2, 0, 0]), outcome)
    days = np.array([30.0, 90.0, 180.0, 365.0, 730.0])
    expected = [[NOT_KNOWN, 1 / 2, NOT_KNOWN, 0.0, NOT_KNOWN], [NOT_KNOWN, 2 / 3, NOT_KNOWN, 0.0, NOT_KNOWN]]
    np.testing.assert_allclose(model.level_survival(days), expected)
    prediction = model.predict(totals([2, 0, NOT_KNOWN]), times_days=days)
    np.testing.assert_allclose(prediction.survival_at(90.0), [2 / 3, 1 / 2, NOT_KNOWN])
    assert np.isnan(prediction.survival_at(180.0)).all()


def test_odds_at_a_day_are_those_of_follow_up_where_nobody_is_censored_before() -> None:
    equation = parse_equation({**MADE_UP, "scale": "log_odds", "day": 30}, "made_up.toml")
    cohort = small_cohort(300, missing=0.1)  # followed for 100 days at least
    dead = (cohort.outcome.event & (cohort.outcome.time_days <= 30)).astype(float)
    by_status = Outcome.of_status(StatusAtDays([30], dead[:, None]))
    with_times = PublishedEquation(equation).fit(cohort.patients, cohort.outcome)
    assert PublishedEquation(equation).fit(cohort.patients, by_status).intercept_ == pytest.approx(
        with_times.intercept_, abs=1e-9
    )
    # who is not known teaches nothing
    known = np.arange(len(dead)) % 3 > 0
    some = Outcome.of_status(StatusAtDays([30], np.where(known, dead, NOT_KNOWN)[:, None]))
    fitted = PublishedEquation(equation).fit(cohort.patients, some)
    alone = PublishedEquation(equation).fit(cohort.patients[known], cohort.outcome.take(known))
    assert fitted.intercept_ == pytest.approx(alone.intercept_, abs=1e-9)
    with pytest.raises(InputError, match="day 30 was not recorded, only that at day 90"):
        PublishedEquation(equation).fit(cohort.patients, Outcome.of_status(StatusAtDays([90], dead[:, None])))


@pytest.mark.parametrize(
    "model",
    [
        CoxNomogram(),
        ParametricSurvival(),
        BoostedCox(),
        FixedHorizonBooster((90,)),
        IntegerScore({}),
        PublishedEquation(parse_equation({**MADE_UP, "scale": "log_hazard"}, "made_up.toml")),
    ],
    ids=lambda m: type(m).__name__,
)
def test_what_learns_from_times_refuses_in_one_sentence(model: object) -> None:
    outcome = Outcome.of_status(StatusAtDays([365], [[1.0], [0.0]]))
    with pytest.raises(
        InputError,
        match="it is learned from times, and of 2 of 2 patients only the status at day 365 is known",
    ):
        model.fit(pd.DataFrame({"age": [60.0, 70.0]}), outcome)


def test_published_survival_learns_nothing_and_does_not_refuse() -> None:
    outcome = Outcome.of_status(StatusAtDays([365], [[1.0], [0.0]]))
    groups = load_definition("tomita").groups
    assert PublishedSurvival("worse", tuple(groups)).fit(totals([2, 0]), outcome).days_ is not None
