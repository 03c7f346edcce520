"""How a file is to be read: encoding, delimiter and decimal sign, told from all of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from spinesurv.cohorts.read_table import RawTable, read_table
from spinesurv.cohorts.readers import SUFFIXES, ReadOptions
from spinesurv.errors import InputError

_DELIMITERS = (";", "\t", ",", "|")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_BETWEEN_LETTERS = re.compile("(?<=[A-Za-z])[가-힣ぁ-んァ-ヶ一-鿿](?=[a-z])")
_SCRIPTS = {
    "cp949": re.compile("[가-힣]"),
    "cp932": re.compile("[ぁ-んァ-ヶ一-鿿]"),
    "cp1252": re.compile("[äöüßÄÖÜéèêàçñíóúáåøæœ°²³µ§€’–]"),
}


def look(path: Path, sheet: str | None = None, dictionary: Path | None = None) -> tuple[RawTable, list[str]]:
    """The table and what speaks for the way it was read.

    A text file: UTF-8 where it is that, else the one of cp949, cp932 and cp1252 under which the bytes beyond ASCII are letters
    of its script; the delimiter that cuts every line into as many cells as the first; a decimal comma where numbers have commas
    and none has a point. Other formats say these things themselves.

    Raises
    ------
    InputError
        No such file, or one that cannot be read under any of them.
    """
    if SUFFIXES.get(path.suffix.lower()) not in ("csv", "tsv", None) or not path.is_file():
        return read_table(path, ReadOptions(sheet=sheet, dictionary=dictionary)), [
            "the file says itself how it is read"
        ]
    content = path.read_bytes()
    encoding, words = _encoding(content, path.name)
    evidence = [words]
    text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InputError(
            f"table {path.name}: the file is empty. A first line with the names of the columns is expected."
        )
    if len(lines) > 5 and all(line.startswith("#") for line in lines[:4]):
        return read_table(path, ReadOptions("cbioportal", encoding=encoding)), [
            *evidence,
            "four lines with # in front: cBioPortal",
        ]
    delimiter = _delimiter(lines[:2000])
    evidence.append(f"delimiter {delimiter!r}: cuts the lines into as many cells as the header")
    options = ReadOptions("csv", delimiter, ".", encoding)
    if dictionary is not None:
        options = replace(options, format="redcap", dictionary=dictionary)
        evidence.append("read with its data dictionary: REDCap")
    table = read_table(path, options)
    cells = table.cells.to_numpy().ravel()
    commas = sum(bool(_COMMA.fullmatch(cell)) for cell in cells)
    points = sum(bool(_POINT.fullmatch(cell)) for cell in cells)
    if commas and not points and delimiter != ",":
        evidence.append(f"decimal comma: {commas} numbers with a comma, none with a point")
        table = replace(table, options=replace(table.options, decimal=","))
    elif commas and points:
        evidence.append(
            f"QUESTION: {commas} numbers have a comma and {points} a point. Which is the decimal sign? A point is assumed."
        )
    return table, evidence


def _encoding(content: bytes, name: str) -> tuple[str, str]:
    try:
        content.decode("utf-8-sig")
        return "utf-8", "encoding utf-8: every byte fits"
    except UnicodeDecodeError:
        pass
    best, share = "", 0.0
    for encoding, script in _SCRIPTS.items():
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        beyond = [c for c in text if ord(c) > 127]
        hits = sum(bool(script.match(c)) for c in beyond)
        if encoding != "cp1252":
            # an umlaut inside a word and the letter behind it make one sign of Hangul or kanji, which never stands between letters
            hits -= len(_BETWEEN_LETTERS.findall(text))
        found = hits / len(beyond)
        if found > share:
            best, share = encoding, found
    if not best:
        raise InputError(
            f"table {name}: it is neither UTF-8 nor cp949, cp932 or cp1252. Save it as UTF-8, then propose a mapping."
        )
    return best, f"encoding {best}: {share:.0%} of the letters beyond ASCII are of its script"


def _delimiter(lines: list[str]) -> str:
    """The sign that the header and nearly every line hold equally often, quoted parts left out."""
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines]
    best, most = ",", 0
    for sign in _DELIMITERS:
        in_header = bare[0].count(sign)
        alike = sum(line.count(sign) == in_header for line in bare) / len(bare)
        if in_header > most and alike > 0.95:
            best, most = sign, in_header
    return best
