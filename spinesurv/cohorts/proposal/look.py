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
#: a sign before the last three digits of a number of up to six may part thousands
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_BETWEEN_LETTERS = re.compile("(?<=[A-Za-z])[가-힣ぁ-んァ-ヶ一-鿿](?=[a-z])")
_SCRIPTS = {
    "cp949": re.compile("[가-힣]"),
    "cp932": re.compile("[ぁ-んァ-ヶ一-鿿]"),
    "cp1252": re.compile("[äöüßÄÖÜéèêàçñíóúáåøæœ°²³µ§€’–]"),
}


def look(path: Path, sheet: str | None = None, dictionary: Path | None = None) -> tuple[RawTable, list[str]]:
    """The table and what speaks for the way it was read.

    A text file: UTF-8 where it is that, else the one of cp949, cp932 and cp1252 under which the bytes beyond ASCII are letters
    of its script; the delimiter that cuts every line into as many cells as the first. Other formats say these things themselves.
    Of all, a decimal comma where numbers in texts have commas and none has a point.

    Raises
    ------
    InputError
        No such file, or one that cannot be read under any of them.
    """
    if SUFFIXES.get(path.suffix.lower()) not in ("csv", "tsv", None) or not path.is_file():
        table = read_table(path, ReadOptions(sheet=sheet, dictionary=dictionary))
        table, sign = _decimal(table, path)
        return table, ["the file says itself how it is read", *sign]
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
    table, sign = _decimal(read_table(path, options), path)
    return table, [*evidence, *sign]


def _decimal(table: RawTable, path: Path) -> tuple[RawTable, list[str]]:
    """The table under its decimal sign, and what speaks for it; a sign that may part thousands alone is asked about.

    A workbook writes its own numbers with the sign that is declared: only numbers in texts can speak for one.
    """
    commas = _like(table, _COMMA)
    if not commas:
        return table, []
    options = replace(table.options, decimal=",")
    by_comma = read_table(path, options) if table.content.typed else replace(table, options=options)
    points = _like(by_comma, _POINT)
    thousands = sum(bool(_MAYBE_THOUSANDS.fullmatch(number)) for number in commas)
    if thousands == len(commas):
        return table, [
            f"QUESTION: {len(commas)} numbers have a comma and three digits behind it. Is it the decimal sign, or does it part thousands "
            '(decimal = "," or thousands = ",")? They are read as neither.'
        ]
    if not points:
        return by_comma, [f"decimal comma: {len(commas)} numbers with a comma, none with a point"]
    if all(_MAYBE_THOUSANDS.fullmatch(number) for number in points):
        return by_comma, [
            f"decimal comma: {len(commas)} numbers with a comma",
            f'QUESTION: {len(points)} numbers have a point and three digits behind it. Does it part thousands (thousands = ".")? They are '
            "not read until then.",
        ]
    return table, [
        f"QUESTION: {len(commas)} numbers have a comma and {len(points)} a point. Which is the decimal sign? A point is assumed."
    ]


def _like(table: RawTable, pattern: re.Pattern[str]) -> list[str]:
    """Cells of this form."""
    return [cell for cell in table.cells.to_numpy().ravel() if pattern.fullmatch(cell)]


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
