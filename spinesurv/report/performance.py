"""Arrange rows of the performance table as they are read: by topic and horizon, systems in rows, measures in columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.tables import POOLED, STACKED
from spinesurv.figures.small_cells import count_or_dash
from spinesurv.figures.wording import horizon_words, metric_wording, population_words, sentence_case

#: measures side by side on an upright A4 page; more go into a further table
COLUMNS_PER_TABLE = 6

#: an interval that reaches farther says that nothing is known, and no digit of its end says more
FARTHEST_END = 1000

#: topic of a table -> its measures; any other measure goes into the last one
ACCURACY = "Category accuracy"
TOPICS: dict[str, tuple[str, ...]] = {
    "Ranking and overall accuracy": (
        "harrell_c", "uno_c", "auc", "royston_d", "gonen_heller", "brier", "integrated_brier", "ipa",
    ),
    "Calibration": (
        "observed_expected", "calibration_intercept", "calibration_intercept_logistic",
        "calibration_intercept_joint_logistic", "calibration_slope", "calibration_slope_logistic",
        "calibration_intercept_poisson", "calibration_slope_poisson", "ici", "e50", "e90",
        "emax", "d_calibration", "spiegelhalter",
    ),
    "Acting on the risk": (
        "net_benefit", "net_benefit_over_all", "net_benefit_standardised", "interventions_avoided", "sensitivity", "specificity",
        "ppv", "npv",
    ),
    ACCURACY: (
        "acc_category_interval", "acc_overestimated", "acc_underestimated", "acc_category_threshold", "acc_worst_group",
        "acc_probability_050", "kappa_linear", "kappa_quadratic",
    ),
    "Other measures": (),
}  # fmt: skip

_APART = ["cohort", "design", "population", "missing"]
_NAMED = ["cohort", "design", "missing"]
_COLUMN = ["metric", "threshold", "horizon_days"]


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
    events: str
    cells: list[Cell]

    @property
    def counts(self) -> str:
        """Patients and events, or patients alone where events are not counted."""
        return f"{self.patients} / {self.events}" if self.events else self.patients


@dataclass(frozen=True)
class PerformanceTable:
    """One table of the page.

    `population` says on whom it stands, `silent` why systems without any estimate have no line: reason -> their names
    (told once for all tables of a section, see `silences`).
    """

    topic: str
    heading: str
    over: str
    population: str
    measures: list[str]
    lines: list[Line]
    notes: list[str] = field(default_factory=list)
    silent: dict[str, list[str]] = field(default_factory=dict)
    provisional_reasons: list[str] = field(default_factory=list)
    calibration: bool = False

    @property
    def predicts(self) -> bool:
        """Whether a prediction interval is among the cells."""
        return any(cell.prediction for line in self.lines for cell in line.cells)

    @property
    def counted(self) -> str:
        """What stands in the column of patients."""
        return "n / events" if any(line.events for line in self.lines) else "n"

    @property
    def shared(self) -> str:
        """Patients and events, where all systems stand on the same; then they need no column."""
        return self.lines[0].counts if len({line.counts for line in self.lines}) == 1 else ""

    @property
    def provisional(self) -> bool:
        """Whether a system is marked as provisional."""
        return any(line.provisional for line in self.lines)

    @property
    def reestimated(self) -> bool:
        """Whether calibration of a score with re-estimated survival is among the columns."""
        return self.calibration and any(line.reestimated for line in self.lines)


@dataclass(frozen=True)
class Silence:
    """Systems without a line in some tables: their names, in which tables (empty = in all, for one reason), and why."""

    systems: list[str]
    where: str
    reason: str


def silences(tables: Sequence[PerformanceTable]) -> list[Silence]:
    """Why systems have no line, each told once; a reason is the same whatever day it speaks of."""
    places: dict[str, dict[str, list[PerformanceTable]]] = {}
    for table in tables:
        for reason, systems in table.silent.items():
            for system in systems:
                places.setdefault(system, {}).setdefault(_of_any_day(reason), []).append(table)
    told: dict[tuple[str, str], list[str]] = {}
    for system, reasons in places.items():
        if len(reasons) == 1 and sum(map(len, reasons.values())) == len(tables):
            told.setdefault(("", next(iter(reasons))), []).append(system)
            continue
        for reason, found in reasons.items():
            told.setdefault((_places(found, tables), reason), []).append(system)
    return [Silence(systems, where, reason) for (where, reason), systems in told.items()]


def _of_any_day(reason: str) -> str:
    return re.sub(r" for day \d+", "", reason)


def _places(found: Sequence[PerformanceTable], tables: Sequence[PerformanceTable]) -> str:
    """The tables by topic, with their days where not all of a topic are meant; by measure where they have no topic."""
    by_topic: dict[str, list[str]] = {}
    for table in found:
        by_topic.setdefault(table.topic, []).append(table.heading.partition(", difference from")[0])
    words = []
    for topic, headings in by_topic.items():
        days = ", ".join(headings)
        if topic and len(headings) == sum(t.topic == topic for t in tables):
            words.append(topic)
        else:
            words.append(f"{topic} ({days})" if topic else days)
    return "; ".join(words)


def performance_tables(
    performance: pd.DataFrame, labels: Mapping[str, str], *, reestimated: Collection[str] = ()
) -> list[PerformanceTable]:
    """Tables of the estimates: one per set of patients, topic and horizon, measures in columns.

    Parameters
    ----------
    performance : rows of tables/performance.csv
    labels : model -> short name, in the order of the tables
    reestimated : models whose survival per total was learned again in the training data

    Returns
    -------
    list of PerformanceTable
        Pooled over sites where that exists, otherwise stacked, otherwise each site.
    """
    rows = _combined(performance)
    rows = rows[rows["reference"].map(_blank).astype(bool)]
    rows = rows.assign(topic=[_topic(m) for m in rows["metric"]])
    order = [list(TOPICS).index(topic) for topic in rows["topic"]]
    rows = rows.iloc[np.argsort(order, kind="stable")]
    return _tables(rows, [*_APART, "topic", "horizon_days"], labels, reestimated)


def _topic(metric: str) -> str:
    base = str(metric).removesuffix("_binary").removesuffix("_complete")
    return next((topic for topic, metrics in TOPICS.items() if base in metrics), list(TOPICS)[-1])


def contrast_tables(
    performance: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    reference: str,
    reestimated: Collection[str] = (),
) -> list[PerformanceTable]:
    """Tables of the paired differences to a reference: one per set of patients and measure, horizons in columns."""
    rows = _combined(performance)
    rows = rows[rows["reference"] == reference] if reference else rows.iloc[:0]
    return _tables(rows.assign(topic=""), [*_APART, "metric", "threshold"], labels, reestimated)


def _combined(performance: pd.DataFrame) -> pd.DataFrame:
    """Rows that stand for all imputations and are no resample."""
    combined = performance["imputation"].map(_is_pooled_or_none).astype(bool)
    return performance[performance["resample"].isna() & combined]


def _tables(
    rows: pd.DataFrame, apart: list[str], labels: Mapping[str, str], reestimated: Collection[str]
) -> list[PerformanceTable]:
    several = rows.drop_duplicates(_NAMED).shape[0] > 1
    tables: list[PerformanceTable] = []
    for keys, part in rows.groupby(apart, sort=False, dropna=False):
        heading = _heading(dict(zip(apart, keys, strict=True)), part, labels, several=several)
        for over, chosen in _over_sites(part):
            tables += _blocks(chosen, labels, reestimated, over, heading)
    return tables


def _blank(value: Any) -> bool:
    return bool(pd.isna(value)) or str(value).strip() == ""


def _is_pooled_or_none(value: Any) -> bool:
    return _blank(value) or value == POOLED


def _over_sites(part: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Pooled rows where anything could be pooled, else stacked ones, else each site."""
    for site, words in ((POOLED, "pooled over sites"), (STACKED, "all patients together")):
        rows = part[part["site"] == site]
        if (rows["status"] != "gap").any() or (len(rows) and (part["status"] == "gap").all()):
            return [(words, rows)]
    return [(f"site {site}", rows) for site, rows in part.groupby("site", sort=False)]


def _heading(keys: Mapping[str, Any], rows: pd.DataFrame, labels: Mapping[str, str], *, several: bool) -> str:
    if "metric" in keys:
        reference = rows["reference"].iloc[0]
        words = [
            f"{_measure(keys['metric'], keys['threshold'])}, difference from {labels.get(reference, reference)}"
        ]
    else:
        words = [sentence_case(_horizon(keys["horizon_days"]))]
    if several:
        words += [str(keys[k]).replace("_", " ") for k in _NAMED if not _blank(keys[k])]
    return ", ".join(words)


def _measure(metric: str, threshold: Any) -> str:
    return metric_wording(metric).label + ("" if pd.isna(threshold) else f" at {100 * float(threshold):g} %")


def _horizon(days: Any) -> str:
    return horizon_words(float("nan") if pd.isna(days) else float(days))


def _blocks(
    rows: pd.DataFrame, labels: Mapping[str, str], reestimated: Collection[str], over: str, heading: str
) -> list[PerformanceTable]:
    columns = rows[_COLUMN].drop_duplicates()
    if not rows["reference"].map(_blank).all():
        columns = columns.sort_values("horizon_days")
    count = -(-len(columns) // COLUMNS_PER_TABLE)
    out = []
    for number, at in enumerate(np.array_split(np.arange(len(columns)), count)):
        part = f" (part {number + 1} of {count})" if count > 1 else ""
        out.append(_table(rows, columns.iloc[at], labels, reestimated, over, heading + part))
    return out


def _table(
    rows: pd.DataFrame,
    columns: pd.DataFrame,
    labels: Mapping[str, str],
    reestimated: Collection[str],
    over: str,
    heading: str,
) -> PerformanceTable:
    notes: list[str] = []
    silent: dict[str, list[str]] = {}
    lines = []
    contrast = not rows["reference"].map(_blank).all()
    order = {key: position for position, key in enumerate(labels)}
    rows = rows[rows["metric"].isin(columns["metric"])]
    rows = rows.assign(update=rows["update"].map(lambda u: "" if _blank(u) or u == "none" else str(u)))
    systems: list[tuple[Any, pd.DataFrame]] = list(rows.groupby(["model", "update"], sort=False))
    for (model, update), mine in sorted(systems, key=lambda s: order.get(s[0][0], len(order))):
        label = labels.get(model, str(model))
        label = f"{label}, {update.replace('_', ' ')}" if update else label
        known = mine[(mine["status"] != "gap") & mine["value"].notna()]
        if known.empty:
            silent.setdefault(_why(mine.iloc[0]), []).append(label)
            continue
        usual = known.sort_values("n", ascending=False).iloc[0]
        lines.append(
            Line(
                label,
                bool((mine["status"] == "provisional").any()),
                model in reestimated,
                count_or_dash(usual["n"]),
                "" if contrast else count_or_dash(usual["events"]),
                [_cell(_one(mine, column), usual["n"], notes) for column in columns.to_dict("records")],
            )
        )
    names = [
        sentence_case(_horizon(c["horizon_days"])) if contrast else _measure(c["metric"], c["threshold"])
        for c in columns.to_dict("records")
    ]
    provisional = rows.loc[rows["status"] == "provisional", "reason"].fillna("").astype(str)
    return PerformanceTable(
        str(rows["topic"].iloc[0]),
        heading,
        over,
        population_words(str(rows["population"].iloc[0])),
        names,
        lines,
        notes,
        silent,
        [reason for reason in dict.fromkeys(provisional) if reason],
        any(metric_wording(m).calibration for m in columns["metric"]),
    )


def _why(row: pd.Series) -> str:
    return "no reason given" if _blank(row["reason"]) else str(row["reason"])


def _one(rows: pd.DataFrame, column: Mapping[Hashable, Any]) -> pd.Series | None:
    at = pd.Series(True, index=rows.index)
    for name in _COLUMN:
        at &= rows[name].isna() if pd.isna(column[name]) else rows[name] == column[name]
    found = rows[at]
    return found.iloc[0] if len(found) else None


def _cell(row: pd.Series | None, usual_n: Any, notes: list[str]) -> Cell:
    if row is None:
        return Cell("—", note=_note("not among the measures of this system", notes))
    if row["status"] == "gap" or pd.isna(row["value"]):
        return Cell("—", note=_note(_why(row), notes))
    digits = metric_wording(row["metric"]).digits
    patients = "" if pd.isna(row["n"]) or row["n"] == usual_n else f"n {count_or_dash(row['n'])}"
    return Cell(
        _number(row["value"], digits),
        _span(row["low"], row["high"], digits),
        _span(row["pi_low"], row["pi_high"], digits),
        patients,
    )


def _number(value: Any, digits: int) -> str:
    rounded = round(float(value), digits) + 0.0  # no minus before a zero
    return f"{rounded:.{digits}f}".replace("-", "−")


def _span(low: Any, high: Any, digits: int) -> str:
    return "" if pd.isna(low) or pd.isna(high) else f"{_end(low, digits)} to {_end(high, digits)}"


def _end(value: Any, digits: int) -> str:
    """An end of an interval; beyond `FARTHEST_END` only that it lies there, the table beside the page has it in full."""
    if abs(value) <= FARTHEST_END:
        return _number(value, digits)
    return f">{FARTHEST_END}" if value > 0 else f"<−{FARTHEST_END}"


def _note(reason: str, notes: list[str]) -> int:
    if reason not in notes:
        notes.append(reason)
    return notes.index(reason) + 1
