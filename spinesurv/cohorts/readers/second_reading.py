"""Lines of text read once more by pandas: how many rows there are, and how many cells of each column are empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.cohorts.readers.content import Check, named_version
from spinesurv.cohorts.readers.distinct import Distinct
from spinesurv.cohorts.readers.plain_lines import LARGE

_LINES = 100_000


def second_reading(
    path: Path, encoding: str, delimiter: str, header: Sequence[str], columns: Sequence[Distinct]
) -> Iterator[Check]:
    """Comparisons of plain lines with what pandas finds in the same file.

    Of a large file pandas reads the first column only, so that the check of a million rows costs seconds: its rows are compared, and
    the empty cells of that column.
    """
    large = path.stat().st_size > LARGE
    read = list(range(1 if large else len(columns)))
    rows, empty = 0, np.zeros(len(read), dtype=np.int64)
    pieces = pd.read_csv(
        path, sep=delimiter, encoding=encoding, usecols=read, dtype=str, na_filter=False, index_col=False,
        skip_blank_lines=False, chunksize=_LINES,
    )  # fmt: skip
    with pieces:
        for piece in pieces:
            rows += len(piece)
            empty += [int((piece[name].str.strip() == "").sum()) for name in piece.columns]
    against = named_version("pandas")
    yield Check("", "rows", against, rows == len(columns[0].codes))
    for at in read:
        if not header[at].strip():
            continue  # row numbers that R wrote, or an empty column that is left out
        ours = np.isin(columns[at].codes, np.flatnonzero(columns[at].texts == "")).sum()
        yield Check(header[at].strip(), "missing", against, int(ours) == int(empty[at]))
