"""Golden measures of competing risks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.gray_test import gray_test
from tests.golden.case_files import Case, NotCovered, column

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


MEASURES = {"aalen_johansen": aalen_johansen, "gray_test": gray}
