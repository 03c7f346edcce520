"""`spinesurv template`: write an empty cohort table to fill in."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import names
from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", default="xlsx", choices=("xlsx", "redcap"), help="workbook, or REDCap dictionary (xlsx)"
    )
    parser.add_argument("--scores", help="only what these scores read, keys separated by commas")
    parser.add_argument("--all", action="store_true", help="every variable of the codebook")
    parser.add_argument(
        "--follow-up", default="dates", choices=("dates", "days"), help="how follow-up is entered (dates)"
    )
    parser.add_argument("--out", type=Path, required=True, help="xlsx file to write, or csv for REDCap")


def _template(args: argparse.Namespace) -> None:
    from spinesurv.cohorts.template import write_template

    scores = names(args.scores) or ()
    print(
        write_template(
            args.out, format=args.format, scores=scores, everything=args.all, follow_up=args.follow_up
        )
    )


COMMAND = Command(
    "template",
    "Write an empty cohort table to fill in.",
    "spinesurv template --out cohort.xlsx",
    _template,
    _options,
)
