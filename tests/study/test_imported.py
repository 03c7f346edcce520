"""Predictions of web calculators in a study: joined to patients, counted where they do not fit, inputs kept."""

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts import read_imported
from spinesurv.errors import InputError
from spinesurv.models import ImportedPredictions, load_equation
from spinesurv.study import Study
from tests.cohort_factory import small_cohort
from tests.study.files import STUDY, write_study

IMPORTED = """
[[systems.models]]
key = "calculator"
kind = "imported_predictions"
label = "SORG-ML, calculator"
file = "calculator.csv"
calculator = "sorg_ml"
"""


def predictions(cohort) -> pd.DataFrame:
    """Survival 0.9 and 0.6 less a little for each ECOG grade, and the albumin that was typed."""
    ecog = cohort.patients["ecog"].fillna(2).to_numpy(dtype=float)
    table = cohort.patients.index.to_frame(index=False)
    table["90"], table["365"] = 0.9 - 0.1 * ecog, 0.6 - 0.1 * ecog
    table["albumin"] = cohort.patients["albumin"].round(1).to_numpy()
    return table


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("imported")
    cohort = small_cohort(300, missing=0.05)
    table = predictions(cohort)
    table = pd.concat([table.iloc[10:], table.iloc[:2].assign(patient_id=["x1", "x2"])])
    study = write_study(folder, text=STUDY + IMPORTED, cohort=cohort)
    table.sample(frac=1.0, random_state=1).to_csv(folder / "calculator.csv", index=False)
    return folder, cohort, Study.read(study).run(folder / "out")


def test_each_patient_gets_the_row_of_the_file(ran):
    _, cohort, result = ran
    prediction = result.predictions["calculator"].join(cohort.patients.index)
    expected = predictions(cohort)[["90", "365"]].to_numpy()
    found = np.column_stack([prediction.survival_at(90), prediction.survival_at(365)])
    np.testing.assert_allclose(found[10:], expected[10:], atol=1e-12)
    assert np.isnan(found[:10]).all()
    assert set(prediction.reason[:10]) == {"not among the imported predictions"}
    # no marker in the file: the risk by its last day ranks
    np.testing.assert_allclose(prediction.marker[10:], 1 - expected[10:, 1], atol=1e-12)


def test_mismatches_are_counted_and_told(ran):
    folder, _, result = ran
    row = pd.read_csv(folder / "out" / "tables" / "imported.csv").iloc[0]
    assert (row["rows"], row["matched"]) == (292, 290)
    assert (row["rows_without_patient"], row["patients_without_row"]) == (2, 10)
    assert any("2 belong to no patient of the study; 10 patients have no row" in w for w in result.warnings)
    table = result.performance.query("model == 'calculator' and site == 'stacked' and reference == ''")
    assert (table["status"] == "ok").all() and (table["n"] == 290).all()


def test_raw_and_trimmed_inputs_stay_in_private(ran):
    folder, cohort, _ = ran
    rows = pd.read_csv(folder / "out" / "private" / "imported_calculator.csv", dtype={"patient_id": str})
    assert len(rows) == 290
    raw = cohort.patients["albumin"].to_numpy(dtype=float)[10:]
    np.testing.assert_allclose(rows["albumin_raw"], raw, rtol=1e-10)
    typed = rows["albumin_trimmed"].dropna()
    assert typed.between(2.1, 5.2).all()
    np.testing.assert_allclose((typed - 2.1) / 0.05, np.round((typed - 2.1) / 0.05), atol=1e-6)
    counts = pd.read_csv(folder / "out" / "tables" / "imported_inputs.csv").set_index("variable")
    assert len(counts) == 10
    assert counts.loc["albumin", "recorded"] == np.isfinite(raw).sum()
    outside = int(((raw < 2.1) | (raw > 5.2)).sum())
    shown = counts.loc["albumin", "trimmed"]
    assert np.isnan(shown) if 0 < outside < 5 else shown == outside
    # one decimal was typed where the slider has steps of 0.05
    assert counts.loc["albumin", "differ_from_file"] > 0


def test_what_was_typed_into_a_slider_by_hand():
    sliders = {s.input: s for s in load_equation("sorg_ml").sliders}
    given = {
        "albumin": [1.0, 3.52, 6.0],
        "inr": [0.5, 1.234, 3.0],
        "hemoglobin": [6.2, 11.6, 19.0],
        "wbc": [1, 7.4, 80],
    }
    typed = {
        "albumin": [2.1, 3.5, 5.2],
        "inr": [0.9, 1.23, 2.1],
        "hemoglobin": [7, 12, 17],
        "wbc": [2, 7, 50],
    }
    for name, values in given.items():
        np.testing.assert_allclose(sliders[name].entered(np.array(values)), typed[name], atol=1e-9)
    assert np.isnan(sliders["bmi"].entered(np.array([np.nan]))[0])


def test_a_file_without_sites_is_joined_by_the_identifier(tmp_path):
    cohort = small_cohort(30)
    table = predictions(cohort).drop(columns="site").assign(marker=np.arange(30.0))
    table.to_csv(tmp_path / "p.csv", index=False)
    read = read_imported(tmp_path / "p.csv")
    model = ImportedPredictions(read.prediction, read.has_sites).fit(cohort.patients)
    predicted = model.predict(cohort.patients.iloc[::-1], times_days=[90, 180])
    np.testing.assert_array_equal(predicted.marker, np.arange(30.0)[::-1])
    assert np.isnan(predicted.survival[:, 1]).all()
    twice = pd.concat([cohort.patients, cohort.patients.rename(index={"a": "z", "b": "z", "c": "z"})])
    study = write_study(tmp_path / "s", text=STUDY + IMPORTED.replace('calculator = "sorg_ml"\n', ""))
    (tmp_path / "s" / "calculator.csv").write_bytes((tmp_path / "p.csv").read_bytes())
    from spinesurv.core import Cohort, Outcome
    from spinesurv.study.imported import match_table

    both = Cohort(twice, Outcome(np.tile(cohort.outcome.time_days, 2), np.tile(cohort.outcome.event, 2)))
    with pytest.raises(InputError, match="has no column site, and 60 patients share their patient_id"):
        match_table(Study.read(study).systems, both)


def test_patients_of_joined_sites_are_found(tmp_path):
    from spinesurv.cohorts import group_small_sites

    cohort = small_cohort(90, sites=("a", "b", "c"))
    predictions(cohort).to_csv(tmp_path / "p.csv", index=False)
    joined, _ = group_small_sites(cohort, minimum_events=30, name="small", together=True)
    assert "small" in joined.sites
    read = read_imported(tmp_path / "p.csv")
    model = ImportedPredictions(read.prediction, read.has_sites)
    np.testing.assert_array_equal(model.rows_of(joined.patients.index), np.arange(90))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient_id,survival\n1,0.5\n", "at least one column named by a day"),
        ("id,90\n1,0.5\n", "patient_id and at least one column"),
        ("patient_id,90\n1,0.5\n1,0.6\n", "2 of 2 cells occur more than once"),
        ("patient_id,90\n1,50\n2,60\n", "They look like percentages"),
        ("patient_id,90,365\n1,0.5,0.6\n", "survival rises with time in 1 of 1 patients"),
        ("patient_id,90,90.0\n1,0.5,0.6\n", "two columns stand for the same day"),
        ("patient_id,90\n1,good\n", "1 of 1 cells are no numbers"),
    ],
)
def test_files_at_fault(tmp_path, text, words):
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_imported(tmp_path / "p.csv")


def test_studies_at_fault(tmp_path):
    study = write_study(tmp_path, text=STUDY + IMPORTED)
    with pytest.raises(InputError, match=r"calculator\.csv"):
        Study.read(study)
    (tmp_path / "calculator.csv").write_text("site,patient_id,90\na,nobody,0.5\n", encoding="utf-8")
    with pytest.raises(InputError, match="none of its 1 rows belongs to one of the 300 patients"):
        Study.read(study).run(tmp_path / "out")
    study.write_text((STUDY + IMPORTED).replace('file = "calculator.csv"\n', ""), encoding="utf-8")
    with pytest.raises(InputError, match=r'file = "\.\.\." is missing'):
        Study.read(study)
