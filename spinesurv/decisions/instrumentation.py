"""Failure of instrumentation: which factors are there."""

from __future__ import annotations

import pandas as pd

from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import at_least, factors, listed, with_limit
from spinesurv.decisions.sins import stability


@research_use
def instrumentation_factors(lesions: pd.DataFrame, *, construct_cut: float = 6) -> pd.DataFrame:
    """Count and list of factors of a failure of instrumentation.

    Long construct, chest-wall resection, high preoperative SINS, construct across a junction. Who lives longer is at risk
    for longer: analyse with death as a competing event. Failures within 90 days are early.

    Parameters
    ----------
    lesions : columns n_instrumented_levels, chest_wall_resection, construct_spans_junction, and those of `sins`
    construct_cut : more instrumented levels than this are a long construct (C)

    Returns
    -------
    DataFrame with the index of `lesions`
        instrumentation_n_all_factors (0-4), instrumentation_factors and instrumentation_unknown (ids).

    References
    ----------
    Kumar N et al. Asian Spine J 2021;15:481-90. doi:10.31616/asj.2020.0166
    Zaborovskii N et al. Neurospine 2022;19:84-95. doi:10.14245/ns.2143180.590
    """
    rules = definition("instrumentation")
    table = instrumentation_columns(Inputs(lesions), construct_cut)
    return stated(
        table, name="instrumentation", version=rules["version"], options={"construct_cut": construct_cut}
    )


def instrumentation_columns(inputs: Inputs, construct_cut: float = 6) -> pd.DataFrame:
    """The columns that `instrumentation_factors` returns."""
    rules = with_limit(definition("instrumentation"), "I1", construct_cut)
    stable = stability(inputs)
    high = at_least(stable.lowest, stable.highest, rules["factor"][2]["all"][0]["above"] + 1)
    found = {**factors(inputs, rules), "I3": high}
    return pd.DataFrame(listed(found, "instrumentation"), index=inputs.table.index)
