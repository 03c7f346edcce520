"""Time and event: which columns, in which unit, and which code means died."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from spinesurv import units
from spinesurv.cohorts.cells import SHOWN_FROM_ROWS
from spinesurv.cohorts.name_words import parts, plain
from spinesurv.cohorts.proposal.coded import levels_in, schemes
from spinesurv.cohorts.proposal.concepts import concepts, neutral
from spinesurv.cohorts.proposal.labels import gaps_by_label
from spinesurv.cohorts.proposal.names import Named
from spinesurv.cohorts.proposal.proposed import GUESS, HIGH, LIKELY, Proposal, Proposed, weaker
from spinesurv.cohorts.proposal.raw_column import Cells
from spinesurv.cohorts.proposal.words import words
from spinesurv.core.codebook import NO, YES, codebook


def time(cells: Cells, found: Named) -> Proposed | None:
    """A column as follow-up time; None where it holds no times."""
    value = cells.values
    if value.notna().mean() < 0.98 or (value < 0).mean() > 0.02:
        return None
    value = value.dropna()
    told = cells.unit
    possible = _fitting_units(value)
    if told in units.CONVERSIONS["time_days"] or told == "days":
        if told in possible:
            return Proposed(
                "time_days",
                cells.name,
                found.confidence,
                (found.evidence, f"the name says {told}, and its numbers can be that"),
                {"unit": told},
            )
        question = f"the name says {told}, but its numbers cannot be that. Which unit is it?"
    elif possible == ["days"]:
        sure = HIGH if value.max() > 2600 else LIKELY
        questions = (
            ()
            if sure == HIGH
            else ("is the time in days? It is too long for months and years, weeks cannot be ruled out",)
        )
        evidence = (found.evidence, "its largest number is too large for weeks, months and years")
        return Proposed(
            "time_days", cells.name, weaker(sure, found.confidence), evidence, {"unit": "days"}, questions
        )
    else:
        question = f"in which unit is the time? Its numbers can be {', '.join(possible) or 'in none'}."
    return Proposed("time_days", cells.name, GUESS, (found.evidence,), {}, (question,), blocked=True)


def possible_units(proposal: Proposal, time: Proposed) -> list[str]:
    """Units that the follow-up times of a proposal can have: the one that was told, else what the numbers allow."""
    if "unit" in time.settings:
        return [str(time.settings["unit"])]
    table = proposal.table
    values = Cells.of(time.from_, table, proposal.missing).values.dropna()
    return _fitting_units(values) if len(values) else []


def _fitting_units(value: pd.Series) -> list[str]:
    """Units in which follow-up of cancer patients can have such numbers: days rarely end before 60, nobody is followed 40 years."""
    high, middle = float(value.max()), float(value.median())
    fits = {
        "days": high >= 60,
        "weeks": high <= 1000 and middle <= 300,
        "months": high <= 400 and middle <= 120,
        "years": high <= 40 and middle <= 15,
    }
    return [unit for unit, so in fits.items() if so]


def event(cells: Cells, found: Named) -> Proposed | None:
    """A column as event; which code means died is told by words, or by a name that says death; else it is asked."""
    if cells.labels:
        return _labelled_event(cells, found)
    seen = set(cells.counts.index)
    if len(seen) > 4 or not seen:
        return None
    by_name = levels_in(cells.name, codebook()["event"])
    if by_name and seen <= set(by_name):
        coding: dict[str, object] = {
            word: sorted(c for c, level in by_name.items() if level == code)
            for word, code in (("dead", "1"), ("alive", "0"))
        }
        evidence = (found.evidence, "the name of the column says what its codes mean")
        return Proposed("event", cells.name, found.confidence, evidence, coding)
    if seen <= {"0", "1"}:
        return _zero_one(cells, found)
    if seen <= {"1", "2"}:
        question = "1 = alive and 2 = died, as in R's lung data? Other tables have it the other way round."
        return Proposed(
            "event",
            cells.name,
            GUESS,
            (found.evidence, "codes 1 and 2"),
            {"dead": ["2"], "alive": ["1"]},
            (question,),
            blocked=True,
        )
    shared = {str(c) for c, n in cells.counts.items() if n >= SHOWN_FROM_ROWS}
    known = event_words(cells.name, seen, shared)
    if seen <= set(known) and set(known.values()) == {"dead", "alive"}:
        coding = {level: sorted(c for c, is_ in known.items() if is_ == level) for level in ("dead", "alive")}
        evidence = (found.evidence, "every code is a known word for dead or alive")
        return Proposed("event", cells.name, found.confidence, evidence, coding)
    if not all(len(c) <= 20 for c in seen) or (cells.values.notna().mean() > 0.5 and len(seen) > 3):
        return None
    question = "which of its codes mean died, and which alive at the last contact?"
    return Proposed("event", cells.name, GUESS, (found.evidence,), {}, (question,), blocked=True)


def _labelled_event(cells: Cells, found: Named) -> Proposed | None:
    """A column as event whose codes the file explains."""
    gaps = gaps_by_label(codebook()["event"], cells.counts.index, cells.labels)
    seen = set(cells.counts.index) - set(gaps)
    if len(seen) > 8 or not seen:
        return None
    known = event_words(cells.name, {cells.labels[c] for c in seen if c in cells.labels})
    is_ = {c: known.get(cells.labels.get(c, "")) for c in seen}
    coding: dict[str, object] = {
        level: sorted(c for c in seen if is_[c] == level) for level in ("dead", "alive")
    }
    if gaps:
        coding["missing"] = sorted(gaps)
    if None not in is_.values() and coding["dead"] and coding["alive"]:
        evidence = (found.evidence, "the labels of the file say which code is dead and which alive")
        return Proposed("event", cells.name, found.confidence, evidence, coding)
    shown = [cells.shown(c) for c in sorted(seen) if cells.counts[c] >= SHOWN_FROM_ROWS]
    rest = "" if len(shown) == len(seen) else " (codes of few rows are not shown)"
    question = f"which of its codes mean died, and which alive at the last contact: {', '.join(shown) or 'all'}{rest}?"
    return Proposed("event", cells.name, GUESS, (found.evidence,), {}, (question,), blocked=True)


def _zero_one(cells: Cells, found: Named) -> Proposed:
    own = plain(cells.name)
    evidence = (found.evidence, "codes 0 and 1")
    coding: dict[str, object] = {"dead": ["1"], "alive": ["0"]}
    if any(word in parts(cells.name) or word == own for word in words()["event_names"]["reversed"]):
        question = "the name speaks of censoring or of being alive: does 1 mean died, or alive (as CNSR of ADaM has it)?"
        return Proposed("event", cells.name, GUESS, evidence, {}, (question,), blocked=True)
    if own in words()["event_names"]["dead_is_1"]:
        return Proposed(
            "event", cells.name, found.confidence, (*evidence, "the name says that 1 is a death"), coding
        )
    question = "does 1 mean died and 0 alive? The name does not say."
    return Proposed("event", cells.name, weaker(LIKELY, found.confidence), evidence, coding, (question,))


def event_words(name: str, seen: set[str], shared: set[str] | None = None) -> dict[str, str]:
    """Code -> dead or alive, of known codings, and of words that enough patients share (all where `shared` is left out)."""
    found = schemes("event", seen)
    bare = re.sub(r"[(\[（【].*?[)\]）】]", "", name)
    told = concepts(bare).bag - neutral()
    alive = {plain(word) for word in words()["event_names"]["alive"]}
    said = "dead" if told == {"death"} else "alive" if plain(bare) in alive or told == {"alive"} else ""
    if said:
        means = {YES: said, NO: "alive" if said == "dead" else "dead"}
        found |= {c: means[level] for c, level in schemes("yes_no", seen).items()}
    synonyms = codebook()["event"].level_synonyms
    known = {plain(w): {"1": "dead", "0": "alive"}[level] for level, ws in synonyms.items() for w in ws}
    words_seen = seen if shared is None else shared
    return found | {c: known[plain(c)] for c in words_seen if c not in found and plain(c) in known}


def other_end_point(chosen: Proposed | None, times: list[str]) -> Proposed | None:
    """An event beside which the only time is that of another end point is not taken for a death."""
    if chosen is None or not times or chosen.confidence == GUESS:
        return chosen
    question = f"is this the event of {', '.join(times)}, which is another end point than death?"
    return replace(chosen, confidence=GUESS, questions=(*chosen.questions, question), blocked=True)


def end(death: Proposed | None, last_contact: Proposed | None) -> Proposed | None:
    """The end of follow-up: the date of death, else of the last contact; both in one format, or it is asked."""
    if death is None or last_contact is None:
        return death or last_contact
    if "the column is empty" in death.questions:
        return last_contact
    columns: dict[str, object] = {"from": [death.from_, last_contact.from_]}
    both = replace(
        death,
        confidence=weaker(death.confidence, last_contact.confidence),
        evidence=(*death.evidence, f"{last_contact.from_}: {'; '.join(last_contact.evidence)}"),
        settings={**death.settings, **columns},
        blocked=death.blocked or last_contact.blocked,
    )
    if death.settings == last_contact.settings:
        return both
    question = "the dates of death and of the last contact are written in two ways. Write both into format, as a list."
    return replace(both, confidence=GUESS, questions=(*both.questions, question), blocked=True)


def dead_where_dated(death: Proposed) -> Proposed:
    """Who has a date of death is dead, where nobody wrote a status."""
    question = "is everybody without a date of death alive? No column says who died."
    evidence = (*death.evidence, "no column of status")
    return Proposed(
        "event",
        death.from_,
        weaker(LIKELY, death.confidence),
        evidence,
        {"filled": "dead"},
        (question,),
        blocked=death.blocked or death.confidence == GUESS,
    )
