"""Random lesions with missing inputs: bounds, sets and statuses are exactly what remains possible over all completions."""

from __future__ import annotations

import pandas as pd
import pytest

from spinesurv.decisions import integrate, noms, sins
from tests.decisions.by_hand import (
    CATEGORIES,
    category,
    effective_s_by_hand,
    en_bloc_by_hand,
    gate_by_hand,
    missing,
    noms_by_hand,
    sins_completions,
    stabilisation,
)
from tests.decisions.lesions import random_lesions

N = 600
LESIONS = random_lesions(N, seed=11)
ROWS = LESIONS.to_dict("records")


def only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None


def same(found: pd.Series, expected: list[object]) -> None:
    told = [None if v is pd.NA or missing(v) else v for v in found]
    assert [(i, a, b) for i, (a, b) in enumerate(zip(told, expected, strict=True)) if a != b] == []


def test_sins() -> None:
    found = sins(LESIONS)
    completions = [sins_completions(row) for row in ROWS]
    totals = [{t for t, _ in c} for c in completions]
    same(found["sins_min"], [min(t) for t in totals])
    same(found["sins_max"], [max(t) for t in totals])
    same(found["sins_total"], [next(iter(t)) if len(t) == 1 else None for t in totals])
    same(found["sins_category"], [only({category(x) for x in t}) for t in totals])
    same(
        found["sins_possible_categories"],
        [tuple(k for k in CATEGORIES if k in {category(x) for x in t}) for t in totals],
    )
    same(found["sins_stabilisation_flag"], [only({stabilisation(*c) for c in cs}) for cs in completions])
    assert 0.3 < found["sins_total"].isna().mean() < 0.9


POLICIES = [
    {},
    {"potentially_unstable_policy": "collapse_rule", "grade_1c_policy": "indeterminate"},
    {
        "potentially_unstable_policy": "unstable",
        "grade_1c_policy": "high",
        "prior_rt_policy": "treat_as_resistant",
    },
    {"potentially_unstable_policy": "stable", "prior_rt_policy": "ignore"},
]


@pytest.mark.parametrize("policies", POLICIES, ids=["default", "collapse", "resistant", "stable"])
def test_noms(policies: dict[str, str]) -> None:
    found = noms(LESIONS, **policies)
    expected = [
        noms_by_hand(r, None if missing(r["tolerates_surgery"]) else r["tolerates_surgery"], policies)
        for r in ROWS
    ]
    same(found["noms_decisions"], [tuple(e["decisions"]) for e in expected])
    same(found["noms_rows"], [tuple(e["rows"]) for e in expected])
    same(found["noms_status"], [e["status"] for e in expected])
    same(found["noms_missing_that_matter"], [tuple(e["matters"]) for e in expected])
    assert set(found["noms_status"]) == {
        "determined", "determined_despite_missing", "indeterminate", "out_of_table",
    }  # fmt: skip


@pytest.mark.parametrize("p_min", [0.3, 0.5, 0.7])
def test_integration(p_min: float) -> None:
    found = integrate(LESIONS, p_min=p_min).to_frame()
    for column, day in {"gate_surgery_3m": 90, "gate_en_bloc_2y": 730, "gate_rt_4w": 28}.items():
        same(found[column], [gate_by_hand(r, day, p_min) for r in ROWS])
    s = [effective_s_by_hand(r, gate_by_hand(r, 90, p_min)) for r in ROWS]
    same(found["effective_s"], [word for word, _ in s])
    same(found["s_reason"], [reason for _, reason in s])
    expected = [
        noms_by_hand(r, {"able": True, "unable": False}.get(word or ""), {})
        for r, (word, _) in zip(ROWS, s, strict=True)
    ]
    same(found["int_decisions"], ["|".join(e["decisions"]) for e in expected])
    same(found["int_rows"], ["|".join(map(str, e["rows"])) for e in expected])
    same(found["int_status"], [e["status"] for e in expected])
    if p_min == 0.5:
        same(found["en_bloc_status"], [en_bloc_by_hand(r) for r in ROWS])


def test_conflicts() -> None:
    found = integrate(LESIONS).to_frame()
    expected = []
    for r, told in zip(ROWS, found.to_dict("records"), strict=True):
        gate = gate_by_hand(r, 90)
        decisions = set(told["int_decisions"].split("|"))
        entered = None if missing(r["tolerates_surgery"]) else r["tolerates_surgery"]
        clinical = False if r["patient_wishes"] == "declines_surgery" else entered
        flags = []
        same_without = decisions == set(noms_by_hand(r, clinical, {})["decisions"])
        if gate in ("fail", "uncertain") and decisions <= {"CEBRT", "SRS"} and same_without:
            flags.append("GATE_IRRELEVANT")
        if (
            told["escc_group"] == "high"
            and r["myelopathy"] is True
            and told["radiosensitivity_2"] == "radioresistant"
            and told["effective_s"] == "unable"
        ):
            flags.append("HIGH_GRADE_NO_DECOMPRESSION")
        if gate == "fail" and decisions & {"STAB_CEBRT", "STAB_SRS"}:
            flags.append("STABILISATION_WITH_SHORT_PROGNOSIS")
        if gate_by_hand(r, 42) == "fail":
            flags.append("SUPPORTIVE_CARE_DISCUSSION")
        expected.append("|".join(flags))
    same(found["conflicts"], expected)
    assert len(set(expected)) > 6
