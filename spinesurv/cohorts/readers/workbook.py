"""One sheet of an Excel workbook: cells as text, and what a workbook can hide."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.readers.content import Content, cell_text, named_version
from spinesurv.cohorts.readers.header import HEAD, Line, better_header
from spinesurv.cohorts.readers.kinds import refuse_other_kinds
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.template.marks import patients_sheet
from spinesurv.errors import InputError, unknown_name

_ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")

#: how openpyxl begins to say that it leaves out a sheet
_SHEET_LEFT_OUT = "File contains an invalid specification"
#: what openpyxl lets through of the archive, of its XML (a SyntaxError) and of values that a sheet cannot hold
_FROM_ZIP_AND_XML = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, SyntaxError, LookupError, ValueError, TypeError, AttributeError,
    OverflowError, struct.error,
)  # fmt: skip


def read_workbook(path: Path, options: ReadOptions, where: str) -> Content:
    """A sheet of a workbook; it must be named where there are several and it is no template of `spinesurv template`. Wholly empty rows are left out.

    A number arrives with the declared decimal sign, a date as YYYY-MM-DD, a formula as its stored value. Hidden rows
    are read and counted; colours are not read.

    Raises
    ------
    InputError
        No workbook, several sheets without a name, merged cells in the header, formulas without a stored value.
    """
    content = path.read_bytes()
    values, formulas = (_book(content, where, data_only=only) for only in (True, False))
    name = _sheet(values, options.sheet, where)
    place = f"{where}, sheet {name!r}"
    sheet, written = values[name], formulas[name]
    rows = [
        (at, [cell_text(cell, options.decimal) for cell in row])
        for at, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]
    filled = [(at, row) for at, row in rows if any(row)]
    elsewhere = better_header(filled[:HEAD], options, place) if filled else None
    if elsewhere is not None:
        raise elsewhere
    table = [(at, row) for at, row in filled if at >= (options.header or 1)]
    if table:
        _check_merged_header(written, table[0][0], place)
        _check_beside(table, place)
        _check_formulas(sheet, written, table[0], place)
    return Content.of_lines(
        _trimmed(filled, table),
        options,
        where,
        typed=True,
        findings=tuple(_findings(sheet, written, table)),
        reader=named_version("openpyxl"),
    )


def _book(content: bytes, where: str, *, data_only: bool) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    refuse_other_kinds(content, where, workbook=True)
    try:
        with warnings.catch_warnings():
            # of drawings, formats and links; a number that is no date under a format of dates arrives as #VALUE!, and is told
            warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
            warnings.filterwarnings("error", message=_SHEET_LEFT_OUT, category=UserWarning)
            return load_workbook(io.BytesIO(content), data_only=data_only)
    except UserWarning:
        raise InputError(
            f"{where}: a sheet of the workbook cannot be found in it and would be left out. Open it in a spreadsheet program, and save it "
            "as .xlsx."
        ) from None
    except (InvalidFileException, *_FROM_ZIP_AND_XML):
        raise InputError(
            f"{where}: it cannot be read as an .xlsx workbook. Open it in a spreadsheet program, and save it as .xlsx or .csv."
        ) from None


def _sheet(book: Any, sheet: str | None, where: str) -> str:
    names = [page.title for page in book.worksheets]  # pages of charts hold no cells
    sheet = sheet or patients_sheet(names)
    if sheet is None and len(names) > 1:
        told = ", ".join(
            f"{p.title}{' (hidden)' if p.sheet_state != 'visible' else ''}" for p in book.worksheets
        )
        raise InputError(
            f"{where}: the workbook has {len(names)} sheets ({told}). "
            'Say which one holds the patients: sheet = "..." in [table] of the mapping file.'
        )
    if not names:
        raise InputError(f"{where}: the workbook has no sheet of cells. Save the table as .xlsx or .csv.")
    if sheet is not None and sheet not in names:
        raise unknown_name("sheet", sheet, names, where=where)
    return sheet or names[0]


def _width(header: Line) -> int:
    return max(i + 1 for i, text in enumerate(header[1]) if text)


def _trimmed(filled: list[Line], table: list[Line]) -> Iterator[Line]:
    """Rows as wide as the header: cells to its right that only carry a format are no columns."""
    width = _width(table[0]) if table else 0
    for at, row in filled:
        yield at, row[:width] + [""] * (width - len(row))


def _check_beside(table: list[Line], place: str) -> None:
    """Refuse cells to the right of the header: they belong to a column without a name."""
    width = _width(table[0])
    beside = [(at, i) for at, row in table[1:] for i, text in enumerate(row[width:], start=width + 1) if text]
    if beside:
        from openpyxl.utils import get_column_letter

        at, column = beside[0]
        raise InputError(
            f"{place}: {len(beside)} cells stand in columns without a name, right of the header (the first is "
            f"{get_column_letter(column)}{at}). Name the column in row {table[0][0]}, or delete them."
        )


def _check_merged_header(sheet: Any, header: int, place: str) -> None:
    merged = [str(area) for area in _merged(sheet) if area.min_row <= header <= area.max_row]
    if merged:
        raise InputError(
            f"{place}: cells of the header are merged ({', '.join(merged[:5])}). Unmerge them and give every column a name "
            "of its own in one row."
        )


def _merged(sheet: Any) -> list[Any]:
    """Areas of merged cells, from the top left on."""
    return sorted(sheet.merged_cells.ranges, key=lambda area: (area.min_row, area.min_col))


def _check_formulas(sheet: Any, written: Any, header: Line, place: str) -> None:
    """Refuse formulas whose value was never stored: they would arrive as gaps."""
    lost = [
        cell.coordinate
        for row in written.iter_rows(min_row=header[0], max_col=_width(header))
        for cell in row
        if cell.data_type == "f" and sheet[cell.coordinate].value is None
    ]
    if lost:
        raise InputError(
            f"{place}: {len(lost)} formulas have no stored value; the first is in cell {lost[0]}. Open the workbook in the "
            "program that made it, save it, and import it again; or paste the values."
        )


def _findings(sheet: Any, written: Any, filled: list[Line]) -> Iterator[Finding]:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    rows = {at for at, _ in filled[1:]}
    hidden = [at for at in rows if sheet.row_dimensions[at].hidden]
    if hidden:
        yield Finding(
            "hidden_rows", NEEDS_AN_ANSWER, f"{len(hidden)} hidden rows were read; the first is row {min(hidden)}.",
            "Are they patients (a filter that is still on), or were they hidden to leave them out? Delete the latter.",
            count=len(hidden),
        )  # fmt: skip
    columns = [
        letter
        for letter, d in sheet.column_dimensions.items()
        if d.hidden and filled and sheet[f"{letter}{filled[0][0]}"].value
    ]
    if columns:
        yield Finding(
            "hidden_columns", NOTE, f"{len(columns)} hidden columns were read ({', '.join(columns)}).",
            "Know that they are in the table.", count=len(columns),
        )  # fmt: skip
    merged = [area for area in _merged(written) if area.min_row in rows]
    if merged:
        yield Finding(
            "merged_cells", NEEDS_AN_ANSWER,
            f"{len(merged)} groups of merged cells stand among the patients (the first at {merged[0]}): only the first cell of "
            "each holds the value, the others are empty.",
            "Unmerge them and fill in every cell.", count=len(merged),
        )  # fmt: skip
    header = filled[0][1] if filled else []
    for column in sheet.iter_cols(min_row=min(rows, default=1)):
        bad = [cell for cell in column if cell.value in _ERRORS]
        if bad:
            at = column[0].column - 1
            named = header[at] if at < len(header) else ""
            yield Finding(
                "error_cells", NEEDS_AN_ANSWER,
                f"{len(bad)} cells of column {column[0].column_letter} ({named}) hold an error of the workbook; the first is in "
                f"row {bad[0].row}.",
                "Repair the formulas, or declare the error as missing.", named, count=len(bad),
            )  # fmt: skip
    if written.parent.epoch == CALENDAR_MAC_1904:
        yield Finding(
            "days_from_1904", NOTE, "The workbook counts its days from 1904, as old Mac files do; cells of dates are read so.",
            'Serial numbers that stand as plain numbers are days since then: format = "excel 1904".',
        )  # fmt: skip
    coloured = sum(
        cell.fill is not None and cell.fill.fill_type == "solid" for at in rows for cell in sheet[at]
    )
    if coloured and patients_sheet(written.parent.sheetnames) is None:
        yield Finding(
            "colour_not_read", NOTE, f"{coloured} cells among the patients are coloured. Colour is not read.",
            "If a colour means something (dead, excluded, checked), write it into a column.", count=coloured,
        )  # fmt: skip
