"""A template as a REDCap data dictionary."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from spinesurv.cohorts.template.fields import SECTIONS, Field
from spinesurv.core.codebook import codebook

#: the 18 columns of a data dictionary, in the order in which REDCap reads them
DICTIONARY_COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name",
    "Matrix Ranking?", "Field Annotation",
)  # fmt: skip

#: fields that are only asked where another has an answer
_ONLY_IF = {"death_date": "[event] = '1'", "cause": "[event] = '1'"}
_REQUIRED = ("patient_id", "site", "event")


def dictionary_text(fields: Sequence[Field]) -> str:
    """The dictionary as CSV. A raw export of the project has the names and codes of the codebook and needs no mapping.

    The record identifier comes first, as REDCap asks. Yes/no fields are stored as 1 and 0, choices under the level of the
    codebook, dates as YYYY-MM-DD.
    """
    ordered = sorted(fields, key=lambda field: field.key != "patient_id")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(DICTIONARY_COLUMNS)
    heading = ""
    for field in ordered:
        row = _row(field)
        if field.section != heading:
            row["Section Header"], heading = SECTIONS[field.section], field.section
        writer.writerow([row.get(column, "") for column in DICTIONARY_COLUMNS])
    return text.getvalue()


def _row(field: Field) -> dict[str, str]:
    variable = field.variable
    row = {
        "Variable / Field Name": field.key,
        "Form Name": field.section.replace(" ", "_"),
        "Field Type": "text",
        "Field Label": variable.heading,
        "Field Note": _plain(variable.note),
        "Branching Logic (Show field only if...)": _ONLY_IF.get(field.key, ""),
        "Required Field?": "y" if field.key in _REQUIRED else "",
    }
    if variable.kind == "yes_no":
        row["Field Type"] = "yesno"
    elif variable.levels:
        row["Field Type"] = "dropdown"
        words = ((level, _plain(_words(field.key, level))) for level in variable.levels)
        row["Choices, Calculations, OR Slider Labels"] = " | ".join(
            f"{level}, {word}" for level, word in words
        )
    elif variable.kind == "date":
        row["Text Validation Type OR Show Slider Number"] = "date_ymd"
    elif variable.is_numeric:
        row["Text Validation Type OR Show Slider Number"] = "integer" if variable.is_whole else "number"
        row["Text Validation Min"] = "" if variable.lowest is None else f"{variable.lowest:g}"
        row["Text Validation Max"] = "" if variable.highest is None else f"{variable.highest:g}"
    elif variable.kind == "text":
        row["Field Type"] = "notes"
    return row


def _words(key: str, level: str) -> str:
    if key == "event":
        return {"0": "Alive at last contact", "1": "Died"}[level]
    return codebook().level_label(key, level)


def _plain(text: str) -> str:
    """Without the bar, which separates choices."""
    return text.replace("|", "/").replace("\n", " ")
