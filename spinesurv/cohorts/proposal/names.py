"""What the name of a raw column says: which variable, in which unit, and whether it looks ahead."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from spinesurv.cohorts.name_words import parts, plain
from spinesurv.cohorts.proposal.concepts import Concepts, concepts, is_known, neutral, unit_words
from spinesurv.cohorts.proposal.proposed import GUESS, HIGH, LIKELY, weaker
from spinesurv.cohorts.proposal.words import lexicon, words
from spinesurv.core.codebook import codebook

_BRACKET = re.compile(r"[(\[（【](.*?)[)\]）】]")
#: units that are no name of anything but follow-up time
_TIMES = ("days", "weeks", "months")
_CLOSE = 0.88
#: a shorter name stands for several things in medicine (AP: alkaline or acid phosphatase, lead or position)
_TELLING_LETTERS = 3
ON_A_LATER_DAY = "of a later day than time zero"
_MARKS = ("pod", "day", "tag", "jour", "j", "dia", "giorno", "dag", "week", "woche", "month", "monat", "mois")
_LATER_WORD = re.compile(
    r"(?:(?:pod|d|day|tag|jour|j|w|wk|week|fu|mo|month)[1-9][0-9]*|[1-9][0-9]*(?:d|days?|w|wks?|weeks?|m|mo|mths?|months?|y|yrs?|years?|j))"
    r"(?P<rest>.*)"
)
_LATER_END = re.compile(r"(?P<rest>.{2,}?)(?:pod|d|w)[1-9][0-9]*")
_PART_OF_A_YEAR = re.compile(r"\b[0-9]{1,2}/(?:12|52)\b")
_AFTER = {"nach", "after", "post", "apres", "despues", "dopo", "na", "후", "後", "后"}
_TREATED = {"surgery", "radiotherapy", "therapy", "chemotherapy"}
_OF_A_PERSON = {"name", "patient", "full", "first", "last", "family", "given", "middle", "maiden"}
#: words between other words
_EMPTY = {
    "of", "the", "and", "at", "in", "on", "to", "der", "des", "am", "an", "bei", "und", "de", "du", "la", "le", "les", "a", "al", "au",
    "el", "los", "del", "della", "di", "alla", "van", "bij", "da", "do", "das", "dos", "up", "の",
}  # fmt: skip
#: variables whose unit may be one of time
_OF_TIME = ("time_days", "entry_days", "age", "interval_dx_to_mscc_months", "months_since_primary_diagnosis")


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
    own, full = parts(name), plain(name)
    own_words = set(concepts(name).of)
    for reason, mark_words, mark in _marks():
        n = len(mark_words)
        if full == mark or any(own[i : i + n] == mark_words for i in range(len(own) - n + 1)):
            if mark == "name" and not own_words <= _OF_A_PERSON:
                continue  # of a hospital, a drug
            return reason
        if not mark.isascii() and mark in full:
            return reason
    for reason, marks in _later().items():
        if own_words & marks:
            return reason
    if _AFTER & own_words and _TREATED & own_words:
        return "known only after time zero"
    known = plain(_BRACKET.sub(" ", name)) in _names()
    return ON_A_LATER_DAY if not known and _on_a_later_day(name, own) else None


@cache
def _marks() -> list[tuple[str, list[str], str]]:
    """Reason, words and plain form of every part of a name that makes it no predictor."""
    lists = words()["never"].items()
    return [(str(reason), parts(mark), plain(mark)) for reason, marks in lists for mark in marks]


@cache
def _later() -> dict[str, set[str]]:
    return {str(reason): set(map(plain, marks)) for reason, marks in lexicon()["later"].items()}


def _on_a_later_day(name: str, own: list[str]) -> bool:
    """Whether a name speaks of a numbered day, week or month: "CRP d7", "W12ALB", "albumin Tag 3", "power 6/12"."""
    if _PART_OF_A_YEAR.search(name):
        return True
    for at, word in enumerate(own):
        marked = _LATER_WORD.fullmatch(word)
        if marked and (not marked["rest"] or is_known(marked["rest"])):
            return True
        glued = _LATER_END.fullmatch(word)
        if glued and is_known(glued["rest"]):
            return True
        if word in _MARKS and at + 1 < len(own) and own[at + 1].isdigit() and own[at + 1] != "0":
            return True
    return False


def unit_in(name: str) -> str | None:
    """The unit that a name carries in brackets or at its end; None where it carries none."""
    known = unit_words()
    if "%" in name or "％" in name:
        return "percent"
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
    return next((known[unit] for unit in concepts(_BRACKET.sub(" ", name)).units), None)


def named(name: str, prefixes: frozenset[str] = frozenset()) -> list[Named]:
    """Variables that a name may mean, the surest first; none where it is like no name of the codebook.

    Parameters
    ----------
    name : of a raw column
    prefixes : words and letters with which several columns of the table begin; tried without them where nothing else fits
    """
    found = _named(name)
    own = parts(name)
    if any(n.confidence != GUESS for n in found):
        return found
    if len(own) > 1 and own[0] in prefixes:
        said = "the words behind a first word that several columns share"
        rest = [_less_sure(n, said, GUESS if is_known(own[0]) else LIKELY) for n in _named(" ".join(own[1:]))]
        return rest or found
    if own and own[0].isascii() and own[0][:1] in prefixes:
        said = f"behind the letter {own[0][0].upper()}, with which several columns begin"
        return [_less_sure(n, said, LIKELY) for n in _named(" ".join((own[0][1:], *own[1:])))] or found
    return found


def _named(name: str) -> list[Named]:
    known = _names()
    bare = _BRACKET.sub(" ", name)
    full, without_unit = plain(bare), _without_unit(bare)
    inside = _BRACKET.findall(name)
    whole = _by_words(" ".join((bare, *inside))) if inside else None
    timed = unit_in(name) in _TIMES
    for form in dict.fromkeys((full, without_unit)):
        if form in known and whole is not None and whole.key != known[form]:
            return [whole]  # what stands in brackets makes it another variable
        if form in known and timed and known[form] == "event":
            return [Named("time_days", LIKELY, "the name is known as the event, and says a unit of time")]
        if form in known:
            sure = HIGH if len(form) >= _TELLING_LETTERS or not form.isascii() else LIKELY
            if form in ("hb", "m/f"):
                sure = HIGH
            first = Named(known[form], sure, f"the name is known as {known[form]}")
            return [first, *(n for n in map(_in_brackets, inside) if n is not None and n.key != first.key)]
    if unit_words().get(full) in _TIMES:
        return [Named("time_days", LIKELY, "the name is a unit of time")]
    if whole is not None:
        return [whole]
    for text in (bare, *inside):
        if found := _by_words(text):
            return [found]
    for text in inside:
        if found := _in_brackets(text):
            return [found]
    several: dict[str, Named] = {}
    for word in [word for word in parts(bare) if word not in neutral()]:
        if len(word) >= 4 and word in known:
            several.setdefault(
                known[word], Named(known[word], GUESS, f"a word of the name is known as {known[word]}")
            )
    if without_unit.isascii() and len(without_unit) >= 5:
        for form, key in known.items():
            if abs(len(form) - len(without_unit)) <= 3 and key not in several:
                alike = SequenceMatcher(None, form, without_unit)
                if alike.quick_ratio() >= _CLOSE and alike.ratio() >= _CLOSE:
                    several[key] = Named(key, LIKELY, f"the name is spelt nearly as one of {key}")
    return sorted(several.values(), key=lambda n: (n.confidence != LIKELY, n.key))


def _in_brackets(text: str) -> Named | None:
    """The variable that a part of a name in brackets is the whole name of."""
    key = _names().get(plain(text))
    return None if key is None else Named(key, LIKELY, f"{text!r} in the name is known as {key}")


def _less_sure(found: Named, why: str, confidence: str) -> Named:
    return Named(found.key, weaker(found.confidence, confidence), f"{found.evidence} ({why})")


def prefixes(names: Iterable[str]) -> frozenset[str]:
    """First words that names of a table share, and first letters in front of the names of three variables: a form, a visit, no quantity."""
    own = [parts(name) for name in names]
    first = Counter(words[0] for words in own if len(words) > 1 and not words[0].isdigit())
    alone = [words[0] for words in own if len(words) == 1 and words[0].isascii()]
    often = {letter for letter, n in Counter(word[0] for word in alone).items() if n > 2}
    letters = Counter(word[0] for word in alone if word[0] in often and _named(word[1:]))
    shared = {word for word, n in first.items() if n > 1 and len(word) > 1}
    return frozenset(shared | {letter for letter, n in letters.items() if n > 2})


def _by_words(name: str) -> Named | None:
    """The variable whose name has the same words as this one, without units; then without words that change nothing."""
    texts = tuple(dict.fromkeys((name, " ".join(_without_unit_words(name)))))
    for text in texts:
        if key := _more_names().get(plain(text)):
            return Named(key, LIKELY, f"the name is known as {key}")
    for at, text in ((at, text) for at in range(3) for text in texts):
        read = concepts(text)
        confidence = LIKELY if read.sure else GUESS
        changing = "".join(word for word in read.words if word not in neutral())
        if at and (key := _more_names().get(changing)):
            return Named(key, confidence, f"the name is known as {key}")
        bag = (_content(read), _content(read) - neutral(), _content(read) - neutral() - {"previous"})[at]
        if key := _bags().get(bag, ""):
            timed = any(unit_words()[unit] in _TIMES for unit in read.units)
            if timed and key not in _OF_TIME:
                continue
            if at == 2 and not codebook()[key].is_numeric:
                continue  # a previous fracture is another one; "ECOG previo" is the one before treatment
            return Named(key, confidence, f"the words of the name are known as {key}")
    return None


def _content(read: Concepts) -> frozenset[str]:
    return read.bag - _EMPTY


@cache
def _bags() -> dict[frozenset[str], str]:
    """Words of every name of a variable -> key, and without words that change nothing; what two variables share is left out."""
    names = [
        (concepts(text), v.key)
        for v in codebook()
        for text in (v.key, v.label, *v.synonyms, *lexicon()["names"].get(v.key, ()))
    ]
    none = {_content(concepts(text)) for text in lexicon()["none"]["names"]}
    full = _of_one([(_content(read), key) for read, key in names])
    reduced = _of_one([(_content(read) - neutral(), key) for read, key in names])
    found = reduced | full
    return {bag: key for bag, key in found.items() if bag not in none}


def _of_one(names: list[tuple[frozenset[str], str]]) -> dict[frozenset[str], str]:
    found: dict[frozenset[str], set[str]] = {}
    for bag, key in names:
        found.setdefault(bag, set()).add(key)
    return {bag: next(iter(keys)) for bag, keys in found.items() if len(keys) == 1 and bag}


@cache
def _more_names() -> dict[str, str]:
    """Plain form of further names -> key."""
    return {plain(text): key for key, several in lexicon()["names"].items() for text in several}


def _without_unit(name: str) -> str:
    return "".join(_without_unit_words(name))


def _without_unit_words(name: str) -> list[str]:
    own = parts(name)
    for n in (3, 2, 1):
        if len(own) > n and "".join(own[-n:]) in unit_words():
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
