"""What the numbers of a raw column say: whether they fit a variable, and in which unit."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spinesurv import units
from spinesurv.cohorts.codings import CODINGS
from spinesurv.cohorts.harmonise.measured import measured, without_thousands
from spinesurv.cohorts.name_words import plain
from spinesurv.cohorts.proposal.coded import coded, coding_of
from spinesurv.cohorts.proposal.labels import grades_by_label
from spinesurv.cohorts.proposal.names import Named, unit_in
from spinesurv.cohorts.proposal.proposed import GUESS, HIGH, LIKELY, Proposed, weaker
from spinesurv.cohorts.proposal.raw_column import Cells
from spinesurv.cohorts.proposal.words import words
from spinesurv.core.codebook import Variable
from spinesurv.errors import InputError

_FITS = 0.98


def numeric(cells: Cells, variable: Variable, found: Named) -> Proposed | None:
    """A column as a variable that is stored as a number; None where its cells cannot be that."""
    grades = grades_by_label(variable, cells.counts.index, cells.labels)
    if grades:
        return _relabelled(cells, variable, found, grades)
    read = _read(cells, variable)
    value, stray = read.value, cells.filled[read.value.isna()]
    if variable.levels and cells.values.isna().any():
        return coded(cells, variable, found)
    rule = coding_of(variable, set(cells.counts.index)) if cells.values.isna().any() else None
    if rule is not None:
        return _by_rule(cells, variable, found, rule)
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
    if read.marked:
        evidence.append(
            f"{read.marked / len(cells.filled):.0%} of its cells are limits or numbers with a mark, read as the number"
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
    if cells.unit == "percent" and variable.key in units.SHARES and value.between(0, 100).mean() >= _FITS:
        evidence.append(f"the name says percent: of {units.SHARES[variable.key]}")
        sure = weaker(LIKELY, found.confidence)
        return Proposed(
            variable.key, cells.name, sure, tuple(evidence), {**settings, "unit": "%"}, tuple(questions)
        )
    if read.own_unit:
        evidence.append("each cell says its unit")
    by_cell = ("", HIGH, "its numbers are plausible in it")
    unit, sure, words_of_unit = by_cell if read.own_unit else _unit(variable, value, cells)
    if unit is None:
        if not words_of_unit:
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
    """Grades that the labels of the file name and the codes do not ("ECOG 0" behind code 1); all labels, so that a rare one is not told."""
    whole = grades_by_label(variable, cells.labels, cells.labels)
    values = {cells.labels[c]: whole[c] for c in sorted(whole)}
    listed = ", ".join(cells.shown(c) for c in sorted(whole) if whole[c] != c)
    question = f"the file labels {listed}: is the grade that of the label, and not the code?"
    blocked = len(grades) < len(cells.counts)
    evidence = (found.evidence, "the labels of the file name other grades than the codes")
    confidence = GUESS if blocked else weaker(LIKELY, found.confidence)
    return Proposed(variable.key, cells.name, confidence, evidence, {"values": values}, (question,), blocked)


def _by_rule(cells: Cells, variable: Variable, found: Named, rule: str) -> Proposed:
    """A column that a coding reads whole; asked about where what it reads is a class of several values."""
    counts = cells.counts
    several = int(sum(n for cell, n in counts.items() if CODINGS[rule].read(str(cell)) == ""))
    evidence = (found.evidence, f"the coding {rule} reads every cell")
    settings: dict[str, object] = {"rule": rule}
    if several == len(cells.filled):
        question = (
            f"it holds classes of {variable.key}, which no variable takes. Is there a column of its values?"
        )
        return Proposed(variable.key, cells.name, GUESS, evidence, settings, (question,), blocked=True)
    question = f"{several} cells hold several values at once and are read as missing. Is that right?"
    sure = weaker(LIKELY, found.confidence) if several else found.confidence
    return Proposed(
        variable.key,
        cells.name,
        sure,
        evidence,
        settings,
        (question,) if several else (),
        blocked=sure == GUESS,
    )


@dataclass(frozen=True)
class _Read:
    """Cells as the import reads them.

    Parameters
    ----------
    value : numbers, in the canonical unit where each cell says its own; nan where a cell is none
    marked : how many are limits ("<5"), carry a mark ("12.1*") or another unit than the column
    own_unit : nearly every cell says its unit
    """

    value: pd.Series
    marked: int
    own_unit: bool


def _read(cells: Cells, variable: Variable) -> _Read:
    plainly = cells.values

    def factor(unit: str) -> float:
        return units.factor(variable.key, variable.unit, unit)

    def none_to_convert(unit: str) -> float:
        if factor(unit) != 1.0:
            raise InputError(f"{unit} is not the unit of {variable.key}.")
        return 1.0

    stray = plainly.isna()
    if not stray.any():
        return _Read(plainly, 0, False)
    rest = without_thousands(cells.filled[stray], cells.thousands)
    more = measured(rest, cells.decimal, none_to_convert)
    if more.value.isna().any():
        converted = measured(rest, cells.decimal, factor)
        if (converted.own_unit != "").sum() >= _FITS * len(cells.filled):
            return _Read(plainly.fillna(converted.value), int(converted.limit.sum()), True)
    return _Read(plainly.fillna(more.value), int(more.value.notna().sum()), False)


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
        share = (
            f" Or is it a percentage of {units.SHARES[variable.key]} (unit %)?"
            if variable.key in units.SHARES
            else ""
        )
        return None, GUESS, f"its median is usual in none of {', '.join(allowed)}. Which unit is it?{share}"
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
