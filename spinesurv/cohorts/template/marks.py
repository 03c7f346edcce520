"""Marks by which an import knows a filled template: names of its sheets, identifier of its example row."""

from __future__ import annotations

from collections.abc import Collection

#: identifier of the example row, in any case; no patient is called so
EXAMPLE = "EXAMPLE"
EXAMPLE_ROW = "example row of the template"

PATIENTS, HOW_TO, CODEBOOK, TUMOURS, LISTS = "patients", "how to fill", "codebook", "primary tumours", "lists"


def patients_sheet(names: Collection[str]) -> str | None:
    """The sheet of patients, where these are the sheets of a template; None in any other workbook."""
    return PATIENTS if {PATIENTS, HOW_TO, CODEBOOK, LISTS} <= set(names) else None


def is_example(identifier: object) -> bool:
    """Whether a row with this identifier is the example row."""
    return str(identifier).strip().upper() == EXAMPLE
