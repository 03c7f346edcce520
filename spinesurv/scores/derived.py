"""Derived columns: what scores read instead of a raw variable. One function each, named as in the definition files.

A function gets complete columns: text as object arrays with None where missing, numbers as float arrays with nan.
It says None (nan) where it cannot tell. That a known brain metastasis settles `visceral_any` whatever the organs are
is found out in `completion.py`, which tries the possible values of what is missing and sees whether it matters; so no function
here reasons about gaps, except where a gap has a meaning of its own (`optional`) or another column stands in
(`fallback`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spinesurv.core.codebook import NO, YES

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Options:
    """Conventions that a user can change.

    Parameters
    ----------
    ecog1_kps : Karnofsky index that stands for ECOG 1, the only grade that straddles a class cut
    brain_counts_as_visceral : whether a brain metastasis is a visceral one where the score does not name the brain
    """

    ecog1_kps: int = 80
    brain_counts_as_visceral: bool = True


@dataclass(frozen=True)
class Derived:
    """A derived column.

    Parameters
    ----------
    function : (columns, options) -> values
    inputs : codebook variables that it reads
    levels : its values; empty = a number
    fallback : inputs that only stand in for another one
    optional : inputs whose absence has a meaning of its own
    cuts : number input -> limits inside the function at which its value changes
    """

    function: Callable[[Columns, Options], np.ndarray]
    inputs: tuple[str, ...]
    levels: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def tried(self) -> tuple[str, ...]:
        """Inputs whose possible values are tried when they are missing."""
        return tuple(r for r in self.inputs if r not in self.fallback and r not in self.optional)


def missing(values: np.ndarray) -> np.ndarray:
    """True where a column is empty."""
    nothing: Any = None
    return np.isnan(values) if values.dtype.kind == "f" else np.equal(values, nothing).astype(bool)


def _choose(known: np.ndarray, *choices: tuple[np.ndarray, str], otherwise: str) -> np.ndarray:
    """First choice that holds; None where not known."""
    out = np.full(len(known), otherwise, dtype=object)
    for holds, value in reversed(choices):
        out[holds] = value
    out[~known] = None
    return out


def _look_up(values: np.ndarray, table: Mapping[int, float]) -> np.ndarray:
    out = np.full(len(values), np.nan)
    for key, value in table.items():
        out[values == key] = value
    return out


def kps_effective(p: Columns, options: Options) -> np.ndarray:
    """Karnofsky index; from ECOG where it is not recorded (0 -> 90, 1 -> option, 2 -> 60, 3 -> 40, 4 -> 20)."""
    from_ecog = _look_up(p["ecog"], {0: 90, 1: options.ecog1_kps, 2: 60, 3: 40, 4: 20})
    return np.where(np.isnan(p["kps"]), from_ecog, p["kps"])


def ecog_effective(p: Columns, options: Options) -> np.ndarray:
    """ECOG; from the Karnofsky index, rounded down to the ten, where it is not recorded."""
    ten = np.floor(p["kps"] / 10) * 10
    from_kps = _look_up(ten, {100: 0, 90: 0, 80: 1, 70: 1, 60: 2, 50: 2, 40: 3, 30: 3, 20: 4, 10: 4})
    return np.where(np.isnan(p["ecog"]), from_kps, p["ecog"])


def n_skeletal_mets(p: Columns, options: Options) -> np.ndarray:
    """Vertebrae plus bone foci outside the spine."""
    return p["n_spine_mets"] + p["n_extraspinal_bone_mets"]


def other_bone_mets_effective(p: Columns, options: Options) -> np.ndarray:
    """Bone metastases besides the index lesion; at least one focus outside the spine where not recorded."""
    foci = p["n_extraspinal_bone_mets"]
    counted = _choose(~np.isnan(foci), (foci >= 1, YES), otherwise=NO)
    return np.where(missing(p["other_bone_mets"]), counted, p["other_bone_mets"])


def _organs_known(p: Columns) -> np.ndarray:
    return ~(missing(p["visceral_mets"]) | missing(p["visceral_pattern"]) | missing(p["brain_mets"]))


def visceral_any(p: Columns, options: Options) -> np.ndarray:
    """Any metastasis of an organ, any dissemination, or a brain metastasis."""
    present = p["visceral_mets"] != "none"
    return _choose(
        _organs_known(p),
        (present | (p["visceral_pattern"] == "disseminated") | (p["brain_mets"] == YES), YES),
        otherwise=NO,
    )


def organ_mets_level(p: Columns, options: Options) -> np.ndarray:
    """Organ metastases: none, removable or unremovable; a brain metastasis is unremovable unless said otherwise."""
    organs, brain = p["visceral_mets"], p["brain_mets"] == YES
    stays = (organs == "unresectable") | (organs == "present_unspecified")
    stays |= (p["visceral_pattern"] == "disseminated") | (brain & (p["brain_mets_resectable"] != YES))
    return _choose(
        _organs_known(p),
        (stays, "unremovable"),
        ((organs == "resectable") | brain, "removable"),
        otherwise="none",
    )


def tomita_visceral_level(p: Columns, options: Options) -> np.ndarray:
    """Visceral metastases: none, treatable or untreatable; what is removable is treatable where not recorded."""
    by_surgery = _choose(_organs_known(p), (organ_mets_level(p, options) == "removable", YES), otherwise=NO)
    treatable = np.where(missing(p["visceral_mets_treatable"]), by_surgery, p["visceral_mets_treatable"])
    return _choose(
        _organs_known(p),
        (visceral_any(p, options) == NO, "none"),
        (treatable == YES, "treatable"),
        otherwise="untreatable",
    )


def katagiri_visceral_level(p: Columns, options: Options) -> np.ndarray:
    """Visceral metastases: none, nodular (brain included) or disseminated."""
    nodular = (p["visceral_mets"] != "none") | (p["brain_mets"] == YES)
    return _choose(
        _organs_known(p),
        (p["visceral_pattern"] == "disseminated", "disseminated"),
        (nodular, "nodular"),
        otherwise="none",
    )


def is_ambulatory(p: Columns, options: Options) -> np.ndarray:
    """Walks, alone or with an aid; Frankel D or E where the walking status is not recorded."""
    grade = p["frankel"]
    by_grade = _choose(~missing(grade), ((grade == "D") | (grade == "E"), YES), otherwise=NO)
    walks = _choose(
        ~missing(p["ambulatory_status"]), (p["ambulatory_status"] == "nonambulatory", NO), otherwise=YES
    )
    return np.where(missing(p["ambulatory_status"]), by_grade, walks)


def weak_legs(p: Columns, options: Options) -> np.ndarray:
    """Leg strength of grade 3 or less; unable to walk where the strength is not recorded."""
    walks = is_ambulatory(p, options)
    by_walking = _choose(~missing(walks), (walks == YES, NO), otherwise=YES)
    strength = p["leg_motor_grade"]
    by_strength = _choose(~np.isnan(strength), (strength <= 3, YES), otherwise=NO)
    return np.where(np.isnan(strength), by_walking, by_strength)


def _bauer(p: Columns, options: Options, variant: str) -> np.ndarray:
    from spinesurv.scores.points import raw_total
    from spinesurv.scores.reading import load_definition

    return raw_total(load_definition("bauer_modified").with_variant(variant), p, options)


def modified_bauer_total(p: Columns, options: Options) -> np.ndarray:
    """Total of the modified Bauer score with its own list of favourable primaries."""
    return _bauer(p, options, "leithner")


def modified_bauer_total_seed(p: Columns, options: Options) -> np.ndarray:
    """Total of the modified Bauer score with breast and kidney as the only favourable primaries."""
    return _bauer(p, options, "seed_table2")


_YES_NO = (YES, NO)
_ORGANS = ("visceral_mets", "visceral_pattern", "brain_mets")
_BAUER: Any = {
    "inputs": ("primary_tumor", *_ORGANS, "n_spine_mets", "n_extraspinal_bone_mets"),
    "cuts": {"n_spine_mets": (1,), "n_extraspinal_bone_mets": (1,)},
}

#: all derived columns by the name that definition files use
DERIVED: dict[str, Derived] = {
    "kps_effective": Derived(kps_effective, ("kps", "ecog"), fallback=("ecog",)),
    "ecog_effective": Derived(
        ecog_effective,
        ("ecog", "kps"),
        fallback=("kps",),
    ),
    "n_skeletal_mets": Derived(n_skeletal_mets, ("n_spine_mets", "n_extraspinal_bone_mets")),
    "other_bone_mets_effective": Derived(
        other_bone_mets_effective,
        ("other_bone_mets", "n_extraspinal_bone_mets"),
        _YES_NO,
        fallback=("n_extraspinal_bone_mets",),
    ),
    "visceral_any": Derived(visceral_any, _ORGANS, _YES_NO),
    "organ_mets_level": Derived(
        organ_mets_level,
        (*_ORGANS, "brain_mets_resectable"),
        ("none", "removable", "unremovable"),
        optional=("brain_mets_resectable",),
    ),
    "tomita_visceral_level": Derived(
        tomita_visceral_level,
        (*_ORGANS, "brain_mets_resectable", "visceral_mets_treatable"),
        ("none", "treatable", "untreatable"),
        optional=("brain_mets_resectable", "visceral_mets_treatable"),
    ),
    "katagiri_visceral_level": Derived(katagiri_visceral_level, _ORGANS, ("none", "nodular", "disseminated")),
    "is_ambulatory": Derived(is_ambulatory, ("ambulatory_status", "frankel"), _YES_NO, fallback=("frankel",)),
    "weak_legs": Derived(
        weak_legs,
        ("leg_motor_grade", "ambulatory_status", "frankel"),
        _YES_NO,
        fallback=("ambulatory_status", "frankel"),
    ),
    "modified_bauer_total": Derived(modified_bauer_total, **_BAUER),
    "modified_bauer_total_seed": Derived(modified_bauer_total_seed, **_BAUER),
}

#: fields that cannot both be true: (fields, what is wrong with which rows). Items that read them are missing
CONTRADICTIONS: tuple[tuple[tuple[str, ...], Callable[[Columns], np.ndarray]], ...] = (
    (
        ("visceral_mets", "visceral_pattern"),
        lambda p: (p["visceral_mets"] == "none") & (p["visceral_pattern"] == "nodular"),
    ),
    (
        ("other_bone_mets", "n_extraspinal_bone_mets"),
        lambda p: (p["other_bone_mets"] == NO) & (p["n_extraspinal_bone_mets"] >= 1),
    ),
)
