"""`spinesurv explain`: tell what a score, model, measure or decision system is."""

from __future__ import annotations

import argparse

from spinesurv.commands.record import Command


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="key of a score, model, measure or decision system")


def _explain(args: argparse.Namespace) -> None:
    from spinesurv.study.catalogue import explain

    print(explain(args.name))


COMMAND = Command(
    "explain",
    "Tell what a score, model, measure or decision system is.",
    "spinesurv explain tomita",
    _explain,
    _options,
)
