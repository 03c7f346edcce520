"""Parquet and Feather: typed columns as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.readers.content import (
    Check,
    Content,
    check_names,
    column_text,
    named_version,
    optional,
)
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.errors import InputError

#: numbers that are stored with fewer digits than others
_STORED = {"float": np.float32, "halffloat": np.float16}


def read_columnar(path: Path, options: ReadOptions, where: str) -> Content:
    """A Parquet or Feather file. Rows and gaps are compared with the footer of a Parquet file.

    Raises
    ------
    InputError
        pyarrow is absent, the file cannot be read, or a column holds lists or records instead of one value per row.
    """
    arrow = optional("pyarrow", where)
    file = None
    try:
        if options.format == "feather":
            table = optional("pyarrow.feather", where).read_table(path)
        else:
            file = optional("pyarrow.parquet", where).ParquetFile(path)
            table = file.read()
    except (arrow.ArrowInvalid, arrow.ArrowException, OSError):
        raise InputError(
            f"{where}: it cannot be read as {options.format}. Check that it is complete, and of this format."
        ) from None
    check_names(table.column_names, where)
    checks = _checks(table, file.metadata) if file is not None else []
    nested = [field.name for field in table.schema if arrow.types.is_nested(field.type)]
    if nested:
        raise InputError(
            f"{where}: {len(nested)} columns hold lists or records ({', '.join(nested[:5])}). "
            "One value per row is expected; leave them out of the export."
        )
    zoned = [f.name for f in table.schema if arrow.types.is_timestamp(f.type) and f.type.tz]
    findings = [
        Finding(
            "time_zone", NEEDS_AN_ANSWER, f"Times of {name} have a time zone; the day was taken in that zone.",
            "Confirm that the zone is that of the hospital: at another one a day can differ by one.", name,
        )
        for name in zoned
    ]  # fmt: skip
    columns = {
        f.name: _text(
            table[f.name], _STORED.get(str(f.type), float), options.decimal, f"{where}, column {f.name}"
        )
        for f in table.schema
    }
    return Content.of_columns(
        columns,
        where,
        typed=True,
        findings=tuple(findings),
        checks=tuple(checks),
        reader=named_version("pyarrow"),
    )


def _text(column: Any, stored: type, decimal: str, where: str) -> list[str]:
    try:
        return column_text(column.to_pylist(), decimal, stored=stored)
    except UnicodeDecodeError:
        raise InputError(
            f"{where}: some text in it is not UTF-8, so the file is broken. Write it again."
        ) from None
    except (OverflowError, ValueError):
        raise InputError(
            f"{where}: it holds times that no calendar has (before the year 1 or after 9999). They are codes, or errors: write the "
            "column as text."
        ) from None


def _checks(table: Any, footer: Any) -> list[Check]:
    against = "footer of the file"
    checks = [Check("", "rows", against, footer.num_rows == table.num_rows)]
    for at in range(footer.num_columns):
        chunks = [footer.row_group(group).column(at) for group in range(footer.num_row_groups)]
        counts = [
            chunk.statistics.null_count
            for chunk in chunks
            if chunk.is_stats_set and chunk.statistics.has_null_count
        ]
        name = chunks[0].path_in_schema if chunks else ""
        if chunks and len(counts) == len(chunks) and name in table.column_names:
            checks.append(Check(name, "missing", against, sum(counts) == table[name].null_count))
    return checks
