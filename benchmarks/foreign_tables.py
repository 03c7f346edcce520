"""Synthetic patients as a hospital writes them that never saw this project: the tables of `foreign_tables.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv import units
from spinesurv.cohorts import make_cohort
from spinesurv.core.codebook import codebook

_STYLES = Path(__file__).with_name("foreign_tables.toml")


@dataclass(frozen=True)
class Style:
    """How a hospital writes its table.

    Parameters
    ----------
    name : of the table
    encoding, delimiter, decimal : of the file
    columns : name of a column -> key, and unit, format, values (level -> code), dead where there are any
    """

    name: str
    encoding: str
    delimiter: str
    decimal: str
    columns: dict[str, dict[str, Any]]

    def title(self, key: str) -> str | None:
        """The name that this hospital gives to a variable; None where it does not record it."""
        return next((title for title, what in self.columns.items() if what["key"] == key), None)

    def factor(self, key: str) -> float:
        """What numbers of a variable are multiplied by to be canonical."""
        unit = self.columns[str(self.title(key))].get("unit")
        variable = codebook()[key]
        return units.factor(key, variable.unit, unit) if unit else 1.0

    @property
    def truth(self) -> dict[str, dict[str, Any]]:
        """What each column is, in the form of `map_truth.toml`; without the date of birth, which is never mapped."""
        found = {}
        for title, what in self.columns.items():
            if what["key"] == "birth":
                continue
            said = {name: what[name] for name in ("key", "unit", "dead") if name in what}
            if what.get("format", "%Y-%m-%d") != "%Y-%m-%d":
                said["format"] = what["format"]
            if "values" in what and what["key"] != "event":
                said["values"] = {code: level for level, code in what["values"].items()}
            found[title] = said
        return found


def styles() -> list[Style]:
    """All of them."""
    return [Style(**raw) for raw in tomllib.loads(_STYLES.read_text(encoding="utf-8"))["table"]]


@cache
def patients(n: int = 600, seed: int = 3) -> pd.DataFrame:
    """Synthetic patients under canonical names, with dates of birth, operation, death and last contact, and sites A to F."""
    table = make_cohort(patients=n, seed=seed).to_table()
    chance = np.random.default_rng(seed)
    table["site"] = table["site"].map(
        {name: "ABCDEF"[at] for at, name in enumerate(sorted(table["site"].unique()))}
    )
    table["patient_id"] = np.arange(1001, 1001 + n)
    zero = pd.to_datetime(table["index_year"].astype(int).astype(str) + "-01-01")
    zero += pd.to_timedelta(chance.integers(0, 365, n), unit="D")
    end = zero + pd.to_timedelta(table["time_days"].round(), unit="D")
    table["index_date"], table["follow_up_end_date"] = zero, end
    table["death_date"] = end.where(table["event"] == 1)
    days_old = (table["age"].astype(float) * 365.25).round() + chance.integers(0, 365, n)
    table["birth"] = zero - pd.to_timedelta(days_old, unit="D")
    return table


def as_written(style: Style) -> pd.DataFrame:
    """The patients under the names, units and codes of a hospital; numbers and dates not yet text."""
    table = patients()
    raw = {}
    for title, what in style.columns.items():
        column, key = table[what["key"]], what["key"]
        if "values" in what:
            codes = what["values"]
            if "lung_nos" in codes:  # this hospital does not tell the lung cancers apart
                column = column.replace({"lung_nsclc": "lung_nos", "lung_sclc": "lung_nos"})
            column = column.map(lambda v, codes=codes: codes.get(str(v), v), na_action="ignore")
        elif pd.api.types.is_numeric_dtype(column) and key in units.CONVERSIONS:
            places = 0 if key in ("time_days", "platelets") and what["unit"] != "10^4/uL" else 2
            places = 1 if what["unit"] == "months" else places
            column = (column.astype(float) / style.factor(key)).round(places)
        raw[title] = column
    return pd.DataFrame(raw)


def text_of(raw: pd.DataFrame, style: Style) -> pd.DataFrame:
    """The same as text: dates in the form of the hospital, whole numbers without a point, its decimal sign."""
    found = {}
    for title in raw.columns:
        column, form = raw[title], style.columns.get(title, {}).get("format", "%Y-%m-%d")
        if pd.api.types.is_datetime64_any_dtype(column):
            found[title] = column.dt.strftime(form).fillna("")
        else:
            found[title] = column.map(lambda v: _written(v, style.decimal))
    return pd.DataFrame(found)


def write_foreign(text: pd.DataFrame, style: Style, path: Path) -> Path:
    """Write a table of text cells as this hospital would."""
    text.to_csv(
        path, index=False, sep=style.delimiter, encoding=style.encoding, lineterminator="\n", errors="replace"
    )
    return path


def _written(value: Any, decimal: str) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float | np.floating):
        number = str(int(value)) if float(value).is_integer() else f"{value:.10g}"
        return number.replace(".", decimal)
    return str(value)
