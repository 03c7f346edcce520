"""`spinesurv check`: import a table and say what is in it."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import table
from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    table(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("reports") / "check", help="folder of the audit (reports/check)"
    )


def _check(args: argparse.Namespace) -> None:
    from spinesurv.cohorts import check_table

    print(check_table(args.table, mapping=args.mapping, out=args.out))


COMMAND = Command(
    "check",
    "Import a table and say what is in it.",
    "spinesurv check centre_a.csv --mapping centre_a.toml",
    _check,
    _options,
)
