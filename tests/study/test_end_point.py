"""A study of an end point with which death competes, on patients whose true risk is known."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.__main__ import main
from spinesurv.core.tables import write_table
from spinesurv.errors import InputError
from spinesurv.study import Study

TEXT = """
[study]
name = "failure"
[cohort]
synthetic = {{ patients = 500, seed = 4 }}
[validation]
design = "cross_validation"
folds = 2
[systems]
scores = [{scores}]
[[systems.models]]
key = "two_models"
kind = "{kind}"
predictors = ["sins_total", "age"]
[evaluation]
end_point = "{end_point}"
horizons_days = [365]
metrics = ["uno_c", "brier", "observed_expected", "harrell_c"]
"""


def study(tmp_path: Path, *, scores: str = "", kind: str = "cause_specific_cox", end_point: str) -> Study:
    path = tmp_path / "study.toml"
    path.write_text(TEXT.format(scores=scores, kind=kind, end_point=end_point), encoding="utf-8")
    return Study.read(path)


def words_of_page(page: str) -> str:
    """What a reader sees, pictures included, without names of files."""
    page = re.sub(r"<style.*?</style>|<code.*?</code>|<title.*?</title>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_study_of_instrumentation_failure(tmp_path: Path) -> None:
    asked = study(tmp_path, scores='"tomita"', end_point="instrumentation_failure")
    result = asked.run(tmp_path / "out")
    outcome = result.population.cohort.known_outcome
    assert outcome.end_point == "instrumentation_failure"
    table = result.performance
    own = table[(table["model"] == "two_models") & (table["reference"] == "")]
    stacked = own[own["site"] == "stacked"].set_index("metric")
    assert stacked.loc[["uno_c", "brier", "observed_expected"], "status"].tolist() == ["ok"] * 3
    assert "other events compete" in stacked.loc["harrell_c", "reason"]
    # a point score: the incidence of each total in training, in its own order; survival as published is no answer
    strata = table[(table["site"] == "stacked") & (table["model"] == "tomita")].set_index("metric")
    ratio = strata.loc["observed_expected"]
    # training and judged patients are alike here: within 3 of its own standard errors on the scale of the ratio
    assert ratio["scale"] == "log"
    assert abs(np.log(ratio["value"])) < 3 * ratio["std_error"] < 1
    assert asked.systems["tomita"].label.endswith("(made for overall survival)")
    assert set(asked.systems) == {"tomita", "two_models"}
    before = outcome.of_interest & (outcome.time_days <= 365)
    assert stacked.loc["brier", "events"] <= before.sum()
    # risks of failure, far below those of any first event
    risk = result.predictions["two_models"].death_by(365)
    assert np.nanmean(risk) < 0.2 < np.mean(outcome.event & (outcome.time_days <= 365))
    attrition = result.population.attrition
    assert attrition["n"].iloc[0] == attrition["n"].iloc[1] + len(outcome)
    incidence = pd.read_csv(tmp_path / "out" / "tables" / "incidence.csv")
    everybody = incidence[incidence["site"] == "all"].iloc[0]
    assert everybody["low"] < everybody["incidence"] < everybody["high"] < everybody["competing"]
    assert 0 < everybody["gray_p"] < 1
    assert everybody["gray_df"] == incidence["site"].nunique() - 2
    page = result.report.read_text(encoding="utf-8")
    words = words_of_page(page)
    assert "the end point is failure of the instrumentation" in words
    for told in (
        "Failure of the instrumentation by site",
        "Aalen-Johansen incidence by site",
        "Failure of the instrumentation by day",
        "Observed against predicted risk of failure of the instrumentation",
        "Failure of the instrumentation (%)",
        "Predicted risk (%)",
        "with the event by a day was ranked before one without it by then",
        "Competing events",
        "Risk per total was re-estimated",
        "had another event before it that makes it impossible",
        "events observed / expected",
    ):
        assert told in words, told
    # what is said of death is that it ends published survival, nothing of these patients
    rest = words.replace("Survival as published ends with death of any cause", "")
    rest = rest.replace("the survival that its authors published", "").replace(
        "(made for overall survival)", ""
    )
    rest = rest.replace("a column named survival holds 1 minus", "")
    assert re.findall(r"(?i).{30}\b(?:deaths?|died|dies?|dead|alive|surviv\w+)\b", rest) == []
    assert "calibration is by Fine-Gray regression" in page
    table, out = tmp_path / "new.csv", tmp_path / "predicted.csv"
    write_table(result.population.cohort.patients.head(20).reset_index(), table)
    file = tmp_path / "out" / "models" / "two_models.json"
    assert main(["predict", str(file), str(table), "--horizons", "365", "--out", str(out)]) == 0
    kept = pd.read_csv(out)
    assert (kept["survival_365"].notna() == (kept["missing"].isna())).all()
    assert kept["survival_365"].min() > 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "cox", "end_point": "instrumentation_failure"}, "two_models cannot predict the end point"),
        ({"end_point": "death"}, "two_models needs an end_point with which other events compete"),
    ],
)
def test_systems_that_do_not_fit_the_end_point(tmp_path: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        study(tmp_path, **options)


def test_an_unknown_end_point_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="instrumentation_failure"):
        study(tmp_path, end_point="instrumentation_fail")
