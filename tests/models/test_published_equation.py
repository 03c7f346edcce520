"""Published equations: worked patients, the ends of rounding, and what is re-estimated in training."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.core import Outcome
from spinesurv.errors import IncompleteDefinitionError, InputError
from spinesurv.models import EQUATIONS, PublishedEquation, load_equation
from spinesurv.models.equation import Equation, parse_equation
from spinesurv.scores import DerivedColumns
from spinesurv.scores.derived import recorded_inputs
from tests.cohort_factory import small_cohort

SORG = "sorg_nomogram_published_hr"

#: ends of log ratios that rounding to two decimals allows, as published tables give them: term -> lowest, highest
ALLOWED = {
    "age": (0.0050, 0.0149),
    "poor_performance": (0.4285, 0.4350),
    "primary_tumor": (0.5158, 0.5218),
    "multiple_spine_mets": (0.2738, 0.2814),
    "lung_or_liver_mets": (0.2964, 0.3038),
    "brain_mets": (0.6392, 0.6445),
    "systemic_therapy": (0.4977, 0.5038),
    "wbc": (0.0247, 0.0344),
    "hemoglobin": (-0.0888, -0.0780),
}
MADE_UP = {
    "name": "made_up",
    "label": "Two ratios",
    "citation": "nobody",
    "status": "ready",
    "population": "nobody",
    "decimals": 2,
    "term": [
        {"key": "ecog", "label": "ECOG", "input": "ecog", "per": 1, "ratio": 1.49},
        {"key": "brain", "label": "Brain", "any_yes": ["brain_mets"], "ratio": 1.65},
    ],
}


def patients(*rows: dict) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([("s", str(i)) for i in range(len(rows))], names=["site", "patient_id"])
    return pd.DataFrame(list(rows), index=index)


def sums(key: str | Equation, table: pd.DataFrame, **settings) -> pd.DataFrame:
    model = PublishedEquation(key, **settings)
    return model.sums(DerivedColumns(model.definition.columns).transform(table))


#: sums of the source were made of ratios with four decimals: 40 points of one are off by 40 * 5e-5
TOLERANCE = {"aospine_cpm": 2e-3}
CASES = [(key, i) for key in EQUATIONS for i in range(len(load_equation(key).cases))]


@pytest.mark.parametrize(("key", "i"), CASES, ids=[f"{k}-{i}" for k, i in CASES])
def test_worked_patients(key, i):
    case = load_equation(key).cases[i]
    model = PublishedEquation(key, primary_coding=case.get("primary_coding"))
    (found,), _ = model.totals(DerivedColumns(model.definition.columns).transform(patients(case["patient"])))
    assert found == pytest.approx(case["sum"], abs=TOLERANCE.get(key, 5e-4), nan_ok=True)


@pytest.mark.parametrize("key", EQUATIONS)
def test_every_equation_is_complete_or_says_why(key):
    equation = load_equation(key)
    assert equation.key == key
    assert equation.citation and equation.label
    if equation.status == "incomplete":
        assert equation.reason
        with pytest.raises(IncompleteDefinitionError, match="cannot be computed"):
            PublishedEquation(key).check_settings()
        return
    assert equation.cases and equation.population
    assert bool(equation.reason) == (equation.status == "provisional")
    assert equation.confidence
    assert all(term.confidence for term in equation.terms)
    assert all(recorded_inputs(name) for name in equation.columns)


def test_the_ends_of_rounding_are_those_of_the_table():
    one = {
        "age": 1, "ecog": 4, "primary_tumor": "kidney", "n_spine_mets": 2, "lung_mets": "yes", "liver_mets": "no",
        "brain_mets": "yes", "systemic_therapy": "yes", "wbc": 1, "hemoglobin": 1,
    }  # fmt: skip
    # an age of 1 and the like give the coefficients themselves; the codebook allows no such patient
    table = patients({**one, "age": 18, "wbc": 10, "hemoglobin": 10})
    units = pd.Series({"age": 18, "wbc": 10, "hemoglobin": 10})
    for rounding, end in (("lowest", 0), ("highest", 1)):
        found = sums(SORG, table, primary_coding="per_step", rounding=rounding).iloc[0]
        found = found / units.reindex(found.index).fillna(1)
        expected = pd.Series({name: ends[end] for name, ends in ALLOWED.items()})
        np.testing.assert_allclose(found[expected.index], expected, atol=5e-5)  # four printed decimals


def test_over_forty_years_the_published_ratio_of_age_says_little():
    low, high = (load_equation(SORG).log_ratio(1.01, end) * 40 for end in ("lowest", "highest"))
    assert np.exp([low, high]) == pytest.approx([1.2, 1.8], abs=0.03)


def test_settings_that_are_missing_or_unknown():
    with pytest.raises(InputError, match="primary_coding is needed, binary or per_step"):
        PublishedEquation(SORG).check_settings()
    with pytest.raises(InputError, match="unknown primary_coding 'steps'"):
        PublishedEquation(SORG, "steps").check_settings()
    with pytest.raises(InputError, match="unknown primary_coding 'binary'"):
        PublishedEquation("nesms_egfr", "binary").check_settings()
    with pytest.raises(InputError, match="unknown rounding 'up'"):
        PublishedEquation(SORG, "binary", "up").check_settings()
    with pytest.raises(InputError, match="unknown published equation 'sorg'"):
        load_equation("sorg")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "provisional"}, "reason missing"),
        ({"status": "fine"}, "unknown status 'fine'"),
        ({"scale": "log_odds"}, "day = ... belongs to"),
        ({"ratios": 1}, "unknown field 'ratios'"),
        ({"term": [{"key": "a", "label": "A", "input": "age", "ratio": 2.0}]}, "one of per, levels"),
        ({"term": [{"key": "a", "label": "A", "input": "age", "per": 1}]}, "ratio missing"),
        ({"term": [{"key": "a", "label": "A", "input": "age", "per": 1, "ratio": 0}]}, "a number above 0"),
        ({"status": "incomplete"}, "reason missing"),
    ],
)
def test_files_at_fault(change, words):
    with pytest.raises(InputError, match=words):
        parse_equation({**MADE_UP, **change}, "made_up.toml")


def test_by_hand_on_four_patients():
    """Two deaths at day 10 and 20, no ties: H0 jumps by 1 over the sum of exp(L - mean) of those at risk."""
    equation = parse_equation({**MADE_UP, "term": [MADE_UP["term"][1]]}, "made_up.toml")
    table = patients(*({"brain_mets": v} for v in ("yes", "no", "no", "yes")))
    model = PublishedEquation(equation).fit(table, Outcome([10, 20, 30, 40], [1, 1, 0, 0]))
    first = 1 / (1.65 + 1 + 1 + 1.65)
    second = first + 1 / (1 + 1 + 1.65)
    predicted = model.predict(table, times_days=[9, 10, 25])
    expected = np.exp(-np.outer([1.65, 1, 1, 1.65], [0, first, second]))
    np.testing.assert_allclose(predicted.survival, expected, rtol=1e-12)
    np.testing.assert_allclose(predicted.marker, np.log([1.65, 1, 1, 1.65]), rtol=1e-12)


def test_odds_keep_their_mean_risk_at_that_of_kaplan_meier():
    equation = parse_equation({**MADE_UP, "scale": "log_odds", "day": 30}, "made_up.toml")
    cohort = small_cohort(400, missing=0.1)
    model = PublishedEquation(equation).fit(cohort.patients, cohort.outcome)
    predicted = model.predict(cohort.patients, times_days=[30, 90])
    known = ~np.isnan(predicted.marker)
    # nobody is censored before day 100, so Kaplan-Meier is the share of deaths
    dead = (cohort.outcome.event & (cohort.outcome.time_days <= 30))[known].mean()
    assert 1 - predicted.survival[known, 0].mean() == pytest.approx(dead, abs=1e-10)
    assert np.isnan(predicted.survival[:, 1]).all()
    odds = (1 - predicted.survival[:, 0]) / predicted.survival[:, 0]
    table = cohort.patients[known]
    ratio = np.log(odds[known]) - np.log(1.49) * table["ecog"] - np.log(1.65) * (table["brain_mets"] == "yes")
    np.testing.assert_allclose(ratio, ratio.iloc[0], atol=1e-9)


def test_true_ratios_have_a_slope_of_one_and_gaps_have_reasons():
    """exp(0.4) = 1.49 and exp(0.5) = 1.65 are the truth of the cohort, albumin apart."""
    cohort = small_cohort(3000, missing=0.1)
    model = PublishedEquation(parse_equation(MADE_UP, "made_up.toml")).fit(cohort.patients, cohort.outcome)
    slope, error = model.notes_["calibration slope"], model.notes_["standard error of the slope"]
    assert abs(slope - 1) < 4 * error + 0.1  # leaving albumin out shrinks it a little
    predicted = model.predict(cohort.patients, times_days=[90])
    gaps = cohort.patients[["ecog", "brain_mets"]].isna()
    assert (np.isnan(predicted.marker) == gaps.any(axis=1)).all()
    both = gaps.all(axis=1).to_numpy()
    assert set(predicted.reason[both]) == {"missing: ecog, brain_mets"}
    assert model.n_ + model.n_left_out_ == 3000


def test_patients_outside_the_population_have_no_sum():
    rows = [
        {"primary_tumor": "breast", "egfr_mutation": "negative", "synchronous_spine_mets": "no"},
        {"primary_tumor": None, "egfr_mutation": "negative", "synchronous_spine_mets": "no"},
        {"primary_tumor": "lung_nsclc", "egfr_mutation": "unknown", "synchronous_spine_mets": "no"},
        {"primary_tumor": "lung_nsclc", "egfr_mutation": "negative", "synchronous_spine_mets": "no"},
        {"primary_tumor": "lung_nsclc", "egfr_mutation": "positive", "synchronous_spine_mets": "yes"},
    ]
    table = patients(*rows)
    columns = DerivedColumns(load_equation("nesms_egfr").columns)
    model = make_pipeline(columns, PublishedEquation("nesms_egfr"))
    with pytest.warns(UserWarning, match="nesms_egfr is provisional"):
        model.fit(table, Outcome([10, 20, 30, 40, 50], [1, 1, 1, 1, 1]))
    predicted = model.predict(table, times_days=[30])
    assert list(predicted.reason) == [
        "outside the population: primary_tumor is not lung_nsclc",
        "missing: primary_tumor",
        "missing: egfr_mutation",
        "",
        "",
    ]
    assert model[-1].n_ == 2


def test_a_study_names_an_equation(tmp_path):
    from spinesurv.study import Study
    from tests.study.files import STUDY, write_study

    equation = """
[[systems.models]]
key = "sorg"
kind = "published_equation"
equation = "sorg_nomogram_published_hr"
primary_coding = "per_step"
"""
    study = Study.read(write_study(tmp_path, text=STUDY + equation))
    system = study.systems["sorg"]
    assert (system.kind, system.status) == ("equation", "provisional")
    assert "ecog" in system.inputs and "katagiri2014_growth_class" not in system.inputs
    assert "SORG-style" in system.label
    for change, words in (
        (
            'primary_coding = "per_step"\n',
            "model 'sorg': equation sorg_nomogram_published_hr: primary_coding is needed",
        ),
        ('"sorg_nomogram_published_hr"', "unknown published equation"),
    ):
        text = equation.replace(change, "" if "coding" in change else '"sorg_hr"')
        with pytest.raises(InputError, match=words):
            Study.read(write_study(tmp_path, text=STUDY + text))
    with pytest.raises(InputError, match="unknown setting 'predictors'"):
        Study.read(write_study(tmp_path, text=STUDY + equation + 'predictors = ["age"]\n'))
    with pytest.raises(IncompleteDefinitionError, match="trees and their tuning were not published"):
        Study.read(write_study(tmp_path, text=STUDY + equation.replace(SORG, "sorg_ml")))
