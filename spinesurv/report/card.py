"""One page per patient: what the decision systems map the recorded inputs to, beside predicted survival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions import DISCLAIMER, EMERGENCY
from spinesurv.decisions.definition import definition, meanings, sources
from spinesurv.decisions.integrated import SINS_INPUTS
from spinesurv.report.templating import page_environment

#: days that a card shows, in words
DAYS = {"42": "6 weeks", "90": "90 days", "365": "1 year"}
GATES = {
    "gate_surgery_3m": "Surgery: alive at 90 days",
    "gate_en_bloc_2y": "En-bloc resection: alive at 730 days",
    "gate_rt_4w": "Palliative radiotherapy: alive at 28 days",
}


def render_card(
    records: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any], highest: Mapping[Any, Any]
) -> str:
    """The card of one patient as an HTML page that opens without a network.

    Parameters
    ----------
    records : one per lesion of the patient, as `Integrated.record` gives them
    provenance : `Integrated.provenance`
    highest : highest SINS and grade of the patient, a row of `Integrated.by_patient`

    Returns
    -------
    str
        Survival at 6 weeks, 90 days and 1 year with intervals, SINS, ESCC, NOMS with rows, gates, reasons, what is missing and
        whether it matters, options, and the statements of research use.
    """
    return (
        page_environment()
        .get_template("card.html")
        .render(
            patient=records[0]["patient_id"] or "–",
            survival=_survival(records[0]),
            model=provenance["model"] or "as given in the table",
            lesions=[_lesion(record) for record in records],
            highest=_highest(highest),
            decisions={code: entry["text"] for code, entry in definition("noms")["decisions"].items()},
            cautions=definition("noms")["cautions"],
            options=provenance["options"],
            software=provenance["software"],
            tables=provenance["tables"],
            disclaimer=DISCLAIMER,
            emergency=EMERGENCY,
        )
    )


def _survival(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A bar per day: percentages of being alive with the interval; marked where there is no interval."""
    out: list[dict[str, Any]] = []
    for day, words in DAYS.items():
        found = record["survival"].get(day)
        if found is None:
            out.append({"when": words, "text": "not predicted", "p": None, "low": None, "high": None})
            continue
        p, low, high = _percent(found)
        out.append({"when": words, "text": _alive(found), "p": p, "low": low, "high": high})
    return out


def _percent(found: Mapping[str, Any]) -> list[float | None]:
    return [None if found[k] is None else 100 * found[k] for k in ("p_survive", "ci_low", "ci_high")]


def _alive(found: Mapping[str, Any]) -> str:
    """A probability of being alive and its interval, in words."""
    p, low, high = _percent(found)
    value = "no value" if p is None else f"{p:.0f} %"
    return f"{value} ({'no interval' if low is None or high is None else f'{low:.0f} to {high:.0f} %'})"


def _gate(gates: Mapping[str, Any], name: str) -> str:
    """Result of a gate and the numbers that it compared."""
    result, numbers, flags = (gates[k] for k in (name, f"{name}_numbers", f"{name}_flags"))
    if result is None:
        return "no prediction"
    if "GATE_FROM_MEDIAN" in flags:
        return f"{result}: predicted median {numbers['median_days']:g} days"
    return f"{result}: {_alive(numbers)}, threshold {100 * numbers['p_min']:g} %"


def _highest(patient: Mapping[Any, Any]) -> str:
    """Highest SINS and grade over several lesions; nothing for a single one."""
    if patient["lesions"] < 2:
        return ""
    low, high, total = (patient[k] for k in ("sins_min", "sins_max", "sins_total"))
    sins = "not known" if pd.isna(low) else f"between {low} and {high}" if pd.isna(total) else f"{total}"
    grade = "not recorded" if pd.isna(patient["escc_grade"]) else patient["escc_grade"]
    open_ = f", {patient['escc_open']} without a grade" if patient["escc_open"] else ""
    return f"highest SINS {sins}, highest ESCC grade {grade}{open_}"


def _lesion(record: Mapping[str, Any]) -> dict[str, Any]:
    sins, escc, noms, whole = (record[k] for k in ("sins", "escc", "noms", "integrated"))
    matters = whole["int_missing_that_matter"]
    return {
        "id": record["lesion_id"] or "–",
        "date": record["decision_date"],
        "sins": _sins(sins),
        "stabilisation": STABILISATION.get(sins["sins_stabilisation_flag"], "open"),
        "escc": f"grade {escc['escc_grade'] or 'not recorded'}, group {escc['escc_group'] or 'open'}",
        "tumour": record["radiosensitivity"]["radiosensitivity_2"] or "class open",
        "noms": _mapped(noms, "noms"),
        "integrated": _mapped(whole, "int"),
        "same": _mapped(whole, "int") == _mapped(noms, "noms"),
        "effective_s": f"{whole['effective_s'] or 'open'}: {meanings()[whole['s_reason']]}",
        "gates": [(words, _gate(record["gates"], name)) for name, words in GATES.items()],
        "en_bloc": _en_bloc(record["en_bloc"]),
        "lmnop": [(k[-1], v) for k, v in record["lmnop"].items() if k != "lmnop_flags" and v],
        "matters": matters,
        "missing": [name for name in record["not_recorded"] if not _matters(name, matters)],
        "conflicts": [f"{code}: {meanings()[code]}" for code in record["conflicts"]],
        "reasons": [
            (
                f"{reason['code']}: {meanings()[reason['code']]}",
                ", ".join(f"{k} {v}" for k, v in reason["inputs"].items() if v is not None),
                [sources()[s]["cite"] for s in reason["source"]],
            )
            for reason in record["reasons"]
        ],
    }


def _sins(sins: Mapping[str, Any]) -> str:
    if sins["sins_status"] == "out_of_scope":
        return "this level is not in the score"
    category = sins["sins_category"] or " or ".join(sins["sins_possible_categories"])
    if sins["sins_total"] is not None:
        return f"{sins['sins_total']} of 18: {category}"
    return f"between {sins['sins_min']} and {sins['sins_max']} of 18: {category}"


def _en_bloc(found: Mapping[str, Any]) -> str:
    """Status of en-bloc resection, then the conditions that are not met and those that are open, in words."""
    words = [found["en_bloc_status"].replace("_", " ")]
    for heading, names in (("not met", found["en_bloc_failed"]), ("open", found["en_bloc_open"])):
        if names:
            told = (_GATE_OF_EN_BLOC.get(n) or codebook()[n].label for n in names)
            words.append(
                f"{heading}: {', '.join(f'{label} ({n})' for label, n in zip(told, names, strict=True))}"
            )
    return "; ".join(words)


def _mapped(block: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name: block[f"{prefix}_{name}"] for name in ("decisions", "rows", "status", "flags")}


#: what SINS says of stabilisation, in words
STABILISATION = {
    "not_indicated_by_sins": "not indicated by SINS",
    "consider": "to be considered (collapse of 50 % or less)",
    "suggested_collapse_gt50": "suggested (collapse of more than 50 %)",
    "indicated": "indicated",
}

_GATE_OF_EN_BLOC = {"G_EN_BLOC_2Y": "Alive at 730 days"}

#: question of NOMS -> the inputs that answer it
_ANSWERS = {
    "mechanical": SINS_INPUTS,
    "escc_group": ("escc_grade",),
    "radiosensitivity_2": ("primary_tumor",),
    "myelopathy": ("myelopathy",),
    "tolerates_surgery": ("tolerates_surgery",),
}


def _matters(name: str, questions: Sequence[str]) -> bool:
    return any(name in _ANSWERS[question] for question in questions)
