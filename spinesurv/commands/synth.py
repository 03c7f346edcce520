"""`spinesurv synth`: write a synthetic multi-institutional cohort."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import positive
from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patients", type=positive, default=4304, help="number of patients (4304)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same patients (1)")
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--truth", type=Path, help="CSV file for the true survival and the blanked values")


def _synth(args: argparse.Namespace) -> None:
    from spinesurv.cohorts import write_synthetic

    write_synthetic(args.out, patients=args.patients, seed=args.seed, truth_path=args.truth)
    print(args.out)


COMMAND = Command(
    "synth",
    "Write a synthetic multi-institutional cohort.",
    "spinesurv synth --patients 500 --seed 1 --out cohort.csv --truth truth.csv",
    _synth,
    _options,
)
