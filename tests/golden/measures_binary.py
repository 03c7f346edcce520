"""Golden measures of patients whose fate is known to all: ROC curve, logistic and smooth calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2, norm
from scipy.stats import t as student

from spinesurv.core import Estimate, Outcome
from spinesurv.metrics import METRICS
from spinesurv.stats.binary_scores import binary_brier, binary_net_benefit
from spinesurv.stats.calibration_logistic import logistic_calibration, logistic_curve
from spinesurv.stats.hosmer_lemeshow import hosmer_lemeshow
from spinesurv.stats.loess import loess, loess_surface
from spinesurv.stats.lowess import lowess
from spinesurv.stats.reclassification import reclassification
from spinesurv.stats.roc import roc_auc, youden_cut
from spinesurv.stats.spiegelhalter import spiegelhalter
from spinesurv.stats.weighted_quantile import weighted_quantile
from tests.golden.case_files import Case, NotCovered, column
from tests.golden.design import FloatArray, inside, term_variables
from tests.golden.inputs import risk_of

Values = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """Outcome, columns of risks and case weights of a case, rows with a missing value dropped."""

    dead: FloatArray
    risks: list[FloatArray]
    weights: FloatArray | None

    @property
    def risk(self) -> FloatArray:
        """The only column of risks."""
        return self.risks[0]

    @property
    def unweighted(self) -> tuple[FloatArray, FloatArray]:
        """Outcome and risk, for what has no weights."""
        if self.weights is not None:
            raise NotCovered("case weights where the measure has none")
        return self.dead, self.risk

    def share(self, values: FloatArray) -> float:
        """Weighted mean."""
        return float(np.average(values, weights=self.weights))


def _rows(case: Case) -> Rows:
    names = case.data.get("risks") or [case.data["risk"]]
    weights = case.data.get("weights") or (case.model or {}).get("weights")
    table = case.table([case.data["outcome"], *names, weights])
    dead = (table[case.data["outcome"]] == 1).to_numpy(dtype=float)
    return Rows(dead, [table[name].to_numpy(dtype=float) for name in names], column(table, weights))


def _public(key: str, rows: Rows, which: int = 0, **options: Any) -> Estimate:
    """The public measure: the dead die on day 1, the others are seen alive on day 2, the horizon."""
    outcome = Outcome(np.where(rows.dead == 1.0, 1.0, 2.0), rows.dead == 1.0)
    found: Estimate = METRICS[key].function(
        outcome, risk_of(rows.risks[which], 2.0), horizon_days=2.0, weights=rows.weights, **options
    )
    return found


def _delong(case: Case) -> None:
    if case.params["variance"] != "delong":
        raise NotCovered(f"variance {case.params['variance']} of an area under the ROC curve")


def roc_auc_case(case: Case) -> Values:
    _delong(case)
    area = _public("auc_binary", _rows(case))
    half = _z(case) * area.std_error
    return {
        "auc": area.value,
        "var": area.std_error**2,
        "lower": max(area.value - half, 0.0),
        "upper": min(area.value + half, 1.0),
    }


def _z(case: Case) -> float:
    return float(norm.ppf(0.5 + case.params["level"] / 2))


def roc_threshold(case: Case) -> Values:
    p = case.params
    if (p["criterion"], p["threshold"], p["positive"]) != ("youden", "midpoint", "greater_equal"):
        raise NotCovered("cut of a ROC curve other than Youden's at midpoints, greater or equal")
    rows = _rows(case)
    return asdict(youden_cut(rows.dead, rows.risk, weights=rows.weights))


def delong(case: Case) -> Values:
    _delong(case)
    rows = _rows(case)
    one, two = (roc_auc(rows.dead, risk, weights=rows.weights) for risk in rows.risks)
    variances = [float(a.influence @ a.influence) for a in (one, two)]
    paired = _public("auc_binary", rows).minus(_public("auc_binary", rows, 1))
    z = paired.value / paired.std_error if paired.std_error > 0.0 else np.nan
    half = _z(case) * paired.std_error
    apart = (one.value - two.value) / np.sqrt(sum(variances))
    df = sum(variances) ** 2 / (sum(v**2 for v in variances) / (len(rows.dead) - 1))
    return {
        "auc": [one.value, two.value],
        "cov": float(one.influence @ two.influence),
        "var": variances,
        "z_paired": z,
        "p_paired": 2.0 * norm.sf(abs(z)),
        "ci_diff": [paired.value - half, paired.value + half],
        "D_unpaired": apart,
        "df_unpaired": df,
        "p_unpaired": 2.0 * student.sf(abs(apart), df),
    }


def _logit_term(case: Case, *kinds: str) -> dict[str, Any]:
    """The only term of a logistic model, in the logit of the risk."""
    model = case.model
    if model is None or model["family"] != "logistic" or len(model["terms"]) != 1:
        raise NotCovered("calibration model other than logistic with one term")
    term: dict[str, Any] = model["terms"][0]
    plain = term["transform"] == "logit" and term_variables(term) == [case.data["risk"]]
    if not plain or term["kind"] not in kinds or model["strata"] or model["cluster"] or model["penalty"]:
        raise NotCovered("calibration model other than one term in the logit of the risk")
    return term


def logistic_calibration_case(case: Case) -> Values:
    _logit_term(case, "linear")
    rows = _rows(case)
    found = logistic_calibration(rows.dead, inside(rows.risk), weights=rows.weights)
    error = np.sqrt(np.diag(found.joint.covariance))
    out = {
        "intercept": float(found.joint.coef[0]),
        "slope": float(found.joint.coef[1]),
        "citl": float(found.in_the_large.coef[0]),
    }
    for name, key in PUBLIC_CALIBRATION.items():
        public = _public(key, rows)
        out[name] = out[name] if public.status == "gap" else public.value
    z, observed = _z(case), rows.share(rows.dead)
    ratio = _public("observed_expected_binary", rows, risks_given=True)
    low, high = ratio.interval(case.params["level"])
    # R's y log(p) + (1 - y) log(1 - p) has no value for a risk of exactly 0 or 1
    certain = bool(np.isin(rows.risk, (0.0, 1.0)).any())
    share = np.log(inside(np.where(rows.dead == 1.0, rows.risk, 1.0 - rows.risk)))
    return out | {
        "se_intercept": error[0],
        "se_slope": error[1],
        "lower_slope": out["slope"] - z * error[1],
        "upper_slope": out["slope"] + z * error[1],
        "se_citl": float(np.sqrt(found.in_the_large.covariance[0, 0])),
        "O": observed,
        "E": rows.share(rows.risk),
        "OE": ratio.value,
        "OE_lower": low,
        "OE_upper": high,
        "brier": _public("brier_binary", rows).value,
        "brier_max": observed * (1.0 - observed),
        "scaled_brier": _public("ipa_binary", rows).value,
        "log_score": None if certain else -rows.share(share),
        "lr_U_chi2": None if certain else found.unreliability_chi2,
    }


PUBLIC_CALIBRATION = {
    "intercept": "calibration_intercept_joint_logistic",
    "slope": "calibration_slope_logistic",
    "citl": "calibration_intercept_logistic",
}


def _distances(curve: Callable[[FloatArray], FloatArray], rows: Rows) -> Values:
    """Summaries of |observed - predicted|, quantiles of type 7."""
    error = np.abs(curve(rows.risk) - rows.risk)
    middle, high = weighted_quantile(error, [0.5, 0.9], rows.weights)
    return {"ICI": rows.share(error), "E50": middle, "E90": high, "Emax": float(error.max())}


def _ici(rows: Rows, curve: Values, **options: Any) -> Values:
    """The same with the index from the public measure, where it has a value and draws a curve."""
    found = _public("ici_binary", rows, **options)
    return curve if found.status == "gap" or found.reason else {**curve, "ICI": found.value}


def flexible_calibration_logistic(case: Case) -> Values:
    term = _logit_term(case, "rcs", "linear")
    rows = _rows(case)
    asked: Any = [] if term["kind"] == "linear" else (term["knots"] or term["nknots"])
    curve = logistic_curve(rows.dead, inside(rows.risk), knots=asked, weights=rows.weights)
    found = _distances(lambda p: curve.at(inside(p)), rows)
    return {
        "knots": curve.knots,
        "coef": curve.fit.coef,
        **_ici(rows, found, smoother="spline", knots=asked),
    }


def loess_calibration(case: Case) -> Values:
    rows = _rows(case)
    p = case.params["loess"]
    options = {"span": p["span"], "degree": p["degree"], "weights": rows.weights}
    grid = np.atleast_1d(np.array(case.params["grid"], dtype=float))
    if p["surface"] == "direct":

        def exact(at: FloatArray) -> FloatArray:
            return loess(rows.risk, rows.dead, at, **options)

        return {**_distances(exact, rows), "fitted": exact(grid)}
    if p["surface"] != "interpolate" or p["degree"] not in (1, 2):
        raise NotCovered(f"loess of degree {p['degree']} with surface {p['surface']}")
    surface = loess_surface(rows.risk, rows.dead, **options)
    found = _distances(surface.at, rows)
    if (p["span"], p["degree"]) == (0.75, 2):
        found = _ici(rows, found)
    return {**found, "fitted": surface.at(grid)}


def _lowess_distances(rows: Rows, options: dict[str, Any]) -> Values:
    dead, risk = rows.unweighted
    step = options["delta_fraction"] * float(np.ptp(risk))
    curve = lowess(risk, dead, share=options["f"], n_robust=options["iter"], step=step)
    found = _distances(curve.at, rows)
    if (options["f"], options["iter"], options["delta_fraction"]) == (2.0 / 3.0, 0, 0.01):
        found = _ici(rows, found, smoother="lowess")
    return {"Eavg": found["ICI"], "E50": found["E50"], "E90": found["E90"], "Emax": found["Emax"]}


def lowess_calibration(case: Case) -> Values:
    return _lowess_distances(_rows(case), case.params["lowess"])


def net_benefit_binary(case: Case) -> Values:
    rows = _rows(case)
    p = case.params
    reaches = np.greater if p["positive"] == "greater" else np.greater_equal
    at = np.atleast_1d(np.array(p["thresholds"], dtype=float))
    observed = rows.share(rows.dead)
    share = observed if p["prevalence"] is None else p["prevalence"]
    positive = [reaches(rows.risk, t) for t in at]
    true = [rows.share(q * rows.dead) * share / observed for q in positive]
    false = [rows.share(q * (1.0 - rows.dead)) * (1.0 - share) / (1.0 - observed) for q in positive]
    value = [
        binary_net_benefit(rows.dead, q, float(t), prevalence=p["prevalence"], weights=rows.weights).value
        for q, t in zip(positive, at, strict=True)
    ]
    return {
        "tp_rate": true,
        "fp_rate": false,
        "net_benefit": value,
        "treat_all": share - (1.0 - share) * at / (1.0 - at),
    }


def spiegelhalter_case(case: Case) -> Values:
    rows = _rows(case)
    found = spiegelhalter(rows.dead, rows.risk, weights=rows.weights)
    return {"z": found.z, "p": found.p_value}


def hosmer_lemeshow_case(case: Case) -> Values:
    dead, risk = _rows(case).unweighted
    if case.params["grouping"] != "rank_type7":
        raise NotCovered(f"Hosmer-Lemeshow groups {case.params['grouping']}")
    found = hosmer_lemeshow(dead, risk, groups=case.params["groups"])
    return {
        "n": found.n,
        "observed": found.observed,
        "expected": found.expected,
        "chi2": found.chi2,
        "df_validation": len(found.n),
        "p_validation": found.p_value(fitted_on_these=False),
        "p_development": found.p_value(fitted_on_these=True),
    }


def val_prob(case: Case) -> Values:
    rows = _rows(case)
    dead, risk = rows.unweighted
    smooth = case.params["smooth"]
    if smooth["kind"] != "lowess":
        raise NotCovered(f"smooth curve {smooth['kind']} of val.prob")
    found, test = logistic_calibration(dead, inside(risk)), spiegelhalter(dead, risk)
    d, u, q = found.indices
    area = roc_auc(dead, risk).value
    curve = _lowess_distances(rows, smooth)
    return {
        "Dxy": 2.0 * area - 1.0,
        "C (ROC)": area,
        "R2": found.nagelkerke_r2,
        "D": d,
        "D:Chi-sq": found.discrimination_chi2,
        "D:p": np.nan,  # val.prob gives none
        "U": u,
        "U:Chi-sq": found.unreliability_chi2,
        "U:p": chi2.sf(found.unreliability_chi2, 2),
        "Q": q,
        "Brier": binary_brier(dead, risk).value,
        "Intercept": float(found.joint.coef[0]),
        "Slope": float(found.joint.coef[1]),
        "Emax": curve["Emax"],
        "E90": curve["E90"],
        "Eavg": curve["Eavg"],
        "S:z": test.z,
        "S:p": test.p_value,
    }


def nri_idi(case: Case) -> Values:
    rows = _rows(case)
    if rows.weights is not None:
        raise NotCovered("case weights of a reclassification")
    found = reclassification(rows.dead, *rows.risks)
    return {
        "nri": found.nri,
        "se_nri": found.nri_error,
        "nri_event": found.nri_dead,
        "nri_nonevent": found.nri_alive,
        "idi": found.idi,
        "se_idi": found.idi_error,
    }


MEASURES = {
    "roc_auc": roc_auc_case,
    "roc_threshold": roc_threshold,
    "delong": delong,
    "logistic_calibration": logistic_calibration_case,
    "flexible_calibration_logistic": flexible_calibration_logistic,
    "loess_calibration": loess_calibration,
    "lowess_calibration": lowess_calibration,
    "net_benefit_binary": net_benefit_binary,
    "spiegelhalter": spiegelhalter_case,
    "hosmer_lemeshow": hosmer_lemeshow_case,
    "val_prob": val_prob,
    "nri_idi": nri_idi,
}
