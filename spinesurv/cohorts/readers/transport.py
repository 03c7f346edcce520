"""SAS transport files, versions 5 and 8, read a second time: numbers for comparison, and the letters of missing values."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinesurv.errors import InputError

_RECORD = 80
_MEMBER = re.compile(rb"HEADER RECORD\*{7}MEMB(?:ER |V8 )")
_NAMES = re.compile(rb"HEADER RECORD\*{7}NAM(?:ESTR |STV8 )HEADER RECORD!{7}000000([0-9]{4})")
_ROWS = re.compile(rb"HEADER RECORD\*{7}OBS(?:   |V8 )")
_LETTERS = b"_ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, eq=False)
class Transported:
    """The numeric columns of a transport file.

    Parameters
    ----------
    rows : number of rows
    numbers : column -> (rows) float64, nan where missing
    letters : column -> (rows) letter of a special missing value ("A" to "Z", "_"), "" elsewhere
    """

    rows: int
    numbers: dict[str, np.ndarray]
    letters: dict[str, np.ndarray]


def read_transport(path: Path, where: str) -> Transported:
    """Numbers of a transport file, from the layout that SAS has published (numbers in the form of IBM mainframes).

    Raises
    ------
    InputError
        It is no such file, or holds several tables.
    """
    content = path.read_bytes()
    members = [found for found in _MEMBER.finditer(content) if found.start() % _RECORD == 0]
    if len(members) > 1:
        raise InputError(
            f"{where}: the file holds {len(members)} tables. Write the one with the patients into a file of its own."
        )
    names, rows = _NAMES.search(content), _ROWS.search(content)
    if not content.startswith(b"HEADER RECORD") or not members or names is None or rows is None:
        raise InputError(
            f"{where}: it cannot be read as xpt. Check that it is complete, and a transport file of version 5 or 8; a file "
            "of PROC CPORT is something else."
        )
    size = 136 if content[members[0].start() :][74:78] == b"0136" else 140
    start = names.start() + _RECORD
    described = [content[start + i * size : start + (i + 1) * size] for i in range(int(names[1]))]
    return _of_rows(content[rows.start() + _RECORD :], described, where)


def _of_rows(content: bytes, described: list[bytes], where: str) -> Transported:
    fields = []
    for one in described:
        if len(one) < 120:
            raise InputError(f"{where}: it cannot be read as xpt: the file ends too early.")
        kind, _, length, _ = struct.unpack(">4h", one[:8])
        (at,) = struct.unpack(">i", one[84:88])
        name = one[8:16].strip() if not one[88:120].strip(b" \x00") else one[88:120].strip(b" \x00")
        fields.append((name.decode("latin-1"), kind == 1, length, at))
    width = max((at + length for _, _, length, at in fields), default=0)
    if width <= 0 or any(length <= 0 or at < 0 for _, _, length, at in fields):
        raise InputError(f"{where}: it cannot be read as xpt: the columns have no width.")
    n = len(content) // width
    cells = np.frombuffer(content[: n * width], dtype=np.uint8).reshape(n, width)
    filled = np.flatnonzero((cells != ord(" ")).any(axis=1))
    n = int(filled[-1]) + 1 if len(filled) else 0  # the last record is filled up with blanks
    numbers, letters = {}, {}
    for column, numeric, length, at in fields:
        if numeric:
            part = np.zeros((n, 8), dtype=np.uint8)
            part[:, : min(length, 8)] = cells[:n, at : at + min(length, 8)]
            numbers[column], letters[column] = _numbers(part)
    return Transported(n, numbers, letters)


def _numbers(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n) numbers and (n) letters of missing values, out of (n, 8) bytes.

    A number is (-1)^s * f * 16^(e - 64), with one bit s, seven bits e and f the other 56 as a fraction of one.
    """
    special = (part[:, 1:] == 0).all(axis=1)
    letter = np.full(len(part), "", dtype=object)
    for code in _LETTERS:
        letter[special & (part[:, 0] == code)] = chr(code)
    missing = (letter != "") | (special & (part[:, 0] == ord(".")))
    bits = part.copy().view(">u8").ravel().astype(np.uint64)
    fraction = (bits & np.uint64(2**56 - 1)).astype(np.float64) / 2.0**56
    sign = np.where(bits >> np.uint64(63), -1.0, 1.0)
    power = ((bits >> np.uint64(56)) & np.uint64(127)).astype(np.int64) - 64
    return np.where(missing, np.nan, sign * np.ldexp(fraction, 4 * power)), letter
