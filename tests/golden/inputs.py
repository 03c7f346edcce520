"""From a golden case to what the public measures take: outcome, prediction and model of censoring."""

from __future__ import annotations

import pandas as pd

from spinesurv.core import Outcome, Prediction
from spinesurv.stats.censoring import CoxCensoring
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import FloatArray, build, term_variables

CASE_RULES = {"T<=t": True, "T<t": False}


def outcome_of(case: Case, table: pd.DataFrame) -> Outcome:
    """Follow-up of the rows of a table."""
    return Outcome(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        entry_days=column(table, case.data.get("start")),
    )


def ranked(table: pd.DataFrame, marker: str) -> Prediction:
    """A column as a marker."""
    return Prediction(pd.RangeIndex(len(table)), marker=column(table, marker))


def risk_of(risk: FloatArray, horizon: float) -> Prediction:
    """Risks of an event by a horizon."""
    return Prediction(pd.RangeIndex(len(risk)), times_days=[horizon], survival=(1.0 - risk)[:, None])


def censoring_columns(case: Case) -> list[str | None]:
    """Columns on which the censoring of a case depends."""
    return [v for term in case.params["censoring"]["terms"] for v in term_variables(term)]


def censoring_model(case: Case, table: pd.DataFrame, outcome: Outcome) -> CoxCensoring | None:
    """The model of censoring of a case; None = Kaplan-Meier, which the measures make themselves."""
    model = case.params["censoring"]
    if model["model"] == "km":
        return None
    if model["model"] != "cox":
        raise NotCovered(f"censoring model {model['model']}")
    x = build({"terms": model["terms"], "strata": []}, table)
    if x.strata is not None or x.offset is not None:
        raise NotCovered("strata or offset in the Cox model of censoring")
    if case.data.get("weights") is not None:
        raise NotCovered("case weights with a Cox model of censoring")
    return CoxCensoring(x.x, outcome.time_days, outcome.event, influence="riskRegression")


def case_rule(case: Case) -> bool:
    """Whether an event exactly at the horizon makes a case."""
    rule = case.params["case_rule"]
    if rule not in CASE_RULES:
        raise NotCovered(f"rule of cases {rule}")
    return CASE_RULES[rule]


def no_delayed_entry(case: Case) -> None:
    """Refuse a case whose weights for censoring would have to know of delayed entry."""
    if case.data.get("start"):
        raise NotCovered("delayed entry in a measure weighted for censoring")
