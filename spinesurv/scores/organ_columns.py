"""Derived columns of metastases in organs and brain."""

from __future__ import annotations

import numpy as np

from spinesurv.core.codebook import NO, YES
from spinesurv.scores.derivation import Columns, Options, choose, missing


def organs_known(p: Columns) -> np.ndarray:
    return ~(missing(p["visceral_mets"]) | missing(p["visceral_pattern"]) | missing(p["brain_mets"]))


def visceral_any(p: Columns, options: Options) -> np.ndarray:
    """Any metastasis of an organ, any dissemination, or a brain metastasis."""
    found = (p["visceral_mets"] != "none") & ~missing(p["visceral_mets"])
    found |= (p["visceral_pattern"] == "disseminated") | (p["brain_mets"] == YES)
    return choose(found | organs_known(p), (found, YES), otherwise=NO)


def organ_mets_level(p: Columns, options: Options) -> np.ndarray:
    """Organ metastases: none, removable or unremovable; a brain metastasis is unremovable unless said otherwise."""
    organs, brain = p["visceral_mets"], p["brain_mets"] == YES
    stays = (organs == "unresectable") | (organs == "present_unspecified")
    stays |= (p["visceral_pattern"] == "disseminated") | (brain & (p["brain_mets_resectable"] != YES))
    return choose(
        organs_known(p),
        (stays, "unremovable"),
        ((organs == "resectable") | brain, "removable"),
        otherwise="none",
    )


def tomita_visceral_level(p: Columns, options: Options) -> np.ndarray:
    """Visceral metastases: none, treatable or untreatable; what is removable is treatable where not recorded."""
    by_surgery = choose(organs_known(p), (organ_mets_level(p, options) == "removable", YES), otherwise=NO)
    treatable = np.where(missing(p["visceral_mets_treatable"]), by_surgery, p["visceral_mets_treatable"])
    return choose(
        organs_known(p),
        (visceral_any(p, options) == NO, "none"),
        (treatable == YES, "treatable"),
        otherwise="untreatable",
    )


def katagiri_visceral_level(p: Columns, options: Options) -> np.ndarray:
    """Visceral metastases: none, nodular (brain included) or disseminated."""
    nodular = (p["visceral_mets"] != "none") | (p["brain_mets"] == YES)
    return choose(
        organs_known(p),
        (p["visceral_pattern"] == "disseminated", "disseminated"),
        (nodular, "nodular"),
        otherwise="none",
    )


def non_bone_mets_effective(p: Columns, options: Options) -> np.ndarray:
    """Any metastasis outside bone; visceral, brain or nodal ones where not recorded, nodes absent if not recorded."""
    derived = np.where(p["lymph_node_mets"] == YES, YES, visceral_any(p, options))
    return np.where(missing(p["non_bone_mets"]), derived, p["non_bone_mets"])


def solitary_metastasis_effective(p: Columns, options: Options) -> np.ndarray:
    """The treated site is the only metastasis; one bone lesion and nothing outside bone where not recorded."""
    spine, foci = p["n_spine_mets"], p["n_extraspinal_bone_mets"]
    at_least = np.where(np.isnan(spine), 1, spine) + np.where(np.isnan(foci), 0, foci)
    elsewhere = non_bone_mets_effective(p, options)
    several = (at_least > 1) | (elsewhere == YES)
    counted = ~(np.isnan(spine) | np.isnan(foci) | missing(elsewhere))
    derived = choose(several | counted, (several, NO), otherwise=YES)
    return np.where(missing(p["solitary_metastasis"]), derived, p["solitary_metastasis"])


def lung_or_liver_mets(p: Columns, options: Options) -> np.ndarray:
    """Metastases in lung or liver, yes or no."""
    known = ~(missing(p["lung_mets"]) | missing(p["liver_mets"]))
    found = (p["lung_mets"] == YES) | (p["liver_mets"] == YES)
    return choose(known | found, (found, YES), otherwise=NO)
