"""Codes of the event that say more than dead or alive: causes of death, end points that came first."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinesurv.cohorts import import_table
from spinesurv.core.end_point import judged_by
from spinesurv.errors import InputError
from tests.cohorts.files import mapped, one_clear_sentence

TABLE = "id,days,status,levels\na,10,1,4\nb,20,2,3\nc,30,0,5\nd,40,3,2\ne,50,1,6\n"
RULES = """site = "north"
patient_id = "id"
[outcome]
time_zero = "surgery"
time = "days"
event = {{ from = "status", {event} }}
[columns.n_instrumented_levels]
from = "levels"
"""
CAUSES = 'dead = ["1", "2"], alive = ["0", "3"], cause = { "1" = "cancer", "2" = "other" }'
FIRST = 'dead = ["1", "2"], alive = ["0"], first = { instrumentation_failure = ["3"] }'


def table(folder: Path, event: str, more: str = "") -> Path:
    return mapped(folder, TABLE, RULES.format(event=event) + more)


def test_causes_of_death(tmp_path: Path) -> None:
    cohort = import_table(table(tmp_path, CAUSES)).cohort
    outcome = cohort.known_outcome
    assert outcome.n_events == 3
    assert outcome.cause[outcome.event].tolist() == ["cancer", "other", "cancer"]
    judged = judged_by(cohort, "cancer")[0].known_outcome
    assert judged.of_interest.tolist() == [True, False, False, False, True]
    assert judged.competing.tolist() == [False, True, False, False, False]


def test_an_end_point_that_ended_follow_up(tmp_path: Path) -> None:
    imported = import_table(table(tmp_path, FIRST))
    assert imported.cohort.known_outcome.event.tolist() == [True, True, False, False, True]
    judged = judged_by(imported.cohort, "instrumentation_failure")[0].known_outcome
    assert judged.time_days.tolist() == [10, 20, 30, 40, 50]
    assert judged.of_interest.tolist() == [False, False, False, True, False]
    assert judged.competing.tolist() == [True, True, False, False, True]
    finding = next(f for f in imported.audit if f.rule == "follow_up_ends_with_end_point")
    assert "1 patients" in finding.what
    assert "instrumentation_failure" in finding.what


def test_both_are_written_and_read_again(tmp_path: Path) -> None:
    for event in (CAUSES, FIRST):
        cohort = import_table(table(tmp_path, event)).cohort
        cohort.to_table().to_csv(tmp_path / "canonical.csv", index=False)
        again = import_table(tmp_path / "canonical.csv").cohort
        assert again.to_table().equals(cohort.to_table())


@pytest.mark.parametrize(
    ("event", "more", "message"),
    [
        ('dead = ["1"], alive = ["0"]', "", "cells hold codes that are not covered"),
        ('dead = ["1"], alive = ["0"], cause = { "2" = "other" }', "", "code '2' is in the wrong place"),
        (
            'dead = ["1"], alive = ["0"], first = { instrumentation_failure = ["0"] }',
            "",
            "code '0' is in the wrong",
        ),
        ('dead = ["1"], alive = ["0"], first = { implant_failure = ["3"] }', "", "instrumentation_failure"),
        ('cause = { "1" = "cancer" }', "", "cause and first go with dead and alive"),
        (CAUSES.replace('"other"', '"infection"'), "", "infection"),
        (CAUSES, '[columns.cause]\nfrom = "cod"\n', "the codes of the event give it already"),
    ],
)
def test_refusals(tmp_path: Path, event: str, more: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refusal:
        import_table(table(tmp_path, event, more))
    one_clear_sentence(str(refusal.value))
