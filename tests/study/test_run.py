"""The whole run: same bytes whatever the workers, also after a kill; results as the design says."""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.core.tables import PERFORMANCE_COLUMNS, PREDICTION_COLUMNS
from spinesurv.errors import InputError
from spinesurv.metrics import METRICS
from spinesurv.study import Study
from spinesurv.study.curves import all_sites, calibration_curves
from tests.study.files import STUDY, write_study


def tables(out: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted((out / "tables").iterdir())}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return Study.read(write_study(folder)).run(folder / "out", n_workers=1)


def test_results_are_where_the_design_says(finished):
    out = finished.folder.root
    for name in ("report.html", "manifest.json", "study.resolved.toml", "tables/performance.csv",
                 "private/predictions.csv.gz", "private/.gitignore"):  # fmt: skip
        assert (out / name).is_file(), name
    figures = sorted(f.stem for f in (out / "figures").glob("*.svg"))
    assert {"survival_curves", "scored", "calibration", "forest_ranking"} <= set(figures)
    assert all((out / "figures" / f"{name}.csv").is_file() for name in figures)


def test_performance_table(finished):
    table = pd.read_csv(finished.folder.tables / "performance.csv")
    assert list(table.columns) == PERFORMANCE_COLUMNS
    gaps = table[table["status"] == "gap"]
    assert len(gaps) > 0
    assert gaps["reason"].notna().all()
    assert set(table["site"]) == {"a", "b", "c", "stacked", "pooled"}
    assert set(table["model"]) == {"tomita", "tomita@published", "cox"}
    assert (table["design"] == "internal_external").all()
    values = table[table["status"] == "ok"]
    assert values[["value", "std_error", "low", "high"]].notna().all(axis=None)


def test_stored_predictions(finished):
    table = pd.read_csv(finished.folder.private / "predictions.csv.gz", dtype={"patient_id": str})
    assert list(table.columns) == PREDICTION_COLUMNS
    assert sorted(table.loc[table.model == "cox", "horizon_days"].unique()) == [28, 30, 42, 90, 180, 365, 730]
    survival = table["survival"].dropna()
    assert survival.between(0, 1).all()
    assert (
        table[table["survival"].isna() & table["total"].isna() & (table["model"] != "cox")]["reason"]
        .notna()
        .all()
    )
    wide = table[table.model == "cox"].pivot(
        index=["site", "patient_id"], columns="horizon_days", values="survival"
    )
    steps = np.diff(wide.dropna(axis=1, how="all").dropna().to_numpy(), axis=1)
    assert (steps <= 1e-12).all()
    totals = table.loc[table.model == "tomita", "total"].dropna()
    assert totals.between(2, 10).all()


def test_the_resolved_study_names_every_default(finished):
    resolved = tomllib.loads((finished.folder.root / "study.resolved.toml").read_text(encoding="utf-8"))
    assert resolved["validation"] == {
        "design": "internal_external",
        "folds": 5,
        "cutoff_year": 0,
        "optimism_samples": 0,
    }
    assert resolved["evaluation"]["level"] == 0.95
    assert resolved["evaluation"]["missing"] == "pairwise"


def test_same_bytes_with_one_worker_or_two(finished, tmp_path):
    again = Study.read(write_study(tmp_path)).run(tmp_path / "out", n_workers=2)
    assert tables(again.folder.root) == tables(finished.folder.root)
    assert again.executed == again.total


def test_killed_at_half_and_resumed(finished, tmp_path):
    """A run in a process of its own is killed when a part of its jobs is done, then resumed."""
    study = write_study(tmp_path)
    out = tmp_path / "out"
    jobs = out / "private" / "jobs"
    command = [sys.executable, "-m", "spinesurv", "run", str(study), "--out", str(out), "--jobs", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(list(jobs.glob("[!.]*.npz"))) < 5 and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    process.wait()
    result = Study.read(study).run(out, resume=True, private=True)
    # nothing is imputed
    assert any(warning.startswith("--private kept nothing") for warning in result.warnings)
    assert result.executed < 0.7 * result.total
    assert tables(out) == tables(finished.folder.root)


def test_another_studys_folder_is_left_alone(finished, tmp_path):
    other = write_study(tmp_path, text=STUDY.replace('name = "small"', 'name = "other"'))
    out = tmp_path / "out"
    Study.read(write_study(tmp_path / "first")).run(out)
    with pytest.raises(InputError, match=r"it holds small, not the study 'other'.*--force"):
        Study.read(other).run(out)
    assert Study.read(other).run(out, force=True).report.is_file()
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / "thesis.docx").write_bytes(b"precious")
    with pytest.raises(InputError, match="it holds other files"):
        Study.read(other).run(stranger)


def test_manifest_holds_hashes_and_no_path_of_the_machine(finished):
    text = (finished.folder.root / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert "tables/performance.csv" in manifest["files"]
    assert not any(name.startswith("private") for name in manifest["files"])
    assert str(Path.home()) not in text
    assert str(finished.folder.root) not in text


def test_one_site_can_be_cross_validated(tmp_path):
    from tests.cohort_factory import small_cohort

    alone = small_cohort(240, sites=("only",))
    with pytest.raises(InputError, match='design = "cross_validation"'):
        Study.read(write_study(tmp_path, cohort=alone)).run(tmp_path / "out")
    text = STUDY + '\n[validation]\ndesign = "cross_validation"\nfolds = 3\n'
    result = Study.read(write_study(tmp_path, text=text, cohort=alone)).run(tmp_path / "out")
    assert result.total == 9
    predictions = pd.read_csv(result.folder.private / "predictions.csv.gz")
    assert sorted(predictions["resample"].unique()) == [1, 2, 3]
    assert (result.performance[result.performance.site == "only"]["status"] == "ok").any()


def test_a_score_of_ones_own_with_published_survival(tmp_path):
    from tests.cohort_factory import small_cohort
    from tests.paths import ROOT

    cohort = small_cohort(300)
    patients = cohort.patients.assign(kps=80 - 10 * cohort.patients["ecog"])
    text = STUDY.replace('scores = ["tomita"]', 'scores = ["tomita", "made_up_2020.toml"]')
    study = write_study(tmp_path, text=text, cohort=type(cohort)(patients, cohort.outcome))
    source = ROOT / "tests" / "scores" / "made_up_2020.toml"
    (tmp_path / "made_up_2020.toml").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    table = Study.read(study).run(tmp_path / "out").performance
    published = table[
        (table.model == "made_up_2020@published")
        & (table.reference == "")
        & (table.metric == "brier")
        & (table.site == "stacked")
    ]
    assert (published["status"] == "ok").all()


def test_a_study_may_take_other_measures_than_the_usual(tmp_path):
    text = STUDY.replace("horizons_days = [90, 365]", 'horizons_days = [90]\nmetrics = ["auc_binary"]')
    result = Study.read(write_study(tmp_path, text=text)).run(tmp_path / "out")
    assert set(result.performance["metric"]) == {"auc_binary"}
    page = result.folder.report.read_text(encoding="utf-8")
    assert "the study does not take the measure observed_expected" in page
    assert "AUC (known status)" in page


def test_measures_of_whole_curves_and_the_curve_of_pseudo_values(tmp_path):
    metrics = [key for key, m in METRICS.items() if m.needs == "curve"]
    text = STUDY.replace(
        "horizons_days = [90, 365]",
        f'horizons_days = [90, 365]\ncalibration_curve = "pseudo"\nmetrics = {json.dumps(metrics)}',
    )
    result = Study.read(write_study(tmp_path, text=text)).run(tmp_path / "out")
    own = result.performance[result.performance["reference"] == ""].set_index("model")
    assert (own.loc["cox", "status"] == "ok").all()
    assert (own.loc["tomita", "status"] == "ok").any()
    assert (own.loc["tomita@published", "status"] == "gap").all()
    # the days in between are judged and not stored
    stored = pd.read_csv(result.folder.private / "predictions.csv.gz")
    assert sorted(stored.loc[stored["model"] == "cox", "horizon_days"].unique()) == [
        28,
        30,
        42,
        90,
        180,
        365,
        730,
    ]
    smooth = pd.read_csv(result.folder.tables / "calibration.csv")
    judged = all_sites(result.population.cohort, result.predictions, result.tables)
    expected = calibration_curves(judged, [90, 365], "pseudo")[0]
    assert smooth["observed"].to_numpy() == pytest.approx(expected["observed"].to_numpy(), rel=1e-9)
    groups = pd.read_csv(result.folder.tables / "calibration_groups.csv")
    assert groups["n"].min() >= 5
    assert groups.loc[groups["model"] == "cox", "note"].str.contains("chi-squared").all()


def test_an_unknown_calibration_curve_is_refused(tmp_path):
    text = STUDY.replace("horizons_days = [90, 365]", 'calibration_curve = "hare"')
    with pytest.raises(InputError, match=r"calibration_curve.*cox, pseudo"):
        Study.read(write_study(tmp_path, text=text))
