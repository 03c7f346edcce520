"""Several scores side by side, and scores in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Cohort
from spinesurv.scores import (
    SCORES,
    ProvisionalScoreWarning,
    describe,
    list_scores,
    load_definition,
    score,
    score_table,
)
from tests.scores.patients import many, one

MADE_UP = Path(__file__).with_name("made_up_2020.toml")
COLUMNS = ("total", "group", "lowest", "highest", "missing")


def test_one_row_per_patient_in_order():
    patients = many(40, seed=1).iloc[::-1]
    table = score_table(Cohort(patients), ["tomita", "nesms"])
    assert list(table.columns) == [
        "patient_id",
        "site",
        *(f"{k}_{c}" for k in ("tomita", "nesms") for c in COLUMNS),
        "nesms_raw_sum",
    ]
    assert table["patient_id"].tolist() == patients.index.get_level_values("patient_id").tolist()
    assert table["tomita_total"].tolist() == score("tomita", patients)["total"].tolist()


def test_key_may_stand_in_columns():
    patients = many(5, seed=1).reset_index()
    pd.testing.assert_frame_equal(score_table(patients, ["tomita"]), score_table(many(5, seed=1), ["tomita"]))
    assert "patient_id" not in score_table(patients.drop(columns=["patient_id", "site"]), ["tomita"])


def test_items_own_files_and_all_computed_scores():
    table = score_table(one(), [MADE_UP], items=True)
    assert table.loc[0, ["made_up_2020_kps", "made_up_2020_visceral_mets"]].tolist() == [2, 2]
    assert table.loc[0, "made_up_2020_settles"] == ""
    gap = score_table(one(visceral_mets=None), ["tomita"], items=True)
    assert gap.loc[0, ["tomita_missing", "tomita_settles"]].tolist() == ["visceral_mets", "visceral_mets"]
    by_status = {s: [k for k in SCORES if load_definition(k).status == s] for s in ("ready", "provisional")}
    with pytest.warns(ProvisionalScoreWarning):
        every = score_table(one())
    computed = [*by_status["ready"], *by_status["provisional"]]
    assert [c for c in every.columns if c.endswith("_total")] == [f"{k}_total" for k in computed]
    marked = [c for c in every.columns if c.endswith("_status")]
    assert marked == [f"{k}_status" for k in by_status["provisional"]]


def test_no_total_goes_without_a_word():
    changes = [{}, {"albumin": np.nan}, {"n_spine_mets": 0}, {"visceral_pattern": "nodular"}]
    patients = pd.concat([one(**c) for c in changes])
    told = score_table(patients, ["nesms"])["nesms_missing"].tolist()
    assert told == [
        "",
        "albumin",
        "outside the population: n_spine_mets is 0",
        "contradiction: visceral_mets and visceral_pattern",
    ]


@pytest.mark.parametrize("source", [*SCORES, MADE_UP])
def test_description_tells_source_points_and_direction(source):
    definition = load_definition(source)
    text = " ".join(describe(definition).split())
    for words in (definition.label, definition.citation, definition.status, *definition.inputs):
        assert words in text
    if definition.groups and definition.predicts_survival:
        assert ("longer" if definition.higher_is == "better" else "shorter") + " survival" in text
    for words in (definition.reason, definition.needed, definition.reference_note):
        assert words in text
    assert definition.predicts_survival or definition.outcome in text
    for part in (*definition.items, *definition.groups):
        assert part.label in text
    for variant in definition.variants:
        assert variant in text


def test_description_by_key_and_of_the_ceiling():
    assert "capped at 3" in describe("nesms")
    assert "(not checked)" in " ".join(describe("tomita").split())
    assert "(not checked)" not in " ".join(describe("bauer_modified").split())
    assert "0 % alive at day 365" in describe("nesms")


def test_list():
    table = list_scores().set_index("key")
    assert list(table.index) == list(SCORES)
    assert table.loc["tomita", ["year", "status", "range", "higher_is"]].tolist() == [
        2001,
        "ready",
        "2-10",
        "worse",
    ]
    assert "albumin" in table.loc["nesms", "inputs"]
    assert table.loc["prism_2015", ["range", "status", "confidence"]].tolist() == [
        "up to 14", "provisional", "V2 S1",
    ]  # fmt: skip
    assert table.loc["mstfi_2016", "outcome"].endswith("not survival")
    assert table.loc["lsms_2023", "higher_is"] == "unknown"
