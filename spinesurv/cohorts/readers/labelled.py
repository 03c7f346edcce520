"""SPSS, Stata and SAS: codes stay codes; value labels and declared missing values are kept beside them."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.readers.content import (
    DECLARED,
    Check,
    Content,
    agreed,
    cell_text,
    column_text,
    named_version,
    optional,
)
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.transport import Transported, read_transport
from spinesurv.errors import InputError

_FUNCTIONS = {"sav": "read_sav", "dta": "read_dta", "sas7bdat": "read_sas7bdat", "xpt": "read_xport"}
#: what pyreadstat lets through besides errors of its own: letters under a wrong encoding, dates beyond a calendar
_FROM_READER = (UnicodeError, OverflowError, ValueError, OSError)
#: what pandas raises on a file that the first reader could still read, a broken one or one of a newer kind
_FROM_SECOND = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
)
#: formats of SAS that come with it; any other one is explained in a catalogue
_SAS_OWN = (
    "BEST", "F", "COMMA", "DOLLAR", "PERCENT", "E", "Z", "DATE", "DATETIME", "TIME", "DDMMYY", "MMDDYY", "YYMMDD", "YEAR",
    "MONYY", "MONTH", "DAY", "$", "$CHAR", "B8601DA", "E8601DA", "E8601DT", "", "NUM", "HHMM", "JULIAN", "WORDDATE",
)  # fmt: skip


def read_labelled(path: Path, options: ReadOptions, where: str) -> Content:
    """A .sav, .zsav, .dta, .sas7bdat or .xpt file.

    Values that the file declares missing stay in the cells (`9`, `.a`) and are named in `gaps` with their label, so that
    the reason survives. Numbers stored in single precision are written as short as that precision allows ("3.7", not
    "3.700000047683716"). Rows, gaps, lowest and highest numbers are compared with a second reading where there is one
    (pandas for Stata and .sas7bdat, `read_transport` for .xpt; the number of cases in the header of an SPSS file).

    Raises
    ------
    InputError
        The package is absent, the file cannot be read, or both readers disagree.
    """
    package = optional("pyreadstat", where)
    chosen = str(options.format)
    second = read_transport(path, where) if chosen == "xpt" else None
    arguments = _arguments(chosen, options, where)
    try:
        frame, meta = getattr(package, _FUNCTIONS[chosen])(str(path), **arguments)
    except (package.ReadstatError, package.PyreadstatError, *_FROM_READER) as error:
        kind = type(error).__name__
        raise InputError(
            f"{where}: it cannot be read as {chosen} ({kind}). Is it complete, and is it this format? Where letters are "
            "broken, say encoding in [table] of the mapping file."
        ) from None
    columns: dict[str, list[str]] = {}
    labels: dict[str, dict[str, str]] = {}
    gaps: dict[str, dict[str, str]] = {}
    for name in frame.columns:
        numeric = meta.readstat_variable_types.get(name) != "string"
        stored = np.float32 if meta.readstat_variable_types.get(name) == "float" else float
        cells = _cells(frame[name], numeric=numeric, stored=stored, decimal=options.decimal)
        if second is not None and name in second.letters and len(cells) == second.rows:
            cells = [
                f".{letter}" if letter else cell
                for cell, letter in zip(cells, second.letters[name], strict=True)
            ]
        columns[name] = cells
        own = {
            _code(code, numeric): str(label)
            for code, label in meta.variable_value_labels.get(name, {}).items()
        }
        if own:
            labels[name] = own
        declared = _declared(cells, meta.missing_ranges.get(name, []), numeric)
        if declared:
            gaps[name] = {code: own.get(code, DECLARED) for code in declared}
    checks = agreed(_checks(path, chosen, frame, second), where)
    return Content.of_columns(
        columns,
        where,
        labels=labels,
        gaps=gaps,
        titles={
            name: title.strip()
            for name, title in meta.column_names_to_labels.items()
            if title and title.strip()
        },
        typed=True,
        findings=tuple(_findings(chosen, meta, options)),
        checks=checks,
        reader=named_version("pyreadstat"),
        further=(options.dictionary,) if options.dictionary else (),
    )


def _arguments(chosen: str, options: ReadOptions, where: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {} if chosen == "xpt" else {"user_missing": True}
    if options.encoding.lower() not in ("utf-8", "utf8"):
        arguments["encoding"] = options.encoding
    if chosen == "sas7bdat" and options.dictionary is not None:
        if not options.dictionary.is_file():
            raise InputError(
                f"{where}: there is no catalogue {options.dictionary.name} beside the mapping file."
            )
        arguments["catalog_file"] = str(options.dictionary)
    return arguments


def _code(code: Any, numeric: bool) -> str:
    """A code of value labels as it stands in the cells; letters of numeric columns are extended missing values."""
    return f".{code}" if numeric and isinstance(code, str) else cell_text(code)


def _cells(values: pd.Series, *, numeric: bool, stored: type, decimal: str) -> list[str]:
    cells = column_text(values.tolist(), decimal, stored=stored)
    if numeric and values.dtype == object:  # letters of extended missing values among numbers
        return [
            f".{cell}" if isinstance(v, str) and v else cell for v, cell in zip(values, cells, strict=True)
        ]
    return cells


def _declared(cells: list[str], ranges: list[dict[str, Any]], numeric: bool) -> list[str]:
    """Codes that stand in the cells and that the file declares missing."""
    distinct = sorted(set(cells) - {""})
    if not numeric:
        return [code for code in distinct if any(str(r["lo"]).strip() == code for r in ranges)]
    declared = []
    for code in distinct:
        if code[0] == "." and code[1:].isalpha():
            declared.append(code)
            continue
        try:
            number = float(code.replace(",", "."))
        except ValueError:  # a date
            continue
        if any(float(r["lo"]) <= number <= float(r["hi"]) for r in ranges):
            declared.append(code)
    return declared


def _findings(chosen: str, meta: Any, options: ReadOptions) -> Iterator[Finding]:
    if chosen in ("sas7bdat", "xpt") and options.dictionary is None:
        other = sorted(
            name
            for name, kind in meta.original_variable_types.items()
            if str(kind or "").rstrip("0123456789.").upper() not in _SAS_OWN
        )
        if other:
            yield Finding(
                "labels_in_another_file", NEEDS_AN_ANSWER,
                f"{len(other)} columns ({', '.join(other[:8])}) have formats whose labels stand in a catalogue that was not given.",
                'Name it (dictionary = "formats.sas7bcat" in [table]), or say in values what the codes mean.',
                count=len(other),
            )  # fmt: skip


def _checks(path: Path, chosen: str, frame: pd.DataFrame, transported: Transported | None) -> Iterator[Check]:
    if chosen == "sav":
        with path.open("rb") as file:
            head = file.read(84)
        order = "<" if struct.unpack_from("<i", head, 64)[0] in (2, 3) else ">"
        cases = struct.unpack_from(f"{order}i", head, 80)[0]
        if cases >= 0:
            yield Check("", "rows", "number of cases in the header", cases == len(frame))
        return
    if transported is not None:
        against, rows, numbers = "a second reading of the bytes", transported.rows, transported.numbers
    else:
        second = _second_reading(path, chosen)
        if second is None:
            return
        against, rows = named_version("pandas"), len(second)
        numbers = {
            str(name): second[name].to_numpy(dtype=np.float64)
            for name in second
            if pd.api.types.is_numeric_dtype(second[name])
        }
    yield Check("", "rows", against, rows == len(frame))
    if rows != len(frame):
        return
    for name in frame.columns:
        if name not in numbers:
            continue
        there = pd.Series(numbers[name])
        ours = pd.to_numeric(frame[name], errors="coerce") if frame[name].dtype == object else frame[name]
        dated = ours.isna().all() or not pd.api.types.is_numeric_dtype(ours)
        if frame[name].dtype == object:
            dated |= any(isinstance(v, datetime.date | datetime.time) for v in frame[name].unique())
        if dated:  # days and times; the second reading gives numbers since an origin
            text = frame[name].map(lambda v: isinstance(v, str)) & (frame[name] != "")
            yield Check(
                name, "missing", against, int((frame[name].isna() | text).sum()) == int(there.isna().sum())
            )
            continue
        yield Check(name, "missing", against, int(ours.isna().sum()) == int(there.isna().sum()))
        for what in ("min", "max"):
            one, other = (float(getattr(column, what)()) for column in (ours, there))
            same = bool(np.isclose(one, other, rtol=1e-12, atol=0, equal_nan=True))
            yield Check(name, {"min": "lowest", "max": "highest"}[what], against, same)


def _second_reading(path: Path, chosen: str) -> pd.DataFrame | None:
    """The same file by pandas, numbers as numbers; None where pandas does not read it."""
    try:
        if chosen == "dta":
            return pd.read_stata(path, convert_categoricals=False, convert_dates=False)
        return pd.read_sas(path, format="sas7bdat", encoding="latin-1")
    except _FROM_SECOND:
        return None
