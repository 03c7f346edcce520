"""REDCap data dictionary: fields with their form, choices, and whether they identify a person."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.text import text_lines
from spinesurv.errors import InputError

#: what is read -> heading of the file from the project page, heading of the same from the interface for programs
_HEADINGS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": (
        "Text Validation Type OR Show Slider Number",
        "text_validation_type_or_show_slider_number",
    ),
    "identifier": ("Identifier?", "identifier"),
    "note": ("Field Note", "field_note"),
}
#: place of each in the eighteen columns of a dictionary, in whatever language its headings are
_ORDER = {
    "name": 0,
    "form": 1,
    "kind": 3,
    "label": 4,
    "choices": 5,
    "note": 6,
    "validation": 7,
    "identifier": 10,
}
_KINDS = (
    "text", "notes", "dropdown", "radio", "checkbox", "calc", "yesno", "truefalse", "file", "slider", "descriptive", "sql",
)  # fmt: skip
_TAGS = re.compile(r"<[^<>]+>")
_OWN_CHOICES = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}


@dataclass(frozen=True)
class Field:
    """One field of a REDCap project; `choices`: code -> label."""

    name: str
    form: str
    kind: str
    label: str
    validation: str = ""
    identifier: bool = False
    choices: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def columns(self) -> list[str]:
        """Columns of the field in an export: one, or one per choice of a checkbox (`field___code`)."""
        if self.kind != "checkbox":
            return [self.name]
        return [f"{self.name}___{re.sub('[^a-z0-9]', '_', code.lower())}" for code in self.choices]

    def title(self, column: str) -> str:
        """What a column of the field holds: its label, of a box also the choice, and the note that often tells the unit."""
        chosen = [*self.choices.values()][self.columns.index(column)] if self.kind == "checkbox" else ""
        words = re.sub("<[^>]*>", " ", " ".join((self.label, chosen))).strip()
        return f"{words} ({self.note})" if self.note else words


def read_dictionary(path: Path, options: ReadOptions) -> list[Field]:
    """The fields of a data dictionary, in its order.

    Raises
    ------
    InputError
        No such file, or a heading is absent.
    """
    where = f"data dictionary {path.name}"
    if not path.is_file():
        raise InputError(
            f"{where}: there is no such file beside the mapping file. Check dictionary in [table]."
        )
    plain = ReadOptions(delimiter=",", encoding=options.encoding)
    rows = [row for _, row in text_lines(path.read_bytes(), plain, where)]
    header = [name.strip() for name in rows[0]] if rows else []
    place = _by_order(header, rows[1:])
    for key, names in () if place else _HEADINGS.items():
        at = [header.index(name) for name in names if name in header]
        if not at:
            raise InputError(
                f"{where}: there is no column {names[0]!r}. Download it again under Data Dictionary in REDCap, as CSV."
            )
        place[key] = at[0]
    if any(len(row) <= max(place.values()) for row in rows):
        raise InputError(f"{where}: some lines are shorter than the header. Download it again, as CSV.")
    return [_field({key: row[at].strip() for key, at in place.items()}) for row in rows[1:]]


def _by_order(header: list[str], rows: list[list[str]]) -> dict[str, int]:
    """Places by the order of a dictionary, whose headings are in another language: its types of fields are words of REDCap."""
    known = {name for names in _HEADINGS.values() for name in names}
    kinds = [row[_ORDER["kind"]] for row in rows if len(row) > _ORDER["kind"]]
    if known & set(header) or len(header) <= max(_ORDER.values()) or not kinds:
        return {}
    return dict(_ORDER) if all(kind in _KINDS for kind in kinds) else {}


def _field(raw: dict[str, str]) -> Field:
    choices = dict(_OWN_CHOICES.get(raw["kind"], {}))
    if raw["kind"] in ("radio", "dropdown", "checkbox"):
        for choice in raw["choices"].split("|"):
            code, comma, label = choice.partition(",")  # labels may hold commas: only the first divides
            if comma:
                choices[code.strip()] = _TAGS.sub("", label).strip()  # an export leaves them out
    return Field(
        raw["name"], raw["form"], raw["kind"], _TAGS.sub("", raw["label"]).strip(), raw["validation"],
        raw["identifier"].lower() in ("y", "yes"), choices, raw["note"],
    )  # fmt: skip
