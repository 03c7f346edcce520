"""Is the synthetic cohort what its facts say? Survival of the anchors, and the true coefficients by Cox.

    python -m benchmarks.generator --size ci|full [--seed 11]

(a) Kaplan-Meier at 90 and 365 days against the anchor of every site: within 0.01 with 100,000 patients in each
    site (full), within 4 Greenwood standard errors with 12,000 (ci; twelve comparisons of a correct generator
    fail about once in 1,300 runs).
(b) A Cox model of the complete data, stratified by site, with the generator's own terms, the frailty among them:
    the largest |z| against the true coefficients is at most 4. The same model without the frailty, which no
    analyst sees, is reported beside it and not judged: its coefficients are 1-3 % nearer to zero.
(c) Deaths that nothing hides against the mean true survival at each horizon: |z| at most 4.

Size full writes benchmarks/results/generator.csv; ends with code 1 when a check fails.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import pandas as pd

from benchmarks.kept import RESULTS, commit
from spinesurv.cohorts.synthetic import make_cohort_with_truth
from spinesurv.cohorts.synthetic.facts import facts
from spinesurv.cohorts.synthetic.hazard import coefficients
from spinesurv.cohorts.synthetic.sites import site_facts
from spinesurv.core import Cohort
from spinesurv.core.tables import write_table
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.units import HORIZON_DAYS

PER_SITE = {"ci": 12_000, "full": 100_000}
Row = dict[str, object]
LARGEST_Z = 4.0
LARGEST_DIFFERENCE = 0.01  # of survival, with 100,000 patients in each site


def main() -> int:
    """Run the checks of one size, write the table, tell what failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(PER_SITE), default="ci")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    begin = time.perf_counter()
    cohort, truth = make_cohort_with_truth(seed=options.seed, missing=False, per_site=PER_SITE[options.size])
    largest = LARGEST_DIFFERENCE if options.size == "full" else None
    table = pd.DataFrame(
        survival_against_anchors(cohort, largest=largest)
        + coefficients_against_truth(cohort, truth, with_frailty=True)
        + coefficients_against_truth(cohort, truth, with_frailty=False)
        + deaths_against_truth(cohort, truth)
    )
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    table["minutes"] = round((time.perf_counter() - begin) / 60, 2)
    if options.size == "full":
        write_table(table, RESULTS / "generator.csv")
    failed = table[table["passed"] == "no"]
    print(f"{len(table)} rows, {len(failed)} failed, {table['minutes'].iloc[0]} minutes")
    if len(failed):
        print(failed[["check", "site", "quantity", "value", "truth", "z"]].to_string(index=False))
    return 1 if len(failed) else 0


def survival_against_anchors(cohort: Cohort, *, largest: float | None) -> list[Row]:
    """Kaplan-Meier at 90 and 365 days beside the anchor of each site.

    `largest` is the difference allowed; None: `LARGEST_Z` Greenwood standard errors.
    """
    outcome, rows = cohort.known_outcome, []
    for name in cohort.sites:
        own = outcome.take(cohort.site == name)
        curve = kaplan_meier(own.time_days, own.event)
        for day in (90, 365):
            value, error = float(curve.at([day])[0]), float(curve.std_error([day])[0])
            target = site_facts(name).raw["target"][f"S{day}"]
            allowed = LARGEST_Z * error if largest is None else largest
            rows.append(_row("anchor", name, f"S{day}", value, target, error, allowed, own))
    return rows


def coefficients_against_truth(cohort: Cohort, truth: pd.DataFrame, *, with_frailty: bool) -> list[Row]:
    """Cox coefficients of the generator's terms, stratified by site, beside the true ones."""
    design, true = cox_terms(cohort)
    if with_frailty:
        design["frailty"], true["frailty"] = truth["frailty"].to_numpy(), 1.0
    outcome = cohort.known_outcome
    fit = fit_cox(design.to_numpy(), outcome.time_days, outcome.event, strata=cohort.site)
    errors = np.sqrt(np.diag(fit.covariance))
    check = "cox with frailty" if with_frailty else "cox without frailty"
    return [
        _row(
            check, "all", name, value, true[name], error, LARGEST_Z * error if with_frailty else None, outcome
        )
        for name, value, error in zip(design.columns, fit.coef, errors, strict=True)
    ]


def deaths_against_truth(cohort: Cohort, truth: pd.DataFrame) -> list[Row]:
    """Share alive at each horizon, had nobody been censored, beside the mean true survival."""
    rows = []
    for name in cohort.sites:
        own = truth[cohort.site == name]
        outcome = cohort.known_outcome.take(cohort.site == name)
        for day in HORIZON_DAYS.values():
            survival = own[f"survival_{day}"]
            # given their lp patients are independent, so this is the error of the difference
            error = float(np.sqrt((survival * (1 - survival)).sum()) / len(own))
            alive = float((own["death_days"] > day).mean())
            rows.append(
                _row(
                    "truth", name, f"S{day}", alive, float(survival.mean()), error, LARGEST_Z * error, outcome
                )
            )
    return rows


def cox_terms(cohort: Cohort) -> tuple[pd.DataFrame, dict[str, float]]:
    """The generator's terms from the columns of a complete cohort, and the true coefficient of each.

    Written from the codebook columns alone, as an analyst would, not with the code that drew the patients.
    """
    patients, rule = cohort.patients, facts()["linear_predictor"]
    group = _tumour_group(patients)
    visceral = (patients["visceral_mets"] != "none").to_numpy()
    slow = np.array([rule["primary_hr"][g] < rule["slow_below_hr"] for g in group])
    year = patients["index_year"].to_numpy(dtype=float)
    later = np.isin(patients["primary_tumor"].to_numpy(), facts()["era"]["in"]) * np.maximum(
        year - facts()["era"]["after"], 0
    )
    columns = {
        **{f"group {g}": group == g for g in rule["primary_hr"] if g != "breast"},
        "ecog": patients["ecog"],
        "visceral_slow": visceral & slow,
        "visceral_other": visceral & ~slow,
        "brain": patients["brain_mets"] == "yes",
        "more_than_one_spinal_metastasis": patients["n_spine_mets"] >= 2,
        "albumin": patients["albumin"],
        "hemoglobin": patients["hemoglobin"],
        "wbc": patients["wbc"],
        "systemic_therapy": patients["systemic_therapy"] == "yes",
        "age": patients["age"] / rule["age"]["per"],
        "male": patients["sex"] == "male",
        "year": year,
        "later_year": later,
    }
    design = pd.DataFrame({k: np.asarray(v, dtype=float) for k, v in columns.items()})
    log_hr = {f"group {g}": float(np.log(hr)) for g, hr in rule["primary_hr"].items() if g != "breast"}
    era = {
        "year": np.log(facts()["era"]["hr_per_year"]),
        "later_year": np.log(facts()["era"]["further_hr_per_year"]),
    }
    return design, {**log_hr, **coefficients(), **era}


def _tumour_group(patients: pd.DataFrame) -> np.ndarray:
    """Tumour group of each patient from the histology key and the two driver mutations of the lung."""
    split = facts()["primary_split"]["groups"]
    of_key = {key: group for group, keys in split.items() for key in keys if group != "lung_egfr_alk"}
    group = patients["primary_tumor"].map(of_key).to_numpy(dtype=object)
    driven = (patients["egfr_mutation"] == "positive") | (patients["alk_rearrangement"] == "positive")
    return np.where(driven.to_numpy(), "lung_egfr_alk", group)


def _row(check, site, quantity, value, truth, error, allowed, outcome) -> Row:
    difference = value - truth
    judged = "" if allowed is None else "yes" if abs(difference) <= allowed else "no"
    return {
        "check": check, "site": site, "quantity": quantity, "value": value, "truth": truth,
        "std_error": error, "z": difference / error, "allowed": allowed, "passed": judged,
        "n": len(outcome), "events": outcome.n_events,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
