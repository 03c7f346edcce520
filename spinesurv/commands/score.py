"""`spinesurv score`: point scores of every row of a table."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import names, table
from spinesurv.commands.record import Command
from spinesurv.errors import InputError


def _options(parser: argparse.ArgumentParser) -> None:
    table(parser)
    parser.add_argument(
        "--scores",
        help="keys, key.variant or definition files, separated by commas (all that give totals; provisional ones are marked)",
    )
    parser.add_argument(
        "--totals",
        help="totals that you have worked out, for their groups: score=column, separated by commas",
    )
    parser.add_argument("--items", action="store_true", help="also the points of each item")
    parser.add_argument("--out", type=Path, required=True, help="csv or xlsx file to write")


def _pair(text: str) -> tuple[str, str]:
    key, equals, column = text.partition("=")
    if not equals or not key or not column:
        raise InputError(f"--totals {text}: score=column is expected.")
    return key.strip(), column.strip()


def _score(args: argparse.Namespace) -> None:
    from spinesurv.study.scoring import write_scores

    keys = names(args.scores)
    totals = dict(_pair(entry) for entry in names(args.totals) or ())
    print(
        write_scores(args.table, args.out, mapping=args.mapping, keys=keys, items=args.items, totals=totals)
    )


COMMAND = Command(
    "score",
    "Point scores of every row of a table.",
    "spinesurv score cohort.csv --out scores.csv",
    _score,
    _options,
)
