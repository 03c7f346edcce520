"""Are pooled coefficients unbiased and their intervals right where 30 % is missing, and complete cases worse?

    python -m benchmarks.imputation --size ci|full [--seed 301]

Each cohort has 650 patients, a Cox model with known coefficients of albumin, ECOG, brain metastases and age, and about
35 % censored. Albumin, ECOG and brain metastases are each missing in 30 % of the patients, in two ways:

- `at_random`: more often in the old and in those who are seen to die (both recorded);
- `completely_at_random`: by a coin.

Each cohort is imputed 10 times by `ChainedImputer` fitted with the outcome, as the training part of a study is; Cox
coefficients are pooled by Rubin's rules. Beside them stand complete cases, and the data before anything was blanked. The
fraction of missing information is checked where it is known: the mean of a normal variable that is missing by a coin and
unrelated to the others has the share of missing values as its fraction (100 tables of one long cohort).

Gates. Bias: at most max(0.03, 10 % of the coefficient), both mechanisms. Coverage of 95 % intervals: an exact binomial
test is not rejected at 0.001. Complete cases: where missingness is at random and depends on who dies, their largest bias
exceeds that of the pooled coefficients. Variance between tables: positive in every cohort. Fraction of missing information:
within 20 % of the truth. Size ci takes 40 cohorts and allows the bias 3.3 of its standard errors more, full 200.

Writes benchmarks/results/imputation.csv in size full; ends with code 1 when a gate fails.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from benchmarks.kept import RESULTS, commit
from spinesurv.core import Outcome
from spinesurv.core.tables import write_table
from spinesurv.features import ChainedImputer
from spinesurv.stats.cox import fit_cox
from spinesurv.stats.rubin import pool_rubin

COHORTS = {"ci": 40, "full": 200}
PATIENTS, IMPUTATIONS, MISSING = 650, 10, 0.30
COEFFICIENTS = {"albumin": -0.6, "ecog": 0.4, "brain_mets": 0.5, "age": 0.2}
BLANKED = ("albumin", "ecog", "brain_mets")
MECHANISMS = ("at_random", "completely_at_random")
#: false alarm of one gate in size ci: 1 in 1,000 (two-sided normal)
WIDER_IN_CI = 3.3


def main() -> int:
    """Run one size, tell and, in size full, keep the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(COHORTS), default="ci")
    parser.add_argument("--seed", type=int, default=301)
    options = parser.parse_args()
    begin = time.perf_counter()
    seeds = range(options.seed, options.seed + COHORTS[options.size])
    each = pd.concat([estimates(seed, mechanism) for mechanism in MECHANISMS for seed in seeds])
    slack = WIDER_IN_CI if options.size == "ci" else 0.0
    table = pd.concat([summary(each, slack), missing_information(options.seed)], ignore_index=True)
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    table["minutes"] = round((time.perf_counter() - begin) / 60, 2)
    print(table.drop(columns=["commit"]).to_string(index=False))
    if options.size == "full":
        write_table(table, RESULTS / "imputation.csv")
    return 1 if (table["passed"] == "no").any() else 0


def cohort(seed: int) -> tuple[pd.DataFrame, Outcome]:
    """650 patients without gaps, their survival by the coefficients above."""
    random = np.random.default_rng(seed)
    n = PATIENTS
    frailty = random.normal(size=n)  # what makes the variables go together
    age = 62 + 11 * random.normal(size=n)
    patients = pd.DataFrame(
        {
            "age": np.clip(age, 20, 95),
            "albumin": np.clip(3.6 - 0.25 * frailty + 0.45 * random.normal(size=n), 1.5, 5.5),
            "ecog": np.clip(np.round(1.5 + 0.6 * frailty + 0.8 * random.normal(size=n)), 0, 4),
            "brain_mets": np.where(random.random(n) < 0.15 + 0.1 * (frailty > 0), "yes", "no"),
        },
        index=pd.MultiIndex.from_arrays(
            [["a"] * n, [f"{i:04d}" for i in range(n)]], names=["site", "patient_id"]
        ),
    )
    death = random.exponential(300 * np.exp(-design(patients) @ np.array(list(COEFFICIENTS.values()))))
    censored = random.uniform(60, 900, n)
    return patients, Outcome(np.maximum(np.ceil(np.minimum(death, censored)), 1.0), death <= censored)


def design(patients: pd.DataFrame) -> np.ndarray:
    """(n, 4) columns in the order of COEFFICIENTS: albumin - 3.6, ECOG - 1.5, brain metastases, (age - 62) / 10."""
    return np.column_stack(
        [
            patients["albumin"].astype(float) - 3.6,
            patients["ecog"].astype(float) - 1.5,
            (patients["brain_mets"] == "yes").astype(float),
            (patients["age"].astype(float) - 62) / 10,
        ]
    )


def blanked(patients: pd.DataFrame, outcome: Outcome, mechanism: str, seed: int) -> pd.DataFrame:
    """The patients with 30 % of three variables missing."""
    random = np.random.default_rng([seed, MECHANISMS.index(mechanism)])
    risk = np.full(len(patients), MISSING)
    if mechanism == "at_random":
        drive = 0.7 * (patients["age"].to_numpy() - 62) / 11 + 2.0 * (outcome.event.astype(float) - 0.65)
        risk = 1.0 / (1.0 + np.exp(-drive))
        risk = np.clip(risk * MISSING / risk.mean(), 0, 0.95)
    out = patients.copy()
    for name in BLANKED:
        out[name] = out[name].where(random.random(len(out)) >= risk)
    return out


def estimates(seed: int, mechanism: str) -> pd.DataFrame:
    """One row per coefficient and way of dealing with gaps."""
    patients, outcome = cohort(seed)
    gaps = blanked(patients, outcome, mechanism, seed)
    rows = []
    known = gaps.notna().all(axis=1).to_numpy()
    for way, table, mine in (
        ("nothing_missing", patients, outcome),
        ("complete_cases", gaps[known], outcome.take(np.flatnonzero(known))),
    ):
        fit = fit_cox(design(table), mine.time_days, mine.event)
        rows += [(way, j, b, v**0.5, np.inf, np.nan) for j, (b, v) in enumerate(zip(fit.coef, np.diag(fit.covariance), strict=True))]  # fmt: skip
    imputer = ChainedImputer(list(patients), random_state=seed).fit(gaps, outcome)
    fits = [
        fit_cox(design(imputer.draw(gaps, k, seed, outcome=outcome)), outcome.time_days, outcome.event)
        for k in range(1, IMPUTATIONS + 1)
    ]
    for j in range(len(COEFFICIENTS)):
        pooled = pool_rubin([f.coef[j] for f in fits], [f.covariance[j, j] for f in fits])
        rows.append(("imputed", j, pooled.value, pooled.std_error, pooled.df, pooled.between))
    table = pd.DataFrame(rows, columns=["way", "j", "value", "std_error", "df", "between"])
    return table.assign(
        mechanism=mechanism, seed=seed, missing=float(gaps[list(BLANKED)].isna().mean().mean())
    )


def summary(each: pd.DataFrame, slack: float) -> pd.DataFrame:
    """Bias and coverage per mechanism, way and coefficient, with the gates."""
    from scipy.stats import t

    names, truth = list(COEFFICIENTS), np.array(list(COEFFICIENTS.values()))
    each = each.assign(truth=truth[each["j"]], quantile=t.ppf(0.975, each["df"]))
    each["error"] = each["value"] - each["truth"]
    each["held"] = each["error"].abs() <= each["quantile"] * each["std_error"]
    table = each.groupby(["mechanism", "way", "j"], sort=False).agg(
        truth=("truth", "first"), cohorts=("seed", "size"), missing=("missing", "mean"), bias=("error", "mean"),
        spread=("error", "std"), held=("held", "sum"), least_between=("between", "min"),
    ).reset_index()  # fmt: skip
    table["coverage"] = table["held"] / table["cohorts"]
    table["coverage_p"] = [
        binomtest(int(k), int(n), 0.95).pvalue for k, n in zip(table["held"], table["cohorts"], strict=True)
    ]
    allowed = np.maximum(0.03, 0.1 * table["truth"].abs()) + slack * table["spread"] / np.sqrt(
        table["cohorts"]
    )
    largest = table.assign(size=table["bias"].abs()).groupby(["mechanism", "way"])["size"].max()
    worse = largest["at_random", "complete_cases"] > largest["at_random", "imputed"]
    imputed = table["way"] == "imputed"
    good = (
        (table["bias"].abs() <= allowed)
        & (table["coverage_p"] >= 0.001)
        & (table["least_between"] > 0)
        & worse
    )
    table["passed"] = np.where(~imputed, "", np.where(good, "yes", "no"))
    table.insert(2, "quantity", [f"log hazard ratio of {names[j]}" for j in table["j"]])
    return table.drop(columns=["j", "held"])


def missing_information(seed: int) -> pd.DataFrame:
    """Fraction of missing information about the mean of a normal variable that nothing else tells of."""
    random = np.random.default_rng(seed)
    n, tables = 2000, 100
    index = pd.MultiIndex.from_arrays(
        [["a"] * n, [f"{i:04d}" for i in range(n)]], names=["site", "patient_id"]
    )
    patients = pd.DataFrame(
        {"age": random.normal(60, 10, n), "albumin": random.normal(3.6, 0.4, n)}, index=index
    )
    patients["albumin"] = patients["albumin"].where(random.random(n) >= MISSING)
    share = float(patients["albumin"].isna().mean())
    imputer = ChainedImputer(["age", "albumin"], method="draw", random_state=seed).fit(patients)
    means, variances = [], []
    for k in range(1, tables + 1):
        drawn = imputer.draw(patients, k, seed)["albumin"].to_numpy(dtype=float)
        means.append(drawn.mean())
        variances.append(drawn.var(ddof=1) / n)
    found = pool_rubin(means, variances).fraction_missing
    row = {
        "mechanism": "completely_at_random",
        "way": "imputed",
        "quantity": "fraction of missing information, normal mean",
        "truth": share,
        "cohorts": 1,
        "missing": share,
        "bias": found - share,
        "passed": "yes" if abs(found / share - 1) <= 0.2 else "no",
    }
    return pd.DataFrame([row])


if __name__ == "__main__":
    raise SystemExit(main())
