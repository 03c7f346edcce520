"""Golden measures of restricted means and of the comparison of groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from spinesurv.stats.logrank import adjusted_p, logrank, logrank_pairs
from spinesurv.stats.restricted_mean import RestrictedMean, restricted_mean
from tests.golden.case_files import Case, NotCovered, column

Values = dict[str, Any]


def _mean(case: Case, table: pd.DataFrame) -> RestrictedMean:
    return restricted_mean(
        table[case.data["time"]],
        table[case.data["event"]] == 1,
        case.params["tau"],
        start=column(table, case.data.get("start")),
        weights=column(table, case.data.get("weights")),
        robust=False,
    )


def rmst(case: Case) -> Values:
    if case.data.get("strata") or case.data.get("group"):
        raise NotCovered("restricted mean by strata in one case")
    found = _mean(case, case.table(case.survival_columns()))
    return {"rmst": found.value, "se": found.std_error}


def _groups(case: Case) -> tuple[pd.DataFrame, pd.Series, list[Any]]:
    """Rows, group labels and levels in the order of the case."""
    table = case.table([*case.survival_columns(), case.data["group"]])
    return (
        table,
        table[case.data["group"]],
        list(np.atleast_1d(np.array(case.params["levels"], dtype=object))),
    )


def rmst_difference(case: Case) -> Values:
    table, group, levels = _groups(case)
    if len(levels) < 2:
        raise NotCovered("difference of restricted means of one group")
    found = [_mean(case, table[(group == level).to_numpy()]) for level in levels]
    difference = found[1].value - found[0].value
    error = float(np.hypot(found[0].std_error, found[1].std_error))
    return {
        "rmst": [f.value for f in found],
        "se": [f.std_error for f in found],
        "diff": difference,
        "se_diff": error,
        "z": difference / error,
        "p": 2.0 * norm.sf(abs(difference / error)),
    }


def _arguments(case: Case, table: pd.DataFrame) -> dict[str, Any]:
    if case.data.get("weights"):
        raise NotCovered("log-rank test with case weights")
    strata = case.data.get("strata")
    columns = [] if strata is None else list(np.atleast_1d(strata))
    return {
        "time": table[case.data["time"]],
        "event": table[case.data["event"]] == 1,
        "group": table[case.data["group"]],
        "strata": table.groupby(columns, sort=True).ngroup() if columns else None,
        "start": column(table, case.data.get("start")),
        "rho": case.params["rho"],
    }


def _in_order(found: list[Any], levels: list[Any]) -> list[int]:
    """Positions of the levels of a case among those found."""
    if set(found) != set(levels):
        raise NotCovered("levels of groups that the data do not have")
    return [found.index(level) for level in levels]


def logrank_case(case: Case) -> Values:
    table, _, levels = _groups(case)
    test = logrank(**_arguments(case, table))
    at = _in_order(test.levels.tolist(), levels)
    return {
        "observed": test.observed[at],
        "expected": test.expected[at],
        "var": test.variance[np.ix_(at, at)],
        "chisq": test.chi_square,
        "df": test.degrees_of_freedom,
        "p": test.p,
    }


def logrank_pairwise(case: Case) -> Values:
    table, group, levels = _groups(case)
    at = _in_order(sorted(group.unique()), levels)
    found = {frozenset((i, j)): test for i, j, test in logrank_pairs(**_arguments(case, table))}
    tests = [found[frozenset((at[i - 1], at[j - 1]))] for i, j in case.params["pairs"]]
    p = [test.p for test in tests]
    adjusted = {f"p_{method}": adjusted_p(p, method) for method in case.params["adjust"]}
    return {"chisq": [test.chi_square for test in tests], "p": p, **adjusted}


MEASURES = {
    "rmst": rmst,
    "rmst_difference": rmst_difference,
    "logrank": logrank_case,
    "logrank_pairwise": logrank_pairwise,
}
