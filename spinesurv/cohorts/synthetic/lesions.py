"""Scored lesions: the index lesion of every patient, and a second one in some.

Of two lesions the index lesion has the higher SINS and the higher grade of cord compression, so what a patient
table holds of the index lesion is also the highest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spinesurv.cohorts.synthetic.draws import YES_NO, category, category_by_row, labels_of, positions, yes
from spinesurv.cohorts.synthetic.facts import facts, is_tumour
from spinesurv.cohorts.synthetic.sites import Site
from spinesurv.core import codebook

#: what belongs to a lesion alone, in the order of the codebook
LESION_VARIABLES = tuple(v.key for v in codebook() if v.generated and v.table == "lesion" and v.role != "id")

_LEVELS = np.array(codebook()["level"].levels, dtype=object)
_COLUMN_OF_UNSTABLE = 0


def draw_lesions(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """(n,) columns of the index lesion, of a second lesion, and whether the patient has one."""
    further = facts()["further_inputs"]
    n = len(patient["tumour"])
    index, second = (_draw_lesion(site, rng, patient) for _ in range(2))
    second["level"] = _elsewhere(second["level"], index["level"])
    second["sins_total"] = sins_total(second)
    has_second = (patient["n_spine_mets"] >= 2) & yes(rng, further["second_lesion"]["share"], n)
    swap = has_second & (second["sins_total"] > index["sins_total"])
    index, second = _swapped(index, second, swap, [name for name in index if name != "escc_grade"])
    swap = has_second & (second["escc_grade"] > index["escc_grade"])
    index, second = _swapped(index, second, swap, ["escc_grade"])
    for lesion in (index, second):
        lesion["myelopathy"] = _myelopathy(rng, lesion["escc_grade"], patient["frankel"])
        lesion["tolerates_surgery"] = patient["tolerates_surgery"]
    return index, second, has_second


def draw_fracture(site: Site, rng: np.random.Generator, collapse_pct: np.ndarray) -> dict[str, np.ndarray]:
    """(n,) `pathologic_fracture`: yes where the index lesion has collapsed, else by the rate of the setting."""
    rate = site.of_setting(facts()["further_inputs"]["pathologic_fracture"])
    return {
        "pathologic_fracture": YES_NO[((collapse_pct > 0) | yes(rng, rate, len(collapse_pct))).astype(int)]
    }


def _draw_lesion(
    site: Site, rng: np.random.Generator, patient: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    further = facts()["further_inputs"]
    parts = further["sins_components"]
    n = len(patient["tumour"])
    unstable = yes(rng, site.of_setting(parts["unstable_share"]), n)
    columns = [parts["unstable"], parts[f"else_{site.setting}"]]
    row = np.where(unstable, _COLUMN_OF_UNSTABLE, 1)
    lesion = {"level": _level(rng, further["level"], n)}
    for name in ("pain", "alignment", "posterolateral"):
        names = list(codebook()[name].levels)
        lesion[name] = category_by_row(rng, [c[name] for c in columns], row, names)
    lesion["bone_lesion"] = _bone_lesion(rng, columns, row, patient["tumour"])
    lesion["collapse_pct"] = _collapse(rng, [c["collapse_pct"] for c in columns], row)
    a, b = parts["body_involved_pct"]
    lesion["body_involved_pct"] = np.ceil(100.0 * rng.beta(a, b, n))
    lesion["sins_total"] = sins_total(lesion)
    lesion["escc_grade"] = category(rng, site.of_setting(further["escc_grade"]), n)
    for name in ("prior_rt_same_site", "prior_surgery_site"):
        lesion[name] = YES_NO[yes(rng, further[name], n).astype(int)]
    return lesion


def sins_total(lesion: dict[str, np.ndarray]) -> np.ndarray:
    """(n,) SINS, 0-18: location, pain, bone lesion, alignment, collapse and posterolateral involvement."""
    points = facts()["sins_points"]
    total = np.zeros(len(lesion["level"]), dtype=int)
    for kind, levels in points["location_levels"].items():
        total += points["location"][kind] * np.isin(lesion["level"], levels)
    for name in ("pain", "bone_lesion", "alignment", "posterolateral"):
        for value, worth in points[name].items():
            total += worth * (lesion[name] == value)
    collapse, involved = lesion["collapse_pct"], lesion["body_involved_pct"]
    worth = points["collapse"]
    none = np.where(involved > points["involved_over_pct"], worth["involved_gt50_no_collapse"], worth["none"])
    some = np.where(collapse > points["collapse_over_pct"], worth["gt50"], worth["lt50"])
    return total + np.where(collapse > 0, some, none)


def _level(rng: np.random.Generator, table: dict[str, Any], n: int) -> np.ndarray:
    names, shares = labels_of(table)
    order = _LEVELS.tolist()
    first = np.array([order.index(name.split("-")[0]) for name in names])
    last = np.array([order.index(name.split("-")[-1]) for name in names])
    at = positions(rng, shares, n)
    return _LEVELS[first[at] + np.floor(rng.random(n) * (last[at] - first[at] + 1)).astype(int)]


def _elsewhere(level: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """The level, or the next one down (up from the last) where it is taken."""
    neighbour = dict(zip(_LEVELS, [*_LEVELS[1:], _LEVELS[-2]], strict=True))
    moved = level.copy()
    same = level == taken
    moved[same] = [neighbour[name] for name in level[same]]
    return moved


def _bone_lesion(
    rng: np.random.Generator, columns: list[dict[str, Any]], row: np.ndarray, tumour: np.ndarray
) -> np.ndarray:
    override = facts()["further_inputs"]["sins_components"]["bone_lesion_override"]
    tables = [c["bone_lesion"] for c in columns] + list(override.values())
    for place, name in enumerate(override):
        row = np.where(is_tumour(name)[tumour], len(columns) + place, row)
    return category_by_row(rng, tables, row, list(codebook()["bone_lesion"].levels))


def _collapse(rng: np.random.Generator, tables: list[dict[str, Any]], row: np.ndarray) -> np.ndarray:
    """Per cent of height lost; a collapse that is there is at least 1 %."""
    shape = np.array([t["else"] for t in tables])[row]
    zero = np.array([t["zero"] for t in tables])[row]
    lost = np.ceil(100.0 * rng.beta(shape[:, 0], shape[:, 1]))
    return np.where(yes(rng, zero, len(row)), 0.0, lost)


def _myelopathy(rng: np.random.Generator, escc: np.ndarray, frankel: np.ndarray) -> np.ndarray:
    rule = facts()["further_inputs"]["myelopathy"]
    compressed = np.where(frankel == "E", rule["escc 2-3 and frankel E"], rule["escc 2-3 and frankel not E"])
    share = np.where(np.isin(escc, ["2", "3"]), compressed, rule["escc 0-1c"])
    return YES_NO[yes(rng, share, len(escc)).astype(int)]


def _swapped(
    a: dict[str, np.ndarray], b: dict[str, np.ndarray], where: np.ndarray, names: list[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    first, second = dict(a), dict(b)
    for name in names:
        first[name], second[name] = np.where(where, b[name], a[name]), np.where(where, a[name], b[name])
    return first, second
