"""Columns by site say what the table says row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.by_site import BySite

TABLE = pd.DataFrame(
    {
        "site": ["b", "a", "b", "c", "a", "b"],
        "albumin": [4.0, np.nan, 3.5, np.nan, 3.0, 4.0],
        "n_spine_mets": pd.array([2, 1, None, 3, 2, 2], "Int64"),
        "sex": ["male", "female", None, "male", np.nan, "female"],
    }
)
PATIENTS = BySite(TABLE)


def test_sites_stand_in_the_order_of_their_first_row() -> None:
    assert (PATIENTS.sites, PATIENTS.sizes.tolist()) == (["b", "a", "c"], [3, 2, 1])


def test_numbers_are_tallied_at_a_site_and_elsewhere() -> None:
    albumin = PATIENTS.column("albumin")
    assert albumin.missing.tolist() == [0, 1, 1]
    assert (albumin.tally(0).points.tolist(), albumin.tally(0).counts.tolist()) == ([3.5, 4.0], [1, 2])
    assert (albumin.elsewhere(0).points.tolist(), albumin.elsewhere(0).counts.tolist()) == ([3.0], [1])
    assert len(albumin.tally(2)) == 0
    assert PATIENTS.column("n_spine_mets").counts.tolist() == [1, 3, 1]


def test_sites_at_which_a_column_is_filled_stand_in_the_order_of_their_first_filled_row() -> None:
    gaps = BySite(
        TABLE.assign(site=["b", "a", "b", "c", "a", "b"], crp=[np.nan, 1.0, np.nan, np.nan, 2.0, 3.0])
    )
    assert gaps.filled("crp") == [(1, "a"), (0, "b")]


def test_rows_are_asked_for_by_value_in_the_order_of_the_sites() -> None:
    sex = PATIENTS.column("sex")
    assert sex.values.tolist() == ["male", "female"]
    assert sex.where(sex.values == "male").tolist() == [True, False, False, False, False, True]
    assert sex.standing(np.array([0, 1, 2])).tolist() == [1, 1, 1]


def test_two_columns_together() -> None:
    pairs, counts = PATIENTS.together("sex", "n_spine_mets")
    found = {(s, n): c for s, n, c in zip(pairs["sex"], pairs["n_spine_mets"], counts, strict=True) if n == n}
    assert found == {
        ("male", 2.0): 1,
        ("female", 2.0): 1,
        (None, 2.0): 1,
        ("male", 3.0): 1,
        ("female", 1.0): 1,
    }
