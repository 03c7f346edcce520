"""What a reader should know before trusting a Cox model: its assumptions, its patients and its size, as one table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.interaction import TIMES, factors, is_interaction, predictor_label
from spinesurv.errors import InputError
from spinesurv.models.model_size import model_size
from spinesurv.models.nomogram_predictors import why_not_drawn
from spinesurv.stats.collinearity import condition_number, variance_inflation
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.cox_survival import coefficient_influence
from spinesurv.stats.cox_tests import ChiSquare, likelihood_ratio_test
from spinesurv.stats.influential import shift_without
from spinesurv.stats.proportional_hazards import proportional_hazards_test
from spinesurv.stats.sample_size import SHRINKAGE
from spinesurv.stats.splines import knots, restricted_cubic

DIAGNOSTIC_COLUMNS = ["check", "predictor", "value", "df", "p", "notable", "remark", "status", "reason"]
ALL = "all"

#: knots with which a straight line is tried as a curve, the first that can be placed
TRIED_KNOTS = (4, 3)
#: share of the patients left out in the check of influence, and the fewest
FEW, FEWEST = 0.01, 5
#: when a line is notable: chance of a test, shared by the predictors; widening of intervals
CHANCE, WIDENING = 0.05, 2.0
#: a coefficient this many standard errors from 0 has a sign that should not hang on few patients
CLEAR = 1.96


def cox_diagnostics(fitted: Any, *, horizon_days: float) -> pd.DataFrame:
    """Diagnostics of a fitted `make_pipeline(Encoder(terms), CoxNomogram())` on the patients it was fitted on.

    Parameters
    ----------
    fitted : the fitted pipeline
    horizon_days : day at which the overall risk should be known well

    Returns
    -------
    DataFrame
        check, predictor (label, or "all"), value, df, p, notable (worth a look), remark, status (ok or gap), reason.
        Checks: `proportional hazards` (score test, Kaplan-Meier clock: does the hazard ratio change over time),
        `linearity` (likelihood ratio of the nonlinear spline columns, for a linear number of 4 or 3 knots added),
        `influence` (standard errors by which a coefficient can move without the most influential 1 %, at least 5, of
        the patients; notable where one that is 1.96 standard errors from 0 would change its sign), `collinearity` (times by which intervals are wider than with unrelated predictors),
        `shrinkage` (expected calibration slope), `parameters` (how many these patients carry) and `patients needed`
        (Riley's criteria: shrinkage of 0.9, optimism of R2 of 0.05, overall risk within 0.05), and `nomogram` where
        none can be drawn. Aggregates only.

    Notes
    -----
    A test is notable below 0.05 over the number of predictors, widening from 2, a shrinkage below 0.9. A penalty is taken off first: tests and sizes are those of the model without it.
    """
    model = fitted[-1]
    groups = {
        str(name): np.flatnonzero(model.columns_.get_level_values("variable") == name)
        for name in dict.fromkeys(model.columns_.get_level_values("variable"))
    }
    try:
        free = model.fit_ if not model.penalty_ else _refitted(model, model.fit_.design)
    except InputError as error:
        rows = [_row("all checks", ALL, reason=f"the model without its penalty: {error}")]
        return pd.DataFrame(rows, columns=DIAGNOSTIC_COLUMNS)
    rows = [
        *_proportional(model, free, groups),
        *_linear(model, free, groups, fitted[0]),
        *_influence(free, groups),
        *_collinear(free, groups),
        *_size(model, free, horizon_days),
        *_drawn(fitted[0]),
    ]
    table = pd.DataFrame(rows, columns=DIAGNOSTIC_COLUMNS)
    return table.astype({"value": float, "df": float, "p": float, "notable": bool})


def _row(
    check: str,
    predictor: str,
    value: float = np.nan,
    *,
    df: float = np.nan,
    p: float = np.nan,
    notable: bool = False,
    remark: str = "",
    reason: str = "",
) -> dict[str, Any]:
    label = predictor if predictor == ALL else predictor_label(predictor)
    status = "gap" if reason else "ok"
    return dict(
        zip(DIAGNOSTIC_COLUMNS, (check, label, value, df, p, notable, remark, status, reason), strict=True)
    )


def _tested(
    check: str, predictor: str, test: ChiSquare, tests: int, remark: str = "", word: str = ""
) -> dict[str, Any]:
    notable = test.p < CHANCE / tests
    words = "; ".join(w for w in (remark, word if notable else "") if w)
    return _row(check, predictor, test.value, df=test.df, p=test.p, notable=notable, remark=words)


def _refitted(model: Any, design: np.ndarray) -> CoxFit:
    outcome, entry = model.outcome_, model.outcome_.entry_days
    return fit_cox(design, outcome.time_days, outcome.event, start=entry, strata=model.fit_.stratum)


def _proportional(model: Any, free: CoxFit, groups: dict[str, np.ndarray]) -> Iterator[dict[str, Any]]:
    outcome = model.outcome_
    columns = [part.tolist() for part in groups.values()]
    tests = proportional_hazards_test(free, outcome.time_days, start=outcome.entry_days, groups=columns)
    for name, test in zip([*groups, ALL], tests, strict=True):
        yield _tested(
            "proportional hazards",
            name,
            test,
            1 if name == ALL else len(groups),
            word="the hazard ratio changes over time",
        )


def _linear(
    model: Any, free: CoxFit, groups: dict[str, np.ndarray], encoder: Any
) -> Iterator[dict[str, Any]]:
    numbers = [
        term
        for term in encoder.terms_
        if term.shape == "spline" or (term.shape == "linear" and codebook()[term.variable].is_numeric)
    ]
    for term in numbers:
        name, own = term.variable, groups[term.variable]
        try:
            if term.shape == "spline":
                straight = np.delete(free.design, own[1:], axis=1)
                test = likelihood_ratio_test(free, _refitted(model, straight))
                remark, word = "the spline in the model against a line", "the spline is needed"
            else:
                bent = _curve(free.design[:, own[0]])
                test = likelihood_ratio_test(_refitted(model, np.column_stack([free.design, bent])), free)
                remark, word = f"a spline with {bent.shape[1] + 2} knots added", "a line does not fit"
        except InputError as error:
            yield _row("linearity", name, reason=str(error))
            continue
        yield _tested("linearity", name, test, len(numbers), remark, word)


def _curve(values: np.ndarray) -> np.ndarray:
    """Nonlinear columns of a spline with the first number of knots that can be placed."""
    for k in TRIED_KNOTS[:-1]:
        try:
            return restricted_cubic(values, knots(values, k))[:, 1:]
        except InputError:
            continue
    return restricted_cubic(values, knots(values, TRIED_KNOTS[-1]))[:, 1:]


def _influence(free: CoxFit, groups: dict[str, np.ndarray]) -> Iterator[dict[str, Any]]:
    n = len(free.event)
    k = max(FEWEST, int(np.ceil(FEW * n)))
    if n < 2 * k:
        yield _row("influence", ALL, reason=f"{n} patients are too few to leave out {k}")
        return
    error = np.sqrt(np.diag(free.covariance))
    down, up = shift_without(coefficient_influence(free) / error, k)
    z = free.coef / error
    turned = (np.abs(z) >= CLEAR) & (np.where(z > 0, z + down, -z - up) <= 0)
    shift = np.where(-down > up, down, up)
    for name, own in groups.items():
        notable = bool(turned[own].any())
        remark = f"standard errors, without {k} of {n} patients" + (
            "; its sign hangs on them" if notable else ""
        )
        largest = float(shift[own][np.argmax(np.abs(shift[own]))])
        yield _row("influence", name, largest, notable=notable, remark=remark)


def _collinear(free: CoxFit, groups: dict[str, np.ndarray]) -> Iterator[dict[str, Any]]:
    groups = _without_products(groups)
    for name, value in zip(
        groups, variance_inflation(free.covariance, [g.tolist() for g in groups.values()]), strict=True
    ):
        notable = value >= WIDENING
        remark = "much of it is told by other predictors" if notable else ""
        yield _row("collinearity", name, float(value), notable=notable, remark=remark)
    yield _row("collinearity", ALL, condition_number(free.covariance), remark="condition number")


def _without_products(groups: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Predictors that interact as one group: a product always tells what its factors tell."""
    out = {name: own for name, own in groups.items() if not is_interaction(name)}
    for name in (name for name in groups if is_interaction(name)):
        tied = [one for one in out if set(factors(one)) & set(factors(name))]
        columns = np.concatenate([groups[name], *(out.pop(one) for one in tied)])
        out[TIMES.join(dict.fromkeys(f for one in tied for f in factors(one)))] = np.sort(columns)
    return out


def _size(model: Any, free: CoxFit, horizon_days: float) -> Iterator[dict[str, Any]]:
    size = model_size(free, model.outcome_, horizon_days=horizon_days)
    n, p, needed = size.patients, len(free.coef), size.needed
    if needed is None:
        yield _row("patients needed", ALL, reason=f"{p} parameters explain no more than chance would")
        return
    remark = f"{p} parameters, {n} patients, {size.events} deaths"
    yield _row("shrinkage", ALL, size.shrinkage, df=p, notable=size.shrinkage < SHRINKAGE, remark=remark)
    yield _row("parameters", ALL, size.carried, df=p, notable=p > size.carried, remark=f"{p} in the model")
    for value, why in (
        (needed.shrinkage, "shrinkage of 0.9"),
        (needed.r2, "R2 too high by 0.05 at most"),
        (needed.risk, f"overall risk by day {horizon_days:g} within 0.05"),
    ):
        yield _row("patients needed", ALL, float(np.ceil(value)), df=p, notable=n < value, remark=why)


def _drawn(encoder: Any) -> Iterator[dict[str, Any]]:
    why = why_not_drawn(encoder)
    if why:
        yield _row("nomogram", ALL, reason=why)
