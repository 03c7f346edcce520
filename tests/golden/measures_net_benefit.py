"""Golden measures of net benefit."""

from __future__ import annotations

from typing import Any

import numpy as np

from spinesurv.metrics import METRICS
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.net_benefit import LEAST_POSITIVE
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.net_benefit import NetBenefit, interventions_avoided, net_benefit, standardised
from tests.golden.case_files import Case, column
from tests.golden.inputs import no_delayed_entry, outcome_of, risk_of

Values = dict[str, Any]

#: value of a case -> measure that a user calls
PUBLIC = {
    "net_benefit": "net_benefit",
    "standardized_net_benefit": "net_benefit_standardised",
    "net_intervention_avoided_per100": "interventions_avoided",
}


def net_benefit_case(case: Case) -> Values:
    no_delayed_entry(case)
    p, treat_all = case.params, case.params["treat_all"]
    reaches = np.greater if p["positive"] == "greater" else np.greater_equal
    table = case.table([*case.survival_columns(), None if treat_all else case.data["risk"]])
    time, event = table[case.data["time"]], table[case.data["event"]] == 1
    weights = column(table, case.data.get("weights"))
    risk = np.ones(len(table)) if treat_all else table[case.data["risk"]].to_numpy(dtype=float)
    curve = kaplan_meier(time, event, weights=weights, robust=False)
    prevalence = 1.0 - float(curve.at([p["horizon"]], carry=False)[0])
    at = np.atleast_1d(np.array(p["thresholds"], dtype=float))

    def acting(positive: Any, t: float) -> NetBenefit:
        return net_benefit(time, event, positive, p["horizon"], float(t), weights=weights, died_out=False)

    found = [acting(reaches(risk, t), t) for t in at]
    everybody = [acting(np.ones(len(table), dtype=bool), t) for t in at]
    value = {
        "net_benefit": [f.value for f in found],
        "standardized_net_benefit": [
            standardised(f, all_, float(t)).value for f, all_, t in zip(found, everybody, at, strict=True)
        ],
        "net_intervention_avoided_per100": [
            interventions_avoided(f, all_, float(t), per=p["per"]).value
            for f, all_, t in zip(found, everybody, at, strict=True)
        ],
    }
    for k, t in enumerate(at):  # what the public measures compute, which read risks as 1 - survival
        same = np.array_equal(reaches(risk, t), acted_on(1.0 - (1.0 - risk), float(t)))
        if not (same and np.isfinite(found[k].value) and found[k].n_positive >= LEAST_POSITIVE):
            continue
        for name, key in PUBLIC.items():
            estimate = METRICS[key].function(
                outcome_of(case, table),
                risk_of(risk, p["horizon"]),
                horizon_days=p["horizon"],
                weights=weights,
                threshold=float(t),
            )
            value[name][k] = estimate.value * (p["per"] / 100 if key == "interventions_avoided" else 1)
    return {
        **value,
        "tp_rate": [f.true_positive for f in found],
        "fp_rate": [f.false_positive for f in found],
        "prevalence": prevalence,
    }


MEASURES = {"net_benefit": net_benefit_case}
