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


class NotCovered(Exception):
    """A measure, or an option of one, that spinesurv does not compute; the message says which."""


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
        table = _csv(self.folder / "data" / (file or self.data["file"]))
        return table.dropna(subset=names).reset_index(drop=True)

    def survival_columns(self) -> list[str | None]:
        """Names of the columns of time, event, delayed entry, strata and weights."""
        return [self.data.get(k) for k in ("time", "event", "start", "strata", "weights")]


@cache
def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=["", "NA"])


def column(table: pd.DataFrame, name: str | None) -> NDArray[np.float64] | None:
    """A column as numbers; None where the case names none."""
    return None if name is None else table[name].to_numpy(dtype=np.float64)


def read_cases(folder: Path) -> list[Case]:
    """All cases of ``folder/golden/*.json`` in order of file and place."""
    files = sorted((folder / "golden").glob("*.json"))
    return [
        _case(raw, folder) for path in files for raw in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]


def _case(raw: dict[str, Any], folder: Path) -> Case:
    return Case(
        label=raw["id"],
        topic=raw["topic"],
        due=raw["due"],
        measure=raw["measure"],
        optional=raw["optional"],
        data=raw["data"],
        model=raw["model"],
        params=raw["params"],
        values=raw["values"],
        given=tuple(raw["given"]),
        indicative=tuple(raw["indicative"]),
        values_range=raw.get("values_range") or {},
        tolerance=raw["tolerance"],
        folder=folder,
    )
