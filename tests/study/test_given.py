"""Predictions of others through the command line: what is written, what is refused, what stays private."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.__main__ import main
from spinesurv.core import Outcome, Prediction
from spinesurv.core.tables import PERFORMANCE_COLUMNS, PREDICTION_COLUMNS
from spinesurv.metrics import METRICS
from spinesurv.study.given import GIVEN_METRICS
from tests.paths import ROOT

EXAMPLES = ROOT / "data" / "examples"
CANARY = "Canary-Quetzalcoatl"
QUICK = ("--metrics", "harrell_c,brier,observed_expected")


def evaluate(capsys, *words: object) -> tuple[int, str, str]:
    code = main(["evaluate", *map(str, words)])
    told = capsys.readouterr()
    return code, told.out, told.err


def table_of(out: Path, name: str = "performance") -> pd.DataFrame:
    table = pd.read_csv(out / "tables" / f"{name}.csv", dtype={"reference": str})
    return table.fillna({"reference": ""}) if "reference" in table else table


def example() -> pd.DataFrame:
    return pd.read_csv(EXAMPLES / "predictions_wide.csv", dtype={"patient_id": str})


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> Path:
    """The example without sites, written under an identifier that is easily recognised."""
    folder = tmp_path_factory.mktemp("given")
    table = example().drop(columns="site")
    table["patient_id"] = [f"{CANARY}-{i}" for i in range(len(table))]
    table.to_csv(folder / "theirs.csv", index=False)
    words = [
        "evaluate",
        folder / "theirs.csv",
        "--horizons",
        "365,90",
        "--reference",
        "tokuhashi",
        "--out",
        folder / "out",
    ]
    assert main([str(w) for w in words]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def wide(tmp_path_factory) -> Path:
    """The example as it is, with a few measures."""
    out = tmp_path_factory.mktemp("wide") / "out"
    words = ["evaluate", EXAMPLES / "predictions_wide.csv", "--horizons", "90,365", *QUICK, "--out", out]
    assert main([str(w) for w in words]) == 0
    return out


def test_the_results_of_a_study_are_there(judged):
    for name in ("report.html", "manifest.json", "check_in_R.R", "study.resolved.toml", "private/outcomes.csv",
                 "private/predictions.csv.gz", "private/.gitignore", "tables/calibration.csv", "tables/decision.csv"):  # fmt: skip
        assert (judged / name).is_file(), name
    figures = {f.stem for f in (judged / "figures").glob("*.svg")}
    assert {"calibration", "decision", "differences_harrell_c", "survival_curves", "scored"} - figures <= {
        "differences_harrell_c"
    }
    assert not [
        name for name in figures if name.startswith("forest")
    ]  # one group of patients: no sites side by side
    assert "whether their systems had seen these patients is not known" in " ".join(
        (judged / "report.html").read_text("utf-8").split()
    )
    for shown in (table_of(judged, "survival"), pd.read_csv(judged / "figures" / "scored.csv")):
        assert set(shown["site"]) == {"all patients"}  # told once
    settings = tomllib.loads((judged / "study.resolved.toml").read_text(encoding="utf-8"))
    assert settings["evaluation"]["metrics"] == list(GIVEN_METRICS)
    assert settings["evaluation"]["horizons_days"] == [90, 365]
    manifest = json.loads((judged / "manifest.json").read_text(encoding="utf-8"))
    assert "check_in_R.R" in manifest["files"]
    assert not [name for name in manifest["files"] if name.startswith("private")]


def test_every_number_is_that_of_the_measure_on_these_patients(judged):
    table, raw = table_of(judged), example()
    assert list(table.columns) == PERFORMANCE_COLUMNS
    assert set(table["site"]) == {"stacked"}
    outcome = Outcome(raw["time_days"], raw["event"])
    for model in ("cox", "tokuhashi"):
        marker = raw["cox@marker"] if model == "cox" else None
        survival = raw[[f"{model}@90", f"{model}@365"]].to_numpy()
        reason = np.where(np.isnan(survival).any(axis=1), "none", "")
        given = Prediction(raw.index, marker=marker, times_days=[90, 365], survival=survival, reason=reason)
        own = table[(table["model"] == model) & (table["reference"] == "")]
        assert len(own) == 1 + 8 * 2
        for row in own.to_dict("records"):
            day = None if pd.isna(row["horizon_days"]) else row["horizon_days"]
            found = METRICS[row["metric"]].function(
                outcome, given, horizon_days=day, censoring=all_censoring(outcome)
            )
            assert (row["n"], row["status"]) == (found.n, found.status)
            assert row["value"] == pytest.approx(found.value, rel=1e-10, nan_ok=True)
    gaps = table[table["status"] == "gap"]
    assert set(gaps["metric"]) == {"harrell_c"}  # of the model without a marker, and of the difference to it
    assert gaps["reason"].str.contains("no marker").all()


def all_censoring(outcome: Outcome):
    from spinesurv.stats.censoring import KaplanMeierCensoring

    return KaplanMeierCensoring(outcome.time_days, outcome.event)


def test_comparisons_are_paired_and_missing_predictions_are_counted(judged):
    raw = example()
    both = (raw["cox@90"].notna() & raw["tokuhashi@90"].notna()).sum()
    pairs = table_of(judged)
    pairs = pairs[(pairs["reference"] == "tokuhashi") & (pairs["metric"] == "brier")]
    assert pairs["model"].tolist() == ["cox", "cox"]
    assert set(pairs["n"]) == {both}
    page = " ".join((judged / "report.html").read_text(encoding="utf-8").split())
    assert f"tokuhashi, day 90: {raw['tokuhashi@90'].isna().sum()} of 200 patients have no prediction" in page


def test_nothing_of_a_patient_leaves_private(judged):
    shared = [f for f in judged.rglob("*") if f.is_file() and "private" not in f.relative_to(judged).parts]
    assert [f.name for f in shared if CANARY in f.read_bytes().decode("utf-8", errors="replace")] == []
    stored = pd.read_csv(judged / "private" / "predictions.csv.gz")
    assert list(stored.columns) == PREDICTION_COLUMNS
    assert stored["patient_id"].str.startswith(CANARY).all()


def test_long_wide_death_and_another_name_of_the_site_give_the_same(wide, capsys, tmp_path):
    raw = example()
    chances = [c for c in raw if re.search(r"@\d+$", c)]
    death = raw.assign(**{c: 1 - raw[c] for c in chances}).rename(columns={"site": "where"})
    death.assign(note="x").to_csv(tmp_path / "d.csv", index=False)
    first = table_of(wide).drop(columns="cohort")
    assert set(first["site"]) == {"us_surgical", "nl_radiotherapy", "stacked", "pooled"}
    assert (wide / "figures" / "forest_ranking.svg").is_file()
    for words, close in (
        ([EXAMPLES / "predictions_long.csv"], 0.0),
        ([tmp_path / "d.csv", "--values", "death", "--site", "where"], 1e-9),
    ):
        out = tmp_path / words[0].stem
        code, told, err = evaluate(capsys, *words, "--horizons", "90,365", *QUICK, "--out", out)
        assert code == 0, err
        pd.testing.assert_frame_equal(table_of(out).drop(columns="cohort"), first, rtol=close)
    assert "note: columns not read: note" in told
    assert told.splitlines()[-1] == str(out / "report.html")


def test_a_folder_of_something_else_is_kept(judged, capsys, tmp_path):
    out = shutil.copytree(judged, tmp_path / "out")
    before = (out / "tables" / "performance.csv").read_bytes()
    words = [EXAMPLES / "predictions_wide.csv", "--horizons", "90", *QUICK, "--out", out]
    code, _, err = evaluate(capsys, *words)
    assert code == 1
    assert "it holds predictions of theirs.csv" in err
    assert (out / "tables" / "performance.csv").read_bytes() == before
    assert evaluate(capsys, *words, "--force")[0] == 0
    assert evaluate(capsys, *words)[0] == 0  # its own folder


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        (
            {},
            ["--horizons", "90,180"],
            "no model has a probability for day 180. Days that are there: 90, 365",
        ),
        ({}, ["--horizons", "90", "--reference", "coxx"], "unknown model 'coxx'. Did you mean cox"),
        ({}, ["--horizons", "90", "--metrics", "brier,bier"], "unknown measure 'bier'. Did you mean brier"),
        ({}, ["--horizons", "90", "--site", "hospital"], "unknown column 'hospital'"),
        ({"event": 0}, ["--horizons", "90"], "nobody of 200 patients died"),
        (
            {"time_days": 50},
            ["--horizons", "90"],
            "nobody is followed to day 90; days up to 50 can be judged",
        ),
        ({"cox@90": 0.5}, ["--horizons", "90", "--values", "death"], "survival rises with time in"),
        ({"patient_id": f"{CANARY}"}, ["--horizons", "90"], "200 of 200 cells occur more than once"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_1(capsys, tmp_path, change, words, said):
    example().assign(**change).to_csv(tmp_path / "theirs.csv", index=False)
    code, _, err = evaluate(capsys, tmp_path / "theirs.csv", *words, "--out", tmp_path / "out")
    assert code == 1
    assert err.count("\n") == 1
    assert said in err
    assert CANARY not in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("horizons", ["soon", "-90", "0", ""])
def test_horizons_that_are_no_days_are_wrong_usage(capsys, tmp_path, horizons):
    with pytest.raises(SystemExit) as stopped:
        evaluate(capsys, EXAMPLES / "predictions_wide.csv", "--horizons", horizons, "--out", tmp_path)
    assert stopped.value.code == 2


def test_models_that_only_rank(capsys, tmp_path):
    raw = example()
    raw[["patient_id", "time_days", "event", "cox@marker"]].assign(
        **{"coarse@marker": raw["cox@marker"].round()}
    ).to_csv(tmp_path / "theirs.csv", index=False)
    words = ["--horizons", "90", "--metrics", "harrell_c,auc,brier", "--reference", "cox"]
    code, _, err = evaluate(capsys, tmp_path / "theirs.csv", *words, "--out", tmp_path / "out")
    assert code == 0, err
    table = table_of(tmp_path / "out")
    own = table[table["reference"] == ""].set_index("metric")
    assert (own.loc[["harrell_c", "auc"], "status"] == "ok").all()
    assert own.loc["brier", "reason"].str.contains("no survival was predicted").all()


def test_the_examples_are_those_that_the_script_writes():
    """To the fourth decimal and one more: a Cox fit may end a digit elsewhere on another machine."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_predictions", EXAMPLES / "make_predictions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.wide()
    assert made["patient_id"].str.startswith("SYN-").all()
    pd.testing.assert_frame_equal(made.reset_index(drop=True), example(), check_dtype=False, atol=1.01e-4)
    long = pd.read_csv(EXAMPLES / "predictions_long.csv", dtype={"patient_id": str})
    pd.testing.assert_frame_equal(module.long(made), long, check_dtype=False, atol=1.01e-4)
