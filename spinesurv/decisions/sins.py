"""SINS: how likely is a level to be mechanically unstable, as far as its six components are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.errors import unknown_name

COMPONENTS = ("location", "pain", "bone_lesion", "alignment", "collapse", "posterolateral")
_WORDS = ("pain", "bone_lesion", "alignment", "posterolateral")
#: columns of a table that can give a total
_COLUMNS = ("level", *_WORDS)
CATEGORIES = ("stable", "potentially_unstable", "unstable")
STABLE, INTERMEDIATE, UNSTABLE = range(3)
#: what may be true of the vertebral body: no collapse with little or much of it replaced, collapse up to and over 50 %
BODY_STATES = ("none", "involved_gt50_no_collapse", "lt50", "gt50")
OVER_HALF = 3


@dataclass(frozen=True, eq=False)
class Stability:
    """What remains possible of the SINS of n levels.

    Parameters
    ----------
    points : component -> (n,) points, nan where not known
    lowest, highest : (n,) possible totals, nan out of scope
    category : (n, 4, 3) categories that are possible, by state of the vertebral body
    out_of_scope : (n,) levels that the score does not have
    collapse_pct : (n,) as recorded
    persistent : (n,) pain that was recorded as constant and not mechanical
    """

    points: dict[str, np.ndarray]
    lowest: np.ndarray
    highest: np.ndarray
    category: np.ndarray
    out_of_scope: np.ndarray
    collapse_pct: np.ndarray
    persistent: np.ndarray

    @property
    def known_category(self) -> np.ndarray:
        """(n,) position in CATEGORIES, -1 where several are possible or none is."""
        return only(np.asarray(self.category.any(axis=1)))

    @property
    def total(self) -> np.ndarray:
        """(n,) total, nan where it is not known."""
        return np.where(self.lowest == self.highest, self.lowest, np.nan)


def only(possible: np.ndarray) -> np.ndarray:
    """(n,) the one column that is possible, -1 where none or several are."""
    return np.where(possible.sum(axis=1) == 1, possible.argmax(axis=1), -1)


@research_use
def sins(lesions: pd.DataFrame, *, alternative_cutoff: str | None = None) -> pd.DataFrame:
    """Spinal Instability Neoplastic Score of each level: points, total, bounds, category, stabilisation flag.

    Six components are added, 0 to 18: location (junctional 3, mobile 2, semirigid 1, rigid 0), pain, bone lesion,
    alignment, collapse of the body and posterolateral elements. 0-6 stable, 7-12 potentially unstable, 13-18 unstable.

    Parameters
    ----------
    lesions : one row per target level; columns level, pain, bone_lesion, alignment, collapse_pct, body_involved_pct,
        posterolateral. A recorded `sins_total` stands where the table lacks one of these columns, or a row has
        none of pain, bone_lesion, alignment and posterolateral; elsewhere it is not read
    alternative_cutoff : None, or "lenschow_binary" (0-9 against 10-18, tested once; B): adds `sins_alternative_category`

    Returns
    -------
    DataFrame with the index of `lesions`
        sins_total (Int64, missing unless every component is known), sins_min, sins_max, sins_category and
        sins_stabilisation_flag (where every completion of what is missing agrees), sins_consult, sins_possible_categories,
        sins_points_<component>, sins_status, sins_flags.

    Raises
    ------
    InputError
        An unknown cut-off. A cell that cannot be read makes its row `invalid_input`.

    References
    ----------
    Fisher CG et al. Spine 2010;35:E1221-9. doi:10.1097/BRS.0b013e3181e16ae2
    Kim YH et al. Clin Orthop Surg 2020;12:337-42 (flag at 7-12 with collapse over 50 %)
    """
    rules = definition("sins")
    if alternative_cutoff is not None and alternative_cutoff not in rules["alternative_cutoffs"]:
        raise unknown_name("cut-off of SINS", alternative_cutoff, rules["alternative_cutoffs"])
    inputs = Inputs(lesions)
    found = stability(inputs)
    table = sins_columns(found, inputs)
    if alternative_cutoff is not None:
        table["sins_alternative_category"] = _alternative(
            found, rules["alternative_cutoffs"][alternative_cutoff]
        )
    return stated(
        table, name="sins", version=rules["version"], options={"alternative_cutoff": alternative_cutoff}
    )


def stability(inputs: Inputs) -> Stability:
    """What remains possible of the score, from the columns that the table has."""
    rules = definition("sins")
    points, out_of_scope = _location(inputs, rules)
    for name in _WORDS:
        worth = rules["points"][name]
        at = inputs.level(name, tuple(worth), rules["aliases"].get(name))
        points[name] = np.array([*worth.values(), np.nan])[at]
    persistent = _is_word(inputs, "pain", "persistent_nonmechanical")
    collapse, involved = inputs.number("collapse_pct"), inputs.number("body_involved_pct")
    feasible = _body_states(collapse, involved, rules)
    worth = np.array([rules["points"]["collapse"][state] for state in BODY_STATES], dtype=float)
    known_state = only(feasible)
    points["collapse"] = np.where(known_state >= 0, worth[known_state], np.nan)
    lowest, highest = np.zeros(inputs.n), np.zeros(inputs.n)
    for name in COMPONENTS:
        if name != "collapse":
            ends = [min(rules["points"][name].values()), max(rules["points"][name].values())]
            lowest += np.where(np.isnan(points[name]), ends[0], points[name])
            highest += np.where(np.isnan(points[name]), ends[1], points[name])
    low, high = lowest[:, None] + worth, highest[:, None] + worth
    entered = _entered_total(inputs, points)
    stands = ~np.isnan(entered)
    low[stands], high[stands] = entered[stands, None], entered[stands, None]
    bands = [(band["min"], band["max"]) for band in rules["category"]]
    category = np.stack([(low <= b) & (high >= a) & feasible for a, b in bands], axis=2)
    category[out_of_scope] = False
    return Stability(
        {name: points[name] for name in COMPONENTS},
        np.where(out_of_scope, np.nan, np.where(feasible, low, np.inf).min(axis=1)),
        np.where(out_of_scope, np.nan, np.where(feasible, high, -np.inf).max(axis=1)),
        category,
        out_of_scope,
        collapse,
        persistent,
    )


def sins_columns(found: Stability, inputs: Inputs) -> pd.DataFrame:
    """The columns that `sins` returns."""
    rules = definition("sins")
    total, lowest = found.total, found.lowest
    out: dict[str, Any] = {
        "sins_total": _whole(total),
        "sins_min": _whole(lowest),
        "sins_max": _whole(found.highest),
        "sins_category": named(found.known_category, CATEGORIES),
        "sins_possible_categories": tuples(
            {name: np.asarray(found.category[:, :, i].any(axis=1)) for i, name in enumerate(CATEGORIES)}
        ),
        "sins_consult": _consult(found),
        "sins_stabilisation_flag": stabilisation_flag(found),
    }
    out |= {f"sins_points_{name}": _whole(found.points[name]) for name in COMPONENTS}
    status = np.where(~np.isnan(total), "determined", "indeterminate").astype(object)
    status[np.isnan(total) & (found.known_category >= 0)] = "determined_despite_missing"
    status[found.out_of_scope] = "out_of_scope"
    status[_invalid(inputs)] = "invalid_input"
    out["sins_status"] = status
    over_half = out["sins_stabilisation_flag"] == "suggested_collapse_gt50"
    out["sins_flags"] = tuples(
        {
            "SINS_COLLAPSE_EXACTLY_50": found.collapse_pct == rules["collapse_over_pct"],
            "SINS_PERSISTENT_NONMECHANICAL_PAIN": found.persistent,
            "SINS_LEVEL_OUT_OF_SCOPE": found.out_of_scope,
            "SINS_MISSING": np.isnan(total) & ~found.out_of_scope,
            "KIM2020_POPULATION": over_half & _deficit_or_compression(inputs),
        }
    )
    return pd.DataFrame(out, index=inputs.table.index)


def stabilisation_flag(found: Stability) -> np.ndarray:
    """(n,) code where every completion gives the same one, else None."""
    codes = [entry["code"] for entry in definition("sins")["stabilisation"]]
    by_state = found.category
    possible = np.column_stack(
        [
            by_state[:, :, STABLE].any(axis=1),
            by_state[:, :OVER_HALF, INTERMEDIATE].any(axis=1),
            by_state[:, OVER_HALF, INTERMEDIATE],
            by_state[:, :, UNSTABLE].any(axis=1),
        ]
    )
    return named(only(possible), codes)


def _location(inputs: Inputs, rules: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    levels, beyond = codebook()["level"].levels, rules["level_out_of_scope"]
    kind = {level: kind for kind, levels in rules["levels"].items() for level in levels}
    at = inputs.level("level", (*levels, *beyond), rules["level_aliases"])
    worth = [rules["points"]["location"][kind[level]] for level in levels]
    points = np.array([*worth, *[np.nan] * len(beyond), np.nan])
    return {"location": points[at]}, at >= len(levels)


def _body_states(collapse: np.ndarray, involved: np.ndarray, rules: Mapping[str, Any]) -> np.ndarray:
    """(n, 4) states of the vertebral body that the two percentages leave possible."""
    no_collapse = ~(collapse > 0)
    much, half = rules["involved_over_pct"], rules["collapse_over_pct"]
    return np.column_stack(
        [
            no_collapse & ~(involved > much),
            no_collapse & ~(involved <= much),
            ~(collapse <= 0) & ~(collapse > half),
            ~(collapse <= half),
        ]
    )


def _entered_total(inputs: Inputs, points: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n,) the recorded total where it stands in for components that were not recorded.

    Level and collapse are recorded for other ends too, so they alone do not say that the components are.
    """
    entered = inputs.number("sins_total")
    if all(inputs.has(name) for name in _COLUMNS) and (
        inputs.has("collapse_pct") or inputs.has("body_involved_pct")
    ):
        recorded = np.any([~np.isnan(points[name]) for name in _WORDS], axis=0)
        entered = np.where(recorded, np.nan, entered)
    return entered


def _is_word(inputs: Inputs, name: str, word: str) -> np.ndarray:
    if not inputs.has(name):
        return np.zeros(inputs.n, dtype=bool)
    return (
        inputs.table[name].astype(object).map(lambda v: str(v).strip().lower() == word).to_numpy(dtype=bool)
    )


def _whole(values: np.ndarray) -> Any:
    return pd.array(values, dtype="Float64").astype("Int64")


def _consult(found: Stability) -> Any:
    """Surgical consultation from 7 points on; missing where both remain possible."""
    possible = np.column_stack(
        [found.category[:, :, STABLE].any(axis=1), found.category[:, :, INTERMEDIATE:].any(axis=(1, 2))]
    )
    answer = np.array([0.0, 1.0, np.nan])[only(possible)]
    return pd.array(answer, dtype="Float64").astype("boolean")


def _alternative(found: Stability, cut: Mapping[str, Any]) -> np.ndarray:
    below, above = cut["stable"][1], cut["unstable"][0]
    return named(
        np.where(found.highest <= below, 0, np.where(found.lowest >= above, 1, -1)), ("stable", "unstable")
    )


def _deficit_or_compression(inputs: Inputs) -> np.ndarray:
    """(n,) a neurological deficit or compression of the cord is recorded."""
    read_as = {**definition("escc")["aliases"], "1": "1a"}
    compressed = inputs.level("escc_grade", aliases=read_as) >= codebook()["escc_grade"].levels.index("2")
    frankel = inputs.level("frankel")
    impaired = (frankel >= 0) & (frankel < codebook()["frankel"].levels.index("E"))
    return compressed | impaired | (inputs.yes_no("myelopathy") == 1)


def _invalid(inputs: Inputs) -> np.ndarray:
    own = [
        bad
        for name, bad in inputs.invalid.items()
        if name in (*_COLUMNS, "collapse_pct", "body_involved_pct", "sins_total")
    ]
    return np.any([np.zeros(inputs.n, dtype=bool), *own], axis=0)
