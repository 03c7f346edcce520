"""What the cells of a raw column say: whether they fit a variable, in which unit, and what their codes mean."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pandas as pd

from spinesurv import units
from spinesurv.cohorts.cells import SHOWN_FROM_ROWS, dates, is_code, numbers, plain_code
from spinesurv.cohorts.codings import CODINGS
from spinesurv.cohorts.harmonise.measured import measured
from spinesurv.cohorts.name_words import plain
from spinesurv.cohorts.proposal.labels import gaps_by_label, grades_by_label, levels_by_label
from spinesurv.cohorts.proposal.names import Named, unit_in
from spinesurv.cohorts.proposal.proposed import GUESS, HIGH, LIKELY, Proposed, weaker
from spinesurv.cohorts.proposal.words import code, missing, words
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import NO, YES, Variable, codebook
from spinesurv.errors import InputError

_FITS = 0.98
_PATTERNS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%m-%Y")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
#: codings that would be a decision: which end is 1, are these tens
_DIRECTED = ("neurology_a_is_1", "neurology_e_is_1", "kps_tens")
_READ_ANYWAY = {"yes", "no", "true", "false", "1", "0"}


@dataclass(frozen=True)
class Cells:
    """A raw column without gaps.

    Parameters
    ----------
    name : of the raw column
    filled : its cells that are neither empty nor a word for missing
    decimal : decimal sign of the table
    labels : code, as the import compares it -> what the file says it means
    title : what the column holds, in the words of the file
    """

    name: str
    filled: pd.Series
    decimal: str = "."
    labels: dict[str, str] = field(default_factory=dict)
    title: str = ""

    @classmethod
    def of(cls, name: str, table: RawTable, missing: tuple[str, ...]) -> Cells:
        """The column without empty cells, these codes, and those that the file declares missing."""
        text, content = table.cells[name], table.content
        filled = text[(text != "") & ~text.isin(missing)]
        if name in content.gaps:
            filled = filled[~is_code(filled, content.gaps[name])]
        labels = {plain_code(code): label.strip() for code, label in content.labels.get(name, {}).items()}
        return cls(name, filled, table.options.decimal, labels, content.titles.get(name, ""))

    def without(self, codes: Collection[str]) -> Cells:
        """The column without these codes."""
        return replace(self, filled=self.filled[~is_code(self.filled, codes)]) if codes else self

    @property
    def unit(self) -> str | None:
        """The unit that its name carries, else its title."""
        return unit_in(self.name) or unit_in(self.title)

    def shown(self, code: str) -> str:
        """A code in a question, with its label."""
        return f"{code[:40]!r} ({self.labels[code][:40]})" if code in self.labels else repr(code[:40])

    @property
    def values(self) -> pd.Series:
        """As numbers; nan where a cell is none."""
        return numbers(self.filled, self.decimal)

    @property
    def counts(self) -> pd.Series:
        """Cells per code, codes as the import compares them."""
        return self.filled.map(plain_code).value_counts()


def missing_words(cells: pd.DataFrame) -> tuple[str, ...]:
    """Words for missing that stand anywhere in a table, as they are written; a fixed list, so no cell of a patient."""
    found = {text for name in cells for text in cells[name].unique() if text.lower() in missing()}
    return tuple(sorted(found))


def judged(cells: Cells, found: Named) -> Proposed | None:
    """A column as this variable; None where its cells cannot be that."""
    variable = codebook()[found.key]
    gaps = gaps_by_label(variable, cells.counts.index, cells.labels)
    proposed = _judged(cells.without(gaps), variable, found)
    if proposed is None or not gaps:
        return proposed
    others = proposed.settings.get("missing", [])
    reasons = {str(c): "no value of this variable" for c in others} if isinstance(others, list) else {}
    return replace(proposed, settings={**proposed.settings, "missing": reasons | gaps})


def _judged(cells: Cells, variable: Variable, found: Named) -> Proposed | None:
    if cells.filled.empty:
        return Proposed(
            variable.key,
            cells.name,
            GUESS,
            (found.evidence, "no cell is filled"),
            blocked=True,
            questions=("the column is empty",),
        )
    if variable.kind == "date":
        return dated(cells, found)
    if variable.is_numeric:
        return _number(cells, variable, found)
    if variable.kind == "yes_no" or variable.levels:
        return _coded(cells, variable, found)
    return Proposed(variable.key, cells.name, weaker(found.confidence, LIKELY), (found.evidence,))


def dated(cells: Cells, found: Named) -> Proposed | None:
    """A column of dates; the order of day and month is told by days above 12, else asked."""
    fitting = [p for p in _PATTERNS if dates(cells.filled, p).notna().mean() >= _FITS]
    if not fitting:
        return None
    evidence = (found.evidence, f"dates written as {fitting[0]}")
    if len(fitting) == 1:
        return Proposed(found.key, cells.name, found.confidence, evidence, _pattern(fitting[0]))
    question = f"no day above 12 tells the order: {' or '.join(fitting)}?"
    return Proposed(
        found.key, cells.name, GUESS, evidence, _pattern(fitting[0]), questions=(question,), blocked=True
    )


def _pattern(pattern: str) -> dict[str, object]:
    return {} if pattern == "%Y-%m-%d" else {"format": pattern}


def _number(cells: Cells, variable: Variable, found: Named) -> Proposed | None:
    grades = grades_by_label(variable, cells.counts.index, cells.labels)
    if grades:
        return _relabelled(cells, variable, found, grades)
    value, marked = _with_limits(cells)
    stray = cells.filled[value.isna()]
    if variable.levels and len(stray) and set(map(str.lower, stray.unique())) <= set(_ROMAN):
        return _coded(cells, variable, found)
    rule = _rule(variable, set(cells.counts.index)) if len(stray) else None
    if rule is not None:
        evidence_of_rule = (found.evidence, f"the coding {rule} reads every cell")
        return Proposed(variable.key, cells.name, found.confidence, evidence_of_rule, {"rule": rule})
    if value.notna().mean() < 0.9:
        return None
    sentinels = [
        c
        for c in words()["missing"]["numbers"]
        if _impossible(variable, float(c)) and (value == float(c)).any()
    ]
    value = value[~value.isin([float(c) for c in sentinels])].dropna()
    if value.empty or (variable.is_whole and (value != value.round()).mean() > 1 - _FITS):
        return None
    settings: dict[str, object] = {"missing": sentinels} if sentinels else {}
    evidence = [found.evidence]
    if marked:
        evidence.append(
            f"{marked / len(cells.filled):.0%} of its cells are limits or numbers with a mark, read as the number"
        )
    questions = (
        [f"{', '.join(sentinels)} can be no value here and is read as missing. Is it?"] if sentinels else []
    )
    if variable.key == "kps" and value.max() <= 10:
        question = "no number above 10: is it Karnofsky in tens?"
        settings["rule"] = "kps_tens"
        evidence_of_tens = (found.evidence, "the coding kps_tens reads every number")
        if not all(CODINGS["kps_tens"][1](c) for c in cells.counts.index):
            return None
        return Proposed(
            "kps", cells.name, weaker(LIKELY, found.confidence), evidence_of_tens, settings, (question,)
        )
    unit, sure, words_of_unit = _unit(variable, value, cells)
    if unit is None:
        if "percent" in words_of_unit or not words_of_unit:
            return None
        questions.append(words_of_unit)
        return Proposed(
            variable.key, cells.name, GUESS, (found.evidence,), settings, tuple(questions), blocked=True
        )
    if unit not in ("", variable.unit):
        settings["unit"] = unit
        if len(plain(cells.name)) < 3 and found.confidence != HIGH:
            sure = GUESS  # AP in an unusual unit may well be acid phosphatase
    inside = variable.in_range(value * units.factor(variable.key, variable.unit, unit or None)).mean()
    if inside < 0.9:
        return None
    evidence.append(words_of_unit or f"{inside:.1%} of its numbers lie in the plausible range")
    if inside < _FITS or len(stray) > (1 - _FITS) * len(cells.filled):
        sure = weaker(sure, LIKELY)
    if not variable.unit and not variable.levels and variable.key not in ("nlr", "inr"):
        sure = weaker(sure, LIKELY)
    if variable.kind == "count" and found.confidence != HIGH and variable.key != "index_year":
        sure = GUESS
    confidence = weaker(sure, found.confidence)
    return Proposed(
        variable.key,
        cells.name,
        confidence,
        tuple(evidence),
        settings,
        tuple(questions),
        blocked=confidence == GUESS,
    )


def _relabelled(cells: Cells, variable: Variable, found: Named, grades: dict[str, str]) -> Proposed:
    """Grades that the labels of the file name and the codes do not ("ECOG 0" behind code 1)."""
    seen = sorted(map(str, cells.counts.index))
    values = {cells.labels[c]: grades[c] for c in seen if c in grades}
    listed = ", ".join(cells.shown(c) for c in sorted(grades) if grades[c] != c)
    question = f"the file labels {listed}: is the grade that of the label, and not the code?"
    blocked = len(values) < len(seen)
    evidence = (found.evidence, "the labels of the file name other grades than the codes")
    confidence = GUESS if blocked else weaker(LIKELY, found.confidence)
    return Proposed(variable.key, cells.name, confidence, evidence, {"values": values}, (question,), blocked)


def _with_limits(cells: Cells) -> tuple[pd.Series, int]:
    """The numbers of a column as the import reads them, "<5" and "12.1*" too, and how many are of that kind."""
    plainly = cells.values
    read = measured(cells.filled[plainly.isna()], cells.decimal, _no_unit).value
    return plainly.fillna(read), int(read.notna().sum())


def _no_unit(unit: str) -> float:
    raise InputError(f"{unit}: the unit of a cell is no unit of its column.")


def _impossible(variable: Variable, value: float) -> bool:
    low, high = variable.lowest, variable.highest
    return (low is not None and value < low) or (high is not None and value > high)


def _unit(variable: Variable, value: pd.Series, cells: Cells) -> tuple[str | None, str, str]:
    """Unit ("" = canonical or none), confidence, and evidence; None and a question where it cannot be told."""
    told, says = cells.unit, "name" if unit_in(cells.name) else "title"
    others = units.CONVERSIONS.get(variable.key, {})
    allowed = {variable.unit or "": 1.0, **others}
    if told is not None:
        factors = {u: f for u, f in allowed.items() if u == told or (u and _same(variable, u, told))}
        if factors:
            unit, factor = next(iter(factors.items()))
            if variable.in_range(value * factor).mean() >= 0.9:
                return unit, HIGH, f"the {says} says {told}, and its numbers are plausible in it"
            return (
                None,
                GUESS,
                f"the {says} says {told}, but its numbers are not plausible in it. Which unit is it?",
            )
    window = words()["typical_median"].get(variable.key)
    if not others:
        return "", HIGH, ""
    if window is None:
        if variable.key == "crp":
            return (
                None,
                GUESS,
                "mg/dL or mg/L? The range cannot tell; uncomment with the unit of the laboratory.",
            )
        return "", LIKELY, ""
    middle = float(value.median())
    fitting = {u: f for u, f in allowed.items() if window[0] <= middle * f <= window[1]}
    if not fitting:
        return None, GUESS, f"its median is usual in none of {', '.join(allowed)}. Which unit is it?"
    if len(set(fitting.values())) > 1:
        return None, GUESS, f"its median is usual in {' and in '.join(fitting)}. Which one is it?"
    unit = next(iter(fitting))
    return unit, HIGH, f"its median is usual in {unit} and in no other unit of {variable.key}"


def _same(variable: Variable, unit: str, told: str) -> bool:
    try:
        known = units.factor(variable.key, variable.unit, told)
    except InputError:
        return False
    return known == units.factor(variable.key, variable.unit, unit)


def schemes(kind: str, seen: set[str]) -> dict[str, str]:
    """Codes -> levels of the known codings that the seen codes belong to, each whole and in the case in which it is seen."""
    styles = (str.lower, str.upper, str.capitalize)
    written = [{style(code): level for level, code in s.items()} for s in words()[kind] for style in styles]
    found: dict[str, str] = {}
    for scheme in sorted(written, key=lambda codes: -len(seen & set(codes))):
        new = (seen & set(scheme)) - set(found)
        if new and all(found.get(c, level) == level for c, level in scheme.items()):
            found |= scheme
    return found


def _coded(cells: Cells, variable: Variable, found: Named) -> Proposed | None:
    counts = cells.counts
    seen = set(counts.index)
    if len(seen) > max(60, 2 * len(variable.levels)) and _rule(variable, seen, least=0.8) is None:
        return None
    labelled = levels_by_label(variable, counts.index, cells.labels, _level_words(variable))
    plainly, values = _told(variable, counts[[c for c in counts.index if c not in cells.labels]])
    read = (seen & set(values)) | plainly | labelled.told | set(labelled.by_word)
    rest = seen - read
    rule = _rule(variable, rest - labelled.open) if rest else None
    values |= {cells.labels[c]: level for c, level in labelled.by_word.items()}
    open_ = [c for c in rest if c in labelled.open or (counts[c] >= SHOWN_FROM_ROWS and rule is None)]
    rare = [c for c in rest if c not in open_ and rule is None]
    known = [c for c in rest - labelled.open if rule is not None or code(c) in _level_words(variable)]
    told = float(counts[[*read, *known]].sum() / counts.sum())
    if told == 0:
        return _only_digits(cells, variable, found, seen)
    if told < 0.5:
        return None
    evidence = [found.evidence, f"the codes of {told:.0%} of its filled cells are known"]
    if labelled.told or labelled.by_word:
        evidence.append("by the labels of the file")
    settings: dict[str, object] = {"values": values} if values else {}
    if rule is not None:
        settings["rule"] = rule
        evidence.append(f"the coding {rule} reads every code that values does not name")
    questions = []
    if open_:
        questions.append(f"which level is {', '.join(map(cells.shown, sorted(open_)))}?")
    if rare:
        questions.append(
            f"{len(rare)} more codes in {int(counts[rare].sum())} rows are too rare to be shown (fewer than {SHOWN_FROM_ROWS} "
            "patients each); add them to values"
        )
    confidence = weaker(LIKELY if open_ or rare else HIGH, found.confidence)
    blocked = bool(open_ or rare) or confidence == GUESS
    return Proposed(
        variable.key, cells.name, confidence, tuple(evidence), settings, tuple(questions), blocked
    )


def _told(variable: Variable, counts: pd.Series) -> tuple[set[str], dict[str, str]]:
    """Codes that an import reads as they stand, and others that enough patients share or that belong to a known coding."""
    seen = set(counts.index)
    yes_no = variable.kind == "yes_no"
    plainly = {c for c in seen if c in variable.levels or (yes_no and c.lower() in _READ_ANYWAY)}
    if yes_no and not seen <= {"0", "1"}:
        plainly -= {"1", "0"}  # beside other codes a digit may mean anything
    values = schemes("yes_no" if yes_no else "sex", seen - plainly) if yes_no or variable.key == "sex" else {}
    known = _level_words(variable)
    for shared in (str(c) for c, n in counts.items() if n >= SHOWN_FROM_ROWS):
        if shared not in values and code(shared) in known:
            values[shared] = known[code(shared)]
    return plainly, {c: level for c, level in values.items() if c not in plainly}


def _rule(variable: Variable, codes: set[str], *, least: float = 1.0) -> str | None:
    """The coding of this variable that reads all these codes, or at least a share of them; none that has a direction."""
    for name, (key, read, _) in CODINGS.items():
        if key == variable.key and name not in _DIRECTED and codes:
            share = sum(read(c) is not None for c in codes) / len(codes)
            if share >= least:
                return name
    return None


def _only_digits(cells: Cells, variable: Variable, found: Named, seen: set[str]) -> Proposed | None:
    """A column of digits that could be its codes; which is which is asked."""
    if len(seen) > max(6, len(variable.levels)) or not all(re.fullmatch("[0-9]{1,2}", c) for c in seen):
        return None
    shown = sorted(
        cells.shown(c) if c in cells.labels else c
        for c, n in zip(map(str, cells.counts.index), cells.counts, strict=True)
        if c in cells.labels or n >= SHOWN_FROM_ROWS
    )
    allowed = ", ".join((YES, NO) if variable.kind == "yes_no" else variable.levels[:8])
    codes = ", ".join(shown) or "its codes (all too rare to be shown)"
    question = f"which of {allowed} are {codes}?"
    return Proposed(variable.key, cells.name, GUESS, (found.evidence,), {}, (question,), blocked=True)


def _level_words(variable: Variable) -> dict[str, str]:
    """Compared form of every word for a level -> level."""
    book = codebook()
    if variable.kind == "yes_no":
        return {code(w): YES for w in book.read_yes if not w[0].isdigit()} | {
            code(w): NO for w in book.read_no if not w[0].isdigit()
        }
    found = {code(w): level for level, ws in variable.level_synonyms.items() for w in (level, *ws)}
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
