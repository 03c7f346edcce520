"""Survival per total and published equations out of several completed tables: the mean of their predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.models import PublishedEquation, ScoreStrata
from spinesurv.models.kept_equation import equation_from_state, equation_state
from spinesurv.models.kept_strata import strata_from_state, strata_state
from spinesurv.models.pooled_equation import PooledEquation
from spinesurv.models.pooled_strata import PooledStrata
from tests.cohort_factory import small_cohort

DAYS = np.array([90.0, 365.0])
COHORT = small_cohort(200)
OUTCOME = COHORT.known_outcome


def totals(seed: int, largest: int = 4) -> pd.DataFrame:
    """What a score might have given in a completed table."""
    random = np.random.default_rng(seed)
    near = COHORT.patients["ecog"].to_numpy() + random.integers(0, 2, len(COHORT))
    group = pd.Categorical([None] * len(COHORT), categories=["a"], ordered=True)
    return pd.DataFrame(
        {"total": np.minimum(near, largest).astype(float), "group": group, "reason": ""},
        COHORT.patients.index,
    )


def test_strata_are_the_mean_of_the_predictions():
    tables = [totals(1), totals(2), totals(3, largest=5)]  # one table has a total that the others do not have
    fits = [ScoreStrata("worse").fit(table, OUTCOME) for table in tables]
    pooled = PooledStrata(fits)
    mean = np.mean([fit.predict(tables[2], times_days=DAYS).survival for fit in fits], axis=0)
    ours = pooled.predict(tables[2], times_days=DAYS)
    np.testing.assert_allclose(ours.survival, mean, rtol=0, atol=1e-12)
    assert pooled.levels_.tolist() == [0, 1, 2, 3, 4, 5]
    assert pooled.counts_[-1] == 0  # not in every table, so a file leaves it out
    kept = strata_from_state(strata_state(pooled, DAYS))
    np.testing.assert_allclose(kept.level_survival(DAYS), pooled.level_survival(DAYS)[:-1], atol=1e-12)
    same = PooledStrata([fits[0]] * 3)
    np.testing.assert_allclose(same.level_survival(DAYS), fits[0].level_survival(DAYS), atol=1e-12)


EQUATION = """
name = "ratios"
label = "Ratios"
citation = "nobody"
status = "ready"
population = "nobody"
decimals = 2
scale = "{scale}"
{day}
[[term]]
key = "albumin"
label = "Albumin"
input = "albumin"
per = 1
ratio = 0.55
"""


@pytest.mark.parametrize("scale", ["log_hazard", "log_odds"])
def test_equations_have_the_mean_of_what_was_learned(tmp_path, scale):
    file = tmp_path / "ratios.toml"
    file.write_text(
        EQUATION.format(scale=scale, day="day = 90" if scale == "log_odds" else ""), encoding="utf-8"
    )
    random = np.random.default_rng(1)
    tables = [
        COHORT.patients.assign(albumin=COHORT.patients["albumin"] + random.normal(0, 0.1, 200))
        for _ in range(3)
    ]
    fits = [PublishedEquation(file).fit(table, OUTCOME) for table in tables]
    pooled = PooledEquation(fits)
    ours = pooled.predict(tables[0], times_days=[90.0])
    each = np.array([fit.predict(tables[0], times_days=[90.0]).survival[:, 0] for fit in fits])
    if scale == "log_hazard":  # hazards of one patient are averaged
        np.testing.assert_allclose(-np.log(ours.survival[:, 0]), (-np.log(each)).mean(axis=0), rtol=1e-12)
    else:  # and so are log odds
        odds = np.log((1 - each) / each)
        np.testing.assert_allclose(np.log(1 / ours.survival[:, 0] - 1), odds.mean(axis=0), rtol=1e-9)
    kept = equation_from_state(equation_state(pooled, [90.0]))
    np.testing.assert_allclose(
        kept.predict(tables[0], times_days=[90.0]).survival, ours.survival, rtol=0, atol=1e-12
    )
    with pytest.raises(InputError, match="not fitted again"):
        pooled.fit(tables[0], Outcome([1.0], [True]))
