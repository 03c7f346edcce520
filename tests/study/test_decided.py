"""The decision summary of a study: aggregates, small cells hidden, shown in the report with the statement of research use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import make_cohort
from spinesurv.core import Cohort, Prediction
from spinesurv.decisions import DISCLAIMER, EMERGENCY
from spinesurv.models import MODELS
from spinesurv.report import render_html
from spinesurv.study.decided import decision_table
from spinesurv.study.systems import System
from tests.report.content import made_up_content


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return make_cohort(patients=240, seed=9)


def predicted(cohort: Cohort, *, interval: bool) -> Prediction:
    p = np.random.default_rng(0).beta(4, 2, len(cohort))[:, None]
    ends = {"low": np.clip(p - 0.1, 0, 1), "high": np.clip(p + 0.1, 0, 1)} if interval else {}
    return Prediction(cohort.patients.index, times_days=np.array([90.0]), survival=p, **ends)


def system(key: str, kind: str) -> System:
    return System(key, f"Label of {key}", MODELS["cox"], kind, inputs=("age", "ecog"))


SYSTEMS = {
    key: system(key, kind) for key, kind in (("tomita", "score"), ("trees", "model"), ("cox", "model"))
}


@pytest.fixture(scope="module")
def table(cohort: Cohort) -> pd.DataFrame:
    return decision_table(cohort, {"cox": predicted(cohort, interval=True)}, {"cox": SYSTEMS["cox"]})


def test_the_first_model_with_intervals_is_taken(cohort: Cohort) -> None:
    predictions = {key: predicted(cohort, interval=key != "trees") for key in SYSTEMS}
    assert set(decision_table(cohort, predictions, SYSTEMS)["model"]) == {"cox"}
    predictions["cox"] = predicted(cohort, interval=False)
    assert set(decision_table(cohort, predictions, SYSTEMS)["model"]) == {"trees"}


def test_topics(table: pd.DataFrame) -> None:
    assert set(table["topic"]) >= {
        "status",
        "flip",
        "agreement",
        "gate_benefit",
        "double_counting",
        "time_zero",
    }


def test_small_cells_are_hidden(table: pd.DataFrame) -> None:
    counted = table["n"].dropna()
    assert not counted.between(1, 4).any()
    rest = (table["of"] - table["n"]).dropna()
    assert not rest.between(1, 4).any()
    assert table.loc[table["n"].isna(), "share"].isna().all()
    hidden = table["n"].isna() & ~table["topic"].isin(["gate_benefit", "double_counting"])
    assert hidden.any()


def test_nothing_to_say_without_lesions_or_survival(cohort: Cohort) -> None:
    bare = Cohort(cohort.patients[["age", "ecog"]], cohort.outcome)
    assert decision_table(bare, {"cox": predicted(bare, interval=True)}, {"cox": SYSTEMS["cox"]}).empty
    ranks = Prediction(cohort.patients.index, marker=np.arange(float(len(cohort))))
    assert decision_table(cohort, {"cox": ranks}, {"cox": SYSTEMS["cox"]}).empty


def test_the_report_shows_it_with_the_statements(table: pd.DataFrame) -> None:
    content = made_up_content()
    assert 'id="decisions"' not in render_html(content, {})
    model = next(iter(content.labels))
    page = render_html(replace(content, decisions=table.assign(model=model)), {})
    section = page.split('id="decisions"')[1].split("</section>")[0]
    assert DISCLAIMER in section
    assert EMERGENCY in section
    assert content.labels[model] in section
    assert "should receive" not in section
    assert "Net benefit of the 90-day gate" in section
    assert (
        "NOMS row 1 (compression low without myelopathy, tumour radiosensitive, spine stable): CEBRT"
        in section
    )
    assert ">row 1<" not in section
    # a hidden count is a dash
    hidden = table[(table["topic"] == "decision") & table["n"].isna()]["item"]
    for item in hidden:
        assert f"{item}:" in section
