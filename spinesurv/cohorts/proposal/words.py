"""The word lists of a proposal, and codes made comparable."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from spinesurv.cohorts.name_words import plain


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


def code(text: str) -> str:
    """A code as compared here: lower case, single blanks, no accents."""
    return " ".join(plain(word) or word for word in text.replace("&", " and ").split())
