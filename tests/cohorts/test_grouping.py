"""Small sites are joined by one stated rule, and nobody is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import group_small_sites
from spinesurv.core import Cohort, Outcome
from spinesurv.errors import InputError


def cohort(deaths_of_site, *, lesions=False):
    """Per site as many dead as told, and two censored."""
    keys = [(site, f"{i:04d}") for site, n in deaths_of_site.items() for i in range(n + 2)]
    event = [i < n for n in deaths_of_site.values() for i in range(n + 2)]
    index = pd.MultiIndex.from_tuples(keys, names=["site", "patient_id"])
    table = None
    if lesions:
        at = pd.MultiIndex.from_tuples(
            [(*key, "1", "2020-01-01") for key in keys],
            names=["site", "patient_id", "lesion_id", "decision_date"],
        )
        table = pd.DataFrame({"sins_total": 9}, index=at)
    return Cohort(pd.DataFrame({"age": 60.0}, index=index), Outcome(np.arange(len(keys)), event), table)


def test_small_sites_become_one_and_identifiers_carry_the_old_site():
    before = cohort({"1": 30, "2": 12, "3": 10}, lesions=True)
    after, table = group_small_sites(before)
    assert after.sites == ["1", "other_sites"]
    assert ("other_sites", "3-0001") in after.patients.index
    assert ("1", "0001") in after.patients.index
    assert after.lesions.index.droplevel([2, 3]).equals(after.patients.index)
    assert after.outcome.time_days.tolist() == before.outcome.time_days.tolist()
    assert table.to_numpy().tolist() == [
        ["1", 32, 30, "", True],
        ["2", 14, 12, "other_sites", True],
        ["3", 12, 10, "other_sites", True],
    ]


def test_a_site_at_the_minimum_stays_alone():
    after, table = group_small_sites(cohort({"a": 20, "b": 19, "c": 1}))
    assert after.sites == ["a", "other_sites"]
    assert table["enough"].all()


def test_a_joined_site_below_the_minimum_is_kept_and_marked():
    before = cohort({"a": 40, "b": 3, "c": 4})
    after, table = group_small_sites(before, name="rest")
    assert len(after) == len(before)
    assert table["enough"].tolist() == [True, False, False]


def test_a_single_small_site_keeps_its_name():
    before = cohort({"a": 40, "b": 3})
    after, table = group_small_sites(before)
    assert after is before
    assert table["joined_into"].tolist() == ["", ""]
    assert table["enough"].tolist() == [True, False]


def test_too_few_deaths_altogether_and_a_taken_name_are_refused():
    with pytest.raises(InputError, match="7 deaths at all 2 sites together, fewer than minimum_events = 20"):
        group_small_sites(cohort({"a": 3, "b": 4}))
    with pytest.raises(InputError, match="already called 'other_sites'"):
        group_small_sites(cohort({"a": 3, "b": 4, "other_sites": 30}))
    with pytest.raises(InputError, match="no outcome"):
        group_small_sites(Cohort(cohort({"a": 3}).patients))


def test_small_sites_can_become_several():
    # falling order: d 12, c 9 -> 21 deaths; b 8, e 8, f 5 -> 21; a 3 stays below 20 and joins the second
    after, table = group_small_sites(
        cohort({"a": 3, "b": 8, "c": 9, "d": 12, "big": 30, "e": 8, "f": 5}), name="rest", together=False
    )
    joined = dict(zip(table["site"], table["joined_into"], strict=True))
    assert joined == {
        "a": "rest_2",
        "b": "rest_2",
        "c": "rest_1",
        "d": "rest_1",
        "big": "",
        "e": "rest_2",
        "f": "rest_2",
    }
    assert table["enough"].all()
    assert after.sites == ["rest_2", "rest_1", "big"]
