"""A validation published by others, in R: their numbers come out, in the committed summary and when run again."""

from __future__ import annotations

import importlib.util

import pandas as pd
import pytest

from tests.paths import ROOT, shared

FOLDER = ROOT / "experiments" / "rotterdam_gbsg"
#: published numbers have three decimals, and knots or steps of other programs may move the third by one
NEAR = 0.002


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("rotterdam_gbsg_recipe", FOLDER / "recipe.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tables():
    return shared("realdata/rotterdam_gbsg").parent


def beside_published(table: pd.DataFrame) -> pd.DataFrame:
    published = pd.read_csv(FOLDER / "published.csv")
    both = published.merge(table, on=["metric", "horizon_days"], how="outer", validate="one_to_one")
    assert len(both) == len(published) == len(table) == 10
    return both


def test_the_summary_has_the_published_numbers():
    both = beside_published(pd.read_csv(FOLDER / "summary.csv"))
    assert (both["value"] - both["published"]).abs().max() <= NEAR
    assert both["value"].between(both["low"], both["high"]).all()


def test_the_readme_tells_the_published_numbers():
    question = (FOLDER / "README.md").read_text(encoding="utf-8").split("## Finding")[0]
    told = [line.split("|")[2].strip() for line in question.splitlines() if line.startswith("| ")][1:]
    assert told == [f"{value:.3f}" for value in pd.read_csv(FOLDER / "published.csv")["published"]]


def test_run_again_it_gives_the_published_numbers_and_the_summary(recipe, tables, monkeypatch):
    monkeypatch.setenv("SPINESURV_DATA", str(tables))
    found = recipe.judge()
    both = beside_published(found)
    assert (both["value"] - both["published"]).abs().max() <= NEAR
    committed = pd.read_csv(FOLDER / "summary.csv")
    # beyond the 12 digits of the file, only the order of sums may differ between machines
    assert found["value"].to_numpy() == pytest.approx(committed["value"].to_numpy(), rel=1e-8)


def test_the_patients_are_those_of_the_publication(recipe, tables, monkeypatch):
    monkeypatch.setenv("SPINESURV_DATA", str(tables))
    predictors, outcome = recipe.development()
    assert len(predictors) == len(outcome) == 2982
    # died without a recurrence after the search for recurrences had ended: 43, as the package's own help counts
    raw = pd.read_csv(tables / "rotterdam_gbsg" / "rotterdam_raw.csv")
    late = (raw["death"] == 1) & (raw["recur"] == 0) & (raw["rtime"] < raw["dtime"])
    assert late.sum() == 43
    at_death = raw.loc[late, "dtime"].clip(upper=recipe.END)
    assert outcome.time_days[late.to_numpy()] == pytest.approx(at_death.to_numpy())
    patients, judged = recipe.validation()
    assert (len(patients), judged.time_days.max()) == (686, recipe.END)
    assert patients["nodes", "linear"].max() == recipe.MOST_NODES
