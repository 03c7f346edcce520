"""Prediction: what a system says about each patient, and why it says nothing where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spinesurv.errors import InputError


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions of one system for n patients.

    Parameters
    ----------
    key : index of the n patients, unique; (site, patient_id) where they come from a cohort
    marker : (n,) ranking number, higher = dies sooner; nan where there is none
    times_days : (k,) days after time zero, rising, at which `survival` is given
    survival : (n, k) probability of being alive at `times_days`, in [0, 1], never rising with time. For an end point
        that other events compete with: of not having had it, 1 minus its cumulative incidence
    low, high : (n, k) interval of `survival`
    group : (n,) ordered categorical, first category = best prognosis; missing where not known
    expected_days : (n, 2) survival interval that the group promises, in days; high end may be inf
    reason : (n,) text, why a row could not be predicted; empty text where it could

    Raises
    ------
    InputError
        Shapes disagree, a probability is outside [0, 1] or rises with time, the key has duplicates, or a row
        is missing without a reason.
    """

    key: pd.Index[Any]
    marker: NDArray[np.float64] | None = field(default=None, kw_only=True)
    times_days: NDArray[np.float64] | None = field(default=None, kw_only=True)
    survival: NDArray[np.float64] | None = field(default=None, kw_only=True)
    low: NDArray[np.float64] | None = field(default=None, kw_only=True)
    high: NDArray[np.float64] | None = field(default=None, kw_only=True)
    group: pd.Categorical | None = field(default=None, kw_only=True)
    expected_days: NDArray[np.float64] | None = field(default=None, kw_only=True)
    reason: NDArray[Any] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        put = object.__setattr__
        key = self.key if isinstance(self.key, pd.Index) else pd.Index(self.key)
        if not key.is_unique:
            raise InputError(f"prediction: {int(key.duplicated().sum())} patients occur twice in the key.")
        put(self, "key", key)
        n = len(key)
        if self.marker is not None:
            put(self, "marker", _shaped("marker", self.marker, (n,)))
        if (self.survival is None) != (self.times_days is None):
            raise InputError(
                "prediction: survival and times_days belong together, only one of them was given."
            )
        put(self, "times_days", self._checked_times())
        k = 0 if self.times_days is None else len(self.times_days)
        for name in ("survival", "low", "high"):
            value = getattr(self, name)
            if value is not None:
                put(self, name, _probabilities(name, value, (n, k)))
        if (self.survival is None) != (self.times_days is None):
            raise InputError(
                "prediction: survival and times_days belong together, only one of them was given."
            )
        if self.survival is not None:
            rising = np.nanmax(
                np.diff(self.survival, axis=1), initial=0.0, where=~np.isnan(np.diff(self.survival))
            )
            if rising > 1e-12:
                raise InputError(
                    "prediction: survival rises with time in some rows; it may only fall or stay."
                )
        if self.group is not None:
            put(self, "group", _ordered_group(self.group, n))
        if self.expected_days is not None:
            put(self, "expected_days", _shaped("expected_days", self.expected_days, (n, 2)))
        put(self, "reason", self._checked_reason(n))

    def _checked_times(self) -> NDArray[np.float64] | None:
        if self.times_days is None:
            return None
        times = np.atleast_1d(_numbers("times_days", self.times_days))
        if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise InputError("prediction: times_days must be finite days in rising order, each once.")
        return times

    def _checked_reason(self, n: int) -> NDArray[Any]:
        reason = np.full(n, "", dtype=object) if self.reason is None else np.array(self.reason, dtype=object)
        if reason.shape != (n,):
            raise InputError(f"prediction: {reason.shape} reasons for {n} patients.")
        silent = ~self.predicted & (reason == "")
        if silent.any():
            raise InputError(
                f"prediction: {int(silent.sum())} of {n} patients have neither a prediction nor a reason. "
                "Give the reason of every missing row."
            )
        return reason

    def __len__(self) -> int:
        return len(self.key)

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """(n,) True where the system says something: a marker, a survival probability or a group."""
        has = np.zeros(len(self.key), dtype=bool)
        if self.marker is not None:
            has |= ~np.isnan(self.marker)
        if self.survival is not None:
            has |= ~np.isnan(self.survival).all(axis=1)
        if self.group is not None:
            has |= self.group.codes >= 0
        return has

    def has_survival_at(self, day: float) -> bool:
        """Whether survival was predicted for this day for anybody."""
        if self.times_days is None or self.survival is None:
            return False
        at = np.flatnonzero(self.times_days == float(day))
        return len(at) == 1 and not bool(np.isnan(self.survival[:, at[0]]).all())

    def survival_at(self, day: float) -> NDArray[np.float64]:
        """(n,) probability of being alive at `day`; nan where there is none.

        Raises
        ------
        InputError
            The prediction was not made for this day. Nothing is interpolated.
        """
        if self.times_days is None or self.survival is None:
            raise InputError("prediction: it ranks patients only, no survival probability was predicted.")
        at = np.flatnonzero(self.times_days == float(day))
        if len(at) == 0:
            days = ", ".join(f"{t:g}" for t in self.times_days)
            raise InputError(f"prediction: not made for day {day:g}. Days that are there: {days}.")
        return self.survival[:, at[0]].copy()

    def death_by(self, day: float) -> NDArray[np.float64]:
        """(n,) risk: probability of having died by `day`."""
        return 1.0 - self.survival_at(day)

    def curve_to(self, day: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Day 0, where everybody is alive, and every predicted day up to `day` on which anybody has a survival.

        Returns
        -------
        (k,) days and (n, k) survival; a row with a gap in it has no curve
        """
        times, survival = self.times_days, self.survival
        if times is None or survival is None:
            return np.zeros(1), np.ones((len(self), 1))
        used = (times > 0) & (times <= float(day)) & ~np.isnan(survival).all(axis=0)
        days: NDArray[np.float64] = np.concatenate([[0.0], times[used]])
        return days, np.concatenate([np.ones((len(self), 1)), survival[:, used]], axis=1)

    def marker_at(self, day: float | None = None) -> NDArray[np.float64]:
        """(n,) ranking number, higher = dies sooner: the marker, or the risk by `day` where there is no marker."""
        if self.marker is not None:
            return self.marker.copy()
        if day is None:
            raise InputError("prediction: it has no marker; name the day whose risk is to rank the patients.")
        return self.death_by(day)

    def take(self, rows: ArrayLike) -> Prediction:
        """The same prediction for the patients at these positions (or where a mask is True)."""
        at = np.asarray(rows)
        at = np.flatnonzero(at) if at.dtype == bool else at
        return Prediction(
            self.key[at],
            marker=_rows(self.marker, at),
            times_days=self.times_days,
            survival=_rows(self.survival, at),
            low=_rows(self.low, at),
            high=_rows(self.high, at),
            group=None if self.group is None else self.group.take(at),
            expected_days=_rows(self.expected_days, at),
            reason=_rows(self.reason, at),
        )

    def join(self, key: pd.Index[Any]) -> Prediction:
        """The prediction of the patients in `key`, in that order; a patient unknown here is missing, with that reason."""
        at = self.key.get_indexer(key)
        known = at >= 0
        n = len(key)

        def fill(array: NDArray[Any] | None, empty: Any) -> NDArray[Any] | None:
            if array is None:
                return None
            out = np.full((n, *array.shape[1:]), empty, dtype=array.dtype)
            out[known] = array[at[known]]
            return out

        group = None
        if self.group is not None:
            codes = np.where(known, self.group.codes[at], -1) if len(self) else np.full(n, -1)
            group = pd.Categorical.from_codes(codes.astype(int).tolist(), dtype=self.group.dtype)
        reason = fill(self.reason, "")
        assert reason is not None
        reason[~known] = "patient not among those predicted"
        return Prediction(
            key,
            marker=fill(self.marker, np.nan),
            times_days=self.times_days,
            survival=fill(self.survival, np.nan),
            low=fill(self.low, np.nan),
            high=fill(self.high, np.nan),
            group=group,
            expected_days=fill(self.expected_days, np.nan),
            reason=reason,
        )

    @classmethod
    def missing(cls, key: pd.Index[Any], reason: str) -> Prediction:
        """A prediction that says nothing about anybody, and why."""
        return cls(key, marker=np.full(len(key), np.nan), reason=np.full(len(key), reason, dtype=object))

    @classmethod
    def concatenate(cls, parts: Sequence[Prediction]) -> Prediction:
        """One prediction out of parts for different patients (sites, folds) with the same days and groups."""
        if len({None if p.times_days is None else tuple(p.times_days) for p in parts}) != 1:
            raise InputError("prediction: parts made for different days cannot be joined.")
        first = parts[0]
        n_each = [len(p) for p in parts]

        def stack(name: str, shape: tuple[int, ...]) -> NDArray[Any] | None:
            arrays = [getattr(p, name) for p in parts]
            if all(a is None for a in arrays):
                return None
            return np.concatenate(
                [
                    np.full((n, *shape), np.nan) if a is None else a
                    for a, n in zip(arrays, n_each, strict=True)
                ]
            )

        k = 0 if first.times_days is None else len(first.times_days)
        groups = [p.group for p in parts]
        group = None
        if all(g is not None for g in groups):
            group = pd.Categorical(
                np.concatenate([np.asarray(g, dtype=object) for g in groups]).tolist(),
                categories=groups[0].categories,  # type: ignore[union-attr]
                ordered=True,
            )
        return cls(
            parts[0].key.append([p.key for p in parts[1:]]) if len(parts) > 1 else parts[0].key,
            marker=stack("marker", ()),
            times_days=first.times_days,
            survival=stack("survival", (k,)),
            low=stack("low", (k,)),
            high=stack("high", (k,)),
            group=group,
            expected_days=stack("expected_days", (2,)),
            reason=np.concatenate([p.reason for p in parts if p.reason is not None]),
        )


def _rows(array: NDArray[Any] | None, at: NDArray[Any]) -> NDArray[Any] | None:
    return None if array is None else array[at]


def _numbers(name: str, values: Any) -> NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"prediction, {name}: holds something that is not a number.") from None


def _shaped(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = _numbers(name, values)
    if array.shape != shape:
        raise InputError(f"prediction, {name}: shape {array.shape} found, {shape} expected.")
    return array


def _probabilities(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = _shaped(name, values, shape)
    outside = (array < 0) | (array > 1)
    if outside.any():
        raise InputError(
            f"prediction, {name}: {int(outside.sum())} values outside [0, 1]; probabilities are expected."
        )
    return array


def _ordered_group(values: pd.Categorical, n: int) -> pd.Categorical:
    if not isinstance(values, pd.Categorical) or not values.ordered:
        raise InputError("prediction, group: an ordered categorical is expected, best prognosis first.")
    if len(values) != n:
        raise InputError(f"prediction, group: {len(values)} values for {n} patients.")
    return values
