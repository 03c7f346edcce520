"""Content: what a reader hands over. Cells are text; what the file itself says about codes and gaps stands beside them."""

from __future__ import annotations

import datetime
import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.cohorts.audit.findings import Finding
from spinesurv.cohorts.readers.distinct import Distinct, Gathered, distinct_columns
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.errors import InputError

#: a line of a file: its number, counted from 1, and its cells
Line = tuple[int, list[str]]

#: why a value is missing, where a file declares it so and says no more
DECLARED = "declared missing in the file"
#: lines that are taken together
_CHUNK = 2000
_DATA_LIKE = re.compile(r"[+-]?[0-9.,]+|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")


@dataclass(frozen=True)
class Check:
    """One comparison of what was read with another way to read it; values of patients stay out of it.

    Parameters
    ----------
    column : "" where it is about the whole table
    what : rows, missing, lowest or highest
    against : what it was compared with
    agrees : whether both say the same
    """

    column: str
    what: str
    against: str
    agrees: bool


@dataclass(frozen=True, eq=False)
class Content:
    """A table as a reader found it.

    Parameters
    ----------
    columns : column -> its text without surrounding blanks, empty cells ""
    lines : (n,) line of the file, row of the sheet or number of the record, counted from 1
    labels : column -> {code: what the file says it means}
    gaps : column -> {code: why the value is missing}, as the file declares it
    titles : column -> what it holds, in the words of the file (label of a variable, question of a form)
    identifiers : columns that the file marks as identifying a person
    typed : dates arrive as YYYY-MM-DD because the file knows that they are dates
    findings : what a person must know about the file itself
    checks : comparisons with another reading of the same file
    reader : package and version that read it; "" = this package alone
    further : further files that were read
    """

    columns: dict[str, Distinct]
    lines: pd.Series
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    gaps: dict[str, dict[str, str]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    typed: bool = False
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    reader: str = ""
    further: tuple[Path, ...] = ()

    @cached_property
    def cells(self) -> pd.DataFrame:
        """(n, columns) the table of all cells: eight bytes for each, made when it is first asked for."""
        return pd.DataFrame({name: column.cells for name, column in self.columns.items()}, copy=False)

    @classmethod
    def of_cells(cls, cells: pd.DataFrame, lines: pd.Series, **more: Any) -> Content:
        """Content of a table of texts without gaps."""
        return cls(distinct_columns(cells), lines.reset_index(drop=True), **more)

    @classmethod
    def of_lines(cls, lines: Iterable[Line], options: ReadOptions, where: str, **more: Any) -> Content:
        """Content of a file of lines, the first of which names the columns.

        Raises
        ------
        InputError
            No line, no line below the header, names that repeat or are empty, a first line that holds data, lines with
            another number of cells than the header.
        """
        numbered = iter(lines)
        first = next(numbered, None)
        if first is None:
            raise InputError(
                f"{where}: the file is empty. A header line and one line per patient are expected."
            )
        header = [cell.strip() for cell in first[1]]
        check_header(header, options, where)
        columns, at = _columns(numbered, len(header), where)
        if not at:
            raise InputError(
                f"{where}: there is a header line and no patient below it. Export the table again."
            )
        found = {name: column.column() for name, column in zip(header, columns, strict=True)}
        return cls(found, pd.Series(at, dtype="int64"), **more)

    @classmethod
    def of_columns(cls, columns: Mapping[str, Sequence[str]], where: str, **more: Any) -> Content:
        """Content of a file that knows its columns; records are numbered from 1.

        Raises
        ------
        InputError
            No column or no row, a column without a name.
        """
        check_names(list(columns), where)
        cells = pd.DataFrame({name: pd.Series(list(v), dtype=object) for name, v in columns.items()})
        if cells.empty:
            raise InputError(
                f"{where}: the file holds {len(cells.columns)} columns and no patient. Export it again."
            )
        return cls.of_cells(cells, pd.Series(range(1, len(cells) + 1), dtype="int64"), **more)


def cell_text(cell: object, decimal: str = ".") -> str:
    """A typed cell as text: whole numbers without a point, dates as YYYY-MM-DD, spans in days, nothing and nan as ""."""
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time(0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            return "" if math.isnan(cell) else str(cell)
        number = repr(int(cell)) if float(cell).is_integer() else repr(float(cell))
        return number.replace(".", decimal)
    if isinstance(cell, Decimal) and cell.is_finite():
        number = format(cell, "f")
        return (number.rstrip("0").rstrip(".") if "." in number else number).replace(".", decimal)
    if isinstance(cell, datetime.timedelta):
        return cell_text(cell / datetime.timedelta(days=1), decimal)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace").strip()
    return str(cell).strip()


def column_text(values: Iterable[Any], decimal: str = ".", *, stored: type = float) -> list[str]:
    """Typed cells of one column as text; what repeats is written once.

    Parameters
    ----------
    stored : type in which numbers were stored: in single precision they are written as short as that allows ("3.7", not
        "3.700000047683716", which is above 3.7)
    """
    known: dict[tuple[type, Any], str] = {}
    found = []
    for value in values:
        if value is None or value is pd.NA or value != value:
            found.append("")
            continue
        key = (type(value), value)  # 1 and true are equal, and not the same text
        text = known.get(key)
        if text is None:
            plain = value.item() if hasattr(value, "item") else value
            if stored is not float and isinstance(plain, float):
                plain = float(str(stored(plain)))
            text = known[key] = cell_text(plain, decimal)
        found.append(text)
    return found


def optional(package: str, where: str) -> Any:
    """A package of the extra `formats`.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        return import_module(package)
    except ImportError:
        raise InputError(
            f"{where}: this format is read with {package}, which is not installed. "
            'Install it with pip install "spinesurv[formats]", or save the table as CSV.'
        ) from None


def named_version(package: str) -> str:
    """Package and version, for the report."""
    return f"{package} {version(package)}"


def sha256(path: Path) -> str:
    """Hash of a file; of a folder, the hash of the names and hashes of its files."""
    if path.is_dir():
        parts = [f"{file.name} {sha256(file)}" for file in sorted(path.iterdir()) if file.is_file()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_header(header: list[str], options: ReadOptions, where: str) -> None:
    """Refuse a first line that holds data, columns without a name, names that repeat, and a delimiter that cuts nothing."""
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
    check_names(header, where)


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse columns without a name, and names that repeat."""
    empty = sum(name == "" for name in names)
    if empty:
        raise InputError(
            f"{where}: {empty} of {len(names)} columns have no name. Name them in the first line."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"{where}: column names {', '.join(map(repr, twice))} occur more than once. "
            "Rename them so that each name is there once."
        )


def _columns(lines: Iterator[Line], width: int, where: str) -> tuple[list[Gathered], list[int]]:
    """Columns of cells, and the number of each line.

    Raises
    ------
    InputError
        Lines with another number of cells than the header.
    """
    columns = [Gathered() for _ in range(width)]
    numbers: list[int] = []
    ragged: list[tuple[int, int]] = []
    while chunk := list(islice(lines, _CHUNK)):
        ragged += [(at, len(row)) for at, row in chunk if len(row) != width]
        if ragged:
            numbers += [at for at, _ in chunk]
            continue
        numbers += [at for at, _ in chunk]
        for column, cells in zip(columns, zip(*(row for _, row in chunk), strict=True), strict=True):
            column.add(cells)
    if ragged:
        at, found = ragged[0]
        raise InputError(
            f"{where}: {len(ragged)} of {len(numbers)} lines have another number of cells than the header "
            f"({width}); the first is line {at} with {found}. Check delimiter, decimal and quotes: a decimal "
            "comma in a comma-separated file must stand in quotes."
        )
    return columns, numbers
