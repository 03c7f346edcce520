"""An empty cohort table to fill in: a workbook with drop-downs, or a REDCap data dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spinesurv.cohorts.template.fields import fields
from spinesurv.cohorts.template.redcap import dictionary_text
from spinesurv.cohorts.template.workbook import workbook
from spinesurv.errors import InputError, unknown_name

FORMATS = {"xlsx": ".xlsx", "redcap": ".csv"}


def write_template(
    path: str | Path,
    *,
    format: str = "xlsx",
    scores: Sequence[str] = (),
    everything: bool = False,
    follow_up: str = "dates",
) -> str:
    """Write a template; says what is in it. Filled in, it is imported without a mapping.

    Parameters
    ----------
    path : file to write; one that is there already may hold patients and is never overwritten
    format : "xlsx" (workbook) or "redcap" (data dictionary, CSV)
    scores, everything, follow_up : which columns, see `fields`

    Raises
    ------
    InputError
        The file is there already, its ending is not that of the format, its folder does not exist, an unknown score.
    """
    path = Path(path)
    if format not in FORMATS:
        raise unknown_name("format of a template", format, FORMATS, where="template")
    if path.suffix.lower() != FORMATS[format]:
        other = next((name for name, ending in FORMATS.items() if ending == path.suffix.lower()), None)
        hint = f", or say --format {other}" if other else ""
        raise InputError(
            f"template {path.name}: the format {format} is written to a file that ends in {FORMATS[format]}. Name it so{hint}."
        )
    if path.exists():
        raise InputError(
            f"template {path.name}: the file is there already and may hold patients. Choose another name, or move it away."
        )
    if not path.parent.is_dir():
        raise InputError(f"template {path.name}: there is no folder {path.parent.name}/. Make it first.")
    columns = fields(scores=scores, everything=everything, follow_up=follow_up)
    if format == "redcap":
        path.write_text(dictionary_text(columns), encoding="utf-8", newline="\n")
    else:
        workbook(columns).save(path)
    return f"{path}: {len(columns)} columns. Filled in, it needs no mapping:  spinesurv check FILE"
