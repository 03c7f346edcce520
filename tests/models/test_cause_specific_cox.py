"""Cause-specific Cox models: the sum by hand, no competing events, the true risk, gaps."""

from inspect import getsource

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome
from spinesurv.errors import InputError, NotFittedError
from spinesurv.models import (
    MODELS,
    BoostedCox,
    CauseSpecificCox,
    CoxNomogram,
    FixedHorizonBooster,
    IntegerScore,
    ParametricSurvival,
    PublishedEquation,
    load_equation,
)


def columns(**values: list[float]) -> pd.DataFrame:
    names = pd.MultiIndex.from_tuples([(name, "") for name in values], names=["variable", "term"])
    return pd.DataFrame(np.column_stack(list(values.values())), columns=names)


def simulated(seed: int, n: int) -> tuple[pd.DataFrame, Outcome, np.ndarray]:
    """Hazards exp(0.8 x) / 500 of the event and exp(0.5 z) / 300 of the competing one; true risk by day 200."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    own, other = np.exp(0.8 * x) / 500, np.exp(0.5 * z) / 300
    first, second, end = rng.exponential(1 / own), rng.exponential(1 / other), rng.uniform(100, 800, n)
    time = np.minimum(np.minimum(first, second), end)
    event = time < end
    cause = np.where(first < second, "failure", "death").astype(object)
    truth = own / (own + other) * (1 - np.exp(-200 * (own + other)))
    return columns(x=x, z=z), Outcome(time, event, cause=cause, end_point="failure"), truth


def test_the_sum_by_hand() -> None:
    # the event on days 1 and 3, a competing one on days 2 and 4; x says nothing: -1 and 1 in turn, twice each
    x = columns(x=[1, -1, 1, -1, 1, -1, 1, -1])
    cause = np.repeat(np.array(["failure", "death", "failure", "death"], dtype=object), 2)
    outcome = Outcome(np.repeat([1.0, 2, 3, 4], 2), np.ones(8), cause=cause, end_point="failure")
    model = CauseSpecificCox().fit(x, outcome)
    assert model.event_.coef_.to_numpy() == pytest.approx(0.0, abs=1e-9)
    risk = 1 - model.predict(x[:1], times_days=[0.5, 1, 2, 3, 4]).survival[0]
    # Efron: 1/8 + 1/7 of the first, 1/6 + 1/5 of the second, 1/4 + 1/3, 1/2 + 1
    steps = [1 / 8 + 1 / 7, 1 / 6 + 1 / 5, 1 / 4 + 1 / 3]
    by_one = 1 - np.exp(-steps[0])
    by_three = by_one + np.exp(-steps[0] - steps[1]) * (1 - np.exp(-steps[2]))
    assert risk == pytest.approx([0, by_one, by_one, by_three, by_three])


def test_without_competing_events_it_is_cox() -> None:
    x, outcome, _ = simulated(1, 300)
    alone = Outcome(
        outcome.time_days,
        outcome.of_interest,
        cause=np.full(300, "failure", dtype=object),
        end_point="failure",
    )
    usual = CoxNomogram().fit(x, alone.judging(None)).predict(x, times_days=[50, 200])
    model = CauseSpecificCox().fit(x, alone)
    assert model.competing_ is None
    assert model.predict(x, times_days=[50, 200]).survival == pytest.approx(usual.survival)


def test_true_risks_are_found() -> None:
    x, outcome, truth = simulated(2, 2500)
    risk = CauseSpecificCox().fit(x, outcome).predict(x, times_days=[200]).death_by(200)
    # some 700 events: the baseline is known to 4 %, 3 of these
    assert risk.mean() == pytest.approx(truth.mean(), rel=0.12)
    assert np.abs(risk - truth).mean() < 0.02
    assert np.corrcoef(risk, truth)[0, 1] > 0.99
    # treating the competing events as censorings would promise far more
    naive = CoxNomogram().fit(x, Outcome(outcome.time_days, outcome.of_interest))
    assert naive.predict(x, times_days=[200]).death_by(200).mean() > 1.2 * truth.mean()


def test_gaps_and_days_beyond_follow_up() -> None:
    x, outcome, _ = simulated(3, 300)
    model = CauseSpecificCox().fit(x, outcome)
    new = x[:3].copy()
    new.iloc[1, 0] = np.nan
    found = model.predict(new, times_days=[100, 5000])
    assert found.marker is None
    assert np.isnan(found.survival).tolist() == [[False, True], [True, True], [False, True]]
    assert list(found.reason) == ["", "missing or of a level never seen in training: x", ""]
    late = model.predict(x[:2], times_days=[5000])
    assert set(late.reason) == {"no day is within the follow-up of the training patients"}
    with pytest.raises(NotFittedError):
        CauseSpecificCox().predict(x, times_days=[1])


def test_nobody_is_taken_for_another() -> None:
    x, outcome, _ = simulated(4, 100)
    with pytest.raises(InputError, match="names no end point"):
        CauseSpecificCox().fit(x, outcome.judging(None))
    others = (CoxNomogram(), BoostedCox(), FixedHorizonBooster(), IntegerScore())
    for model in (*others, PublishedEquation(load_equation("nesms_egfr")), ParametricSurvival()):
        with pytest.raises(InputError, match="other events compete with the end point 'failure'"):
            model.fit(x, outcome)


def test_every_model_that_learns_refuses_what_it_does_not_know() -> None:
    learn_nothing = ("published", "imported_predictions")
    asked = [key for key in MODELS if key not in (*learn_nothing, "cause_specific_cox", "score_strata")]
    # the outcome itself refuses, with one sentence: outcome.of_any_cause("name of the model")
    assert [key for key in asked if "outcome.of_any_cause(" not in getsource(MODELS[key].fit)] == []
