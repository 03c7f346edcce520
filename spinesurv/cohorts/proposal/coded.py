"""What codes of a raw column mean: by the codebook, by known codings, or by what the name of the column says of them."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from spinesurv.cohorts.cells import SHOWN_FROM_ROWS
from spinesurv.cohorts.codings import CODINGS
from spinesurv.cohorts.name_words import parts
from spinesurv.cohorts.proposal.labels import levels_by_label
from spinesurv.cohorts.proposal.names import Named
from spinesurv.cohorts.proposal.proposed import GUESS, HIGH, LIKELY, Proposed, weaker
from spinesurv.cohorts.proposal.raw_column import Cells
from spinesurv.cohorts.proposal.words import code, missing, words
from spinesurv.core.codebook import NO, YES, Variable, codebook

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
#: codings that would be a decision: which end is 1, are these tens
_DIRECTED = ("neurology_a_is_1", "neurology_e_is_1", "kps_tens")
_READ_ANYWAY = {"yes", "no", "true", "false", "1", "0"}
_CODE_IS_WORD = re.compile(r"([^\W_]+)\s*[=:：＝]\s*([^\W\d_][^\W\d_ -]*|[0-9]+)")
_WORD_CODE = re.compile(r"(?:[^\W\d_]+\s*[0-9][\s,，、;；/]*){2,}")
_CODE_WORD = re.compile(r"(?:[0-9]\s*[^\W\d_]+[\s,，、;；/]*){2,}")


def coded(cells: Cells, variable: Variable, found: Named) -> Proposed | None:
    """A column as a variable with levels; None where fewer than half of its cells can be levels of it."""
    counts = cells.counts
    seen = set(counts.index)
    rule = coding_of(variable, seen, least=0.5)
    if len(seen) > max(60, 2 * len(variable.levels)) and rule is None:
        return None
    by_name = levels_in(cells.name, variable)
    if by_name and seen <= set(by_name):
        by_heading = (found.evidence, "the name of the column says what its codes mean")
        return Proposed(variable.key, cells.name, found.confidence, by_heading, {"values": by_name})
    labelled = levels_by_label(variable, counts.index, cells.labels, level_words(variable))
    plainly, values = _told(variable, counts[[c for c in counts.index if c not in cells.labels]])
    read = CODINGS[rule].read if rule is not None else lambda _: None
    values = {c: level for c, level in values.items() if read(c) in (None, level)}
    certain = (seen & set(values)) | plainly | labelled.told | set(labelled.by_word)
    rest = seen - certain
    if (
        labelled.by_word
    ):  # all labels of the file that are known words, so that a rare one is not told from it
        whole = levels_by_label(variable, cells.labels, cells.labels, level_words(variable)).by_word
        values |= {
            cells.labels[c]: level for c, level in whole.items() if cells.labels[c].lower() not in missing()
        }
    by_rule = {c: None if c in labelled.open else read(c) for c in rest}
    unread = [c for c in rest if by_rule[c] is None]
    several = [c for c in rest if by_rule[c] == ""]
    open_ = [c for c in unread if counts[c] >= SHOWN_FROM_ROWS]
    rare = [c for c in unread if counts[c] < SHOWN_FROM_ROWS]
    known = [c for c in rest - labelled.open if by_rule[c] is not None or code(c) in level_words(variable)]
    told = float(counts[[*certain, *known]].sum() / counts.sum())
    if told == 0:
        return _only_digits(cells, variable, found, seen)
    if told < 0.5:
        return None
    if set(several) == seen:
        question = f"its codes are classes of several levels of {variable.key}; no variable takes them. Are there others?"
        return Proposed(
            variable.key, cells.name, GUESS, (found.evidence,), {"rule": rule}, (question,), blocked=True
        )
    evidence = [found.evidence, f"the codes of {told:.0%} of its filled cells are known"]
    if labelled.told or labelled.by_word:
        evidence.append("by the labels of the file")
    settings: dict[str, object] = {"values": values} if values else {}
    if rule is not None and len(unread) < len(rest):
        settings["rule"] = rule
        evidence.append(f"the coding {rule} reads codes that values does not name")
    questions: list[str] = []
    if open_:
        questions.append(f"which level is {', '.join(map(cells.shown, sorted(open_)))}?")
    if rare:
        questions.append(
            f"{len(rare)} more codes in {int(counts[rare].sum())} rows are too rare to be shown (fewer than {SHOWN_FROM_ROWS} "
            "patients each); add them to values"
        )
    if several:
        rows = int(counts[several].sum())
        questions.append(f"{rows} cells hold several levels at once and are read as missing. Is that right?")
    confidence = weaker(LIKELY if questions else HIGH, found.confidence)
    blocked = bool(unread) or confidence == GUESS
    return Proposed(
        variable.key, cells.name, confidence, tuple(evidence), settings, tuple(questions), blocked
    )


def levels_in(name: str, variable: Variable) -> dict[str, str]:
    """Codes -> levels as the name of a column tells them: "sex (1=male, 2=female)", "性別(1男2女)", "sex_male"."""
    known = level_words(variable)
    told = {c: known[code(word)] for c, word in legend(name).items() if code(word) in known}
    if len(set(told.values())) > 1:
        return told
    if variable.key == "sex":
        named = {known[word] for word in parts(name) if len(word) > 1 and word in known}
        if len(named) == 1:
            one = named.pop()
            return {"1": one, "0": next(level for level in variable.levels if level != one)}
    return {}


def legend(name: str) -> dict[str, str]:
    """Code -> word where the name of a column lists its codes; empty where it does not."""
    pairs = _CODE_IS_WORD.findall(name)
    if len(pairs) > 1:
        swapped = [(b, a) if b.isdigit() and not a.isdigit() else (a, b) for a, b in pairs]
        return dict(swapped)
    if found := _WORD_CODE.search(name):
        return {b: a for a, b in re.findall(r"([^\W\d_]+)\s*([0-9])", found[0])}
    if found := _CODE_WORD.search(name):
        return dict(re.findall(r"([0-9])\s*([^\W\d_]+)", found[0]))
    return {}


def schemes(kind: str, seen: set[str]) -> dict[str, str]:
    """Codes -> levels of the known codings that the seen codes belong to, each whole and in the case in which it is seen."""
    styles = (str.lower, str.upper, str.capitalize)
    written = [{style(code): level for level, code in s.items()} for s in words()[kind] for style in styles]
    found: dict[str, str] = {}
    for scheme in sorted(written, key=lambda codes: -len(seen & set(codes))):
        new = (seen & set(scheme)) - set(found)
        signs = not any(c.isalnum() for code_ in scheme for c in code_)
        if signs and not set(scheme) <= seen and found:
            continue  # a dash beside words may be a gap
        if new and all(found.get(c, level) == level for c, level in scheme.items()):
            found |= scheme
    return found


def coding_of(variable: Variable, codes: set[str], *, least: float = 1.0) -> str | None:
    """The coding of this variable that reads all these codes, or at least a share of them; none that has a direction.

    Codes that are levels as they stand need none.
    """
    best, most = None, 0.0
    if codes <= set(variable.levels):
        return None
    for name, (key, read, _) in CODINGS.items():
        if key == variable.key and name not in _DIRECTED and codes:
            share = sum(read(c) is not None for c in codes) / len(codes)
            if share >= least and share > most:
                best, most = name, share
    return best


@cache
def level_words(variable: Variable) -> dict[str, str]:
    """Compared form of every word for a level -> level."""
    book = codebook()
    if variable.kind == "yes_no":
        of_schemes = {code(s[level]): level for s in words()["yes_no"] for level in (YES, NO)}
        return (
            {word: level for word, level in of_schemes.items() if any(sign.isalnum() for sign in word)}
            | {code(w): YES for w in book.read_yes if not w[0].isdigit()}
            | {code(w): NO for w in book.read_no if not w[0].isdigit()}
        )
    lettered = not any(level.isdigit() for level in variable.levels) and variable.kind == "ordered"
    found = {
        code(w): level
        for level, ws in variable.level_synonyms.items()
        for w in (level, *ws)
        if not (lettered and w.isdigit())  # which end of the scale is 1 is for a person to say
    }
    of_kind = "positive_negative" if {"positive", "negative"} <= set(variable.levels) else variable.key
    found |= {code(w): level for level, ws in words()["levels"].get(of_kind, {}).items() for w in ws}
    if variable.key in ("sex", "event"):
        names = {"dead": "1", "alive": "0"}
        # "m" is male or, beside "h", mujer: a letter alone is what the codebook says
        found = {
            code(word): names.get(level, level) for s in words()[variable.key] for level, word in s.items()
        } | found
    if variable.key == "primary_tumor":
        for tumour in book.primary_tumors:
            found |= {code(w): tumour.key for w in (tumour.label, *tumour.aliases)}
            if re.fullmatch(r"C[0-9]{2}", tumour.icd10):
                found[code(tumour.icd10)] = tumour.key
        found |= {code(source): key for source, key in book.tumor_groups.items()}
    if variable.is_numeric:
        found |= {roman: level for roman, level in _ROMAN.items() if level in variable.levels}
    return (
        found
        | {code(level.replace("_", " ")): level for level in variable.levels}
        | {code(level): level for level in variable.levels}
    )


def _told(variable: Variable, counts: pd.Series) -> tuple[set[str], dict[str, str]]:
    """Codes that an import reads as they stand, and others that enough patients share or that belong to a known coding."""
    seen = set(counts.index)
    yes_no = variable.kind == "yes_no"
    plainly = {c for c in seen if c in variable.levels or (yes_no and c.lower() in _READ_ANYWAY)}
    if yes_no and not seen <= {"0", "1"}:
        plainly -= {"1", "0"}  # beside other codes a digit may mean anything
    values = schemes("yes_no" if yes_no else "sex", seen - plainly) if yes_no or variable.key == "sex" else {}
    known = level_words(variable)
    read = CODINGS["tumour_words"].read if variable.key == "primary_tumor" else None
    for shared in (str(c) for c, n in counts.items() if n >= SHOWN_FROM_ROWS):
        level = known.get(code(shared)) or (read(shared) if read else None)
        if shared not in values and level:
            values[shared] = level
    return plainly, {c: level for c, level in values.items() if c not in plainly}


def _only_digits(cells: Cells, variable: Variable, found: Named, seen: set[str]) -> Proposed | None:
    """A column of digits, or of yes and no, that could be its codes; which is which is asked."""
    words_too = {code(c) for c in seen} <= set(level_words(codebook()["brain_mets"]))
    digits = all(re.fullmatch("[0-9]{1,2}", c) for c in seen)
    if len(seen) > max(6, len(variable.levels)) or not (digits or words_too):
        return None
    shown = sorted(
        cells.shown(c) if c in cells.labels else c
        for c, n in zip(map(str, cells.counts.index), cells.counts, strict=True)
        if n >= SHOWN_FROM_ROWS
    )
    allowed = ", ".join((YES, NO) if variable.kind == "yes_no" else variable.levels[:8])
    codes = ", ".join(shown) or "its codes (all too rare to be shown)"
    question = f"which of {allowed} are {codes}?"
    directed = [name for name in _DIRECTED if CODINGS[name].key == variable.key and digits]
    if directed:
        question += f" Or is it one of the rules {', '.join(directed)}?"
    return Proposed(variable.key, cells.name, GUESS, (found.evidence,), {}, (question,), blocked=True)
