"""Solve the survival curve and the losses of every site of the synthetic cohort, for the generator as it stands.

    python -m benchmarks.solve_generator [--draws 4000000] [--seed 7]

For each site linear predictors are drawn (era and frailty included) and the two numbers found for which the mean
of exp(-exp(log_rate) t^shape exp(lp)) meets the target survival at 90 and 365 days; then the daily rate of loss
for which the expected share of lost patients is the one wanted. Writes spinesurv/cohorts/synthetic/weibull.toml.
Run it again after any change of facts.toml, choices.toml or a draw that the linear predictor depends on.
"""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from spinesurv.cohorts.synthetic.cohort import draw_prognosis
from spinesurv.cohorts.synthetic.facts import choices
from spinesurv.cohorts.synthetic.follow_up import death_times
from spinesurv.cohorts.synthetic.person import accrual
from spinesurv.cohorts.synthetic.sites import Site, site_facts, site_names
from spinesurv.core.tables import write_text

TABLE = Path(__file__).resolve().parents[1] / "spinesurv" / "cohorts" / "synthetic" / "weibull.toml"
CHUNK = 200_000
REPORTED_DAYS = (30, 42, 90, 180, 365, 730)


def main() -> None:
    """Solve all sites and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--draws", type=int, default=4_000_000, help="linear predictors per site, at least 1000000"
    )
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rows = [solve(site_facts(name), options.draws, options.seed) for name in site_names()]
    head = (
        "# Survival curves of the synthetic sites, written by benchmarks/solve_generator.py; do not edit.\n"
        "# S(t | lp) = exp(-exp(log_rate) t^shape exp(lp)), t in days; S<day> is its mean over the patients of the\n"
        "# site, c_index the concordance of the true lp without censoring, loss_rate the losses per day.\n"
        f"\ndraws_per_site = {options.draws}\nseed = {options.seed}\n"
    )
    body = ["\n[[site]]\n" + "".join(f"{k} = {_written(v)}\n" for k, v in row.items()) for row in rows]
    write_text(head + "".join(body), TABLE)


def solve(site: Site, draws: int, seed: int) -> dict[str, str | float]:
    """Shape, log rate, rate of loss and what they imply, for one site."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, zlib.crc32(site.name.encode("utf-8")))))
    chunks = [draw_prognosis(site, rng, CHUNK) for _ in range(-(-draws // CHUNK))]
    lp = np.concatenate([c["lp"] for c in chunks])[:draws]
    index_day = np.concatenate([c["index_day"] for c in chunks])[:draws]
    hazard = np.exp(lp)
    target = site.raw["target"]
    # the mean survival falls with the cumulative baseline hazard, so each day fixes one
    early, late = (_baseline(hazard, target[f"S{day}"]) for day in (90, 365))
    shape = np.log(late / early) / np.log(365 / 90)
    log_rate = np.log(early) - shape * np.log(90)
    death = death_times(lp, rng.exponential(size=draws), shape, log_rate)
    closed = (accrual(site)[1] - index_day).astype(float)
    followed = np.minimum(death, closed)
    wanted = choices()["lost"][site.name]
    loss = brentq(lambda rate: np.mean(-np.expm1(-rate * followed)) - wanted, 1e-9, 0.1, xtol=1e-12)
    other = rng.permutation(lp)
    implied = {f"S{d}": np.mean(np.exp(-np.exp(log_rate) * d**shape * hazard)) for d in REPORTED_DAYS}
    return {
        "site": site.name,
        "shape": shape,
        "log_rate": log_rate,
        "loss_rate": loss,
        **implied,
        "median_days": np.median(death),
        "sd_lp": np.std(lp),
        "c_index": np.mean(1.0 / (1.0 + np.exp(-np.abs(lp - other)))),
        "dead": np.mean(death <= np.minimum(closed, rng.exponential(size=draws) / loss)),
    }


def _baseline(hazard: np.ndarray, survival: float) -> float:
    return brentq(lambda c: np.mean(np.exp(-c * hazard)) - survival, 1e-6, 10.0, xtol=1e-14)


def _written(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:.10g}"


if __name__ == "__main__":
    main()
