"""A template as an Excel workbook: a sheet of patients with drop-downs, how to fill it, the codebook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from spinesurv.cohorts.template.fields import SECTIONS, Field
from spinesurv.cohorts.template.marks import CODEBOOK, EXAMPLE, HOW_TO, LISTS, PATIENTS, TUMOURS
from spinesurv.core.codebook import codebook
from spinesurv.core.research_use import RESEARCH_USE

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

#: heading of a column -> colour of its name, and of its example
_COLOURS = {
    "who": ("44546A", "E7EAEE"),
    "outcome": ("9C5700", "FBEFDD"),
    "at time zero": ("2F6B4F", "E6F1EB"),
    "index lesion": ("1F5C7A", "E3EFF5"),
    "decision": ("6B4C8A", "EFE9F5"),
    "after time zero": ("8A3B3B", "F7E8E8"),
}
_LAST_ROW = 5000
_HOW_TO = (
    "One row per patient on the sheet 'patients'. Its columns are the variables of the codebook; do not rename them.",
    "Row 2 is an example. It is recognised by its identifier EXAMPLE and left out; delete it or let it stand.",
    "site and patient_id together say who it is. A number that only your hospital can trace; never a name, a birth date or "
    "a record number.",
    "An empty cell means: not known. Never write 0, 9, 99 or -1 for it. Not looked for is not known; no is: looked for, absent.",
    "Cells with an arrow take one of the listed words. A number outside the plausible range is refused when it is typed: look "
    "at the unit, it stands in the note of the column.",
    "Dates as dates (or as text YYYY-MM-DD). event is 1 where the patient died, 0 where alive at the last contact. Survivors "
    "need the date of their last contact as much as the dead need that of their death.",
    "Columns that you cannot fill may stay empty or be deleted. Columns of your own may be added to the right: they are kept and "
    "not used.",
    "Then:  spinesurv check FILE.xlsx",
)


def workbook(fields: Sequence[Field]) -> Workbook:
    """The workbook of these columns."""
    from openpyxl import Workbook

    book = Workbook()
    lists = _lists(book, fields)
    _patients(book.active, fields, lists)
    _how_to(book.create_sheet(HOW_TO, 1), fields)
    _codebook(book.create_sheet(CODEBOOK, 2), fields)
    _tumours(book.create_sheet(TUMOURS, 3))
    return book


def _lists(book: Workbook, fields: Sequence[Field]) -> dict[tuple[str, ...], str]:
    """The hidden sheet that the drop-downs read; levels -> their cells."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    cells: dict[tuple[str, ...], str] = {}
    for field in fields:
        if not field.levels or field.levels in cells:
            continue
        letter = get_column_letter(len(cells) + 1)
        for row, level in enumerate(field.levels, start=1):
            sheet[f"{letter}{row}"] = int(level) if field.variable.is_numeric else level
        cells[field.levels] = f"{LISTS}!${letter}$1:${letter}${len(field.levels)}"
    return cells


def _patients(sheet: Any, fields: Sequence[Field], lists: dict[tuple[str, ...], str]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet.title = PATIENTS
    sheet.freeze_panes = "C2"
    sheet.row_dimensions[1].height = 22
    for at, field in enumerate(fields, start=1):
        letter = get_column_letter(at)
        dark, light = _COLOURS[field.section]
        column = sheet.column_dimensions[letter]
        column.width = max(13, 1.15 * len(field.key) + 3)
        column.number_format = _format(field)
        head = sheet.cell(1, at, field.key)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor=dark)
        head.alignment = Alignment(horizontal="center", vertical="center")
        note = [field.variable.heading, f"Allowed: {field.allowed}.", field.variable.note]
        head.comment = Comment("\n".join(filter(None, note)), "spinesurv", height=150, width=330)
        example = sheet.cell(2, at, _example(field))
        example.font = Font(italic=True, color="7F7F7F")
        example.fill = PatternFill("solid", fgColor=light)
        example.number_format = _format(field)
        check = _validation(field, lists)
        if check is not None:
            sheet.add_data_validation(check)
            check.add(f"{letter}2:{letter}{_LAST_ROW}")
    twice = FormulaRule(
        formula=[f'AND($B2<>"",COUNTIFS($A$2:$A${_LAST_ROW},$A2,$B$2:$B${_LAST_ROW},$B2)>1)'],
        fill=PatternFill("solid", bgColor="F4B6B6"),
    )
    sheet.conditional_formatting.add(f"A2:B{_LAST_ROW}", twice)


def _format(field: Field) -> str:
    """Text stays text ("007", "1c"), dates show as YYYY-MM-DD."""
    if field.variable.kind == "date":
        return "yyyy-mm-dd"
    return "General" if field.variable.is_numeric else "@"


def _example(field: Field) -> Any:
    if field.section == "who":
        return EXAMPLE
    if field.variable.kind == "date":
        return date.fromisoformat(field.shown)
    return float(field.shown) if field.variable.is_numeric else field.shown or None


def _validation(field: Field, lists: dict[tuple[str, ...], str]) -> DataValidation | None:
    """What a cell may hold; None where it is free."""
    from openpyxl.worksheet.datavalidation import DataValidation

    variable = field.variable
    if field.levels:
        check = DataValidation(type="list", formula1=lists[field.levels])
    elif variable.kind == "date":
        check = DataValidation(
            type="date", operator="between", formula1="DATE(1960,1,1)", formula2="DATE(2100,1,1)"
        )
    elif variable.is_numeric:
        low, high = variable.lowest, variable.highest
        check = DataValidation(
            type="whole" if variable.is_whole else "decimal",
            operator="between" if high is not None else "greaterThanOrEqual",
            formula1=f"{0 if low is None else low:g}",
            formula2=None if high is None else f"{high:g}",
        )
    else:
        return None
    check.allow_blank = True
    check.showErrorMessage = True
    check.errorTitle = field.key[:32]
    check.error = f"Allowed: {field.allowed}. Leave the cell empty where it is not known."[:255]
    check.showInputMessage = True
    check.promptTitle = field.key[:32]
    check.prompt = f"{variable.heading}: {field.allowed}"[:255]
    return check


def _how_to(sheet: Worksheet, fields: Sequence[Field]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 105
    sheet.sheet_view.showGridLines = False
    sheet["A1"] = "How to fill this workbook"
    sheet["A1"].font = Font(bold=True, size=14)
    lines: list[tuple[str, str]] = [(str(at), text) for at, text in enumerate(_HOW_TO, start=1)]
    for row, (name, text) in enumerate(lines, start=3):
        _line(sheet, row, name, text)
    row = 4 + len(lines)
    sheet.cell(row, 1, "Colours of the columns").font = Font(bold=True)
    there = {field.section for field in fields}
    for name, what in SECTIONS.items():
        if name in there:
            row += 1
            _line(sheet, row, name, what)
            sheet.cell(row, 1).fill = PatternFill("solid", fgColor=_COLOURS[name][0])
            sheet.cell(row, 1).font = Font(bold=True, color="FFFFFF")
    sheet.cell(row + 2, 2, RESEARCH_USE).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row + 2].height = 48


def _line(sheet: Worksheet, row: int, name: str, text: str) -> None:
    from openpyxl.styles import Alignment

    sheet.cell(row, 1, name).alignment = Alignment(vertical="top", horizontal="left")
    sheet.cell(row, 2, text).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row].height = 16 * (1 + len(text) // 105)


def _codebook(sheet: Worksheet, fields: Sequence[Field]) -> None:
    rows = [
        [f.key, f.variable.label, f.variable.unit or "", f.variable.allowed, f.section, f.variable.note]
        if f.key != "primary_tumor"
        else [
            f.key,
            f.variable.label,
            "",
            f"one of the keys of the sheet {TUMOURS!r}",
            f.section,
            f.variable.note,
        ]
        for f in fields
    ]
    columns = {"variable": 30, "what it is": 44, "unit": 12, "allowed": 48, "kind of column": 16, "note": 80}
    _table(sheet, columns, rows)


def _tumours(sheet: Worksheet) -> None:
    rows = [[t.key, t.label, t.icd10, t.note] for t in codebook().primary_tumors]
    _table(sheet, {"key": 26, "what it is": 44, "ICD-10": 40, "note": 80}, rows)


def _table(sheet: Worksheet, columns: dict[str, int], rows: list[list[str]]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for at, (name, width) in enumerate(columns.items(), start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
        head = sheet.cell(1, at, name)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor="44546A")
    for at, row in enumerate(rows, start=2):
        lines = 1
        for column, (text, width) in enumerate(zip(row, columns.values(), strict=True), start=1):
            sheet.cell(at, column, text).alignment = Alignment(wrap_text=True, vertical="top")
            lines = max(lines, -(-len(text) * 11 // (10 * width)))
        sheet.row_dimensions[at].height = 15.5 * lines
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
