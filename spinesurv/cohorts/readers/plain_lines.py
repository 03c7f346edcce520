"""Lines of text in which no sign needs a second look: cut into columns of different texts by whole blocks of bytes.

A file is plain where every line has as many delimiters as the first one, and quotes stand around whole cells only. What is not plain is
left to the csv module (`text.text_lines`), which reads plain lines to the same cells.
"""

from __future__ import annotations

import codecs
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from spinesurv.cohorts.readers.distinct import Distinct, Gathered

#: bytes that are cut at once
_BLOCK = 8_000_000
#: bytes from which a file shows a bar while it is read
LARGE = 20_000_000
#: encodings in which the bytes of delimiters, quotes and ends of lines are never part of another sign
_BYTEWISE = {
    "utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
    "cp932", "shift_jis", "cp949", "euc_kr", "euc_jp", "gb18030", "gbk", "big5",
}  # fmt: skip
_DELIMITERS = ",;\t"
_NEWLINE, _QUOTE = ord("\n"), ord('"')
_WORD = np.dtype("<i8")
#: the first w bytes of a word of eight
_FIRST_BYTES = np.array([*((1 << 8 * w) - 1 for w in range(8)), -1], dtype=_WORD)
_ASCII = bytes(range(128))


class _NotPlain(Exception):
    """Lines that the csv module has to read."""


def plain_lines(
    path: Path, encoding: str, delimiter: str, where: str
) -> tuple[list[str], list[Distinct]] | None:
    """Header and columns of a file of plain lines; None where it is none, or holds no line below the header.

    Row i stands in line i + 2 of the file, counted from 0 and from 1.

    Parameters
    ----------
    encoding : one that Python knows
    delimiter : one character
    where : words beside the bar that a large file shows on a terminal
    """
    codec = codecs.lookup(encoding).name
    if codec not in _BYTEWISE or delimiter not in _DELIMITERS or _ASCII.decode(codec) != _ASCII.decode():
        return None
    header: list[str] = []
    columns: list[Gathered] = []
    try:
        with path.open("rb") as file:
            for block in _blocks(file, codec, where):
                if not header:
                    first, _, block = block.partition(b"\n")
                    if b"\r" in first or b"\0" in first:
                        return None
                    names = csv.reader(
                        [first.decode()], delimiter=delimiter, strict=True, skipinitialspace=True
                    )
                    header = next(names, [])
                    if not header or header[0].startswith("sep="):
                        return None  # a first line that names the delimiter is none of names
                    columns = [Gathered() for _ in header]
                if block:
                    _cut(block, ord(delimiter), columns)
    except (UnicodeError, csv.Error, _NotPlain):
        return None
    return (header, [column.column() for column in columns]) if columns and len(columns[0]) else None


def _blocks(file: BinaryIO, codec: str, where: str) -> Iterator[bytes]:
    """Whole lines in UTF-8 that end in one newline.

    Raises
    ------
    UnicodeError
        Bytes that are none of the encoding.
    """
    size = file.seek(0, 2)
    file.seek(0)
    quiet = size < LARGE or not sys.stderr.isatty()
    utf_8 = codec in ("utf-8", "utf-8-sig")
    with tqdm(desc=where, total=size, unit="B", unit_scale=True, disable=quiet, leave=False) as bar:
        while block := file.read(_BLOCK):
            block += file.readline()
            bar.update(len(block))
            if file.tell() == len(block) and utf_8:
                block = block.removeprefix(codecs.BOM_UTF8)
            if not block.isascii():
                text = block.decode("utf-8" if utf_8 else codec)
                block = block if utf_8 else text.encode("utf-8")
            block = block.replace(b"\r\n", b"\n")
            yield block if block.endswith(b"\n") else block + b"\n"


def _cut(block: bytes, delimiter: int, columns: list[Gathered]) -> None:
    """Add the cells of a block of lines to their columns.

    Raises
    ------
    _NotPlain
        Lines with another number of cells than there are columns, empty lines, quotes inside cells, cells above the limit of
        the csv module.
    """
    if b"\r" in block or b"\0" in block or b"\x1a" in block or block.startswith(b"\n") or b"\n\n" in block:
        raise _NotPlain
    signs = np.frombuffer(block + bytes(8), dtype=np.uint8)
    ends = np.flatnonzero((signs == delimiter) | (signs == _NEWLINE))
    rows, rest = divmod(len(ends), len(columns))
    if (
        rest
        or rows != block.count(b"\n")
        or not (signs[ends[len(columns) - 1 :: len(columns)]] == _NEWLINE).all()
    ):
        raise _NotPlain
    starts = np.concatenate([[0], ends[:-1] + 1])
    if quotes := block.count(b'"'):
        quoted = (signs[starts] == _QUOTE) & (signs[ends - 1] == _QUOTE) & (ends - starts > 1)
        if quotes != 2 * np.count_nonzero(quoted):
            raise _NotPlain
        starts, ends = starts + quoted, ends - quoted
    if (ends - starts).max() > csv.field_size_limit():
        raise _NotPlain
    by_column = (np.ascontiguousarray(at.reshape(rows, -1).T) for at in (starts, ends))
    for column, begin, end in zip(columns, *by_column, strict=True):
        codes, first = _different(signs, begin, end - begin)
        cells = zip(begin[first].tolist(), end[first].tolist(), strict=True)
        column.add_coded([block[b:e].decode("utf-8") for b, e in cells], codes)


def _different(
    signs: NDArray[np.uint8], begin: NDArray[np.intp], width: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of the different cells each one is, and the first row of each; cells are compared by words of eight bytes.

    O(bytes): a further word is looked at in the cells that have one. No cell holds a zero byte, so that none of them is a shorter one.
    """
    words = np.ndarray(len(signs) - 7, _WORD, signs, strides=(1,))
    codes, different = pd.factorize(words[begin] & _FIRST_BYTES[np.minimum(width, 8)])
    fresh, longer = len(different), np.flatnonzero(width > 8)
    for at in range(8, int(width.max()), 8):
        longer = longer[width[longer] > at]
        further = words[begin[longer] + at] & _FIRST_BYTES[np.minimum(width[longer] - at, 8)]
        more, others = pd.factorize(further)
        apart, kinds = pd.factorize(codes[longer] * len(others) + more)
        codes[longer] = fresh + apart
        fresh += len(kinds)
    codes, different = pd.factorize(codes)
    first = np.empty(len(different), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, first
