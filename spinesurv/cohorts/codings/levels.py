"""Vertebral levels in the words of hospitals."""

from __future__ import annotations

import re
import unicodedata

_PART = {
    "C": "C", "HWK": "C", "HW": "C", "CERVICAL": "C", "頸椎": "C", "頚椎": "C", "颈": "C", "경추": "C",
    "T": "T", "TH": "T", "D": "T", "BWK": "T", "BW": "T", "DORSAL": "T", "THORACIC": "T", "胸椎": "T", "胸": "T", "흉추": "T",
    "L": "L", "LWK": "L", "LW": "L", "LUMBAR": "L", "腰椎": "L", "腰": "L", "요추": "L",
    "S": "S", "SWK": "S", "SACRAL": "S", "仙椎": "S", "骶": "S", "천추": "S",
}  # fmt: skip
_LAST = {"C": 7, "T": 12, "L": 5, "S": 5}
_NAMES = "|".join(sorted(_PART, key=len, reverse=True))
_ONE = re.compile(rf"第?\s*({_NAMES})\s*[.-]?\s*([0-9]{{1,2}})(?:番|번)?(?:\s*(?:VERTEBRA|椎体?|추))?")
_BACK = re.compile(rf"第?\s*([0-9]{{1,2}})\s*(?:番|번)?\s*({_NAMES})")
_SEVERAL = re.compile(
    rf"({_NAMES})\s*[0-9]{{1,2}}\s*(?:-|–|/|,|\+|;|~|〜|BIS|TO|AND|UND|&)\s*(?:{_NAMES})?\s*[0-9]{{1,2}}.*"
)


def vertebra_words(cell: str) -> str | None:
    """A level from "Th12", "BWK 12", "D12", "第12胸椎" or "L-3"; "" from several ("T12-L1"), None from anything else."""
    text = unicodedata.normalize("NFKC", cell).strip().upper()
    if found := _ONE.fullmatch(text):
        part, number = _PART[found[1]], int(found[2])
    elif found := _BACK.fullmatch(text):
        part, number = _PART[found[2]], int(found[1])
    else:
        return "" if _SEVERAL.fullmatch(text) else None
    lowest = 0 if part == "C" else 1
    return f"{part}{number}" if lowest <= number <= _LAST[part] else None
