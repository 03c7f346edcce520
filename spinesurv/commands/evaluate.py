"""`spinesurv evaluate`: judge predictions that somebody made."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import days, names
from spinesurv.commands.record import Command
from spinesurv.commands.told import tell


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "predictions",
        type=Path,
        help="patient_id, time_days, event (or dead_by_<day>), and <model>@<day>; or one row per model, patient and day",
    )
    parser.add_argument("--horizons", type=days, required=True, help="days separated by commas")
    parser.add_argument("--site", help="column with the site (site, where there is one)")
    parser.add_argument(
        "--values",
        default="survival",
        choices=("survival", "death"),
        help="what the probabilities are of: being alive by the day, or having died (survival)",
    )
    parser.add_argument("--metrics", help="keys of `spinesurv metrics` separated by commas")
    parser.add_argument("--reference", default="", help="model with which every other is compared (none)")
    parser.add_argument("--delimiter", help="what separates cells (comma, or tab in a tsv)")
    parser.add_argument(
        "--decimal", default=".", choices=(".", ","), metavar="SIGN", help="decimal sign, . or , (.)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of results")
    parser.add_argument(
        "--force", action="store_true", help="overwrite a folder that belongs to something else"
    )


def _evaluate(args: argparse.Namespace) -> None:
    from spinesurv.cohorts import ReadOptions
    from spinesurv.study.given import judge_predictions

    result = judge_predictions(
        args.predictions,
        args.out,
        horizons_days=args.horizons,
        site=args.site,
        values=args.values,
        metrics=names(args.metrics),
        reference=args.reference,
        options=ReadOptions(delimiter=args.delimiter, decimal=args.decimal),
        force=args.force,
    )
    tell(result)


COMMAND = Command(
    "evaluate",
    "Judge predictions that somebody made.",
    "spinesurv evaluate predictions.csv --horizons 90,365 --out judged",
    _evaluate,
    _options,
)
