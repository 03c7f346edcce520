"""The chain: sweeps over the training patients in which each equation learns from the values that the others drew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.special import logit

from spinesurv.core import Variable
from spinesurv.features.imputation_columns import LevelScale, NumberScale, is_matched, levels_of
from spinesurv.features.imputation_equations import (
    Equation,
    LevelEquation,
    MatchedEquation,
    NormalEquation,
    Uniforms,
    level_order,
    spread_out,
)
from spinesurv.features.never_together import Exclusion, possible_levels
from spinesurv.stats.keyed_random import KeyArray, keyed_uniforms
from spinesurv.stats.posterior_draws import Posterior, linear_posterior, logistic_posterior, refined

#: training patients that each column of an equation asks for; the columns with the weakest correlation go first
PATIENTS_PER_COLUMN = 10
#: an equation keeps this many columns however few the patients
FEWEST_COLUMNS = 3
#: Newton iterations when a logistic equation is first met, and when its columns have changed a little
FIRST_STEPS, LATER_STEPS = 6, 1
#: uniform numbers: two per patient, variable and sweep when values are drawn, one to tell donors apart
SLOTS = 3


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each variable stands among the p columns: the intercept, those of the outcome, then the variables.

    Parameters
    ----------
    variables : in the order they are visited
    scales : how each becomes columns
    excluded : per variable the others that exclude some of its levels
    n_outcome : columns of the outcome
    """

    variables: Sequence[Variable]
    scales: Sequence[NumberScale | LevelScale]
    excluded: Sequence[Sequence[Exclusion]]
    n_outcome: int
    blocks: list[slice] = field(init=False)

    def __post_init__(self) -> None:
        ends = 1 + self.n_outcome + np.cumsum([0, *(s.width for s in self.scales)])
        blocks = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        object.__setattr__(self, "blocks", blocks)

    @property
    def p(self) -> int:
        """Number of columns."""
        return self.blocks[-1].stop

    def design(self, codes: np.ndarray, outcome: np.ndarray | None) -> np.ndarray:
        """(n, p) columns for (n, v) codes and (n, n_outcome) columns of the outcome; a gap stands at the mean."""
        out = np.empty((len(codes), self.p))
        out[:, 0] = 1.0
        if outcome is not None:
            out[:, 1 : 1 + self.n_outcome] = outcome
        for j, (scale, block) in enumerate(zip(self.scales, self.blocks, strict=True)):
            out[:, block] = scale.columns(codes[:, j])
        return out

    def redraw(
        self,
        j: int,
        rows: np.ndarray,
        equation: Equation,
        codes: np.ndarray,
        design: np.ndarray,
        uniforms: Uniforms,
    ) -> np.ndarray:
        """New codes of variable j in these rows; they are written into `codes` and `design`, in place."""
        if isinstance(equation, LevelEquation):
            drawn = equation.draw(design[rows], uniforms, possible_levels(self.excluded[j], codes[rows]))
        else:
            drawn = equation.draw(design[rows], uniforms)
        codes[rows, j] = drawn
        design[rows, self.blocks[j]] = self.scales[j].columns(drawn)
        return drawn


@dataclass(frozen=True, eq=False)
class Chain:
    """Equations with coefficients drawn once, for one completed table.

    Parameters
    ----------
    layout : the columns that they read
    first : per variable, from the intercept, the outcome and the variables visited before it
    full : per variable, from all others
    sweeps : how often the full ones are visited
    """

    layout: Layout
    first: list[Equation]
    full: list[Equation]
    sweeps: int

    def complete(
        self, codes: np.ndarray, outcome: np.ndarray | None, keys: KeyArray, *stream: int
    ) -> np.ndarray:
        """(n, v) codes without gaps; each row depends on its own codes, outcome and key only."""
        out = codes.copy()
        gaps = [np.flatnonzero(np.isnan(codes[:, j])) for j in range(codes.shape[1])]
        design = self.layout.design(codes, outcome)
        for sweep in range(self.sweeps + 1):
            for j, rows in enumerate(gaps):
                if len(rows):
                    equation = (self.full if sweep else self.first)[j]
                    uniforms = _uniforms(keys[rows], *stream, sweep, j)
                    self.layout.redraw(j, rows, equation, out, design, uniforms)
        return out


def _uniforms(keys: KeyArray, *stream: int) -> Uniforms:
    return lambda slot: keyed_uniforms(keys, *stream, slot)


class TracePoint(NamedTuple):
    """Mean and standard deviation of the values that one sweep drew; of a category, the share of one level."""

    sweep: int
    variable: str
    level: str
    mean: float
    sd: float


def _trace(sweep: int, variable: Variable, codes: np.ndarray) -> list[TracePoint]:
    if is_matched(variable):
        return [TracePoint(sweep, variable.key, "", float(codes.mean()), float(codes.std()))]
    shares = [(level, float((codes == i).mean())) for i, level in enumerate(levels_of(variable))]
    return [TracePoint(sweep, variable.key, a, b, float(np.sqrt(b * (1.0 - b)))) for a, b in shares]


@dataclass(eq=False)
class ChainLearner:
    """The training patients while a chain runs over them.

    Parameters
    ----------
    layout : variables and columns
    codes : (n, v) codes, nan for a gap
    outcome : (n, n_outcome) or None
    keys : (n,) keys of the patients
    method, donors, sweeps : as in `ChainedImputer`
    """

    layout: Layout
    codes: np.ndarray
    outcome: np.ndarray | None
    keys: KeyArray
    method: str
    donors: int
    sweeps: int

    def run(self, seed: int, k: int) -> tuple[Chain, list[TracePoint]]:
        """A chain of its own for table k, and how the imputed values moved."""
        self._rng = np.random.default_rng([seed, k])
        self._stream = (seed, k)
        self._near: dict[tuple[int, int, bool], Posterior] = {}
        self._chosen: dict[tuple[int, int, bool], np.ndarray] = {}
        self._design = self.layout.design(self.codes, self.outcome)
        self._state = self.codes.copy()
        self._seen = [np.flatnonzero(~np.isnan(c)) for c in self.codes.T]
        self._gaps = [np.flatnonzero(np.isnan(c)) for c in self.codes.T]
        self._correlation = self._correlations()
        trace: list[TracePoint] = []
        first: list[Equation] = []
        full: list[Equation] = []
        for sweep in range(self.sweeps + 1):
            self._gram = self._design.T @ self._design
            last = sweep == self.sweeps
            if last:
                full = []
            for j in range(len(self.layout.variables)):
                if not (len(self._gaps[j]) or sweep == 0 or last):
                    continue
                equation = self._learn(j, sweep)
                if sweep == 0:
                    first.append(equation)
                elif last:
                    full.append(equation)
                if len(self._gaps[j]):
                    trace += _trace(sweep, self.layout.variables[j], self._redraw(j, equation, sweep))
        return Chain(self.layout, first, full, self.sweeps), trace

    def _redraw(self, j: int, equation: Equation, sweep: int) -> np.ndarray:
        rows, block = self._gaps[j], self.layout.blocks[j]
        uniforms = _uniforms(self.keys[rows], *self._stream, sweep, j)
        drawn = self.layout.redraw(j, rows, equation, self._state, self._design, uniforms)
        self._gram[:, block] = self._design.T @ self._design[:, block]
        self._gram[block, :] = self._gram[:, block].T
        return drawn

    def _learn(self, j: int, sweep: int) -> Equation:
        allowed = np.ones(self.layout.p, dtype=bool)
        allowed[self.layout.blocks[j]] = False
        if sweep == 0:
            allowed[self.layout.blocks[j].start :] = False
        variable = self.layout.variables[j]
        if is_matched(variable) and self.layout.scales[j].width:
            return self._learn_linear(j, sweep, allowed)
        return self._learn_levels(j, sweep, allowed)

    def _learn_linear(self, j: int, sweep: int, allowed: np.ndarray) -> Equation:
        rows, target = self._seen[j], self.layout.blocks[j].start
        at = self._columns((j, 0, sweep == 0), allowed, self._correlation[target], len(rows))
        seen, gaps = self._design[rows], self._gaps[j]
        if len(gaps) < len(rows):
            own = self._design[gaps]
            gram = self._gram - own.T @ own
        else:
            gram = seen.T @ seen
        posterior = linear_posterior(
            gram[np.ix_(at, at)], gram[at, target], float(gram[target, target]), len(rows)
        )
        coefficients, variance = posterior.draw(self._rng)
        mean, drawn = spread_out(posterior, coefficients, at, self.layout.p)
        known = self.codes[rows, j]
        if self.method == "pmm":
            apart = keyed_uniforms(self.keys[rows], *self._stream, sweep, j, SLOTS - 1)
            return MatchedEquation.learn(drawn, seen @ mean, known, apart, self.donors)
        variable, scale = self.layout.variables[j], self.layout.scales[j]
        assert isinstance(scale, NumberScale)
        return NormalEquation(
            drawn, float(np.sqrt(variance)), scale, float(known.min()), float(known.max()),
            variable.kind != "number",
        )  # fmt: skip

    def _learn_levels(self, j: int, sweep: int, allowed: np.ndarray) -> Equation:
        rows = self._seen[j]
        codes = self.codes[rows, j]
        levels, rest, shares = level_order(codes)
        order = np.concatenate([levels, rest]).astype(np.intp)
        read = [e for e in self.layout.excluded[j] if sweep or e[0] < j]
        possible = possible_levels(read, self._state[rows])
        may = np.ones((len(rows), len(order)), dtype=bool) if possible is None else possible[:, order]
        drawn = np.zeros((len(levels), self.layout.p))
        left = np.ones(len(rows), dtype=bool)
        for i, level in enumerate(levels):
            open_to = left & may[:, i] & may[:, i + 1 :].any(axis=1)
            drawn[i, 0] = logit((codes[left] == level).mean())
            left &= codes != level
            y = (codes[open_to] == level).astype(float)
            if len(y) < 2 or y.min() == y.max():  # other variables decide it, for everybody in training
                continue
            design = self._design[rows[open_to]]
            few = 4.0 * y.sum() * (1.0 - y.mean())
            which = (j, i, sweep == 0)
            at = self._columns(which, allowed, np.abs(design.T @ (y - y.mean())), few)
            posterior = self._logistic(which, design[:, at], y, sweep)
            drawn[i, at] = posterior.draw(self._rng)[0]
        return LevelEquation(drawn, levels, rest, shares)

    def _logistic(self, which: tuple[int, int, bool], x: np.ndarray, y: np.ndarray, sweep: int) -> Posterior:
        near = self._near.get(which)
        share = y.mean()
        if sweep <= 1 or near is None:
            start = np.zeros(x.shape[1])
            start[0] = np.log(share / (1.0 - share))
            posterior = logistic_posterior(x, y, start, steps=FIRST_STEPS)
        elif sweep in (2, self.sweeps):
            posterior = logistic_posterior(x, y, near.mean, steps=LATER_STEPS)
        else:
            posterior = refined(near, x, y)
        self._near[which] = posterior
        return posterior

    def _correlations(self) -> np.ndarray:
        """(p, p) absolute correlations of the columns as recorded, gaps at the mean."""
        gram = np.abs(self._design.T @ self._design)
        norm = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        return gram / np.outer(norm, norm)

    def _columns(
        self, which: tuple[int, int, bool], allowed: np.ndarray, strength: np.ndarray, patients: float
    ) -> np.ndarray:
        """Columns of an equation, chosen when it is first met.

        The intercept and the outcome always; of the other allowed ones as many as the patients can carry, the
        strongest first.
        """
        if which not in self._chosen:
            at = np.flatnonzero(allowed)
            most = max(FEWEST_COLUMNS, int(patients) // PATIENTS_PER_COLUMN)
            if len(at) > most:
                n_fixed = 1 + self.layout.n_outcome
                kept = np.argsort(-strength[at[n_fixed:]], kind="stable")[: max(most - n_fixed, 1)]
                at = np.concatenate([at[:n_fixed], np.sort(at[n_fixed:][kept])])
            self._chosen[which] = at
        return self._chosen[which]
