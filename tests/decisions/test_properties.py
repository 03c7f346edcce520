"""What must hold for every lesion, whatever the tables say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinesurv.decisions import integrate, noms, sins, survival_gate
from spinesurv.decisions.gates import FAIL, PASS
from tests.decisions.by_hand import ALIGNMENT, BONE, PAIN, POSTEROLATERAL
from tests.decisions.lesions import random_lesions

COMPLETE = random_lesions(400, seed=3, missing=0.0)
ORDERS = {
    "level": ["S3", "T6", "L3", "L1"],
    "pain": sorted(PAIN, key=PAIN.get),
    "bone_lesion": sorted(BONE, key=BONE.get),
    "alignment": sorted(ALIGNMENT, key=ALIGNMENT.get),
    "posterolateral": sorted(POSTEROLATERAL, key=POSTEROLATERAL.get),
    "collapse_pct": [0, 1, 50, 51, 100],
    "body_involved_pct": [0, 50, 51, 100],
}


@pytest.mark.parametrize("component", ORDERS)
def test_a_worse_component_never_lowers_the_total(component: str) -> None:
    totals = [sins(COMPLETE.assign(**{component: value}))["sins_total"] for value in ORDERS[component]]
    for lower, higher in pairwise(totals):
        assert (higher >= lower).all()


@given(seed=st.integers(0, 10_000), component=st.sampled_from(list(ORDERS)), data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_worse_component_never_lowers_the_range(seed: int, component: str, data: st.DataObject) -> None:
    """Also where other components are missing: neither end of what is possible falls."""
    gaps = random_lesions(40, seed, missing=0.4)
    worth = ORDERS[component]
    i = data.draw(st.integers(0, len(worth) - 2))
    j = data.draw(st.integers(i + 1, len(worth) - 1))
    better, worse = (sins(gaps.assign(**{component: worth[k]})) for k in (i, j))
    for end in ("sins_min", "sins_max"):
        assert (worse[end] >= better[end]).all()


def test_every_total_is_reached_and_none_beyond() -> None:
    columns = {name: values for name, values in ORDERS.items() if name != "body_involved_pct"}
    grid = pd.MultiIndex.from_product(columns.values(), names=columns).to_frame(index=False)
    found = pd.concat([sins(grid.assign(body_involved_pct=v)) for v in (0, 100)])["sins_total"]
    assert sorted(found.unique()) == list(range(19))


@given(
    p=st.floats(0, 1),
    width=st.floats(0, 0.5),
    lower=st.floats(0.01, 0.99),
    rise=st.floats(0, 0.5),
    interval=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_a_higher_threshold_never_turns_a_fail_into_a_pass(
    p: float, width: float, lower: float, rise: float, interval: bool
) -> None:
    ends = {"ci_low": max(0.0, p - width), "ci_high": min(1.0, p + width)} if interval else {}
    results = [
        survival_gate(p, **ends, horizon_days=90, p_min=p_min)["gate"].iloc[0]
        for p_min in (lower, min(lower + rise, 0.995))
    ]
    order = [FAIL, "uncertain", PASS]
    assert order.index(results[1]) <= order.index(results[0])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_more_information_never_enlarges_what_is_possible(seed: int) -> None:
    gaps = random_lesions(60, seed, missing=0.35)
    complete = random_lesions(60, seed, missing=0.0)
    rng = np.random.default_rng(seed)
    fuller = gaps.where(gaps.notna() | (rng.random(gaps.shape) < 0.5), complete)
    for before, after in zip(noms(gaps)["noms_decisions"], noms(fuller)["noms_decisions"], strict=True):
        assert set(after) <= set(before)
    less, more = sins(gaps), sins(fuller)
    assert (more["sins_min"] >= less["sins_min"]).all()
    assert (more["sins_max"] <= less["sins_max"]).all()


@given(p_min=st.floats(0.05, 0.95), seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.15, 0.5]))
@settings(max_examples=25, deadline=None)
def test_a_failed_surgery_gate_never_yields_decompression(p_min: float, seed: int, missing: float) -> None:
    found = integrate(random_lesions(60, seed, missing), p_min=p_min).to_frame()
    failed = found["gate_surgery_3m"] == FAIL
    assert not found.loc[failed, "int_decisions"].str.contains("DECOMP").any()


def test_a_failed_surgery_gate_changes_what_was_mapped() -> None:
    found = integrate(random_lesions(2000, seed=8)).to_frame()
    failed = found["gate_surgery_3m"] == FAIL
    assert failed.sum() > 100
    assert found.loc[failed, "noms_decisions"].str.contains("DECOMP").any()


def test_order_of_rows_does_not_matter() -> None:
    lesions = random_lesions(200, seed=5)
    shuffled = lesions.sample(frac=1.0, random_state=1)
    a = integrate(lesions).to_frame().set_index("patient_id")
    b = integrate(shuffled).to_frame().set_index("patient_id")
    pd.testing.assert_frame_equal(a, b.loc[a.index])
