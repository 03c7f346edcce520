"""R data frames saved with saveRDS: factors by their levels, dates as dates, NA as empty cells."""

from __future__ import annotations

import bz2
import datetime
import gzip
import lzma
import math
import struct
import zlib
from pathlib import Path
from typing import Any

from spinesurv.cohorts.readers.content import Content, cell_text
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.errors import InputError

_NA_INTEGER = -(2**31)
#: the low word that tells NA_real_ from an ordinary nan
_NA_REAL = 1954
_DAY_ZERO = datetime.date(1970, 1, 1)
_LONGEST = 2**31


class _Unreadable(Exception):
    """Something that a data frame does not consist of."""


class _Node:
    """A vector of R with its attributes."""

    def __init__(self, values: Any) -> None:
        self.values = values
        self.attributes: dict[str, Any] = {}

    def strings(self, name: str) -> list[str]:
        node = self.attributes.get(name)
        return [v or "" for v in node.values] if isinstance(node, _Node) else []


def read_rds(path: Path, options: ReadOptions, where: str) -> Content:
    """A data frame of an .rds file (XDR form, versions 2 and 3; not compressed, or by gzip, bzip2 or xz).

    Raises
    ------
    InputError
        The file is no such file, or holds something else than a data frame.
    """
    try:
        frame = _Stream(_plain(path.read_bytes())).read()
        columns = _columns(frame, options.decimal)
    except (
        _Unreadable, struct.error, IndexError, UnicodeDecodeError, OSError, EOFError, lzma.LZMAError, zlib.error,
        ValueError, OverflowError, RecursionError,
    ) as error:  # fmt: skip
        why = f" ({error})" if isinstance(error, _Unreadable) else ""
        raise InputError(
            f"{where}: it cannot be read as .rds{why}. Save a plain data frame with saveRDS(as.data.frame(x), "
            '"x.rds"), or write it as CSV.'
        ) from None
    return Content.of_columns(columns, where, typed=True)


def _columns(frame: Any, decimal: str) -> dict[str, list[str]]:
    if not isinstance(frame, _Node) or "data.frame" not in frame.strings("class"):
        raise _Unreadable("no data frame")
    names = [name.strip() for name in frame.strings("names")]
    lengths = {len(node.values) if isinstance(node, _Node) else -1 for node in frame.values}
    if len(names) != len(frame.values) or len(lengths) != 1 or len(set(names)) != len(names):
        raise _Unreadable("columns of several lengths, or under the same name")
    return {name: _column(node, decimal) for name, node in zip(names, frame.values, strict=True)}


def _plain(content: bytes) -> bytes:
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:3] == b"BZh":
        return bz2.decompress(content)
    return lzma.decompress(content) if content[:6] == b"\xfd7zXZ\x00" else content


def _column(node: _Node, decimal: str) -> list[str]:
    kinds = node.strings("class")
    if "factor" in kinds:
        levels = node.strings("levels")
        if any(v is not None and not 1 <= v <= len(levels) for v in node.values):
            raise _Unreadable("a factor with codes that have no level")
        return ["" if v is None else levels[v - 1].strip() for v in node.values]
    if "Date" in kinds:
        days = [None if v is None or not math.isfinite(v) else v for v in node.values]
        return [
            "" if d is None else (_DAY_ZERO + datetime.timedelta(math.floor(d))).isoformat() for d in days
        ]
    if "POSIXct" in kinds:
        start = datetime.datetime(1970, 1, 1)
        return [
            "" if v is None or not math.isfinite(v) else cell_text(start + datetime.timedelta(seconds=v))
            for v in node.values
        ]
    return [cell_text(v, decimal) for v in node.values]


class _Stream:
    """Reader of R's serialisation format, of what data frames consist of."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at, self.references = content, 0, list[Any]()
        if self._take(2) != b"X\n":
            raise _Unreadable("not in XDR form")
        version, _, _ = self._integers(3)
        if version == 3:
            self._take(self._integers(1)[0])
        elif version != 2:
            raise _Unreadable(f"version {version}")

    def read(self) -> Any:
        (flags,) = self._integers(1)
        kind, attributed, tagged = flags & 255, bool(flags & 512), bool(flags & 1024)
        if kind in (254, 242, 253, 251, 252, 241):  # nil, and values that stand for themselves
            return None
        if kind == 255:
            return self.references[(flags >> 8 or self._integers(1)[0]) - 1]
        if kind == 1:
            symbol = self.read()
            self.references.append(symbol)
            return symbol
        if kind == 9:
            (length,) = self._integers(1)
            return None if length == -1 else self._text(length, flags)
        if kind == 2:
            return self._pairs(attributed, tagged)
        if kind == 238:
            return self._alternative()
        node = _Node(self._vector(kind))
        if attributed:
            node.attributes = self.read() or {}
        return node

    def _text(self, length: int, flags: int) -> str:
        raw = self._take(length)
        return raw.decode("latin-1" if flags & (4 << 12) else "utf-8")

    def _pairs(self, attributed: bool, tagged: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            if attributed:
                self.read()
            tag = self.read() if tagged else None
            found[str(tag) if tag is not None else str(len(found))] = self.read()
            (flags,) = self._integers(1)
            if flags & 255 == 254:
                return found
            if flags & 255 != 2:
                raise _Unreadable("a list of another form")
            attributed, tagged = bool(flags & 512), bool(flags & 1024)

    def _vector(self, kind: int) -> Any:
        if kind not in (10, 13, 14, 16, 19):
            raise _Unreadable(f"type {kind} inside")
        (length,) = self._integers(1)
        if not 0 <= length < _LONGEST:
            raise _Unreadable("a vector of impossible length")
        if kind in (16, 19):
            if length > len(self.content):
                raise _Unreadable("a vector longer than the file")
            return [self.read() for _ in range(length)]
        if kind == 14:
            raw = self._take(8 * length)
            low = struct.unpack(f">{2 * length}I", raw)[1::2]
            values = struct.unpack(f">{length}d", raw)
            return [
                None if math.isnan(v) and word == _NA_REAL else v for v, word in zip(values, low, strict=True)
            ]
        numbers = self._integers(length)
        if kind == 10:
            return [None if v == _NA_INTEGER else bool(v) for v in numbers]
        return [None if v == _NA_INTEGER else v for v in numbers]

    def _alternative(self) -> Any:
        """Compact sequences and wrapped vectors, as R since 3.5 writes them."""
        info, state, attributes = self.read(), self.read(), self.read()
        name = str(next(iter(info.values()))) if isinstance(info, dict) and info else ""
        if name == "compact_intseq":
            count, first, step = (int(v) for v in state.values)
            node = _Node(list(range(first, first + count * step, step)) if step else [first] * count)
        elif name == "compact_realseq":
            count, start, step = state.values
            node = _Node([start + i * step for i in range(int(count))])
        elif name.startswith("wrap_"):
            node = next(iter(state.values())) if isinstance(state, dict) else state.values[0]
        elif name == "deferred_string":
            source = next(iter(state.values())) if isinstance(state, dict) else state.values[0]
            node = _Node([None if v is None else cell_text(v) for v in source.values])
        else:
            raise _Unreadable(f"compact form {name!r}")
        if attributes:
            node.attributes = attributes
        return node

    def _take(self, length: int) -> bytes:
        if length < 0 or self.at + length > len(self.content):
            raise _Unreadable("the file ends too early")
        self.at += length
        return self.content[self.at - length : self.at]

    def _integers(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f">{count}i", self._take(4 * count))
