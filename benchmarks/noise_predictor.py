"""Does a predictor that knows nothing ever rank patients better than chance in cross-validation? Only if something leaks.

    python -m benchmarks.noise_predictor --size ci|full [--seed 701]

Each cohort has 300 patients whose albumin and brain metastases have nothing to do with survival; both are missing in 30 %.
Completed tables are made as in a study: equations with the outcome for the patients learned from, without it for those
judged. A Cox model with a spline and a boosted Cox model are fitted and judged in five parts, on the completed table and
on patients as recorded.

Gate: the mean C over the cohorts is at most 0.5 + 3 standard errors. Size ci takes 30 cohorts, full 100.

Writes benchmarks/results/noise_predictor.csv in size full; ends with code 1 when the gate fails.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from benchmarks.kept import RESULTS, commit
from spinesurv.core import Cohort, Outcome
from spinesurv.core.tables import write_table
from spinesurv.evaluation import DESIGNS, list_jobs, run_job
from spinesurv.features import Encoder
from spinesurv.models import BoostedCox, CoxNomogram
from spinesurv.stats.concordance import concordance
from spinesurv.study.imputed import completed_tables
from spinesurv.study.progress import Progress

COHORTS = {"ci": 30, "full": 100}
PATIENTS, MISSING, FOLDS = 300, 0.30, 5
STANDARD_ERRORS = 3.0
VARIABLES = ("albumin", "brain_mets")


def main() -> int:
    """Run one size, tell and, in size full, keep the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(COHORTS), default="ci")
    parser.add_argument("--seed", type=int, default=701)
    options = parser.parse_args()
    begin = time.perf_counter()
    seeds = range(options.seed, options.seed + COHORTS[options.size])
    each = pd.concat([judged(seed) for seed in seeds])
    by_system = each.groupby(["population", "model"], sort=False)["c"]
    table = by_system.agg(cohorts="size", mean_c="mean", spread="std").reset_index()
    table["limit"] = 0.5 + STANDARD_ERRORS * table["spread"] / np.sqrt(table["cohorts"])
    table["passed"] = np.where(table["mean_c"] <= table["limit"], "yes", "no")
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    table["minutes"] = round((time.perf_counter() - begin) / 60, 2)
    print(table.to_string(index=False))
    if options.size == "full":
        write_table(table, RESULTS / "noise_predictor.csv")
    return 1 if (table["passed"] == "no").any() else 0


def noise_cohort(seed: int) -> Cohort:
    """Patients of one site whose recorded variables are independent of their survival."""
    random = np.random.default_rng(seed)
    n = PATIENTS
    patients = pd.DataFrame(
        {
            "albumin": np.clip(random.normal(3.6, 0.5, n), 1.5, 5.5),
            "brain_mets": random.choice(["yes", "no"], n, p=[0.25, 0.75]),
            "age": np.clip(random.normal(62, 11, n), 20, 95),
        },
        index=pd.MultiIndex.from_arrays(
            [["a"] * n, [f"{i:04d}" for i in range(n)]], names=["site", "patient_id"]
        ),
    )
    for name in VARIABLES:
        patients[name] = patients[name].where(random.random(n) >= MISSING)
    death, censored = random.exponential(300, n), random.uniform(60, 900, n)
    outcome = Outcome(np.maximum(np.ceil(np.minimum(death, censored)), 1.0), death <= censored)
    return Cohort(patients, outcome, time_zero="surgery", source="made for a benchmark")


def judged(seed: int) -> pd.DataFrame:
    """C of each system, each part judged by what the others taught."""
    cohort = noise_cohort(seed)
    outcome = cohort.known_outcome
    systems = {
        "cox": make_pipeline(Encoder([{"variable": "albumin", "knots": 4}, "brain_mets"]), CoxNomogram()),
        "boosted_cox": make_pipeline(Encoder(list(VARIABLES)), BoostedCox()),
    }
    splits = DESIGNS["cross_validation"](cohort, folds=FOLDS, seed=seed)
    made = completed_tables(
        cohort, splits, [*VARIABLES, "age"], {"deployment": range(1, 2)}, seed=seed, n_workers=1,
        bar=Progress(shown=False),
    )  # fmt: skip
    tables = {"complete": lambda split: cohort.patients, "imputed": made(1)}
    rows = []
    for population, table in tables.items():
        marker = {model: np.full(PATIENTS, np.nan) for model in systems}
        for job in list_jobs(splits, systems, table):
            found = run_job(job, outcome, times_days=[90.0], seed=seed).prediction.marker
            marker[job.key.model][job.split.test] = found
        for model, values in marker.items():
            ranked = np.isfinite(values)
            c = concordance(outcome.time_days[ranked], outcome.event[ranked], values[ranked]).value
            rows.append({"population": population, "model": model, "seed": seed, "c": c})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    raise SystemExit(main())
