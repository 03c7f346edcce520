"""Predictions that somebody made, in one table with the outcome of the same patients: wide or long.

Wide: one row per patient; `patient_id, time_days, event` (or `dead_by_<day>`, where the status at some days is all that is known), perhaps a
site, then `<model>@<day>` (probability of being alive) and
`<model>@marker` (a number that ranks, higher = dies sooner). Long: one row per model, patient and day; `model, patient_id,
horizon_days, survival`, perhaps `marker`, and the same outcome in every row of a patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.cohorts.cells import numbers, plain_code
from spinesurv.cohorts.read_table import RawTable, read_table
from spinesurv.cohorts.readers import ReadOptions
from spinesurv.core.codebook import codebook
from spinesurv.core.cohort import PATIENT_KEY
from spinesurv.core.outcome import Outcome
from spinesurv.core.prediction import Prediction
from spinesurv.core.status import StatusAtDays, days_of_columns, status_column
from spinesurv.errors import InputError, unknown_name

#: what a probability in the file is the probability of
VALUES = ("survival", "death")

#: site of every patient where the file has none
ONE_SITE = "all patients"

NOT_PREDICTED = "no prediction in the file"

MARKER = "marker"
_LONG = ("model", "horizon_days", "survival")
_OUTCOME = ("time_days", "event")
_ENTRY = "entry_days"
_MISSING = ("", "NA", "NaN", "nan")
_EVENTS = {"1": 1.0, "true": 1.0, "yes": 1.0, "0": 0.0, "false": 0.0, "no": 0.0}
_ROUNDING = 1e-12  # of sums and differences; a Prediction allows the same


@dataclass(frozen=True, eq=False)
class ReadPredictions:
    """What a file of predictions holds.

    Parameters
    ----------
    name : name of the file
    sha256 : hash of its bytes
    key : index (site, patient_id) of the n patients, in the order of the file
    outcome : Outcome of these patients
    predictions : model -> Prediction of these patients, in the order of the file; who has none is missing with the reason
    has_sites : whether the file says where a patient was treated; else every site is `ONE_SITE`
    not_read : columns that are neither outcome nor prediction
    """

    name: str
    sha256: str
    key: pd.MultiIndex
    outcome: Outcome
    predictions: dict[str, Prediction]
    has_sites: bool
    not_read: list[str]

    @property
    def days(self) -> list[float]:
        """Days for which any model predicts survival, rising."""
        return sorted(
            {float(d) for p in self.predictions.values() if p.times_days is not None for d in p.times_days}
        )


@dataclass(frozen=True, eq=False)
class ImportedFile:
    """Predictions of one system for patients whose outcome is elsewhere.

    Parameters
    ----------
    name, sha256 : of the file
    prediction : of its n patients, index (site, patient_id), in the order of the file
    has_sites : whether the file says where a patient was treated; else every site is `ONE_SITE`
    inputs : (n, inputs) what was typed into the calculator, where the file says so: columns named as in the codebook
    not_read : other columns
    """

    name: str
    sha256: str
    prediction: Prediction
    has_sites: bool
    inputs: pd.DataFrame
    not_read: list[str]


@dataclass
class _Model:
    """Columns of one model while they are collected: day -> survival, and the marker."""

    survival: dict[float, np.ndarray] = field(default_factory=dict)
    marker: np.ndarray | None = None


def read_predictions(
    path: str | Path,
    *,
    site: str | None = None,
    values: str = "survival",
    options: ReadOptions | None = None,
) -> ReadPredictions:
    """Read and check a file of predictions.

    Parameters
    ----------
    path : csv, tsv or xlsx, wide or long as told at the top of this file
    site : column with the site; `site` where the file has that column and nothing is said
    values : "survival" where the file holds probabilities of being alive by the day, "death" where of having died
    options : how the file is to be read, where its name does not tell

    Returns
    -------
    ReadPredictions
        Empty cells, NA and NaN are missing predictions.

    Raises
    ------
    InputError
        Columns are missing or their names cannot be read, a cell is no number, a probability lies outside [0, 1], survival
        rises with time, a patient has no outcome, several outcomes, or two rows. Cells are counted, never shown.
    """
    if values not in VALUES:
        raise unknown_name("kind of value", values, VALUES)
    table = read_table(path, options)
    wide = [name for name in table.cells.columns if "@" in name]
    long = all(name in table.cells.columns for name in _LONG[:2])
    _check_layout(table, wide, long)
    rows, has_sites = _row_keys(table, site)
    outcome_columns = _outcome_columns(table)
    if long:
        key = rows.unique()
        outcome_columns = _same_in_every_row(table, rows, key, outcome_columns)
        models = _long_models(table, rows, key, values)
        used = {*_LONG, MARKER}
    else:
        key = rows
        _refuse(
            table, "patient_id", rows.duplicated(keep=False), "occur more than once", "one row per patient"
        )
        models = _wide_models(table, wide, values)
        used = set(wide)
    used |= {*outcome_columns, _ENTRY, "patient_id", site or "site"}
    return ReadPredictions(
        table.name,
        table.sha256,
        key,
        _outcome(outcome_columns),
        {name: _prediction(table, name, model, key, values) for name, model in models.items()},
        has_sites,
        [name for name in table.cells.columns if name not in used],
    )


def read_imported(path: str | Path, *, values: str = "survival") -> ImportedFile:
    """Predictions of a calculator: `patient_id`, perhaps `site` and `marker`, and a column for each day, named by its number.

    Parameters
    ----------
    path : csv, tsv or xlsx
    values : "survival" where the file holds probabilities of being alive by the day, "death" where of having died

    Raises
    ------
    InputError
        No column is a day, a patient has two rows, a cell is no number, a probability lies outside [0, 1], or survival
        rises with time. Cells are counted, never shown.
    """
    if values not in VALUES:
        raise unknown_name("kind of value", values, VALUES)
    table = read_table(path, ReadOptions(numbers_as_names=True))
    named = numbers(pd.Series(table.cells.columns, dtype=object)).to_numpy(dtype=float)
    days = {name: day for name, day in zip(table.cells.columns, named, strict=True) if day > 0}
    if "patient_id" not in table.cells.columns or not days:
        raise InputError(
            f"{table.where}: patient_id and at least one column named by a day (90, 365) are expected. It has "
            f"{', '.join(table.cells.columns)}."
        )
    if len(set(days.values())) < len(days):
        raise InputError(f"{table.where}: two columns stand for the same day. Keep one.")
    key, has_sites = _row_keys(table, None)
    _refuse(table, "patient_id", key.duplicated(keep=False), "occur more than once", "one row per patient")
    marker = _number(table, MARKER) if MARKER in table.cells.columns else None
    model = _Model({day: _survival(table, name, values) for name, day in days.items()}, marker)
    typed = [c for c in table.cells.columns if c in codebook() and codebook()[c].is_numeric]
    used = {"patient_id", "site", MARKER, *days, *typed}
    return ImportedFile(
        table.name,
        table.sha256,
        _prediction(table, Path(path).stem, model, key, values),
        has_sites,
        pd.DataFrame({name: _number(table, name) for name in typed}, index=key),
        [name for name in table.cells.columns if name not in used],
    )


def _check_layout(table: RawTable, wide: list[str], long: bool) -> None:
    if wide and long:
        raise InputError(
            f"{table.where}: it has columns model and horizon_days and also {len(wide)} columns named <model>@<day>. "
            "Keep one layout, long or wide."
        )
    if not wide and not long:
        raise InputError(
            f"{table.where}: no predictions found. Name their columns <model>@<day> (probability of being alive) or "
            "<model>@marker (higher = dies sooner), or give one row per prediction with the columns model, "
            "horizon_days and survival."
        )
    needed = ["patient_id", *_outcome_names(table), *([_LONG[2]] if long else [])]
    absent = [name for name in needed if name not in table.cells.columns]
    if absent:
        raise InputError(
            f"{table.where}: column{'s' if len(absent) > 1 else ''} {', '.join(absent)} missing. Needed are "
            f"{', '.join(needed)} in these words."
        )


def _outcome_names(table: RawTable) -> tuple[str, ...]:
    """Columns of the outcome: time and event, or the status at days where a file has these and no times."""
    names = list(table.cells.columns)
    at_days = tuple(status_column(day) for day in days_of_columns(names))
    return at_days if at_days and not set(_OUTCOME) & set(names) else _OUTCOME


def _outcome(columns: dict[str, np.ndarray]) -> Outcome:
    if days := days_of_columns(columns):
        dead = np.column_stack([columns[status_column(day)] for day in days])
        return Outcome.of_status(StatusAtDays(np.array(days), dead))
    return Outcome(columns["time_days"], columns["event"], entry_days=columns.get(_ENTRY))


def _row_keys(table: RawTable, site: str | None) -> tuple[pd.MultiIndex, bool]:
    """(site, patient_id) of every row, and whether the file has sites."""
    cells = table.cells
    if site is not None and site not in cells.columns:
        raise unknown_name("column", site, cells.columns, where=f"{table.where}, site")
    column = site or "site"
    has_sites = column in cells.columns
    for name in ([column] if has_sites else []) + ["patient_id"]:
        _refuse(table, name, _is_missing(cells[name]), "are empty", "every row needs one")
    where = cells[column] if has_sites else pd.Series(ONE_SITE, index=cells.index)
    key = pd.MultiIndex.from_arrays(
        [where.astype(object).to_numpy(), cells["patient_id"].astype(object).to_numpy()], names=PATIENT_KEY
    )
    return key, has_sites


def _outcome_columns(table: RawTable) -> dict[str, np.ndarray]:
    """Columns of the outcome, by row of the file."""
    cells = table.cells
    names = _outcome_names(table)
    if names != _OUTCOME:
        return {name: _status(table, name) for name in names}
    for name in _OUTCOME:
        _refuse(
            table,
            name,
            _is_missing(cells[name]),
            "are empty",
            "every patient needs an outcome: fill it in, or leave the patient out",
        )
    text = cells["event"].map({v: plain_code(v).lower() for v in cells["event"].unique()})
    event = text.map(_EVENTS).astype(float)
    _refuse(table, "event", event.isna(), "are no outcome", "1 = died, 0 = alive at last contact")
    found = {"time_days": _number(table, "time_days"), "event": event.to_numpy()}
    if _ENTRY in cells.columns:
        found[_ENTRY] = np.nan_to_num(_number(table, _ENTRY), nan=0.0)
    return found


def _status(table: RawTable, name: str) -> np.ndarray:
    """(rows,) 1 dead, 0 alive, nan not known."""
    dead = table.cells[name].map(lambda cell: _EVENTS.get(plain_code(cell).lower(), np.nan)).astype(float)
    stray = dead.isna() & ~_is_missing(table.cells[name])
    _refuse(
        table, name, stray, "are no status", "yes = dead by that day, no = alive after it, empty = not known"
    )
    return dead.to_numpy()


def _same_in_every_row(
    table: RawTable, rows: pd.MultiIndex, key: pd.MultiIndex, columns: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The outcome of each patient of a long table."""
    at = key.get_indexer(rows)
    for name, values in columns.items():
        several = _several(values, at)
        if several.any():
            raise InputError(
                f"{table.where}, column {name}: it differs between the rows of the same patient in {int(several.sum())} of "
                f"{len(key)} patients. A patient has one outcome: correct it, or give different patients different "
                "patient_id, or a site."
            )
    first = np.unique(at, return_index=True)[1]
    return {name: values[first] for name, values in columns.items()}


def _several(values: np.ndarray, group: np.ndarray) -> pd.Series:
    """Whether the values of a group differ."""
    by_group = pd.Series(values).groupby(group)
    return (by_group.max() > by_group.min()) | by_group.count().between(1, by_group.size() - 1)


def _wide_models(table: RawTable, names: list[str], values: str) -> dict[str, _Model]:
    models: dict[str, _Model] = {}
    for name in names:
        model, _, last = name.rpartition("@")
        found = models.setdefault(model, _Model())
        if not model:
            raise InputError(f"{table.where}, column {name!r}: no model stands in front of the last @.")
        if last == MARKER:
            found.marker = _number(table, name)
            continue
        day = float(numbers(pd.Series([last], dtype=object)).iloc[0])
        if not day > 0:
            raise InputError(
                f"{table.where}, column {name!r}: {last!r} after the last @ is neither a day above 0 nor {MARKER}. Write "
                "<model>@<day> for probabilities and <model>@marker for a number that ranks."
            )
        if day in found.survival:
            raise InputError(f"{table.where}: model {model!r} has two columns for day {day:g}. Keep one.")
        found.survival[day] = _survival(table, name, values)
    return models


def _long_models(table: RawTable, rows: pd.MultiIndex, key: pd.MultiIndex, values: str) -> dict[str, _Model]:
    model = table.cells["model"]
    _refuse(table, "model", _is_missing(model), "are empty", "every row needs the name of its model")
    day, survival = _number(table, "horizon_days"), _survival(table, "survival", values)
    _refuse(table, "horizon_days", pd.Series(day <= 0), "are not above 0", "days after time zero")
    timeless = np.isnan(day) & ~np.isnan(survival)
    _refuse(
        table, "horizon_days", pd.Series(timeless), "are empty beside a probability", "days after time zero"
    )
    marker = _number(table, MARKER) if MARKER in table.cells.columns else None
    at = key.get_indexer(rows)
    repeated = pd.DataFrame({"model": model, "at": at, "day": day}).duplicated(keep=False)
    _refuse(
        table,
        "horizon_days",
        repeated,
        "belong to rows that repeat model, patient and day",
        "one row for each model, patient and day",
    )
    models = {}
    for name in dict.fromkeys(model):
        mine = (model == name).to_numpy()
        found = models[str(name)] = _Model()
        for d in np.unique(day[mine & ~np.isnan(day)]):
            column = np.full(len(key), np.nan)
            chosen = mine & (day == d)
            column[at[chosen]] = survival[chosen]
            found.survival[float(d)] = column
        if marker is not None:
            known = mine & ~np.isnan(marker)
            several = _several(marker[known], at[known])
            if several.any():
                raise InputError(
                    f"{table.where}, column {MARKER}: it differs between the rows of the same patient in "
                    f"{int(several.sum())} of {len(key)} patients for model {name!r}. One number that ranks is expected."
                )
            if known.any():
                found.marker = np.full(len(key), np.nan)
                found.marker[at[known]] = marker[known]
    return models


def _prediction(table: RawTable, name: str, model: _Model, key: pd.MultiIndex, values: str) -> Prediction:
    days = sorted(model.survival)
    survival = np.column_stack([model.survival[d] for d in days]) if days else None
    missing = np.ones(len(key), dtype=bool) if model.marker is None else np.isnan(model.marker)
    if survival is not None:
        _check_falling(table, name, survival, values)
        missing &= np.isnan(survival).all(axis=1)
    return Prediction(
        key,
        marker=model.marker,
        times_days=None if survival is None else np.array(days),
        survival=survival,
        reason=np.where(missing, NOT_PREDICTED, "").astype(object),
    )


def _check_falling(table: RawTable, name: str, survival: np.ndarray, values: str) -> None:
    """Survival that rises is refused, also across a day that is missing."""
    known: np.ndarray = np.where(np.isnan(survival), np.inf, survival)
    lowest = np.minimum.accumulate(known, axis=1)
    rises = np.any(survival[:, 1:] > lowest[:, :-1] + _ROUNDING, axis=1)
    if rises.any():
        hint = (
            "If the file holds probabilities of death, say --values death."
            if values == "survival"
            else "If the file holds probabilities of being alive, leave out --values death."
        )
        raise InputError(
            f"{table.where}, model {name!r}: survival rises with time in {int(rises.sum())} of {len(rises)} patients; it may "
            f"only fall or stay. {hint}"
        )


def _survival(table: RawTable, column: str, values: str) -> np.ndarray:
    """A column of probabilities as probabilities of being alive."""
    found = _number(table, column)
    outside = (found < 0) | (found > 1)
    if outside.any():
        known = found[~np.isnan(found)]
        percent = (known >= 0).all() and (known <= 100).all() and (known > 1).mean() > 0.5
        raise InputError(
            f"{table.where}, column {column!r}: {int(outside.sum())} of {len(found)} probabilities lie outside 0 to 1. "
            + (
                "They look like percentages: divide them by 100."
                if percent
                else "Correct them; a number that ranks belongs into <model>@marker."
            )
        )
    return 1.0 - found if values == "death" else found


def _number(table: RawTable, column: str) -> np.ndarray:
    """A column of numbers; nan where a cell is empty, NA or NaN."""
    text = table.cells[column]
    missing = _is_missing(text)
    found = numbers(text.mask(missing, ""), table.options.decimal)
    _refuse(
        table, column, found.isna() & ~missing, "are no numbers", "numbers, or nothing where there is none"
    )
    return found.to_numpy(dtype=float)


def _is_missing(text: pd.Series) -> pd.Series:
    return text.isin(_MISSING)


def _refuse(table: RawTable, column: str, bad: Iterable[bool], found: str, allowed: str) -> None:
    count = int(np.sum(np.asarray(bad)))
    if count:
        raise InputError(
            f"{table.where}, column {column}: {count} of {len(table)} cells {found}. Allowed: {allowed}."
        )
