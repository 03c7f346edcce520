"""`spinesurv check`: import a table, or several, and say what is in them."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.record import Command
from spinesurv.errors import InputError


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "tables",
        type=Path,
        nargs="+",
        metavar="table",
        help="table with canonical columns, mapping file, or with --mapping any table; of several each is checked, then all together",
    )
    parser.add_argument("--mapping", type=Path, help="mapping file (TOML) of one table")
    parser.add_argument(
        "--mixed-time-zero",
        action="store_true",
        help="allow several tables whose day 0 differs in one cohort",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("reports") / "check", help="folder of the audit (reports/check)"
    )


def _check(args: argparse.Namespace) -> None:
    from spinesurv.cohorts import check_table, check_tables

    if len(args.tables) == 1:
        print(check_table(args.tables[0], mapping=args.mapping, out=args.out))
        return
    if args.mapping is not None:
        raise InputError(
            "--mapping goes with one table. Of several tables give the mapping files in their place; each names its table (file in [table])."
        )
    print(check_tables(args.tables, out=args.out, mixed_time_zero=args.mixed_time_zero))


COMMAND = Command(
    "check",
    "Import a table, or several that are to be one cohort, and say what is in them.",
    "spinesurv check centre_a.csv --mapping centre_a.toml",
    _check,
    _options,
)
