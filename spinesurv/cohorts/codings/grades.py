"""Grades in the words of hospitals: performance status, neurology, compression, instability.

A cell is read without regard to case and width of its letters, with the name of the scale in front ("ECOG 2", "AIS c") and a word for
grade behind ("3級", "2등급"). What names several grades ("0-1", "low", "stable") holds none of them: "", which is missing.
"""

from __future__ import annotations

import re
import unicodedata

_ROMAN = {"0": "0", "O": "0", "I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
_GRADE = r"GRADE|GRAD|GRADO|GRAAD|CLASS|CLASSE|KLASSE|SCORE|STUFE|グレード|クラス|등급|[\s:.=#-]"
_BEHIND = r"\s*(?:級|级|度|群|期|点|点数|등급|급|점|점수)?"
_ECOG = re.compile(rf"(?:ECOG|WHO|ZUBROD|PS|OMS|{_GRADE})*([0-5]|0|O|IV|V|I{{1,3}})(?:[.,]0)?{_BEHIND}")
_ASA = re.compile(rf"(?:ASA|PS|{_GRADE})*([1-5]|IV|V|I{{1,3}})(?:[.,]0)?\s*E?{_BEHIND}")
_MRC = re.compile(
    rf"(?:MRC|BMRC|MMT|MUSCLE|POWER|KRAFTGRAD|KRAFT|KG|JANDA|M|{_GRADE})*([0-5])(?:[+-]|\s*/\s*5|[.,]0)?{_BEHIND}"
)
_ESCC = re.compile(rf"(?:ESCC|EPIDURAL|BILSKY|{_GRADE})*(0|1\s*[ABC]|I[ABC]|2|II|3|III)(?:[.,]0)?{_BEHIND}")
_ESCC_ROMAN = {"IA": "1a", "IB": "1b", "IC": "1c", "II": "2", "III": "3"}
_SINS = re.compile(
    rf"(?:SINS|TOTAL|{_GRADE})*(1[0-8]|[0-9])(?:[.,]0)?\s*(?:/\s*18|POINTS?|PTS|PUNKTE?|PUNTI|PUNTOS)?{_BEHIND}"
)
_LETTER = re.compile(rf"(?:FRANKEL|ASIA|AIS|ISNCSCI|{_GRADE})*([A-E])(?:[1-3])?{_BEHIND}")
_KPS = re.compile(
    rf"(?:KPS|KARNOFSKY|KI|PS|{_GRADE})*(100|[1-9]?[0-9])(?:[.,]0)?\s*(?:%|POINTS?|PTS)?{_BEHIND}"
)
_BETWEEN = r"\s*(?:-|–|—|~|〜|,|TO|BIS|OR|ODER|A|TOT|UND|&)\s*"
_SEVERAL_ECOG = re.compile(
    rf"(?:ECOG|WHO|ZUBROD|PS|OMS|{_GRADE})*(?:[0-4]{_BETWEEN}[0-5]|0/1|1/2|2/3|3/4|[<>≤≥]=?\s*[0-4])"
)
_SEVERAL_ESCC = re.compile(
    rf"(?:ESCC|EPIDURAL|BILSKY|{_GRADE})*(?:1|I|[0-3][ABC]?{_BETWEEN}[0-3][ABC]?|[<>≤≥]=?\s*[0-3][ABC]?|"
    r"(?:LOW|HIGH|HOCHGRADIG|NIEDRIGGRADIG|HOCH|NIEDRIG|BAS|HAUT|BAJO|ALTO|LAAG|HOOG|低|高|저|고)(?:[\s-]*GRADE)?)"
    rf"{_BEHIND}"
)
_SEVERAL_TOTALS = re.compile(
    rf"(?:SINS|TOTAL|{_GRADE})*(?:[0-9]{{1,2}}{_BETWEEN}[0-9]{{1,2}}|[<>≤≥]=?\s*[0-9]{{1,2}}|"
    r"(?:POTENTIALLY |IMPENDING )?(?:UN|IN)?STABLE|INDETERMINATE|IMPENDING(?: INSTABILITY)?|(?:POTENZIELL )?(?:IN)?STABIL|"
    r"POTENTIELLEMENT INSTABLE|INDETERMIN[EA]E?|INDETERMINADA|STABILE|INSTABILE|ESTABLE|INESTABLE|STABIEL|INSTABIEL|"
    r"安定|不安定|境界|稳定|不稳定|안정|불안정)"
)


def _written(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().upper()


def ecog_words(cell: str) -> str | None:
    """A grade 0 to 5 from "ECOG 2", "PS: 1", "WHO III" or "II"; "" from a range such as "0-1", which is no single grade."""
    found = _ECOG.fullmatch(_written(cell))
    if found is None:
        return "" if _SEVERAL_ECOG.fullmatch(_written(cell)) else None
    return _ROMAN.get(found[1], found[1])


def asa_words(cell: str) -> str | None:
    """A class 1 to 5 from "ASA III", "II" or "3E"; E marks an emergency and is left out."""
    found = _ASA.fullmatch(_written(cell))
    return None if found is None else _ROMAN.get(found[1], found[1])


def kps_tens(cell: str) -> str | None:
    """Karnofsky status written as its tens: 1 to 10 is 10 to 100."""
    text = _written(cell)
    return str(10 * int(text)) if re.fullmatch(r"10|[1-9]", text) else None


def kps_percent(cell: str) -> str | None:
    """Karnofsky status written as a percentage or with its name: "70 %", "KPS 70", "KI=70%", "70점"."""
    found = _KPS.fullmatch(_written(cell))
    return None if found is None else found[1]


def neurology_letter(cell: str) -> str | None:
    """A grade A to E from "Frankel C", "ASIA-D", "AIS b", "D1" or "E"; E is no deficit, a number divides a grade further."""
    found = _LETTER.fullmatch(_written(cell))
    return None if found is None else found[1]


def neurology_a_is_1(cell: str) -> str | None:
    """A grade written as a number, 1 = A (complete) to 5 = E (normal)."""
    return "ABCDE"[int(cell) - 1] if re.fullmatch("[1-5]", cell.strip()) else None


def neurology_e_is_1(cell: str) -> str | None:
    """A grade written as a number in the other direction, 1 = E (normal) to 5 = A (complete)."""
    return "EDCBA"[int(cell) - 1] if re.fullmatch("[1-5]", cell.strip()) else None


def mrc_words(cell: str) -> str | None:
    """Muscle power 0 to 5 from "4/5", "MRC 3", "M4" or "4+"; the signs behind a grade divide it further and are left out."""
    found = _MRC.fullmatch(_written(cell))
    return None if found is None else found[1]


def escc_words(cell: str) -> str | None:
    """Grade of epidural compression from "1b", "ESCC 1C", "Bilsky grade 2" or "Ib"; "" from "low", "high", "1" or "2-3"."""
    found = _ESCC.fullmatch(_written(cell))
    if found is None:
        return "" if _SEVERAL_ESCC.fullmatch(_written(cell)) else None
    grade = re.sub(r"\s", "", found[1])
    return _ESCC_ROMAN.get(grade, grade.lower())


def sins_words(cell: str) -> str | None:
    """Total 0 to 18 from "SINS 9", "12/18" or "9 points"; "" from a class ("stable", "7-12"), which is several totals."""
    found = _SINS.fullmatch(_written(cell))
    if found is None:
        return "" if _SEVERAL_TOTALS.fullmatch(_written(cell)) else None
    return found[1]
