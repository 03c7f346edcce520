"""Arrange rows of the performance table as they are read: per horizon, systems in rows, measures in columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.tables import POOLED, STACKED
from spinesurv.figures.small_cells import shown_count
from spinesurv.figures.wording import horizon_words, metric_wording, sentence_case

#: measures side by side on an upright A4 page; more go into a further table
COLUMNS_PER_TABLE = 6

_APART = ["cohort", "design", "population", "missing"]


@dataclass(frozen=True)
class Cell:
    """One estimate: value, interval, prediction interval, or a dash with the number of its footnote."""

    value: str
    interval: str = ""
    prediction: str = ""
    patients: str = ""
    note: int = 0


@dataclass(frozen=True)
class Line:
    """One system."""

    label: str
    provisional: bool
    reestimated: bool
    patients: str
    cells: list[Cell]


@dataclass(frozen=True)
class PerformanceTable:
    """One table of the page."""

    heading: str
    over: str
    measures: list[str]
    lines: list[Line]
    notes: list[str] = field(default_factory=list)
    provisional_reasons: list[str] = field(default_factory=list)
    calibration: bool = False

    @property
    def provisional(self) -> bool:
        """Whether a system is marked as provisional."""
        return any(line.provisional for line in self.lines)

    @property
    def reestimated(self) -> bool:
        """Whether calibration of a score with re-estimated survival is among the columns."""
        return self.calibration and any(line.reestimated for line in self.lines)


def performance_tables(
    performance: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    reestimated: Collection[str] = (),
    contrasts: bool = False,
) -> list[PerformanceTable]:
    """Tables of the pooled estimates, or of the paired differences with a reference system.

    Parameters
    ----------
    performance : rows of tables/performance.csv
    labels : model -> short name, in the order of the tables
    reestimated : models whose survival per total was learned again in the training data
    contrasts : the paired differences instead of the estimates themselves

    Returns
    -------
    list of PerformanceTable
        One per set of patients, reference, horizon and block of measures. Pooled over sites where that exists,
        otherwise stacked, otherwise each site.
    """
    rows = performance[performance["resample"].isna() & performance["imputation"].map(_is_pooled_or_none)]
    compared = ~rows["reference"].map(_blank)
    rows = rows[compared if contrasts else ~compared]
    tables: list[PerformanceTable] = []
    for keys, part in rows.groupby([*_APART, "reference", "horizon_days"], sort=False, dropna=False):
        several = rows.drop_duplicates(_APART).shape[0] > 1
        for over, chosen in _over_sites(part):
            tables += _blocks(chosen, labels, reestimated, over, _heading(keys, labels, several=several))
    return sorted(tables, key=lambda t: t.over != "pooled over sites")


def _blank(value: Any) -> bool:
    return bool(pd.isna(value)) or str(value).strip() == ""


def _is_pooled_or_none(value: Any) -> bool:
    return _blank(value) or value == POOLED


def _over_sites(part: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    for site, words in ((POOLED, "pooled over sites"), (STACKED, "all patients together")):
        if (part["site"] == site).any():
            return [(words, part[part["site"] == site])]
    return [(f"site {site}", rows) for site, rows in part.groupby("site", sort=False)]


def _heading(keys: tuple[Any, ...], labels: Mapping[str, str], *, several: bool) -> str:
    cohort, design, population, missing, reference, horizon = keys
    words = [sentence_case(horizon_words(float("nan") if pd.isna(horizon) else float(horizon)))]
    if not _blank(reference):
        words.append(f"difference from {labels.get(reference, reference)}")
    if several:
        words += [str(k).replace("_", " ") for k in (cohort, design, population, missing) if not _blank(k)]
    return ", ".join(words)


def _blocks(
    rows: pd.DataFrame, labels: Mapping[str, str], reestimated: Collection[str], over: str, heading: str
) -> list[PerformanceTable]:
    measures = list(
        dict.fromkeys(
            zip(
                rows["metric"],
                rows["threshold"].astype(object).where(rows["threshold"].notna(), None),
                strict=True,
            )
        )
    )
    count = -(-len(measures) // COLUMNS_PER_TABLE)
    blocks = [list(block) for block in np.array_split(np.arange(len(measures)), count)]
    out = []
    for number, block in enumerate(blocks):
        chosen = [measures[k] for k in block]
        part = f" (part {number + 1} of {count})" if count > 1 else ""
        out.append(_table(rows, chosen, labels, reestimated, over, heading + part))
    return out


def _table(
    rows: pd.DataFrame,
    measures: list[tuple[str, Any]],
    labels: Mapping[str, str],
    reestimated: Collection[str],
    over: str,
    heading: str,
) -> PerformanceTable:
    notes: list[str] = []
    lines = []
    order = {key: position for position, key in enumerate(labels)}
    systems = list(
        dict.fromkeys(
            zip(rows["model"], rows["update"].map(lambda u: "" if _blank(u) else str(u)), strict=True)
        )
    )
    for model, update in sorted(systems, key=lambda s: order.get(s[0], len(order))):
        mine = rows[
            (rows["model"] == model) & (rows["update"].map(lambda u: "" if _blank(u) else str(u)) == update)
        ]
        usual = mine.sort_values("n", ascending=False).iloc[0]
        cells = [_cell(_one(mine, m, t), usual["n"], notes) for m, t in measures]
        label = labels.get(model, str(model))
        lines.append(
            Line(
                label if update in ("", "none") else f"{label}, {update.replace('_', ' ')}",
                bool((mine["status"] == "provisional").any()),
                model in reestimated,
                f"{_patients(usual['n'])} / {_patients(usual['events'])}",
                cells,
            )
        )
    names = [
        metric_wording(m).label + ("" if t is None else f" at {100 * float(t):g} %") for m, t in measures
    ]
    calibration = any(metric_wording(m).calibration for m, _ in measures)
    provisional = rows.loc[rows["status"] == "provisional", "reason"].dropna()
    return PerformanceTable(
        heading, over, names, lines, notes, list(dict.fromkeys(provisional.astype(str))), calibration
    )


def _one(rows: pd.DataFrame, metric: str, threshold: Any) -> pd.Series | None:
    at = rows["threshold"].isna() if threshold is None else rows["threshold"] == threshold
    found = rows[(rows["metric"] == metric) & at]
    return found.iloc[0] if len(found) else None


def _patients(count: Any) -> str:
    return "–" if pd.isna(count) else shown_count(count)


def _cell(row: pd.Series | None, usual_n: Any, notes: list[str]) -> Cell:
    if row is None:
        return Cell("–", note=_note("not among the measures of this system", notes))
    if row["status"] == "gap" or pd.isna(row["value"]):
        reason = "no reason given" if _blank(row["reason"]) else str(row["reason"])
        return Cell("–", note=_note(reason, notes))
    digits = metric_wording(row["metric"]).digits
    patients = "" if pd.isna(row["n"]) or row["n"] == usual_n else f"n {_patients(row['n'])}"
    return Cell(
        _number(row["value"], digits),
        _span(row["low"], row["high"], digits),
        _span(row["pi_low"], row["pi_high"], digits),
        patients,
    )


def _number(value: Any, digits: int) -> str:
    return f"{float(value):.{digits}f}".replace("-", "−")


def _span(low: Any, high: Any, digits: int) -> str:
    return "" if pd.isna(low) or pd.isna(high) else f"{_number(low, digits)} to {_number(high, digits)}"


def _note(reason: str, notes: list[str]) -> int:
    if reason not in notes:
        notes.append(reason)
    return notes.index(reason) + 1
