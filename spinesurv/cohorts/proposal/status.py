"""Columns that tell who was dead, or alive, at a fixed day: the day by the name, the codes by words or by what the name asks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from spinesurv.cohorts.cells import SHOWN_FROM_ROWS
from spinesurv.cohorts.name_words import plain
from spinesurv.cohorts.proposal.coded import schemes
from spinesurv.cohorts.proposal.proposed import GUESS, HIGH, LIKELY, Proposed
from spinesurv.cohorts.proposal.raw_column import Cells
from spinesurv.cohorts.proposal.words import missing, words
from spinesurv.core.codebook import YES, codebook
from spinesurv.core.status import days_in_words, days_of_columns, status_column
from spinesurv.units import DAYS_PER_MONTH, HORIZON_DAYS

_DEAD = re.compile(
    r"\b(death|dead|died|dies?|deceased|mort\w*|exitus|todesfall|tod|tot|(ver|ge)storben|sterblichkeit|deces|decedes?|fallecid[oa]|fallecimiento|"
    r"muert[oe]|obito|morto|decesso|decedut[oa]|overleden|overlijden|sterfte)\b|死|사망"
)
_ALIVE = re.compile(
    r"\b(alive|surv(iv\w*)?|living|lebt|lebend\w*|uberleb\w*|ueberleb\w*|viv[oa]s?|vivants?|survie|supervivencia|sopravviv\w*)\b|生存|생존"
)
_VITAL = re.compile(r"\b(vital ?status|status|os)\b|生死|생사")
#: what makes of a death another end point, a date, or the word of a model
_NOT_THIS = re.compile(
    r"\b(cancer|tumou?r|disease|cause|specific|progress\w*|relapse|recur\w*|[pdre]fs|css|infect\w*|re ?op\w*|readm\w*|pred\w*|prob\w*|risk|progn\w*|"
    r"estimate\w*|score|model|nomogram|date|datum|time|zeit|until|neuro\w*|ambul\w*|implant\w*)\b|日付|年月日"
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12, "ein": 1, "un": 1, "uno": 1}
_UNITS = {
    "days": "d|days?|tag(?:en?|es)?|jours?|dias?|giorn[io]|dagen|日間?|일",
    "weeks": "w|wks?|weeks?|wochen?|週間?|주",
    "months": "m|mos?|mon|mths?|months?|monat(?:en?|s)?|mois|mes|meses|mes[ei]|maanden|[ヶケカか個个ヵ]?月|개월",
    "years": "y|yrs?|years?|j|jahr(?:en?|es)?|ans?|anos?|ann[io]|jaar|年|년",
}
_BEHIND = {unit: re.compile(rf"(?<![\d.])(\d+) ?(?:{names})(?![a-z])") for unit, names in _UNITS.items()}
_BEFORE = {unit: re.compile(rf"(?<![a-z])(?:{names}) ?(\d+)(?!\d)") for unit, names in _UNITS.items()}
#: numbers that are days although no unit stands beside them
_BARE = re.compile(r"(?<!\d)(28|30|42|60|90|100|120|180|182|183|270|360|365|366|730|731)(?!\d)")
#: longest horizon, in days, that is asked for as a status
_LONGEST = 3700
_LOST = {
    "lost", "lfu", "ltfu", "ltf", "losttofollowup", "lostfollowup", "losttofu", "censored", "notknown", "notfollowed", "insufficientfollowup",
    "verloren", "nichtbekannt", "perdudevue", "perdido", "追跡不能", "追跡不可", "추적불가", "추적소실", "불명",
}  # fmt: skip
_UNKNOWN_NUMBERS = {"2", "3", "8", "9", "77", "88", "99", "999", "-1", "-9", "-99", "-999"}


@dataclass(frozen=True)
class Asked:
    """What a name asks: who was dead, alive, or either (`of`), on which `day`, and whether it tells the unit of it (`sure`)."""

    day: int
    of: str
    sure: bool


def asked(name: str) -> Asked | None:
    """What a name asks about a fixed day; None where it does not."""
    text = _text(name)
    if _NOT_THIS.search(text):
        return None
    dead, alive = bool(_DEAD.search(text)), bool(_ALIVE.search(text))
    of = "dead" if dead and not alive else "alive" if alive and not dead else ""
    if not of:
        of = "status" if _VITAL.search(text) and not (dead or alive) else ""
    day = _day(text)
    if not of or day is None or not 0 < day[0] <= _LONGEST:
        return None
    return Asked(day[0], of, day[1])


def _text(name: str) -> str:
    """Lower case, Latin letters without accents, blanks between words and between letters and digits."""
    spaced = re.sub(r"(?<=[a-zäöü])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name)).casefold()
    signs = [unicodedata.normalize("NFKD", sign)[0] if sign.isalpha() else sign for sign in spaced]
    bare = "".join(base if base.isascii() else sign for base, sign in zip(signs, spaced, strict=True))
    bare = re.sub(r"[^\w.]|_", " ", bare)
    bare = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", bare)
    numbered = [str(_NUMBERS.get(word, word)) for word in bare.split()]
    return " ".join(numbered)


def _day(text: str) -> tuple[int, bool] | None:
    """The day that a name tells, and whether it tells the unit."""
    for patterns in (_BEHIND, _BEFORE):
        for unit, pattern in patterns.items():
            found = pattern.search(text)
            if found:
                return _days(int(found[1]), unit), True
    bare = _BARE.search(text)
    return (int(bare[1]), False) if bare else None


def _days(number: int, unit: str) -> int:
    """Nominal days of a horizon."""
    if unit == "days":
        return number
    if unit == "weeks":
        return 7 * number
    months = number * (12 if unit == "years" else 1)
    known = HORIZON_DAYS.get(f"{months} month{'s' if months > 1 else ''}")
    return known if known is not None else round(months * DAYS_PER_MONTH)


#: why such a column is no predictor and no outcome where there are times
BESIDE_TIMES = "status at a day: it follows from time and event"


def days_told(found: Iterable[Proposed]) -> str:
    """The days of these proposals in words."""
    return days_in_words(days_of_columns([p.key for p in found]))


def proposed(cells: Cells) -> Proposed | None:
    """A column as the status at a day; None where its name asks for none, or its cells are no status."""
    told = asked(cells.name) or asked(cells.title)
    seen = {str(code): int(n) for code, n in cells.counts.items()}
    measured = any(re.fullmatch(r"-?\d+[.,]\d+", code) for code in seen)
    if told is None or measured or not 0 < len(seen) <= 6:
        return None
    meant = {code: _fate(cells.labels.get(code, code), told) for code in seen}
    if told.of == "status" and (None in meant.values() or not {"dead", "alive"} & set(meant.values())):
        return None  # any grade at a day may be called a status
    evidence = [
        f"the name asks who was {told.of if told.of != 'status' else 'dead or alive'} at day {told.day}"
    ]
    questions: list[str] = []
    sure = HIGH
    if not told.sure:
        questions.append(f"is {told.day} a number of days?")
        sure = LIKELY
    numbers = set(meant) <= {"0", "1", *_UNKNOWN_NUMBERS} and not cells.labels
    if numbers and ("0" in meant or ("1" in meant and not {"2", "3"} & set(meant))):
        one, zero = ("alive", "dead") if told.of == "alive" else ("dead", "alive")
        meant = {code: {"1": one, "0": zero}.get(code, "missing") for code in meant}
        evidence.append(f"code 1 is yes: {one}")
        if told.of == "alive":
            questions.append(f"does 1 mean {one} at day {told.day}?")
            sure = LIKELY
        stray = sorted(code for code, fate in meant.items() if fate == "missing")
        if stray:
            questions.append(
                f"does {' or '.join(stray)} mean that it is not known? It is never taken for alive."
            )
            sure = LIKELY
    coding = {fate: sorted(c for c, f in meant.items() if f == fate) for fate in ("dead", "alive", "missing")}
    open_ = sorted(code for code, fate in meant.items() if fate is None)
    if open_ or not (coding["dead"] or coding["alive"]):
        if len(open_) > 4 or (len(seen) > 4 and cells.values.notna().mean() > 0.5):
            return None
        shown = [cells.shown(code) for code in open_ if seen[code] >= SHOWN_FROM_ROWS]
        rest = "" if len(shown) == len(open_) else " (codes of few rows are not shown)"
        questions.append(
            f"which of its codes mean dead by day {told.day}, which alive, which not known: {', '.join(shown) or 'all'}{rest}?"
        )
        return Proposed(
            status_column(told.day), cells.name, GUESS, tuple(evidence), {}, tuple(questions), blocked=True
        )
    for fate, other in (("dead", "alive"), ("alive", "dead")):
        if not coding[fate]:
            coding[fate] = [_opposite(coding[other][0])]
    settings: dict[str, object] = {fate: codes for fate, codes in coding.items() if codes}
    return Proposed(status_column(told.day), cells.name, sure, tuple(evidence), settings, tuple(questions))


def _fate(code: str, told: Asked) -> str | None:
    """dead, alive or missing, by the words of a code or of its label; None where they do not say."""
    word = plain(code)
    if code.strip().lower() in missing() or word in _LOST:
        return "missing"
    synonyms = codebook()["event"].level_synonyms
    for level, names in synonyms.items():
        if word and not word.isdigit() and word in {plain(name) for name in names}:
            return "dead" if level == "1" else "alive"
    event = schemes("event", {code})
    if code in event and not word.isdigit():
        return event[code]
    yes_no = {"yes": YES, "no": "no", "true": YES, "false": "no", "y": YES, "n": "no"} | schemes(
        "yes_no", {code}
    )
    answer = yes_no.get(code) or yes_no.get(word)
    if answer is None or told.of == "status":
        return None
    return told.of if answer == YES else {"dead": "alive", "alive": "dead"}[told.of]


def _opposite(code: str) -> str:
    """The code that belongs beside one that alone is seen."""
    pairs = [("1", "0"), ("yes", "no"), ("true", "false"), ("dead", "alive")]
    pairs += [(scheme["yes"], scheme["no"]) for scheme in words()["yes_no"]]
    for yes, no in pairs:
        for style in (str, str.upper, str.capitalize):
            if code in (style(yes), style(no)):
                return style(no) if code == style(yes) else style(yes)
    return f"not {code}"
