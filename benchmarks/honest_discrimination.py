"""Does a fitted model ever rank patients of an unseen site better than the truth? It cannot, unless something leaks.

    python -m benchmarks.honest_discrimination --size ci|full [--seed 101]

Each synthetic cohort (4,304 complete patients, six sites) goes through the loop that every study uses: a Cox model
is fitted on five sites and ranks the sixth. Its C is compared, on the same patients, with the C of what the
recorded variables truly say (the generator's linear predictor without the frailty that nobody records).
Gate: in every site the one-sided 99.9 % upper limit (t) of the mean difference over the cohorts is at most
0.005. Size ci takes 50 cohorts, full 200.

Writes benchmarks/results/honest_discrimination.csv in size full; ends with code 1 when the gate fails.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from scipy.stats import t
from sklearn.pipeline import make_pipeline

from benchmarks.kept import RESULTS, commit
from spinesurv.cohorts.synthetic import make_cohort_with_truth
from spinesurv.core.tables import write_table
from spinesurv.evaluation import DESIGNS, list_jobs, run_job
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram
from spinesurv.stats.concordance import concordance

COHORTS = {"ci": 50, "full": 200}
LARGEST_UPPER_LIMIT = 0.005
PREDICTORS = [
    {"variable": "age", "knots": 3},
    "sex",
    "ecog",
    "visceral_mets",
    "brain_mets",
    {"variable": "n_spine_mets", "knots": 3},
    "systemic_therapy",
    {"variable": "albumin", "knots": 4},
    {"variable": "hemoglobin", "knots": 3},
    {"variable": "wbc", "knots": 3},
    {"variable": "primary_tumor", "minimum_patients": 40},
]


def main() -> int:
    """Run one size, tell and, in size full, keep the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(COHORTS), default="ci")
    parser.add_argument("--seed", type=int, default=101)
    options = parser.parse_args()
    begin = time.perf_counter()
    seeds = range(options.seed, options.seed + COHORTS[options.size])
    table = summary(pd.concat([differences(seed) for seed in seeds]))
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    table["minutes"] = round((time.perf_counter() - begin) / 60, 2)
    print(table.to_string(index=False))
    if options.size == "full":
        write_table(table, RESULTS / "honest_discrimination.csv")
    return 1 if (table["passed"] == "no").any() else 0


def differences(seed: int) -> pd.DataFrame:
    """C(model) and C(truth) of one cohort, site by site."""
    cohort, truth = make_cohort_with_truth(seed=seed, missing=False)
    known = (truth["lp"] - truth["frailty"]).to_numpy()
    model = make_pipeline(Encoder(PREDICTORS), CoxNomogram())
    splits = DESIGNS["internal_external"](cohort, folds=2, seed=seed)
    rows = []
    for job in list_jobs(splits, {"cox": model}, lambda split: cohort.patients):
        judged = cohort.known_outcome.take(job.split.test)
        marker = run_job(job, cohort.known_outcome, times_days=[90.0], seed=seed).prediction.marker
        ranked = ~np.isnan(marker)
        c_model, c_truth = (
            concordance(judged.time_days[ranked], judged.event[ranked], values[ranked]).value
            for values in (marker, known[job.split.test])
        )
        rows.append({"site": job.split.site, "seed": seed, "c_model": c_model, "c_truth": c_truth})
    return pd.DataFrame(rows)


def summary(each: pd.DataFrame) -> pd.DataFrame:
    """Mean difference per site with its upper limit."""
    each = each.assign(difference=each["c_model"] - each["c_truth"])
    by_site = each.groupby("site", sort=False)
    table = by_site.agg(
        cohorts=("seed", "size"), c_model=("c_model", "mean"), c_truth=("c_truth", "mean"),
        difference=("difference", "mean"), spread=("difference", "std"),
    ).reset_index()  # fmt: skip
    quantile = t.ppf(0.999, table["cohorts"] - 1)
    table["upper_limit"] = table["difference"] + quantile * table["spread"] / np.sqrt(table["cohorts"])
    table["passed"] = np.where(table["upper_limit"] <= LARGEST_UPPER_LIMIT, "yes", "no")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
