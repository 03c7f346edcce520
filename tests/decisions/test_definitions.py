"""The worked cases of every decision table, and what the tables must be for the engine to be right."""

from __future__ import annotations

import copy
from typing import Any

import pandas as pd
import pytest

from spinesurv.core import codebook
from spinesurv.decisions import (
    escc_group,
    integrate,
    lmnop_profile,
    noms,
    radiosensitivity,
    sins,
    survival_gate,
)
from spinesurv.decisions.definition import (
    CONFIDENCE,
    FOLDER,
    check_definition,
    definition,
    meanings,
    sources,
)
from spinesurv.errors import InputError
from tests.decisions.lesions import case_rows, random_lesions
from tests.paths import shared

TABLES = [path.stem for path in FOLDER.glob("*.toml") if path.stem != "sources"]


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in definition(name)["case"]]


def plain(value: Any) -> Any:
    return None if value is None or pd.isna(value) else value


@pytest.mark.parametrize("case", cases("sins"))
def test_sins_case(case: dict[str, Any]) -> None:
    # all cases together, so that an input that one case lacks is a gap and not an absent column
    found = sins(case_rows(definition("sins")["case"])).loc[case["id"]]
    assert plain(found["sins_total"]) == case.get("total")
    if "bounds" in case or "total" in case:
        bounds = case.get("bounds", [case.get("total")] * 2)
        assert [found["sins_min"], found["sins_max"]] == bounds
        assert plain(found["sins_category"]) == case.get("category")
        assert plain(found["sins_stabilisation_flag"]) == case.get("stabilisation")
    if "points" in case:
        names = ("location", "pain", "bone_lesion", "alignment", "collapse", "posterolateral")
        assert [found[f"sins_points_{name}"] for name in names] == case["points"]
    if "possible_categories" in case:
        assert list(found["sins_possible_categories"]) == case["possible_categories"]
    assert found["sins_status"] == case.get("status", found["sins_status"])
    assert list(found["sins_flags"]) == case.get("flags", [])


@pytest.mark.parametrize("case", cases("escc"))
def test_escc_case(case: dict[str, Any]) -> None:
    found = escc_group(case_rows([case]), grade_1c_policy=case.get("policy", "low")).iloc[0]
    assert plain(found["escc_group"]) == case.get("group")
    assert list(found["escc_flags"]) == case.get("flags", [])


@pytest.mark.parametrize("case", cases("noms"))
def test_noms_case(case: dict[str, Any]) -> None:
    policy = {f"{name}_policy": value for name, value in case.get("policy", {}).items()}
    found = noms(case_rows([case]), **policy).iloc[0]
    assert list(found["noms_decisions"]) == case["decisions"]
    assert list(found["noms_rows"]) == case["rows"]
    assert found["noms_status"] == case["status"]
    assert list(found["noms_missing_that_matter"]) == case.get("missing_that_matter", [])
    assert set(found["noms_flags"]) == set(case.get("flags", []))


def test_an_assumption_is_flagged() -> None:
    (case,) = (c for c in definition("noms")["case"] if c["id"] == "NOMS21")
    found = noms(case_rows([case]), assume_no_myelopathy_if_low_grade=True).iloc[0]
    assert found["noms_decisions"] == ("SRS",)
    assert "NOMS_MYELOPATHY_ASSUMED_ABSENT" in found["noms_flags"]


@pytest.mark.parametrize("case", cases("lmnop"))
def test_lmnop_case(case: dict[str, Any]) -> None:
    assert list(lmnop_profile(case_rows([case]))["lmnop_flags"].iloc[0]) == case["flags"]


@pytest.mark.parametrize("case", cases("gates"))
def test_gate_case(case: dict[str, Any]) -> None:
    (horizon,) = (g["horizon_days"] for g in definition("gates")["gate"] if g["id"] == case["gate"])
    found = survival_gate(**{"p": float("nan"), **case["inputs"]}, horizon_days=horizon).iloc[0]
    assert plain(found["gate"]) == case.get("result")
    assert list(found["gate_flags"]) == case.get("flags", [])


@pytest.mark.parametrize("case", cases("integration"))
def test_integration_case(case: dict[str, Any]) -> None:
    found = integrate(case_rows([case]))
    row = found.to_frame().iloc[0]
    assert plain(row["gate_surgery_3m"]) == case.get("g_surgery")
    assert plain(row["effective_s"]) == case.get("effective_s")
    assert row["s_reason"] == case["s_reason"]
    assert row["int_decisions"] == "|".join(case["decisions"])
    assert row["int_rows"] == "|".join(map(str, case["rows"]))
    assert row["int_status"] == case["status"]
    assert row["conflicts"] == "|".join(case["conflicts"])
    matter = found.blocks["integrated"]["int_missing_that_matter"].iloc[0]
    assert list(matter) == case.get("missing_that_matter", [])
    if "en_bloc" in case:
        assert row["en_bloc_status"] == case["en_bloc"]


def test_every_tumour_has_its_classes() -> None:
    levels = codebook()["primary_tumor"].levels
    found = radiosensitivity(pd.DataFrame({"primary_tumor": levels}), scheme="three_class")
    by_key = dict(zip(levels, found["radiosensitivity_3"], strict=True))
    assert (by_key["breast"], by_key["kidney"], by_key["lymphoma"]) == (
        "intermediate",
        "resistant",
        "sensitive",
    )
    two = radiosensitivity(pd.DataFrame({"primary_tumor": levels}))["radiosensitivity_2"]
    assert two.notna().sum() == 24
    papers = radiosensitivity(pd.DataFrame({"primary_tumor": levels}), scheme="rpa_histology")[
        "rpa_histology"
    ]
    assert papers.value_counts().to_dict() == {"other": 33, "radioresistant": 5, "favourable": 2}


def test_lmnop_is_no_score() -> None:
    assert "none" in definition("lmnop")["published_output"]
    assert not any(
        "total" in c or "score" in c for c in lmnop_profile(pd.DataFrame({"n_levels": [1]})).columns
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_sources_and_confidence(name: str) -> None:
    raw = definition(name)
    assert all(source in sources() for source in raw["sources"])
    for entries in (raw.get("factor", []), raw.get("tumour", []), raw.get("gate", [])):
        assert all(entry.get("confidence", raw["confidence"])[0] in CONFIDENCE for entry in entries)
        assert [s for e in entries for s in e.get("source", e.get("sources", [])) if s not in sources()] == []


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("sins", lambda t: t["category"][1].update(min=6), "category potentially_unstable"),
        ("sins", lambda t: t["points"]["pain"].update(mechanical=9), "sins.toml, range"),
        ("sins", lambda t: t["levels"]["rigid"].pop(), "sins.toml, levels"),
        ("escc", lambda t: t["group"]["low"].append("2"), "escc.toml, group"),
        ("tumours", lambda t: t["tumour"].pop(), "tumours.toml, tumour"),
        ("noms", lambda t: t["row"][6].update(syst="any"), "rows 7, 8"),
        ("noms", lambda t: t["row"].pop(0), "no row"),
        ("noms", lambda t: t["row"][0].update(decision="CEBR"), "CEBRT"),
        ("noms", lambda t: t["sources"].append("NOBODY"), "NOBODY"),
        ("noms", lambda t: t.pop("version"), "version"),
    ],
)
def test_a_table_that_does_not_hold_together_is_refused(name: str, change: Any, words: str) -> None:
    raw = copy.deepcopy(definition(name))
    change(raw)
    with pytest.raises(InputError, match=r"\.toml") as error:
        check_definition(raw, f"{name}.toml")
    assert words in str(error.value)


def test_every_case_of_the_source_is_there() -> None:
    import yaml

    source = yaml.safe_load(shared("knowledge/decision_systems.yaml").read_text(encoding="utf-8"))
    modules = source["rule_modules"]
    for name, block in {
        "sins": source["sins"], "escc": source["escc"], "noms": source["noms"], "lmnop": source["lmnop"],
        "gates": source["survival_gates"], "integration": source["integration"], "vcf": modules["vcf_after_srs"],
        "rt_interval": modules["rt_surgery_interval"], "embolisation": modules["embolisation"],
        "patchell": source["patchell_criteria"],
    }.items():  # fmt: skip
        ours = {case["id"]: case["inputs"] for case in definition(name)["case"]}
        for example in block["examples"]:
            theirs = {k: v for k, v in example["in"].items() if v is not None}
            assert ours[example["id"]] == theirs
    assert definition("noms")["row"] == source["noms"]["rows"]
    told = {
        t["primary_tumor"]: (t.get("class2"), t.get("class3"), t.get("hypervascular"))
        for t in definition("tumours")["tumour"]
    }
    assert told == {
        t["primary_tumor"]: (t["class2"], t["class3"], t["hypervascular"])
        for t in source["radiosensitivity"]["table"]
    }
    kinds = {level: kind for kind, levels in definition("sins")["levels"].items() for level in levels}
    assert kinds == source["sins"]["level_map"]
    assert source["meta"]["disclaimer"] == integrate(pd.DataFrame({"level": ["T1"]})).disclaimer


def test_every_code_of_a_result_has_words() -> None:
    lesions = random_lesions(300, seed=12)
    lesions["n_levels"], lesions["contiguous"], lesions["column"] = 5, False, "anterior"
    lesions["remaining_systemic_options"] = False
    lesions.loc[:3, "level"] = ["coccyx", "L6", "nowhere", "T13"]
    lesions.loc[4:9, "pain"] = "persistent_nonmechanical"
    for policy in ("both", "stable"):
        found = integrate(lesions, potentially_unstable_policy=policy)
        seen = {reason["code"] for row in range(len(found)) for reason in found.reasons(row)}
        seen |= {code for codes in found.blocks["integrated"]["conflicts"] for code in codes}
        assert seen <= set(meanings())
        assert len(seen) > 20
    assert not any(words[0].isspace() or words.endswith(".") for words in meanings().values())
