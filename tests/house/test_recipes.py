"""Every recipe of CONTRIBUTING.md works as it is written, and passes the tests that it says will run by themselves."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import shutil
import sys
import tomllib
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from spinesurv.__main__ import main
from spinesurv.cohorts import COHORTS, import_table
from spinesurv.cohorts.codings import CODINGS, Coding
from spinesurv.cohorts.readers import READERS, SUFFIXES
from spinesurv.core import Cohort, Outcome, Prediction
from spinesurv.core.codebook import Codebook, codebook
from spinesurv.decisions import DISCLAIMER
from spinesurv.decisions import definition as decision_tables
from spinesurv.errors import InputError
from spinesurv.figures import FIGURES, figure_svg
from spinesurv.metrics import METRICS
from spinesurv.models import EQUATIONS, MODELS, load_equation
from spinesurv.scores import SCORES, Score, load_definition
from spinesurv.scores.case_checks import differences
from spinesurv.study import Study
from tests.cohort_factory import small_cohort
from tests.cohorts.files import mapped, one_clear_sentence, write
from tests.house import test_registries as registries
from tests.house.sources import PACKAGE
from tests.metrics import test_contracts as contracts
from tests.models import test_published_equation as equations
from tests.paper_blocks import blocks, files_shown
from tests.paths import ROOT
from tests.scores import test_definitions as definitions
from tests.study.files import STUDY, write_study

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = files_shown(TEXT)
RECIPES = (
    "score",
    "metric",
    "model",
    "published equation",
    "decision system",
    "figure",
    "cohort",
    "reader",
    "trap",
    "coding",
    "word of map",
    "variable",
)


def recipe(name: str) -> str:
    return TEXT.split(f"\n## A {name}\n")[1].split("\n## ")[0]


def loaded(name: str, folder: Path) -> ModuleType:
    """A file of the paper, written into `folder` and imported."""
    path = folder / name
    path.write_text(FILES[name], encoding="utf-8", newline="\n")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # annotations are looked up there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module


def test_every_recipe_says_where_to_write_list_imitate_and_what_tests_it():
    for name in RECIPES:
        text = recipe(name)
        assert re.search(r"^Write ", text, flags=re.M), name
        assert re.search(r"`tests/[\w/.]+\.py`", text), name
        assert "list" in text, name
    assert set(FILES) == {
        "example_2020.toml",
        "observed_minus_expected.py",
        "cut.py",
        "example_ratios_2020.toml",
        "example_factors.toml",
        "example_factors.py",
        "follow_up.py",
        "lung.py",
        "json_lines.py",
        "weekend.py",
        "lesion_words.py",
    }


def test_no_example_is_there_already():
    stems = {Path(name).stem for name in FILES}
    assert stems & {*SCORES, *METRICS, *MODELS, *EQUATIONS, *FIGURES, *COHORTS} == set()
    assert "calf_circumference" not in codebook()


class TestScore:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "example_2020.toml"
        path.write_text(FILES["example_2020.toml"], encoding="utf-8")
        return path

    def test_its_cases_pass(self, path):
        definition = load_definition(path)
        assert len(definition.cases) == 3
        assert differences(definition) == []

    @pytest.mark.parametrize(
        "name", [n for n in vars(definitions.TestEveryDefinition) if n.startswith("test_")]
    )
    def test_it_is_what_every_definition_is(self, path, name):
        getattr(definitions.TestEveryDefinition(), name)(load_definition(path))

    def test_a_wrong_case_would_fail(self, path):
        path.write_text(path.read_text(encoding="utf-8").replace("total = 3", "total = 2"), encoding="utf-8")
        with pytest.raises(InputError, match=r"case 1 \(walks, well nourished\): its points add up to 3"):
            load_definition(path)

    def test_in_the_folder_it_is_a_score_like_any_other(self, path, tmp_path, monkeypatch, capsys):
        """No code: the file beside the others is listed, explained, scored and judged in a study."""
        folder = tmp_path / "definitions"
        shutil.copytree(PACKAGE / "scores" / "definitions", folder)
        shutil.copy(path, folder)
        reading = import_module("spinesurv.scores.reading")
        monkeypatch.setattr(reading, "FOLDER", folder)
        reading.packaged.cache_clear()
        try:
            monkeypatch.setattr("spinesurv.scores.SCORES", dict(reading.packaged()))
            assert main(["scores"]) == 0
            assert "example_2020: Example score, 0-3" in capsys.readouterr().out
            assert main(["explain", "example_2020"]) == 0
            cohort = small_cohort(240)
            cohort = Cohort(
                cohort.patients.assign(ambulatory_status="assisted"), cohort.outcome, time_zero="surgery"
            )
            table = tmp_path / "c.csv"
            cohort.to_table().to_csv(table, index=False)
            words = ["score", str(table), "--scores", "example_2020", "--out", str(tmp_path / "s.csv")]
            assert main(words) == 0
            assert pd.read_csv(tmp_path / "s.csv")["example_2020_total"].notna().any()
            text = STUDY.replace('scores = ["tomita"]', 'scores = ["tomita", "example_2020"]')
            study = write_study(tmp_path, text=text, cohort=cohort)
            assert main(["run", str(study), "--out", str(tmp_path / "out"), "--jobs", "1"]) == 0
            performance = pd.read_csv(tmp_path / "out" / "tables" / "performance.csv")
            assert "example_2020" in set(performance["model"])
        finally:
            reading.packaged.cache_clear()

    def test_it_scores_patients(self, path):
        patients = pd.DataFrame({"ambulatory_status": ["assisted", None], "albumin": [4.0, 3.0]})
        table = Score(path).transform(patients)
        assert table["total"].tolist()[0] == 3
        assert np.isnan(table["total"].iloc[1])
        assert (table["lowest"].iloc[1], table["highest"].iloc[1]) == (0, 2)

    def test_a_study_judges_it_by_its_path(self, path, tmp_path):
        walks = np.where(np.arange(240) % 3 == 0, "nonambulatory", "independent")
        cohort = small_cohort(240)
        cohort = Cohort(cohort.patients.assign(ambulatory_status=walks), cohort.outcome, time_zero="surgery")
        text = STUDY.replace('scores = ["tomita"]', 'scores = ["tomita", "example_2020.toml"]')
        study = write_study(tmp_path, text=text, cohort=cohort)
        assert main(["run", str(study), "--out", str(tmp_path / "out"), "--jobs", "1"]) == 0
        table = pd.read_csv(tmp_path / "out" / "tables" / "performance.csv")
        rows = table[(table["model"] == "example_2020") & (table["status"] == "ok")]
        assert {"harrell_c", "brier"} <= set(rows["metric"])


class TestMetric:
    @pytest.fixture
    def record(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        record = loaded("observed_minus_expected.py", tmp_path).RECORD
        monkeypatch.setitem(METRICS, record.key, record)
        return record

    def test_it_passes_the_contracts(self, record):
        ran = set()
        for name, check in inspect.getmembers(contracts, inspect.isfunction):
            wanted = list(inspect.signature(check).parameters)
            if name.startswith("test_") and wanted[:1] == ["metric"]:
                for slope in [{"slope": 1.0}, {"slope": 1.8}] if "slope" in wanted else [{}]:
                    check(record, **slope)
                ran.add(name)
        assert {"test_record_is_complete", "test_standard_error_against_a_bootstrap"} <= ran
        assert len(ran) >= 14

    def test_by_hand(self, record):
        outcome = Outcome([10, 20, 100, 100], [1, 1, 0, 0])
        prediction = Prediction(pd.RangeIndex(4), times_days=[30], survival=[[0.8], [0.9], [0.7], [0.8]])
        estimate = record.function(outcome, prediction, horizon_days=30)
        assert estimate.value == pytest.approx(0.5 - 0.2)
        # without censoring by day 30: (death - 0.5) / 4 - (risk - 0.2) / 4, risks 0.2, 0.1, 0.3, 0.2
        assert estimate.influence == pytest.approx(np.array([0.5, 0.6, -0.6, -0.5]) / 4)

    def test_it_is_explained(self, record):
        doc = inspect.getdoc(record.function)
        assert set(registries.SECTIONS["METRICS"]) <= set(registries.sections(doc))


def test_model(tmp_path):
    cut = loaded("cut.py", tmp_path).Cut
    cohort = small_cohort(300, missing=0.1)
    model = clone(cut("albumin", 3.5)).fit(cohort.patients, cohort.outcome)
    prediction = model.predict(cohort.patients, times_days=[90, 365])
    known = cohort.patients["albumin"].notna().to_numpy()
    np.testing.assert_array_equal(prediction.predicted, known)
    assert set(prediction.reason[~known]) == {"missing: albumin"}
    low = (cohort.patients["albumin"] < 3.5).to_numpy()
    # a lower albumin means a higher hazard in this cohort
    assert prediction.marker[low & known].max() > prediction.marker[~low & known].max()
    assert set(registries.sections(inspect.getdoc(cut))) >= set(registries.SECTIONS["MODELS"])
    assert list(inspect.signature(cut.predict).parameters) == ["self", "patients", "times_days"]


def test_published_equation(tmp_path):
    path = tmp_path / "example_ratios_2020.toml"
    path.write_text(FILES[path.name], encoding="utf-8")
    equation = load_equation(path)
    (case,) = equation.cases
    total = equations.sums(equation, equations.patients(case["patient"])).sum(axis=1, skipna=False)
    assert total.iloc[0] == pytest.approx(case["sum"], abs=5e-5)
    model = '[[systems.models]]\nkey = "mine"\nkind = "published_equation"\nequation = "example_ratios_2020.toml"\n'
    study = Study.read(write_study(tmp_path, text=STUDY + model))
    assert study.systems["mine"].label == equation.label
    assert study.systems["mine"].inputs == ("albumin", "ecog", "kps", "brain_mets", "liver_mets")


class TestDecisionSystem:
    @pytest.fixture
    def function(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        known = decision_tables.sources()
        monkeypatch.setattr(decision_tables, "FOLDER", tmp_path)
        monkeypatch.setattr(decision_tables, "sources", lambda: known)
        path = tmp_path / "example_factors.toml"
        path.write_text(FILES["example_factors.toml"], encoding="utf-8")
        return loaded("example_factors.py", tmp_path).example_factors

    def test_its_cases_come_out(self, function):
        for case in decision_tables.definition("example_factors")["case"]:
            found = function(pd.DataFrame([case["inputs"]])).iloc[0]
            assert list(found["example_factors"]) == case["factors"]
            count = found["example_n_all_factors"]
            assert (None if pd.isna(count) else count) == case.get("n")

    def test_it_carries_the_statement_and_its_sections(self, function):
        assert DISCLAIMER in function.__doc__
        assert function(pd.DataFrame({"ecog": [1]})).attrs["disclaimer"] == DISCLAIMER
        sections = registries.sections(inspect.getdoc(function))
        assert {"Parameters", "Returns", "References"} <= set(sections)


def test_figure(tmp_path):
    draw = loaded("follow_up.py", tmp_path).plot_follow_up
    axes = draw(pd.DataFrame({"site": ["Aarberg", "Cedarhurst"], "median_days": [400.0, 610.0]}))
    svg = figure_svg(axes)
    assert "Cedarhurst" in svg
    assert "Median follow-up (days)" in svg
    assert set(registries.SECTIONS["FIGURES"]) <= set(registries.sections(inspect.getdoc(draw)))


def test_cohort(tmp_path):
    load = loaded("lung.py", tmp_path).load_lung
    (tmp_path / "small.csv").write_text("id,days,dead\n1,10,1\n2,400,0\n", encoding="utf-8")
    (tmp_path / "small.toml").write_text(
        '[table]\nfile = "small.csv"\nsite = "north"\npatient_id = "id"\n'
        '[outcome]\ntime_zero = "surgery"\ntime = { from = "days", unit = "days" }\nevent = { from = "dead" }\n',
        encoding="utf-8",
    )
    cohort = load(tmp_path / "small.toml")
    assert cohort.sites == ["north"]
    assert list(cohort.outcome.time_days) == [10, 400]
    default = inspect.signature(load).parameters["mapping"].default
    assert (ROOT / default).is_file()


def test_reader(tmp_path, monkeypatch):
    """Listed, it is read, imported and audited like any other; whatever is no such file is refused in one sentence."""
    monkeypatch.setitem(READERS, "jsonl", loaded("json_lines.py", tmp_path).read_json_lines)
    monkeypatch.setitem(SUFFIXES, ".jsonl", "jsonl")
    rows = [{"patient_id": f"00{i}", "time_days": 10.5 * i, "event": i % 2, "age": None} for i in range(1, 5)]
    path = write(tmp_path, "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    imported = import_table(path)
    assert imported.canonical["patient_id"].tolist() == ["001", "002", "003", "004"]
    assert imported.cohort.outcome.time_days.tolist() == [10.5, 21, 31.5, 42]
    for broken in ("", "[1]\n", '{"a": {"b": 1}}\n', "{\n", "[" * 20_000):
        with pytest.raises(InputError) as raised:
            import_table(write(tmp_path, "b.jsonl", broken))
        one_clear_sentence(str(raised.value))


def test_trap(tmp_path):
    """Shifted dates fall on any day of the week; those of the clean twin are Mondays to Fridays."""
    weekend_findings = loaded("weekend.py", tmp_path).weekend_findings
    days = pd.Series(pd.date_range("2019-03-04", periods=70).strftime("%Y-%m-%d"))
    shifted = pd.DataFrame({"index_date": days, "site": "north"})
    assert [(f.rule, f.site, f.count) for f in weekend_findings(shifted)] == [("dates_shifted", "north", 20)]
    workdays = pd.Series(pd.bdate_range("2019-03-04", periods=70).strftime("%Y-%m-%d"))
    assert not list(weekend_findings(shifted.assign(index_date=workdays)))
    assert not list(weekend_findings(shifted.drop(columns="index_date")))


def test_coding(tmp_path, monkeypatch):
    monkeypatch.setitem(
        CODINGS,
        "lesion_words",
        Coding("bone_lesion", loaded("lesion_words.py", tmp_path).lesion_words, "not assessed"),
    )
    rows = "1,Osteolytic\n2,sclerotic\n3,not assessed\n4,MIXED\n"
    rules = 'patient_id = "id"\n[columns.bone_lesion]\nfrom = "x"\nrule = "lesion_words"\n'
    imported = import_table(mapped(tmp_path, "id,x\n" + rows, rules))
    assert imported.canonical["bone_lesion"].fillna("").tolist() == ["lytic", "blastic", "", "mixed"]
    assert imported.trail["rule"].str.startswith("rule lesion_words").sum() == 4
    with pytest.raises(InputError, match="bone_lesion"):
        import_table(mapped(tmp_path, "id,x\n" + rows + "5,bent\n", rules))


def test_variable():
    (entry,) = blocks(recipe("variable"), "toml")
    text = files("spinesurv.core").joinpath("codebook.toml").read_text(encoding="utf-8")
    book = Codebook(tomllib.loads(text + "\n" + entry))
    assert book.keys() == [*codebook().keys(), "calf_circumference"]
    variable = book["calf_circumference"]
    assert variable.allowed == "numbers from 15 to 70 cm"
    assert variable.in_range(pd.Series([14.0, 15.0, 71.0, None])).tolist() == [False, True, False, True]
    assert variable.typed(pd.Series(["31.5", None])).dtype == "float64"
