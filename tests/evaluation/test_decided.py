"""Decision systems on a cohort: shares, flips, agreement and net benefit, by hand on eight lesions and against the parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from spinesurv.cohorts import make_cohort
from spinesurv.core import Cohort, Outcome, Prediction
from spinesurv.decisions import integrate
from spinesurv.decisions.of_cohort import lesions_of
from spinesurv.evaluation.decided import COLUMNS, decision_summary, gate_benefit
from spinesurv.metrics import METRICS

KEY = pd.MultiIndex.from_arrays([["a"] * 8, list("12345678")], names=["site", "patient_id"])
#: row of NOMS that each lesion leads to where the gate passes: 1, 5, 3, 7, 7 (gate fails: 8), 7, out of table, open
LESIONS = pd.DataFrame(
    {
        "primary_tumor": ["breast", "breast", "kidney", "kidney", "kidney", "kidney", "kidney", "kidney"],
        "escc_grade": ["0", "2", "0", "3", "3", "3", "0", "1c"],
        "myelopathy": ["no", "no", "no", "no", "no", "no", "yes", None],
        "sins_total": [3, 3, 3, 3, 3, 3, 3, 9],
        "tolerates_surgery": "yes",
    },
    index=pd.MultiIndex.from_arrays(
        [["a"] * 8, list("12345678"), ["1"] * 8, ["2024-01-01"] * 8],
        names=["site", "patient_id", "lesion_id", "decision_date"],
    ),
)
P90 = np.array([0.9, 0.9, 0.9, 0.9, 0.2, 0.65, 0.9, 0.9])
PREDICTION = Prediction(KEY, times_days=np.array([90.0]), survival=P90[:, None])
OUTCOME = Outcome([400, 300, 500, 200, 30, 120, 600, 250], [0, 1, 0, 1, 1, 1, 0, 0])
TREATMENT = pd.Series(
    [
        "radiotherapy",
        "surgery",
        "radiotherapy",
        "surgery",
        "radiotherapy",
        "surgery_and_radiotherapy",
        "surgery",
        "surgery",
    ],
    index=KEY,
)


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    return decision_summary(
        LESIONS, PREDICTION, OUTCOME, model="cox", treatment=TREATMENT, model_inputs=["age", "primary_tumor"]
    )


def of(summary: pd.DataFrame, topic: str) -> dict[str, float]:
    rows = summary[(summary["topic"] == topic) & (summary["words"] == "")]
    return dict(zip(rows["item"], rows["n"], strict=True))


def test_counts_by_hand(summary: pd.DataFrame) -> None:
    assert list(summary.columns) == COLUMNS
    assert of(summary, "status") == {"determined": 6, "indeterminate": 1, "out_of_table": 1}
    assert of(summary, "decision") == {
        "CEBRT": 3, "SRS": 1, "DECOMP_STAB_SRS": 2, "OUT_OF_TABLE": 1, "several remain possible": 1,
    }  # fmt: skip
    assert of(summary, "gate") == {"pass": 7, "fail": 1}
    assert of(summary, "matters") == {"mechanical": 1, "myelopathy": 1}
    assert of(summary, "conflict") == {}
    assert of(summary, "sins") == {"stable": 7, "potentially_unstable": 1}


def test_flips_by_hand(summary: pd.DataFrame) -> None:
    flips = of(summary, "flip")
    # at 0.7 the gate of patient 6 (0.65) fails as well: row 7 becomes row 8
    assert [flips[f"p_min = {p}"] for p in (0.3, 0.4, 0.6, 0.7)] == [0, 0, 0, 1]
    # the lesion of grade 1c leaves the rows of low grade
    assert flips["grade_1c_policy = high"] == 1
    assert flips["potentially_unstable_policy = stable"] == 1
    assert flips["prior_rt_policy = ignore"] == 0
    # nobody's earlier radiotherapy is known, so that the two sensitive tumours may count as resistant
    assert flips["prior_rt_policy = treat_as_resistant"] == 2
    single = summary[(summary["topic"] == "flip") & (summary["words"] != "")].set_index("item")["n"]
    assert single["p_min = 0.7"] == 1
    assert single["grade_1c_policy = high"] == 0


def test_agreement_by_hand(summary: pd.DataFrame) -> None:
    rows = summary[summary["topic"] == "agreement"].set_index("item")
    assert rows[["n", "of"]].to_numpy().tolist() == [[1, 1], [1, 1], [0, 1], [2, 2], [1, 1], [5, 6]]
    assert list(rows.index) == ["row 1", "row 3", "row 5", "row 7", "row 8", "all rows"]
    mapped, given = [0, 0, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1]
    assert rows.loc["all rows", "value"] == pytest.approx(cohen_kappa_score(mapped, given), abs=1e-12)
    assert rows.loc["all rows", "low"] < rows.loc["all rows", "value"] < rows.loc["all rows", "high"]


def test_what_to_think_about(summary: pd.DataFrame) -> None:
    notes = summary[summary["topic"].isin(["double_counting", "time_zero"])]
    assert notes["item"].tolist() == ["primary_tumor", "tolerates_surgery"]


def test_net_benefit_of_the_gate_is_that_of_the_measure() -> None:
    cohort = make_cohort(patients=400, seed=5)
    rng = np.random.default_rng(1)
    p = np.clip(rng.beta(4, 2, len(cohort)), 0, 1)
    prediction = Prediction(cohort.patients.index, times_days=np.array([90.0]), survival=p[:, None])
    rows = [r for r in gate_benefit(cohort.known_outcome, prediction) if r["item"] == "p_min = 0.6"]
    expected = METRICS["net_benefit"].function(
        cohort.known_outcome, prediction, horizon_days=90, threshold=0.4
    )
    assert rows[0]["value"] == expected.value
    assert (rows[0]["low"], rows[0]["high"]) == expected.interval()
    # over failing everybody: the same minus what failing everybody gives
    time, event = cohort.known_outcome.time_days, cohort.known_outcome.event
    dead = 1 - np.prod(
        [
            1 - ((time == t) & (event == 1)).sum() / (time >= t).sum()
            for t in np.unique(time[(time <= 90) & (event == 1)])
        ]
    )
    everybody = dead - (1 - dead) * 0.4 / 0.6
    assert rows[1]["value"] == pytest.approx(expected.value - everybody, abs=1e-12)


def test_calibration_at_the_gate_is_that_of_the_measures(summary: pd.DataFrame) -> None:
    rows = summary[summary["topic"] == "gate_calibration"].set_index("item")
    # Kaplan-Meier at day 90: one of eight died (day 30), nobody was censored before
    assert rows.loc["observed_expected", "value"] == pytest.approx((1 / 8) / (1 - P90).mean(), rel=1e-12)
    # one death is too few for a slope: a gap with its reason
    assert np.isnan(rows.loc["calibration_slope", "value"])
    assert "fewer than" in rows.loc["calibration_slope", "words"]


def test_lesions_of_a_cohort_carry_their_patients() -> None:
    cohort = make_cohort(patients=120, seed=2)
    lesions = lesions_of(cohort)
    assert len(lesions) == len(cohort.lesions)
    owner = lesions.index.droplevel(["lesion_id", "decision_date"])
    expected = cohort.patients.loc[owner, "primary_tumor"].to_numpy()
    assert (pd.Series(lesions["primary_tumor"].to_numpy()).fillna("") == pd.Series(expected).fillna("")).all()
    statuses = integrate(lesions).to_frame()["int_status"]
    assert "invalid_input" not in set(statuses)


def test_index_lesions_stand_among_the_patients_where_there_is_no_table_of_lesions() -> None:
    cohort = make_cohort(patients=60, seed=2)
    lesions = lesions_of(Cohort(cohort.patients, cohort.outcome))
    assert len(lesions) == 60
    assert list(lesions.index.names) == ["site", "patient_id", "lesion_id", "decision_date"]
    assert integrate(lesions).to_frame()["lesion_id"].tolist() == ["index"] * 60
    bare = Cohort(cohort.patients[["age", "sex"]], cohort.outcome)
    assert lesions_of(bare) is None
