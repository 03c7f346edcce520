"""An integer point score made out of a Cox model of the training patients, and what the rounding cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError, NotFittedError
from spinesurv.stats.concordance import concordance
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.cox_survival import baseline_hazard
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.percentile_range import percentile_range

#: days at which the cost of rounding is told, as far as the follow-up goes
COST_DAYS = (90, 365)
FIFTHS = 5


class IntegerScore(BaseEstimator):
    """Points for each level of each predictor, from a Cox model: `make_pipeline(DerivedColumns(names), IntegerScore())`.

    Numbers are cut in two, categories keep their levels. A Cox model of these levels gives log hazard ratios, taken from
    the best level of each predictor; the points are

        points = round(most_points * coefficient / largest coefficient)

    and the total is their sum. Survival is that of a Cox model with the total as its only column. Patients with a gap are
    left out of the fit and have no prediction.

    Parameters
    ----------
    cuts : number -> value at which its upper level begins; a number that is not named is cut at the median of the training
        patients, in two digits
    most_points : points of the level with the largest coefficient
    rounded : False = the same model without rounding, for a comparison in pairs

    Attributes
    ----------
    points_ : table of variable, level, coefficient (log hazard ratio against the best level) and points
    cuts_ : number -> the cut that was used
    range_ : number -> 1st and 99th percentile of the patients it was learned from
    centre_, slope_ : mean total of these patients, and log hazard ratio per point
    n_, events_ : patients and deaths it was learned from
    left_out_ : variable -> training patients in whom it was missing
    notes_ : in the training patients, Harrell's C of the sum of points and of coefficients and their difference; by each of
        `COST_DAYS` the mean distance between both predicted risks, and of each the mean distance between predicted and
        Kaplan-Meier risk in fifths of risk

    Raises
    ------
    InputError
        No complete patient, no death, a predictor with one single level, or a cut that leaves one.

    References
    ----------
    Sullivan LM, Massaro JM, D'Agostino RB. Stat Med 2004;23:1631-1660. doi:10.1002/sim.1742
    """

    def __init__(
        self, cuts: Mapping[str, float] | None = None, most_points: int = 5, rounded: bool = True
    ) -> None:
        self.cuts = cuts
        self.most_points = most_points
        self.rounded = rounded

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Learn cuts, points and survival per total from training patients and their outcome."""
        outcome.of_any_cause("integer score")
        self.check_settings(list(patients.columns))
        gaps = patients.isna()
        self.left_out_ = {str(k): int(v) for k, v in gaps.sum().items() if v}
        known = ~gaps.any(axis=1).to_numpy()
        judged, complete = outcome.take(known), patients[known]
        self.n_, self.events_ = len(judged), judged.n_events
        if not self.events_:
            raise InputError(
                f"integer score: {self.n_} complete training patients and no death among them. Use fewer predictors."
            )
        self.columns_ = list(patients.columns)
        given = dict(self.cuts or {})
        self.cuts_ = {
            str(name): float(given.get(name, _median(complete[name])))
            for name in self.columns_
            if is_numeric_dtype(complete[name])
        }
        self.range_ = {name: percentile_range(complete[name]) for name in self.cuts_}
        self.points_ = self._learn_points(self._levels(complete), judged)
        follow_up: dict[str, Any] = {"start": judged.entry_days}
        sums = {word: self._sum(complete, word) for word in ("points", "coefficient")}
        fits = {
            word: fit_cox(total[:, None], judged.time_days, judged.event, **follow_up)
            for word, total in sums.items()
        }
        self._fit = fits[self._word]
        self.centre_, self.slope_ = float(self._fit.centre[0]), float(self._fit.coef[0])
        self.last_day_ = float(judged.time_days.max())
        self.notes_ = self._cost(sums, fits, judged)
        return self

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at `times_days`; the marker is the total, of the unrounded model the sum of coefficients."""
        if not hasattr(self, "points_"):
            raise NotFittedError("integer score: fit it before asking for predictions.")
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        total = self._sum(patients, self._word)
        return Prediction(
            patients.index,
            marker=total,
            times_days=times,
            survival=self.survival_of(total, times),
            reason=self._reasons(patients),
        )

    def hazard(self, times_days: Any) -> np.ndarray:
        """Cumulative hazard at the total `centre_`; missing beyond the last training follow-up."""
        times = np.asarray(times_days, dtype=float)
        return np.where(times <= self.last_day_, baseline_hazard(self._fit, times), np.nan)

    def survival_of(self, total: np.ndarray, times: np.ndarray) -> np.ndarray:
        """(n, k) survival at `times` of patients with these totals."""
        return np.exp(-np.outer(np.exp((total - self.centre_) * self.slope_), self.hazard(times)))

    def parts(self, patients: pd.DataFrame) -> pd.DataFrame:
        """(n, predictors) what each predictor adds to the total; nan where it is missing or of an unseen level."""
        levels = self._levels(patients)
        return pd.DataFrame(
            {
                name: levels[name].map(self._worth(name, self._word)).to_numpy(dtype=float)
                for name in self.columns_
            },
            index=patients.index,
        )

    def ends(self, name: str) -> tuple[float, float]:
        """Smallest and largest value that a predictor can add to the total."""
        worth = self._worth(name, self._word).values()
        return float(min(worth)), float(max(worth))

    def totals(self, patients: pd.DataFrame) -> np.ndarray:
        """(n,) sum of the integer points, nan where a predictor is missing or of a level that training never saw."""
        return self._sum(patients, "points")

    def check_settings(self, columns: list[str]) -> None:
        """Refuse a setting that is not known; nothing is fitted."""
        strange = sorted(set(self.cuts or {}) - set(columns))
        if strange:
            raise InputError(f"integer score: cuts of {', '.join(strange)}, which is no predictor.")
        if (
            isinstance(self.most_points, bool)
            or not isinstance(self.most_points, int)
            or self.most_points < 1
        ):
            raise InputError(
                f"integer score: most_points {self.most_points!r} found; a whole number of 1 or more is expected."
            )

    @property
    def _word(self) -> str:
        return "points" if self.rounded else "coefficient"

    def _levels(self, patients: pd.DataFrame) -> pd.DataFrame:
        """The level of each predictor in words, None where it is missing."""
        out = {}
        for name in self.columns_:
            if name in self.cuts_:
                value, cut = patients[name].to_numpy(dtype=float, na_value=np.nan), self.cuts_[name]
                words = np.where(value >= cut, f"{cut:g} or more", f"under {cut:g}").astype(object)
                words[np.isnan(value)] = None
                out[name] = words
            else:
                out[name] = patients[name].astype("object").where(patients[name].notna(), None).to_numpy()
        return pd.DataFrame(out, index=patients.index)

    def _learn_points(self, levels: pd.DataFrame, judged: Outcome) -> pd.DataFrame:
        names, design = [], []
        for name in self.columns_:
            count = levels[name].value_counts()
            if len(count) < 2:
                raise InputError(
                    f"integer score: predictor {name} has one single level in the {len(levels)} complete training patients. "
                    "Leave it out, or give it another cut."
                )
            for _, level in sorted((-number, level) for level, number in count.items()):
                names.append((name, str(level)))
                design.append((levels[name] == level).to_numpy(dtype=float))
        table = pd.DataFrame(names, columns=["variable", "level"])
        reference = ~table["variable"].duplicated().to_numpy()
        fit = fit_cox(
            np.column_stack(design)[:, ~reference], judged.time_days, judged.event, start=judged.entry_days
        )
        coefficient = np.zeros(len(table))
        coefficient[~reference] = fit.coef
        best = pd.Series(coefficient).groupby(table["variable"]).transform("min").to_numpy()
        coefficient = coefficient - best
        points = np.round(self.most_points * coefficient / coefficient.max()).astype(int)
        return table.assign(coefficient=coefficient, points=points)

    def _sum(self, patients: pd.DataFrame, word: str) -> np.ndarray:
        levels = self._levels(patients)
        out = np.zeros(len(patients))
        for name in self.columns_:
            out += levels[name].map(self._worth(name, word)).to_numpy(dtype=float)
        return out

    def _worth(self, name: str, word: str) -> dict[str, Any]:
        own = self.points_[self.points_["variable"] == name]
        return dict(zip(own["level"], own[word], strict=True))

    def _cost(
        self, sums: Mapping[str, np.ndarray], fits: Mapping[str, CoxFit], judged: Outcome
    ) -> dict[str, Any]:
        follow_up: dict[str, Any] = {"start": judged.entry_days}
        ranked = {
            word: concordance(judged.time_days, judged.event, total, **follow_up).value
            for word, total in sums.items()
        }
        out: dict[str, Any] = {
            "Harrell's C, points": float(ranked["points"]),
            "Harrell's C, unrounded": float(ranked["coefficient"]),
            "Harrell's C, cost of rounding": float(ranked["coefficient"] - ranked["points"]),
        }
        for day in [d for d in COST_DAYS if d <= self.last_day_]:
            risk = {
                word: -np.expm1(
                    -baseline_hazard(fit, [float(day)]) * np.exp((sums[word] - fit.centre[0]) * fit.coef[0])
                )
                for word, fit in fits.items()
            }
            moved = np.abs(risk["points"] - risk["coefficient"])
            out[f"day {day}, mean distance of risks"] = float(moved.mean())
            for word, name in (("points", "points"), ("coefficient", "unrounded")):
                out[f"day {day}, calibration error in fifths, {name}"] = _in_fifths(risk[word], judged, day)
        return out

    def _reasons(self, patients: pd.DataFrame) -> np.ndarray:
        out = np.full(len(patients), "", dtype=object)
        for name, gone in self.parts(patients).isna().items():
            out[gone] = [f"{said}, {name}" if said else name for said in out[gone]]
        return np.array(
            [f"missing or of a level never seen in training: {said}" if said else "" for said in out],
            dtype=object,
        )


def _median(values: pd.Series) -> float:
    """Median in two digits, so that a cut can be remembered and is no patient's own value."""
    return float(f"{np.median(values.astype(float)):.2g}")


def _in_fifths(risk: np.ndarray, judged: Outcome, day: float) -> float:
    """Mean over fifths of predicted risk of |mean predicted - Kaplan-Meier risk|, weighted by patients."""
    edges = np.quantile(risk, np.linspace(0, 1, FIFTHS + 1)[1:-1])
    fifth = np.searchsorted(edges, risk, side="right")
    total = 0.0
    for k in np.unique(fifth):
        own = judged.take(fifth == k)
        observed = 1.0 - kaplan_meier(own.time_days, own.event, start=own.entry_days).at([day])[0]
        total += (fifth == k).mean() * abs(risk[fifth == k].mean() - observed)
    return float(total)
