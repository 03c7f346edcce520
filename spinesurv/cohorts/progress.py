"""Progress of the import of a long table: a bar on a terminal, nothing in a log."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

#: rows from which an import shows what it is at
MANY_ROWS = 100_000

T = TypeVar("T")


def steps(items: Sequence[T], words: str, *, rows: int) -> Iterator[T]:
    """Each of the items in its turn; on a terminal, of a long table, with a bar beside which stands what is done.

    Parameters
    ----------
    items : steps of the work
    words : what is done, "table a.csv, columns"
    rows : of the table
    """
    quiet = rows < MANY_ROWS or not sys.stderr.isatty()
    yield from tqdm(items, desc=words, disable=quiet, leave=False)
