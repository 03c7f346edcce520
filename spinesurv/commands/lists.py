"""`spinesurv scores`, `models` and `metrics`: what there is."""

from __future__ import annotations

import argparse

from spinesurv.commands.record import Command


def _options_scores(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--template", action="store_true", help="print the form for a point table that you enter from a paper"
    )


def _scores(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import point_table_form, scores_text

    print(point_table_form() if args.template else scores_text())


SCORES = Command(
    "scores",
    "List the point scores.",
    "spinesurv scores",
    _scores,
    _options_scores,
)


def _models(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import models_text

    print(models_text())


MODELS = Command(
    "models",
    "List the models.",
    "spinesurv models",
    _models,
)


def _metrics(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import metrics_text

    print(metrics_text())


METRICS = Command(
    "metrics",
    "List the measures.",
    "spinesurv metrics",
    _metrics,
)
