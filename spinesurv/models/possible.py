"""What remains possible where inputs are missing: the lowest and the highest risk, and which input matters most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.interaction import interaction_name, products
from spinesurv.models.boosted_cox import BoostedCox
from spinesurv.models.cause_specific_cox import CauseSpecificCox
from spinesurv.models.cox import CoxNomogram
from spinesurv.models.fixed_horizon import FixedHorizonBooster
from spinesurv.models.integer_score import IntegerScore
from spinesurv.models.parametric import ParametricSurvival
from spinesurv.models.published_equation import PublishedEquation
from spinesurv.models.score_strata import ScoreStrata
from spinesurv.models.tree_bounds import margin_bounds, thresholds_of
from spinesurv.stats.splines import restricted_cubic_range

#: points at which a number with a gap is tried in trees
FINE = 2001

#: points at which a number with a gap is tried where it interacts with another input
GRID = 101


@dataclass(frozen=True, eq=False)
class Possible:
    """Risks that n patients may have.

    Parameters
    ----------
    lowest, highest : (n, k) risk of death, or of the end point, by each day; equal where no input is missing
    widest : (n,) the missing input whose own range moves the risk most; empty text where none is missing
    """

    lowest: np.ndarray
    highest: np.ndarray
    widest: np.ndarray


def possible_with_cox(
    encoder: Any, model: CoxNomogram, patients: pd.DataFrame, times_days: Sequence[float]
) -> Possible:
    """Over every value of the missing inputs within the encoder's ranges and levels; exact, as the model is additive.

    Numbers run from the 1st to the 99th training percentile, whole numbers in whole steps, categories over the levels
    of training. Two inputs that interact are looked at together, numbers on a grid of 101 values. An input of a level that training never saw counts as missing.
    """
    low, high, width = _linear_ends(encoder, model.coef_, encoder.transform(patients))
    centre = float(model.centre_ @ model.coef_.to_numpy())
    lowest, highest = (_cox_risk(model, patients, end - centre, times_days) for end in (low, high))
    return Possible(lowest, highest, widest_of(width))


def possible_with_parametric(
    encoder: Any, model: ParametricSurvival, patients: pd.DataFrame, times_days: Sequence[float]
) -> Possible:
    """As `possible_with_cox`; exact, as survival rises with the sum of the columns' parts."""
    low, high, width = _linear_ends(encoder, model.coef_, encoder.transform(patients))
    centre, times = float(model.centre_ @ model.coef_.to_numpy()), np.asarray(times_days, dtype=float)
    lowest, highest = (1.0 - model.survival_of(centre - end, times) for end in (high, low))
    return Possible(lowest, highest, widest_of(width))


def possible_with_points(
    model: IntegerScore, patients: pd.DataFrame, times_days: Sequence[float]
) -> Possible:
    """Over every level of the missing predictors of an integer score; exact.

    Parameters
    ----------
    patients : the columns that the model reads
    """
    parts = model.parts(patients)
    low, high, width = parts.copy(), parts.copy(), pd.DataFrame(index=parts.index)
    for name in parts.columns:
        gap = parts[name].isna()
        least, most = model.ends(name)
        low.loc[gap, name], high.loc[gap, name] = least, most
        width[name] = np.where(gap, most - least, np.nan)
    times = np.asarray(times_days, dtype=float)
    ends = [1.0 - model.survival_of(part.sum(axis=1).to_numpy(), times) for part in (low, high)]
    return Possible(np.minimum(*ends), np.maximum(*ends), widest_of(width))


def _linear_ends(
    encoder: Any, coef: pd.Series, design: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """(n,) lowest and highest sum of columns times coefficients, and how far each missing input moves it."""
    low, high, width = (pd.DataFrame(index=design.index) for _ in range(3))
    paired = {name for pair in encoder.interactions_ for name in pair}
    for term in encoder.terms_:
        name = term.variable
        if name in paired:
            continue
        own = design[name].to_numpy() @ coef[name].to_numpy()
        gap = np.isnan(own)
        least, most = _ends(encoder, term, coef[name].to_numpy())
        low[name], high[name] = np.where(gap, least, own), np.where(gap, most, own)
        width[name] = np.where(gap, most - least, np.nan)
    for names in _tied(encoder.interactions_):
        low[names[0]], high[names[0]], moved = _interacting(encoder, names, design, coef)
        width[names] = pd.DataFrame(moved, index=design.index)
    least_sum, most_sum = (parts.sum(axis=1, skipna=False).to_numpy() for parts in (low, high))
    return least_sum, most_sum, width


def possible_with_trees(
    encoder: Any, model: BoostedCox | FixedHorizonBooster, patients: pd.DataFrame, times_days: Sequence[float]
) -> Possible:
    """Over every value of the missing inputs within the encoder's ranges and levels.

    Where one input is missing, each level and each interval between two thresholds is tried. Where several are, every tree takes its lowest and its highest reachable leaf: the risk lies within, and may not reach the ends.
    """
    return _by_trial(
        encoder,
        model,
        patients,
        np.asarray(times_days, dtype=float),
        lambda term: _candidates(encoder, term, model),
        lambda design, times: _bounds(encoder, model, design, times),
    )


def possible_with_incidence(
    encoder: Any, model: CauseSpecificCox, patients: pd.DataFrame, times_days: Sequence[float]
) -> Possible:
    """Over every value of the missing inputs within the encoder's ranges and levels.

    Where one input is missing, each level and 101 values of a number are tried. Where several are, the hazard of the event takes its lowest value together with the highest of what competes, and the other way round: the risk lies within, and
    may not reach the ends.
    """
    return _by_trial(
        encoder,
        model,
        patients,
        np.asarray(times_days, dtype=float),
        lambda term: _column_values(encoder, term),
        lambda design, times: _incidence_bounds(encoder, model, design, times),
    )


def _by_trial(
    encoder: Any,
    model: Any,
    patients: pd.DataFrame,
    times: np.ndarray,
    values_of: Callable[[Any], np.ndarray],
    bounds_of: Callable[[pd.DataFrame, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> Possible:
    """Risks with one missing input by trying its columns `values_of` a term, with several by `bounds_of` a design."""
    design = encoder.transform(patients)
    survival = _survival(model, design, times)
    lowest, highest = 1.0 - survival, 1.0 - survival
    names = [term.variable for term in encoder.terms_]
    gaps = pd.DataFrame({name: design[name].isna().any(axis=1) for name in names}, index=patients.index)
    width = pd.DataFrame(np.nan, index=patients.index, columns=names)
    single = (gaps.sum(axis=1) == 1).to_numpy()
    for term in encoder.terms_:
        rows = np.flatnonzero(gaps[term.variable].to_numpy())
        if not len(rows):
            continue
        least, most = _tried(term, model, design.iloc[rows], times, values_of(term))
        width.iloc[rows, names.index(term.variable)] = np.nanmax(most - least, axis=1, initial=0.0)
        alone = single[rows]
        lowest[rows[alone]], highest[rows[alone]] = least[alone], most[alone]
    several = np.flatnonzero((gaps.sum(axis=1) > 1).to_numpy())
    if len(several):
        lowest[several], highest[several] = bounds_of(design.iloc[several], times)
    return Possible(lowest, highest, widest_of(width))


def possible_with_equation(
    model: PublishedEquation, patients: pd.DataFrame, times_days: Sequence[float]
) -> Possible:
    """Over every value of the missing inputs that the terms tell apart; numbers within the range of training. Exact.

    Patients outside the population of the equation have no range.
    """
    parts = model.sums(patients)
    low, high = parts.copy(), parts.copy()
    width = pd.DataFrame(index=parts.index)
    for term in model.definition.terms:
        gap = parts[term.key].isna()
        least, most = model.ends(term)
        low.loc[gap, term.key], high.loc[gap, term.key] = least, most
        width[" or ".join(term.inputs)] = np.where(gap, most - least, np.nan)
    outside = model.outside(patients)
    times = np.asarray(times_days, dtype=float)
    lowest, highest = (
        1.0 - model.survival_of(np.where(outside, np.nan, ends.sum(axis=1).to_numpy()), times)
        for ends in (low, high)
    )
    return Possible(lowest, highest, np.where(outside, "", widest_of(width)))


def possible_with_strata(
    scored: pd.DataFrame, model: ScoreStrata, width: pd.DataFrame, times_days: Sequence[float]
) -> Possible:
    """Over every total that remains possible.

    Parameters
    ----------
    scored : what `Score.transform` returns; `lowest` and `highest` are the totals that remain possible
    width : points that each missing input may move, one column per input, nan where it is not missing
    """

    def risk(total: pd.Series) -> np.ndarray:
        table = scored.assign(total=total, reason=np.where(total.isna(), scored["reason"], ""))
        predicted = model.predict(table, times_days=times_days).survival
        assert predicted is not None
        return 1.0 - predicted

    ends = risk(scored["lowest"]), risk(scored["highest"])
    return Possible(np.minimum(*ends), np.maximum(*ends), widest_of(width))


def widest_of(width: pd.DataFrame) -> np.ndarray:
    """(n,) column with the largest value of each row, empty text where all are missing."""
    known = width.notna().any(axis=1).to_numpy()
    largest = width.fillna(-np.inf).to_numpy().argmax(axis=1)
    return np.where(known, np.array(list(width.columns), dtype=object)[largest], "")


def _cox_risk(
    model: CoxNomogram, patients: pd.DataFrame, linear_predictor: np.ndarray, times_days: Sequence[float]
) -> np.ndarray:
    stratum = np.array(model.stratum_of(patients), dtype=object)
    risk = np.full((len(patients), len(times_days)), np.nan)
    for name in model.strata_:
        rows = stratum == name
        relative = np.exp(linear_predictor[rows])
        risk[rows] = -np.expm1(-np.outer(relative, model.hazard(times_days, stratum=name)))
    return risk


def _ends(encoder: Any, term: Any, coef: np.ndarray) -> tuple[float, float]:
    """Smallest and largest part of the linear predictor that a term can have."""
    name = term.variable
    if term.shape == "category":
        return min(0.0, *coef), max(0.0, *coef)
    low, high = encoder.range_[name]
    if term.shape == "spline" and not codebook()[name].is_whole:
        return restricted_cubic_range(coef, encoder.knots_[name], low, high)
    parts = encoder.transform(pd.DataFrame({name: _steps(name, low, high)}))[name].to_numpy() @ coef
    return float(parts.min()), float(parts.max())


def _interacting(
    encoder: Any, names: Sequence[str], design: pd.DataFrame, coef: pd.Series
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Lowest and highest part of inputs that interact, and how far each missing one moves it by itself.

    Of more than two inputs tied by interactions the range is not known where one is missing.
    """
    products_of = [interaction_name(*pair) for pair in encoder.interactions_ if pair[0] in names]
    own = np.asarray(sum(design[n].to_numpy() @ coef[n].to_numpy() for n in [*names, *products_of]))
    low, high = own.copy(), own.copy()
    gaps = {name: np.isnan(design[name].to_numpy()).any(axis=1) for name in names}
    moved = {name: np.full(len(design), np.nan) for name in names}
    terms = {term.variable: term for term in encoder.terms_}
    for row in np.flatnonzero(np.isnan(own)) if len(names) == 2 else []:
        first, second = (
            _column_values(encoder, terms[name]) if gaps[name][row] else design[name].to_numpy()[[row]]
            for name in names
        )
        a = {t: first[:, [k]] for k, t in enumerate(design[names[0]].columns)}
        b = {t: second[:, [k]].T for k, t in enumerate(design[names[1]].columns)}
        blocks = {names[0]: a, names[1]: b, products_of[0]: products(a, b)}
        part = sum(column * coef[n, t] for n, block in blocks.items() for t, column in block.items())
        low[row], high[row] = np.min(part), np.max(part)
        for axis, name in enumerate(names):
            if gaps[name][row]:
                moved[name][row] = np.ptp(part, axis=axis).max()
    return low, high, moved


def _column_values(encoder: Any, term: Any) -> np.ndarray:
    """(c, width) columns of a term at each level, or on a grid of its range."""
    name = term.variable
    if term.shape == "category":
        width = len(encoder.levels_[name])
        return np.concatenate([np.zeros((1, width)), np.eye(width)])
    low, high = encoder.range_[name]
    whole = codebook()[name].is_whole or codebook()[name].kind == "yes_no"
    values = _steps(name, low, high) if whole else np.linspace(low, high, GRID)
    return np.asarray(encoder.transform(pd.DataFrame({name: values}))[name].to_numpy())


def _tied(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Variables that interactions tie together, in the order of the pairs."""
    tied: list[list[str]] = []
    for pair in pairs:
        joined = [group for group in tied if set(group) & set(pair)]
        tied = [group for group in tied if group not in joined]
        tied.append(list(dict.fromkeys([*(name for group in joined for name in group), *pair])))
    return tied


def _steps(name: str, low: float, high: float) -> np.ndarray:
    """Values that suffice for a linear term, and all whole numbers of a variable that has only these."""
    if codebook()[name].is_whole and np.ceil(low) <= np.floor(high):
        return np.arange(np.ceil(low), np.floor(high) + 1)
    return np.array([low, high])


def _survival(model: Any, design: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(design, times_days=times).survival)


def _tried(
    term: Any, model: Any, design: pd.DataFrame, times: np.ndarray, tried: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(m, k) lowest and highest risk of patients over the values of one missing input, others left as they are."""
    columns = design.columns.get_loc(term.variable)
    lowest, highest = (np.full((len(design), len(times)), v) for v in (np.inf, -np.inf))
    for values in tried:
        filled = design.to_numpy(copy=True)
        filled[:, columns] = values
        risk = 1.0 - _survival(model, pd.DataFrame(filled, index=design.index, columns=design.columns), times)
        lowest, highest = np.fmin(lowest, risk), np.fmax(highest, risk)
    unknown = ~np.isfinite(lowest)
    return np.where(unknown, np.nan, lowest), np.where(unknown, np.nan, highest)


def _candidates(encoder: Any, term: Any, model: Any) -> np.ndarray:
    """(c, width) rows of columns of a term: each level, or one value in each interval that the trees tell apart."""
    name = term.variable
    if term.shape == "category":
        return _column_values(encoder, term)
    table = pd.DataFrame({name: _along(encoder, term)})
    columns = encoder.transform(table)[name].to_numpy()
    # every column rises with the number, so that a cell of all columns together is an interval of it
    at = [i for i, column in enumerate(model.columns_) if column[0] == name]
    cells = [
        np.searchsorted(np.sort(thresholds_of(trees, i)), np.float32(columns[:, j]), side="right")
        for trees in _forests(model)
        for j, i in enumerate(at)
    ]
    _, one_each = np.unique(np.array(cells), axis=1, return_index=True)
    return columns[np.sort(one_each)]


def _along(encoder: Any, term: Any) -> np.ndarray:
    """Values of a number from end to end of its range, close enough to meet every interval between thresholds."""
    low, high = encoder.range_[term.variable]
    steps = _steps(term.variable, low, high)
    return steps if codebook()[term.variable].is_whole else np.union1d(np.linspace(low, high, FINE), steps)


def _forests(model: Any) -> list[Any]:
    return [model.booster_] if isinstance(model, BoostedCox) else list(model.boosters_)


def _bounds(
    encoder: Any, model: Any, design: pd.DataFrame, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    ranges = np.concatenate([_column_ranges(encoder, term) for term in encoder.terms_])
    bounds = [margin_bounds(booster, design.to_numpy(dtype=float), ranges) for booster in _forests(model)]
    low, high = (
        1.0 - model.shifted_survival(design, [bound[side] for bound in bounds], times) for side in (0, 1)
    )
    return low, high


def _incidence_bounds(
    encoder: Any, model: CauseSpecificCox, design: pd.DataFrame, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    ends = []
    for one in model.models:
        low, high, _ = _linear_ends(encoder, one.coef_, design)
        centre = float(one.centre_ @ one.coef_.to_numpy())
        ends.append((low - centre, high - centre))
    rarest, likeliest = (
        model.free_of([ends[0][side], *(end[1 - side] for end in ends[1:])], times) for side in (0, 1)
    )
    return 1.0 - rarest, 1.0 - likeliest


def _column_ranges(encoder: Any, term: Any) -> np.ndarray:
    """(width, 2) lowest and highest value of each column of a term."""
    if term.shape == "category":
        return np.tile([0.0, 1.0], (len(encoder.levels_[term.variable]), 1))
    ends = pd.DataFrame({term.variable: np.array(encoder.range_[term.variable])})
    return encoder.transform(ends)[term.variable].to_numpy().T
