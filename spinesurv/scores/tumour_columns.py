"""Derived columns of the primary tumour: what its class depends on, and totals that hang on it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from spinesurv.scores.derivation import Columns, Options, missing


@dataclass(frozen=True)
class TumourClass:
    """The class of one primary tumour, and on what that rests (`definition.BASIS`)."""

    klass: str
    basis: str


@cache
def tumour_classes() -> dict[str, dict[str, TumourClass]]:
    """Derived column -> primary tumour -> its class, from `tumour_classes.toml`."""
    text = (files("spinesurv.scores") / "tumour_classes.toml").read_text(encoding="utf-8")
    return {
        column: {tumour: TumourClass(e["class"], e["basis"]) for tumour, e in entries.items()}
        for column, entries in tomllib.loads(text).items()
    }


def hormone_dependence_effective(p: Columns, options: Options) -> np.ndarray:
    """Hormone dependence; where it is not recorded, from the receptor (breast) or castration status (prostate)."""
    recorded = _renamed(p["hormone_dependence"], {"dependent": "dependent", "independent": "independent"})
    receptor = _renamed(p["hormone_receptor_status"], {"positive": "dependent", "negative": "independent"})
    castration = _renamed(p["castration_status"], {"sensitive": "dependent", "resistant": "independent"})
    tumour = p["primary_tumor"]
    unknown = np.full(len(tumour), None, dtype=object)
    by_status = np.where(tumour == "breast", receptor, np.where(tumour == "prostate", castration, unknown))
    return np.where(missing(recorded), by_status, recorded)


def targeted_effective(p: Columns, options: Options) -> np.ndarray:
    """Molecularly targeted drug, yes or no; an EGFR mutation stands for it where it is not recorded."""
    by_mutation = _renamed(p["egfr_mutation"], {"positive": "yes", "negative": "no"})
    therapy = p["molecular_targeted_therapy"]
    return np.where(missing(therapy), by_mutation, therapy)


def katagiri2014_growth_class(p: Columns, options: Options) -> np.ndarray:
    """Growth class of the primary tumour: slow, moderate or rapid.

    Breast and prostate are slow if hormone-dependent, else moderate; lung is moderate with a molecularly targeted drug,
    else rapid; every other tumour has one class.
    """
    out = _classes(p["primary_tumor"], "katagiri2014_growth_class")
    by_hormone = _renamed(
        hormone_dependence_effective(p, options), {"dependent": "slow", "independent": "moderate"}
    )
    by_drug = _renamed(targeted_effective(p, options), {"yes": "moderate", "no": "rapid"})
    return np.where(out == "hormone_rule", by_hormone, np.where(out == "targeted_rule", by_drug, out))


def _renamed(values: np.ndarray, names: Mapping[str, str]) -> np.ndarray:
    """Values under other names; None where there is no other name."""
    return np.array([names.get(value) for value in values.tolist()], dtype=object)


def _bauer(p: Columns, options: Options, variant: str) -> np.ndarray:
    from spinesurv.scores.points import raw_sum
    from spinesurv.scores.reading import load_definition

    return raw_sum(load_definition("bauer_modified").with_variant(variant), p, options)


def modified_bauer_total(p: Columns, options: Options) -> np.ndarray:
    """Total of the modified Bauer score with its own list of favourable primaries."""
    return _bauer(p, options, "leithner")


def modified_bauer_total_seed(p: Columns, options: Options) -> np.ndarray:
    """Total of the modified Bauer score with breast and kidney as the only favourable primaries."""
    return _bauer(p, options, "seed_table2")


def bollen_profile_effective(p: Columns, options: Options) -> np.ndarray:
    """Clinical profile of the primary tumour; from the tumour where it is not recorded."""
    by_tumour = _classes(p["primary_tumor"], "bollen_profile_effective")
    return np.where(missing(p["bollen_profile"]), by_tumour, p["bollen_profile"])


def rpa_histology_group(p: Columns, options: Options) -> np.ndarray:
    """Histology of the spine radiosurgery classes: favourable, radioresistant or other."""
    return _classes(p["primary_tumor"], "rpa_histology_group")


def rapid_growth_effective(p: Columns, options: Options) -> np.ndarray:
    """Rapidly growing primary tumour, yes or no; from the tumour where it is not recorded."""
    by_tumour = _renamed(
        _classes(p["primary_tumor"], "rapid_growth_effective"), {"rapid": "yes", "not_rapid": "no"}
    )
    return np.where(missing(p["rapid_growth_tumor"]), by_tumour, p["rapid_growth_tumor"])


def _classes(tumours: np.ndarray, column: str) -> np.ndarray:
    """The class of each tumour in `tumour_classes.toml`; None where there is none."""
    return _renamed(tumours, {tumour: e.klass for tumour, e in tumour_classes()[column].items()})
