"""The R script beside every result. R is not needed here: its text is checked, and the same steps are done in plain NumPy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.__main__ import main
from spinesurv.core.tables import PERFORMANCE_COLUMNS, PREDICTION_COLUMNS
from spinesurv.metrics import METRICS
from spinesurv.report import R_CHECK, r_check
from tests.cohort_factory import small_cohort
from tests.paths import ROOT
from tests.study.files import STUDY, write_study

EXAMPLES = ROOT / "data" / "examples"
SCRIPTS = {R_CHECK: r_check(), "write_predictions.R": (EXAMPLES / "write_predictions.R").read_text("utf-8")}
MEASURES = ["harrell_c", "uno_c", "auc", "brier", "ipa", "observed_expected"]
WEIGHTED = ["uno_c", "auc", "brier", "ipa"]


def bare(text: str) -> str:
    """Code without texts in quotes and without comments."""
    return re.sub(r"#.*", "", re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text))


@pytest.mark.parametrize("name", SCRIPTS)
def test_brackets_and_quotes_close(name):
    open_ones, pairs = [], {")": "(", "]": "[", "}": "{"}
    code = bare(SCRIPTS[name])
    assert code.count('"') % 2 == 0
    assert "'" not in code
    for sign in code:
        if sign in "([{":
            open_ones.append(sign)
        elif sign in pairs:
            assert open_ones
            assert open_ones.pop() == pairs[sign]
    assert open_ones == []
    assert SCRIPTS[name].isascii()


@pytest.mark.parametrize("name", SCRIPTS)
def test_packages_are_those_that_the_text_names(name):
    used = set(re.findall(r"library\((\w+)\)", SCRIPTS[name]))
    assert used == ({"survival", "riskRegression"} if name == R_CHECK else {"survival"})


def test_measures_and_columns_are_ours():
    text = r_check()
    listed = re.search(r"measures <- c\((.+?)\)", text)[1]
    assert re.findall(r'"(\w+)"', listed) == MEASURES
    assert set(MEASURES) < set(METRICS)
    assert re.findall(r"^    (\w+) = ", text, flags=re.M) == MEASURES
    assert set(re.findall(r"performance\$(\w+)", text)) < set(PERFORMANCE_COLUMNS)
    assert set(re.findall(r"(?<!outcomes)\bours\$(\w+)", text)) - {"in_r", "difference"} < set(
        PERFORMANCE_COLUMNS
    )
    assert set(re.findall(r"predictions\$(\w+)", text)) < set(PREDICTION_COLUMNS)


def rows_of(path: Path, text: list[str]) -> pd.DataFrame:
    return pd.read_csv(path, dtype=dict.fromkeys(text, str), na_values=[""], keep_default_na=False)


def patient(rows: pd.DataFrame) -> pd.Series:
    return rows["site"] + "\r" + rows["patient_id"]


def compared(out: Path) -> pd.DataFrame:
    """The steps of the script: the same files, filters and joins; measures as in R, by their definitions."""
    outcomes = rows_of(out / "private" / "outcomes.csv", ["site", "patient_id"])
    predictions = rows_of(out / "private" / "predictions.csv.gz", ["site", "patient_id", "model"])
    performance = rows_of(out / "tables" / "performance.csv", ["site", "model", "reference"])
    assert "entry_days" not in outcomes
    predictions = predictions[predictions["imputation"] == 0]
    if (performance["missing"] == "common").any():
        asked = predictions[predictions["horizon_days"].isin(performance["horizon_days"])]
        gone = patient(asked[asked["survival"].isna()])
        predictions = predictions[~patient(predictions).isin(gone)]
    sites = outcomes["site"].unique()
    if not performance["site"].isin(sites).any():  # one site
        performance.loc[performance["site"] == "stacked", "site"] = sites[0]
    ours = performance[
        (performance["population"] == "complete")
        & performance["reference"].isna()
        & (performance["status"] != "gap")
        & performance["metric"].isin(MEASURES)
        & performance["site"].isin(sites)
    ].copy()
    again = []
    for row in ours.itertuples():
        mine = predictions[(predictions["site"] == row.site) & (predictions["model"] == row.model)]
        if np.isnan(row.horizon_days):
            mine = mine.drop_duplicates("patient_id")
        else:
            mine = mine[mine["horizon_days"] == row.horizon_days]
        joined = outcomes.merge(mine[["site", "patient_id", "survival", "marker"]], on=["site", "patient_id"])
        again.append(by_definition(row.metric, joined, row.horizon_days))
    return ours.assign(again=again)


def by_definition(metric: str, d: pd.DataFrame, day: float) -> float:
    """survival::concordance, riskRegression::Score and survival::survfit, each pair and patient by itself."""
    rank_by = 1 - d["survival"] if d["marker"].isna().all() else d["marker"]
    ranking = metric in ("harrell_c", "uno_c", "auc")
    kept = (rank_by if ranking else d["survival"]).notna()
    time, died, rank_by, risk = (
        x[kept].to_numpy(dtype=float) for x in (d["time_days"], d["event"], rank_by, 1 - d["survival"])
    )
    if metric in ("harrell_c", "uno_c"):
        latest = np.inf if metric == "harrell_c" else day
        weight = np.where(died == 1, 1.0, 0.0) * (time <= latest)
        if metric == "uno_c":
            weight = weight / observed_before(time, died, time) ** 2
        later = (time[None, :] > time[:, None]) | ((time[None, :] == time[:, None]) & (died[None, :] == 0))
        np.fill_diagonal(later, val=False)
        return pair_mean(weight[:, None] * later, rank_by)
    dead, alive = (died == 1) & (time <= day), time > day
    weight = np.where(dead, 1 / observed_before(time, died, time), 0.0)
    if metric == "auc":
        return pair_mean(weight[:, None] * alive[None, :], rank_by)
    at_day = observed_before(time, died, np.array([np.nextafter(day, np.inf)]))[0]
    expected = 1 - np.prod([1 - died[time == t].sum() / (time >= t).sum() for t in np.unique(time[dead])])
    if metric == "observed_expected":
        return expected / risk.mean()
    brier, null = (
        np.mean(weight * (1 - p) ** 2 + alive / at_day * p**2) for p in (risk, np.full(len(risk), expected))
    )
    return brier if metric == "brier" else 1 - brier / null


def pair_mean(weight: np.ndarray, rank_by: np.ndarray) -> float:
    concordant = (rank_by[:, None] > rank_by[None, :]) + 0.5 * (rank_by[:, None] == rank_by[None, :])
    return float((weight * concordant).sum() / weight.sum())


def observed_before(time: np.ndarray, died: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Chance of still being observed just before each day; on one day deaths leave before censorings."""
    out = np.ones(len(at))
    for t in np.unique(time[died == 0]):
        there = (time > t) | ((time == t) & (died == 0))
        out[at > t] *= 1 - ((time == t) & (died == 0)).sum() / there.sum()
    return out


def assert_same(table: pd.DataFrame) -> None:
    # 12 digits of performance.csv, 12 of the stored predictions
    assert len(table)
    assert table["again"].to_numpy() == pytest.approx(table["value"].to_numpy(), rel=1e-9)


def test_predictions_of_others_by_the_same_steps(tmp_path):
    """Without sites; the second model misses patients, so that weights for censoring are those of other patients."""
    table = pd.read_csv(EXAMPLES / "predictions_wide.csv", dtype={"patient_id": str}).dropna(subset="cox@90")
    table.drop(columns=["site", "tokuhashi@365"]).to_csv(tmp_path / "p.csv", index=False)
    words = ["--horizons", "90,365", "--metrics", ",".join(MEASURES), "--out", str(tmp_path / "out")]
    assert main(["evaluate", str(tmp_path / "p.csv"), *words]) == 0
    found = compared(tmp_path / "out")
    assert (tmp_path / "out" / R_CHECK).read_text(encoding="utf-8") == r_check()
    cox = found["model"] == "cox"
    assert len(found) == (1 + 2 * 5) + 5  # the second model has one day and no marker
    assert (found.loc[cox, "n"] == len(table)).all()
    assert_same(found[cox])
    assert_same(found[~found["metric"].isin(WEIGHTED)])
    assert (found["again"] - found["value"]).abs().max() < 0.01


def test_a_study_by_the_same_steps(tmp_path):
    """Three sites, judged on the patients whom every system predicts."""
    asked = f'[evaluation]\nmissing = "common"\nmetrics = {MEASURES}\n'.replace("'", '"')
    text = STUDY.replace("[evaluation]\n", asked).replace("[systems]\n", "[systems]\npublished = false\n")
    cohort = small_cohort(240, missing=0.1)
    study = write_study(tmp_path, text=text, cohort=cohort)
    assert main(["run", str(study), "--out", str(tmp_path / "out"), "--jobs", "1"]) == 0
    found = compared(tmp_path / "out")
    assert set(found["site"]) == {"a", "b", "c"}
    assert set(found["metric"]) == set(MEASURES)
    at_site = found.groupby("site")["n"]
    assert (at_site.min() == at_site.max()).all()
    assert found.groupby("site")["n"].first().sum() < len(cohort)
    assert_same(found[~found["metric"].isin(WEIGHTED)])
    assert (found["again"] - found["value"]).abs().max() < 0.05
