"""One equation per variable: given the other columns of a patient, a value for a gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from spinesurv.features.imputation_columns import FEWEST_PATIENTS, NumberScale
from spinesurv.stats.mean_matching import match_donors, told_apart
from spinesurv.stats.posterior_draws import Posterior

#: number of a use -> (n,) uniform numbers of the patients that a value is drawn for
Uniforms = Callable[[int], np.ndarray]


def linear_predictor(design: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """(n,) sums row by row: the same bits for a patient whatever the other rows are, which a BLAS does not promise."""
    return np.asarray((design * coefficients).sum(axis=1))


@dataclass(frozen=True, eq=False)
class MatchedEquation:
    """Predictive mean matching: the value of a training patient whose predicted mean is near.

    Donors stand at the mean coefficients, the receiving patient at drawn ones (type 1 matching). Holds values of
    patients.

    Parameters
    ----------
    drawn : (p,) drawn coefficients, 0 for columns that the equation leaves out
    donor_scores, donor_codes : (n,) predicted means of the donors, rising, and their values
    donors : size of the pool that one donor is picked from
    """

    drawn: np.ndarray
    donor_scores: np.ndarray
    donor_codes: np.ndarray
    donors: int

    def draw(self, design: np.ndarray, uniforms: Uniforms) -> np.ndarray:
        """(n,) codes for patients with these columns."""
        spread = float(self.donor_scores[-1] - self.donor_scores[0])
        scores = told_apart(linear_predictor(design, self.drawn), uniforms(0), spread=spread)
        return self.donor_codes[
            match_donors(self.donor_scores, scores, donors=self.donors, choice=uniforms(1))
        ]

    @classmethod
    def learn(
        cls,
        drawn: np.ndarray,
        scores: np.ndarray,
        codes: np.ndarray,
        uniforms: np.ndarray,
        donors: int,
    ) -> MatchedEquation:
        """From predicted means and values of the donors; `uniforms` tell equal means apart."""
        apart = told_apart(scores, uniforms, spread=float(np.ptp(scores)))
        order = np.argsort(apart, kind="stable")
        return cls(drawn, apart[order], codes[order], donors)


@dataclass(frozen=True, eq=False)
class NormalEquation:
    """A normal draw around the predicted mean on the scale of the column, brought into the range of training.

    Parameters
    ----------
    drawn : (p,) drawn coefficients, 0 for columns that the equation leaves out
    sd : drawn residual standard deviation
    scale : how the column was made of the values
    lowest, highest : range of the values; whole : they are whole numbers
    """

    drawn: np.ndarray
    sd: float
    scale: NumberScale
    lowest: float
    highest: float
    whole: bool

    def draw(self, design: np.ndarray, uniforms: Uniforms) -> np.ndarray:
        """(n,) codes for patients with these columns."""
        z = linear_predictor(design, self.drawn) + self.sd * ndtri(uniforms(0))
        codes = np.clip(self.scale.codes(z), self.lowest, self.highest)
        return np.rint(codes) if self.whole else codes


@dataclass(frozen=True, eq=False)
class LevelEquation:
    """A chain of logistic regressions, one per level: is it this one, given that it is none of those before?

    Parameters
    ----------
    drawn : (s, p) drawn coefficients of levels 1 to s, 0 for columns that an equation leaves out
    levels : (s,) codes of these levels, the most frequent first
    rest, rest_shares : codes of the levels without an equation, and their shares among those left over
    """

    drawn: np.ndarray
    levels: np.ndarray
    rest: np.ndarray
    rest_shares: np.ndarray

    def probabilities(self, design: np.ndarray, possible: np.ndarray | None = None) -> np.ndarray:
        """(n, s + r) probability of each level with an equation, then of each of the rest.

        `possible` (n, levels by code): True where a level may be; None = everywhere.
        """
        order = np.concatenate([self.levels, self.rest]).astype(np.intp)
        may = np.ones((len(design), len(order)), dtype=bool) if possible is None else possible[:, order]
        out = np.empty(may.shape)
        left = np.ones(len(design))
        for i, coefficients in enumerate(self.drawn):
            share = expit(linear_predictor(design, coefficients))
            others_may = np.asarray(may[:, i + 1 :].any(axis=1))
            own = np.where(may[:, i], np.where(others_may, share, 1.0), 0.0)
            out[:, i] = left * own
            left = left * (1.0 - own)
        shares = self.rest_shares * may[:, len(self.levels) :]
        total = shares.sum(axis=1, keepdims=True)
        out[:, len(self.levels) :] = left[:, None] * np.divide(
            shares, total, out=np.zeros_like(shares), where=total > 0
        )
        return out

    def draw(self, design: np.ndarray, uniforms: Uniforms, possible: np.ndarray | None = None) -> np.ndarray:
        """(n,) codes for patients with these columns."""
        upto = np.cumsum(self.probabilities(design, possible), axis=1)
        at = (uniforms(0)[:, None] * upto[:, [-1]] >= upto[:, :-1]).sum(axis=1)
        return np.asarray(np.concatenate([self.levels, self.rest])[at])


Equation = MatchedEquation | NormalEquation | LevelEquation


def level_order(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels with an equation, levels of the rest, and the shares of the latter, out of training codes.

    The last level needs no equation; levels with fewer than `FEWEST_PATIENTS` share the rest.
    """
    level, count = np.unique(codes, return_counts=True)
    order = np.argsort(-count, kind="stable")
    level, count = level[order], count[order]
    own = int((count >= FEWEST_PATIENTS).sum())
    own = min(own, len(level) - 1)
    return level[:own], level[own:], count[own:] / count[own:].sum()


def spread_out(
    posterior: Posterior, drawn: np.ndarray, at: np.ndarray, p: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and drawn coefficients in their places among all p columns."""
    mean, out = np.zeros(p), np.zeros(p)
    mean[at], out[at] = posterior.mean, drawn
    return mean, out
