"""Names and codes made comparable, and the word lists of a proposal."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words() -> dict[str, Any]:
    """The lists of `words.toml`: codes, units, missing."""
    return _file("words.toml")


@cache
def lexicon() -> dict[str, Any]:
    """The lists of `lexicon.toml`: words of names."""
    return _file("lexicon.toml")


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(files("spinesurv.cohorts.proposal").joinpath(name).read_text(encoding="utf-8"))


@cache
def missing() -> frozenset[str]:
    """Words that often mean missing, in lower case."""
    return frozenset(words()["missing"]["words"])


def parts(name: str) -> list[str]:
    """Words of a name: "OS_Months" is os, months; "osMonths" too; "S-Albumin (g/L)" is s, albumin, g, l."""
    spaced = re.sub(r"(?<=[a-zäöü])(?=[A-Z])", " ", name)
    return [plain(word) for word in re.split(r"[^\w]|_", spaced) if plain(word)]


def plain(text: str) -> str:
    """Letters and digits, lower case, Latin letters without accents; Hangul, kana and kanji as they stand."""
    kept = []
    for sign in unicodedata.normalize("NFKC", text).casefold():
        base = unicodedata.normalize("NFKD", sign)[0]
        kept.append(base if base.isascii() else {"μ": "u", "µ": "u"}.get(sign, sign))
    return "".join(sign for sign in kept if sign.isalnum())


def code(text: str) -> str:
    """A code as compared here: lower case, single blanks, no accents."""
    return " ".join(plain(word) or word for word in text.replace("&", " and ").split())
