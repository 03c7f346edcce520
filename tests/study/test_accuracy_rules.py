"""Tables of the rules of accuracy: what stands in them, and how medians are judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Prediction
from spinesurv.evaluation import evaluate
from spinesurv.report.accuracy_blocks import medians_block, rules_block
from spinesurv.study import Study
from spinesurv.study.accuracy_rules import RULES, medians_table, rules_table
from spinesurv.units import DAYS_PER_MONTH
from tests.cohort_factory import small_cohort
from tests.study.files import write_study

COMPLETE = [f"{rule}_complete" for rule in RULES]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A cohort, and predictions of the score of a study: the worse half is promised less than 6 months, five have none."""
    cohort = small_cohort(300)
    study = Study.read(write_study(tmp_path_factory.mktemp("study"), cohort=cohort))
    groups = study.systems["tomita"].score.groups
    best, worst = groups[0], groups[-1]
    poor = cohort.outcome.time_days < np.median(cohort.outcome.time_days)
    months = [g.interval_months for g in (best, worst)]
    ends = np.array(months)[poor.astype(int)] * DAYS_PER_MONTH
    silent = np.arange(len(cohort)) < 5
    ends[silent] = np.nan
    prediction = Prediction(
        cohort.patients.index,
        marker=np.where(silent, np.nan, poor.astype(float)),
        times_days=[90.0],
        survival=np.where(silent, np.nan, np.where(poor, 0.4, 0.8))[:, None],
        group=pd.Categorical.from_codes(
            np.where(silent, -1, np.where(poor, len(groups) - 1, 0)), [g.key for g in groups], ordered=True
        ),
        expected_days=ends,
        reason=np.where(silent, "missing: primary_tumor", ""),
    )
    performance = evaluate(
        cohort.outcome, {"tomita": prediction}, horizons_days=[90], metrics=[*RULES, *COMPLETE, "auc"]
    )
    return cohort, prediction, study.systems, performance


def test_every_rule_with_a_value_has_a_row(judged):
    cohort, _, systems, performance = judged
    table = rules_table(performance, systems, cohort)
    known = performance[performance["status"] != "gap"]
    assert len(table) == (~known["metric"].isin(COMPLETE)).sum()
    for row in table[table["rule"] != "acc_auc_gt_070"].to_dict("records"):
        complete = known[known["metric"] == f"{row['rule']}_complete"]
        at = (
            complete["horizon_days"].isna()
            if np.isnan(row["horizon_days"])
            else complete["horizon_days"] == row["horizon_days"]
        )
        assert row["complete_value"] == complete.loc[at, "value"].item()
        assert row["undecided"] == row["n"] - complete.loc[at, "n"].item() >= 0
        if row["rule"] == "acc_worst_group":
            assert np.isnan(row["unclassifiable"])
        else:
            assert row["unclassifiable"] == len(cohort) - row["n"] == 5
    assert table["value"].notna().all()
    auc = table[table["rule"] == "acc_auc_gt_070"].iloc[0]
    assert (auc["horizon_days"], auc["words"]) == (90, "yes")
    half = table[table["rule"] == "acc_probability_050"].iloc[0]
    dead = np.mean(cohort.outcome.time_days <= 90)
    assert half["words"].endswith("alive" if dead < 0.5 else "dead")
    block = rules_block(table)
    assert len(block["columns"]) == len(block["rows"][0]["cells"])
    assert block["names"]["Worst group dead"] == "acc_worst_group"
    assert block["auc"] == "AUC above 0.70 (acc_auc_gt_070) at days 90: Tomita score (days 90)"
    lower = table.assign(words=table["words"].replace("yes", "no"))
    assert rules_block(lower)["auc"].endswith("at days 90: no system on any of them")


def test_medians_stand_beside_what_was_promised(judged):
    cohort, prediction, systems, _ = judged
    table = medians_table(cohort, {"tomita": prediction}, {"tomita": systems["tomita"]})
    assert table["n"].sum() == 295
    for row in table.to_dict("records"):
        inside = row["promised_low"] <= row["median"] < row["promised_high"]
        assert (row["verdict"] == "within") == inside
        assert row["low"] <= row["median"]
    assert [line["label"] for line in medians_block(table)] == ["Tomita score", ""]
