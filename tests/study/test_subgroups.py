"""Subgroups of a study file: who belongs, what is refused, small cells hidden, and what the report says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import make_cohort
from spinesurv.core import Prediction
from spinesurv.errors import InputError
from spinesurv.models import MODELS
from spinesurv.report import render_html
from spinesurv.study.subgroups import (
    EVERYBODY,
    NOBODY,
    TABLE,
    Subgroups,
    drawn_systems,
    shown_day,
    subgroup_table,
)
from spinesurv.study.systems import System
from tests.report.content import made_up_content

PATIENTS = pd.DataFrame(
    {
        "age": [40.0, 50.0, 69.9, 70.0, np.nan],
        "primary_tumor": ["lung_nsclc", "lung_nsclc", "breast", "lung_nsclc", "lung_nsclc"],
        "egfr_mutation": ["positive", "negative", "positive", "unknown", None],
        "ecog": pd.array([0, 2, 3, 4, None], dtype="Int64"),
    }
)


def read(written) -> Subgroups:
    return Subgroups.read(written, where="study file s.toml, [evaluation], subgroups")


def members(written) -> dict[str, list[int]]:
    return {name: np.flatnonzero(rows).tolist() for name, rows in read(written).members(PATIENTS).items()}


def test_a_cut_begins_the_next_subgroup():
    assert members({"variable": "age", "cuts": [50, 70]}) == {
        "below 50": [0], "50 to below 70": [1, 2], "70 or more": [3], NOBODY: [4],
    }  # fmt: skip
    assert members({"variable": "ecog", "cuts": [3]}) == {"below 3": [0, 1], "3 or more": [2, 3], NOBODY: [4]}


def test_levels_in_some_patients_only():
    """The mutation counts in lung cancer alone; a patient with another tumour belongs nowhere, not even to the rest."""
    only = {"primary_tumor": ["lung_nsclc"]}
    assert members({"variable": "egfr_mutation", "only": only}) == {
        "Positive": [0], "Negative": [1], "Unknown": [3], NOBODY: [4],
    }  # fmt: skip
    grouped = {"variable": "egfr_mutation", "groups": {"tested": ["positive", "negative"]}, "only": only}
    assert members(grouped) == {"Tested": [0, 1], NOBODY: [3, 4]}
    assert read(grouped).label.endswith("(in Lung, non-small-cell)")


def test_derived_columns_of_scores():
    """EGFR-positive lung cancer grows moderately, other lung cancer fast (Katagiri 2014); breast needs its receptor."""
    assert members("katagiri2014_growth_class") == {"Moderate": [0], "Rapid": [1], NOBODY: [2, 3, 4]}


def test_a_variable_that_nobody_recorded():
    assert members("braf_mutation") == {NOBODY: [0, 1, 2, 3, 4]}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("egfr_mutaton", "egfr_mutation"),
        ("age", r"cuts = \[...\] is expected"),
        ({"variable": "age", "cuts": [70, 50]}, "rising"),
        ({"variable": "sex", "cuts": [1]}, "cuts belong to numbers"),
        ({"variable": "age", "cuts": [70], "groups": {"a": ["b"]}}, "it is a number"),
        ({"variable": "egfr_mutation", "groups": {"a": ["mutant"]}}, "level of egfr_mutation"),
        ({"variable": "egfr_mutation", "groups": {"a": ["positive"], "b": ["positive"]}}, "two groups"),
        ({"variable": "egfr_mutation", "groups": {"a": "positive"}}, "a table of lists"),
        ({"variable": "egfr_mutation", "only": {"primary_tumor": ["lung"]}}, "lung_nsclc"),
        ({"variable": "egfr_mutation", "late": True}, "exploratory"),
        ("postoperative_radiotherapy", "role after_time_zero"),
        ("tolerates_surgery", "role decision"),
        (7, "name of a variable"),
    ],
)
def test_what_is_refused(written, words):
    with pytest.raises(InputError, match=words) as found:
        read(written)
    assert "s.toml" in str(found.value)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    cohort = make_cohort(patients=260, seed=6)
    risk = np.random.default_rng(1).uniform(0.1, 0.6, len(cohort))
    p = Prediction(cohort.patients.index, times_days=np.array([90.0]), survival=1 - risk[:, None])
    declared = [
        read({"variable": "treatment", "label": "Treated surgically"}),
        read({"variable": "egfr_mutation", "only": {"primary_tumor": ["lung_nsclc"]}, "exploratory": True}),
    ]
    systems = {key: System(key, key, MODELS["cox"], "model") for key in ("one", "two")}
    return subgroup_table(declared, cohort, [{"one": p, "two": p}], systems, horizons_days=[90], level=0.95)


def test_the_table(table):
    assert list(table.columns) == TABLE
    assert table.loc[table["declared"] == "", "subgroup"].unique().tolist() == [EVERYBODY]
    assert set(table.loc[table["variable"] == "egfr_mutation", "declared"]) == {"no"}
    assert (table["reason"].fillna("") != "")[table["status"] == "gap"].all()
    assert table.loc[table["status"] == "ok", ["value", "low", "high"]].notna().all(axis=None)


def test_small_cells_and_what_would_give_them_away_are_hidden(table):
    for name, whole in (("patients", None), ("deaths", "patients"), ("events", "n")):
        assert not table[name].dropna().between(1, 4).any()
        if whole:
            assert not (table[whole] - table[name]).dropna().between(1, 4).any()
    sizes = table[table["metric"].isna() | (table["metric"] == "auc")].drop_duplicates(["label", "subgroup"])
    hidden = sizes[sizes["patients"].isna()].groupby("label").size()
    assert len(hidden) > 0
    assert (hidden >= 2).all()


def test_the_report_says_what_was_declared_and_how_much_was_looked_at(table):
    content = made_up_content()
    assert 'id="subgroups"' not in render_html(content, {})
    first, second = list(content.labels)[:2]
    shown = table.assign(model=table["model"].map({"one": first, "two": second}))
    page = render_html(replace(content, subgroups=shown, subgroups_shown=[first]), {})
    section = page.split('id="subgroups"')[1].split("</section>")[0]
    assert "Declared in advance: Treated surgically." in section
    assert "Exploratory, thought of when results were known: Non-small-cell lung" in section
    inside = table[(table["declared"] != "") & table["model"].notna()]
    assert f"{(inside['status'] == 'ok').sum()} estimates were made in subgroups" in section
    assert f"Subgroups, {content.labels[first]} " in section
    assert f"Subgroups, {content.labels[second]} " not in section


def test_which_systems_and_which_day_are_drawn():
    kinds = {"a": "score", "a@published": "published", "b": "score", "c": "model", "d": "equation"}
    systems = {key: System(key, key, None, kind) for key, kind in kinds.items()}
    assert drawn_systems(systems, "b") == ["b", "c", "d", "a"]
    systems["a"] = replace(systems["a"], status="provisional")
    assert drawn_systems(systems, "") == ["c", "d", "b"]
    assert shown_day([42, 90, 365]) == 90
    assert shown_day([42, 365]) == 42
