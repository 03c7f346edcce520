"""What is missing: how much, where, together with what, and not because of the value itself."""

import numpy as np
import pandas as pd
import pytest

from spinesurv.cohorts.synthetic import make_cohort, make_cohort_with_truth
from spinesurv.cohorts.synthetic.facts import facts
from spinesurv.cohorts.synthetic.gaps import SINS_COMPONENTS, rates, site_rate
from spinesurv.cohorts.synthetic.sites import site_facts, site_names

UNITED_STATES = ["us_surgical", "us_radiotherapy"]
CASES = [name for name in rates() if name != "sins_components"] + list(SINS_COMPONENTS)


@pytest.fixture(scope="module")
def drawn():
    return make_cohort_with_truth(40_000, seed=3)


@pytest.mark.parametrize("name", CASES)
def test_share_of_gaps_is_the_typical_one(drawn, name):
    """Per site the rate times its multiplier (binomial error; a cap at 1 takes up to 1 % off high rates); over
    the sites that measure the variable within a sixth of the typical rate, the spread the multipliers leave."""
    rows = drawn[0].patients[name].isna()
    never = facts()["missing"]["never_measured"]
    measured = [s for s in site_names() if name not in never.get(s, [])]
    for site in measured:
        expected, n = site_rate(site_facts(site), name), len(rows.loc[site])
        error = np.sqrt(expected * (1 - expected) / n)
        assert rows.loc[site].mean() == pytest.approx(expected, abs=4.5 * error + 0.01 * expected), site
    typical = rates()["sins_components" if name in SINS_COMPONENTS else name]
    error = np.sqrt(typical * (1 - typical) / len(rows.loc[measured]))
    assert rows.loc[measured].mean() == pytest.approx(typical, abs=typical / 6 + 4 * error)


def test_never_measured(drawn):
    rows = drawn[0].patients
    for name in ("crp", "ldh"):
        assert rows.loc[UNITED_STATES, name].isna().all()
        assert rows.drop(index=UNITED_STATES, level="site")[name].notna().any()


def test_never_missing(drawn):
    rows = drawn[0].patients
    named = [n for n in facts()["missing"]["never_missing"] if n in rows]
    assert len(named) == 5
    assert not rows[named].isna().any().any()


def test_panels_go_missing_together(drawn):
    """Share of the gaps of a later member where the first one is missing too: 0.7, but for the cap at 1."""
    rows = drawn[0].patients.drop(index=UNITED_STATES, level="site").isna()
    for panel in facts()["missing"]["panels"]:
        for member in panel[1:]:
            gaps = rows.loc[rows[member], panel[0]]
            assert gaps.mean() == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / len(gaps)) + 0.02), member


def test_urgency_and_early_years_have_more_gaps(drawn):
    rows = drawn[0].patients.loc["us_surgical"]
    gaps = rows[["albumin", "inr", "asa", "kps", "escc_grade"]].isna().mean(axis=1)
    urgent = rows["emergent_admission"] == "yes"
    early = rows["index_year"] < 2008
    assert gaps[urgent].mean() > 1.2 * gaps[~urgent].mean()
    assert gaps[early].mean() > 1.15 * gaps[~early].mean()


def test_gaps_do_not_depend_on_the_value():
    """Within a site the complete albumin of those with a gap is that of the others (error of two means)."""
    cohort, truth = make_cohort_with_truth(per_site=20_000, sites=["us_radiotherapy"], seed=12)
    gap = cohort.patients["albumin"].isna()
    complete = truth["complete_albumin"]
    error = complete.std() * np.sqrt(1 / gap.sum() + 1 / (~gap).sum())
    assert complete[gap].mean() == pytest.approx(complete[~gap].mean(), abs=4 * error)


def test_derived_values_are_missing_where_their_source_is(drawn):
    rows = drawn[0].patients
    assert rows.loc[rows["ecog"].isna(), "performance_acceptable"].isna().all()
    assert rows.loc[rows["lymphocytes"].isna() | rows["neutrophils"].isna(), "nlr"].isna().all()
    known = rows["hormone_receptor_status"].notna() & (rows["primary_tumor"] == "breast")
    assert rows.loc[known, "hormone_dependence"].notna().all()
    unknown = rows["hormone_receptor_status"].isna() & (rows["primary_tumor"] == "breast")
    assert rows.loc[unknown, "hormone_dependence"].isna().all()
    assert rows.loc[rows["primary_tumor"] == "kidney", "hormone_dependence"].notna().all()


def test_truth_holds_what_was_blanked(drawn):
    cohort, truth = drawn
    complete = make_cohort(40_000, seed=3, missing=False).patients
    no_gap = "instrumentation_failure_days"  # empty where none was seen
    blanked = [c for c in cohort.patients if c != no_gap and cohort.patients[c].isna().any()]
    assert [c for c in truth if c.startswith("complete_")] == [f"complete_{c}" for c in blanked]
    for name in blanked:
        behind = pd.Series(truth[f"complete_{name}"].to_numpy()).astype(complete[name].dtype)
        assert behind.equals(complete[name].reset_index(drop=True)), name
        there = cohort.patients[name].notna()
        assert (cohort.patients[name][there] == complete[name][there]).all(), name


def test_complete_truth_has_no_blanked_values():
    truth = make_cohort_with_truth(100, missing=False)[1]
    assert not [c for c in truth if c.startswith("complete_")]


def test_a_recorded_total_may_stay_where_components_are_missing(drawn):
    rows = drawn[0].patients
    assert (rows[list(SINS_COMPONENTS)].isna().any(axis=1) & rows["sins_total"].notna()).any()
