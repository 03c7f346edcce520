"""Warnings of fits are told once each, whether a split or the fit on all patients gave them."""

from __future__ import annotations

from spinesurv.evaluation import JobKey
from spinesurv.study.fit_warnings import fit_warnings


def notes(**said):
    return {
        JobKey("cross_validation", site, 0, 1, "cox"): {"warnings": texts} for site, texts in said.items()
    }


def test_a_warning_of_splits_alone_is_counted():
    assert fit_warnings(notes(a=["W: odd"], b=["W: odd"], c=[]), {}) == ["cox: W: odd (in 2 of its fits)"]


def test_a_warning_that_only_the_fit_on_all_patients_gives_is_told():
    assert fit_warnings(notes(a=[]), {"cox": ["W: 9 of 12 are few"]}) == [
        "cox: W: 9 of 12 are few (in its fit on all patients)"
    ]


def test_the_same_with_other_numbers_is_told_once():
    said = notes(a=["W: 7 of 10.5 are few"], b=["W: 8 of 11 are few"])
    assert fit_warnings(said, {"cox": ["W: 9 of 12 are few"]}) == [
        "cox: W: 9 of 12 are few (in its fit on all patients, and in 2 of its others, with other numbers)"
    ]
    assert fit_warnings(said, {}) == ["cox: W: 7 of 10.5 are few (in 2 of its fits, numbers of the first)"]
