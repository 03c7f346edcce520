"""Parquet and Feather: typed columns as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spinesurv.cohorts.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.readers.content import Check, Content, column_text, named_version, optional
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.errors import InputError


def read_columnar(path: Path, options: ReadOptions, where: str) -> Content:
    """A Parquet or Feather file. Rows and gaps are compared with the footer of a Parquet file.

    Raises
    ------
    InputError
        pyarrow is absent, the file cannot be read, or a column holds lists or records instead of one value per row.
    """
    arrow = optional("pyarrow", where)
    checks: list[Check] = []
    try:
        if options.format == "feather":
            table = optional("pyarrow.feather", where).read_table(path)
        else:
            parquet = optional("pyarrow.parquet", where)
            table = parquet.read_table(path)
            checks = _checks(table, parquet.ParquetFile(path).metadata)
    except (arrow.ArrowInvalid, arrow.ArrowException, OSError):
        raise InputError(
            f"{where}: it cannot be read as {options.format}. Check that it is complete, and of this format."
        ) from None
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
    try:
        columns = {name: column_text(table[name].to_pylist(), options.decimal) for name in table.column_names}
    except UnicodeDecodeError:
        raise InputError(
            f"{where}: some text in it is not UTF-8, so the file is broken. Write it again."
        ) from None
    return Content.of_columns(
        columns,
        where,
        typed=True,
        findings=tuple(findings),
        checks=tuple(checks),
        reader=named_version("pyarrow"),
    )


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
