"""Temporal validation: earlier patients are learned from, later ones judged at their site, the rest set aside."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.core import Cohort
from spinesurv.errors import InputError
from spinesurv.evaluation import DESIGNS, judged_rows
from tests.cohort_factory import small_cohort


def with_years(years, n=300):
    """The small cohort with these index years, repeated down the rows; None = not recorded."""
    cohort = small_cohort(n)
    year = np.resize(np.array(years, dtype=object), n)
    return Cohort(cohort.patients.assign(index_year=year), cohort.outcome)


def temporal(cohort, cutoff_year):
    return DESIGNS["temporal"](cohort, folds=0, seed=0, cutoff_year=cutoff_year)


# five years against three sites: every site has every year
YEARS = (2015, 2016, 2017, 2018, None)


def test_all_earlier_patients_teach_and_each_site_is_judged_by_its_later_ones():
    cohort = with_years(YEARS)
    splits = temporal(cohort, 2017)
    assert [s.site for s in splits] == cohort.sites
    for split in splits:
        assert set(cohort.index_year[split.train]) == {2015, 2016}
        assert set(cohort.site[split.train]) == set(cohort.sites)
        assert set(cohort.index_year[split.test]) == {2017, 2018}
        assert set(cohort.site[split.test]) == {split.site}
        assert (len(split.train), len(split.test)) == (120, 40)


def test_who_is_judged():
    """Of 300 patients two fifths come later; nobody without a year is in any part."""
    cohort = with_years(YEARS)
    splits = temporal(cohort, 2017)
    rows = judged_rows(splits)
    np.testing.assert_array_equal(rows, np.flatnonzero(cohort.index_year >= 2017))
    used = np.union1d(rows, splits[0].train)
    assert len(used) == 240
    assert not np.isnan(cohort.index_year[used]).any()


def test_a_site_that_closed_is_learned_from_and_not_judged():
    cohort = with_years((2015, 2016, 2018))
    # years and sites both repeat in threes: site c alone has later patients
    splits = temporal(cohort, 2018)
    assert [s.site for s in splits] == ["c"]
    assert set(cohort.site[splits[0].train]) == {"a", "b"}


@pytest.mark.parametrize(
    ("years", "cutoff", "words"),
    [
        (YEARS, 0, "no cutoff_year is given; the cohort has years from 2015 to 2018"),
        (YEARS, 2015, "cutoff_year = 2015 leaves one side empty"),
        (YEARS, 2019, "cutoff_year = 2019 leaves one side empty"),
        ((None,), 2017, "no index_year at all"),
    ],
)
def test_a_cutoff_that_divides_nothing_is_refused(years, cutoff, words):
    with pytest.raises(InputError, match=words):
        temporal(with_years(years), cutoff)


def test_a_cohort_without_years_is_refused():
    with pytest.raises(InputError, match="no index_year at all"):
        temporal(small_cohort(60), 2017)


def test_other_designs_judge_everybody():
    cohort = small_cohort(60)
    for name in ("internal_external", "cross_validation"):
        splits = DESIGNS[name](cohort, folds=3, seed=1, cutoff_year=0)
        np.testing.assert_array_equal(judged_rows(splits), np.arange(60))
