"""`spinesurv decide`: decision systems on every lesion of a table."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import table
from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    table(parser)
    parser.add_argument(
        "--cards", action="store_true", help="also a page per patient, in private/cards/ beside FILE"
    )
    parser.add_argument("--p-min", type=float, default=0.5, help="threshold of the survival gates (0.5)")
    parser.add_argument(
        "--gate-mode",
        choices=("ci", "point", "median"),
        default="ci",
        help="what a gate looks at: the interval (else uncertain), the estimate, or the median (ci)",
    )
    parser.add_argument(
        "--inclusive", action="store_true", help="a median equal to the horizon passes the gate"
    )
    parser.add_argument(
        "--grade-1c",
        choices=("low", "high", "indeterminate"),
        default="low",
        help="grade of compression 1c (low)",
    )
    parser.add_argument(
        "--potentially-unstable",
        choices=("both", "stable", "unstable", "collapse_rule"),
        default="both",
        help="SINS 7-12, which NOMS does not have (both)",
    )
    parser.add_argument(
        "--prior-rt",
        choices=("flag", "ignore", "treat_as_resistant"),
        default="flag",
        help="earlier radiotherapy of the level (flag)",
    )
    parser.add_argument(
        "--tolerance",
        choices=("entered", "nse2020"),
        default="entered",
        help="S of NOMS where nothing was entered: left open, or by ASA and ECOG (entered)",
    )
    parser.add_argument(
        "--assume-no-myelopathy",
        action="store_true",
        help="missing myelopathy is none where compression is low",
    )
    parser.add_argument(
        "--slow-growing-kidney", action="store_true", help="kidney counts as slow growing (en bloc)"
    )
    parser.add_argument("--out", type=Path, required=True, help="csv, xlsx or json file to write")


def _decide(args: argparse.Namespace) -> None:
    from spinesurv.decisions import DISCLAIMER, EMERGENCY
    from spinesurv.study.deciding import write_decisions

    told = write_decisions(
        args.table,
        args.out,
        mapping=args.mapping,
        cards=args.cards,
        p_min=args.p_min,
        gate_mode=args.gate_mode,
        inclusive=args.inclusive,
        grade_1c_policy=args.grade_1c,
        potentially_unstable_policy=args.potentially_unstable,
        prior_rt_policy=args.prior_rt,
        assume_no_myelopathy_if_low_grade=args.assume_no_myelopathy,
        tolerance_rule=args.tolerance,
        slow_growing_kidney=args.slow_growing_kidney,
    )
    print(f"{DISCLAIMER}\n{EMERGENCY}\n{told}")


COMMAND = Command(
    "decide",
    "Decision systems (SINS, ESCC, NOMS, survival gates) on every lesion of a table.",
    "spinesurv decide lesions.csv --out decisions.csv --cards",
    _decide,
    _options,
)
