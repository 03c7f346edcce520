"""Model files: what a study fitted is what the file predicts, in any process; files that are not what they say."""

import json
import subprocess
import sys

import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.__main__ import main
from spinesurv.errors import InputError
from spinesurv.features import ChainedImputer, Encoder
from spinesurv.models import CoxNomogram
from spinesurv.study import Study, load_model, save_model
from spinesurv.study.everybody import fit_everybody
from spinesurv.study.model_file import checksum
from spinesurv.study.predict import predict_table
from tests.cohort_factory import small_cohort
from tests.house.sources import PACKAGE
from tests.study.files import STUDY, write_study

MODELS = """
[[systems.models]]
key = "boosted"
kind = "boosted_cox"
n_rounds = 25
predictors = ["albumin", "ecog", "brain_mets", { variable = "primary_tumor", minimum_patients = 20 }]

[[systems.models]]
key = "sorg_style"
kind = "sorg_style_boosting"
n_rounds = 25
horizons_days = [90, 365]
predictors = ["albumin", "ecog", "brain_mets"]

[[systems.models]]
key = "equation"
kind = "published_equation"
equation = "ratios.toml"

[[systems.models]]
key = "aft"
kind = "parametric"
distribution = "log_logistic"
predictors = [{ variable = "albumin", knots = 3 }, "ecog", "brain_mets"]

[[systems.models]]
key = "points"
kind = "sorg_style_classic"
predictors = ["albumin", "ecog_effective", "brain_mets", "primary_tumor"]
"""
EQUATION = """
name = "ratios"
label = "Ratios"
citation = "nobody"
status = "ready"
population = "nobody"
decimals = 2
[[term]]
key = "albumin"
label = "Albumin"
input = "albumin"
per = 1
ratio = 0.55
[[term]]
key = "ecog"
label = "ECOG 3 or 4"
input = "ecog_effective"
levels = [ { at_least = 3, ratio = 2.0 }, { ratio = 1.0 } ]
[[term]]
key = "brain"
label = "Brain"
any_yes = ["brain_mets"]
ratio = 1.65
"""
KEYS = ("tomita", "cox", "boosted", "sorg_style", "equation", "aft", "points")
DAYS = [90.0, 365.0]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "ratios.toml").write_text(EQUATION, encoding="utf-8")
    study = Study.read(write_study(folder, text=STUDY + MODELS))
    result = study.run(folder / "out")
    return folder, study, result


def file_of(ran, key: str):
    return ran[0] / "out" / "models" / f"{key}.json"


def test_every_system_that_learns_has_a_file(ran):
    table = pd.read_csv(ran[0] / "out" / "tables" / "model_files.csv", keep_default_na=False)
    assert list(table["model"]) == list(KEYS)
    assert (table["status"] == "ok").all()
    assert [f"models/{key}.json" for key in KEYS] == list(table["file"])
    manifest = json.loads((ran[0] / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert {f"models/{key}.json" for key in KEYS} <= set(manifest["files"])


@pytest.mark.parametrize("key", KEYS)
def test_the_file_predicts_what_the_study_fitted(ran, key):
    _, study, result = ran
    cohort = result.population.cohort
    everybody = fit_everybody(study.systems, cohort, imputations=0, seed=study.file.study.seed)
    ours = everybody.fitted[key].predict(cohort.patients, times_days=DAYS)
    kept = load_model(file_of(ran, key))
    theirs = kept.predict(cohort.patients, times_days=DAYS)
    rows = np.ones(len(cohort), dtype=bool)
    if key == "tomita":  # totals of one to four training patients are not kept
        total = kept.first.transform(cohort.patients)["total"].to_numpy()
        rows = np.isin(total, kept.last.levels_) | np.isnan(total)
        assert rows.mean() > 0.9
    # plain arithmetic is the same to the last digits; trees round to single precision
    near = 1e-9 if key in ("boosted", "sorg_style") else 1e-12
    np.testing.assert_allclose(theirs.survival[rows], ours.survival[rows], rtol=0, atol=near)
    np.testing.assert_allclose(theirs.marker, ours.marker, rtol=0, atol=1e-9)
    for name in ("low", "high"):  # intervals, where the model has them
        if getattr(ours, name) is not None:
            np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), rtol=0, atol=1e-9)
    assert (ours.low is not None) == (key == "cox")
    assert list(theirs.reason) == list(ours.reason)
    if ours.low is not None:  # a Cox model knows its intervals
        assert key == "cox"
        np.testing.assert_allclose(theirs.low, ours.low, rtol=0, atol=1e-9)
        np.testing.assert_allclose(theirs.high, ours.high, rtol=0, atol=1e-9)


def test_another_process_predicts_the_same(ran, tmp_path):
    key = "sorg_style"
    folder, study, result = ran
    out = tmp_path / "predicted.csv"
    command = [sys.executable, "-m", "spinesurv", "predict", file_of(ran, key), folder / "cohort.csv"]
    subprocess.run([*map(str, command), "--horizons", "90,365", "--out", str(out)], check=True)
    table = pd.read_csv(out, dtype={"patient_id": str})
    recorded = pd.read_csv(folder / "cohort.csv", dtype={"patient_id": str})
    assert list(table["patient_id"]) == list(recorded["patient_id"])
    cohort = result.population.cohort
    fitted = fit_everybody(study.systems, cohort, imputations=0, seed=study.file.study.seed).fitted[key]
    ours = fitted.predict(cohort.patients, times_days=DAYS)
    np.testing.assert_allclose(table[["survival_90", "survival_365"]], ours.survival, rtol=0, atol=1e-9)


@pytest.mark.parametrize("key", KEYS)
def test_the_file_keeps_its_schema_and_tells_what_it_is(ran, key):
    content = json.loads(file_of(ran, key).read_text(encoding="utf-8"))
    schema = json.loads((PACKAGE / "study" / "model_file.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(content)
    assert content["checksum"] == checksum(content)
    assert "not a medical device" in content["card"]["research_use"].lower()
    assert content["imputer"]["held"] is False
    assert content["versions"]["spinesurv"]
    assert content["training"]["sites"] == {
        "a": content["training"]["sites"]["a"],
        **content["training"]["sites"],
    }
    assert not {"time_days", "event", "patient_id"} & set(json.dumps(content["model"]).split('"'))


def test_no_day_of_a_file_is_there_because_somebody_died_on_it(ran):
    times = set(ran[2].population.cohort.outcome.time_days)
    for key in KEYS:
        days = load_model(file_of(ran, key)).days
        assert all(day % 30 == 0 or day in (28, 42, 365, 730) for day in days)
        assert max(days) < max(times)


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda t: t[: len(t) // 2], "this is not JSON"),
        (lambda t: "survival,hazard\n1,2\n", "this is not JSON"),
        (lambda t: '{"learner": {}, "version": [3, 2, 0]}', "no model file of spinesurv"),
        (lambda t: "[1, 2]", "no model file of spinesurv"),
        (lambda t: changed(t, '"spinesurv model"', '"other model"'), "no model file of spinesurv"),
        (
            lambda t: changed(t, '"schema_version": 1', '"schema_version": 2'),
            "reads up to 1. Update spinesurv",
        ),
        (lambda t: changed(t, '"schema_version": 1', '"schema_version": "1"'), "schema_version"),
        (lambda t: changed(t, '"penalty":0.0', '"penalty":0.5'), "does not match its checksum"),
        (lambda t: changed(t, '"events":', '"n_events":'), "does not match its checksum"),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(ran, tmp_path, capsys, edit, words):
    file = tmp_path / "edited.json"
    file.write_text(edit(file_of(ran, "cox").read_text(encoding="utf-8")), encoding="utf-8")
    words_typed = ["predict", str(file), str(ran[0] / "cohort.csv"), "--out", str(tmp_path / "p.csv")]
    assert main(words_typed) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "p.csv").exists()


def test_a_file_with_a_right_checksum_and_a_part_missing_is_refused(ran, tmp_path):
    content = json.loads(file_of(ran, "cox").read_text(encoding="utf-8"))
    del content["model"]["coef"]
    content["checksum"] = checksum(content)
    (tmp_path / "m.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="a part of it is missing"):
        load_model(tmp_path / "m.json")
    with pytest.raises(InputError, match="no such file"):
        load_model(tmp_path / "none.json")


def test_days_and_rules_that_are_not_there(ran, tmp_path, capsys):
    table = str(ran[0] / "cohort.csv")
    words = ["predict", str(file_of(ran, "cox")), table, "--out", str(tmp_path / "p.csv")]
    assert main([*words, "--horizons", "91"]) == 1
    assert "no survival for day 91. Days that it has: 28, 30, 42" in capsys.readouterr().err
    (tmp_path / "other.csv").write_text("site,patient_id,age\na,1,60\n", encoding="utf-8")
    assert main(["predict", str(file_of(ran, "cox")), str(tmp_path / "other.csv"), *words[3:]]) == 1
    assert "none of its inputs (albumin, ecog, brain_mets)" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        main([*words, "--horizons", "soon"])
    assert end.value.code == 2


def test_values_outside_the_training_range_are_named_or_trimmed(ran):
    kept = load_model(file_of(ran, "cox"))
    low, high = kept.ranges["albumin"]
    patients = small_cohort(3).patients.assign(albumin=[low - 0.5, high + 0.5, 3.6], ecog=2, brain_mets="no")
    flagged = predict_table(kept, patients)
    trimmed = predict_table(kept, patients, outside="trim")
    ends = predict_table(kept, patients.assign(albumin=[low, high, 3.6]))
    assert list(flagged["outside"]) == ["albumin below", "albumin above", ""]
    assert list(flagged["trimmed"]) == ["no", "no", ""]
    assert list(trimmed["trimmed"]) == ["yes", "yes", ""]
    survival = [c for c in flagged if c.startswith("survival_")]
    np.testing.assert_array_equal(trimmed[survival], ends[survival])
    assert (flagged.loc[:1, survival] != trimmed.loc[:1, survival]).all().all()


def test_missing_inputs_give_a_range_and_the_input_that_matters_most(ran):
    kept = load_model(file_of(ran, "cox"))
    patients = small_cohort(2).patients.assign(albumin=[np.nan, 3.6], ecog=[np.nan, 2], brain_mets="no")
    table = predict_table(kept, patients, horizons_days=[90])
    assert list(table["missing"]) == ["albumin, ecog", ""]
    assert table["survival_90"].isna().tolist() == [True, False]
    assert table.loc[0, "risk_lowest_90"] < table.loc[0, "risk_highest_90"]
    assert table.loc[1, "risk_lowest_90"] == pytest.approx(1 - table.loc[1, "survival_90"], abs=1e-12)
    assert table.loc[0, "most_informative"] in ("albumin", "ecog")
    score = predict_table(
        load_model(file_of(ran, "tomita")), patients.assign(primary_tumor=None), horizons_days=[90]
    )
    assert (score["risk_lowest_90"] <= score["risk_highest_90"]).all()
    assert (score["most_informative"] == "primary_tumor").all()


def test_the_range_of_an_equation_by_hand(ran):
    """The log hazard moves by ln 2 where the ECOG is open, and by ln 0.55 per g/dL over the training range of albumin."""
    kept = load_model(file_of(ran, "equation"))
    patients = small_cohort(3).patients.assign(
        albumin=[3.6, 3.6, np.nan], ecog=[2, None, 4], brain_mets="no", kps=np.nan
    )
    table = predict_table(kept, patients, horizons_days=[90])
    hazard = -np.log(1 - table[["risk_lowest_90", "risk_highest_90"]].to_numpy())
    assert hazard[0, 0] == pytest.approx(hazard[0, 1], rel=1e-12)
    np.testing.assert_allclose(hazard[1], hazard[0] * [1, 2], rtol=1e-9)
    low, high = kept.ranges["albumin"]
    ends = 2 * np.exp(np.log(0.55) * (np.array([high, low]) - 3.6))
    np.testing.assert_allclose(hazard[2], hazard[0] * ends, rtol=1e-9)
    assert list(table["missing"]) == ["", "ecog_effective", "albumin"]
    assert list(table["most_informative"]) == ["", "ecog_effective", "albumin"]


@pytest.mark.parametrize("key", ["aft", "points"])
def test_the_range_over_missing_inputs_is_that_over_all_their_values(ran, key):
    kept = load_model(file_of(ran, key))
    patients = small_cohort(1).patients.assign(albumin=3.1, ecog=np.nan, brain_mets=None, kps=np.nan)
    table = predict_table(kept, patients, horizons_days=[90])
    every = pd.concat([patients] * 10).assign(ecog=[*range(5)] * 2, brain_mets=["yes"] * 5 + ["no"] * 5)
    every.index = small_cohort(10).patients.index
    risk = 1 - kept.predict(every, times_days=[90]).survival[:, 0]
    assert table.loc[0, "risk_lowest_90"] == pytest.approx(risk.min(), abs=1e-12)
    assert table.loc[0, "risk_highest_90"] == pytest.approx(risk.max(), abs=1e-12)
    spread = np.ptp(risk.reshape(2, 5), axis=1).max(), np.ptp(risk.reshape(2, 5), axis=0).max()
    assert (table.loc[0, "most_informative"] == "brain_mets") == (spread[1] > spread[0])
    assert table.loc[0, "missing"] == ("ecog, brain_mets" if key == "aft" else "ecog_effective, brain_mets")
    low, _ = kept.ranges["albumin"]
    outside = patients.assign(albumin=low - 0.5, ecog=2, brain_mets="no")
    trimmed = predict_table(kept, outside, horizons_days=[90], outside="trim")
    at_end = predict_table(kept, outside.assign(albumin=low), horizons_days=[90])
    assert trimmed.loc[0, ["outside", "trimmed"]].tolist() == ["albumin below", "yes"]
    assert trimmed.loc[0, "survival_90"] == at_end.loc[0, "survival_90"]


@pytest.fixture(scope="module")
def with_imputer(tmp_path_factory):
    """A Cox model of 400 patients whose file holds the equations for its three inputs."""
    cohort = small_cohort(400, missing=0.15)
    inputs = ["albumin", "ecog", "brain_mets"]
    fitted = make_pipeline(Encoder([{"variable": "albumin", "knots": 3}, *inputs[1:]]), CoxNomogram())
    fitted.fit(cohort.patients, cohort.outcome)
    imputer = ChainedImputer(inputs, method="draw", sweeps=3).fit(cohort.patients)
    path = tmp_path_factory.mktemp("imputer") / "m.json"
    return cohort, imputer, save_model(fitted, path, cohort=cohort, imputer=imputer)


def test_gaps_are_filled_where_the_file_holds_an_imputer(with_imputer):
    cohort, imputer, file = with_imputer
    kept = load_model(file)
    table = predict_table(kept, cohort.patients, horizons_days=[90], impute=5)
    plain = predict_table(kept, cohort.patients, horizons_days=[90])
    gaps = (plain["missing"] != "").to_numpy()
    assert 0 < gaps.sum() < len(gaps)
    assert table["survival_90"].notna().all() and (table["reason"] == "").all()
    assert ((table["imputed"] == "yes") == gaps).all()
    pd.testing.assert_series_equal(table["survival_90"][~gaps], plain["survival_90"][~gaps])
    # a mean over what is possible lies in the range of what is possible; albumin is drawn within its percentiles
    risk = 1 - table["survival_90"][gaps]
    assert (risk >= table["risk_lowest_90"][gaps] - 1e-9).all()
    assert (risk <= table["risk_highest_90"][gaps] + 1e-9).all()
    assert table["low_90"][gaps].isna().all() and table["low_90"][~gaps].notna().all()
    # the same equations as in memory, but for draws beyond the percentiles
    drawn, ours = kept.imputer.draw(cohort.patients, 3), imputer.draw(cohort.patients, 1, 3)
    inside = ours["albumin"].clip(*kept.ranges["albumin"])
    expected = ours["albumin"].where(cohort.patients["albumin"].notna(), inside)
    np.testing.assert_allclose(drawn["albumin"], expected, atol=1e-9)
    assert (drawn["brain_mets"] == ours["brain_mets"]).mean() > 0.99


def test_a_kept_imputer_holds_no_patient(with_imputer):
    cohort, _, file = with_imputer
    content = json.loads(file.read_text(encoding="utf-8"))
    schema = json.loads((PACKAGE / "study" / "model_file.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(content)
    held = {round(v, 9) for v in numbers_in(content["imputer"])}
    assert len(held) > 20
    assert held & {round(v, 9) for v in cohort.patients["albumin"].dropna()} == set()


def numbers_in(value) -> list[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [n for part in value for n in numbers_in(part)]
    return [value] if isinstance(value, float) else []


def test_imputers_that_cannot_be_kept(with_imputer, tmp_path, ran):
    cohort, _, _ = with_imputer
    fitted = make_pipeline(Encoder(["ecog"]), CoxNomogram()).fit(cohort.patients, cohort.outcome)
    for imputer in (
        ChainedImputer(["ecog"]).fit(cohort.patients),
        ChainedImputer(["ecog"], method="draw").fit(cohort.patients, cohort.outcome),
    ):
        with pytest.raises(InputError, match="Donors are values of patients"):
            save_model(fitted, tmp_path / "x.json", cohort=cohort, imputer=imputer)
    with pytest.raises(InputError, match="its file holds no imputer"):
        predict_table(load_model(file_of(ran, "cox")), cohort.patients, impute=1)


def test_donors_are_kept_in_private_alone(with_imputer, tmp_path):
    """They draw bit by bit what the imputer draws, and the file says that they are patients."""
    cohort, _, _ = with_imputer
    fitted = make_pipeline(Encoder(["albumin", "ecog"]), CoxNomogram()).fit(cohort.patients, cohort.outcome)
    imputer = ChainedImputer(["albumin", "ecog", "brain_mets", "primary_tumor"], sweeps=3).fit(
        cohort.patients
    )
    keep = {"cohort": cohort, "imputer": imputer, "private": True}
    with pytest.raises(InputError, match=r"folder is not named private\. Write it to private/m\.json"):
        save_model(fitted, tmp_path / "m.json", **keep)
    assert list(tmp_path.iterdir()) == []
    kept = load_model(save_model(fitted, tmp_path / "private" / "m.json", **keep))
    assert (tmp_path / "private" / ".gitignore").read_text(encoding="utf-8") == "*\n"
    for seed in (1, 7):
        pd.testing.assert_frame_equal(
            kept.imputer.draw(cohort.patients, seed), imputer.draw(cohort.patients, 1, seed)
        )
    assert kept.private and kept.card["privacy"].startswith("PRIVATE")
    schema = json.loads((PACKAGE / "study" / "model_file.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(kept.content)
    held = {round(v, 9) for v in numbers_in(kept.content["imputer"])}
    assert len(held & {round(v, 9) for v in cohort.patients["albumin"].dropna()}) > 100  # so it is flagged


def test_save_and_load_at_the_front(tmp_path):
    cohort = small_cohort(150)
    fitted = make_pipeline(Encoder(["ecog", "albumin"]), CoxNomogram(stratify_by="site")).fit(
        cohort.patients, cohort.outcome
    )
    kept = load_model(save_model(fitted, tmp_path / "m.json", cohort=cohort, key="mine"))
    ours = fitted.predict(cohort.patients, times_days=[90.0])
    np.testing.assert_array_equal(kept.predict(cohort.patients, times_days=[90.0]).survival, ours.survival)
    with pytest.raises(InputError, match="cannot be saved"):
        save_model(
            make_pipeline(Encoder(["ecog"]), _Other()).fit(cohort.patients), tmp_path / "x", cohort=cohort
        )


class _Other:
    def fit(self, patients, outcome=None):
        self.learned_ = True
        return self
