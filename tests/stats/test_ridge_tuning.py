"""Choosing a ridge penalty: folds, what is left out, and who wins."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.cox import fit_cox
from spinesurv.stats.ridge_tuning import cross_validated_likelihood, even_folds, ridge_of
from tests.stats.simulated import tied


def test_folds_share_deaths_early_and_late() -> None:
    time = np.array([5, 1, 4, 2, 3, 6, 7, 8])
    event = np.array([1, 1, 1, 1, 0, 0, 0, 0])
    # deaths by time: rows 1, 3, 2, 0, then the censored: rows 4, 5, 6, 7
    assert even_folds(time, event, 2).tolist() == [1, 0, 0, 1, 0, 1, 0, 1]


def test_likelihood_of_a_fold_is_what_it_adds() -> None:
    d = tied(31, n=40)
    x, folds = np.column_stack([d.marker, d.risk]), np.arange(40) % 2
    found = cross_validated_likelihood(x, d.time, d.event, [0.1], folds=folds, start=d.start, strata=d.strata)
    by_hand = 0.0
    for k in (0, 1):
        rest = folds != k
        of = {"start": d.start[rest], "strata": d.strata[rest]}
        coef = fit_cox(x[rest], d.time[rest], d.event[rest], penalty=ridge_of(x, 0.1) / 2, **of).coef
        lp = x @ coef
        total = 0.0
        for rows, sign in ((np.ones(40, dtype=bool), 1.0), (rest, -1.0)):
            for i in np.flatnonzero(rows & d.event):
                at_risk = rows & (d.time >= d.time[i]) & (d.start < d.time[i]) & (d.strata == d.strata[i])
                tied_deaths = np.flatnonzero(
                    rows & d.event & (d.time == d.time[i]) & (d.strata == d.strata[i])
                )
                place = int(np.flatnonzero(tied_deaths == i)[0]) / len(tied_deaths)
                left = np.exp(lp[at_risk]).sum() - place * np.exp(lp[tied_deaths]).sum()
                total += sign * (lp[i] - np.log(left))
        by_hand += total
    assert found[0] == pytest.approx(by_hand)


def test_noise_is_held_back_and_signal_is_not() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(60, 15))
    time, event = rng.exponential(size=60), np.ones(60)
    penalties = [0.0, 1.0]
    folds = even_folds(time, event, 5)
    free, held = cross_validated_likelihood(noise, time, event, penalties, folds=folds)
    assert held > free
    strong = rng.exponential(np.exp(-2.0 * noise[:, 0]))
    free, held = cross_validated_likelihood(noise[:, :1], strong, event, penalties, folds=folds)
    assert free > held


def test_a_model_that_cannot_be_estimated_never_wins() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=30)
    time, event = rng.exponential(size=30), np.ones(30)
    doubled = np.column_stack([x, x])
    found = cross_validated_likelihood(doubled, time, event, [0.0, 0.1], folds=np.arange(30) % 3)
    assert found[0] == -np.inf
    assert np.isfinite(found[1])
