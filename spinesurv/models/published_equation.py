"""A published regression as a model: its ratios are kept, what was not published is estimated in training."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import IncompleteDefinitionError, InputError, NotFittedError, unknown_name
from spinesurv.models.equation import ROUNDING, Equation, Term, load_equation
from spinesurv.stats.cox import CoxFitError, fit_cox
from spinesurv.stats.cox_survival import baseline_hazard
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.percentile_range import percentile_range

YES, NO = "yes", "no"


class ProvisionalEquationWarning(UserWarning):
    """An equation was computed whose terms rest partly on general knowledge or could not all be read."""


class PublishedEquation(BaseEstimator):
    """Published hazard (or odds) ratios with a baseline re-estimated in training.

    The sum of terms L = sum of log ratios is kept as published, with coefficient 1. On a hazard scale
    S(t | x) = exp(-H0(t) exp(L - mean L)), H0 Efron's estimate in the training patients with L as offset. On a log odds
    scale, P(death by d) = 1 / (1 + exp(-(a + L))), a such that the mean risk of the training patients is their
    Kaplan-Meier risk at d; survival is there at day d only.

    Parameters
    ----------
    equation : key of an equation that comes with the package, path of a file, or an Equation
    primary_coding : how an input enters whose coding was not published; needed where the equation has codings, else None
    rounding : "published", "lowest" or "highest"
        Ratios as printed, or every one at the lower or upper end of what is printed the same.

    Attributes
    ----------
    range_ : number -> 1st and 99th percentile among the training patients that were learned from
    n_, events_, n_left_out_ : training patients and deaths learned from, and patients without a sum
    notes_ : calibration slope of L in training (Cox coefficient of L; near 1 where the ratios hold there) and its
        standard error, or why there is none

    Raises
    ------
    IncompleteDefinitionError
        The publication could not be read completely.
    InputError
        The coding is missing or unknown, or no training patient has a sum.

    References
    ----------
    van Houwelingen HC. Stat Med 2000;19:3401-3415. doi:10.1002/1097-0258(20001230)19:24<3401::AID-SIM554>3.0.CO;2-2
    """

    def __init__(
        self,
        equation: str | Path | Equation,
        primary_coding: str | None = None,
        rounding: str = "published",
    ) -> None:
        self.equation = equation
        self.primary_coding = primary_coding
        self.rounding = rounding

    @property
    def definition(self) -> Equation:
        """What was published."""
        return self.equation if isinstance(self.equation, Equation) else load_equation(self.equation)

    def check_settings(self) -> None:
        """Refuse an equation that cannot be computed, or settings that it does not know; nothing is fitted."""
        known = self.definition
        if known.status == "incomplete":
            raise IncompleteDefinitionError(f"equation {known.key} cannot be computed: {known.reason}")
        if self.rounding not in ROUNDING:
            raise unknown_name("rounding", self.rounding, ROUNDING, where=f"equation {known.key}")
        if known.codings and self.primary_coding is None:
            raise InputError(
                f"equation {known.key}: primary_coding is needed, {' or '.join(known.codings)}: the publication does not say "
                "how this input enters."
            )
        if self.primary_coding is not None and self.primary_coding not in known.codings:
            raise unknown_name(
                "primary_coding",
                self.primary_coding,
                known.codings or ["none"],
                where=f"equation {known.key}",
            )

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Estimate what was not published from training patients with the columns of the equation."""
        known = self.definition
        outcome.of_any_cause("published equation", times=known.scale != "log_odds")
        self.check_settings()
        if known.status == "provisional":
            warnings.warn(
                f"equation {known.key} is provisional: {known.reason}.",
                ProvisionalEquationWarning,
                stacklevel=2,
            )
        total, _ = self.totals(patients)
        inside = ~np.isnan(total)
        if (
            outcome.status is not None and known.day is not None
        ):  # of odds at a day, who is dead then tells enough
            outcome = outcome.at_day(known.day)
            inside &= outcome.time_days > 0
        self.n_, self.n_left_out_ = int(inside.sum()), int((~inside).sum())
        judged = outcome.take(inside)
        self.events_ = judged.n_events
        if not self.events_:
            raise InputError(
                f"equation {known.key}: {self.n_} of {len(patients)} training patients have all of its inputs, and none of them "
                f"died. It reads {', '.join(known.columns)}."
            )
        own = total[inside]
        self.centre_ = float(own.mean())
        self.range_ = {
            name: percentile_range(patients[name][inside].to_numpy(dtype=float, na_value=np.nan))
            for term in known.terms
            if term.per
            for name in term.inputs
        }
        self.last_day_ = float(judged.time_days.max())
        if known.scale == "log_odds":
            self._learn_intercept(own, judged)
            return self
        follow_up: dict[str, Any] = {"start": judged.entry_days}
        self._baseline = fit_cox(
            np.empty((self.n_, 0)), judged.time_days, judged.event, offset=own - self.centre_, **follow_up
        )
        try:
            slope = fit_cox(own[:, None], judged.time_days, judged.event, **follow_up)
            self.notes_: dict[str, Any] = {
                "calibration slope": float(slope.coef[0]),
                "standard error of the slope": float(np.sqrt(slope.covariance[0, 0])),
            }
        except CoxFitError as error:
            self.notes_ = {"no calibration slope": str(error)}
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at `times_days` (of odds, only at the day of the equation); the sum of terms is the marker."""
        if not hasattr(self, "centre_"):
            raise NotFittedError(f"equation {self.definition.key}: fit it before asking for predictions.")
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        marker, reason = self.totals(patients)
        return Prediction(
            patients.index,
            marker=marker,
            times_days=times,
            survival=self.survival_of(marker, times),
            reason=reason,
        )

    def hazard(self, times_days: Any) -> np.ndarray:
        """Cumulative baseline hazard at the mean sum of the training patients; missing beyond their last follow-up."""
        times = np.asarray(times_days, dtype=float)
        return np.where(times <= self.last_day_, baseline_hazard(self._baseline, times), np.nan)

    def sums(self, patients: pd.DataFrame) -> pd.DataFrame:
        """(n, terms) log ratio that each term adds; nan where an input is missing."""
        known = self.definition
        return pd.DataFrame(
            {term.key: self._part(known, term, patients) for term in known.terms}, index=patients.index
        )

    def _part(self, known: Equation, term: Term, patients: pd.DataFrame) -> np.ndarray:
        columns = [_column(patients, name) for name in term.inputs]
        one = known.log_ratio(term.ratio, self.rounding)
        if term.per:
            steps = (columns[0].to_numpy(dtype=float, na_value=np.nan) - term.above) / term.per
            return one * (np.maximum(np.floor(steps), 0.0) if term.whole_steps else steps)
        if term.codings:
            assert self.primary_coding is not None
            return one * columns[0].map(term.codings[self.primary_coding]).to_numpy(dtype=float)
        if term.levels:
            return self._level(known, term, columns[0])
        yes = np.any([(column == YES).to_numpy(dtype=bool, na_value=False) for column in columns], axis=0)
        no = np.all([(column == NO).to_numpy(dtype=bool, na_value=False) for column in columns], axis=0)
        return np.where(yes, one, np.where(no, 0.0, np.nan))

    def _level(self, known: Equation, term: Term, column: pd.Series) -> np.ndarray:
        out = np.full(len(column), np.nan)
        still_open = column.notna().to_numpy()
        for step in term.levels:
            holds = still_open.copy()
            if step.one_of:
                holds &= column.isin(step.one_of).to_numpy()
            for limit, compare in (
                (step.at_least, np.greater_equal),
                (step.above, np.greater),
                (step.at_most, np.less_equal),
                (step.below, np.less),
            ):
                if limit is not None:
                    holds &= compare(column.to_numpy(dtype=float, na_value=np.nan), limit)
            out[holds] = known.log_ratio(step.ratio, self.rounding)
            still_open &= ~holds
        return out

    def outside(self, patients: pd.DataFrame) -> np.ndarray:
        """(n,) True for patients who are known not to belong to the population."""
        out = np.zeros(len(patients), dtype=bool)
        for name, allowed in self.definition.applies_to.items():
            column = _column(patients, name)
            out |= (column.notna() & ~column.isin(allowed)).to_numpy()
        return out

    def ends(self, term: Term) -> tuple[float, float]:
        """Smallest and largest log ratio that a term can add, numbers within their range in training."""
        if term.per:
            (name,) = term.inputs
            table = pd.DataFrame({name: np.array(self.range_[name])})
            added = self._part(self.definition, term, table)
        elif term.codings:
            steps = term.codings[str(self.primary_coding)].values()
            added = np.array(list(steps)) * self.definition.log_ratio(term.ratio, self.rounding)
        else:
            ratios = [step.ratio for step in term.levels] or [1.0, term.ratio]
            added = np.array([self.definition.log_ratio(ratio, self.rounding) for ratio in ratios])
        return float(added.min()), float(added.max())

    def totals(self, patients: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """(n,) sums of terms, and (n,) reasons where there is none."""
        known = self.definition
        parts = self.sums(patients)
        gaps = {" or ".join(term.inputs): parts[term.key].isna().to_numpy() for term in known.terms}
        gaps |= {name: _column(patients, name).isna().to_numpy() for name in known.applies_to}
        outside = self.outside(patients)
        told = np.array(list(gaps.values())).T
        reason = np.array(
            ["missing: " + ", ".join(n for n, g in zip(gaps, row, strict=True) if g) for row in told],
            dtype=object,
        )
        reason[~told.any(axis=1)] = ""
        reason[outside] = "outside the population: " + "; ".join(
            f"{name} is not {' or '.join(allowed)}" for name, allowed in known.applies_to.items()
        )
        total = parts.sum(axis=1, skipna=False).to_numpy()
        return np.where(outside | told.any(axis=1), np.nan, total), reason

    def _learn_intercept(self, own: np.ndarray, outcome: Outcome) -> None:
        day = self.definition.day
        assert day is not None
        curve = kaplan_meier(outcome.time_days, outcome.event, start=outcome.entry_days)
        risk = 1.0 - float(curve.at([day], carry=False)[0])
        if not 0 < risk < 1:
            raise InputError(
                f"equation {self.definition.key}: the risk by day {day:g} of the training patients is not between 0 and 1, or "
                "nobody is followed that far; its intercept cannot be estimated."
            )
        self.intercept_ = float(brentq(lambda a: expit(a + own).mean() - risk, -60.0, 60.0, xtol=1e-12))
        self.notes_ = {"intercept": self.intercept_}

    def survival_of(self, marker: np.ndarray, times: np.ndarray) -> np.ndarray:
        """(n, k) survival at `times` of patients with these sums of terms."""
        if self.definition.scale == "log_odds":
            own = 1.0 - expit(self.intercept_ + marker)
            return np.where(times == self.definition.day, own[:, None], np.nan)
        return np.exp(-np.outer(np.exp(marker - self.centre_), self.hazard(times)))


def _column(patients: pd.DataFrame, name: str) -> pd.Series:
    if name in patients.columns:
        return patients[name]
    return pd.Series(np.nan, index=patients.index, dtype=object)
