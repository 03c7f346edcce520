"""Cells of one sheet of an Excel workbook as text."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from zipfile import BadZipFile

from spinesurv.cohorts.template.marks import patients_sheet
from spinesurv.errors import InputError, unknown_name


def workbook_rows(
    content: bytes, *, sheet: str | None, decimal: str, where: str
) -> Iterator[tuple[int, list[str]]]:
    """Rows of a sheet with their numbers; wholly empty rows are left out.

    A number arrives with the declared decimal sign, a date as YYYY-MM-DD, a formula as its last value. The
    sheet must be named where the workbook has several and is no template of `spinesurv template`.
    """
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError):
        raise InputError(f"{where}: the file is not an .xlsx workbook. Save it as .xlsx or .csv.") from None
    names = book.sheetnames
    sheet = sheet or patients_sheet(names)
    if sheet is None and len(names) > 1:
        raise InputError(
            f"{where}: the workbook has {len(names)} sheets ({', '.join(names)}). "
            'Say which one holds the patients: sheet = "..." in [table] of the mapping file.'
        )
    if sheet is not None and sheet not in names:
        raise unknown_name("sheet", sheet, names, where=where)
    rows = [
        (at, [_text(cell, decimal) for cell in row])
        for at, row in enumerate(book[sheet or names[0]].iter_rows(values_only=True), start=1)
    ]
    book.close()
    filled = [(at, row) for at, row in rows if any(row)]
    width = max((i + 1 for cell in filled[:1] for i, text in enumerate(cell[1]) if text), default=0)
    for at, row in filled:
        # cells to the right of the header that only carry a format are no columns
        yield at, row[:width] + [text for text in row[width:] if text] + [""] * (width - len(row))


def _text(cell: object, decimal: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time(0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        number = repr(int(cell)) if float(cell).is_integer() else repr(float(cell))
        return number.replace(".", decimal)
    return str(cell).strip()
