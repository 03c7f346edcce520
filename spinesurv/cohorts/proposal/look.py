"""How a file is to be read: encoding, delimiter and decimal sign, told from all of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from spinesurv.cohorts.proposal.concepts import known_in
from spinesurv.cohorts.read_table import RawTable, read_table
from spinesurv.cohorts.readers import SUFFIXES, ReadOptions
from spinesurv.cohorts.readers.distinct import distinct_columns
from spinesurv.cohorts.readers.header import HeaderElsewhere
from spinesurv.cohorts.readers.kinds import format_of, refuse_other_kinds
from spinesurv.cohorts.readers.text import SEPARATOR_LINE, utf_16_of
from spinesurv.errors import InputError

_DELIMITERS = (";", "\t", ",", "|")
_COMMA = re.compile(r"[+-]?[0-9]+(?:,[0-9]+|(?:,[0-9]{3})+)")
_POINT = re.compile(r"[+-]?[0-9]*(?:\.[0-9]+|(?:\.[0-9]{3})+)")
#: a sign before groups of three digits may part thousands
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[.,][0-9]{3})+")
_BETWEEN_LETTERS = re.compile("(?<=[A-Za-z])[가-힣ぁ-んァ-ヶ一-鿿](?=[a-z])")
_SCRIPTS = {
    "cp949": re.compile("[가-힣]"),
    "cp932": re.compile("[ぁ-んァ-ヶ一-鿿]"),
    "cp1252": re.compile("[äöüßÄÖÜéèêàçñíóúáåøæœ°²³µ§€’–]"),
    "gb18030": re.compile("[一-鿿]"),
    "big5": re.compile("[一-鿿]"),
}
_ONLY_WITH_WORDS = ("gb18030", "big5")
#: signs at the beginning of a text in which words are looked for: the header and some rows
_HEAD = 20_000


def look(path: Path, sheet: str | None = None, dictionary: Path | None = None) -> tuple[RawTable, list[str]]:
    """The table and what speaks for the way it was read.

    A text file: UTF-16 or UTF-8 where it is that, else the one of cp949, cp932, cp1252, gb18030 and big5 under which it holds most
    words of hospitals, and its bytes beyond ASCII are letters of its script; the delimiter that cuts every line into as many cells as
    the first. Other formats say these things themselves. Of all, the decimal sign, and one that parts thousands, as the numbers in
    texts of the whole table tell them.

    Raises
    ------
    InputError
        No such file, or one that cannot be read under any of them.
    """
    chosen = SUFFIXES.get(path.suffix.lower()) or (format_of(path) if path.exists() else None)
    if chosen not in ("csv", "tsv", "cbioportal", None) or not path.is_file():
        options = ReadOptions(sheet=sheet, dictionary=dictionary)
        return _decimal(path, options, ["the file says itself how it is read"])
    content = path.read_bytes()
    refuse_other_kinds(content, f"table {path.name}")
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
    named = SEPARATOR_LINE.match(content)
    delimiter = named[1].decode("ascii") if named else _delimiter(lines[:2000])
    told = "the first line names it" if named else "cuts the lines into as many cells as the header"
    evidence.append(f"delimiter {delimiter!r}: {told}")
    options = ReadOptions("csv", delimiter, ".", encoding)
    if dictionary is not None:
        options = replace(options, format="redcap", dictionary=dictionary)
        evidence.append("read with its data dictionary: REDCap")
    table, evidence = _decimal(path, options, evidence)
    if dictionary is None and _of_redcap([str(name) for name in table.cells.columns]):
        evidence.append(
            "QUESTION: is it an export of REDCap? Then its data dictionary says what the codes mean, and which columns identify a person: "
            "propose again with --dictionary FILE."
        )
    return table, evidence


def _of_redcap(names: list[str]) -> bool:
    """Whether columns have the names that REDCap gives its own, or boxes and states of forms."""
    own = any(name.startswith("redcap_") for name in names)
    boxes = any(re.fullmatch(r"[a-z0-9_]+___\w+", name) for name in names)
    return own or (boxes and any(name.endswith("_complete") for name in names))


def _patients(path: Path, options: ReadOptions) -> tuple[RawTable, list[str]]:
    """The table; where titles stand above the names of its columns, from these names on, and without lines that repeat them."""
    evidence = []
    try:
        table = read_table(path, options)
    except HeaderElsewhere as found:
        evidence.append(f"header {found.line}: titles stand above, and the names of the columns there")
        table = read_table(path, replace(options, header=found.line))
    again = list(table.content.header_again)
    if not again:
        return table, evidence
    evidence.append(
        f"{len(again)} lines repeat the names of the columns; an import refuses them as no patients"
    )
    content = table.content
    cells = content.cells.drop(index=again).reset_index(drop=True)
    lines = content.lines.drop(index=again).reset_index(drop=True)
    rest = replace(content, columns=distinct_columns(cells), lines=lines, header_again=())
    return replace(table, content=rest), evidence


def _decimal(path: Path, options: ReadOptions, evidence: list[str]) -> tuple[RawTable, list[str]]:
    """The table, and what speaks for the way it was read, its decimal sign as well."""
    table, told = _patients(path, options)
    table, sign = _under_its_sign(table, path)
    return table, [*evidence, *told, *sign]


def _under_its_sign(table: RawTable, path: Path) -> tuple[RawTable, list[str]]:
    """The table under its decimal sign, and what speaks for it; a sign that may part thousands alone is asked about.

    A workbook writes its own numbers with the sign that is declared: only numbers in texts can speak for one. A number such as 8.200
    is grouped where the table writes its decimals with the other sign.
    """
    commas, points = _like(table, _COMMA), _like(table, _POINT)
    if table.content.typed:
        by_comma, _ = _patients(path, replace(table.options, decimal=","))
        points = _like(by_comma, _POINT) if commas else points
    else:
        by_comma = replace(table, options=replace(table.options, decimal=","))
    in_threes = {
        sign: sum(bool(_MAYBE_THOUSANDS.fullmatch(n)) for n in found)
        for sign, found in ((",", commas), (".", points))
    }
    if not commas:
        return table, []
    if in_threes[","] == len(commas) and not (points and in_threes["."] < len(points)):
        return table, [
            f"QUESTION: {len(commas)} numbers have a comma and three digits behind it. Is it the decimal sign, or does it part thousands "
            '(decimal = "," or thousands = ",")? They are read as neither.'
        ]
    if not points:
        return by_comma, [f"decimal comma: {len(commas)} numbers with a comma, none with a point"]
    for sign, name, grouped, one, other in (
        (".", "point", points, by_comma, commas),
        (",", "comma", commas, table, points),
    ):
        if in_threes[sign] == len(grouped):
            return replace(one, options=replace(one.options, thousands=sign)), [
                f"QUESTION: {len(grouped)} numbers have a {name} and three digits behind it, and {len(other)} others the other sign. It is read "
                f"as parting thousands (thousands = {sign!r}). Does it?"
            ]
    return table, [
        f"QUESTION: {len(commas)} numbers have a comma and {len(points)} a point. Which is the decimal sign? A point is assumed."
    ]


def _like(table: RawTable, pattern: re.Pattern[str]) -> list[str]:
    """Cells of this form."""
    found: list[str] = []
    for name in map(str, table.cells):
        distinct = table.distinct(name)
        rows = np.bincount(distinct.codes, minlength=len(distinct.texts))
        found += [
            text
            for text, n in zip(distinct.texts, rows, strict=True)
            if pattern.fullmatch(text)
            for _ in range(n)
        ]
    return found


def _encoding(content: bytes, name: str) -> tuple[str, str]:
    utf_16 = utf_16_of(content)
    if utf_16 is not None:
        return utf_16, f"encoding {utf_16}: two bytes for every sign"
    try:
        content.decode("utf-8-sig")
        return "utf-8", "encoding utf-8: every byte fits"
    except UnicodeDecodeError:
        pass
    best, most = "", (0, 0.0)
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
        # Chinese, Japanese and Korean files often fit each other's encodings; only under their own do they hold words
        found = (known_in(text[:_HEAD]), hits / len(beyond))
        if found > most and (found[0] or encoding not in _ONLY_WITH_WORDS):
            best, most = encoding, found
    if not best:
        listed = ", ".join(list(_SCRIPTS)[:-1])
        raise InputError(
            f"table {name}: it is neither UTF-8 nor UTF-16, {listed} or {list(_SCRIPTS)[-1]}. Save it as UTF-8, then propose a mapping."
        )
    return best, f"encoding {best}: {most[1]:.0%} of the letters beyond ASCII are of its script"


def _delimiter(lines: list[str]) -> str:
    """The sign that the header and nearly every line hold equally often, quoted parts left out; a title above it holds none."""
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines]
    for header in range(min(10, len(bare) - 1)):
        below = bare[header:]
        best, most = ",", 0
        for sign in _DELIMITERS:
            in_header = below[0].count(sign)
            alike = sum(line.count(sign) == in_header for line in below) / len(below)
            if in_header > most and alike > 0.95:
                best, most = sign, in_header
        if most:
            return best
    return ","
