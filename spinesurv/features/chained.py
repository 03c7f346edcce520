"""Multiple imputation by chained equations that are learned in training and complete anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from spinesurv.core import Outcome, Variable
from spinesurv.errors import InputError, NotFittedError
from spinesurv.features.imputation_chain import Chain, ChainLearner, Layout, TracePoint
from spinesurv.features.imputation_columns import (
    EQUATION_COLUMNS,
    LevelScale,
    NumberScale,
    asked_variables,
    codes_of,
    column_of,
    filled_column,
    gap_counts,
    is_matched,
    levels_of,
)
from spinesurv.features.never_together import exclusions
from spinesurv.stats.keyed_random import keys_of
from spinesurv.stats.nelson_aalen import nelson_aalen

METHODS = ("pmm", "draw")
#: variables with gaps in fewer training patients have no trace
FEWEST_IN_A_TRACE = 5
TRACE_COLUMNS = ("imputation", *TracePoint._fields)


class ChainedImputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fills gaps of patients by chained equations learned from training patients.

    Numbers, counts and ordered levels: linear regression on all other variables, then predictive mean matching
    (`pmm`) or a normal draw (`draw`). Yes/no variables and categories: a chain of logistic regressions, level by level
    in order of frequency. Coefficients of table k are drawn from their posterior once, at the end of the sweeps of a
    chain of its own over the training patients, and then complete every patient: training patients and judged ones
    alike, each from their own recorded values alone.

    Parameters
    ----------
    variables : codebook keys to complete, each also a predictor of the others; None = every baseline variable of the
        training table that is a number, count, yes/no, category or ordered
    sweeps : visits of all equations, in training and when patients are completed
    donors : size of the pool that a matched donor is picked from
    method : pmm or draw, for numbers, counts and ordered levels
    random_state : seed of the coefficients

    Attributes
    ----------
    variables_ : keys that are completed
    counts_ : variable -> gaps among the training patients
    n_patients_ : training patients
    not_imputed_ : variable -> reason why its gaps stay
    with_outcome_ : whether the equations read the outcome

    Notes
    -----
    Fitted with an outcome, the event indicator and the Nelson-Aalen cumulative hazard are predictors of every equation
    (White and Royston 2009): for tables on which a model is estimated. Where events compete, both of each kind. Fitted without, nothing of the outcome is used:
    for patients who are judged. Numbers enter on the natural or the log scale, whichever is less skewed. Equations are
    linear without interactions and know no site: a variable never recorded in a site is completed by what other sites
    taught. Variables that follow from one another (`nlr` from its two counts) are imputed as if they did not; leave
    the derived one out and compute it afterwards.

    A first pass visits the variables in order of their gaps, each from those before it; further sweeps use all. The
    first pass draws jointly what is missing together, so that variables that almost determine each other do not keep
    a poor start. Random numbers belong to the patient's key, the seed, the table, the variable and the sweep: what a
    patient gets does not depend on who else is in the table nor on its order.

    Fitted objects hold the training patients: the coded table, and with `pmm` the donors. They are saved only
    with `--private`.

    References
    ----------
    van Buuren S, Groothuis-Oudshoorn K. J Stat Softw 2011;45(3). doi:10.18637/jss.v045.i03
    White IR, Royston P. Stat Med 2009;28:1982-1998. doi:10.1002/sim.3618
    White IR, Royston P, Wood AM. Stat Med 2011;30:377-399. doi:10.1002/sim.4067
    """

    def __init__(
        self,
        variables: Sequence[str] | None = None,
        *,
        sweeps: int = 10,
        donors: int = 5,
        method: str = "pmm",
        random_state: int = 0,
    ) -> None:
        self.variables = variables
        self.sweeps = sweeps
        self.donors = donors
        self.method = method
        self.random_state = random_state

    def fit(self, patients: pd.DataFrame, outcome: Outcome | None = None) -> Self:
        """Learn scales from training patients, and keep what the chain of each table starts from.

        Raises
        ------
        InputError
            A setting, variable or outcome that does not fit.
        """
        self._check(patients, outcome)
        patients, outcome = _in_key_order(patients, outcome)
        asked = asked_variables(self.variables, patients)
        codes = {v.key: codes_of(v, column_of(patients, v.key)) for v in asked}
        self.n_patients_ = len(patients)
        self.counts_, self.not_imputed_ = gap_counts(codes, len(patients))
        visited = sorted(
            (v for v in asked if v.key not in self.not_imputed_), key=lambda v: self.counts_[v.key]
        )
        self.variables_ = [v.key for v in asked if v.key not in self.not_imputed_]
        self.with_outcome_ = outcome is not None
        self._learn_outcome(outcome)
        scales = [_scale(v, codes[v.key]) for v in visited]
        table = np.array([codes[v.key] for v in visited]).reshape(len(visited), len(patients)).T
        excluded = exclusions(table, [0 if is_matched(v) else len(levels_of(v)) for v in visited])
        n_outcome = 0 if outcome is None else 2 * len(_kinds(outcome))
        layout = Layout(visited, scales, excluded, n_outcome=n_outcome)
        self._learner = ChainLearner(
            layout,
            table,
            self._outcome_columns(outcome),
            keys_of(patients.index),
            self.method,
            self.donors,
            self.sweeps,
        )
        self._chains: dict[int, tuple[Chain, list[TracePoint]]] = {}
        return self

    def draw(
        self, patients: pd.DataFrame, k: int, seed: int, *, outcome: Outcome | None = None
    ) -> pd.DataFrame:
        """Table k of these patients, without gaps in `variables_`; other columns and recorded values as they were.

        Parameters
        ----------
        patients : training patients or any others; a variable without a column is missing for everybody
        k : number of the completed table; its coefficients come from `random_state` and k
        seed : of the patients' own random numbers
        outcome : of these patients, for equations that were learned with one; else None

        Raises
        ------
        InputError
            An outcome is missing, not wanted, or of another length.
        """
        self._check_fitted()
        if (outcome is not None) != self.with_outcome_:
            has, needs = ("an", "none") if outcome is not None else ("no", "one")
            raise InputError(f"imputer: {has} outcome given to equations that were learned with {needs}.")
        _check_length(patients, outcome)
        if not len(patients) or not self.variables_:
            return patients.copy()
        completed = completed_by(self.chain(k), patients, seed, k, self._outcome_columns(outcome))
        return completed[[*patients.columns, *(v for v in self.variables_ if v not in patients.columns)]]

    def chain(self, k: int) -> Chain:
        """The equations of table k, with the coefficients that were drawn for it."""
        self._check_fitted()
        return self._chain(k)[0]

    def transform(self, patients: pd.DataFrame) -> pd.DataFrame:
        """One completed table: draw 0 with seed `random_state`.

        A draw, not the most likely value: means and modes would narrow every distribution that a score reads.
        Only for equations that were learned without an outcome.
        """
        self._check_fitted()
        return self.draw(patients, 0, self.random_state)

    def trace(self, imputations: Sequence[int] = (1,)) -> pd.DataFrame:
        """Mean and standard deviation of the imputed training values after each sweep (0 = first pass).

        One row per imputation, sweep and variable; of a category one per level, with its share. Ordered levels count
        0, 1, ... Variables with gaps in fewer than 5 training patients are left out.
        """
        self._check_fitted()
        rows = [
            (k, *point)
            for k in imputations
            for point in self._chain(k)[1]
            if self.counts_[point.variable] >= FEWEST_IN_A_TRACE
        ]
        return pd.DataFrame(rows, columns=list(TRACE_COLUMNS))

    @property
    def equations_(self) -> pd.DataFrame:
        """One row per variable: how it is imputed, on which scale, from how many training patients. No patients."""
        self._check_fitted()
        layout = self._learner.layout
        rows = []
        for variable, scale in zip(layout.variables, layout.scales, strict=True):
            matched = is_matched(variable)
            rows.append(
                {
                    "variable": variable.key,
                    "method": self.method if matched else "logistic",
                    "scale": ("log" if scale.is_log else "natural") if isinstance(scale, NumberScale) else "level",
                    "columns": scale.width,
                    "n": self.n_patients_ - self.counts_[variable.key],
                    "missing": self.counts_[variable.key],
                }
            )  # fmt: skip
        return pd.DataFrame(rows, columns=list(EQUATION_COLUMNS))

    def _chain(self, k: int) -> tuple[Chain, list[TracePoint]]:
        """The chain of table k: run when first asked for, from what `fit` kept."""
        if k not in self._chains:
            self._chains[k] = self._learner.run(self.random_state, k)
        return self._chains[k]

    def _check(self, patients: pd.DataFrame, outcome: Outcome | None) -> None:
        if self.method not in METHODS:
            raise InputError(f"imputer: method {self.method!r}; {' or '.join(METHODS)} is possible.")
        if self.sweeps < 1 or self.donors < 1:
            raise InputError("imputer: sweeps and donors are at least 1.")
        if not len(patients):
            raise InputError("imputer: no training patients.")
        _check_length(patients, outcome)

    def _learn_outcome(self, outcome: Outcome | None) -> None:
        # of a mere status at days, the last that is known stands for time and event
        if outcome is None:
            return
        self._hazards = [
            nelson_aalen(outcome.time_days, event, start=outcome.entry_days) for event in _kinds(outcome)
        ]
        raw = self._raw_outcome(outcome)
        self._outcome_mean, self._outcome_sd = raw.mean(axis=0), raw.std(axis=0)

    def _raw_outcome(self, outcome: Outcome) -> np.ndarray:
        events = [event.astype(float) for event in _kinds(outcome)]
        return np.column_stack([*events, *(hazard.at(outcome.time_days) for hazard in self._hazards)])

    def _outcome_columns(self, outcome: Outcome | None) -> np.ndarray | None:
        if outcome is None:
            return None
        varies = np.where(self._outcome_sd > 0, self._outcome_sd, 1.0)
        return np.asarray((self._raw_outcome(outcome) - self._outcome_mean) / varies)

    def _check_fitted(self) -> None:
        if not hasattr(self, "_learner"):
            raise NotFittedError("imputer: fit it before patients are completed.")


def _kinds(outcome: Outcome) -> list[np.ndarray]:
    """(n,) whether follow-up ended with each kind of event: death, or that of the end point and those competing."""
    return [outcome.event] if outcome.competing is None else [outcome.of_interest, outcome.competing]


def completed_by(
    chain: Chain, patients: pd.DataFrame, seed: int, k: int, outcome: np.ndarray | None = None
) -> pd.DataFrame:
    """The patients with the gaps of a chain's variables filled by it; random numbers of `seed` and table k.

    `outcome` : columns of the outcome, for equations that read it
    """
    variables = chain.layout.variables
    codes = np.column_stack([codes_of(v, column_of(patients, v.key)) for v in variables])
    done = chain.complete(codes, outcome, keys_of(patients.index), seed, k)
    filled = {
        v.key: filled_column(v, column_of(patients, v.key), done[:, j]) for j, v in enumerate(variables)
    }
    return patients.assign(**{key: column for key, column in filled.items() if column is not None})


def _scale(variable: Variable, codes: np.ndarray) -> NumberScale | LevelScale:
    if not is_matched(variable):
        return LevelScale.learn(codes)
    return NumberScale.learn(codes, may_log=not variable.levels)


def _in_key_order(patients: pd.DataFrame, outcome: Outcome | None) -> tuple[pd.DataFrame, Outcome | None]:
    """Training patients in the order of their keys: equations then do not depend on the order of the table."""
    order = np.argsort(keys_of(patients.index), kind="stable")
    return patients.iloc[order], None if outcome is None else outcome.take(order)


def _check_length(patients: pd.DataFrame, outcome: Outcome | None) -> None:
    if outcome is not None and len(outcome) != len(patients):
        raise InputError(f"imputer: an outcome of {len(outcome)} rows for {len(patients)} patients.")
