"""What a command is: the record that the command line is built from."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


def no_options(parser: argparse.ArgumentParser) -> None:
    """Of a command that is its name and nothing more."""


@dataclass(frozen=True)
class Command:
    """One command of `spinesurv`.

    Parameters
    ----------
    name : what is typed
    what : one sentence for the list of commands
    example : a line that works
    run : does it; what a command needs is imported when it runs, so that `--help` is there at once
    options : adds its options to the parser
    """

    name: str
    what: str
    example: str
    run: Callable[[argparse.Namespace], None]
    options: Callable[[argparse.ArgumentParser], None] = no_options
