"""The rules written a second time, for one lesion at a time: every completion of what is missing, one after the other."""

from __future__ import annotations

import itertools
from typing import Any

JUNCTIONAL = ["C0", "C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5", "S1"]
MOBILE = ["C3", "C4", "C5", "C6", "L2", "L3", "L4"]
SEMIRIGID = ["T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10"]
RIGID = ["S2", "S3", "S4", "S5"]
PAIN = {"mechanical": 3, "occasional_nonmechanical": 1, "none": 0}
BONE = {"lytic": 2, "mixed": 1, "blastic": 0}
ALIGNMENT = {"subluxation_translation": 4, "de_novo_deformity": 2, "normal": 0}
POSTEROLATERAL = {"bilateral": 3, "unilateral": 1, "none": 0}
SENSITIVE = [
    "lymphoma",
    "leukemia",
    "multiple_myeloma",
    "testis_germ_cell",
    "lung_sclc",
    "breast",
    "prostate",
    "ovary",
    "carcinoid_net",
    "neuroendocrine_carcinoma",
]
RESISTANT = [
    "lung_nsclc",
    "kidney",
    "thyroid",
    "liver",
    "colon",
    "rectum",
    "stomach",
    "esophagus",
    "pancreas",
    "gallbladder_biliary",
    "other_gi",
    "melanoma",
    "sarcoma_soft_tissue",
    "osteosarcoma",
]
GRADES = ["0", "1a", "1b", "1c", "2", "3"]
CATEGORIES = ["stable", "potentially_unstable", "unstable"]


def location(level: str) -> int:
    return 3 if level in JUNCTIONAL else 2 if level in MOBILE else 1 if level in SEMIRIGID else 0


def collapse_points(collapse: float, involved: float) -> int:
    if collapse > 50:
        return 3
    if collapse > 0:
        return 2
    return 1 if involved > 50 else 0


def category(total: int) -> str:
    return CATEGORIES[0] if total <= 6 else CATEGORIES[1] if total <= 12 else CATEGORIES[2]


def missing(value: Any) -> bool:
    return value is None or value != value


def values(row: dict[str, Any], name: str, possible: list[Any]) -> list[Any]:
    return possible if missing(row.get(name)) else [row[name]]


def sins_completions(row: dict[str, Any]) -> set[tuple[int, bool]]:
    """(total, body collapsed by more than half) of every completion."""
    levels = [JUNCTIONAL[0], MOBILE[0], SEMIRIGID[0], RIGID[0]]
    return {
        (
            location(level) + PAIN[p] + BONE[b] + ALIGNMENT[a] + collapse_points(c, i) + POSTEROLATERAL[q],
            c > 50,
        )
        for level, p, b, a, c, i, q in itertools.product(
            values(row, "level", levels),
            values(row, "pain", list(PAIN)),
            values(row, "bone_lesion", list(BONE)),
            values(row, "alignment", list(ALIGNMENT)),
            values(row, "collapse_pct", [0, 50, 51]),
            values(row, "body_involved_pct", [50, 51]),
            values(row, "posterolateral", list(POSTEROLATERAL)),
        )
    }


def stabilisation(total: int, over_half: bool) -> str:
    if total <= 6:
        return "not_indicated_by_sins"
    if total >= 13:
        return "indicated"
    return "suggested_collapse_gt50" if over_half else "consider"


def row_of(high: bool, myelopathy: bool, sensitive: bool, stable: bool, able: bool) -> tuple[int, str]:
    if not high and myelopathy:
        return 0, "OUT_OF_TABLE"
    if sensitive:
        row = (1 if stable else 2) if not high else (5 if stable else 6)
        return row, "CEBRT" if stable else "STAB_CEBRT"
    if not high:
        return (3, "SRS") if stable else (4, "STAB_SRS")
    if able:
        return (7 if stable else 9), "DECOMP_STAB_SRS"
    return (8, "CEBRT") if stable else (10, "STAB_CEBRT")


def mechanical(total: int, over_half: bool, policy: str) -> list[bool]:
    """Whether the level may count as stable."""
    if category(total) != "potentially_unstable":
        return [total <= 6]
    return {"both": [True, False], "stable": [True], "unstable": [False], "collapse_rule": [not over_half]}[
        policy
    ]


def noms_by_hand(row: dict[str, Any], s: bool | None, policies: dict[str, str]) -> dict[str, Any]:
    """Decisions, rows, status and inputs that matter; s = tolerates surgery, None = open."""
    grade_1c = policies.get("grade_1c_policy", "low")

    def is_high(grade: str) -> list[bool]:
        if grade == "1":
            return [False] if grade_1c == "low" else [False, True]
        if grade == "1c":
            return {"low": [False], "high": [True], "indeterminate": [False, True]}[grade_1c]
        return [grade in ("2", "3")]

    def is_sensitive(tumour: str, prior: bool) -> list[bool]:
        if prior and policies.get("prior_rt_policy") == "treat_as_resistant":
            return [False]
        return [True] if tumour in SENSITIVE else [False] if tumour in RESISTANT else [True, False]

    highs = {h for g in values(row, "escc_grade", GRADES) for h in is_high(g)}
    onco = {
        o
        for t in values(row, "primary_tumor", ["breast", "kidney", "other"])
        for prior in values(row, "prior_rt_same_site", [True, False])
        for o in is_sensitive(t, prior)
    }
    policy = policies.get("potentially_unstable_policy", "both")
    mech = {m for total, over in sins_completions(row) for m in mechanical(total, over, policy)}
    answers = {
        "escc_group": highs,
        "myelopathy": set(values(row, "myelopathy", [True, False])),
        "radiosensitivity_2": onco,
        "mechanical": mech,
        "tolerates_surgery": {True, False} if s is None else {s},
    }
    outcome = {cell: row_of(*cell) for cell in itertools.product(*answers.values())}
    decisions = sorted({d for _, d in outcome.values()})
    rows = sorted({r for r, _ in outcome.values()} - {0})
    if len(decisions) > 1:
        status = "indeterminate"
    elif not rows:
        status = "out_of_table"
    else:
        status = "determined" if len(rows) == 1 else "determined_despite_missing"
    matters = [
        name
        for k, name in enumerate(answers)
        if any(
            outcome[a][1] != outcome[b][1]
            for a, b in itertools.combinations(outcome, 2)
            if all((x == y) == (j != k) for j, (x, y) in enumerate(zip(a, b, strict=True)))
        )
    ]
    return {"decisions": decisions, "rows": rows, "status": status, "matters": sorted(matters)}


def gate_by_hand(row: dict[str, Any], day: int, p_min: float = 0.5) -> str | None:
    p, low, high = (row.get(f"{k}_{day}") for k in ("p_survive", "ci_low", "ci_high"))
    if not missing(low) and not missing(high):
        return "pass" if low >= p_min else "fail" if high < p_min else "uncertain"
    if not missing(p):
        return "pass" if p >= p_min else "fail"
    if not missing(row.get("median_days")):
        return "pass" if row["median_days"] > day else "fail"
    return None


def effective_s_by_hand(row: dict[str, Any], gate: str | None) -> tuple[str | None, str]:
    s = None if missing(row.get("tolerates_surgery")) else row["tolerates_surgery"]
    if s is False or row.get("patient_wishes") == "declines_surgery":
        return "unable", "S_CLINICAL_UNABLE"
    if gate == "fail":
        return "unable", "S_GATE_FAIL"
    if s is None:
        return None, "S_MISSING"
    if gate == "uncertain":
        return None, "S_GATE_UNCERTAIN"
    return "able", "S_CLINICAL_ABLE_GATE_PASS" if gate == "pass" else "S_CLINICAL_ABLE_NO_SURVIVAL"


def en_bloc_by_hand(row: dict[str, Any]) -> str:
    slow, fit = row.get("slow_growing"), row.get("performance_acceptable")
    tumour, ecog = row.get("primary_tumor"), row.get("ecog")
    if missing(slow):
        slow = None if missing(tumour) else tumour in ("breast", "prostate", "thyroid")
    if missing(fit):
        fit = None if missing(ecog) else ecog <= 2
    gate = {"pass": True, "fail": False}.get(gate_by_hand(row, 730) or "")
    isolated = None if missing(row.get("isolated_lesion")) else row["isolated_lesion"]
    parts = [isolated, slow, gate, fit]
    if any(part is False for part in parts):
        return "not_eligible"
    return "eligible_for_discussion" if all(parts) else "uncertain"
