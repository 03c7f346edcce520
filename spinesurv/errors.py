"""The errors a user can meet. Each message says where, what was found, what is allowed, what to do.

No message holds a patient's values: counts, ranges of columns, names of columns and levels only.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from spinesurv import __version__


class SpinesurvError(Exception):
    """Everything that spinesurv raises on purpose."""


class InputError(SpinesurvError, ValueError):
    """The input is at fault: a file, a table, a study, an argument. The command line ends with code 1."""


class UnknownNameError(InputError):
    """A name that no registry or codebook knows. Use `unknown_name` to build it."""


class NotFittedError(SpinesurvError, ValueError):
    """Something was asked of a model, score or imputer that has not learned yet."""


class IncompleteDefinitionError(InputError):
    """A score or model that cannot be computed because its publication could not be read completely."""


class BeyondFollowUpError(InputError):
    """A day was asked for at which nobody is under observation any more."""


#: names of which a message does not list all, where it can name the nearest
_LONG = 100


def unknown_name(what: str, name: object, known: Iterable[str], *, where: str = "") -> UnknownNameError:
    """Error for an unknown name, with the nearest known ones first and the list of all after them.

    Where there is a near one, a long list is left out: nobody finds a name among a hundred.
    """
    names = sorted(str(k) for k in known)
    near = get_close_matches(str(name), names, n=3, cutoff=0.6)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    too_long = near and len(names) > _LONG
    listed = f"{len(names)} names are known" if too_long else f"Known: {', '.join(names)}"
    place = f"{where}: " if where else ""
    return UnknownNameError(f"{place}unknown {what} {str(name)!r}.{hint} {listed}.")


def kept_trace(error: BaseException) -> Path:
    """Write where an unforeseen error arose. Its message is left out: it might quote a patient."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    python = sys.version.split()[0]
    text = f"spinesurv {__version__}, Python {python}\n{frames}{type(error).__name__} (message left out)\n"
    path = Path(tempfile.gettempdir()) / f"spinesurv-error-{os.getpid()}.txt"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
