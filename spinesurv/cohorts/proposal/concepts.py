"""A name of a column as the things it speaks of, in whatever language and with or without blanks between its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from spinesurv import units
from spinesurv.cohorts.name_words import parts, plain
from spinesurv.cohorts.proposal.words import lexicon, words
from spinesurv.core.codebook import codebook

#: from so many letters on a word is known although one letter is wrong, missing, too many or swapped with the next
_SPELLED_LETTERS = 6
#: an ASCII word is cut into pieces of so many letters at least; shorter pieces are found in many words by chance
_PIECE_LETTERS, _TELLING_PIECE = 2, 3


@dataclass(frozen=True)
class Concepts:
    """What a name speaks of.

    Parameters
    ----------
    of : its words in their order, each as the one word that stands for it
    words : the same as they are written
    units : pieces at the end of a word that are units ("gdl")
    sure : False where a word was cut into pieces of which one is very short
    """

    of: tuple[str, ...]
    words: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    sure: bool = True

    @property
    def bag(self) -> frozenset[str]:
        """The words without their order."""
        return frozenset(self.of)


def concepts(name: str) -> Concepts:
    """A name as the words of the lexicon; a word that is none of them stands for itself."""
    found: list[str] = []
    written: list[str] = []
    measured: list[str] = []
    sure = True
    for part in parts(name):
        if is_known(part):
            found.append(_stands_for(part))
            written.append(part)
        elif (pieces := _cut(part)) is not None:
            own = [piece for piece in pieces if is_known(piece)]
            found += map(_stands_for, own)
            written += own
            measured += [piece for piece in pieces if not is_known(piece)]
            sure = sure and (not part.isascii() or all(len(p) >= _TELLING_PIECE for p in pieces))
        else:
            found.append(_spelled(part) or part)
            written.append(part)
    return Concepts(tuple(found), tuple(written), tuple(measured), sure)


def _stands_for(word: str) -> str:
    """The one word that stands for a word: of its group, or of the variable whose name it is by itself."""
    return _lexicon().get(word) or _alone().get(word, word)


@cache
def _alone() -> dict[str, str]:
    """Word that by itself is a name of one variable -> the variable."""
    found: dict[str, set[str]] = {}
    for variable in codebook():
        for text in (variable.key, *variable.synonyms, *lexicon()["names"].get(variable.key, ())):
            found.setdefault(plain(text), set()).add(variable.key)
    return {word: next(iter(keys)) for word, keys in found.items() if len(keys) == 1 and word in _atoms()}


def is_known(word: str) -> bool:
    """Whether a word of a name is one of the lexicon or of the names of variables."""
    return word in _lexicon() or word in _atoms()


def known_in(text: str) -> int:
    """How many different words of the lexicon and of names, not of ASCII letters and of two signs or more, a text holds."""
    written = plain(text)
    return sum(len(word) > 1 and not word.isascii() and word in written for word in _pieces())


@cache
def neutral() -> frozenset[str]:
    """Words that do not change what a column is."""
    return frozenset(_lexicon().get(plain(word), plain(word)) for word in lexicon()["neutral"]["words"])


@cache
def unit_words() -> dict[str, str]:
    """Plain form of a unit as names carry it -> the unit as units.py writes it."""
    lists = (words()["units"], words()["time_units"])
    own = {
        plain(unit): unit
        for variable in codebook()
        for unit in units.known_units(variable.key, variable.unit)
        if "/" in unit or "^" in unit or unit == "percent"
    }
    return own | {plain(word): unit for one in lists for unit, names in one.items() for word in names}


@cache
def _lexicon() -> dict[str, str]:
    same = {plain(word): one for one, several in lexicon()["same"].items() for word in (one, *several)}
    return {plain(word): plain(word) for word in lexicon()["neutral"]["words"]} | same


@cache
def _atoms() -> frozenset[str]:
    """Words of names of variables that are not made of words of the lexicon, and words that look ahead."""
    book, more = codebook(), lexicon()["names"]
    names: Iterable[str] = (
        text for v in book for text in (v.key, *v.synonyms, *more.get(v.key, ())) for text in parts(text)
    )
    own = {word for word in names if len(word) >= _PIECE_LETTERS or not word.isascii()}
    later = {plain(word) for several in lexicon()["later"].values() for word in several}
    return frozenset(word for word in own if _split(word, frozenset(_lexicon())) is None) | later


@cache
def _pieces() -> frozenset[str]:
    return frozenset(_lexicon()) | _atoms()


@cache
def _cut(word: str) -> tuple[str, ...] | None:
    """Pieces of a word written without blanks; None where a part of it is unknown."""
    return _split(word, _pieces(), frozenset(unit_words()))


def _split(
    word: str, known: frozenset[str], at_the_end: frozenset[str] = frozenset()
) -> tuple[str, ...] | None:
    """The fewest words of a list that make up a word, at least two; at its end one of a second list; None where none do."""
    n = len(word)
    best: list[tuple[str, ...] | None] = [()] + [None] * n
    for end in range(1, n + 1):
        for start in range(end):
            before, piece = best[start], word[start:end]
            if before is None or len(piece) == n or (piece.isascii() and len(piece) < _PIECE_LETTERS):
                continue
            if piece not in known and not (end == n and before and piece in at_the_end):
                continue
            if best[end] is None or len(before) + 1 < len(best[end] or ()):
                best[end] = (*before, piece)
    return best[n]


def _spelled(word: str) -> str | None:
    """The one known word that differs from this one in a letter; None where there is none, or several of different meaning."""
    if not word.isascii() or len(word) < _SPELLED_LETTERS:
        return None
    near = {_stands_for(known) for known in _changed(word) if known in _pieces()}
    return near.pop() if len(near) == 1 else None


def _changed(word: str) -> set[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    halves = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]
    found = {a + b[1:] for a, b in halves if b} | {a + c + b for a, b in halves for c in letters}
    found |= {a + c + b[1:] for a, b in halves if b for c in letters}
    return {*found, *(a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1)}
