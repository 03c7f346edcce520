"""From the model of a golden case to columns, strata and offset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.stats.cox import TIES, CoxFit, fit_cox
from spinesurv.stats.normal_scores import normal_scores
from spinesurv.stats.splines import knots, restricted_cubic
from tests.golden.case_files import Case, NotCovered, column

FloatArray = NDArray[np.float64]


def inside(p: FloatArray) -> FloatArray:
    """Probabilities kept 1e-12 away from 0 and 1, as the format asks for its transformations."""
    return np.clip(p, 1e-12, 1.0 - 1e-12)


def _logit(p: FloatArray) -> FloatArray:
    kept = inside(p)
    return np.log(kept / (1.0 - kept))


TRANSFORMS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "identity": lambda x: x,
    "log": np.log,
    "log1p": np.log1p,
    "square": np.square,
    "cloglog": lambda p: np.log(-np.log(1.0 - inside(p))),  # as written; log1p is more exact for a p of 1e-12
    "logit": _logit,
    "rankit": normal_scores,
}


@dataclass(frozen=True)
class Columns:
    """Design of a model on a table: columns, strata codes, offset, and the knots of each spline."""

    x: FloatArray
    strata: NDArray[np.intp] | None
    offset: FloatArray | None
    knots: list[FloatArray]


def term_variables(term: dict[str, Any]) -> list[str]:
    """Columns that a term reads."""
    return [term["var"]] if isinstance(term["var"], str) else list(term["var"])


def model_columns(model: dict[str, Any]) -> list[str | None]:
    """All columns that a model reads."""
    terms = [name for term in model["terms"] for name in term_variables(term)]
    return [
        *terms,
        *model["strata"],
        model["time"],
        model["start"],
        model["event"],
        model["weights"],
        model["cluster"],
    ]


def _values(term: dict[str, Any], table: pd.DataFrame) -> FloatArray:
    parts = [table[name].to_numpy(dtype=np.float64) for name in term_variables(term)]
    value = parts[0]
    for other in parts[1:]:
        value = value + other if term["combine"] == "sum" else value * other
    return TRANSFORMS[term["transform"]](value)


def _factor(term: dict[str, Any], table: pd.DataFrame) -> FloatArray:
    labels = [_label(value) for value in table[term_variables(term)[0]]]
    levels = [_label(level) for level in term["levels"]]
    others = [level for level in levels if level != _label(term["ref"])]
    return np.array([[label == level for level in others] for label in labels], dtype=np.float64).reshape(
        len(labels), len(others)
    )


def _label(value: Any) -> float | str:
    """A level of a factor: what reads as a number compares as a number."""
    try:
        return float(value)
    except ValueError:
        return str(value)


def build(
    model: dict[str, Any], table: pd.DataFrame, *, knots_used: list[FloatArray] | None = None
) -> Columns:
    """Columns of a model; `knots_used` = knots placed on other rows, for new rows."""
    blocks: list[FloatArray] = []
    placed: list[FloatArray] = []
    offset = None
    strata = list(model["strata"])
    for term in model["terms"]:
        if term["kind"] == "strata":
            strata += term_variables(term)
        elif term["kind"] == "offset":
            offset = _values(term, table) + (0.0 if offset is None else offset)
        elif term["kind"] == "factor":
            blocks.append(_factor(term, table))
        elif term["kind"] == "rcs":
            x = _values(term, table)
            if knots_used is not None:
                at = knots_used[len(placed)]
            else:
                at = np.array(term["knots"], dtype=float) if term["knots"] else knots(x, term["nknots"])
            placed.append(at)
            blocks.append(restricted_cubic(x, at))
        else:
            blocks.append(_values(term, table)[:, None])
    x = np.column_stack(blocks) if blocks else np.zeros((len(table), 0))
    codes = table.groupby(strata, sort=True).ngroup().to_numpy(dtype=np.intp) if strata else None
    return Columns(x, codes, offset, placed)


def term_columns(model: dict[str, Any], columns: Columns) -> list[slice]:
    """Where the columns of each term stand, in the order of the terms (without strata and offset)."""
    knots_left, widths = list(columns.knots), []
    for term in model["terms"]:
        if term["kind"] == "rcs":
            widths.append(len(knots_left.pop(0)) - 1)
        elif term["kind"] not in ("strata", "offset"):
            widths.append(len(term["levels"]) - 1 if term["kind"] == "factor" else 1)
    ends = np.cumsum([0, *widths]).tolist()
    return [slice(a, b) for a, b in pairwise(ends)]


def spline_knots(model: dict[str, Any], columns: Columns) -> dict[str, FloatArray]:
    """Variable -> knots of its spline."""
    splines = [term_variables(term)[0] for term in model["terms"] if term["kind"] == "rcs"]
    return dict(zip(splines, columns.knots, strict=True))


def _penalty(model: dict[str, Any], columns: Columns) -> FloatArray | None:
    ridge = model["penalty"]
    if ridge is None:
        return None
    if ridge["kind"] != "ridge":
        raise NotCovered(f"penalty {ridge['kind']}")
    out = np.zeros(columns.x.shape[1])
    terms = [term for term in model["terms"] if term["kind"] not in ("strata", "offset")]
    for term, part in zip(terms, term_columns(model, columns), strict=True):
        if set(term_variables(term)) & set(ridge["vars"]):
            out[part] = ridge["theta"]
    return out * columns.x.var(axis=0, ddof=1) if ridge["scale"] else out


def fit(model: dict[str, Any], table: pd.DataFrame, columns: Columns | None = None) -> CoxFit:
    """The Cox model of a case, fitted on the rows of a table."""
    check_cox(model)
    c = columns or build(model, table)
    return fit_cox(
        c.x,
        table[model["time"]],
        table[model["event"]] == 1,
        start=column(table, model["start"]),
        weights=column(table, model["weights"]),
        strata=c.strata,
        offset=c.offset,
        ties=model["ties"],
        penalty=_penalty(model, c),
    )


def check_cox(model: dict[str, Any] | None) -> dict[str, Any]:
    """The model, if it is one that spinesurv fits."""
    if model is None or model["family"] != "cox":
        raise NotCovered(f"model family {model['family'] if model else None}")
    if model["ties"] not in TIES:
        raise NotCovered(f"ties {model['ties']} of a Cox model")
    return model


def model_table(case: Case, *more: str | None) -> pd.DataFrame:
    """Rows that a model case uses."""
    model = check_cox(case.model)
    return case.table([*model_columns(model), *case.survival_columns(), *more])
