"""Missing inputs: items, totals and ranges against brute force that shares no code with the engine.

The rules of the four scores are written out again for one patient at a time; a gap is filled with every value that the codebook
allows (numbers on a grid finer than the engine's).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spinesurv.core.codebook import codebook
from spinesurv.scores import SCORES, Score, load_definition
from tests.scores.patients import many

Patient = dict[str, Any]
VALUES: dict[str, list[Any]] = {
    "primary_tumor": list(codebook()["primary_tumor"].levels),
    "kps": list(range(0, 101, 5)),
    "n_spine_mets": [1, 2, 3, 4, 30],
    "n_extraspinal_bone_mets": [0, 1, 2, 3, 4, 30],
    "visceral_mets": ["none", "resectable", "unresectable", "present_unspecified"],
    "visceral_pattern": ["none", "nodular", "disseminated"],
    "brain_mets": ["yes", "no"],
    "frankel": list("ABCDE"),
    "ambulatory_status": ["independent", "assisted", "nonambulatory"],
    "albumin": [2.0, 3.4, 3.49, 3.5, 3.51, 5.0],
}


@cache
def tumour_points(key: str, item: str) -> dict[str, int]:
    raw = tomllib.loads(SCORES[key].read_text(encoding="utf-8"))
    return {k: e["points"] for i in raw["item"] if i["key"] == item for k, e in i["map"].items()}


def visceral(p: Patient) -> bool:
    return p["visceral_mets"] != "none" or p["visceral_pattern"] == "disseminated" or p["brain_mets"] == "yes"


def organs(p: Patient) -> str:
    if (
        p["visceral_mets"] in ("unresectable", "present_unspecified")
        or p["visceral_pattern"] == "disseminated"
    ):
        return "unremovable"
    if p["brain_mets"] == "yes" and p["brain_mets_resectable"] != "yes":
        return "unremovable"
    return "removable" if p["visceral_mets"] == "resectable" or p["brain_mets"] == "yes" else "none"


def tomita(p: Patient) -> dict[str, int]:
    treatable = {"yes": True, "no": False, None: organs(p) == "removable"}[p["visceral_mets_treatable"]]
    return {
        "primary_growth": tumour_points("tomita", "primary_growth")[p["primary_tumor"]],
        "visceral": 0 if not visceral(p) else 2 if treatable else 4,
        "bone": 1 if p["n_spine_mets"] + p["n_extraspinal_bone_mets"] == 1 else 2,
    }


def tokuhashi_2005(p: Patient) -> dict[str, int]:
    kps = p["kps"] if p["kps"] is not None else {0: 90, 1: 80, 2: 60, 3: 40, 4: 20}[p["ecog"]]
    foci = p["n_extraspinal_bone_mets"]
    return {
        "general_condition": 2 if kps >= 80 else 1 if kps >= 50 else 0,
        "extraspinal_bone": 2 if foci == 0 else 1 if foci < 3 else 0,
        "vertebral_mets": max(0, 3 - int(p["n_spine_mets"])),
        "organ_mets": {"none": 2, "removable": 1, "unremovable": 0}[organs(p)],
        "primary_site": tumour_points("tokuhashi_2005", "primary_site")[p["primary_tumor"]],
        "palsy": {"A": 0, "B": 0, "C": 1, "D": 1, "E": 2}[p["frankel"]],
    }


def bauer_modified(p: Patient) -> dict[str, int]:
    return {
        "no_visceral_mets": 0 if visceral(p) else 1,
        "not_lung": 0 if p["primary_tumor"].startswith("lung") else 1,
        "favourable_primary": int(p["primary_tumor"] in ("breast", "kidney", "lymphoma", "multiple_myeloma")),
        "solitary_skeletal": int(p["n_spine_mets"] + p["n_extraspinal_bone_mets"] == 1),
    }


def nesms(p: Patient) -> dict[str, int]:
    bauer = bauer_modified(p) | {"favourable_primary": int(p["primary_tumor"] in ("breast", "kidney"))}
    status = p["ambulatory_status"]
    return {
        "modified_bauer": 2 if sum(bauer.values()) >= 3 else 0,
        "albumin": int(p["albumin"] >= 3.5),
        "ambulatory": int(status != "nonambulatory" if status is not None else p["frankel"] in "DE"),
    }


RULES: dict[str, Callable[[Patient], dict[str, int]]] = {
    "bauer_modified": bauer_modified,
    "nesms": nesms,
    "tokuhashi_2005": tokuhashi_2005,
    "tomita": tomita,
}
CAP = {"nesms": 3}


def completions(key: str, p: Patient) -> Iterator[Patient]:
    """The patient with every gap filled in every way; a gap that has a meaning, or a stand-in, is left alone."""
    skip = {"brain_mets_resectable", "visceral_mets_treatable", "ecog"}
    if p["ecog"] is not None:
        skip.add("kps")
    if key == "nesms":
        skip.add("frankel")
        if p["frankel"] is not None:
            skip.add("ambulatory_status")
    gaps = [n for n in load_definition(key).inputs if p[n] is None and n not in skip]
    for values in product(*(VALUES[n] for n in gaps)):
        yield p | dict(zip(gaps, values, strict=True))


def brute(key: str, p: Patient) -> tuple[dict[str, float], float, float]:
    """Points of the items that all completions agree on, and the lowest and highest total of those that can be."""
    points: dict[str, set[int]] = {}
    totals = set()
    for full in completions(key, p):
        found = RULES[key](full)
        for item, value in found.items():
            points.setdefault(item, set()).add(value)
        if not (full["visceral_mets"] == "none" and full["visceral_pattern"] == "nodular"):
            totals.add(min(sum(found.values()), CAP.get(key, 99)))
    return {i: v.pop() if len(v) == 1 else np.nan for i, v in points.items()}, min(totals), max(totals)


def with_gaps(key: str, n: int, seed: int) -> pd.DataFrame:
    """Patients with up to three of the inputs of this score emptied, at least one in most of them."""
    rng = np.random.default_rng(seed)
    frame = many(n, seed).astype(object)
    names = list(load_definition(key).inputs)
    for i in range(n):
        for name in rng.choice(names, rng.integers(0, 4), replace=False):
            frame.iloc[i, frame.columns.get_loc(name)] = None
    return frame


def as_patient(row: pd.Series) -> Patient:
    return {k: None if pd.isna(v) else v for k, v in row.items()}


@pytest.mark.parametrize("key", SCORES)
def test_rules_are_here_for_every_score(key: str) -> None:
    assert key in RULES, "write its rules out once more above"


@pytest.mark.parametrize("key", RULES)
def test_complete_patients(key: str) -> None:
    frame = many(400, seed=5)
    result = Score(key).transform(frame)
    for (_, row), (_, found) in zip(frame.iterrows(), result.iterrows(), strict=True):
        points = RULES[key](as_patient(row))
        assert {i: found[f"item_{i}"] for i in points} == points
        assert found["total"] == min(sum(points.values()), CAP.get(key, 99))
    assert (result["lowest"] == result["total"]).all()
    assert (result["highest"] == result["total"]).all()
    assert (result["missing"] == "").all()
    assert (result["reason"] == "").all()


@pytest.mark.parametrize("key", RULES)
def test_gaps_against_brute_force(key: str) -> None:
    frame = with_gaps(key, 200, seed=11)
    result = Score(key).transform(frame)
    definition = load_definition(key)
    missing = 0
    for (_, row), (_, found) in zip(frame.iterrows(), result.iterrows(), strict=True):
        points, low, high = brute(key, as_patient(row))
        assert {i: found[f"item_{i}"] for i in points} == pytest.approx(points, nan_ok=True)
        assert (found["lowest"], found["highest"]) == (low, high)
        groups = {g.key for g in definition.groups if g.low <= high and low <= g.high}
        assert found["group"] in groups if len(groups) == 1 else pd.isna(found["group"])
        if any(np.isnan(v) for v in points.values()):
            missing += 1
            assert np.isnan(found["total"])
            named = found["missing"].split(", ")
            assert named != [""]
            assert row[named].isna().all()
            assert found["reason"] == f"missing: {found['missing']}"
        else:
            assert found["total"] == low == high
            assert found["missing"] == found["reason"] == ""
    assert missing > 30


@pytest.mark.parametrize("key", RULES)
def test_range_holds_the_true_total(key: str) -> None:
    """What was deleted lies in the range, whatever it was; gaps with a meaning of their own are not deleted."""
    frame = many(3000, seed=3).assign(brain_mets_resectable=None, visceral_mets_treatable=None, ecog=np.nan)
    if key == "nesms":
        frame["frankel"] = None
    truth = Score(key).transform(frame)
    gaps = np.random.default_rng(4).random(frame.shape) < 0.3
    result = Score(key).transform(frame.mask(gaps))
    assert (result["lowest"] <= truth["total"]).all()
    assert (result["highest"] >= truth["total"]).all()
    known = result["total"].notna()
    assert 0.01 < known.mean() < 0.7
    assert (result["total"] == truth["total"])[known].all()
    told = result["group"].notna()
    assert (result["group"] == truth["group"])[told].all()


@pytest.mark.parametrize("key", RULES)
def test_settling_inputs_settle(key: str) -> None:
    """Filling an input that is said to settle the group does so with every value that it can have."""
    frame = with_gaps(key, 150, seed=21)
    score = Score(key)
    result = score.transform(frame)
    checked = 0
    for name in score.inputs:
        promised = result["settles"].str.split(", ").map(lambda words, name=name: name in words)
        for value in VALUES.get(name, []) if promised.any() else []:
            filled = score.transform(frame[promised].assign(**{name: value}))
            consistent = ~filled["reason"].str.startswith("contradiction")
            assert filled["group"].notna()[consistent].all()
            checked += int(consistent.sum())
    assert checked > 20
