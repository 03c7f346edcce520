"""The header: which line names the columns, and whether its names can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from spinesurv.cohorts.audit.findings import NOTE, Finding
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.errors import InputError

#: a line of a file: its number, counted from 1, and its cells
Line = tuple[int, list[str]]

#: first lines among which the header is looked for
HEAD = 50
#: name of a first column without one, in which all cells differ: R and pandas write row names so
ROW_NAMES = "row.names"
_DELIMITERS = (";", "\t", ",", "|")
_DATA_LIKE = re.compile(r"[+-]?[0-9.,]+|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")


class HeaderElsewhere(InputError):
    """Lines of titles stand above the names of the columns; `line` is where the names seem to stand."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def from_line(lines: Iterator[Line], header: int, where: str) -> tuple[Iterator[Line], int]:
    """The lines from the declared header on, and how many filled ones stand above it.

    Raises
    ------
    InputError
        The file has no such line, or nothing stands in it.
    """
    above = 0
    for at, row in lines:
        if at == header and any(cell.strip() for cell in row):
            return chain([(at, row)], lines), above
        if at > header:
            break
        above += any(cell.strip() for cell in row)
    raise InputError(
        f"{where}: line {header}, which header in [table] names, is empty or not there. Count lines (rows of a sheet) from 1."
    )


def check_header(header: list[str], options: ReadOptions, where: str) -> None:
    """Refuse a first line of data, one column that holds another delimiter, and names that repeat or are empty above others.

    Raises
    ------
    InputError
        See above.
    """
    data_like = sum(bool(_DATA_LIKE.fullmatch(name)) for name in header)
    if 2 * data_like >= len(header) and not options.numbers_as_names:
        raise InputError(
            f"{where}: {data_like} of {len(header)} cells of the first line are numbers or dates. "
            "The first line must hold the names of the columns."
        )
    others = [d for d in _DELIMITERS if d != options.delimiter and d in header[0]]
    if len(header) == 1 and options.delimiter and others:
        raise InputError(
            f"{where}: one column was found with delimiter {options.delimiter!r}, and its name holds "
            f"{others[0]!r}. Say delimiter = {others[0]!r} in [table] of the mapping file, or --delimiter of "
            "`spinesurv evaluate`."
        )
    check_names([name for name in header if name], where)


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse columns without a name, and names that repeat.

    Raises
    ------
    InputError
        See above.
    """
    empty = [at for at, name in enumerate(names, start=1) if name == ""]
    if empty:
        raise InputError(
            f"{where}: {len(empty)} of {len(names)} columns have no name (the first is column {empty[0]}). Name them in the first line."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        shown = ", ".join(repr(name[:60]) for name in twice[:8])
        raise InputError(
            f"{where}: column names {shown} occur more than once. Rename them so that each name is there once."
        )


def better_header(head: Sequence[Line], options: ReadOptions, where: str) -> HeaderElsewhere | None:
    """Where the names seem to stand, if the first line fills few of the columns: titles, or groups of columns.

    The first of the following lines that fills nearly as many columns as any, with words that are all different.
    """
    if options.header is not None or _other_delimiter(head, options):
        return None
    filled = [sum(bool(cell.strip()) for cell in row) for _, row in head]
    widest = max(filled)
    if not 2 * filled[0] <= widest:
        return None
    for (at, row), n in zip(head, filled, strict=True):
        names = [cell.strip() for cell in row if cell.strip()]
        if n >= 0.8 * widest and n > 1:
            words = sum(not _DATA_LIKE.fullmatch(name) for name in names)
            if words > 0.8 * n and len(set(names)) == n:
                return HeaderElsewhere(
                    f"{where}: line {head[0][0]} fills {filled[0]} of {widest} columns, the names of the columns seem to stand in line "
                    f"{at}. Say header = {at} in [table] of the mapping file, or delete the lines above it.",
                    at,
                )
            return None
    return None


def _other_delimiter(head: Sequence[Line], options: ReadOptions) -> bool:
    """Whether the first line is one cell that another delimiter would cut into as many parts as the lines below it."""
    if len(head[0][1]) != 1:
        return False
    whole = [(options.delimiter or ",").join(row) for _, row in head]
    parts = ((sign, whole[0].count(sign)) for sign in _DELIMITERS if sign != options.delimiter)
    return any(n and sum(line.count(sign) == n for line in whole) > 0.9 * len(whole) for sign, n in parts)


def of_ragged_lines(ragged: Sequence[tuple[int, int]], lines: int, width: int, where: str) -> InputError:
    """What to say of lines with another number of cells than the header."""
    at, found = ragged[0]
    says = (
        f"{where}: {len(ragged)} of {lines} lines have another number of cells than the header "
        f"({width}); the first is line {at} with {found}."
    )
    if len(ragged) == lines and {n for _, n in ragged} == {width + 1}:
        return InputError(
            f"{says} Every line has one more: a name is missing in the header (of row names, as R writes them), or lines end with a "
            "delimiter. Complete the header."
        )
    return InputError(
        f"{says} Check delimiter, decimal and quotes: a decimal comma in a comma-separated file must stand in quotes. Notes below "
        "the table must go."
    )


def header_findings(above: int, unnamed: int, *, row_names: bool) -> Iterator[Finding]:
    """What was left out around the header, or named."""
    if row_names:
        yield Finding(
            "row_names", NOTE, f"The first column has no name and another text in every row; it is called {ROW_NAMES}.",
            "R and pandas write the names of rows so. Are they the identifiers of patients?", ROW_NAMES,
        )  # fmt: skip
    if above:
        yield Finding(
            "lines_above_header", NOTE, f"{above} lines above the names of the columns were left out.",
            "They are titles, or names of groups of columns.", count=above,
        )  # fmt: skip
    if unnamed:
        yield Finding(
            "empty_columns", NOTE, f"{unnamed} columns without a name hold nothing and were left out.",
            "Nothing: lines end with a delimiter, or a column was emptied.", count=unnamed,
        )  # fmt: skip
