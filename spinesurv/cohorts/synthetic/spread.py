"""Where the cancer has spread: viscera, liver, nodes, brain, vertebrae, other bones."""

from __future__ import annotations

import numpy as np

from spinesurv.cohorts.synthetic.draws import YES_NO, category, category_by_row, whole_number, yes
from spinesurv.cohorts.synthetic.facts import facts, is_tumour, per_tumour
from spinesurv.cohorts.synthetic.sites import Site

_PATTERNS = ["none", "nodular", "disseminated"]
_OFTEN_DISSEMINATED = "ovary, stomach, lung, mesothelioma"


def draw_spread(site: Site, rng: np.random.Generator, person: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """(n,) columns of the spread; nodular deposits and liver metastases only where viscera are affected."""
    further = facts()["further_inputs"]
    tumour, group = person["tumour"], person["group"]
    n = len(tumour)
    is_visceral = yes(rng, site.raw["visceral_mets"], n)
    kind = category(rng, further["visceral_mets_given_present"], n)
    pattern = further["visceral_pattern"]
    tables = [pattern["visceral_mets none"], pattern["visceral_mets present"]]
    tables.append(pattern[f"visceral_mets present, {_OFTEN_DISSEMINATED}"])
    row = np.where(is_visceral, 1 + is_tumour(_OFTEN_DISSEMINATED)[tumour], 0)
    liver_share = np.where(
        is_tumour("liver primary"),
        further["liver_mets_given_visceral"]["liver primary"],
        further["liver_mets_given_visceral"]["others"],
    )
    multiplier = facts()["other"]["brain_rate_multiplier_by_primary"]
    often = np.isin(group, ["lung_egfr_alk", "lung_other", "melanoma"])
    brain_share = site.raw["brain_mets"] * np.where(
        often, multiplier["lung and melanoma"], multiplier["others"]
    )
    has_brain = yes(rng, brain_share, n)
    has_liver = is_visceral & yes(rng, liver_share[tumour], n)
    return {
        "is_visceral": is_visceral,
        "visceral_mets": np.where(is_visceral, kind, "none"),
        "visceral_pattern": category_by_row(rng, tables, row, _PATTERNS),
        "has_liver": has_liver,
        "liver_mets": YES_NO[has_liver.astype(int)],
        "lymph_node_mets": YES_NO[yes(rng, further["lymph_node_mets"], n).astype(int)],
        "has_brain": has_brain,
        "brain_mets": YES_NO[has_brain.astype(int)],
        "n_spine_mets": whole_number(rng, site.of_setting(further["n_spine_mets"]), n),
        "n_extraspinal_bone_mets": whole_number(rng, further["n_extraspinal_bone_mets"], n),
        "synchronous_spine_mets": YES_NO[
            yes(rng, per_tumour(further["synchronous_spine_mets"])[tumour], n).astype(int)
        ],
    }
