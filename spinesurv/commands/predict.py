"""`spinesurv predict`: predict every row of a table with a saved model."""

from __future__ import annotations

import argparse
from pathlib import Path

from spinesurv.commands.arguments import days, positive, table
from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="model file, as a study writes it to models/<key>.json")
    table(parser)
    parser.add_argument(
        "--horizons",
        type=days,
        help="days separated by commas (30,90,180,365, as far as the model has them)",
    )
    parser.add_argument(
        "--outside",
        choices=("flag", "trim"),
        default="flag",
        help="numbers outside the training range: name them, or also bring them to its end (flag)",
    )
    parser.add_argument(
        "--impute",
        type=positive,
        default=0,
        metavar="COPIES",
        help="fill gaps in so many copies with the imputer of the file, where it holds one (no gap is filled)",
    )
    parser.add_argument("--out", type=Path, required=True, help="csv or xlsx file to write")


def _predict(args: argparse.Namespace) -> None:
    from spinesurv.study.predict import write_predictions

    print(
        write_predictions(
            args.model,
            args.table,
            args.out,
            mapping=args.mapping,
            horizons_days=args.horizons,
            outside=args.outside,
            impute=args.impute,
        )
    )


COMMAND = Command(
    "predict",
    "Predict every row of a table with a saved model.",
    "spinesurv predict reports/demo/models/cox.json cohort.csv --out predictions.csv",
    _predict,
    _options,
)
