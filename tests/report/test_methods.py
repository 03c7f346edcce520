from __future__ import annotations

from copy import deepcopy

from spinesurv.report import methods_paragraphs
from tests.report.content import SETTINGS

LABELS = {"nesms": "NESMS", "nesms@published": "NESMS, as published", "cox_nomogram": "Cox nomogram"}
SETTING = {**deepcopy(SETTINGS), "systems": {"scores": ["nesms"]}}
COHORT = {"sites": ("A", "B", "C"), "patients": 640, "events": 310, "time_zero": "surgery", "labels": LABELS}


def text(settings=SETTING, **changes):
    return " ".join(methods_paragraphs(settings, **{**COHORT, **changes}))


def changed(section, **values):
    settings = deepcopy(SETTING)
    settings[section].update(values)
    return settings


def test_the_numbers_of_the_study_are_filled_in():
    told = text()
    for words in (
        "640 patients of 3 sites (A, B and C), of whom 310 died",
        "days from surgery",
        "at 42, 90, 180 and 365 days",
        "fitted in the other 2",
        "95 % confidence intervals",
        "each against Cox nomogram",
        "seed 7",
        "Uno's C, Brier score and Observed/expected",
    ):
        assert words in told, words


def test_what_must_be_said_is_said():
    told = text()
    for words in (
        "internal-external validation by site",
        "restricted maximum likelihood, Hartung-Knapp",
        "estimated in the patients who are being judged and never in training data",
        "survival per total was re-estimated in the training data",
        "not the calibration of the original publication",
        "judged unchanged and only at the horizons of the publication (NESMS, as published)",
        "never a silent zero",
    ):
        assert words in told, words


def test_cross_validation_does_not_claim_to_travel():
    told = text(changed("validation", design="cross_validation", folds=10))
    assert "10-fold cross-validation inside each site" in told
    assert "internal-external" not in told and "does not show how a system travels" in told


def test_temporal_validation_says_which_years_were_judged_and_what_it_does_not_show():
    told = text(changed("validation", design="temporal", cutoff_year=2018))
    assert (
        "whose index year is 2018 or later" in told
        and "fitted in the patients of all sites before 2018" in told
    )
    assert "internal-external" not in told and "does not show how a system travels" in told


def test_one_site_is_not_pooled():
    told = text(changed("validation", design="cross_validation"), sites=("A",))
    assert "1 site (A)" in told and "Hartung-Knapp" not in told


def test_level_missing_rule_and_imputation():
    assert "90 % confidence intervals" in text(changed("evaluation", level=0.9))
    assert "whom all systems can predict" in text(changed("evaluation", missing="common"))
    assert "imputed once" in text(imputations=1) and "Rubin" not in text(imputations=1)
    assert "imputed 20 times" in text(imputations=20) and "Nothing was imputed" not in text(imputations=20)


def test_models_alone():
    told = text(changed("systems", scores=[]), labels={"cox_nomogram": "Cox nomogram"})
    assert "re-estimated" not in told and "Fitted in the training data of each split: Cox nomogram." in told


def test_measures_of_known_status_are_no_basis_for_a_choice():
    assert "known status" not in text()
    told = text(changed("evaluation", metrics=["brier", "auc_binary"]))
    assert "Brier score and AUC (known status)" in told
    assert "Measures of known status leave out whoever was censored before the horizon" in told


def test_settings_of_a_cox_model_are_told_where_they_are_not_the_usual_ones():
    models = [
        {"key": "cox_nomogram", "kind": "cox", "penalty": 0.0, "errors": "likelihood", "interactions": []}
    ]
    settings = {**SETTING, "systems": {"scores": ["nesms"], "models": models}}
    assert "Cox nomogram:" not in text(settings)
    models[0] |= {
        "penalty": "cross_validated",
        "stratify_by": "site",
        "errors": "robust",
        "interactions": [["age", "ecog"]],
    }
    assert (
        "Cox nomogram: ridge penalty chosen by the cross-validated partial likelihood of the training patients; a "
        "baseline hazard for each site, for others that of all training patients together; standard errors from the "
        "influence of each patient; interactions of age and ecog."
    ) in text(settings)
