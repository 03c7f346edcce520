"""Two estimands of imputed patients: as a new patient would be completed, and as if nothing had been missing."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

from spinesurv import Study
from spinesurv.__main__ import main
from spinesurv.errors import InputError
from spinesurv.evaluation import DESIGNS
from spinesurv.models import Nomogram, nomogram_tables
from spinesurv.study import load_model
from spinesurv.study.everybody import fit_everybody
from spinesurv.study.imputed import completed_tables
from spinesurv.study.progress import Progress
from tests.cohort_factory import small_cohort
from tests.house.sources import PACKAGE
from tests.study.files import STUDY, write_study

NUMBERS = {"deployment": range(1, 3), "full_information": range(3, 5)}
VARIABLES = ["albumin", "ecog", "brain_mets", "primary_tumor"]


@pytest.fixture(scope="module")
def cohort():
    return small_cohort(300, missing=0.2)


def tables(cohort, numbers=NUMBERS):
    splits = DESIGNS["internal_external"](cohort, folds=5, seed=1, cutoff_year=0)
    made = completed_tables(
        cohort, splits, VARIABLES, numbers, seed=1, n_workers=1, bar=Progress(shown=False)
    )
    return splits, made


def changed(cohort, rows, column, value):
    """The cohort with another value of a column in these patients."""
    patients = cohort.patients.copy()
    patients.iloc[rows, patients.columns.get_loc(column)] = value
    return type(cohort)(patients, outcome=cohort.outcome, time_zero=cohort.time_zero)


def test_training_patients_are_completed_alike(cohort):
    splits, made = tables(cohort)
    for split in splits:
        train = split.train
        pd.testing.assert_frame_equal(made(1)(split).iloc[train], made(3)(split).iloc[train])


def test_only_full_information_depends_on_the_outcome_of_the_judged(cohort):
    splits, made = tables(cohort)
    split = splits[0]
    event = cohort.known_outcome.event.copy()
    event[split.test] = ~event[split.test].astype(bool)
    other = type(cohort)(
        cohort.patients,
        outcome=type(cohort.outcome)(cohort.known_outcome.time_days, event),
        time_zero=cohort.time_zero,
    )
    again = tables(other)[1]
    for k, same in ((1, True), (2, True), (3, False), (4, False)):
        assert made(k)(split).iloc[split.test].equals(again(k)(split).iloc[split.test]) == same


def test_full_information_learns_nothing_from_training_patients(cohort):
    splits, made = tables(cohort)
    split = splits[0]
    again = tables(changed(cohort, split.train, "albumin", 2.0))[1]
    for k, same in ((1, False), (3, True)):
        assert made(k)(split).iloc[split.test].equals(again(k)(split).iloc[split.test]) == same


def test_what_a_site_never_recorded_stays_a_gap_in_full_information(cohort):
    splits, _ = tables(cohort)
    split = splits[0]
    blank = changed(cohort, split.test, "albumin", np.nan)
    made = tables(blank)[1]
    assert made(1)(split)["albumin"].iloc[split.test].notna().all()
    assert made(3)(split)["albumin"].iloc[split.test].isna().all()
    assert made(3)(split)["ecog"].iloc[split.test].notna().all()


BOTH = (
    STUDY
    + '\n[missing]\nimputation = "chained"\nimputations = 2\nestimands = ["deployment", "full_information"]\n'
)


@pytest.fixture(scope="module")
def result(tmp_path_factory, cohort):
    folder = tmp_path_factory.mktemp("estimands")
    return Study.read(write_study(folder, text=BOTH, cohort=cohort)).run(folder / "results", private=True)


def test_every_table_names_the_estimand(result):
    populations = result.performance[["population", "missing"]].drop_duplicates()
    assert populations.to_numpy().tolist() == [
        ["imputed", "deployment"],
        ["imputed_full_information", "full_information"],
        ["complete", "pairwise"],
    ]
    predictions = pd.read_csv(result.folder.private / "predictions.csv.gz", keep_default_na=False)
    found = predictions.groupby("missing")["imputation"].unique()
    assert {name: sorted(k) for name, k in found.items()} == {
        "": [0],
        "deployment": [1, 2],
        "full_information": [1, 2],
    }


def test_the_report_speaks_of_deployment_first_and_shows_both(result):
    page = result.report.read_text(encoding="utf-8")
    first, second = (page.index(words) for words in ("as for a new patient", "from their own site"))
    assert first < second


def test_values_differ_and_predictions_are_those_of_deployment(result):
    rows = result.performance
    rows = rows[(rows.metric == "harrell_c") & (rows.site == "stacked") & (rows.model == "cox")]
    rows = rows[rows.reference == ""].set_index("missing")["value"]
    assert rows["deployment"] != rows["full_information"]
    one = BOTH.replace('["deployment", "full_information"]', '["deployment"]')
    folder = result.folder.root.parent / "one"
    alone = Study.read(write_study(folder, text=one, cohort=result.population.cohort)).run(folder / "results")
    np.testing.assert_array_equal(alone.predictions["cox"].survival, result.predictions["cox"].survival)


def test_unknown_estimands_are_refused(tmp_path):
    for written, words in (
        ('["ideal"]', "deployment"),
        ("[]", "one or more"),
        ('["deployment", "deployment"]', "each once"),
    ):
        text = BOTH.replace('["deployment", "full_information"]', written)
        with pytest.raises(InputError, match=words):
            Study.read(write_study(tmp_path / "x", text=text))


def test_how_gaps_were_filled_is_shown(result):
    equations = pd.read_csv(result.folder.tables / "imputation.csv", keep_default_na=False)
    assert {"albumin", "ecog", "brain_mets"} <= set(equations["variable"])
    assert {"imputation_trace", "imputation_values"} <= set(result.figures)
    assert result.figure("imputation_trace").table["imputation"].nunique() == 3
    page = result.report.read_text(encoding="utf-8")
    assert "How gaps were filled" in page and "predictive mean matching" in page


def test_hazard_ratios_are_pooled_over_completed_tables(result):
    found = pd.read_csv(result.folder.tables / "coefficients.csv", keep_default_na=False)
    pooled = found[found["population"] == "imputed"]
    assert set(pooled["variable"]) == {"albumin", "ecog", "brain_mets"}
    assert (pooled["tables"].astype(float) == 3).all()
    assert pooled["fraction_missing"].astype(float).between(0.01, 0.9).all()
    complete = found[found["population"] == "complete"]
    patients = result.population.cohort.patients[["albumin", "ecog", "brain_mets"]]
    assert (complete["n"].astype(float) == patients.notna().all(axis=1).sum()).all()
    assert (pooled["n"].astype(float) == len(patients)).all()
    assert (complete["fraction_missing"] == "").all()
    page = result.report.read_text(encoding="utf-8")
    assert "Missing information (%)" in page


def everybody_of(result):
    study = Study.read(result.folder.root.parent / "study.toml")
    return fit_everybody(study.systems, result.population.cohort, imputations=2, seed=study.file.study.seed)


def test_nomogram_and_model_file_are_pooled_over_completed_tables(result):
    everybody = everybody_of(result)
    model = everybody.kept["cox"]
    coefficients = pd.read_csv(result.folder.tables / "coefficients.csv")
    pooled = coefficients[coefficients["population"] == "imputed"]
    np.testing.assert_allclose(model[-1].coef_, pooled["log_hazard_ratio"], rtol=1e-10)
    np.testing.assert_allclose(model[-1].std_error_, pooled["std_error"], rtol=1e-10)
    kept = load_model(result.folder.models / "cox.json")
    table = everybody.imputation.completed[1]
    ours, theirs = (one.predict(table, times_days=[90.0, 365.0]) for one in (model, kept))
    for name in ("survival", "low", "high", "marker"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), rtol=0, atol=1e-9)
    points = pd.read_csv(result.folder.figures / "nomogram_cox_points.csv")["points"]
    np.testing.assert_allclose(points, nomogram_tables(model).points["points"], atol=1e-9)
    # read through its points the pooled model gives its own survival
    nomogram = Nomogram(model)
    read = nomogram.survival(nomogram.points(table)["total_points"].to_numpy(), times_days=[90.0, 365.0])
    np.testing.assert_allclose(read, ours.survival, rtol=0, atol=1e-9)


def test_the_card_names_tables_estimand_and_missing_information(result):
    kept = load_model(result.folder.models / "cox.json")
    how = kept.content["training"]["imputation"]
    coefficients = pd.read_csv(result.folder.tables / "coefficients.csv")
    pooled = coefficients[coefficients["population"] == "imputed"]
    np.testing.assert_allclose(how["fraction_missing"], pooled["fraction_missing"], rtol=1e-10)
    largest = f"largest {pooled['fraction_missing'].max():.2f}"
    told = kept.card["population"]
    assert all(word in told for word in ("3 completed tables", "deployment", "Rubin's rules", largest))
    files = pd.read_csv(result.folder.tables / "model_files.csv").set_index("model")
    assert files["tables"].to_dict() == {"tomita": 3, "cox": 3}
    assert 0 < files.loc["cox", "mean_difference"] < files.loc["cox", "largest_difference"] < 0.05
    page = result.report.read_text(encoding="utf-8")
    assert f"{files.loc['cox', 'mean_difference']:.4f} on average" in page
    content = json.loads((result.folder.models / "cox.json").read_text(encoding="utf-8"))
    schema = json.loads((PACKAGE / "study" / "model_file.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(content)


def test_donors_are_kept_where_they_were_asked_for_and_nowhere_else(result, tmp_path, capsys):
    private = result.folder.private / "models"
    assert [file.name for file in private.iterdir()] == ["cox.json"]  # a score needs no imputer
    kept, plain = load_model(private / "cox.json"), load_model(result.folder.models / "cox.json")
    assert kept.private and not plain.private
    assert {k: v for k, v in kept.content.items() if k not in ("imputer", "card", "checksum")} == {
        k: v for k, v in plain.content.items() if k not in ("imputer", "card", "checksum")
    }
    recorded = set(result.population.cohort.patients["albumin"].dropna().round(9))
    drawn = kept.imputer.draw(result.population.cohort.patients, 1)["albumin"]
    assert set(drawn.round(9)) == recorded  # every value is that of a donor
    manifest = (result.folder.root / "manifest.json").read_text(encoding="utf-8")
    assert "private" not in manifest
    table = result.folder.root.parent / "cohort.csv"
    words = [
        "predict",
        str(private / "cox.json"),
        str(table),
        "--impute",
        "2",
        "--out",
        str(tmp_path / "p.csv"),
    ]
    assert main(words) == 0
    assert "the model file is private" in capsys.readouterr().out


def test_who_was_scored_with_gaps_filled_stands_beside_who_had_every_input(result):
    scored = pd.read_csv(result.folder.tables / "scored.csv", keep_default_na=False)
    everybody = scored[scored["site"] == "all"].set_index("model")
    for model in ("tomita", "cox"):
        row = everybody.loc[model]
        n, predicted, recorded, settled, imputed = (
            int(row[c]) for c in ("n", "predicted", "recorded", "settled", "imputed")
        )
        assert imputed == n > predicted == recorded + settled
    assert "What the scored patients rest on" in result.report.read_text(encoding="utf-8")
