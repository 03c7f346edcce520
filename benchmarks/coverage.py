"""Do 95 % intervals hold the truth 95 times in 100?

    python -m benchmarks.coverage --size ci|full [--seed 901] [--metrics emax,d_calibration]

Nothing is fitted: two predictions are fixed, the true survival function (`true`) and one whose log hazards are stretched to a
calibration slope of 0.7 and shifted to observed/expected 1.3 at the horizon (`miscalibrated`). Cohorts of one site, 500
patients, 35 % censored before they die (a third of the patients leave by twice the horizon at the latest), Weibull survival.
Every measure of the registry that has an interval is judged at day 90, or on its own days, on 2,000 cohorts (size ci: 100). The
truth is its value in 2,000,000 patients who are followed until they die, or, where the measure depends on who is censored
(`DEPENDS_ON_CENSORING`), with the same censoring.

Gate: an exact binomial test of each coverage against 95 % is not rejected at 0.001; in size ci at 0.001 for all of them
together. An interval is missing (a value on the edge of its scale) in 1 % of the cohorts at most. Distances that are 0 in the
truth (ICI and its kin) have no such interval under the true survival function: there their upward bias is told by the number of
patients. What is left out is told with its reason.

Writes benchmarks/results/coverage.csv in size full; with `--metrics` only the rows of these measures, each cohort being the same
whatever is measured in it. Ends with code 1 when the gate fails.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import binomtest, norm

from benchmarks.kept import RESULTS, commit
from spinesurv.core import Outcome, Prediction
from spinesurv.core.tables import write_table
from spinesurv.metrics import METRICS, Metric
from spinesurv.stats.censoring import KaplanMeierCensoring

COHORTS = {"ci": 100, "full": 2000}
TRUTH_PATIENTS = {"ci": 400_000, "full": 2_000_000}
BATCH = 100_000  # of patients of the truth, a mean over batches to keep memory small
PAIRS_BATCH = 1_000  # of a measure that looks at every pair; a mean over pairs is the same in any batch
PATIENTS, CENSORED, EARLY = (
    500,
    0.35,
    1 / 3,
)  # EARLY: share of patients who leave by twice the horizon at the latest
BIAS_PATIENTS = (250, 500, 1000, 2000)
HORIZON = 90.0
GRID = np.arange(5.0, HORIZON + 1, 5.0)  # days on which whole curves are given
SHAPE, RISK_SCALE, SPREAD = (
    0.85,
    0.22,
    1.0,
)  # Weibull shape; cumulative hazard at the horizon; of log hazard ratios
SLOPE, OBSERVED_EXPECTED = 0.7, 1.3
GROUP_DAYS = np.array(
    [[365.25, np.inf], [182.625, 365.25], [0.0, 182.625]]
)  # promised by three groups, best first
LEVEL, REJECTED, MOST_WITHOUT = 0.95, 0.001, 0.01

#: measure -> why its value depends on who is censored, so that its truth is taken under the same censoring. So do all
#: measures of `known_only`: they leave those censored out
DEPENDS_ON_CENSORING = {
    "harrell_c": "pairs are formed as far as follow-up goes",
    "royston_d": "a Cox model of normal scores, which are not the log hazards",
    "royston_r2": "a Cox model of normal scores, which are not the log hazards",
    "calibration_intercept_poisson": "events and hazards are summed over the time observed",
    "calibration_slope_poisson": "events and hazards are summed over the time observed",
    "d_calibration": "those censored are spread evenly",
}

#: measure -> why it is left out
LEFT_OUT = {"spiegelhalter_binary": "a test statistic: its value grows with the number of patients"}

#: measure -> the least that its truth can be; the mean of unbiased estimates can fall short of it by chance
LEAST_TRUTH = {"d_calibration": 0.0}

#: what both predictions give alike: such measures are taken once, except Gonen-Heller's K, which reads the log hazards
SAME_ORDER = ("marker", "group", "interval")

PLACE = ["prediction", "metric", "horizon_days", "threshold"]
MEASURED = ["value", "std_error", "low", "high"]
COLUMNS = [
    "check", *PLACE, "patients", "cohorts", "truth", "mean", "bias", "spread", "std_error", "without_interval", "coverage", "p",
    "passed",
]  # fmt: skip


@dataclass(frozen=True)
class World:
    """The law of survival and censoring, and the shift of the miscalibrated prediction."""

    last_censoring: float
    shift: float

    @classmethod
    def made(cls) -> World:
        """Censoring so that 35 % are censored, and the shift for observed/expected 1.3."""
        lp = _log_hazards((np.arange(4000) + 0.5) / 4000)

        def alive(last: float) -> float:
            """Share censored where everybody is censored evenly up to `last`: mean survival over [0, last]."""
            days = (np.arange(500) + 0.5) / 500 * last
            return float(np.mean(np.exp(-np.outer(np.exp(lp), hazard(days)))))

        def excess_censored(last: float) -> float:
            return EARLY * alive(2 * HORIZON) + (1 - EARLY) * alive(last) - CENSORED

        observed = 1 - np.mean(np.exp(-RISK_SCALE * np.exp(lp)))

        def excess(shift: float) -> float:
            expected = 1 - np.mean(np.exp(-RISK_SCALE * np.exp(lp / SLOPE + shift)))
            return float(observed / expected) - OBSERVED_EXPECTED

        return cls(brentq(excess_censored, 100, 1e6), brentq(excess, -5, 5))

    def cohort(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log hazard ratio, day of death, day of censoring of n patients."""
        lp = _log_hazards(rng.random(n))
        death = HORIZON * (rng.exponential(size=n) / np.exp(lp) / RISK_SCALE) ** (1 / SHAPE)
        last = np.where(rng.random(n) < EARLY, 2 * HORIZON, self.last_censoring)
        return lp, death, last * rng.random(n)

    def predictions(self, lp: np.ndarray) -> dict[str, Prediction]:
        """Both fixed predictions: marker, survival on the grid, group and what it promises."""
        scores = {"true": lp, "miscalibrated": lp / SLOPE + self.shift}
        return {name: _prediction(score, lp) for name, score in scores.items()}


def hazard(days: np.ndarray) -> np.ndarray:
    """Cumulative hazard of a patient with log hazard ratio 0."""
    return RISK_SCALE * (days / HORIZON) ** SHAPE


def _log_hazards(share: np.ndarray) -> np.ndarray:
    """Quantiles of the log hazard ratios: a normal law cut at three standard deviations, so that no risk is rounded to 1."""
    return SPREAD * norm.ppf(norm.cdf(-3) + share * (norm.cdf(3) - norm.cdf(-3)))


def _prediction(score: np.ndarray, lp: np.ndarray) -> Prediction:
    group = (lp > -0.4).astype(int) + (lp > 0.7)
    return Prediction(
        pd.RangeIndex(len(lp)),
        marker=score,
        times_days=GRID,
        survival=np.exp(-np.outer(np.exp(score), hazard(GRID))),
        group=pd.Categorical.from_codes(group, categories=["good", "middle", "poor"], ordered=True),
        expected_days=GROUP_DAYS[group],
    )


def places() -> Iterator[tuple[Metric, dict[str, float]]]:
    """Every measure that is judged, with day and threshold."""
    for name, metric in METRICS.items():
        if name in LEFT_OUT:
            continue
        days: tuple[float | None, ...] = metric.days or ((HORIZON,) if metric.at_horizon else (None,))
        for day in days:
            for threshold in metric.thresholds or (None,):
                options = {"horizon_days": day, "threshold": threshold}
                yield metric, {k: v for k, v in options.items() if v is not None}


def measured(
    world: World,
    n: int,
    rng: np.random.Generator,
    *,
    chosen: Any = lambda name, metric: True,
    followed: bool = False,
) -> list[dict[str, Any]]:
    """Every measure of both predictions in one cohort. `followed`: until death, nobody is censored."""
    lp, death, censoring = world.cohort(n, rng)
    if followed:
        outcome = Outcome(death, np.ones(n, dtype=bool))
    else:
        outcome = Outcome(np.minimum(death, censoring), death <= censoring)
    model = KaplanMeierCensoring(outcome.time_days, outcome.event)
    rows = []
    for name, prediction in world.predictions(lp).items():
        for metric, options in places():
            same = name != "true" and metric.needs in SAME_ORDER and metric.key != "gonen_heller"
            if same or not chosen(name, metric):
                continue
            found = metric.function(outcome, prediction, censoring=model, **{"horizon_days": None, **options})
            low, high = found.interval(LEVEL)
            rows.append(
                {
                    "prediction": name, "metric": metric.key, **options, "value": found.value,
                    "std_error": found.std_error, "low": low, "high": high,
                }
            )  # fmt: skip
    return rows


def is_distance(metric: Metric) -> bool:
    """Whether it is 0 where the prediction is the truth, and has its intervals on a scale that ends there: ICI and its kin."""
    return metric.higher_is == "worse" and metric.perfect == 0 and metric.scale == "log"


def in_truth(prediction: str, metric: Metric) -> bool:
    """Whether a measure has a value that intervals can be held against."""
    return prediction != "true" or not is_distance(metric)


def truth(world: World, patients: int, seed: int, only: frozenset[str]) -> pd.DataFrame:
    """Value of every measure in many patients: mean over batches."""

    def kind(metric: Metric) -> tuple[bool, int]:
        censored = metric.known_only or metric.key in DEPENDS_ON_CENSORING
        return not censored, PAIRS_BATCH if metric.key == "gonen_heller" else BATCH

    parts = []
    for followed, batch in ((True, BATCH), (False, BATCH), (True, PAIRS_BATCH)):

        def chosen(name: str, metric: Metric, own: tuple[bool, int] = (followed, batch)) -> bool:
            return metric.key in only and in_truth(name, metric) and kind(metric) == own

        if not any(kind(METRICS[key]) == (followed, batch) for key in only):
            continue
        for k in range(patients // batch):
            rng = np.random.default_rng([seed, 1, k, int(followed), batch])
            parts += measured(world, batch, rng, chosen=chosen, followed=followed)
    table = pd.DataFrame(parts, columns=[*PLACE, *MEASURED])
    found = table.groupby(PLACE, dropna=False, sort=False)["value"].mean().rename("truth").reset_index()
    least = found["metric"].map(LEAST_TRUTH).fillna(-np.inf)
    return found.assign(truth=found["truth"].clip(lower=least))


def coverage(world: World, cohorts: int, patients: int, seed: int, only: frozenset[str]) -> pd.DataFrame:
    """How often the interval of every measure holds its truth."""
    known = truth(world, patients, seed, only)
    parts: list[dict[str, Any]] = []

    def chosen(name: str, metric: Metric) -> bool:
        return metric.key in only and in_truth(name, metric)

    for k in range(cohorts):
        parts += measured(world, PATIENTS, np.random.default_rng([seed, 2, k]), chosen=chosen)
    # without one at a threshold no measure brings that column
    each = pd.DataFrame(parts, columns=[*PLACE, *MEASURED]).merge(
        known, on=PLACE, how="left", validate="many_to_one"
    )
    rows = []
    for place, own in each.groupby(PLACE, dropna=False, sort=False):
        has = own["low"].notna() & own["high"].notna()
        held = (own["low"] <= own["truth"]) & (own["truth"] <= own["high"])
        tested = binomtest(int(held[has].sum()), max(int(has.sum()), 1), LEVEL)
        rows.append(
            {
                "check": "coverage",
                **dict(zip(PLACE, place, strict=True)),
                "patients": PATIENTS,
                "cohorts": len(own),
                "truth": own["truth"].iloc[0],
                "mean": own["value"].mean(),
                "bias": own["value"].mean() - own["truth"].iloc[0],
                "spread": own["value"].std(),
                "std_error": own["std_error"].mean(),
                "without_interval": 1 - has.mean(),
                "coverage": held[has].mean(),
                "p": tested.pvalue,
            }
        )
    return pd.DataFrame(rows)


def upward_bias(world: World, cohorts: int, seed: int, only: frozenset[str]) -> pd.DataFrame:
    """Mean of the distances under the true survival function, where each of them is 0, by number of patients."""
    rows = []

    def chosen(name: str, metric: Metric) -> bool:
        return name == "true" and metric.key in only and is_distance(metric)

    for n in BIAS_PATIENTS if any(is_distance(METRICS[key]) for key in only) else ():
        parts: list[dict[str, Any]] = []
        for k in range(cohorts):
            parts += measured(world, n, np.random.default_rng([seed, 3, n, k]), chosen=chosen)
        for metric, own in pd.DataFrame(parts).groupby("metric", sort=False):
            rows.append(
                {
                    "check": "bias", "prediction": "true", "metric": metric, "horizon_days": HORIZON, "patients": n,
                    "cohorts": len(own), "truth": 0.0, "mean": own["value"].mean(), "bias": own["value"].mean(),
                    "spread": own["value"].std(), "std_error": own["std_error"].mean(),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def main() -> int:
    """Run one size, tell and, in size full, keep the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(COHORTS), default="ci")
    parser.add_argument("--seed", type=int, default=901)
    parser.add_argument("--metrics", help="only these measures, with commas between them")
    options = parser.parse_args()
    begin = time.perf_counter()
    world, cohorts = World.made(), COHORTS[options.size]
    known = [name for name in METRICS if name not in LEFT_OUT]
    only = frozenset(options.metrics.split(",") if options.metrics else known)
    if unknown := only - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
    table = coverage(world, cohorts, TRUTH_PATIENTS[options.size], options.seed, only)
    rejected = REJECTED / (len(table) if options.size == "ci" else 1)
    passed = (table["p"] >= rejected) & (table["without_interval"] <= MOST_WITHOUT)
    table["passed"] = np.where(passed, "yes", "no")
    bias = upward_bias(world, cohorts // 4, options.seed, only)
    table = pd.concat([table, bias], ignore_index=True).reindex(columns=COLUMNS)
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    table["minutes"] = round((time.perf_counter() - begin) / 60, 2)
    print(table.drop(columns=["seed", "size", "commit"]).to_string(index=False))
    for name, reason in LEFT_OUT.items():
        print(f"left out: {name} ({reason})")
    if options.size == "full":
        path = RESULTS / "coverage.csv"
        write_table(table if only == set(known) else _renewed(pd.read_csv(path), table), path)
    return 1 if (table["passed"] == "no").any() else 0


def _renewed(kept: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The kept table with the rows of a part of the measures in place of its own, each where it stood."""
    place = ["check", *PLACE, "patients"]
    order = pd.MultiIndex.from_frame(pd.concat([kept, table], ignore_index=True)[place]).unique()
    both = pd.concat([kept[~kept["metric"].isin(table["metric"])], table], ignore_index=True)
    at = order.get_indexer(pd.MultiIndex.from_frame(both[place]))
    return both.iloc[np.argsort(at, kind="stable")].reindex(columns=table.columns)


if __name__ == "__main__":
    raise SystemExit(main())
