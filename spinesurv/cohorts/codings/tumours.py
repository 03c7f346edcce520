"""Primary tumour from ICD-10, ICD-O-3 or words, by the rules of the codebook."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from spinesurv.cohorts.name_words import plain
from spinesurv.core.codebook import codebook

_CODE = re.compile(r"C ?([0-9]{2})(?:[.,]?([0-9X-])[0-9]*)?", re.IGNORECASE)
_MORPHOLOGY = re.compile(r"\b([89][0-9]{3})(?:/[0-9])?\b")
#: sites of which the codebook says something else than one plain key: (C number, digit or "") -> key
_WITHOUT_MORPHOLOGY = {
    "34": "lung_nos",
    "40": "sarcoma_bone_other",
    "41": "sarcoma_bone_other",
    "22": "liver",
}
#: codes that do not say that a primary tumour was looked for and not found: missing
_NO_SEARCH = ("76", "80", "809")
#: morphology of any site -> key; the first that fits. Haematological groups are those of ICD-O-3 (convention)
_ANY_SITE = (
    ((8720, 8790), "melanoma"),
    ((9130, 9130), "hemangioendothelioma"),
    ((9133, 9133), "hemangioendothelioma"),
    ((8240, 8242), "carcinoid_net"),
    ((8249, 8249), "carcinoid_net"),
    ((8246, 8246), "neuroendocrine_carcinoma"),
    ((9050, 9055), "mesothelioma"),
    ((9590, 9729), "lymphoma"),
    ((9731, 9734), "multiple_myeloma"),
    ((9800, 9948), "leukemia"),
)
#: morphology that says no more than that it is a tumour or a carcinoma
_NOT_USABLE = (8000, 8010)
#: the other spelling of German letters
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_TAIL = re.compile(r"(cancer|carcinoma|karzinom|ca|tumou?r)$")


def icd10(cell: str) -> str | None:
    """A key of `primary_tumor` from an ICD-10 code of a primary tumour; "" where the code says that it is not known.

    C34 is lung without histology. C80.9 and C76 do not say that a search was made: missing. Secondary tumours (C77 to
    C79) are no primary.
    """
    found = _CODE.fullmatch(cell.strip())
    if found is None:
        return None
    return _of_site(found[1], (found[2] or "").strip("Xx-"))


def icd_o_3(cell: str) -> str | None:
    """A key of `primary_tumor` from topography and morphology, as in "C34.1 8070/3"."""
    morphology = _MORPHOLOGY.search(cell)
    site = _CODE.fullmatch(_MORPHOLOGY.sub("", cell).strip(" ;,|/"))
    if site is None:
        return None
    number, digit = site[1], (site[2] or "").strip("Xx-")
    kind = int(morphology[1]) if morphology else 0
    lung = number == "34"
    if lung and 8041 <= kind <= 8045:
        return "lung_sclc"
    if not lung and kind in (8013, 8041):
        return "neuroendocrine_carcinoma"
    for (low, high), key in _ANY_SITE:
        if low <= kind <= high:
            return key
    if lung and kind and not _NOT_USABLE[0] <= kind <= _NOT_USABLE[1]:
        return "lung_nsclc"
    if number in ("40", "41") and 9180 <= kind <= 9195:
        return "osteosarcoma"
    return _of_site(number, digit)


def tumour_words(cell: str) -> str | None:
    """A key of `primary_tumor` from its key, label or one of its names; nothing is guessed.

    Case, accents and signs do not matter. Of the cancer of an organ, words that say no more than cancer are left out ("Mamma-Ca",
    "metastatic prostate cancer", "結腸癌"), and with lung a histology tells small cell from the others ("Lung adeno ca").
    "unknown" and names of two letters are no name: they mean several things.
    """
    written = [cell, cell.lower().translate(_UMLAUTS)]
    forms = [plain(text) for text in written]
    names = _names()
    exact = (names[p] for p in (*forms, *(_TAIL.sub("", p) for p in forms)) if p in names)
    return next(exact, None) or _of_an_organ(cell)


def _of_an_organ(cell: str) -> str | None:
    """The cancer of an organ out of words for the organ, for cancer and for a histology of the epithelium."""
    found = _bare(cell)
    histology = {word: kind for kind in ("non_small", "small", "not") for word in _listed(kind)}
    kinds = {histology[word] for word in found if word in histology}
    organ = [word for word in found if word not in histology]
    key = _organ(organ)
    for word in _listed("non_small") if key is None and len(organ) == 1 else ():
        if not word.isascii() and organ[0].endswith(word):
            key = _organ([organ[0].removesuffix(word)])
            kinds |= {"non_small"} if key else set()
    if key == "lung_nos":
        if "small" in kinds:
            return "lung_nsclc" if "not" in kinds else "lung_sclc"
        return "lung_nsclc" if "non_small" in kinds else key
    return key if kinds <= {"non_small"} else None


def _organ(bare: list[str]) -> str | None:
    """The key of an organ by its bare words in any order; German compounds join them with a letter or two."""
    known = _organs()
    joined = (
        known.get(" ".join(sorted(word.removesuffix(link) for word in bare))) for link in ("", "n", "en", "s")
    )
    return next((key for key in joined if key), None)


def _bare(text: str) -> list[str]:
    """Words without those, and without endings, that say no more than cancer."""
    generic = {plain(word) for word in _words()["generic"]["words"]}
    endings = sorted(map(plain, _words()["generic"]["endings"]), key=len, reverse=True)
    found = []
    for word in map(plain, re.split(r"[^\w]|_", text)):
        ending = next((e for e in endings if word.endswith(e) and word != e), "")
        kept = word if word in _listed("non_small") else word.removesuffix(ending)
        if kept and word not in endings and kept not in generic:
            found.append(kept)
    return found


@cache
def _listed(kind: str) -> frozenset[str]:
    return frozenset(map(plain, _words()["histology"][kind]))


@cache
def _organs() -> dict[str, str]:
    """Words of an organ in alphabetical order, without words for cancer -> key; what two share is left out."""
    found: dict[str, set[str]] = {}
    for tumour in codebook().primary_tumors:
        if tumour.key in _words()["histology"]["organs"]:
            for name in (tumour.label, *tumour.aliases, *_words()["names"].get(tumour.key, ())):
                bare = " ".join(sorted(_bare(name)))
                if len(bare) > 2 or (bare and not bare.isascii()):
                    found.setdefault(bare, set()).add(tumour.key)
    return {name: min(keys) for name, keys in found.items() if len(keys) == 1}


@cache
def _words() -> dict[str, Any]:
    """The lists of `tumours.toml`."""
    text = files("spinesurv.cohorts.codings").joinpath("tumours.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _of_site(number: str, digit: str) -> str | None:
    if number == "76" or number + digit in _NO_SEARCH:
        return ""
    table = _sites()
    return table.get(number + digit, table.get(number, _WITHOUT_MORPHOLOGY.get(number)))


@cache
def _sites() -> dict[str, str]:
    """C number with or without a digit -> key, out of the ICD-10 column of the codebook."""
    found: dict[str, str] = {}
    for tumour in codebook().primary_tumors:
        for part in re.split(r"[,;]", tumour.icd10):
            part = part.strip()
            if "with" in part or "morphology" in part or "usable" in part:
                continue
            rest = part.endswith("otherwise")
            ends = re.findall(r"C([0-9]{2})(?:\.([0-9]))?", part)
            if not ends or (rest and ends[0][0] in ("40", "41")):
                continue
            (low, low_digit), (high, high_digit) = ends[0], ends[-1]
            if low_digit:
                numbers = [f"{low}{d}" for d in range(int(low_digit), int(high_digit or low_digit) + 1)]
            else:
                numbers = [f"{n:02d}" for n in range(int(low), int(high) + 1)]
            found |= dict.fromkeys(numbers, tumour.key)
    return found


@cache
def _names() -> dict[str, str]:
    """Plain name -> key; a name of two keys is left out."""
    found: dict[str, set[str]] = {}
    for tumour in codebook().primary_tumors:
        for name in (tumour.key, tumour.label, *tumour.aliases, *_words()["names"].get(tumour.key, ())):
            form = plain(name)
            if (len(form) > 2 or (form and not form.isascii())) and form != "unknown":
                found.setdefault(form, set()).add(tumour.key)
    return {name: min(keys) for name, keys in found.items() if len(keys) == 1}
