"""REDCap exports: data with their dictionary, raw codes or labels, one row per record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.cells import plain_code
from spinesurv.cohorts.readers.content import Content
from spinesurv.cohorts.readers.header import Line
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.redcap_dictionary import Field, read_dictionary
from spinesurv.cohorts.readers.text import text_lines
from spinesurv.errors import InputError

EVENT, INSTRUMENT, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
GROUP = "redcap_data_access_group"
#: stands in a box of a form that nobody filled in; a gap with this reason
NOT_FILLED = "form not filled in"
_LABELS_OF_SYSTEM = {
    "Event Name": EVENT, "Repeat Instrument": INSTRUMENT, "Repeat Instance": INSTANCE, "Data Access Group": GROUP,
}  # fmt: skip
#: what a project writes for yes and no in another language
_YES_NO = dict.fromkeys(("ja", "oui", "sí", "si", "예", "네", "はい", "是"), "1") | dict.fromkeys(
    ("nein", "non", "nee", "아니오", "아니요", "いいえ", "否"), "0"
)
#: states of a form; it is not filled in under the first three
_STATES = ("", "0", "Incomplete", "1", "Unverified", "2", "Complete")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?")


def read_redcap(path: Path, options: ReadOptions, where: str) -> Content:
    """A CSV export and its data dictionary.

    Labels in the header or in the cells are turned back into names and codes. A box of a checkbox reads 1 or 0, and is a
    gap where no box of the field is ticked and its form is not complete. Several rows of a record (events, repeated
    forms) become one: of each column the first filled cell, in the order of `events`, and of repeated forms the
    `repeat` instance.

    Raises
    ------
    InputError
        No dictionary, columns that neither it nor REDCap knows in more than half of the header, or several rows per
        record without the rule that joins them.
    """
    if options.dictionary is None:
        raise InputError(
            f'{where}: a REDCap export is read with its data dictionary. Say dictionary = "dictionary.csv" in [table] of the '
            "mapping file."
        )
    dictionary = options.dictionary
    fields = read_dictionary(dictionary, options)
    options = replace(options, delimiter=options.delimiter or ",")
    lines_of_file = text_lines(path.read_bytes(), options, where)
    content = Content.of_lines(_named(lines_of_file, fields), options, where)
    cells = content.cells.copy()
    known = [c for f in fields for c in f.columns if c in cells]
    if 2 * len(known) < sum(not name.startswith("redcap_") for name in cells.columns):
        raise InputError(
            f"{where}: the dictionary knows {len(known)} of its {len(cells.columns)} columns. Check that both belong to the same "
            "project."
        )
    findings: list[Finding] = []
    labels: dict[str, dict[str, str]] = {}
    for of in fields:
        for name, code in zip(of.columns, of.choices if of.kind == "checkbox" else (of.name,), strict=True):
            if name not in cells:
                continue
            if of.kind == "checkbox":
                cells[name], stray = _box(cells[name], label=of.choices[code])
                labels[name] = {"1": "Yes", "0": "No"}
                findings += _stray(name, stray)
            elif of.choices:
                cells[name], stray = _codes(cells[name], of)
                labels[name] = of.choices
                findings += _stray(name, stray)
            elif of.validation.startswith("date"):
                findings += _reformatted(name, cells[name])
    cells, lines, joined = _one_row(cells, content.lines, fields, options, where)
    findings += joined
    gaps = {}
    for of in fields:
        boxes = [name for name in of.columns if name in cells]
        if of.kind == "checkbox" and boxes and f"{of.form}_complete" in cells:
            state = cells[f"{of.form}_complete"]
            incomplete = state.isin(_STATES[:3])
            findings += _unknown_state(f"{of.form}_complete", int((~state.isin(_STATES)).sum()))
            empty = incomplete & cells[boxes].isin(["0", ""]).all(axis=1)
            for name in boxes:
                cells[name] = cells[name].mask(empty, NOT_FILLED)
                gaps[name] = {NOT_FILLED: NOT_FILLED}
    if GROUP in cells:
        findings.append(
            Finding(
                "access_group", NOTE, f"{GROUP} is there; it is usually the hospital.",
                f'Use it as site in [table] (site = {{ from = "{GROUP}" }}) if it is.', GROUP,
            )
        )  # fmt: skip
    return Content.of_cells(
        cells,
        lines,
        labels=labels,
        gaps=gaps,
        titles={c: f.title(c) for f in fields for c in f.columns if c in cells},
        identifiers=tuple(c for f in fields if f.identifier for c in f.columns if c in cells),
        typed=True,
        findings=tuple(findings),
        further=(dictionary,),
    )


def _named(lines: Iterator[Line], fields: list[Field]) -> Iterator[Line]:
    """The lines, labels in the first one turned into names."""
    for at, header in islice(lines, 1):
        yield at, _names([cell.strip() for cell in header], fields)
    yield from lines


def _names(header: list[str], fields: list[Field]) -> list[str]:
    """Names for a header of labels; names stay.

    A label that several fields have is told by its order, where all of them are there. "Complete?", which every form has, belongs
    to the form of the field before it.
    """
    form_of = {c: f.form for f in fields for c in f.columns}
    labels = {label: [name] for label, name in _LABELS_OF_SYSTEM.items()}
    for of in fields:
        if of.kind != "checkbox":
            labels.setdefault(of.label, []).append(of.name)
        for column, label in (
            zip(of.columns, of.choices.values(), strict=False) if of.kind == "checkbox" else ()
        ):
            labels.setdefault(f"{of.label} (choice={label})", []).append(column)
    found: list[str] = []
    form = ""
    for at, name in enumerate(header):
        those = labels.get(name, [])
        if name not in form_of and header.count(name) == len(those):
            name = those[header[:at].count(name)]
        elif name == "Complete?" and form:
            name = f"{form}_complete"
        form = form_of.get(name, form)
        found.append(name)
    return found


def _box(cells: pd.Series, *, label: str) -> tuple[pd.Series, int]:
    """A box: 1 ticked, 0 not; a label export writes the label, or nothing. And how many cells are neither: they stay as they are."""
    read = {plain_code(label): "1", "0": "0", "": "0", "Unchecked": "0", "1": "1", "Checked": "1"}
    written = cells.map({v: plain_code(v) for v in cells.unique()})
    stray = ~written.isin(list(read))
    return written.map(read).where(~stray, cells), int(stray.sum())


def _codes(cells: pd.Series, of: Field) -> tuple[pd.Series, int]:
    """Codes; where the cells are labels, back to codes. And how many cells are neither, among them labels of two choices."""
    choices = of.choices
    if not set(cells.unique()) <= {"", *choices}:
        # "1.0" is the code "1": a spreadsheet or a program opened the export and saved it
        known = {plain_code(code): code for code in choices}
        cells = cells.map({v: v if v in choices else known.get(plain_code(v), v) for v in cells.unique()})
    filled = cells[cells != ""]
    count = Counter(choices.values())
    back = {label: code for code, label in choices.items() if count[label] == 1}
    if of.kind == "yesno":
        back |= {v: _YES_NO[v.lower()] for v in filled.unique() if v.lower() in _YES_NO}
    if (
        not filled.isin(list(choices)).all()
        and filled.isin(list(choices)).sum() < filled.isin(list(back)).sum()
    ):
        cells = cells.map({v: back.get(v, v) for v in cells.unique()})
        filled = cells[cells != ""]
    return cells, int((~filled.isin(list(choices))).sum())


def _stray(name: str, count: int) -> Iterator[Finding]:
    if count:
        yield Finding(
            "not_in_dictionary", NEEDS_AN_ANSWER, f"{count} cells of {name} hold no choice of the dictionary.",
            "Are they missing-data codes of the project? Name them in missing, with their reason.", name, count=count,
        )  # fmt: skip


def _unknown_state(name: str, count: int) -> Iterator[Finding]:
    if count:
        yield Finding(
            "form_state_unknown", NEEDS_AN_ANSWER, f"{count} cells of {name} are no state of a form that is known here (0, 1, 2 or English words).",
            "Whether its boxes are no, or the form was never filled in, cannot be told: export raw values.", name, count=count,
        )  # fmt: skip


def _reformatted(name: str, cells: pd.Series) -> Iterator[Finding]:
    # a word without any figure is a missing-data code of the project, and no date
    dated = cells.map({v: any(c.isdigit() for c in v) and not _ISO_DATE.fullmatch(v) for v in cells.unique()})
    other = int(dated.sum())
    if other:
        yield Finding(
            "dates_rewritten", NEEDS_AN_ANSWER,
            f"{other} dates of {name} are not written as REDCap writes them (YYYY-MM-DD).",
            "Was the export opened and saved in a spreadsheet? Export it again and leave it unopened.", name, count=other,
        )  # fmt: skip


def _one_row(
    cells: pd.DataFrame, lines: pd.Series, fields: list[Field], options: ReadOptions, where: str
) -> tuple[pd.DataFrame, pd.Series, list[Finding]]:
    """One row per record; the record is the first field of the dictionary."""
    system = [name for name in (EVENT, INSTRUMENT, INSTANCE) if name in cells]
    record = fields[0].name
    if record not in cells:
        raise InputError(f"{where}: the record identifier {record} is not in the export. Export it too.")
    several = cells[record].duplicated(keep=False)
    if not system or not several.any():
        return cells.drop(columns=system), lines, []
    blank = pd.Series("", index=cells.index, dtype=object)
    event, form = cells.get(EVENT, blank), cells.get(INSTRUMENT, blank)
    instance = pd.to_numeric(cells.get(INSTANCE, blank), errors="coerce").fillna(0)
    events = options.events or tuple(dict.fromkeys(event))
    unknown = [name for name in options.events if name not in set(event)]
    count = cells.loc[several, record].nunique()
    if unknown or (not options.events and len(set(event)) > 1):
        raise InputError(
            f"{where}: {count} records have rows of several events. Say in [table] which ones are joined, in the order in which "
            f'a filled cell wins: events = ["..."]. Known: {", ".join(sorted(set(event)))}.'
        )
    if form.ne("").any() and options.repeat is None:
        raise InputError(
            f"{where}: {int(form.ne('').sum())} rows are repeats of a form. Say in [table] which instance is meant: "
            'repeat = "first" or "last".'
        )
    order = pd.DataFrame(
        {
            "event": event.map({name: at for at, name in enumerate(events)}).fillna(len(events)),
            "repeated": form.ne(""),
            "instance": -instance if options.repeat == "last" else instance,
        }
    )
    rows = order.sort_values(["event", "repeated", "instance"], kind="stable").index
    values = cells.drop(columns=system).replace("", np.nan).infer_objects()
    values.loc[order["event"] == len(events), values.columns.difference([record, GROUP])] = np.nan
    differ = (
        values[~order["repeated"]].groupby(values[record], sort=False).nunique().drop(columns=record) > 1
    ).sum()
    grouped = values.loc[rows].groupby(record, sort=False, as_index=False).first()
    one = grouped.set_index(record).loc[list(dict.fromkeys(cells[record]))].reset_index()
    one = one[values.columns].astype(object).where(lambda v: v.notna(), "")
    findings = [
        Finding(
            "rows_joined", NOTE, f"{len(cells)} rows became {len(one)} records: of each column the first filled cell.",
            "Check the order of events, and that first or last instance is what you want.", count=len(cells),
        )
    ]  # fmt: skip
    findings += [
        Finding(
            "events_disagree", NEEDS_AN_ANSWER, f"{name} differs between events of the same record in {int(n)} records.",
            "The first event in the list won; name another order, or only the event that is meant.", str(name), count=int(n),
        )
        for name, n in differ.items()
        if n and not str(name).endswith("_complete")
    ]  # fmt: skip
    first = pd.Series(lines.to_numpy(), index=cells[record]).groupby(level=0, sort=False).first()
    return one, first.loc[list(one[record])].reset_index(drop=True), findings
