"""Missing inputs: items, totals and ranges against brute force that shares no code with the engine (`by_hand.py`)."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spinesurv.scores import SCORES, Score, load_definition
from tests.scores import by_hand
from tests.scores.by_hand import Patient, Seen
from tests.scores.patients import many

pytestmark = pytest.mark.filterwarnings("ignore::spinesurv.scores.ProvisionalScoreWarning")
COMPUTED = [key for key in SCORES if load_definition(key).computed]
SHARE_MISSING = 0.15
#: inputs whose absence has a meaning of its own
OPTIONAL = ("brain_mets_resectable", "visceral_mets_treatable", "lymph_node_mets")


def with_gaps(key: str, n: int, seed: int) -> pd.DataFrame:
    """Patients with 15 % of the inputs of a score emptied, at most four of those that would have to be guessed."""
    rng = np.random.default_rng(seed)
    frame = many(n, seed).astype(object)
    frame[list(OPTIONAL)] = frame[list(OPTIONAL)].where(rng.random((n, len(OPTIONAL))) < 0.5, None)
    names, guessed = list(load_definition(key).inputs), by_hand.guessed(key)
    missing = rng.random((n, len(names))) < SHARE_MISSING
    counted = np.cumsum(missing & [name in guessed for name in names], axis=1)
    missing &= ~((counted > 4) & [name in guessed for name in names])
    frame[names] = frame[names].mask(missing, None)
    return frame


def as_patient(row: pd.Series) -> Patient:
    return {k: None if pd.isna(v) else v for k, v in row.items()}


def outside(key: str, p: Patient) -> bool:
    """No motor deficit."""
    return key == "rades_2013" and p["motor_deficit_days"] is None and p["frankel"] == "E"


def unsure(key: str, p: Patient) -> bool:
    return key == "rades_2013" and p["motor_deficit_days"] is None and p["frankel"] is None


def few(key: str, p: Patient) -> bool:
    gaps = [n for n in by_hand.guessed(key) if p[n] is None]
    return prod(len(by_hand.values(n)) for n in gaps) <= 6_000


@pytest.mark.parametrize("key", COMPUTED)
def test_complete_patients(key: str) -> None:
    frame = many(100, seed=5)
    result = Score(key).transform(frame)
    read = list(load_definition(key).inputs)
    for (_, row), found in zip(frame[read].iterrows(), result.to_dict("records"), strict=True):
        points = by_hand.points_of(key, Seen(as_patient(row), {}))
        total = by_hand.capped(key, sum(points.values()))
        assert {i: found[f"item_{i}"] for i in points} == points
        assert found["total"] == total
        assert found["group"] == by_hand.group_of(key, total, total)
    assert (result["lowest"] == result["total"]).all()
    assert (result["highest"] == result["total"]).all()
    assert (result["missing"] == "").all()
    assert (result["reason"] == "").all()


@pytest.mark.parametrize("key", COMPUTED)
def test_gaps_against_brute_force(key: str) -> None:
    frame = with_gaps(key, 45, seed=11)
    result = Score(key).transform(frame)
    missing = tried = 0
    read = list(load_definition(key).inputs)
    for (_, row), (_, found) in zip(frame[read].iterrows(), result.iterrows(), strict=True):
        patient = as_patient(row)
        if not few(key, patient):
            continue
        tried += 1
        points, low, high = by_hand.brute(key, patient)
        assert {i: None if np.isnan(found[f"item_{i}"]) else found[f"item_{i}"] for i in points} == points
        if outside(key, patient):
            assert found[["total", "group", "lowest", "highest"]].isna().all()
            assert found["reason"] == "outside the population: motor_deficit is not yes"
            continue
        assert (found["lowest"], found["highest"]) == (low, high)
        group = None if unsure(key, patient) else by_hand.group_of(key, low, high)
        assert pd.isna(found["group"]) if group is None else found["group"] == group
        missing += _check_reason(found, row, known=None not in points.values())
    assert tried > 30
    assert missing > 3


def _check_reason(found: pd.Series, row: pd.Series, known: bool) -> int:
    """A missing total names missing inputs; a known one names none. Counts the missing ones."""
    if known:
        assert found["total"] == found["lowest"] == found["highest"]
        assert found["missing"] == found["reason"] == ""
        return 0
    assert np.isnan(found["total"])
    named = found["missing"].split(", ")
    assert named != [""]
    assert (row[named].isna() | (row[named] == "unknown")).all()
    assert found["reason"] == f"missing: {found['missing']}"
    return 1


@pytest.mark.parametrize("key", COMPUTED)
def test_range_holds_the_true_total(key: str) -> None:
    """What was deleted lies in the range, whatever it was; stand-ins and gaps with a meaning are not there."""
    guessed = list(by_hand.guessed(key))
    truth = Score(key).transform(many(1000, seed=3)[guessed])
    frame = many(1000, seed=3)[guessed]
    result = Score(key).transform(frame.mask(np.random.default_rng(4).random(frame.shape) < 0.3))
    known = result["total"].notna()
    assert 0.01 < known.mean() < 0.9
    assert (result["lowest"] <= truth["total"]).all()
    assert (result["highest"] >= truth["total"]).all()
    assert (result["total"] == truth["total"])[known].all()
    told = result["group"].notna()
    assert (result["group"] == truth["group"])[told].all()


@pytest.mark.parametrize("key", COMPUTED)
def test_settling_inputs_settle(key: str) -> None:
    """Filling an input that is said to settle the group does so with every value that it can have."""
    frame = with_gaps(key, 120, seed=21)
    score = Score(key)
    result = score.transform(frame)
    filled = [
        frame[promised].assign(**{name: value})
        for name in score.inputs
        if (promised := result["settles"].str.split(", ").map(lambda words, name=name: name in words)).any()
        for value in _recordable(name)
    ]
    assert filled
    again = score.transform(pd.concat(filled))
    consistent = ~again["reason"].str.startswith("contradiction")
    assert again["group"].notna()[consistent].all()
    assert consistent.sum() > 8


def _recordable(name: str) -> list[Any]:
    return [v for v in by_hand.SAID_BY.get(name) or by_hand.values(name) if v != float("inf")]


def test_no_combination_is_forgotten() -> None:
    """Two unknown inputs of one item: every pair of values stands in the brute force."""
    patient = as_patient(many(1, seed=1).iloc[0]) | {"n_spine_mets": None, "n_extraspinal_bone_mets": None}
    pairs = {
        (s["n_spine_mets"], s["n_extraspinal_bone_mets"]) for s in by_hand.completions("tomita", patient)
    }
    assert pairs == set(product(by_hand.values("n_spine_mets"), by_hand.values("n_extraspinal_bone_mets")))
