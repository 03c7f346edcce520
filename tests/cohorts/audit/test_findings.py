"""Findings as a page shows them: by subject, and once where several sites have the same."""

from __future__ import annotations

from pathlib import Path

import spinesurv.cohorts
from spinesurv.cohorts.audit.findings import SUBJECTS, VALUES, Finding, by_subject


def described(rule, column, site="", count=0):
    return Finding(rule, "note", f"{rule} at {site}.", "Do.", column, site, count).described()


def test_subjects_stand_in_the_order_in_which_a_person_takes_them():
    rows = [
        described("mixed_units", "hb"),
        described("event_coding", "dead"),
        described("identifies_a_person", ""),
    ]
    assert [subject for subject, _ in by_subject(rows)] == ["Persons", "Time and event", VALUES]


def test_three_sites_and_more_are_one_row_and_two_are_two():
    three = [described("half_missing", "crp", site, 10 + i) for i, site in enumerate("abc")]
    two = [described("half_missing", "alb", site, 5) for site in "ab"]
    ((_, rows),) = by_subject([*three, *two, described("half_missing", "crp", "", 40)])
    assert [(r["column"], r["site"], r["count"]) for r in rows] == [
        ("crp", "a (10), b (11), c (12)", 33), ("crp", "", 40), ("alb", "a", 5), ("alb", "b", 5),
    ]  # fmt: skip
    assert rows[0]["what"] == "half_missing at a. The same is told of 2 further sites."


def test_every_rule_of_a_subject_is_told_somewhere():
    folder = Path(spinesurv.cohorts.__file__).parent
    source = "".join(p.read_text(encoding="utf-8") for p in folder.rglob("*.py") if p.name != "findings.py")
    assert not [rule for rules in SUBJECTS.values() for rule in rules if f'"{rule}"' not in source]


def test_what_only_the_living_have_stands_beside_what_only_the_dead_have() -> None:
    """And a status at days among time and event, days filled in among days: none of them is a value or a unit."""
    told = {
        "filled_only_of_the_living": "Known only later",
        "status_unknown": "Time and event",
        "status_all_alike": "Time and event",
        "filled_in_days": "Days",
        "same_patient_in_two_tables": "How the table is laid out",
    }
    for rule, subject in told.items():
        assert [found for found, _ in by_subject([described(rule, "crp", "", 1)])] == [subject]
