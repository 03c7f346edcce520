"""A Cox model as points: what each predictor contributes, the total, and the survival that the total means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.interaction import interaction_name
from spinesurv.errors import InputError, NotFittedError
from spinesurv.models.cox import ALL
from spinesurv.models.nomogram_predictors import PredictorAxis, predictor_axes
from spinesurv.stats.nomogram import point_scale, survival_of

TOTAL = "total_points"


class Nomogram:
    """Points of a fitted `make_pipeline(Encoder(terms), CoxNomogram())`; nothing is fitted here.

    points of variable j = (x_j'b_j - smallest x_j'b_j on its axis) * points per unit of the linear predictor;
    survival = exp(-H0(t) exp(linear predictor of the total)), which is the model's own survival.

    Parameters
    ----------
    fitted : the fitted pipeline, or (encoder, model)
    max_points : points at the end of the longest axis
    stratum : site whose baseline hazard is read, where the model has several; None = that of everybody

    Attributes
    ----------
    axes : one PredictorAxis for each variable, in the order of the encoder's terms; with an interaction one predictor
        has an axis for each level of the other, of which the patient's is read
    scale : the PointScale, one lowest value for each group of axes
    largest_total : sum of the ends of all groups

    Raises
    ------
    NotFittedError, InputError
        Not fitted, no Cox model behind an Encoder, no predictor that changes the risk, an unknown stratum.

    Notes
    -----
    The axis of a number covers its 1st to 99th training percentile, rounded outward; `points` of a value beyond it
    are extrapolated as the model does and the variable is named.

    References
    ----------
    Harrell FE. Regression Modeling Strategies, 2nd ed, 2015, chapter 20. doi:10.1007/978-3-319-19425-7

    Agrees with
    -----------
    rms::nomogram through `stats.nomogram`, golden cases ``nomo.*``.
    """

    def __init__(self, fitted: Any, *, max_points: float = 100.0, stratum: str | None = None) -> None:
        self.encoder, self.model = fitted[0], fitted[-1]
        if not hasattr(self.encoder, "terms_") or not hasattr(self.model, "coef_"):
            raise NotFittedError(
                "nomogram: a fitted make_pipeline(Encoder(terms), CoxNomogram()) is expected; fit it first."
            )
        self.max_points = float(max_points)
        self.stratum = _stratum(self.model.strata_, stratum)
        self.axes: list[PredictorAxis] = predictor_axes(self.encoder, self.model.coef_)
        self.variables = _variables(self.axes, self.encoder.interactions_)
        parts = [
            np.concatenate([axis.parts for axis in self.axes if axis.group == k])
            for k in range(len(self.variables))
        ]
        self.scale = point_scale(parts, max_points=self.max_points)
        self.centre = float(self.model.centre_ @ self.model.coef_.to_numpy())
        self.largest_total = float(
            sum(self.scale.points(np.array([part.max() for part in parts]))),
        )

    def points(self, patients: pd.DataFrame) -> pd.DataFrame:
        """Item points of patients, their total, and what stands in the way of reading them off.

        Returns
        -------
        one row per patient, same index: a column of points for each variable (two that interact have one, "first ×
        second"), `total_points`, `beyond` (variables whose value lies beyond the drawn axis) and `missing` (variables without a value, or of a level that
        training never saw; the total is then missing)
        """
        design = self.encoder.transform(patients)
        coef = self.model.coef_
        parts = np.column_stack(
            [
                sum(design[n].to_numpy() @ coef[n].to_numpy() for n in names)
                for names in self.variables.values()
            ]
        )
        names = list(self.variables)
        out = pd.DataFrame(self.scale.points(parts), index=patients.index, columns=names)
        numbers = {axis.variable: axis for axis in self.axes if axis.is_number}
        outside = {
            name: ((design[name, "linear"] < axis.low) | (design[name, "linear"] > axis.high)).to_numpy()
            for name, axis in numbers.items()
        }
        gaps = {
            name: design[name].isna().any(axis=1).to_numpy()
            for name in (term.variable for term in self.encoder.terms_)
        }
        out[TOTAL] = out[names].sum(axis=1, skipna=False)
        out["beyond"] = _listed(outside, len(out))
        out["missing"] = _listed(gaps, len(out))
        return out

    def linear_predictor(self, total_points: Any) -> np.ndarray:
        """Linear predictor of totals, relative to the training means: the marker of the model."""
        return self.scale.linear_predictor(total_points, centre=self.centre)

    def survival(self, total_points: Any, *, times_days: Any) -> np.ndarray:
        """(totals, times) survival in [0, 1]; missing beyond the last training follow-up."""
        lp = np.atleast_1d(self.linear_predictor(total_points))
        hazard = np.atleast_1d(self.model.hazard(times_days, stratum=self.stratum))
        return survival_of(lp[:, None], hazard[None, :])

    def median_days(self, total_points: Any) -> np.ndarray:
        """Median survival of totals in days; missing where the training follow-up never shows it."""
        return self.model.median_days(self.linear_predictor(total_points), stratum=self.stratum)


def _stratum(strata: Sequence[str], wanted: str | None) -> str:
    if wanted is None:
        return ALL
    if wanted not in strata:
        raise InputError(
            f"nomogram: stratum {wanted!r} found; the model has a baseline hazard for {', '.join(strata)}."
        )
    return str(wanted)


def _variables(
    axes: Sequence[PredictorAxis], interactions: Sequence[tuple[str, str]]
) -> dict[str, list[str]]:
    """Name of each group of axes -> the variables of a design that belong to it."""
    of = {axis.group: axis.variable for axis in axes}
    pair_of = {name: pair for pair in interactions for name in pair}
    out = {}
    for name in of.values():
        pair = pair_of.get(name)
        whole = name if pair is None else interaction_name(*pair)
        out[whole] = [name] if pair is None else [*pair, whole]
    return out


def _listed(marked: Mapping[str, np.ndarray], n: int) -> list[str]:
    return [", ".join(name for name, rows in marked.items() if rows[k]) for k in range(n)]
