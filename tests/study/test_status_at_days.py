"""Predictions judged on who was dead by some days, where no times are known: tables, page, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.errors import InputError
from spinesurv.study.describe import survival_by_site
from spinesurv.study.file import StudyFile, read_study
from spinesurv.study.given import judge_predictions
from spinesurv.study.population import read_population
from tests.cohorts.files import one_clear_sentence, write

N = 240


def predictions(folder: Path, **columns: object) -> Path:
    """Two sites, true risks and risks drawn to the middle; at day 365 some of the living of day 90 are not known."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=N).clip(-1.5, 1.5)
    time = rng.exponential(300 * np.exp(-x))
    table = {"patient_id": np.arange(N), "site": np.repeat(["a", "b"], N // 2)}
    for day in (90, 365):
        table[f"dead_by_{day}"] = np.where(time <= day, "yes", "no").astype(object)
    table["dead_by_365"][(rng.random(N) < 0.15) & (time > 90)] = ""
    for model, slope in (("good", 1.0), ("flat", 0.4)):
        for day in (90, 365):
            table[f"{model}@{day}"] = np.exp(-day / 300 * np.exp(slope * x)).round(4)
    path = folder / "predictions.csv"
    pd.DataFrame(table | columns).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("status")
    path = predictions(folder)
    judge_predictions(path, folder / "out", horizons_days=[90.0, 365.0], reference="good")
    return folder / "out", pd.read_csv(path)


def test_performance_weighs_those_known_for_those_lost(judged: tuple[Path, pd.DataFrame]) -> None:
    out, given = judged
    table = pd.read_csv(out / "tables" / "performance.csv")
    assert (table["status"] != "gap").mean() > 0.9
    stacked = table[(table["site"] == "stacked") & (table["model"] == "good") & table["reference"].isna()]
    at = stacked[stacked["horizon_days"] == 365].set_index("metric")
    # by site, those alive at day 90 and known at day 365 stand for all alive at day 90
    later, known = given["dead_by_90"] == "no", given["dead_by_365"].notna()
    share = known[later].groupby(given["site"]).mean()
    weight = np.where(later, known / given["site"].map(share), 1.0)
    dead, risk = (given["dead_by_365"] == "yes").astype(float), 1 - given["good@365"]
    assert at.loc["brier", "value"] == pytest.approx((weight * (dead - risk) ** 2).mean())
    assert at.loc["brier", "n"] == N
    # measures of known status say whom they leave out
    assert f"{(~known).sum()} of {N} patients are left out" in at.loc["ici_binary", "reason"]


def test_the_risk_stands_with_its_bounds(judged: tuple[Path, pd.DataFrame]) -> None:
    out, given = judged
    table = (
        pd.read_csv(out / "tables" / "status_at_days.csv")
        .set_index(["site", "horizon_days"])
        .loc[("all", 365)]
    )
    dead, unknown = (given["dead_by_365"] == "yes").sum(), given["dead_by_365"].isna().sum()
    assert (table["n"], table["dead"], table["unknown"]) == (N, dead, unknown)
    later = given[given["dead_by_90"] == "no"]
    alive = len(later) / N * (later["dead_by_365"].dropna() == "no").mean()
    assert table["risk"] == pytest.approx(1 - alive)
    assert (table["risk_if_alive"], table["risk_if_dead"]) == pytest.approx((dead / N, (dead + unknown) / N))


def test_the_page_speaks_of_days_and_of_no_curve(judged: tuple[Path, pd.DataFrame]) -> None:
    out, _ = judged
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Status by site" in page
    assert "Only who was dead by days 90 and 365 from time zero is known" in page
    assert "Median follow-up" not in page
    assert "inverse probability" not in page
    assert not (out / "figures" / "survival_curves.svg").exists()
    assert not (out / "check_in_R.R").exists()
    assert list(pd.read_csv(out / "private" / "outcomes.csv").columns) == [
        "site",
        "patient_id",
        "dead_by_90",
        "dead_by_365",
    ]


@pytest.mark.parametrize(
    ("columns", "day", "words"),
    [
        ({}, 180.0, "who was dead is known at days 90 and 365 only, not at day 180"),
        ({"dead_by_90": "maybe"}, 90.0, "240 .*are no status"),
        ({"dead_by_90": "no", "dead_by_365": "no"}, 90.0, "nobody of 240 patients died"),
        ({"dead_by_90": "yes", "dead_by_365": "no"}, 90.0, "dead by a day and alive at a later one"),
    ],
)
def test_what_cannot_be_judged_is_one_sentence(
    tmp_path: Path, columns: dict[str, str], day: float, words: str
) -> None:
    path = predictions(tmp_path, **columns)
    if day == 180.0:
        frame = pd.read_csv(path)
        frame.assign(**{"good@180": frame["good@90"]})[
            ["patient_id", "dead_by_90", "dead_by_365", "good@180"]
        ].to_csv(path, index=False)
    with pytest.raises(InputError, match=words) as error:
        judge_predictions(path, tmp_path / "out", horizons_days=[day])
    one_clear_sentence(str(error.value))


def test_a_measure_over_time_is_a_gap_with_its_reason(tmp_path: Path) -> None:
    judge_predictions(
        predictions(tmp_path), tmp_path / "out", horizons_days=[90.0], metrics=["harrell_c", "brier"]
    )
    table = pd.read_csv(tmp_path / "out" / "tables" / "performance.csv")
    gaps = table[(table["metric"] == "harrell_c") & (table["site"] == "stacked")]
    assert (gaps["status"] == "gap").all()
    assert gaps["reason"].str.contains("it needs follow-up times").all()


def study(folder: Path, *tables: str, evaluation: str = "") -> StudyFile:
    listed = ", ".join(f'"{name}"' for name in tables)
    text = f'[study]\nname = "s"\n[cohort]\ntables = [{listed}]\n[systems]\nscores = ["tomita"]\n[evaluation]\nhorizons_days = [90]\n{evaluation}'
    return read_study(write(folder, "study.toml", text))


def by_days(folder: Path, name: str, site: str, **columns: list[str]) -> None:
    table = pd.DataFrame({"patient_id": range(6), "site": site, "age": 60} | columns)
    table.to_csv(folder / name, index=False)


def test_a_study_keeps_those_who_are_not_known_and_counts_them(tmp_path: Path) -> None:
    by_days(tmp_path, "a.csv", "a", dead_by_90=["yes", "yes", "no", "no", "no", ""])
    population = read_population(study(tmp_path, "a.csv"))
    assert len(population.cohort) == 6
    assert survival_by_site(population.cohort, 730.0).empty
    assert [said for said in population.warnings if "harrell_c, ici are gaps" in said]
    steps = population.attrition.set_index("step")["n"]
    assert (steps["a.csv: status at day 90 known"], steps["a.csv: status at day 90 not known"]) == (5, 1)


def test_a_table_without_times_is_kept_apart_from_one_with_times(tmp_path: Path) -> None:
    by_days(tmp_path, "a.csv", "a", dead_by_90=["yes", "yes", "no", "no", "no", ""])
    by_days(tmp_path, "b.csv", "b", time_days=[10, 20, 200, 300, 400, 500], event=[1, 1, 1, 0, 0, 0])
    with pytest.raises(
        InputError, match=r"a.csv tells who was dead by day 90 and no times, the other tables tell times"
    ) as error:
        read_population(study(tmp_path, "a.csv", "b.csv"))
    one_clear_sentence(str(error.value))


@pytest.mark.parametrize(
    ("evaluation", "words"),
    [
        ('end_point = "instrumentation_failure"', "only the status at day 365 is known, dead or alive"),
        ("", "who was dead is known at day 365 only, not at day 90"),
    ],
)
def test_what_a_study_cannot_judge_is_one_sentence(tmp_path: Path, evaluation: str, words: str) -> None:
    by_days(tmp_path, "a.csv", "a", dead_by_365=["yes", "yes", "no", "no", "no", ""])
    with pytest.raises(InputError, match=words) as error:
        read_population(study(tmp_path, "a.csv", evaluation=evaluation))
    one_clear_sentence(str(error.value))
