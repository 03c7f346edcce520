"""Where a table stands that a mapping file names: beside it, or among external tables that no project carries."""

from __future__ import annotations

import os
from pathlib import Path

from spinesurv.errors import InputError

VARIABLE = "SPINESURV_DATA"
EXTERNAL = Path("data") / "external"


def find_table(folder: Path, file: str) -> Path:
    """Path of a table named in a mapping file.

    Looked for beside the mapping file, then in the folder that the environment variable SPINESURV_DATA names,
    then in data/external/ of the working folder. A name without folder is expected beside the mapping file.

    Raises
    ------
    InputError
        A table with a folder in its name is in none of these places.
    """
    beside = folder / file
    if beside.exists() or len(Path(file).parts) == 1:
        return beside
    elsewhere = [Path(os.environ[VARIABLE])] if os.environ.get(VARIABLE) else []
    for place in [*elsewhere, EXTERNAL]:
        if (place / file).exists():
            return place / file
    raise InputError(
        f"table {file}: it is neither beside the mapping file, nor in the folder that {VARIABLE} names "
        f"({'set' if elsewhere else 'not set'}), nor in {EXTERNAL.as_posix()}/. Put it there, or set {VARIABLE}."
    )
