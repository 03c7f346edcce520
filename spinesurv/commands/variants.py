"""`spinesurv variants`: how many patients each variant and option of a score moves."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import table
from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("score", help="key of a score, or a definition file")
    table(parser)
    parser.add_argument("--out", type=Path, help="csv or xlsx file to write as well")


def _variants(args: argparse.Namespace) -> None:
    from spinesurv.study.scoring import variants_text

    print(variants_text(args.score, args.table, mapping=args.mapping, out=args.out))


COMMAND = Command(
    "variants",
    "How many patients each variant and option of a score moves.",
    "spinesurv variants nesms cohort.csv",
    _variants,
    _options,
)
