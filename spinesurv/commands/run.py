"""`spinesurv run` and `spinesurv demo`: a whole study."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spinesurv.commands.arguments import running
from spinesurv.commands.record import Command
from spinesurv.commands.told import tell

if TYPE_CHECKING:
    from spinesurv.study import Study


def _announce(study: Study, args: argparse.Namespace) -> None:
    result = study.run(
        args.out,
        n_workers=args.jobs,
        resume=args.resume,
        force=args.force,
        private=args.private,
        progress=True,
    )
    print(f"jobs: {result.executed} run, {result.total - result.executed} found finished")
    tell(result)


def _options_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=Path("reports") / "demo", help="folder of results (reports/demo)"
    )
    running(parser)


def _demo(args: argparse.Namespace) -> None:
    from spinesurv.study import Study

    _announce(Study.demo(), args)


DEMO = Command(
    "demo",
    "Run the embedded study on the embedded cohort.",
    "spinesurv demo --out my_demo",
    _demo,
    _options_demo,
)


def _options_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", type=Path, help="study file (TOML)")
    parser.add_argument("--out", type=Path, help="folder of results (reports/<name of the study>)")
    running(parser)


def _run(args: argparse.Namespace) -> None:
    from spinesurv.study import Study

    _announce(Study.read(args.study), args)


RUN = Command(
    "run",
    "Run a whole study.",
    "spinesurv run study.toml --out reports/mine --jobs 2",
    _run,
    _options_run,
)
