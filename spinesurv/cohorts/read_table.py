"""Raw table: what stands in a file, as text, nothing interpreted yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from spinesurv.cohorts.readers import READERS, SUFFIXES, Content, ReadOptions, sha256
from spinesurv.cohorts.readers.distinct import Distinct
from spinesurv.cohorts.readers.kinds import format_of, refuse_other_kinds
from spinesurv.cohorts.readers.text import SEPARATOR_LINE
from spinesurv.errors import InputError, unknown_name

_DELIMITERS = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it stands in its file.

    Parameters
    ----------
    name : name of the file
    content : what the reader found: cells, and what the file says about codes and gaps
    sha256 : hash of the file
    options : how it was read, format and delimiter filled in
    """

    name: str
    content: Content
    sha256: str
    options: ReadOptions

    def __len__(self) -> int:
        return len(self.content.lines)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.content.columns)

    @property
    def index(self) -> pd.Index:
        """(n,) positions of the rows, counted from 0."""
        return self.content.lines.index

    def column(self, name: str) -> pd.Series:
        """(n,) text of one column, as in `cells`."""
        return self.content.columns[name].cells

    def distinct(self, name: str) -> Distinct:
        """The different texts of a column."""
        return self.content.columns[name]

    @property
    def cells(self) -> pd.DataFrame:
        """(n, columns) text without surrounding blanks, empty cells "", columns under their own names."""
        return self.content.cells

    @property
    def lines(self) -> pd.Series:
        """(n,) line in the file (row of the sheet) where each row ends, counted from 1."""
        return self.content.lines

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
    if not path.exists():
        raise InputError(
            f"{where}: there is no such file in {path.parent.name or '.'}/. "
            "Check the name; a path in a mapping file is relative to that mapping file."
        )
    chosen = options.format or SUFFIXES.get(path.suffix.lower()) or format_of(path)
    if chosen is None:
        if path.is_file():
            refuse_other_kinds(path.read_bytes(), where)
        raise InputError(
            f"{where}: {f'the ending {path.suffix!r}' if path.is_file() else 'a folder with these files'} does not tell the format. "
            f"Say format = one of {', '.join(READERS)} in [table] of the mapping file."
        )
    if chosen not in READERS:
        raise unknown_name("table format", chosen, READERS, where=where)
    if path.is_dir() and chosen not in ("omop", "mcode"):
        raise InputError(f"{where}: it is a folder. A file of format {chosen} is expected.")
    delimiter = options.delimiter or _declared_delimiter(path, chosen) or _DELIMITERS.get(chosen)
    options = replace(options, format=chosen, delimiter=delimiter)
    return RawTable(path.name, READERS[chosen](path, options, where), sha256(path), options)


def _declared_delimiter(path: Path, chosen: str) -> str | None:
    """The delimiter that a text file names in a first line of its own ("sep=;"), as Excel reads and writes it."""
    if chosen not in ("csv", "tsv"):
        return None
    with path.open("rb") as file:
        found = SEPARATOR_LINE.match(file.read(40))
    return found[1].decode("ascii") if found else None
