"""The command line: `spinesurv COMMAND`, the same as `python -m spinesurv COMMAND`.

Exit codes: 0 done, 1 the input is at fault, 2 wrong usage, 3 a fault of ours.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from spinesurv import __version__
from spinesurv.commands import COMMANDS
from spinesurv.commands.told import RESEARCH_USE
from spinesurv.errors import SpinesurvError, kept_trace


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    args = parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a window or a log whose encoding lacks a letter (a Korean column name on a Western Windows) gets its number instead
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        args.command(args)
    except SpinesurvError as error:
        print(f"spinesurv: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has gone, as in `spinesurv scores | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("spinesurv: stopped. Finished jobs are kept; continue with --resume.", file=sys.stderr)
        return 130
    except Exception as error:
        print(
            f"spinesurv: this is a fault of spinesurv, not of your input. Details: {kept_trace(error)}",
            file=sys.stderr,
        )
        return 3
    return 0


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="spinesurv",
        description="Which prognosis to trust for a patient with spinal metastasis. " + RESEARCH_USE,
        epilog="Start with:  spinesurv demo",
    )
    top.add_argument("--version", action="version", version=f"spinesurv {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.what,
            description=f"{command.what} {RESEARCH_USE}",
            epilog=f"example:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.options(sub)
        sub.set_defaults(command=command.run)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
