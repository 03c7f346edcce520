"""Golden measures of competing risks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.censoring import KaplanMeierCensoring
from spinesurv.stats.cox_survival import coefficient_influence
from spinesurv.stats.fine_gray import fit_fine_gray
from spinesurv.stats.gray_test import gray_test
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import build, model_columns

Values = dict[str, Any]


def _causes(case: Case) -> list[Any]:
    """The codes of the kinds of events that a case asks about."""
    asked = case.params.get("causes", case.data["event_codes"]["causes"])
    return list(np.atleast_1d(np.array(asked, dtype=object)))


def _kinds(case: Case, table: pd.DataFrame, cause: Any) -> tuple[np.ndarray, np.ndarray]:
    """Whether follow-up ended with the event of interest, and with another one."""
    code = table[case.data["event"]]
    event = (code == cause).to_numpy()
    return event, ~event & (code != case.data["event_codes"]["censored"]).to_numpy()


def aalen_johansen(case: Case) -> Values:
    if case.data.get("strata") or case.data.get("group"):
        raise NotCovered("cumulative incidence by group in one case")
    table, p = case.table(case.survival_columns()), case.params
    out: Values = {"at": p["at"]}
    for cause in _causes(case):
        curve = AalenJohansen(
            table[case.data["time"]],
            *_kinds(case, table, cause),
            start=column(table, case.data.get("start")),
            weights=column(table, case.data.get("weights")),
        )
        out |= {f"cif_{cause}": curve.at(p["at"]), f"se_{cause}": curve.std_error(p["at"])}
        if "level" in p or "conf_type" in p:
            low, high = curve.interval(p["at"], level=p.get("level", 0.95), kind=p.get("conf_type", "log"))
            out |= {f"lower_{cause}": low, f"upper_{cause}": high}
    return out


def gray(case: Case) -> Values:
    if case.data.get("weights") or case.data.get("start"):
        raise NotCovered("Gray's test with case weights or delayed entry")
    strata = case.data.get("strata")
    columns = [] if strata is None else list(np.atleast_1d(strata))
    table = case.table([case.data["time"], case.data["event"], case.data["group"], *columns])
    tests = [
        gray_test(
            table[case.data["time"]],
            *_kinds(case, table, cause),
            table[case.data["group"]],
            strata=table.groupby(columns, sort=True).ngroup() if columns else None,
            rho=case.params.get("rho", 0.0),
        )
        for cause in _causes(case)
    ]
    return {
        "chisq": [t.chi_square for t in tests],
        "p": [t.p for t in tests],
        "df": [t.degrees_of_freedom for t in tests],
    }


def fine_gray(case: Case) -> Values:
    model = case.model
    if model is None or model["family"] != "fine_gray":
        raise NotCovered(f"model family {model['family'] if model else None}")
    if model["penalty"] or model["strata"] or model["start"] or model["weights"]:
        raise NotCovered("penalty, strata, weights or delayed entry in a Fine-Gray model")
    table = case.table([*model_columns(model), *case.survival_columns()])
    columns = build(model, table)
    if columns.strata is not None or columns.offset is not None:
        raise NotCovered("strata or offset in a Fine-Gray model")
    event, other = _kinds(case, table, case.params["cause"])
    time = table[model["time"]].to_numpy(dtype=float)
    fit = fit_fine_gray(
        columns.x,
        time,
        event,
        other,
        KaplanMeierCensoring(time, event | other, ties="events_last"),
        ties=model["ties"] or "breslow",
    )
    error = np.sqrt(np.sum(coefficient_influence(fit) ** 2, axis=0))
    return {"coef": fit.coef, "se": error}


MEASURES = {"fine_gray": fine_gray, "aalen_johansen": aalen_johansen, "gray_test": gray}
