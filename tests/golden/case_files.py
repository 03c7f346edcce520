"""Reading a folder of golden cases: only the fields meant for programs, never id, input, source or note."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: fields that hold lists; where a list of one was written as a scalar, it is made a list again
LISTS = {
    "data": ("markers", "risks", "risk_by_time"),
    "model": ("terms", "strata"),
    "term": ("levels", "knots"),
    "params": (
        *("at", "probs", "conf_types", "event_times", "contrasts", "grid", "curve_p", "thresholds", "causes"),
        *("levels", "adjust", "norms", "yi", "sei", "q", "u", "imputations", "rows", "pred", "newdata"),
        *("tests", "lp_axis", "total_points", "lp_grid"),
    ),
}
#: fields that hold lists by name
NAMED_LISTS = ("risk_columns", "axis_values", "surv_axis")


class NotCovered(Exception):
    """A measure, or an option of one, that spinesurv does not compute; the message says which."""


class CaseFileError(Exception):
    """A file or a field that is missing or cannot be read; the message is one sentence."""


@dataclass(frozen=True)
class Case:
    """One golden case. `label` (its id) is carried along for the list of results and never read."""

    label: str
    topic: str
    due: str
    measure: str
    optional: bool
    data: dict[str, Any]
    model: dict[str, Any] | None
    params: dict[str, Any]
    values: dict[str, Any]
    given: tuple[str, ...]
    indicative: tuple[str, ...]
    values_range: dict[str, Any]
    tolerance: dict[str, float]
    folder: Path = field(repr=False)

    def table(self, columns: Iterable[str | None], *, file: str | None = None) -> pd.DataFrame:
        """Rows of the data file without a missing value in these columns (None is passed over)."""
        names = list(dict.fromkeys(c for c in columns if c))
        name = file or self.data["file"]
        table = _csv(self.folder / "data" / name)
        absent = [c for c in names if c not in table.columns]
        if absent:
            raise CaseFileError(f"data/{name} has no column {', '.join(absent)}.")
        return table.dropna(subset=names).reset_index(drop=True)

    def survival_columns(self) -> list[str | None]:
        """Names of the columns of time, event, delayed entry, strata and weights."""
        return [self.data.get(k) for k in ("time", "event", "start", "strata", "weights")]


@cache
def _csv(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise CaseFileError(f"data/{path.name} does not exist.")
    # thresholds are compared as exact doubles, so cells must become the double nearest to what is written
    return pd.read_csv(path, keep_default_na=False, na_values=["", "NA"], float_precision="round_trip")


def column(table: pd.DataFrame, name: str | None) -> NDArray[np.float64] | None:
    """A column as numbers; None where the case names none."""
    return None if name is None else table[name].to_numpy(dtype=np.float64)


def read_cases(folder: Path) -> list[Case]:
    """All cases of ``folder/golden/*.json`` in order of file and place."""
    files = sorted((folder / "golden").glob("*.json"))
    if not files:
        raise CaseFileError(f"{folder} holds no golden/*.json.")
    return [case for path in files for case in _cases(path, folder)]


def _cases(path: Path, folder: Path) -> list[Case]:
    where = f"golden/{path.name}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CaseFileError(f"{where} is not JSON: {error}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("cases"), list):
        raise CaseFileError(f"{where} has no list named cases.")
    found = []
    for k, raw in enumerate(content["cases"], start=1):
        try:
            found.append(_case(raw, folder))
        except KeyError as error:
            raise CaseFileError(f"{where}, case {k}: field {error.args[0]} is missing.") from error
        except (TypeError, AttributeError) as error:
            raise CaseFileError(f"{where}, case {k} does not have the form of a case: {error}.") from error
    return found


def _case(raw: dict[str, Any], folder: Path) -> Case:
    return Case(
        label=raw["id"],
        topic=raw["topic"],
        due=raw["due"],
        measure=raw["measure"],
        optional=raw["optional"],
        data=_with_lists(raw["data"], "data"),
        model=None if raw["model"] is None else _model(raw["model"]),
        params=_params(raw["params"]),
        values=raw["values"],
        given=tuple(_listed(raw["given"])),
        indicative=tuple(_listed(raw["indicative"])),
        values_range=raw.get("values_range") or {},
        tolerance={name: raw["tolerance"][name] for name in ("abs", "rel", "se_rel")},
        folder=folder,
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _with_lists(fields: dict[str, Any], kind: str) -> dict[str, Any]:
    out = dict(fields)
    for name, value in fields.items():
        if name in LISTS[kind] and value is not None:
            out[name] = _listed(value)
        elif name in NAMED_LISTS:
            out[name] = {key: _listed(one) for key, one in value.items()}
    return out


def _model(raw: dict[str, Any]) -> dict[str, Any]:
    model = _with_lists(raw, "model")
    return {**model, "terms": [_with_lists(term, "term") for term in model["terms"]]}


def _params(raw: dict[str, Any]) -> dict[str, Any]:
    params = _with_lists(raw, "params")
    if params.get("model0"):
        params["model0"] = _model(params["model0"])
    if params.get("censoring"):
        params["censoring"] = _model(params["censoring"])
    if params.get("pairs") and not isinstance(params["pairs"][0], list):
        params["pairs"] = [params["pairs"]]
    return params
