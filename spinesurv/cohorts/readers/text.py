"""CSV and TSV: cells as they are written."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from spinesurv.cohorts.readers.content import Content, Line, check_header
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.plain_lines import LARGE, plain_lines
from spinesurv.errors import InputError

#: a first line that names the delimiter, and nothing else
SEPARATOR_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\"?sep=([,;|\t])\"?\r?\n")


def read_text(path: Path, options: ReadOptions, where: str) -> Content:
    """Lines of a text file; lines without any cell are left out."""
    check_encoding(options, where)
    plain = plain_lines(path, _codec(options), options.delimiter or ",", where)
    if plain is None:
        return Content.of_lines(text_lines(path.read_bytes(), options, where), options, where)
    header = [name.strip() for name in plain[0]]
    check_header(header, options, where)
    lines = pd.Series(np.arange(len(plain[1][0].codes)) + 2, dtype="int64")
    return Content(dict(zip(header, plain[1], strict=True)), lines)


def text_lines(content: bytes, options: ReadOptions, where: str) -> Iterator[Line]:
    """Lines with their numbers, as they are asked for; on a terminal a large file shows a bar.

    Raises
    ------
    InputError
        Unknown or wrong encoding, broken quoting, a delimiter that is not one character.
    """
    check_encoding(options, where)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding=_codec(options), newline="")
    try:
        reader = csv.reader(lines, delimiter=options.delimiter or ",", strict=True)
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
            'A quote inside a quoted cell must be doubled (""); export the table again.'
        ) from None
    except TypeError:
        raise InputError(
            f"{where}: delimiter {options.delimiter!r} is not one character. Usual ones: ',' ';' and a tab."
        ) from None


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


def _not_in(content: bytes, options: ReadOptions, where: str) -> InputError:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return InputError(
            f'{where}: the file is UTF-16, as Excel writes Unicode text. Say encoding = "utf-16" and its delimiter (often a tab) in '
            "[table] of the mapping file, or save it as UTF-8."
        )
    return InputError(
        f"{where}: the file is not {options.encoding}. Say which encoding it has in [table] of the mapping "
        'file (encoding = "cp1252" is common for Western Excel exports), or save it as UTF-8.'
    )
