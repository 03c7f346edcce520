"""Flags: conventions that were at work in a patient's total, so that nobody takes them for recorded facts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spinesurv.scores.definition import Definition
from spinesurv.scores.derivation import Columns, missing

#: stands for the pattern in a table that has no column for it: nodular where there are visceral metastases, else none
ASSUMED = "(assumed)"

#: the table has no column of lung or liver metastases, and visceral ones stand for both
LUNG_LIVER_FLAG = "visceral_for_lung_liver"

#: flag -> (column that must be read for it, inputs it looks at, where it holds)
FLAGS: dict[str, tuple[str, tuple[str, ...], Callable[[Columns], np.ndarray]]] = {
    "kps_off_tens": ("kps", ("kps",), lambda p: ~np.isnan(p["kps"]) & (p["kps"] % 10 != 0)),
    "kps_from_ecog": ("kps_effective", ("kps", "ecog"), lambda p: np.isnan(p["kps"]) & ~np.isnan(p["ecog"])),
    "ecog_from_kps": ("ecog_effective", ("kps", "ecog"), lambda p: np.isnan(p["ecog"]) & ~np.isnan(p["kps"])),
    "ambulatory_from_frankel": (
        "is_ambulatory",
        ("ambulatory_status", "frankel"),
        lambda p: missing(p["ambulatory_status"]) & ~missing(p["frankel"]),
    ),
    "other_bone_mets_from_foci": (
        "other_bone_mets_effective",
        ("other_bone_mets", "n_extraspinal_bone_mets"),
        lambda p: missing(p["other_bone_mets"]) & ~np.isnan(p["n_extraspinal_bone_mets"]),
    ),
    "hormone_dependence_from_status": (
        "katagiri2014_growth_class",
        ("primary_tumor", "hormone_dependence", "hormone_receptor_status", "castration_status"),
        lambda p: (
            missing(p["hormone_dependence"])
            & (
                ((p["primary_tumor"] == "breast") & ~missing(p["hormone_receptor_status"]))
                | ((p["primary_tumor"] == "prostate") & ~missing(p["castration_status"]))
            )
        ),
    ),
    "targeted_from_egfr": (
        "katagiri2014_growth_class",
        ("primary_tumor", "molecular_targeted_therapy", "egfr_mutation"),
        lambda p: (
            np.isin(p["primary_tumor"].astype(str), ("lung_nsclc", "lung_sclc", "lung_nos"))
            & missing(p["molecular_targeted_therapy"])
            & ~missing(p["egfr_mutation"])
        ),
    ),
    "visceral_pattern_assumed": (
        "visceral_pattern",
        ("visceral_pattern",),
        lambda p: p["visceral_pattern"] == ASSUMED,
    ),
    "visceral_pattern_none_beside_visceral_mets": (
        "visceral_pattern",
        ("visceral_mets", "visceral_pattern"),
        lambda p: (
            ~missing(p["visceral_mets"]) & (p["visceral_mets"] != "none") & (p["visceral_pattern"] == "none")
        ),
    ),
}


def flags_of(definition: Definition, p: Columns) -> dict[str, np.ndarray]:
    """Flag -> where it holds, for the flags that this score can raise."""
    read = {*definition.inputs, *definition.names}
    return {
        flag: holds(p)
        for flag, (name, inputs, holds) in FLAGS.items()
        if name in read and set(inputs) <= set(definition.inputs)
    }
