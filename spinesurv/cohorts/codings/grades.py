"""Grades in the words of hospitals: performance status and neurology."""

from __future__ import annotations

import re

_ROMAN = {"0": "0", "O": "0", "I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
_ECOG = re.compile(r"(?:ECOG|WHO|ZUBROD|PS|OMS|GRADE|GRAD|[\s:.=-])*([0-5]|0|O|IV|V|I{1,3})(?:[.,]0)?")
_MRC = re.compile(
    r"(?:MRC|BMRC|MUSCLE|POWER|KRAFTGRAD|KG|GRADE|GRAD|M|[\s:.=-])*([0-5])(?:[+-]|\s*/\s*5|[.,]0)?"
)
_ESCC = re.compile(r"(?:ESCC|EPIDURAL|BILSKY|GRADE|GRAD|[\s:.=-])*(0|1\s*[ABC]|I[ABC]|2|II|3|III)(?:[.,]0)?")
_ESCC_ROMAN = {"IA": "1a", "IB": "1b", "IC": "1c", "II": "2", "III": "3"}
_SINS = re.compile(
    r"(?:SINS|SCORE|TOTAL|[\s:.=-])*(1[0-8]|[0-9])(?:[.,]0)?\s*(?:/\s*18|POINTS?|PTS|PUNKTE?)?"
)
_LETTER = re.compile(r"(?:FRANKEL|ASIA|AIS|ISNCSCI|GRADE|GRAD|[\s:.=-])*([A-E])")


def ecog_words(cell: str) -> str | None:
    """A grade 0 to 5 from "ECOG 2", "PS: 1", "WHO III" or "II"; a range such as "0-1" is none."""
    found = _ECOG.fullmatch(cell.strip().upper())
    return None if found is None else _ROMAN.get(found[1], found[1])


def kps_tens(cell: str) -> str | None:
    """Karnofsky status written as its tens: 1 to 10 is 10 to 100."""
    text = cell.strip()
    return str(10 * int(text)) if re.fullmatch(r"10|[1-9]", text) else None


def kps_percent(cell: str) -> str | None:
    """Karnofsky status written as a percentage: "70 %", "KPS 70", "KI=70%"."""
    found = re.fullmatch(
        r"(?:KPS|KARNOFSKY|KI|[\s:=])*(100|[1-9]?[0-9])(?:[.,]0)?\s*%?", cell.strip().upper()
    )
    return None if found is None else found[1]


def neurology_letter(cell: str) -> str | None:
    """A grade A to E from "Frankel C", "ASIA-D", "AIS b" or "E"; E is no deficit."""
    found = _LETTER.fullmatch(cell.strip().upper())
    return None if found is None else found[1]


def neurology_a_is_1(cell: str) -> str | None:
    """A grade written as a number, 1 = A (complete) to 5 = E (normal)."""
    return "ABCDE"[int(cell) - 1] if re.fullmatch("[1-5]", cell.strip()) else None


def neurology_e_is_1(cell: str) -> str | None:
    """A grade written as a number in the other direction, 1 = E (normal) to 5 = A (complete)."""
    return "EDCBA"[int(cell) - 1] if re.fullmatch("[1-5]", cell.strip()) else None


def mrc_words(cell: str) -> str | None:
    """Muscle power 0 to 5 from "4/5", "MRC 3", "M4" or "4+"; the signs behind a grade divide it further and are left out."""
    found = _MRC.fullmatch(cell.strip().upper())
    return None if found is None else found[1]


def escc_words(cell: str) -> str | None:
    """Grade of epidural compression from "1b", "ESCC 1C", "Bilsky grade 2" or "Ib"; "low" and "high" are several grades, and none."""
    found = _ESCC.fullmatch(cell.strip().upper())
    if found is None:
        return None
    grade = re.sub(r"\s", "", found[1])
    return _ESCC_ROMAN.get(grade, grade.lower())


def sins_words(cell: str) -> str | None:
    """Total 0 to 18 from "SINS 9", "12/18" or "9 points"; a class ("stable", "7-12") is several totals, and none."""
    found = _SINS.fullmatch(cell.strip().upper())
    return None if found is None else found[1]
