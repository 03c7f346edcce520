"""Chained equations as plain values: coefficients and percentiles, without patients, or with donors for a private file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import codebook
from spinesurv.errors import InputError, NotFittedError
from spinesurv.features.chained import ChainedImputer, completed_by
from spinesurv.features.imputation_chain import Chain, Layout
from spinesurv.features.imputation_columns import LevelScale, NumberScale
from spinesurv.features.imputation_equations import (
    Equation,
    LevelEquation,
    MatchedEquation,
    NormalEquation,
)
from spinesurv.stats.percentile_range import percentile_range

#: number of the chain that is kept
KEPT = 1
#: what a matched equation holds
MATCHED = ("drawn", "donor_scores", "donor_codes", "donors")


def imputer_state(
    imputer: ChainedImputer, patients: pd.DataFrame, *, private: bool = False
) -> dict[str, Any]:
    """The equations of one completed table, ready for JSON.

    Parameters
    ----------
    imputer : fitted without an outcome; `method="draw"`, unless it is private
    patients : whom it was fitted on; of their numbers only the 1st and 99th percentile are kept, unless it is private
    private : keep all that was learned, also donors, whose values are those of patients: for a file that never travels.
        It then draws what the imputer itself draws

    Notes
    -----
    Draws are brought into the 1st to 99th percentile of training instead of its extremes. Levels of a category with few
    training patients are drawn with equal chances among each other, so that no count of a few patients is told.

    Raises
    ------
    InputError
        The equations read an outcome, which new patients do not have, or hold donors, who are patients.
    """
    if not hasattr(imputer, "variables_"):
        raise NotFittedError("imputer: fit it before it is kept.")
    if imputer.with_outcome_ or (imputer.method != "draw" and not private):
        raise InputError(
            "imputer: only one with method = 'draw' that was fitted without an outcome can be kept. Donors are values of "
            "patients, which only a private file may hold (private = True), and new patients have no outcome."
        )
    chain = imputer.chain(KEPT)
    ranges = {
        v.key: percentile_range(patients[v.key].to_numpy(dtype=float, na_value=np.nan))
        for v in chain.layout.variables
        if v.is_numeric and not private
    }
    return {
        "variables": [v.key for v in chain.layout.variables],
        "scales": [
            _scale_state(scale, ranges.get(v.key), private)
            for v, scale in zip(chain.layout.variables, chain.layout.scales, strict=True)
        ],
        "excluded": [
            [[int(other), goes.astype(int).tolist()] for other, goes in found]
            for found in chain.layout.excluded
        ],
        "first": _equations_state(chain, chain.first, ranges, private),
        "full": _equations_state(chain, chain.full, ranges, private),
        "sweeps": chain.sweeps,
    }


class KeptImputer:
    """Equations out of a model file; they complete anybody and learn nothing.

    Parameters
    ----------
    state : what `imputer_state` gave
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        variables = [codebook()[key] for key in state["variables"]]
        scales = [_scale(s) for s in state["scales"]]
        excluded = [
            [(int(other), np.array(goes, dtype=bool)) for other, goes in found] for found in state["excluded"]
        ]
        layout = Layout(variables, scales, excluded, n_outcome=0)
        first, full = (
            [_equation(e, scale) for e, scale in zip(state[name], scales, strict=True)]
            for name in ("first", "full")
        )
        self.chain = Chain(layout, first, full, int(state["sweeps"]))

    def draw(self, patients: pd.DataFrame, seed: int) -> pd.DataFrame:
        """The patients with gaps of the kept variables filled; each from their own values, key and the seed."""
        return completed_by(self.chain, patients, seed, KEPT)


def _scale_state(
    scale: NumberScale | LevelScale, ends: tuple[float, float] | None, private: bool
) -> dict[str, Any]:
    if isinstance(scale, LevelScale):
        return {"shown": scale.shown.tolist(), "share": scale.share.tolist()}
    lowest = ends[0] if ends is not None else scale.lowest
    # half the smallest value that is not 0: two digits suffice
    shift = scale.shift if private else float(f"{scale.shift:.2g}")
    return {"is_log": scale.is_log, "shift": shift, "lowest": lowest, "mean": scale.mean, "sd": scale.sd}


def _scale(state: Mapping[str, Any]) -> NumberScale | LevelScale:
    if "shown" in state:
        return LevelScale(np.array(state["shown"], dtype=float), np.array(state["share"], dtype=float))
    return NumberScale(**state)


def _equations_state(
    chain: Chain, equations: list[Equation], ranges: Mapping[str, tuple[float, float]], private: bool
) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for variable, equation in zip(chain.layout.variables, equations, strict=True):
        if isinstance(equation, LevelEquation):
            out.append(
                {
                    "drawn": equation.drawn.tolist(),
                    "levels": equation.levels.tolist(),
                    "rest": equation.rest.tolist(),
                    **({"rest_shares": equation.rest_shares.tolist()} if private else {}),
                }
            )
            continue
        if isinstance(equation, MatchedEquation):
            out.append({name: np.asarray(getattr(equation, name)).tolist() for name in MATCHED})
            continue
        assert isinstance(equation, NormalEquation)
        low, high = ranges.get(variable.key, (equation.lowest, equation.highest))
        if equation.whole and not private:
            low, high = float(np.floor(low)), float(np.ceil(high))
        plain = {"drawn": equation.drawn.tolist(), "sd": equation.sd, "whole": equation.whole}
        out.append({**plain, "lowest": low, "highest": high})
    return out


def _equation(state: Mapping[str, Any], scale: NumberScale | LevelScale) -> Equation:
    if "rest" in state:
        levels, rest = np.array(state["levels"], dtype=float), np.array(state["rest"], dtype=float)
        drawn = np.array(state["drawn"], dtype=float).reshape(len(levels), -1)
        equal = np.full(len(rest), 1.0 / max(len(rest), 1))
        return LevelEquation(drawn, levels, rest, np.array(state.get("rest_shares", equal), dtype=float))
    if "donor_codes" in state:
        drawn, scores, codes = (np.array(state[name], dtype=float) for name in MATCHED[:3])
        return MatchedEquation(drawn, scores, codes, int(state["donors"]))
    assert isinstance(scale, NumberScale)
    plain = {name: state[name] for name in ("sd", "lowest", "highest", "whole")}
    return NormalEquation(np.array(state["drawn"], dtype=float), scale=scale, **plain)
