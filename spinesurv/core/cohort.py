"""Cohort: one row per patient under the names of the codebook, with outcome, lesions and origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spinesurv.core.codebook import codebook
from spinesurv.core.outcome import Outcome
from spinesurv.core.status import StatusAtDays
from spinesurv.errors import InputError

PATIENT_KEY = ["site", "patient_id"]
LESION_KEY = ["site", "patient_id", "lesion_id", "decision_date"]

#: columns that a canonical table carries for the outcome; in a Cohort they live in `outcome`
OUTCOME_COLUMNS = ("time_days", "event", "cause", "entry_days")


@dataclass(frozen=True, eq=False)
class Cohort:
    """n patients of one or more sites.

    Parameters
    ----------
    patients : one row per patient, index (site, patient_id), unique; columns named as in the codebook, in
        canonical units. Columns with other names are kept and never used. No outcome column
    outcome : Outcome of the same rows in the same order, or None
    lesions : None, or one row per (site, patient_id, lesion_id, decision_date), index of these four
    time_zero : (n,) what day 0 is, in words ("surgery", "start of radiotherapy")
    source : (n,) the table that a row came from

    Raises
    ------
    InputError
        Keys repeat or are empty, an outcome of another length, a value that is no level, not a number, or
        outside the plausible range of the codebook.
    """

    patients: pd.DataFrame
    outcome: Outcome | None = None
    lesions: pd.DataFrame | None = None
    time_zero: NDArray[Any] = field(default_factory=lambda: np.array("not stated"), kw_only=True)
    source: NDArray[Any] = field(default_factory=lambda: np.array("memory"), kw_only=True)

    def __post_init__(self) -> None:
        put = object.__setattr__
        patients = _checked_patients(self.patients)
        put(self, "patients", patients)
        n = len(patients)
        put(self, "time_zero", _per_row(self.time_zero, n))
        put(self, "source", _per_row(self.source, n))
        if self.outcome is not None and len(self.outcome) != n:
            raise InputError(f"cohort: an outcome of {len(self.outcome)} rows for {n} patients.")
        if self.lesions is not None:
            put(self, "lesions", _checked_lesions(self.lesions, patients))

    def __len__(self) -> int:
        return len(self.patients)

    @property
    def site(self) -> NDArray[Any]:
        """(n,) site of each patient."""
        return np.asarray(self.patients.index.get_level_values("site"), dtype=object)

    @property
    def sites(self) -> list[str]:
        """Names of the sites, in the order of first appearance."""
        return list(dict.fromkeys(self.site.tolist()))

    @property
    def index_year(self) -> NDArray[np.float64]:
        """(n,) calendar year of time zero; nan where not recorded."""
        if "index_year" not in self.patients:
            return np.full(len(self), np.nan)
        return self.patients["index_year"].to_numpy(dtype=np.float64, na_value=np.nan)

    @property
    def known_outcome(self) -> Outcome:
        """The outcome, for work that needs one.

        Raises
        ------
        InputError
            The cohort has no outcome.
        """
        if self.outcome is None:
            raise InputError(
                "cohort: it has no outcome. Give time_days and event in the table or its mapping file."
            )
        return self.outcome

    def take(self, rows: ArrayLike) -> Cohort:
        """The patients at these positions (or where a mask is True), with all that belongs to them."""
        at = np.asarray(rows)
        at = np.flatnonzero(at) if at.dtype == bool else at
        patients = self.patients.iloc[at]
        lesions = self.lesions
        if lesions is not None:
            lesions = lesions[_owner(lesions).isin(patients.index)]
        return Cohort(
            patients,
            None if self.outcome is None else self.outcome.take(at),
            lesions,
            time_zero=self.time_zero[at],
            source=self.source[at],
        )

    @classmethod
    def pool(cls, cohorts: Sequence[Cohort], *, mixed_time_zero: bool = False) -> Cohort:
        """One cohort out of several.

        A variable that a cohort never measured is a column of gaps there. Cohorts with different time zeros
        are refused unless `mixed_time_zero`.
        """
        zeros = sorted({str(z) for c in cohorts for z in c.time_zero})
        if len(zeros) > 1 and not mixed_time_zero:
            raise InputError(
                f"cohorts with different time zeros ({', '.join(zeros)}) are not pooled silently. "
                "Say mixed_time_zero = true in the study file if survival from these days may be compared."
            )
        if len({c.outcome is None for c in cohorts}) > 1:
            raise InputError("cohorts with and without outcome cannot be pooled.")
        frames = [c.patients for c in cohorts]
        columns = list(dict.fromkeys(name for f in frames for name in f.columns))
        shared = {name for name in columns if all(name in f for f in frames)}
        patients = pd.concat([_widened(f, columns, shared) for f in frames])
        outcomes = [c.outcome for c in cohorts if c.outcome is not None]
        lesions = [c.lesions for c in cohorts if c.lesions is not None]
        return cls(
            patients,
            _pooled_outcome(outcomes) if outcomes else None,
            pd.concat(lesions) if lesions else None,
            time_zero=np.concatenate([c.time_zero for c in cohorts]),
            source=np.concatenate([c.source for c in cohorts]),
        )

    def to_table(self) -> pd.DataFrame:
        """The canonical table: key, outcome, then the patients' columns; event written 1/0, status at days yes/no."""
        table = self.patients.reset_index()
        for place, (name, column) in enumerate(
            _outcome_columns(self.outcome).items() if self.outcome else ()
        ):
            table.insert(2 + place, name, column)
        return table


def _outcome_columns(outcome: Outcome) -> dict[str, Any]:
    """Columns of a canonical table; without times for those of whom only the status at some days is known."""
    status = outcome.status
    timed = np.ones(len(outcome), dtype=bool) if status is None else ~np.asarray(status.alone)
    columns: dict[str, Any] = {}
    if timed.all():
        columns = {"time_days": outcome.time_days, "event": outcome.event.astype(int)}
    elif timed.any():
        event = pd.Series(outcome.event.astype(int), dtype="Int64").mask(~timed)
        columns = {"time_days": np.where(timed, outcome.time_days, np.nan), "event": event.array}
    if outcome.entry_days is not None:
        columns["entry_days"] = outcome.entry_days
    if outcome.cause is not None:
        columns["cause"] = outcome.cause
    return columns | ({} if status is None else status.columns)


def _per_row(values: NDArray[Any], n: int) -> NDArray[Any]:
    array = np.empty(n, dtype=object)
    array[:] = values
    return array


def _checked_patients(frame: pd.DataFrame) -> pd.DataFrame:
    if list(frame.index.names) != PATIENT_KEY:
        raise InputError(f"cohort: the index must be (site, patient_id), found {tuple(frame.index.names)}.")
    keys = frame.index.to_frame(index=False)
    empty = keys.isna().any(axis=1)
    if empty.any():
        raise InputError(f"cohort: {int(empty.sum())} rows without a site or a patient_id.")
    if not frame.index.is_unique:
        per_site = keys[frame.index.duplicated(keep=False)]["site"].value_counts()
        where = ", ".join(f"{count} rows in {site!r}" for site, count in per_site.items())
        raise InputError(
            f"cohort: patient_id is not unique within its site ({where}). One row per patient is expected: "
            "keep the first treatment, or give each row its own identifier."
        )
    stray = [c for c in (*OUTCOME_COLUMNS, "site", "patient_id") if c in frame.columns]
    if stray:
        raise InputError(
            f"cohort: columns {', '.join(stray)} belong to the key or the outcome, not to the patients."
        )
    index = pd.MultiIndex.from_arrays(
        [keys["site"].astype(str).astype(object), keys["patient_id"].astype(str).astype(object)],
        names=PATIENT_KEY,
    )
    columns: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if name in codebook():
            variable = codebook()[name]
            column = variable.typed(column)
            outside = ~variable.in_range(column)
            if outside.any():
                raise InputError(
                    f"cohort, column {name}: {int(outside.sum())} of {len(column)} values outside the plausible "
                    f"range. Allowed: {variable.allowed}. Check the unit in the mapping file."
                )
        columns[name] = column.values.copy()
    return pd.DataFrame(columns, index=index, copy=False)


def _widened(frame: pd.DataFrame, columns: list[str], shared: set[str]) -> pd.DataFrame:
    """The frame with all `columns`; a column that it lacks is empty, in the type that it has elsewhere."""
    wide: dict[str, Any] = {}
    for name in columns:
        column = frame[name] if name in frame else pd.Series(np.nan, index=frame.index, dtype=object)
        if name in codebook():
            column = codebook()[name].typed(column)
        elif name not in shared:
            column = column.astype(object)
        wide[name] = column
    return pd.DataFrame(wide, index=frame.index)


def _checked_lesions(lesions: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    if list(lesions.index.names) != LESION_KEY:
        raise InputError(
            f"lesions: the index must be {tuple(LESION_KEY)}, found {tuple(lesions.index.names)}."
        )
    if not lesions.index.is_unique:
        raise InputError(f"lesions: {int(lesions.index.duplicated().sum())} rows repeat a key.")
    orphans = ~_owner(lesions).isin(patients.index)
    if orphans.any():
        raise InputError(f"lesions: {int(orphans.sum())} rows belong to no patient of the cohort.")
    typed = lesions.copy()
    for name in typed.columns:
        if name in codebook():
            typed[name] = codebook()[name].typed(typed[name])
    return typed


def _owner(lesions: pd.DataFrame) -> pd.MultiIndex:
    """(site, patient_id) of each lesion row."""
    return pd.MultiIndex.from_arrays(
        [lesions.index.get_level_values(k) for k in PATIENT_KEY], names=PATIENT_KEY
    )


def _pooled_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    if len({o.end_point for o in outcomes}) > 1:
        raise InputError(
            "cohorts with different end points cannot be pooled. Name the end point after pooling."
        )

    def column(name: str, empty: Any) -> NDArray[Any] | None:
        if all(getattr(o, name) is None for o in outcomes):
            return None
        return np.concatenate(
            [np.full(len(o), empty) if getattr(o, name) is None else getattr(o, name) for o in outcomes]
        )

    return Outcome(
        np.concatenate([o.time_days for o in outcomes]),
        np.concatenate([o.event for o in outcomes]),
        cause=column("cause", None),
        entry_days=column("entry_days", 0.0),
        end_point=outcomes[0].end_point,
        status=StatusAtDays.pooled([(len(o), o.status) for o in outcomes]),
    )
