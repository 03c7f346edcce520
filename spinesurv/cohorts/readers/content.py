"""Content: what a reader hands over. Cells are text; what the file itself says about codes and gaps stands beside them."""

from __future__ import annotations

import datetime
import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.cohorts.audit.findings import Finding
from spinesurv.cohorts.readers.distinct import Distinct, Gathered, distinct_columns
from spinesurv.cohorts.readers.header import (
    HEAD,
    ROW_NAMES,
    Line,
    better_header,
    check_header,
    check_names,
    from_line,
    header_findings,
    of_ragged_lines,
)
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.errors import InputError

#: why a value is missing, where a file declares it so and says no more
DECLARED = "declared missing in the file"
#: lines that are taken together
_CHUNK = 2000


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


def agreed(checks: Iterable[Check], where: str) -> tuple[Check, ...]:
    """The comparisons, where all of them agree.

    Raises
    ------
    InputError
        One of them does not.
    """
    checks = tuple(checks)
    wrong = [check for check in checks if not check.agrees]
    if wrong:
        places = ", ".join(f"{c.what} of {c.column or 'the table'}" for c in wrong[:5])
        raise InputError(
            f"{where}: two readers disagree about {len(wrong)} of {len(checks)} checks ({places}; {wrong[0].against}). "
            "Export the table in another format (CSV, xlsx) and import that."
        )
    return checks


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
    header_again : positions of rows that repeat the names of the columns
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
    header_again: tuple[int, ...] = ()

    def lonely(self) -> NDArray[np.bool_]:
        """(n,) rows of three columns and more in which one cell at the most is filled."""
        filled = np.zeros(len(self.lines), dtype=np.int32)
        for column in self.columns.values():
            filled += (column.texts != "")[column.codes]
        return (filled <= 1) & (len(self.columns) >= 3)

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
            No line, no line below the header, names that repeat, or are empty above filled cells, a first line that holds data,
            lines with another number of cells than the header.
        """
        numbered = iter(lines)
        above = 0
        if options.header is not None:
            numbered, above = from_line(numbered, options.header, where)
        head = list(islice(numbered, HEAD))
        if not head:
            raise InputError(
                f"{where}: the file is empty. A header line and one line per patient are expected."
            )
        header = [cell.strip() for cell in head[0][1]]
        try:
            check_header(header, options, where)
            columns, at = _columns(chain(head[1:], numbered), len(header), where)
            return cls._under(header, columns, pd.Series(at, dtype="int64"), where, above, **more)
        except InputError as refused:
            raise better_header(head, options, where) or refused from None

    @classmethod
    def of_plain(
        cls, header: list[str], columns: list[Distinct], options: ReadOptions, where: str
    ) -> Content:
        """Content of a file whose lines all have as many cells as the first; row i stands in line i + 2.

        Raises
        ------
        InputError
            As `of_lines`.
        """
        header = [name.strip() for name in header]
        lines = pd.Series(np.arange(len(columns[0].codes)) + 2, dtype="int64")
        try:
            check_header(header, options, where)
            return cls._under(header, columns, lines, where, 0)
        except InputError as refused:
            rows = [
                (at + 2, [str(c.texts[c.codes[at]]) for c in columns]) for at in range(min(HEAD, len(lines)))
            ]
            raise better_header([(1, header), *rows], options, where) or refused from None

    @classmethod
    def _under(
        cls, header: list[str], columns: list[Distinct], lines: pd.Series, where: str, above: int, **more: Any
    ) -> Content:
        """Content of columns under their names: row names of R get one, and a column without name and cells is left out."""
        row_names = header[0] == "" and ROW_NAMES not in header and _all_differ(columns[0])
        named = [(name, c) for name, c in zip(header, columns, strict=True) if name or (c.texts != "").any()]
        if row_names:
            named[0] = (ROW_NAMES, columns[0])
        check_names([name for name, _ in named], where)
        findings = header_findings(above, len(columns) - len(named), row_names=row_names)
        more["findings"] = (*more.get("findings", ()), *findings)
        found = dict(named)
        return cls(found, lines, header_again=_header_again(found), **more)

    @classmethod
    def of_columns(cls, columns: Mapping[str, Sequence[str]], where: str, **more: Any) -> Content:
        """Content of a file that knows its columns; records are numbered from 1.

        Raises
        ------
        InputError
            No column or no row, a column without a name, a zero byte within a text: pandas takes texts that are equal up to
            one for the same.
        """
        check_names(list(columns), where)
        for name, column in columns.items():
            if "\0" in "".join(column):
                rows = [row for row, cell in enumerate(column, 1) if "\0" in cell]
                raise InputError(
                    f"{where}, column {name}: a zero byte stands in {len(rows)} cells, the first in row {rows[0]}. Text of patients "
                    "holds none; export the table again."
                )
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
    if isinstance(cell, int):
        return str(cell)  # may be above every float
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return "" if math.isnan(cell) else str(cell)
        number = repr(int(cell)) if cell.is_integer() else repr(float(cell))
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


def _columns(lines: Iterator[Line], width: int, where: str) -> tuple[list[Distinct], list[int]]:
    """Columns of cells, and the number of each line.

    Raises
    ------
    InputError
        Lines with another number of cells than the header, or none.
    """
    columns = [Gathered() for _ in range(width)]
    numbers: list[int] = []
    ragged: list[tuple[int, int]] = []
    notes: list[Line] = []
    while chunk := list(islice(lines, _CHUNK)):
        numbers += [at for at, _ in chunk]
        odd = [(at, len(row)) for at, row in chunk if len(row) != width]
        if odd or notes:
            # lines of one cell at the foot are notes, and become rows that an import refuses
            regular, foot = chunk[: len(chunk) - len(odd)], chunk[len(chunk) - len(odd) :]
            if width < 3 or (notes and regular) or any(len(row) != 1 for _, row in foot):
                ragged += [(at, 1) for at, _ in notes] + odd
                notes = []
            else:
                notes += foot
            chunk = regular
        if not ragged and chunk:
            for column, cells in zip(columns, zip(*(row for _, row in chunk), strict=True), strict=True):
                column.add(cells)
    if ragged:
        raise of_ragged_lines(ragged, len(numbers), width, where)
    if not numbers:
        raise InputError(f"{where}: there is a header line and no patient below it. Export the table again.")
    for _, row in notes:
        for column, cell in zip(columns, [*row, *[""] * (width - 1)], strict=True):
            column.add([cell])
    return [column.column() for column in columns], numbers


def _all_differ(column: Distinct) -> bool:
    """Every cell is filled, and no two are the same."""
    return len(column.texts) == len(column.codes) and "" not in column.texts


def _header_again(columns: dict[str, Distinct]) -> tuple[int, ...]:
    """Rows in which at least half of the columns, and two, hold their own name."""
    hits: Any = 0
    for name, column in columns.items():
        at = np.flatnonzero(column.texts == name)
        if len(at):
            hits = hits + (column.codes == at[0])
    return tuple(np.flatnonzero(np.atleast_1d(hits) >= max(2, len(columns) / 2)).tolist())
