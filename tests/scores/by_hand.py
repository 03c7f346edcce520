"""The rules of the scores once more, for one patient at a time: an evaluator that shares no code with the engine.

Points and groups come from the definition files as they stand (TOML, no reader of ours); the derived columns are written out
again from the text of their rules. A gap is filled with every value that the codebook allows, numbers on a grid finer than
the engine's. What is recorded goes before what is filled in, and so does a recorded stand-in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

from spinesurv.core.codebook import codebook
from spinesurv.scores import SCORES

Patient = dict[str, Any]
LUNG = ("lung_nsclc", "lung_sclc", "lung_nos")

VALUES: dict[str, list[Any]] = {
    "kps": list(range(0, 101, 5)),
    "n_spine_mets": [1, 2, 3, 4, 30],
    "n_extraspinal_bone_mets": [0, 1, 2, 3, 4, 30],
    "albumin": [0.5, 2.0, 3.4, 3.49, 3.5, 3.51, 3.69, 3.7, 3.8, 5.0, 7.0],
    "crp": [0, 0.39, 0.4, 0.5, 1.0, 1.01, 60],
    "ldh": [50, 249, 249.9, 250, 251, 10000],
    "platelets": [1, 99, 99.9, 100, 101, 2000],
    "calcium": [4, 9.9, 10.0, 10.01, 10.29, 10.3, 20],
    "bilirubin": [0, 1, 1.39, 1.4, 1.5, 50],
    "interval_dx_to_mscc_months": [0, 14, 15, 15.01, 16, 600],
    "motor_deficit_days": [0, 6, 7, 7.01, 8, 14, 14.01, 400],
    "age": [0, 53.9, 54, 60, 60.01, 69.9, 70, 70.9, 71, 120],
    "months_since_primary_diagnosis": [0, 20.9, 21, 30, 30.01, 600],
    "years_diagnosis_to_spine_met": [0, 5, 5.01, 40],
    "sins_total": [0, 5, 6, 7, 18],
    "n_organ_systems": [1, 2, 9],
    "n_organ_systems_nonbone": [*range(20), float("inf")],
    "n_palliative_chemo_courses": [0, 1, 2, 3, 20],
    "leg_motor_grade": [0, 1, 2, 3, 4, 5],
    "ecog": [0, 1, 2, 3, 4],
}


def values(name: str) -> list[Any]:
    """Every value that an input can have, or a fine grid of them."""
    if name in VALUES:
        return VALUES[name]
    variable = codebook()[name]
    return ["yes", "no"] if variable.kind == "yes_no" else list(variable.levels)


@cache
def definition(key: str) -> dict[str, Any]:
    return tomllib.loads(SCORES[key].read_text(encoding="utf-8"))


@cache
def classes(column: str) -> dict[str, str]:
    path = SCORES["tomita"].parent.parent / "tumour_classes.toml"
    return {k: e["class"] for k, e in tomllib.loads(path.read_text(encoding="utf-8"))[column].items()}


class Seen:
    """One patient: recorded values, and guesses for what is not recorded."""

    def __init__(self, patient: Patient, guess: Patient) -> None:
        self.recorded = patient
        self.guess = guess

    def __getitem__(self, name: str) -> Any:
        """Recorded, else guessed, else None."""
        value = self.recorded[name]
        return self.guess.get(name) if value is None else value

    def first(self, main: str, stand_in: Any) -> Any:
        """The main input if recorded, what stands in for it if that is known, else the guess of the main input."""
        if self.recorded[main] is not None:
            return self.recorded[main]
        return self.guess.get(main) if stand_in is None else stand_in


def known(value: Any, words: dict[Any, Any]) -> Any:
    return words.get(value)


def kps(s: Seen) -> Any:
    return s.first("kps", known(s.recorded["ecog"], {0: 90, 1: 80, 2: 60, 3: 40, 4: 20}))


def ecog(s: Seen) -> Any:
    value = s.recorded["kps"]
    grade = None if value is None or value < 10 else next(
        g for g, least in enumerate((90, 70, 50, 30, 10)) if value >= least
    )  # fmt: skip
    return s.first("ecog", grade)


def visceral(s: Seen) -> Any:
    return any_of(
        None if s["visceral_mets"] is None else s["visceral_mets"] != "none",
        None if s["visceral_pattern"] is None else s["visceral_pattern"] == "disseminated",
        None if s["brain_mets"] is None else s["brain_mets"] == "yes",
    )


def any_of(*parts: bool | None) -> bool | None:
    """Three-valued or."""
    return True if True in parts else None if None in parts else False


def yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def organs(s: Seen) -> str:
    brain = s["brain_mets"] == "yes"
    if (
        s["visceral_mets"] in ("unresectable", "present_unspecified")
        or s["visceral_pattern"] == "disseminated"
    ):
        return "unremovable"
    if brain and s.recorded["brain_mets_resectable"] != "yes":
        return "unremovable"
    return "removable" if s["visceral_mets"] == "resectable" or brain else "none"


def tomita_visceral(s: Seen) -> str:
    recorded = s.recorded["visceral_mets_treatable"]
    treatable = organs(s) == "removable" if recorded is None else recorded == "yes"
    return "none" if not visceral(s) else "treatable" if treatable else "untreatable"


def katagiri_visceral(s: Seen) -> str:
    return "disseminated" if s["visceral_pattern"] == "disseminated" else "nodular" if visceral(s) else "none"


def walks(s: Seen) -> Any:
    grade = s.recorded["frankel"]
    status = s.first(
        "ambulatory_status", None if grade is None else "yes" if grade in "DE" else "nonambulatory"
    )
    return None if status is None else yes_no(status != "nonambulatory")


def weak_legs(s: Seen) -> str:
    on_foot = walks(Seen(s.recorded, {}))
    grade = s.first("leg_motor_grade", None if on_foot is None else 5 if on_foot == "yes" else 0)
    return "yes" if grade <= 3 else "no"


def lab(s: Seen) -> str:
    if s["platelets"] < 100 or s["calcium"] >= 10.3 or s["bilirubin"] >= 1.4:
        return "critical"
    return "abnormal" if s["crp"] >= 0.4 or s["ldh"] >= 250 or s["albumin"] < 3.7 else "normal"


def growth(s: Seen) -> str:
    tumour = s["primary_tumor"]
    if tumour in ("breast", "prostate"):
        name = "hormone_receptor_status" if tumour == "breast" else "castration_status"
        words = {
            "positive": "dependent",
            "sensitive": "dependent",
            "negative": "independent",
            "resistant": "independent",
        }
        own = s.recorded["hormone_dependence"]
        plain = Seen(
            {**s.recorded, "hormone_dependence": own if own in ("dependent", "independent") else None},
            s.guess,
        )
        return (
            "slow"
            if plain.first("hormone_dependence", known(s.recorded[name], words)) == "dependent"
            else "moderate"
        )
    if tumour in LUNG:
        mutation = known(s.recorded["egfr_mutation"], {"positive": "yes", "negative": "no"})
        return "moderate" if s.first("molecular_targeted_therapy", mutation) == "yes" else "rapid"
    return classes("katagiri2014_growth_class")[tumour]


def bauer(favourable: tuple[str, ...]) -> Callable[[Seen], int]:
    def total(s: Seen) -> int:
        tumour = s["primary_tumor"]
        solitary = s["n_spine_mets"] + s["n_extraspinal_bone_mets"] == 1
        return (not visceral(s)) + (tumour not in LUNG) + (tumour in favourable) + solitary

    return total


def non_bone(s: Seen) -> Any:
    nodes = s.recorded["lymph_node_mets"] == "yes"
    return s.first("non_bone_mets", yes_no(any_of(visceral(s), nodes)))


def solitary(s: Seen) -> Any:
    spine, foci = s["n_spine_mets"], s["n_extraspinal_bone_mets"]
    elsewhere = non_bone(s)
    several = (1 if spine is None else spine) + (foci or 0) > 1
    if several or elsewhere == "yes":
        derived = "no"
    else:
        derived = None if spine is None or foci is None or elsewhere is None else "yes"
    return s.first("solitary_metastasis", derived)


def over(flag: str, value: str, beyond: Callable[[float], bool]) -> Callable[[Seen], Any]:
    def judged(s: Seen) -> Any:
        measured = s.recorded[value]
        return s.first(flag, None if measured is None else yes_no(beyond(measured)))

    return judged


def plus(main: str, stand_in: str, change: Callable[[float], float]) -> Callable[[Seen], Any]:
    def moved(s: Seen) -> Any:
        value = s.recorded[stand_in]
        return s.first(main, None if value is None else change(value))

    return moved


INTERVAL = "interval_dx_to_mscc_months"
DERIVED: dict[str, Callable[[Seen], Any]] = {
    "kps_effective": kps,
    "ecog_effective": ecog,
    "n_skeletal_mets": lambda s: s["n_spine_mets"] + s["n_extraspinal_bone_mets"],
    "other_bone_mets_effective": lambda s: plus(
        "other_bone_mets", "n_extraspinal_bone_mets", lambda n: "yes" if n >= 1 else "no"
    )(s),
    "visceral_any": lambda s: yes_no(visceral(s)),
    "organ_mets_level": organs,
    "tomita_visceral_level": tomita_visceral,
    "katagiri_visceral_level": katagiri_visceral,
    "is_ambulatory": walks,
    "weak_legs": weak_legs,
    "katagiri_lab_level": lab,
    "katagiri2014_growth_class": growth,
    "corrected_calcium": lambda s: round(s["calcium"] + 0.8 * (4.0 - s["albumin"]), 9),
    "months_since_primary_effective": plus("months_since_primary_diagnosis", INTERVAL, lambda m: m),
    "years_to_spine_met_effective": plus("years_diagnosis_to_spine_met", INTERVAL, lambda m: m / 12),
    "n_organ_systems_effective": plus("n_organ_systems", "n_organ_systems_nonbone", lambda n: n + 1),
    "non_bone_mets_effective": non_bone,
    "solitary_metastasis_effective": solitary,
    "bollen_profile_effective": lambda s: s.first(
        "bollen_profile", known(s.recorded["primary_tumor"], classes("bollen_profile_effective"))
    ),
    "rpa_histology_group": lambda s: classes("rpa_histology_group")[s["primary_tumor"]],
    "albumin_deficiency_effective": over("albumin_deficiency", "albumin", lambda v: v < 3.5),
    "inr_elevated_effective": over("inr_elevated", "inr", lambda v: v > 1.2),
    "leukocytosis_effective": over("leukocytosis", "wbc", lambda v: v > 11),
    "modified_bauer_total": bauer(("breast", "kidney", "lymphoma", "multiple_myeloma")),
    "modified_bauer_total_seed": bauer(("breast", "kidney")),
}
#: derived column -> the input that is guessed where it cannot be told
MAIN = {
    "kps_effective": "kps",
    "ecog_effective": "ecog",
    "other_bone_mets_effective": "other_bone_mets",
    "is_ambulatory": "ambulatory_status",
    "weak_legs": "leg_motor_grade",
    "months_since_primary_effective": "months_since_primary_diagnosis",
    "years_to_spine_met_effective": "years_diagnosis_to_spine_met",
    "n_organ_systems_effective": "n_organ_systems",
    "bollen_profile_effective": "bollen_profile",
    "albumin_deficiency_effective": "albumin_deficiency",
    "inr_elevated_effective": "inr_elevated",
    "leukocytosis_effective": "leukocytosis",
}
ORGANS = ("visceral_mets", "visceral_pattern", "brain_mets")
SKELETON = ("n_spine_mets", "n_extraspinal_bone_mets")
#: derived column -> the inputs that are guessed, where there are several
SEVERAL = {
    "n_skeletal_mets": SKELETON,
    **dict.fromkeys(
        ("visceral_any", "organ_mets_level", "tomita_visceral_level", "katagiri_visceral_level"), ORGANS
    ),
    "non_bone_mets_effective": ORGANS,
    "solitary_metastasis_effective": (*SKELETON, *ORGANS),
    "katagiri_lab_level": ("platelets", "calcium", "bilirubin", "crp", "ldh", "albumin"),
    "katagiri2014_growth_class": ("primary_tumor", "hormone_dependence", "molecular_targeted_therapy"),
    "corrected_calcium": ("calcium", "albumin"),
    "rpa_histology_group": ("primary_tumor",),
    **dict.fromkeys(
        ("modified_bauer_total", "modified_bauer_total_seed"), ("primary_tumor", *ORGANS, *SKELETON)
    ),
}
SAID_BY = {"hormone_dependence": ("dependent", "independent")}


def read(s: Seen, name: str) -> Any:
    return DERIVED[name](s) if name in DERIVED else s[name]


def holds(condition: dict[str, Any], value: Any) -> bool:
    return all(
        {
            "at_least": lambda limit: value >= limit,
            "above": lambda limit: value > limit,
            "at_most": lambda limit: value <= limit,
            "below": lambda limit: value < limit,
            "one_of": lambda choice: value in choice,
        }[word](limit)
        for word, limit in condition.items()
        if word not in ("input", "points", "label", "all")
    )


def item_points(item: dict[str, Any], s: Seen) -> float:
    if "map" in item:
        return float(item["map"][read(s, item["input"])]["points"])
    if "per_unit" in item:
        return float(item["per_unit"] * read(s, item["input"])) + 0.0
    for level in item["levels"]:
        own = {k: v for k, v in level.items() if k not in ("points", "label", "all")}
        conditions = [{"input": item.get("input"), **own}] if own else []
        conditions += level.get("all", [])
        if all(holds(c, read(s, c.get("input", item.get("input")))) for c in conditions):
            return float(level["points"])
    raise AssertionError("no level holds")


def named(item: dict[str, Any]) -> list[str]:
    """Columns that an item reads."""
    inner = [c["input"] for level in item.get("levels", []) for c in level.get("all", [])]
    return list(dict.fromkeys([*([item["input"]] if "input" in item else []), *inner]))


@cache
def guessed(key: str) -> tuple[str, ...]:
    """Inputs of a score that are guessed where they are missing."""
    out: list[str] = []
    for item in definition(key)["item"]:
        for name in named(item):
            out += SEVERAL.get(name, (MAIN.get(name, name),))
    return tuple(dict.fromkeys(out))


def completions(key: str, p: Patient) -> Iterator[Seen]:
    """The patient with every gap filled in every way."""
    gaps = [n for n in guessed(key) if p[n] is None]
    for filled in product(*(SAID_BY.get(n) or values(n) for n in gaps)):
        yield Seen(p, dict(zip(gaps, filled, strict=True)))


def points_of(key: str, s: Seen) -> dict[str, float]:
    return {item["key"]: item_points(item, s) for item in definition(key)["item"]}


def capped(key: str, total: float) -> float:
    return min(total, definition(key).get("cap", total))


def brute(key: str, p: Patient) -> tuple[dict[str, float | None], float, float]:
    """Points of the items that all completions agree on, and the lowest and highest total of those that can be.

    Items are looked at over all completions; totals over those that do not contradict themselves.
    """
    points: dict[str, set[float]] = {}
    totals = set()
    together = any({"visceral_mets", "visceral_pattern"} <= set(reads(n)) for n in guessed_columns(key))
    for s in completions(key, p):
        found = points_of(key, s)
        for item, value in found.items():
            points.setdefault(item, set()).add(value)
        if not (together and s["visceral_mets"] == "none" and s["visceral_pattern"] == "nodular"):
            totals.add(capped(key, sum(found.values())))
    return (
        {i: v.pop() if len(v) == 1 else None for i, v in points.items()},
        min(totals),
        max(totals),
    )


def reads(column: str) -> tuple[str, ...]:
    return SEVERAL.get(column, (column,))


@cache
def guessed_columns(key: str) -> tuple[str, ...]:
    return tuple(n for item in definition(key)["item"] for n in named(item))


def group_of(key: str, low: float, high: float) -> str | None:
    """The group into which both ends fall."""
    raw = definition(key)["group"]
    found = []
    for total in (low, high):
        inside = [g for g in raw if g["from"] <= total]
        found.append(inside[-1].get("key", inside[-1]["label"]))
    return found[0] if found[0] == found[1] else None
