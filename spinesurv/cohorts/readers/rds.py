"""R data frames saved with saveRDS or save: factors by their levels, dates as dates, NA as empty cells, labels kept."""

from __future__ import annotations

import bz2
import datetime
import gzip
import lzma
import math
import struct
import zlib
import zoneinfo
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.readers.content import DECLARED, Content, cell_text, column_text
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.r_stream import Node, Stream, Unreadable, na_letter
from spinesurv.errors import InputError, unknown_name

_DAY_ZERO = datetime.date(1970, 1, 1)
_SECOND_ZERO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
#: marks of files of several objects (save)
_SEVERAL = (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n")
#: classes that say nothing about what a number means
_NO_MEANING = {
    "factor", "ordered", "Date", "IDate", "POSIXct", "POSIXt", "POSIXlt", "difftime", "hms", "integer64", "haven_labelled",
    "haven_labelled_spss", "labelled", "vctrs_vctr", "double", "integer", "numeric", "character", "logical", "AsIs", "spss_labelled",
}  # fmt: skip
_HOW = 'Save a plain data frame with saveRDS(as.data.frame(x), "x.rds"), or write it as CSV.'


@dataclass
class _Column:
    """Cells of a column, and what its attributes say."""

    cells: list[str]
    labels: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    title: str = ""


def read_rds(path: Path, options: ReadOptions, where: str) -> Content:
    """A data frame of an .rds or .RData file (all forms that R writes, versions 2 and 3; gzip, bzip2, xz or none).

    Of an .RData file with several data frames, `sheet` names the one. Row names that are texts become a column `row.names`.
    A point in time is written in its own zone; without a zone it is that of the session that saved it, which the file does
    not tell, and a person must confirm the day. Values that haven tags or declares missing stay as codes with their labels.

    Raises
    ------
    InputError
        The file is no such file, holds something else than a data frame, or columns that are no vectors.
    """
    try:
        frame = _frame(_plain(path.read_bytes()), options, where)
        columns = _columns(frame, options.decimal)
    except (
        Unreadable, struct.error, IndexError, KeyError, AttributeError, TypeError, UnicodeDecodeError, OSError, EOFError,
        lzma.LZMAError, zlib.error, ValueError, OverflowError, RecursionError, MemoryError,
    ) as error:  # fmt: skip
        if isinstance(error, InputError):
            raise
        why = f" ({error})" if isinstance(error, Unreadable) else ""
        raise InputError(f"{where}: it cannot be read as a file of R{why}. {_HOW}") from None
    return Content.of_columns(
        {name: column.cells for name, column in columns.items()},
        where,
        typed=True,
        labels={name: column.labels for name, column in columns.items() if column.labels},
        gaps={name: column.gaps for name, column in columns.items() if column.gaps},
        titles={name: column.title for name, column in columns.items() if column.title},
        findings=tuple(finding for column in columns.values() for finding in column.findings),
    )


def _plain(content: bytes) -> bytes:
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:3] == b"BZh":
        return bz2.decompress(content)
    return lzma.decompress(content) if content[:6] == b"\xfd7zXZ\x00" else content


def _frame(content: bytes, options: ReadOptions, where: str) -> Node:
    """The data frame, or the one of several that the mapping names."""
    if content[:5] not in _SEVERAL:
        frame = Stream(content, options.encoding).read()
        if not _is_frame(frame):
            raise Unreadable("no data frame")
        return frame
    saved = Stream(content[5:], options.encoding).read()
    frames = {name: node for name, node in (saved or {}).items() if _is_frame(node)}
    if not frames:
        raise Unreadable("no data frame among its objects")
    if options.sheet is not None and options.sheet not in frames:
        raise unknown_name("data frame", options.sheet, frames, where=where)
    if options.sheet is None and len(frames) > 1:
        raise InputError(
            f"{where}: the file holds {len(frames)} data frames ({', '.join(frames)}). Say which one holds the patients: "
            'sheet = "..." in [table] of the mapping file.'
        )
    return frames[options.sheet or next(iter(frames))]


def _is_frame(node: Any) -> bool:
    return isinstance(node, Node) and node.is_list and "data.frame" in node.strings("class")


def _columns(frame: Node, decimal: str) -> dict[str, _Column]:
    names = [name.strip() for name in frame.strings("names")]
    if len(names) != len(frame.values):
        raise Unreadable("columns without a name")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unreadable(f"columns of the same name: {', '.join(twice[:5])}")
    columns = {name: _column(name, node, decimal) for name, node in zip(names, frame.values, strict=True)}
    for name, node in zip(names, frame.values, strict=True):
        columns[name].title = "".join(node.strings("label")[:1]).strip()
    rows = max((len(column.cells) for column in columns.values()), default=0)
    odd = [name for name, column in columns.items() if len(column.cells) != rows]
    if odd:
        raise Unreadable(f"columns of several lengths: {', '.join(odd[:5])}")
    given = frame.strings("row.names")
    counted = [str(i + 1) for i in range(rows)]
    if given and len(given) == rows and given != counted and "row.names" not in columns:
        columns = {"row.names": _Column(given)} | columns
    return columns


def _column(name: str, node: Any, decimal: str) -> _Column:
    kinds = node.strings("class") if isinstance(node, Node) else []
    if "POSIXlt" in kinds:
        return _Column(_broken_down(node))
    if not isinstance(node, Node) or not node.is_plain or "dim" in node.attributes:
        raise Unreadable(f"column {name} is a list, a table or something else that is not one value per row")
    if "factor" in kinds:
        levels = node.strings("levels")
        if any(v is not None and not 1 <= v <= len(levels) for v in node.values):
            raise Unreadable("a factor with codes that have no level")
        return _Column(["" if v is None else levels[v - 1].strip() for v in node.values])
    if "Date" in kinds or "IDate" in kinds:
        return _Column([_day(v) for v in node.values])
    if "POSIXct" in kinds:
        return _times(name, node)
    if "difftime" in kinds:
        return _span(name, node, decimal, of_day="hms" in kinds)
    if "integer64" in kinds:
        numbers = struct.unpack(f">{len(node.values)}q", _bits(node.values))
        return _Column(["" if v == -(2**63) else str(v) for v in numbers])
    return _labelled(name, node, kinds, decimal)


def _day(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return ""
    return (_DAY_ZERO + datetime.timedelta(math.floor(value))).isoformat()


def _times(name: str, node: Node) -> _Column:
    """Points in time, in the zone of the column."""
    given = node.strings("tzone")
    said = given[0] if given else ""
    zone: datetime.tzinfo = datetime.UTC
    if said not in ("", "UTC", "GMT"):
        try:
            zone = zoneinfo.ZoneInfo(said)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise Unreadable(f"column {name} is in time zone {said!r}, which is not known") from None
    found = {v: _time(v, zone) for v in set(node.values)}
    column = _Column([found[v] for v in node.values])
    if not said and any(cell and " " in cell for cell in column.cells):
        column.findings.append(
            Finding(
                "time_zone", NEEDS_AN_ANSWER,
                f"Times of {name} were saved without a time zone; the day was taken in UTC.",
                "In another zone a day can differ by one: save as.Date(x) of the hospital's own zone, or confirm that it is UTC.", name,
            )
        )  # fmt: skip
    return column


def _time(value: float | None, zone: datetime.tzinfo) -> str:
    if value is None or not math.isfinite(value):
        return ""
    at = (_SECOND_ZERO + datetime.timedelta(seconds=value)).astimezone(zone)
    return cell_text(at.replace(tzinfo=None))


def _broken_down(node: Node) -> list[str]:
    """Times in parts (POSIXlt): the parts are those of their own zone."""
    parts = dict(zip(node.strings("names"), node.values, strict=True))
    found = []
    for year, month, day, hour, minute, second in zip(
        *(parts[name].values for name in ("year", "mon", "mday", "hour", "min", "sec")), strict=True
    ):
        there = None not in (year, month, day) and math.isfinite(second or 0)
        at = datetime.datetime(1900 + year, 1 + month, day, hour, minute, int(second)) if there else None
        found.append(cell_text(at))
    return found


def _span(name: str, node: Node, decimal: str, *, of_day: bool) -> _Column:
    """Spans of time: times of day as HH:MM:SS, others as numbers, with their unit told."""
    if of_day:
        seconds = [None if v is None or not math.isfinite(v) else round(v) for v in node.values]
        return _Column(
            ["" if s is None else f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds]
        )
    unit = (node.strings("units") or ["unknown units"])[0]
    told = Finding(
        "unit_in_the_file", NOTE, f"Column {name} is a span of time in {unit}, as the file says.",
        f'Give that unit where the column is mapped (unit = "{unit}").', name,
    )  # fmt: skip
    return _Column(column_text(node.values, decimal), findings=[told])


def _labelled(name: str, node: Node, kinds: list[str], decimal: str) -> _Column:
    """Numbers, texts and yes/no, with the labels and the missing codes of haven."""
    column = _Column(_cells(node, decimal))
    labels = node.attributes.get("labels")
    if isinstance(labels, Node) and labels.is_plain:
        names = labels.strings("names")
        column.labels = {
            code: label for code, label in zip(_cells(labels, decimal), names, strict=False) if code
        }
    declared = {code for code in column.cells if code[:1] == "." and code[1:].isalpha() and node.kind == 14}
    for_missing = node.attributes.get("na_values")
    if isinstance(for_missing, Node) and for_missing.is_plain:
        declared |= set(_cells(for_missing, decimal)) & set(column.cells)
    ends = node.attributes.get("na_range")
    if isinstance(ends, Node) and ends.is_plain and len(ends.values) == 2:
        low, high = ends.values
        held = zip(node.values, column.cells, strict=True)
        declared |= {cell for v, cell in held if isinstance(v, int | float) and cell and low <= v <= high}
    column.gaps = {code: column.labels.get(code, DECLARED) for code in sorted(declared - {""})}
    strange = [kind for kind in kinds if kind not in _NO_MEANING]
    if strange:
        column.findings.append(
            Finding(
                "class_not_known", NEEDS_AN_ANSWER,
                f"Column {name} has the class {strange[0]} of an R package; what it holds was taken as it is stored.",
                "Check it against the table as R shows it, or convert the column in R.", name,
            )
        )  # fmt: skip
    return column


def _cells(node: Node, decimal: str) -> list[str]:
    if node.kind != 14:
        return column_text(node.values, decimal)
    cells = column_text(node.values, decimal)
    tagged = [i for i, v in enumerate(node.values) if v is not None and v != v]
    for i, bits in zip(
        tagged, struct.unpack(f">{len(tagged)}Q", _bits([node.values[i] for i in tagged])), strict=True
    ):
        letter = na_letter(bits)
        cells[i] = f".{letter}" if letter else ""
    return cells


def _bits(values: list[Any]) -> bytes:
    return struct.pack(f">{len(values)}d", *(math.nan if v is None else v for v in values))
