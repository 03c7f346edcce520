"""What the decision systems made of a cohort: how often they are determined, what moves them, and what was done instead.

Description, not correctness: no published system says what is right for a lesion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Estimate, Outcome, Prediction, codebook
from spinesurv.core.cohort import PATIENT_KEY
from spinesurv.decisions import Integrated, integrate
from spinesurv.decisions.definition import definition
from spinesurv.metrics import METRICS
from spinesurv.stats.weighted_kappa import weighted_kappa

#: one row per count or estimate; n of `of`, or a value with its interval
COLUMNS = ["topic", "item", "n", "of", "share", "value", "low", "high", "words"]

GATE_DAYS = 90
#: inputs of the frameworks that survival models also read
_IN_FRAMEWORK = (
    "sins_total", "level", "pain", "bone_lesion", "alignment", "collapse_pct", "body_involved_pct", "posterolateral",
    "escc_grade", "myelopathy", "frankel", "primary_tumor", "prior_rt_same_site", "ecog", "asa", "tolerates_surgery",
)  # fmt: skip
_SURGERY = {"surgery": 1, "surgery_and_radiotherapy": 1, "radiotherapy": 0}


def decision_summary(
    lesions: pd.DataFrame,
    prediction: Prediction,
    outcome: Outcome,
    *,
    model: str,
    treatment: pd.Series | None = None,
    model_inputs: Collection[str] = (),
    options: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Everything that can be said about the decision systems on a cohort, in one table.

    Parameters
    ----------
    lesions : index (site, patient_id, lesion_id, decision_date), as `lesions_of` gives them
    prediction : survival of the patients by one model
    outcome : of the same patients, in the order of the prediction
    model : name of the model
    treatment : treatment given, by patient (index site, patient_id); None = not known
    model_inputs : variables that the model reads
    options : of `integrate`, None = its defaults; flips are away from them

    Returns
    -------
    DataFrame
        `COLUMNS`; topics: option (every choice and its value), status (share determined, determined_despite_missing, indeterminate, out_of_table), matters (inputs
        that drive indeterminacy), sins, decision, gate, conflict; flip (lesions whose decisions change under another policy
        or threshold); agreement (of the mapped with the given treatment, by row of NOMS, and Cohen's kappa);
        gate_benefit (net benefit of the 90-day gate by p_min); gate_calibration (of the survival that it stands on); double_counting and time_zero (variables to think about).

    References
    ----------
    Cohen J. Educ Psychol Meas 1960;20:37-46. doi:10.1177/001316446002000104
    Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361
    """
    found = integrate(lesions, prediction, model=model, **(options or {}))
    told = [{"topic": "option", "item": f"{name} = {value}"} for name, value in found.options.items()]
    rows = [*told, *decision_counts(found), *flip_rates(lesions, prediction, found)]
    if treatment is not None:
        rows += agreement_with_treatment(found, treatment)
    rows += gate_benefit(outcome, prediction, p_min=found.options["p_min"])
    rows += gate_calibration(outcome, prediction)
    rows += _to_think_about(lesions, model_inputs)
    return pd.DataFrame(rows, columns=COLUMNS)


def decision_counts(found: Integrated) -> Iterator[dict[str, Any]]:
    """How many lesions have each status, category, decision, gate and conflict, and which inputs would settle the open ones."""
    n = len(found)
    table, whole = found.to_frame(), found.blocks["integrated"]
    decided = whole["int_decisions"].map(
        lambda d: d[0] if len(d) == 1 else "several remain possible" if d else "none"
    )
    for topic, values in {
        "status": whole["int_status"],
        "sins": table["sins_category"].fillna("open"),
        "decision": decided,
        "gate": table["gate_surgery_3m"].fillna("no prediction"),
    }.items():
        for item, count in values.value_counts().sort_index().items():
            yield _count(topic, item, count, n)
    for topic, column in (("matters", "int_missing_that_matter"), ("conflict", "conflicts")):
        for item, count in whole[column].explode().value_counts().sort_index().items():
            yield _count(topic, item, count, n)


def flip_rates(lesions: pd.DataFrame, prediction: Prediction, found: Integrated) -> Iterator[dict[str, Any]]:
    """Lesions whose set of decisions is another one when one option changes, the others staying as they are."""
    usual = found.blocks["integrated"]["int_decisions"]
    options: dict[str, Collection[Any]] = {
        "p_min": definition("gates")["sensitivity"],
        "grade_1c_policy": definition("escc")["grade_1c_policies"],
        "potentially_unstable_policy": definition("noms")["potentially_unstable_policies"],
        "prior_rt_policy": definition("tumours")["prior_rt_policies"],
    }
    for option, values in options.items():
        for value in values:
            if value == found.options[option]:
                continue
            other = integrate(lesions, prediction, **{**found.options, option: value})
            decisions = other.blocks["integrated"]["int_decisions"].array
            pairs = list(zip(usual, decisions, strict=True))
            single = sum(a != b and len(a) == len(b) == 1 for a, b in pairs)
            item = f"{option} = {value}"
            yield _count("flip", item, sum(a != b for a, b in pairs), len(pairs))
            yield _count("flip", item, single, len(pairs)) | {"words": "from one decision to another one"}


def agreement_with_treatment(found: Integrated, treatment: pd.Series) -> Iterator[dict[str, Any]]:
    """Surgery or radiotherapy alone: what NOMS maps to beside what was given, on the first lesion of each patient.

    Lesions with one single decision, and patients treated by surgery or radiotherapy. S as entered may leak the treatment.
    """
    tiers = {code: entry["surgery_tier"] for code, entry in definition("noms")["decisions"].items()}
    whole = found.blocks["integrated"]
    owner = pd.MultiIndex.from_frame(found.lesions[PATIENT_KEY].astype(str).astype(object))
    given = treatment.reindex(owner).map(_SURGERY).to_numpy(dtype=float)
    mapped = whole["int_decisions"].map(lambda d: tiers[d[0]] if len(d) == 1 else "").to_numpy()
    first = ~owner.duplicated()
    used = first & (mapped != "") & ~np.isnan(given)
    surgery, received = (mapped[used] != "none").astype(int), given[used].astype(int)
    rows = whole["int_rows"].to_numpy()[used]
    for row in range(1, len(definition("noms")["row"]) + 1):
        here = np.array([row in r for r in rows], dtype=bool)
        if here.any():
            yield _count("agreement", f"row {row}", int((surgery == received)[here].sum()), int(here.sum()))
    if used.any():
        agreed = int((surgery == received).sum())
        kappa = weighted_kappa(surgery, received, np.ones(len(surgery)), power=1)
        yield _count("agreement", "all rows", agreed, len(surgery)) | _interval(
            kappa.value, kappa.influence, len(surgery)
        )


def gate_benefit(outcome: Outcome, prediction: Prediction, *, p_min: float = 0.5) -> Iterator[dict[str, Any]]:
    """Net benefit of holding back surgery where the 90-day gate fails, by threshold: the predicted risk is 1 - p_min or more.

    At the thresholds of the sensitivity analysis (0.3 to 0.7), and at `p_min`.
    """
    for threshold in sorted({p_min, *definition("gates")["sensitivity"]}):
        for name, words in (
            ("net_benefit", "over no gate"),
            ("net_benefit_over_all", "over failing everybody"),
        ):
            estimate = METRICS[name].function(
                outcome, prediction, horizon_days=GATE_DAYS, threshold=round(1.0 - threshold, 6)
            )
            low, high = estimate.interval()
            yield {
                "topic": "gate_benefit",
                "item": f"p_min = {threshold}",
                "of": estimate.n,
                "value": estimate.value,
                "low": low,
                "high": high,
                "words": words if estimate.reason is None else f"{words}: {estimate.reason}",
            }


def gate_calibration(outcome: Outcome, prediction: Prediction) -> Iterator[dict[str, Any]]:
    """Whether the risks that the 90-day gate stands on come true in these patients."""
    for name in ("observed_expected", "calibration_intercept", "calibration_slope"):
        estimate = METRICS[name].function(outcome, prediction, horizon_days=GATE_DAYS)
        low, high = estimate.interval()
        yield {
            "topic": "gate_calibration",
            "item": name,
            "of": estimate.n,
            "value": estimate.value,
            "low": low,
            "high": high,
            "words": estimate.reason or "",
        }


def _to_think_about(lesions: pd.DataFrame, model_inputs: Collection[str]) -> Iterator[dict[str, Any]]:
    for name in sorted(set(model_inputs) & set(_IN_FRAMEWORK)):
        yield {
            "topic": "double_counting",
            "item": name,
            "words": "read by the survival model and by a framework",
        }
    for name in lesions.columns:
        if name in codebook() and codebook()[name].role == "decision" and lesions[name].notna().any():
            yield {
                "topic": "time_zero",
                "item": name,
                "n": int(lesions[name].notna().sum()),
                "of": len(lesions),
                "words": "judged in deciding; entered after treatment it leaks what was given",
            }


def _count(topic: str, item: object, n: int, of: int) -> dict[str, Any]:
    return {
        "topic": topic,
        "item": str(item),
        "n": int(n),
        "of": of,
        "share": n / of if of else np.nan,
        "words": "",
    }


def _interval(value: float, influence: np.ndarray, n: int) -> dict[str, Any]:
    if np.isnan(value):
        return {"words": "no kappa: everybody in one category"}
    error = float(np.sqrt(np.sum(influence**2)))
    low, high = Estimate(value, n, 0, error, scale="identity", method="delta method").interval()
    return {"value": value, "low": low, "high": high, "words": "Cohen's kappa"}
