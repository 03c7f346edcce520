"""How gaps were filled, shown on all patients of a study: equations, settling of the chains, values beside recorded ones."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from spinesurv.features import ChainedImputer, imputed_values
from spinesurv.features.chained import TRACE_COLUMNS
from spinesurv.figures.small_cells import is_small
from spinesurv.study.everybody import EverybodyImputed

EQUATIONS = ["variable", "method", "scale", "columns", "n", "missing", "share_missing", "never_recorded_at"]


#: levels of a category whose trace is drawn
SHOWN_LEVELS = 2


def most_gaps(tables: Mapping[str, pd.DataFrame], *, panels: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of imputed_values and imputation_trace that fill so many panels: variables with most gaps first.

    Of a category the trace shows its commonest levels.
    """
    values, trace = tables["imputed_values"], tables["imputation_trace"].fillna({"level": ""})
    by_gaps = tables["imputation"].sort_values("share_missing", ascending=False, kind="stable")["variable"]
    order = [v for v in by_gaps if v in set(values["variable"])]
    share = trace.groupby(["variable", "level"], sort=False)["mean"].mean()
    places: list[tuple[str, str]] = []
    for name in order:
        levels = share[name] if name in share.index else share.iloc[:0]
        places += [(name, level) for level in levels.nlargest(SHOWN_LEVELS).index]
    key = pd.MultiIndex.from_frame(trace[["variable", "level"]])
    drawn = [trace[key == place] for place in places[:panels]]
    return (
        pd.concat([values[values["variable"] == name] for name in order[:panels]] or [values]),
        pd.concat(drawn or [trace.iloc[:0]]),
    )


def imputation_tables(made: EverybodyImputed | None, recorded: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables imputation, imputation_trace and imputed_values; none where nothing was imputed.

    Parameters
    ----------
    made : imputer of everybody, and its completed tables
    recorded : the same patients with their gaps

    Returns
    -------
    dict
        imputation has one row per variable: method, scale, columns of the equation, n patients learned from, missing
        values and their share, and the sites that never recorded it; counts are missing where 1 to 4 are.
    """
    if made is None:
        return {}
    site = recorded.index.get_level_values("site")
    equations = made.imputer.equations_
    never = [
        "; ".join(str(s) for s, known in recorded[v].notna().groupby(site).any().items() if not known)
        for v in equations["variable"]
    ]
    share = equations["missing"] / (equations["missing"] + equations["n"])
    few = equations["missing"].map(is_small)
    equations = equations.assign(share_missing=share.mask(few), never_recorded_at=never)
    equations["n"] = equations["n"].astype("Int64").mask(few)
    equations["missing"] = equations["missing"].astype("Int64").mask(few)
    return {
        "imputation": equations[EQUATIONS],
        "imputation_trace": _trace(made),
        "imputed_values": imputed_values(recorded, made.completed, list(equations["variable"])),
    }


def _trace(made: EverybodyImputed) -> pd.DataFrame:
    """How the chains moved; no rows where there are none."""
    if isinstance(made.imputer, ChainedImputer):
        return made.imputer.trace(range(1, len(made.completed) + 1))
    return pd.DataFrame(columns=list(TRACE_COLUMNS))
