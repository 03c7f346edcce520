"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def running(parser: argparse.ArgumentParser) -> None:
    """Options of a command that runs a study."""
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1, help="workers; results do not depend on it"
    )
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run of the same study")
    parser.add_argument(
        "--force", action="store_true", help="overwrite a folder that belongs to another study"
    )
    parser.add_argument(
        "--private",
        action="store_true",
        help="also keep imputers with donors, who are training patients, in private/models/",
    )


def table(parser: argparse.ArgumentParser) -> None:
    """A table of patients or lesions, and how it is read."""
    parser.add_argument("table", type=Path, help="table with canonical columns, or with --mapping any table")
    parser.add_argument("--mapping", type=Path, help="mapping file (TOML)")


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number of 1 or more is expected")
    return value


def days(text: str) -> list[int]:
    """Days separated by commas."""
    found = [positive(part) for part in text.split(",") if part.strip()]
    if not found:
        raise argparse.ArgumentTypeError("days separated by commas are expected")
    return found


def names(text: str | None) -> list[str] | None:
    """Names separated by commas; None where nothing was given."""
    return [word.strip() for word in text.split(",") if word.strip()] if text else None
