"""Raw table: what stands in a file, as text, nothing interpreted yet."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from spinesurv.cohorts.read_workbook import workbook_rows
from spinesurv.errors import InputError, unknown_name

#: a line of a file: its number, counted from 1, and its cells
Line = tuple[int, list[str]]

_SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".xlsx": "xlsx"}
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_DATA_LIKE = re.compile(r"[+-]?[0-9.,]+|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read; None = from the file name.

    Parameters
    ----------
    format : a key of READERS
    delimiter : what separates cells; comma for csv, tab for tsv
    decimal : "." or ",", never guessed
    encoding : of a text file; a byte-order mark of UTF-8 is accepted
    sheet : of a workbook; needed where there are several
    numbers_as_names : columns may be named by numbers; else a first line of numbers is taken for data and refused
    """

    format: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    sheet: str | None = None
    numbers_as_names: bool = False


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it stands in its file.

    Parameters
    ----------
    name : name of the file
    cells : (n, columns) text without surrounding blanks, empty cells "", columns under their own names
    lines : (n,) line in the file (row of the sheet) where each row ends, counted from 1
    sha256 : hash of the file
    options : how it was read, format and delimiter filled in
    """

    name: str
    cells: pd.DataFrame
    lines: pd.Series
    sha256: str
    options: ReadOptions

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def where(self) -> str:
        """Opening words of a message about this table."""
        return f"table {self.name}"


def read_table(path: str | Path, options: ReadOptions | None = None) -> RawTable:
    """Read a file into text cells. "007", "NA" and "3,8" arrive as they are written.

    Lines without any cell are skipped; so are wholly empty rows of a workbook.

    Raises
    ------
    InputError
        Missing or empty file, header only, unreadable encoding, unknown format, column names that repeat or
        are empty, a first line that holds data, lines with another number of cells than the header.
    """
    path = Path(path)
    options = options or ReadOptions()
    where = f"table {path.name}"
    if not path.is_file():
        raise InputError(
            f"{where}: there is no such file in {path.parent.name or '.'}/. "
            "Check the name; a path in a mapping file is relative to that mapping file."
        )
    chosen = options.format or _SUFFIXES.get(path.suffix.lower())
    if chosen is None:
        raise InputError(
            f"{where}: the ending {path.suffix!r} does not tell the format. "
            f"Say format = one of {', '.join(READERS)} in [table] of the mapping file."
        )
    if chosen not in READERS:
        raise unknown_name("table format", chosen, READERS, where=where)
    options = replace(options, format=chosen, delimiter=options.delimiter or _DELIMITERS.get(chosen))
    content = path.read_bytes()
    lines = [(at, [cell.strip() for cell in row]) for at, row in READERS[chosen](content, options, where)]
    if not lines:
        raise InputError(f"{where}: the file is empty. A header line and one line per patient are expected.")
    header = lines[0][1]
    _check_header(header, options, where)
    rows = lines[1:]
    if not rows:
        raise InputError(f"{where}: there is a header line and no patient below it. Export the table again.")
    _check_lengths(rows, len(header), where)
    return RawTable(
        path.name,
        pd.DataFrame([row for _, row in rows], columns=header, dtype=object),
        pd.Series([at for at, _ in rows], dtype="int64"),
        hashlib.sha256(content).hexdigest(),
        options,
    )


def _read_text(content: bytes, options: ReadOptions, where: str) -> Iterable[Line]:
    encoding = (
        "utf-8-sig" if options.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else options.encoding
    )
    try:
        text = content.decode(encoding)
    except LookupError:
        raise InputError(
            f"{where}: encoding {options.encoding!r} is not known. Usual ones: utf-8, cp1252, latin-1, cp932, cp949."
        ) from None
    except UnicodeError:
        raise InputError(
            f"{where}: the file is not {options.encoding}. Say which encoding it has in [table] of the mapping "
            'file (encoding = "cp1252" is common for Western Excel exports), or save it as UTF-8.'
        ) from None
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=options.delimiter or ",", strict=True)
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error:
        raise InputError(
            f"{where}: the quoting of cells is broken at line {reader.line_num}. "
            'A quote inside a quoted cell must be doubled (""); export the table again.'
        ) from None
    except TypeError:
        raise InputError(
            f"{where}: delimiter {options.delimiter!r} is not one character. Usual ones: ',' ';' and a tab."
        ) from None


def _read_workbook(content: bytes, options: ReadOptions, where: str) -> Iterable[Line]:
    return workbook_rows(content, sheet=options.sheet, decimal=options.decimal, where=where)


#: format -> reader of (content, options, opening words of a message) giving lines
READERS: dict[str, Callable[[bytes, ReadOptions, str], Iterable[Line]]] = {
    "csv": _read_text,
    "tsv": _read_text,
    "xlsx": _read_workbook,
}


def _check_header(header: list[str], options: ReadOptions, where: str) -> None:
    data_like = sum(bool(_DATA_LIKE.fullmatch(name)) for name in header)
    if 2 * data_like >= len(header) and not options.numbers_as_names:
        raise InputError(
            f"{where}: {data_like} of {len(header)} cells of the first line are numbers or dates. "
            "The first line must hold the names of the columns."
        )
    others = [d for d in (";", "\t", ",", "|") if d != options.delimiter and d in header[0]]
    if len(header) == 1 and options.delimiter and others:
        raise InputError(
            f"{where}: one column was found with delimiter {options.delimiter!r}, and its name holds "
            f"{others[0]!r}. Say delimiter = {others[0]!r} in [table] of the mapping file, or --delimiter of "
            "`spinesurv evaluate`."
        )
    empty = sum(name == "" for name in header)
    if empty:
        raise InputError(
            f"{where}: {empty} of {len(header)} columns have no name. Name them in the first line."
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(
            f"{where}: column names {', '.join(map(repr, twice))} occur more than once. "
            "Rename them so that each name is there once."
        )


def _check_lengths(rows: list[Line], width: int, where: str) -> None:
    ragged = [(at, len(row)) for at, row in rows if len(row) != width]
    if ragged:
        at, found = ragged[0]
        raise InputError(
            f"{where}: {len(ragged)} of {len(rows)} lines have another number of cells than the header "
            f"({width}); the first is line {at} with {found}. Check delimiter, decimal and quotes: a decimal "
            "comma in a comma-separated file must stand in quotes."
        )
