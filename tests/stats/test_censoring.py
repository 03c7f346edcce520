"""Models of censoring and the Brier score weighted by them."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.brier import brier_score
from spinesurv.stats.censoring import Censoring, CoxCensoring, KaplanMeierCensoring
from tests.stats.simulated import tied


def test_weights_by_hand() -> None:
    # day 1: one death, one censored (of 3 left after the death): G = 2/3 after day 1; day 3: censored
    model = KaplanMeierCensoring([1, 1, 2, 3], [1, 0, 1, 0])
    assert model.before_own_time() == pytest.approx([1, 1, 2 / 3, 2 / 3])
    assert model.at(2.0) == pytest.approx([2 / 3] * 4)
    score = brier_score([1, 1, 2, 3], [1, 0, 1, 0], [0.9, 0.5, 0.4, 0.3], 2.0, model)
    assert score.value == pytest.approx((0.1**2 + 0.6**2 / (2 / 3) + 0.3**2 / (2 / 3)) / 4)


def test_weights_add_up_to_everybody() -> None:
    # with events first the weights of deaths and survivors sum to n at any horizon before the last time
    d = tied(0, n=200)
    model = KaplanMeierCensoring(d.time, d.event)
    for horizon in (2.0, 4.0, 7.0):
        case, later = d.event & (d.time <= horizon), d.time > horizon
        total = np.sum(case / model.before_own_time()) + np.sum(later / model.at(horizon))
        assert total == pytest.approx(200.0)


def test_strata_are_fitted_apart() -> None:
    d = tied(1)
    both = KaplanMeierCensoring(d.time, d.event, strata=d.strata)
    rows = d.strata == 1
    alone = KaplanMeierCensoring(d.time[rows], d.event[rows])
    assert both.before_own_time()[rows] == pytest.approx(alone.before_own_time())
    assert both.at(4.0)[rows] == pytest.approx(alone.at(4.0))


def test_no_censoring_is_the_plain_brier_score() -> None:
    d = tied(2)
    everybody = np.ones(60, dtype=bool)
    score = brier_score(d.time, everybody, d.risk, 4.0, KaplanMeierCensoring(d.time, everybody))
    plain = ((d.time <= 4.0) - d.risk) ** 2
    assert score.value == pytest.approx(plain.mean())
    assert np.sqrt(np.sum(score.influence**2)) == pytest.approx(plain.std(ddof=1) / np.sqrt(60))


def untied(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    death, end = rng.exponential(np.exp(-x)), rng.exponential(2 * np.exp(-0.5 * x))
    return np.minimum(death, end), death <= end, x, 1 - np.exp(-np.exp(x))


@pytest.mark.parametrize("kind", ["km", "strata", "cox"])
def test_influence_is_the_derivative_by_weight(kind: str) -> None:
    """Through G: exact for the Cox model; for Kaplan-Meier up to 1 / n(s), a few percent of 300 patients."""
    n = 300
    time, event, x, risk = untied(4, n)

    def model(w: np.ndarray) -> Censoring:
        if kind == "cox":
            return CoxCensoring(x[:, None], time, event, weights=w)
        return KaplanMeierCensoring(time, event, weights=w, strata=x > 0 if kind == "strata" else None)

    def value(w: np.ndarray) -> float:
        return brier_score(time, event, risk, 0.7, model(w), weights=w).value

    one = np.ones(n)
    influence = brier_score(time, event, risk, 0.7, model(one)).influence / np.sqrt(n / (n - 1))
    slopes = []
    rows = range(0, n, 12)
    for i in rows:
        step = np.zeros(n)
        step[i] = 1e-4
        slopes.append((value(one + step) - value(one - step)) / 2e-4)
    tolerance = 1e-7 if kind == "cox" else 0.02 * np.abs(slopes).max()
    assert influence[list(rows)] == pytest.approx(np.array(slopes), abs=tolerance)


def test_standard_error_against_a_bootstrap() -> None:
    n, draws = 400, 400
    time, event, _, risk = untied(5, n)
    score = brier_score(time, event, risk, 0.7, KaplanMeierCensoring(time, event))
    rng = np.random.default_rng(6)
    values = []
    for _ in range(draws):
        i = rng.integers(0, n, n)
        values.append(
            brier_score(time[i], event[i], risk[i], 0.7, KaplanMeierCensoring(time[i], event[i])).value
        )
    # the spread of 400 draws is known to 1 / sqrt(800) = 3.5 %; 4 of these
    assert np.std(values) == pytest.approx(np.sqrt(np.sum(score.influence**2)), rel=0.14)


def test_unjudged_patients_only_shape_the_weights() -> None:
    time, event, _, risk = untied(7, 100)
    model = KaplanMeierCensoring(time, event)
    use = np.arange(100) % 3 > 0
    hidden = np.where(use, risk, np.nan)
    score = brier_score(time, event, np.nan_to_num(hidden), 0.7, model, judged=use)
    case, later = event & (time <= 0.7), time > 0.7
    loss = np.where(case, (1 - risk) ** 2 / model.before_own_time(), 0) + np.where(
        later, risk**2 / model.at(0.7), 0
    )
    assert score.value == pytest.approx(loss[use].mean())


# 36 simulated patients, 15 censored on 5 days
TIES_TIME = "2 4 3 2 1 1 2 9 6 3 5 1 3 2 1 1 1 5 2 5 1 2 1 7 2 3 1 2 2 9 9 1 9 4 1 1"
TIES_EVENT = "0 1 0 1 1 0 1 0 1 0 0 1 1 0 1 1 0 0 1 1 1 1 1 1 0 1 0 1 1 0 0 0 0 1 1 1"
TIES_X = "-3 -3 2 0 1 1 1 -3 0 -2 -1 3 0 -3 0 -3 2 3 3 1 3 -1 -2 0 0 1 3 -2 2 -3 -1 2 -2 1 0 0"
TIES_Z = "1 1 1 1 1 1 0 0 0 1 1 0 1 0 1 1 1 0 1 1 1 1 1 0 1 0 1 0 0 0 1 1 0 0 0 0"


def test_cox_with_tied_censorings_as_in_r() -> None:
    """R 4.2.2, riskRegression 2022.11.28, rms 6.5-0, on data d with columns time, event, x, z:

    Score(list(m = matrix(1 / (1 + exp(-0.4 * d$x)), 36, 2)), Surv(time, event) ~ x + z, data = d,
          times = c(3, 5), cens.model = "cox", metrics = "brier", conservative = FALSE, null.model = FALSE)
    """
    time, event, x, z = (
        np.array([int(v) for v in text.split()]) for text in (TIES_TIME, TIES_EVENT, TIES_X, TIES_Z)
    )
    risk = 1 / (1 + np.exp(-0.4 * x))
    as_in_r = CoxCensoring(np.stack([x, z], axis=1), time, event, influence="riskRegression")
    exact = CoxCensoring(np.stack([x, z], axis=1), time, event)
    reference = {3.0: (0.211317106024, 0.0312323803407), 5.0: (0.191808422060, 0.0294318473052)}
    for horizon, (value, error) in reference.items():
        score = brier_score(time, event, risk, horizon, as_in_r)
        # R stops the Cox model at a relative change of the likelihood of 1e-6 and prints 12 digits
        assert score.value == pytest.approx(value, rel=1e-8)
        assert np.sqrt(np.sum(score.influence**2)) == pytest.approx(error, rel=1e-8)
        derivative = brier_score(time, event, risk, horizon, exact)
        assert derivative.value == score.value
        assert np.sqrt(np.sum(derivative.influence**2)) < 0.99 * error  # 2 and 5 % here


def test_conventions_of_tied_censorings_are_one_without_ties() -> None:
    time, event, x, risk = untied(8, 150)
    one, other = (
        brier_score(time, event, risk, 0.7, CoxCensoring(x[:, None], time, event, influence=k)).influence
        for k in ("derivative", "riskRegression")
    )
    assert one == pytest.approx(other, abs=1e-14)


def test_convention_of_r_refuses_what_it_does_not_define() -> None:
    time, event, x, _ = untied(9, 50)
    for option in ({"weights": np.ones(50)}, {"start": np.zeros(50)}):
        with pytest.raises(InputError, match="not defined for weights or delayed entry"):
            CoxCensoring(x[:, None], time, event, influence="riskRegression", **option)
    with pytest.raises(InputError, match="Known: derivative, riskRegression"):
        CoxCensoring(x[:, None], time, event, influence="riskregression")


def test_influence_of_timeroc_is_the_derivative_without_ties() -> None:
    time, event, _, _ = untied(7, 60)
    own, late = np.where(event & (time < 0.7), 1.0, 0.0), np.where(time > 0.7, 0.5, 0.0)
    exact = KaplanMeierCensoring(time, event).correction(own, late, 0.7)
    same = KaplanMeierCensoring(time, event, influence="timeROC").correction(own, late, 0.7)
    assert same == pytest.approx(exact, abs=1e-14)


def test_influence_of_timeroc_depends_on_the_order_of_tied_rows() -> None:
    d = tied(3)
    order = np.random.default_rng(0).permutation(60)
    own = np.where(d.event, 1.0, 0.0)

    def error(rows: np.ndarray, influence: str) -> float:
        model = KaplanMeierCensoring(d.time[rows], d.event[rows], influence=influence)
        return float(np.sum(model.correction(own[rows], np.zeros(60), 4.0) ** 2))

    assert error(order, "derivative") == pytest.approx(error(np.arange(60), "derivative"))
    assert error(order, "timeROC") != pytest.approx(error(np.arange(60), "timeROC"), rel=1e-3)


def test_influence_of_timeroc_knows_no_weights() -> None:
    with pytest.raises(InputError, match="not defined for weights"):
        KaplanMeierCensoring([1, 2], [1, 0], weights=[1, 2], influence="timeROC")
    with pytest.raises(InputError, match="unknown influence 'jackknife'"):
        KaplanMeierCensoring([1, 2], [1, 0], influence="jackknife")
