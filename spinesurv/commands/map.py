"""`spinesurv map`: propose a mapping file for a table."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", type=Path, help="table as it came")
    parser.add_argument("--sheet", help="of a workbook with several")
    parser.add_argument(
        "--dictionary", type=Path, help="data dictionary of a REDCap export, or SAS catalogue of labels"
    )
    parser.add_argument("--out", type=Path, default=Path("mapping.toml"), help="file to write (mapping.toml)")


def _map(args: argparse.Namespace) -> None:
    from spinesurv.cohorts.proposal import write_mapping

    print(write_mapping(args.table, args.out, sheet=args.sheet, dictionary=args.dictionary))


COMMAND = Command(
    "map",
    "Propose a mapping file for a table.",
    "spinesurv map centre_a.csv --out centre_a.toml",
    _map,
    _options,
)
