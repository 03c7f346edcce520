"""Tables in an experiment's README, drawn from the summary beside it, so that no number is copied by hand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.core.tables import POOLED, write_text
from spinesurv.errors import InputError, unknown_name
from spinesurv.figures.wording import metric_wording

#: a table in a README: a comment that says which rows, the table itself, and a comment that ends it
BLOCK = re.compile(r"(<!-- table\n(?P<rows>.*?)-->\n)(?P<table>.*?)(<!-- end of table -->)", re.DOTALL)

_SETTINGS = (
    "summary",
    "metrics",
    "models",
    "site",
    "population",
    "reference",
    "interval",
    "patients",
    "digits",
)
_INTERVALS = {"confidence": ("low", "high"), "prediction": ("pi_low", "pi_high")}


def refresh_readme(folder: Path) -> None:
    """Draw every table of `folder/README.md` anew from the summary that lies beside it."""
    readme = folder / "README.md"
    write_text(with_fresh_tables(readme.read_text(encoding="utf-8"), folder), readme)


def with_fresh_tables(text: str, folder: Path) -> str:
    """The same text with every table drawn from the summary in `folder`.

    A table stands between two comments. The first holds, as TOML, which estimates it shows::

        <!-- table
        metrics = ["harrell_c", "brier@365", "net_benefit@90@0.3"]
        population = "imputed"
        -->
        <!-- end of table -->

    `metrics` are columns: a measure, the day where it has one, the threshold where it has one. `models` are rows (all
    by default), `site` is `pooled` by default, `population` is needed where the summary holds several, `reference`
    asks for differences to that system, `interval` is `confidence` or `prediction`, `patients = true` adds the number
    of patients judged by the first measure, `digits` are decimals (those usual for each measure by default), `summary` is
    the file.

    Raises
    ------
    InputError
        A setting is unknown, or an estimate that is asked for stands in the summary several times or not at all.
    """
    return BLOCK.sub(lambda found: found[1] + _table(found["rows"], folder) + found[4], text)


def _table(rows: str, folder: Path) -> str:
    try:
        asked = tomllib.loads(rows)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"table in a README: its comment is not valid TOML: {error}.") from None
    for setting in asked:
        if setting not in _SETTINGS:
            raise unknown_name("setting", setting, _SETTINGS, where="table in a README")
    if asked.get("interval", "confidence") not in _INTERVALS:
        raise unknown_name("interval", asked["interval"], _INTERVALS, where="table in a README")
    metrics = asked.get("metrics", [])
    if not metrics:
        raise InputError('table in a README: metrics = ["harrell_c", ...] is missing.')
    kept = _rows(asked, folder)
    models = asked.get("models") or list(dict.fromkeys(kept["model"]))
    counted = ["patients"] if asked.get("patients", False) else []
    lines = [
        "| " + " | ".join(["system", *counted, *map(_head, metrics)]) + " |",
        "|---" * (1 + len(counted) + len(metrics)) + "|",
    ]
    for model in models:
        count = [_patients(kept, model, metrics[0]) for _ in counted]
        cells = [_cell(kept, model, metric, asked) for metric in metrics]
        doubtful = ((kept["model"] == model) & (kept["status"] == "provisional")).any()
        lines.append("| " + " | ".join([f"`{model}`{' †' if doubtful else ''}", *count, *cells]) + " |")
    return "\n".join(lines) + "\n"


def _rows(asked: dict[str, Any], folder: Path) -> pd.DataFrame:
    name = asked.get("summary", "summary.csv")
    table = pd.read_csv(folder / name, dtype={"reference": str}, keep_default_na=True)
    wanted = {
        "site": asked.get("site", POOLED),
        "reference": asked.get("reference", ""),
        **({"population": asked["population"]} if "population" in asked else {}),
    }
    for column, value in wanted.items():
        table = table[table[column].fillna("") == value]
    if table.empty:
        words = ", ".join(f"{k} {v!r}" for k, v in wanted.items())
        raise InputError(f"table in a README: {name} has no row with {words}.")
    return table


def _parts(metric: str) -> tuple[str, float | None, float | None]:
    name, _, rest = metric.partition("@")
    day, _, threshold = rest.partition("@")
    return name, float(day) if day else None, float(threshold) if threshold else None


def _head(metric: str) -> str:
    name, day, threshold = _parts(metric)
    at = "" if threshold is None else f" at a threshold of {threshold:g}"
    return metric_wording(name).label + ("" if day is None else f", day {day:g}") + at


def _estimate(rows: pd.DataFrame, model: str, metric: str) -> pd.Series | None:
    """The one row of a system and measure; None where there is none or it has no value."""
    name, day, threshold = _parts(metric)
    found = rows[(rows["model"] == model) & (rows["metric"] == name)]
    for column, at in (("horizon_days", day), ("threshold", threshold)):
        if column in found:
            found = found[found[column].isna() if at is None else found[column] == at]
    if len(found) > 1:
        raise InputError(
            f"table in a README: {metric} of {model} stands in the summary {len(found)} times. Give the population."
        )
    return None if found.empty or pd.isna(found["value"].iloc[0]) else found.iloc[0]


def _patients(rows: pd.DataFrame, model: str, metric: str) -> str:
    row = _estimate(rows, model, metric)
    return "–" if row is None else f"{row['n']:,.0f}"


def _cell(rows: pd.DataFrame, model: str, metric: str, asked: dict[str, Any]) -> str:
    row = _estimate(rows, model, metric)
    if row is None:
        return "–"
    usual = metric_wording(_parts(metric)[0]).digits + (1 if asked.get("reference") else 0)
    digits = int(asked.get("digits", usual))
    columns = ("value", *_INTERVALS[asked.get("interval", "confidence")])
    value, low, high = (_number(row[c], digits) for c in columns)
    return f"{value} ({low} to {high})"


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text if float(text) or not text.startswith("-") else text[1:]
