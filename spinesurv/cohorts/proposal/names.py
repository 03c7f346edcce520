"""What the name of a raw column says: which variable, in which unit, and whether it looks ahead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from spinesurv import units
from spinesurv.cohorts.proposal.proposed import GUESS, HIGH, LIKELY
from spinesurv.cohorts.proposal.words import parts, plain, words
from spinesurv.core.codebook import codebook

_BRACKET = re.compile(r"[(\[（【](.*?)[)\]）】]")
#: units that are no name of anything but follow-up time
_TIMES = ("days", "weeks", "months")
_CLOSE = 0.88
#: a shorter name stands for several things in medicine (AP: alkaline or acid phosphatase, lead or position)
_TELLING_LETTERS = 3


@dataclass(frozen=True)
class Named:
    """A variable that a name may mean.

    Parameters
    ----------
    key : of the codebook
    confidence : by the name alone
    evidence : in words
    """

    key: str
    confidence: str
    evidence: str


def never(name: str) -> str | None:
    """Why a column of this name is no predictor; None where nothing in it says so."""
    own = parts(name)
    for reason, marks in words()["never"].items():
        for mark in marks:
            mark_words = parts(mark)
            n = len(mark_words)
            if any(own[i : i + n] == mark_words for i in range(len(own) - n + 1)) or plain(name) == plain(
                mark
            ):
                return str(reason)
            if not plain(mark).isascii() and plain(mark) in plain(name):
                return str(reason)
    return None


def unit_in(name: str) -> str | None:
    """The unit that a name carries in brackets or at its end; None where it carries none."""
    known = _unit_words()
    for inside in _BRACKET.findall(name):
        if plain(inside) in known:
            return known[plain(inside)]
    own = parts(name)
    if known.get("".join(own)) in _TIMES:
        return known["".join(own)]
    for n in (3, 2, 1):
        tail = "".join(own[-n:])
        if len(own) > n and len(tail) > 1 and tail in known:
            return known[tail]
    return None


def named(name: str) -> list[Named]:
    """Variables that a name may mean, the surest first; none where it is like no name of the codebook."""
    known = _names()
    bare = _BRACKET.sub(" ", name)
    full, without_unit = plain(bare), _without_unit(bare)
    for form in dict.fromkeys((full, without_unit)):
        if form in known:
            sure = HIGH if len(form) >= _TELLING_LETTERS or not form.isascii() else LIKELY
            if form in ("hb", "m/f"):
                sure = HIGH
            return [Named(known[form], sure, f"the name is known as {known[form]}")]
    if _unit_words().get(full) in _TIMES:
        return [Named("time_days", LIKELY, "the name is a unit of time")]
    found: dict[str, Named] = {}
    for key in _by_words(bare):
        found[key] = Named(key, LIKELY, f"the words of the name are known as {key}")
    own = [word for word in parts(bare) if word not in words()["neutral"]["words"]]
    for word in own:
        if len(word) >= 4 and word in known:
            found.setdefault(
                known[word], Named(known[word], GUESS, f"a word of the name is known as {known[word]}")
            )
    if without_unit.isascii() and len(without_unit) >= 5:
        for form, key in known.items():
            if abs(len(form) - len(without_unit)) <= 3 and key not in found:
                ratio = SequenceMatcher(None, form, without_unit).ratio()
                if ratio >= _CLOSE:
                    found[key] = Named(key, LIKELY, f"the name is spelt nearly as one of {key}")
    return sorted(found.values(), key=lambda n: (n.confidence != LIKELY, n.key))


def _by_words(name: str) -> list[str]:
    """Variables whose name has the same words as this one, without units; then without words that change nothing."""
    tail = _without_unit_words(name)
    glued = _unglued("".join(tail))
    own = [_bag(parts(name)), _bag(tail), _bag(parts(glued))]
    bags = [*own, *(bag - _neutral() for bag in own)]
    found = [_bags()[bag] for bag in bags if bag in _bags()]
    return list(dict.fromkeys(found))[:1]


def _unglued(name: str) -> str:
    """A name without what is glued to it and changes nothing."""
    glue = words()["neutral"]
    for _ in range(3):
        for sign in sorted(glue["before"], key=len, reverse=True):
            name = name.removeprefix(sign) if len(name) > len(sign) else name
        for sign in sorted(glue["behind"], key=len, reverse=True):
            name = name.removesuffix(sign) if len(name) > len(sign) else name
    return name


def _bag(own: list[str]) -> frozenset[str]:
    """Words of a name, each as the one word that stands for it."""
    return frozenset(_same_words().get(word, word) for word in own) - {"of", "the", "de", "der", "des", "du"}


@cache
def _neutral() -> frozenset[str]:
    return frozenset(words()["neutral"]["words"])


@cache
def _same_words() -> dict[str, str]:
    return {word: one for one, several in words()["same_word"].items() for word in several}


@cache
def _bags() -> dict[frozenset[str], str]:
    """Words of every name of a variable -> key; what two variables share is left out."""
    found: dict[frozenset[str], set[str]] = {}
    more = words()["more_names"]
    for variable in codebook():
        for text in (variable.key, variable.label, *variable.synonyms, *more.get(variable.key, ())):
            found.setdefault(_bag(parts(text)), set()).add(variable.key)
    return {bag: next(iter(keys)) for bag, keys in found.items() if len(keys) == 1 and bag}


def _without_unit(name: str) -> str:
    return "".join(_without_unit_words(name))


def _without_unit_words(name: str) -> list[str]:
    own = parts(name)
    for n in (3, 2, 1):
        if len(own) > n and "".join(own[-n:]) in _unit_words():
            return own[:-n]
    return own


@cache
def _names() -> dict[str, str]:
    """Plain form of every key, label and synonym -> key; what two variables share is left out, but for keys."""
    book = codebook()
    found: dict[str, set[str]] = {}
    for variable in book:
        for text in (variable.label, *variable.synonyms):
            found.setdefault(plain(text), set()).add(variable.key)
    alone = {form: next(iter(keys)) for form, keys in found.items() if len(keys) == 1 and form}
    reversed_events = {plain(word): "event" for word in words()["event_names"]["reversed"]}
    return reversed_events | alone | {plain(variable.key): variable.key for variable in book}


@cache
def _unit_words() -> dict[str, str]:
    """Plain form of every unit -> the unit as units.py writes it."""
    found = {}
    for variable in codebook():
        for unit in units.known_units(variable.key, variable.unit):
            if any(sign in unit for sign in "/^") or unit in ("percent",):
                found[plain(unit)] = unit
    found |= {
        plain("x10^9/L"): "10^9/L",
        plain("10^3/µL"): "10^3/uL",
        "mgl": "mg/L",
        "ul": "per uL",
        "perul": "per uL",
    }
    found |= {
        plain("万/μL"): "10^4/uL",
        plain("×10^4/μL"): "10^4/uL",
        "iul": "U/L",
        plain("cells/uL"): "per uL",
    }
    for lists in (words()["units"], words()["time_units"]):
        found |= {plain(word): unit for unit, names in lists.items() for word in names}
    return found
