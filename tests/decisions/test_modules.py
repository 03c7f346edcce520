"""Rule modules: worked cases, boundaries, and what is said when something is missing."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spinesurv.decisions import (
    DECISIONS,
    embolisation,
    instrumentation_factors,
    mdacc_2023,
    neurological_scales,
    patchell_criteria,
    rt_interval,
    rtog0631_eligibility,
    ssi_factors,
    vcf_flags,
)
from spinesurv.decisions.definition import definition
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import all_of, any_of
from spinesurv.errors import InputError
from tests.decisions.lesions import case_rows
from tests.decisions.test_definitions import cases, plain


def first(function: Any, case: dict[str, Any]) -> pd.Series:
    return function(case_rows([case])).iloc[0]


@pytest.mark.parametrize("case", cases("vcf"))
def test_vcf_case(case: dict[str, Any]) -> None:
    found = first(vcf_flags, case)
    assert (found["vcf_n_seed_factors"], found["vcf_n_all_factors"]) == (case["n_review"], case["n_all"])
    assert (found["vcf_dose_band"], found["vcf_flag"]) == (case["band"], case["flag"])
    assert found["vcf_consider_prophylactic_stabilisation"] == case["consider"]


def test_vcf_with_gaps() -> None:
    table = pd.DataFrame(
        [
            {"age": 40, "bone_lesion": "lytic", "alignment": None, "dose_per_fraction_gy": 20},
            {"age": 40, "bone_lesion": "blastic", "alignment": None, "dose_per_fraction_gy": 20},
            {"age": 40, "bone_lesion": "mixed", "alignment": "normal", "dose_per_fraction_gy": None},
            {"age": 40, "bone_lesion": "blastic", "alignment": "normal", "dose_per_fraction_gy": 19.9},
        ]
    )
    found = vcf_flags(table)
    assert found["vcf_flag"].tolist() == ["high_dose_with_factors", "incomplete", "incomplete", "none"]
    assert found["vcf_flags"].iloc[0] == ("VCF_DOSE_EXACTLY_20",)
    assert found["vcf_flags"].iloc[2] == ("VCF_MIXED_LESION",)
    assert found["vcf_n_seed_factors"].isna().tolist() == [True, True, False, False]
    assert vcf_flags(table, age_cut=39)["vcf_n_seed_factors"].iloc[3] == 1


@pytest.mark.parametrize("case", cases("rt_interval"))
def test_rt_interval_case(case: dict[str, Any]) -> None:
    found = first(rt_interval, case)
    assert found["rt_interval_band"] == case["band"]
    assert list(found["rt_interval_flags"]) == case["flags"]


@pytest.mark.parametrize(("days", "band"), [(0, 0), (6, 0), (7, 1), (13, 1), (14, 2), (400, 2)])
def test_bands_of_the_interval(days: int, band: int) -> None:
    codes = ["below_minimum", "between_minimum_and_recommended", "recommended"]
    assert rt_interval(pd.DataFrame({"interval_days": [days]}))["rt_interval_band"].item() == codes[band]


@pytest.mark.parametrize("case", cases("ssi"))
def test_ssi_case(case: dict[str, Any]) -> None:
    found = first(ssi_factors, case)
    assert found["ssi_n_seed_factors"] == case["n_review"]
    assert list(found["ssi_factors"]) == case["factors"]
    if "n_all" in case:
        assert found["ssi_n_all_factors"] == case["n_all"]
    else:
        assert pd.isna(found["ssi_n_all_factors"])


def test_ssi_gives_no_probability() -> None:
    assert not [c for c in ssi_factors(pd.DataFrame({"albumin": [3.0]})) if "risk" in c or "prob" in c]


@pytest.mark.parametrize("case", cases("instrumentation"))
def test_instrumentation_case(case: dict[str, Any]) -> None:
    found = first(instrumentation_factors, case)
    assert found["instrumentation_n_all_factors"] == case["n"]
    assert list(found["instrumentation_factors"]) == case["factors"]


def test_a_construct_is_long_by_a_cut_of_choice() -> None:
    table = pd.DataFrame({"n_instrumented_levels": [6]})
    assert instrumentation_factors(table, construct_cut=5)["instrumentation_factors"].item() == ("I1",)


@pytest.mark.parametrize("case", cases("embolisation"))
def test_embolisation_case(case: dict[str, Any]) -> None:
    found = first(embolisation, case)
    assert plain(found["embolisation"]) == case.get("output")
    assert plain(found["embolisation_interval"]) == case.get("interval")


def test_embolisation_with_an_open_procedure() -> None:
    found = embolisation(
        pd.DataFrame({"primary_tumor": ["colon", "kidney"], "planned_procedure": [None, None]})
    )
    assert found["embolisation_possible"].tolist() == [
        ("may_help", "no_routine_support"),
        ("recommended_in_literature",),
    ]
    assert plain(found["embolisation"].iloc[0]) is None


@pytest.mark.parametrize(
    ("function", "name", "case"),
    [
        (function, name, case)
        for function, name in ((patchell_criteria, "patchell"), (rtog0631_eligibility, "rtog0631"))
        for case in definition(name)["case"]
    ],
)
def test_eligibility_case(function: Any, name: str, case: dict[str, Any]) -> None:
    found = first(function, case)
    assert plain(found[f"{name}_eligible"]) == case.get("eligible")
    assert list(found[f"{name}_failed"]) == case["failed"]


def test_scales() -> None:
    table = pd.DataFrame(
        {
            "frankel": ["A", "C", "D", "E", None],
            "kps": [100, 70, 50, 10, 30],
            "ecog": [None, None, 1, None, None],
        }
    )
    found = neurological_scales(table)
    assert found["neuro_deficit"].tolist() == ["complete", "incomplete", "incomplete", "none", None]
    assert found["walks"].tolist()[:4] == [False, False, True, True]
    assert found["ecog_used"].tolist() == [0, 1, 1, 4, 3]
    assert found["neuro_flags"].tolist()[2:4] == [(), ("ECOG_FROM_KPS",)]
    assert neurological_scales(table, scale="ais")["neuro_flags"].iloc[2] == ("AIS_AMBULATION_INFERRED",)
    with pytest.raises(InputError, match="frankel"):
        neurological_scales(table, scale="asia")


def test_three_valued_logic() -> None:
    yes, no, open_ = np.array([1.0]), np.array([0.0]), np.array([np.nan])
    assert all_of([yes, open_, no]) == 0
    assert np.isnan(all_of([yes, open_]))
    assert all_of([yes, yes]) == 1
    assert any_of([no, open_, yes]) == 1
    assert np.isnan(any_of([no, open_]))
    assert any_of([no, no]) == 0


def test_every_condition_reads_a_variable_that_exists() -> None:
    derived = {"sins_category", "escc_group", "hypervascular"}
    for name in (
        "lmnop",
        "vcf",
        "rt_interval",
        "ssi",
        "instrumentation",
        "embolisation",
        "patchell",
        "rtog0631",
    ):
        inputs = Inputs(pd.DataFrame({"level": ["T1"]}))
        for factor in definition(name)["factor"]:
            for condition in [*factor["all"], *([factor["unless"]] if "unless" in factor else [])]:
                column = condition["column"]
                if column not in derived:
                    value = (
                        inputs.level(column)
                        if "one_of" in condition
                        else inputs.number(column)
                        if "yes" not in condition
                        else inputs.yes_no(column)
                    )
                    assert len(value) == 1
    assert len(DECISIONS) == 17


@pytest.mark.parametrize("case", cases("mdacc"))
def test_mdacc_case(case: dict[str, Any]) -> None:
    found = first(mdacc_2023, case)
    assert list(found["mdacc_decisions"]) == case["decisions"]
    assert list(found["mdacc_rows"]) == case["rows"]
    assert list(found["mdacc_missing_that_matter"]) == case.get("missing_that_matter", [])


def mdacc_by_hand(row: dict[str, Any]) -> set[int]:
    """Rows of every completion, asked one question after the other."""

    def of(name: str, options: list[Any]) -> list[Any]:
        return options if row[name] is None else [row[name]]

    found = set()
    for p, urgent, why, prior, failed, tumour, burden, grade in itertools.product(
        of("p_survive_90", [0.1, 0.9]), of("urgent_neurology", ["yes", "no"]), of("indication", ["none", "pain"]),
        of("prior_rt_same_site", ["yes", "no"]), of("local_failure", ["yes", "no"]),
        of("primary_tumor", ["breast", "kidney"]), of("disease_burden", ["limited", "widespread"]),
        of("escc_grade", ["0", "2"]),
    ):  # fmt: skip
        more = grade in ("1c", "2", "3")
        if p < 0.5:
            found.add(1)
        elif urgent == "yes":
            found.add(2)
        elif why == "none":
            found.add(3)
        elif "yes" in (prior, failed):
            found.add(4 if more else 5)
        elif tumour == "breast" and burden == "widespread":
            found.add(6)
        else:
            found.add(7 if more else 8)
    return found


def test_mdacc_against_by_hand() -> None:
    rng = np.random.default_rng(6)
    options = {
        "p_survive_90": [0.1, 0.9, 0.9], "urgent_neurology": ["yes", "no", "no"], "indication": ["none", "pain", "pain"],
        "prior_rt_same_site": ["yes", "no"], "local_failure": ["yes", "no"], "primary_tumor": ["breast", "kidney"],
        "disease_burden": ["limited", "widespread"], "escc_grade": ["0", "1b", "1c", "3"],
    }  # fmt: skip
    rows = [
        {k: None if rng.random() < 0.15 else v[rng.integers(len(v))] for k, v in options.items()}
        for _ in range(300)
    ]
    found = mdacc_2023(pd.DataFrame(rows))["mdacc_rows"]
    assert [set(r) for r in found] == [mdacc_by_hand(row) for row in rows]
    assert len(set().union(*found)) == 8


def test_mdacc_puts_instability_first() -> None:
    (case,) = (c for c in definition("mdacc")["case"] if c["id"] == "MDACC_C")
    table = case_rows([case]).assign(sins_total=14)
    assert mdacc_2023(table)["mdacc_flags"].item() == ("MDACC_INSTABILITY_FIRST",)
