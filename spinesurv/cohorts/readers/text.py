"""CSV and TSV: cells as they are written."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from spinesurv.cohorts.readers.content import Content, agreed
from spinesurv.cohorts.readers.header import Line
from spinesurv.cohorts.readers.kinds import refuse_other_kinds
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.plain_lines import LARGE, plain_lines
from spinesurv.cohorts.readers.second_reading import second_reading
from spinesurv.errors import InputError

#: mark of the end of a file in DOS
_END_OF_FILE = b"\x1a"
#: bytes that tell what kind of file it is
_HEAD = 4096
#: a first line that names the delimiter, and nothing else
SEPARATOR_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\"?sep=([,;|\t])\"?\r?\n")


def read_text(path: Path, options: ReadOptions, where: str) -> Content:
    """Lines of a text file; lines without any cell are left out."""
    check_encoding(options, where)
    plain = None
    if options.header is None:
        plain = plain_lines(path, _codec(options), options.delimiter or ",", where)
    if plain is None:
        return Content.of_lines(text_lines(path.read_bytes(), options, where), options, where)
    with path.open("rb") as file:
        refuse_other_kinds(file.read(_HEAD), where)
    content = Content.of_plain(*plain, options, where)
    checks = second_reading(path, _codec(options), options.delimiter or ",", *plain)
    return replace(content, checks=agreed(checks, where))


def text_lines(content: bytes, options: ReadOptions, where: str) -> Iterator[Line]:
    """Lines with their numbers, as they are asked for; on a terminal a large file shows a bar.

    Raises
    ------
    InputError
        Unknown or wrong encoding, broken quoting, a delimiter that is not one character, a zero byte.
    """
    check_encoding(options, where)
    refuse_other_kinds(content, where)
    if _codec(options) == "utf-8-sig" and utf_16_of(content) is not None:
        raise _not_in(content, options, where)
    lines = io.TextIOWrapper(
        io.BytesIO(content.removesuffix(_END_OF_FILE)), encoding=_codec(options), newline=""
    )
    try:
        reader = csv.reader(
            _of_text(lines, where), delimiter=options.delimiter or ",", strict=True, skipinitialspace=True
        )
        quiet = len(content) < LARGE or not sys.stderr.isatty()
        if SEPARATOR_LINE.match(content):
            next(reader)
        for row in tqdm(reader, desc=where, unit=" lines", disable=quiet, leave=False):
            if row:
                yield reader.line_num, row
    except UnicodeError:
        raise _not_in(content, options, where) from None
    except csv.Error:
        raise InputError(
            f"{where}: the quoting of cells is broken at line {reader.line_num}. "
            'A quote inside a quoted cell must be doubled (""), and the delimiter must be the right one; export the table again.'
        ) from None
    except TypeError:
        raise InputError(
            f"{where}: delimiter {options.delimiter!r} is not one character. Usual ones: ',' ';' and a tab."
        ) from None


def _of_text(lines: Iterable[str], where: str) -> Iterator[str]:
    """The lines, none of which holds the sign NUL: pandas takes two cells that differ behind one for the same.

    Raises
    ------
    InputError
        One of them does.
    """
    for at, line in enumerate(lines, start=1):
        if "\0" in line:
            raise InputError(
                f"{where}: line {at} holds a zero byte (NUL), which no text does. The file is damaged, or in another encoding: export "
                "the table again."
            )
        yield line


def decoded(content: bytes, options: ReadOptions, where: str) -> str:
    """The text of a file under its declared encoding; a byte-order mark of UTF-8 is left out."""
    check_encoding(options, where)
    try:
        return content.decode(_codec(options))
    except UnicodeError:
        raise _not_in(content, options, where) from None


def check_encoding(options: ReadOptions, where: str) -> None:
    """Refuse an encoding that Python does not know, or that is none of text."""
    try:
        b"0000".decode(options.encoding)
    except UnicodeError:
        return
    except LookupError:
        raise InputError(
            f"{where}: encoding {options.encoding!r} is not known. Usual ones: utf-8, cp1252, latin-1, cp932, cp949."
        ) from None


def _codec(options: ReadOptions) -> str:
    utf_8 = options.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    return "utf-8-sig" if utf_8 else options.encoding


def utf_16_of(content: bytes) -> str | None:
    """The kind of UTF-16 that a file is in, by its mark, or by the empty half of every other sign; None where it is none."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = content[:1000]
    for encoding, empty in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if len(head) > 3 and empty.count(0) > 0.4 * len(empty) and head.count(0) < 1.1 * empty.count(0):
            return encoding
    return None


def _not_in(content: bytes, options: ReadOptions, where: str) -> InputError:
    utf_16 = utf_16_of(content)
    if utf_16 is not None:
        return InputError(
            f'{where}: the file is UTF-16, as Excel writes Unicode text. Say encoding = "{utf_16}" and its delimiter (often a tab) in '
            "[table] of the mapping file, or save it as UTF-8."
        )
    return InputError(
        f"{where}: the file is not {options.encoding}. Say which encoding it has in [table] of the mapping "
        'file (encoding = "cp1252" is common for Western Excel exports), or save it as UTF-8.'
    )
