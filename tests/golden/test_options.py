"""Options of the case format that no visible golden case has, on data where the answer is known without R."""

from __future__ import annotations

from math import exp, isnan, log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.golden.case_files import Case
from tests.golden.running import MEASURES

SURVIVAL: dict[str, Any] = {"time": "time", "start": None, "event": "event"}
KM = {"model": "km", "terms": []}


def computed(folder: Path, table: dict[str, Any], measure: str, **parts: Any) -> dict[str, Any]:
    """What a measure computes from a small table."""
    (folder / "data").mkdir(exist_ok=True)
    file = f"{len(list((folder / 'data').iterdir()))}.csv"  # tables are read once
    pd.DataFrame(table).to_csv(folder / "data" / file, index=False)
    case = Case(
        label="made here",
        topic="",
        due="metrics",
        measure=measure,
        optional=False,
        data={**SURVIVAL, "file": file, **parts.get("data", {})},
        model=parts.get("model"),
        params=parts["params"],
        values={},
        given=(),
        indicative=(),
        values_range={},
        tolerance={"abs": 0.0, "rel": 0.0, "se_rel": 0.0},
        folder=folder,
    )
    return MEASURES[measure](case)


def cox(terms: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    plain = {"strata": [], "cluster": None, "weights": None, "penalty": None, "outcome": None}
    model = {
        "family": "cox",
        "time": "time",
        "start": None,
        "event": "event",
        "ties": "efron",
        "terms": terms,
    }
    return {**plain, **model, **more}


def term(var: str, kind: str = "linear", **more: Any) -> dict[str, Any]:
    empty = {"transform": "identity", "ref": None, "levels": None, "knots": None, "nknots": None}
    return {"kind": kind, "var": var, **empty, **more}


@pytest.mark.parametrize(
    ("kind", "before_first_event"), [("log-log", float("nan")), ("log", 1.0), ("plain", 1.0)]
)
def test_limits_between_first_censoring_and_first_event(
    tmp_path: Path, kind: str, before_first_event: float
) -> None:
    """survfit_confint of survival 3.5: log-log has no limits at a survival of 1; before the curve begins they are 1."""
    table = {"time": [2, 4, 5, 6], "event": [0, 1, 0, 1]}
    found = computed(
        tmp_path, table, "kaplan_meier", params={"at": [1, 3, 4], "level": 0.95, "conf_type": kind}
    )
    assert found["lower"][0] == found["upper"][0] == 1.0
    limits = [found["lower"][1], found["upper"][1]]
    assert limits == pytest.approx([before_first_event] * 2, nan_ok=True)
    assert 0.0 < found["lower"][2] < found["surv"][2] == pytest.approx(2 / 3)


def test_same_limits_of_a_predicted_curve(tmp_path: Path) -> None:
    table = {"time": [2, 4, 5, 6, 7, 8], "event": [0, 1, 1, 0, 1, 1], "x": [1, 2, 1, 3, 2, 1]}
    params = {"at": [1, 3, 5], "level": 0.95, "conf_type": "log-log", "newdata": [{"x": 1}, {"x": 2}]}
    found = computed(tmp_path, table, "cox_predict", model=cox([term("x")]), params=params)
    assert found["lower"].shape == (3, 2)
    assert (found["lower"][0] == 1.0).all()
    assert np.isnan(found["upper"][1]).all()
    assert np.isfinite(found["upper"][2]).all()


def test_auc_without_events_at_the_horizon(tmp_path: Path) -> None:
    """Nobody is censored: the share of pairs in the right order, the event at 3 being no case and no control."""
    table = {"time": [1, 2, 3, 4, 5], "event": [1, 1, 1, 1, 1], "r": [0.9, 0.3, 0.5, 0.4, 0.2]}
    params = {"at": [3], "level": 0.95, "case_rule": "T<t", "censoring": KM}
    found = computed(tmp_path, table, "td_auc_risk", data={"risk_by_time": ["r"]}, params=params)
    assert found["auc"] == [pytest.approx(3 / 4)]
    with_it = computed(
        tmp_path,
        table,
        "td_auc_risk",
        data={"risk_by_time": ["r"]},
        params={**params, "case_rule": "T<=t"},
    )
    assert with_it["auc"] == [pytest.approx(5 / 6)]


def test_auc_of_one_case(tmp_path: Path) -> None:
    """The public measure asks for two deaths; a golden value may rest on one."""
    table = {"time": [1, 2, 3, 4], "event": [1, 0, 1, 1], "r": [0.5, 0.3, 0.6, 0.4]}
    params = {"at": [1.5], "level": 0.95, "case_rule": "T<=t", "censoring": KM}
    found = computed(tmp_path, table, "td_auc_risk", data={"risk_by_time": ["r"]}, params=params)
    assert found["auc"] == [pytest.approx(2 / 3)]


def test_brier_score_ends_with_follow_up(tmp_path: Path) -> None:
    """Nobody is censored: the mean squared error at the last death, and as in riskRegression nothing after it."""
    table = {"time": [1, 2, 3], "event": [1, 1, 1], "r": [0.9, 0.5, 0.4]}
    params = {"at": [2, 3, 4], "level": 0.95, "case_rule": "T<=t", "censoring": KM}
    found = computed(tmp_path, table, "ipcw_brier", data={"risk_by_time": ["r"] * 3}, params=params)
    assert found["brier"] == pytest.approx(
        [(0.01 + 0.25 + 0.16) / 3, (0.01 + 0.25 + 0.36) / 3, np.nan], nan_ok=True
    )
    assert np.isnan(found["upper"][2])


def test_observed_expected_beyond_follow_up_and_without_events(tmp_path: Path) -> None:
    table = {"time": [1, 2, 3, 4], "event": [0, 1, 0, 0], "r": [0.2, 0.4, 0.2, 0.2]}
    for horizon, observed in ((9, 1 / 3), (1.5, 0.0)):
        found = computed(
            tmp_path,
            table,
            "observed_expected",
            data={"risk": "r"},
            params={"horizon": horizon, "level": 0.95},
        )
        assert found["O"] == pytest.approx(observed)
        assert found["OE"] == pytest.approx(observed / 0.25)
        assert found["diff_E_minus_O"] == pytest.approx(0.25 - observed)


def test_group_without_events_makes_the_test_infinite(tmp_path: Path) -> None:
    table = {"time": [1, 2, 3, 4, 5, 6], "event": [0, 0, 0, 1, 1, 0], "r": [0.1, 0.1, 0.1, 0.6, 0.6, 0.6]}
    params = {"horizon": 5, "level": 0.95, "conf_type": "log", "groups": 2, "grouping": "cut2"}
    found = computed(tmp_path, table, "grouped_calibration", data={"risk": "r"}, params=params)
    assert isnan(found["GND_chi2"])
    assert found["GND_p"] == 0.0
    assert found["km_risk"] == pytest.approx([0.0, 2 / 3])


def test_more_than_two_groups_of_restricted_means(tmp_path: Path) -> None:
    table = {"time": [1, 2, 3, 4, 5, 6], "event": [1] * 6, "g": ["a", "a", "b", "b", "c", "c"]}
    params = {"tau": 10, "levels": ["a", "b", "c"]}
    found = computed(tmp_path, table, "rmst_difference", data={"group": "g"}, params=params)
    assert found["rmst"] == pytest.approx([1.5, 3.5, 5.5])
    assert found["diff"] == pytest.approx(2.0)


def test_baseline_hazard_at_the_centre(tmp_path: Path) -> None:
    """coxph centres a column at its mean and leaves one of 0 and 1 where it is."""
    table = {
        "time": [1, 2, 3, 4, 5, 6],
        "event": [1, 0, 1, 1, 1, 0],
        "x": [3, 1, 2, 3, 1, 2],
        "z": [0, 1, 0, 1, 0, 0],
    }
    model, at = cox([term("x"), term("z")]), [3, 5]
    zero, centred = (
        computed(tmp_path, table, "baseline_hazard", model=model, params={"centered": c, "at": at})["cumhaz"]
        for c in (False, True)
    )
    coef = computed(tmp_path, table, "cox_fit", model=model, params={})["coef"]
    assert centred == pytest.approx(zero * exp(2.0 * coef[0]), rel=1e-12)


def test_levels_that_read_as_numbers_compare_as_numbers(tmp_path: Path) -> None:
    table = {"time": [1, 2, 3, 4, 5, 6], "event": [1, 0, 1, 1, 1, 1], "z": [1, 0.5, 0, 1, 0.5, 0]}

    def coef(ref: Any, levels: list[Any]) -> list[float]:
        model = cox([term("z", "factor", ref=ref, levels=levels)])
        return list(computed(tmp_path, table, "cox_fit", model=model, params={})["coef"])

    assert coef(0, [0, 0.5, 1]) == coef("0", [0, "0.5", "1.0"])


def test_certain_risks_have_no_log_score(tmp_path: Path) -> None:
    table = {"y": [0, 1, 0, 1, 0, 1], "p": [0.2, 0.3, 0.6, 0.7, 0.4, 0.5]}
    model = {**cox([term("p", transform="logit")]), "family": "logistic", "outcome": "y"}
    parts = {"data": {"outcome": "y", "risk": "p"}, "model": model, "params": {"level": 0.95}}
    found = computed(tmp_path, table, "logistic_calibration", **parts)
    assert found["log_score"] == pytest.approx(
        -sum(log(x) for x in (0.8, 0.3, 0.4, 0.7, 0.6, 0.5)) / 6, rel=1e-12
    )
    table["p"][0] = 0.0
    found = computed(tmp_path, table, "logistic_calibration", **parts)
    assert found["log_score"] is None
    assert found["lr_U_chi2"] is None
    assert found["brier"] == pytest.approx(np.mean([0.0, 0.49, 0.36, 0.09, 0.16, 0.25]))


def test_folds_and_indices_count_rows_of_the_file(tmp_path: Path) -> None:
    """A row with a missing value is left out and the others keep their fold and their number."""
    draw = np.random.default_rng(4)
    whole = pd.DataFrame({"time": draw.exponential(size=40), "event": 1, "x": draw.normal(size=40)})
    holed = pd.concat([pd.DataFrame({"time": [1.0], "event": [1], "x": [np.nan]}), whole])
    fold, rows = np.arange(40) % 4, draw.integers(0, 40, (3, 40))
    (tmp_path / "data").mkdir()
    for name, first, add in (("whole", [], 0), ("holed", [0], 1)):
        pd.DataFrame({"fold": [*first, *fold]}).to_csv(tmp_path / "data" / f"{name}_fold.csv", index=False)
        pd.DataFrame(rows + add).to_csv(tmp_path / "data" / f"{name}_rows.csv", index=False)

    def both(measure: str, ending: str, data: dict[str, Any]) -> list[dict[str, Any]]:
        key = "folds" if ending == "fold" else "indices"
        return [
            computed(
                tmp_path,
                table.to_dict("list"),
                measure,
                model=cox([term("x")]),
                data={key: {"file": f"{name}_{ending}.csv", **data}},
                params={"n_first": 5},
            )
            for name, table in (("whole", whole), ("holed", holed))
        ]

    one, two = both("cross_validation_fixed_folds", "fold", {"column": "fold"})
    assert one["C_per_fold"] == two["C_per_fold"]
    assert np.isnan(two["lp_first10"][0])
    assert two["lp_first10"][1:] == pytest.approx(one["lp_first10"][:4], rel=1e-12)
    one, two = both("bootstrap_fixed_indices", "rows", {"base": 0, "replicate": "row"})
    assert one["corrected_C"] == pytest.approx(two["corrected_C"], rel=1e-12)
