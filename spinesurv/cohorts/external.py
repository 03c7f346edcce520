"""Where a table stands that a mapping file names: beside it, or among external tables that no project carries."""

from __future__ import annotations

import os
from pathlib import Path

from spinesurv.errors import InputError

VARIABLE = "SPINESURV_DATA"
EXTERNAL = Path("data") / "external"


def find_table(beside: Path, folder: Path) -> Path:
    """The table that a mapping file names, wherever it stands.

    Looked for at `beside` (relative to the mapping file), then under its name relative to `folder` in the place that
    the environment variable SPINESURV_DATA names, then in data/external/ of the working folder. A bare file
    name is expected beside the mapping file.

    Raises
    ------
    InputError
        A table with a folder in its name is in none of these places.
    """
    file = beside.relative_to(folder) if beside.is_relative_to(folder) else beside
    if beside.exists() or file.is_absolute() or len(file.parts) == 1:
        return beside
    elsewhere = [Path(os.environ[VARIABLE])] if os.environ.get(VARIABLE) else []
    for place in [*elsewhere, EXTERNAL]:
        if (place / file).exists():
            return place / file
    raise InputError(
        f"table {file.as_posix()}: it is neither beside the mapping file, nor in the folder that {VARIABLE} names "
        f"({'set' if elsewhere else 'not set'}), nor in {EXTERNAL.as_posix()}/. Put it there, or set {VARIABLE}."
    )
