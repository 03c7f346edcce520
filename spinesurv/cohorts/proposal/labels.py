"""What the labels of a file say about the codes of a column: levels, grades, and codes that mean missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from spinesurv.cohorts.proposal.words import code, missing
from spinesurv.core.codebook import NO, YES, Variable


@dataclass(frozen=True)
class Labelled:
    """The codes of a column that carry a label.

    Parameters
    ----------
    told : codes whose label an import takes for a level by itself
    by_word : code -> level, where the label is a word for it; the mapping file names the label
    open : codes whose label nothing tells
    """

    told: frozenset[str] = frozenset()
    by_word: dict[str, str] = field(default_factory=dict)
    open: frozenset[str] = frozenset()


def levels_by_label(
    variable: Variable, codes: Iterable[str], labels: Mapping[str, str], known: Mapping[str, str]
) -> Labelled:
    """What the labels say about levels.

    Parameters
    ----------
    codes : codes that stand in the column
    labels : code -> label of the file
    known : compared form of a word (`words.code`) -> level
    """
    told, by_word, open_ = set(), {}, set()
    for written in codes:
        label = labels.get(written)
        if label is None:
            continue
        if _as_level(label) in _levels(variable):
            told.add(written)
        elif code(label) in known:
            by_word[written] = known[code(label)]
        else:
            open_.add(written)
    return Labelled(frozenset(told), by_word, frozenset(open_))


def gaps_by_label(variable: Variable, codes: Iterable[str], labels: Mapping[str, str]) -> dict[str, str]:
    """Code -> label, of labels that are a word for missing and no level of the variable."""
    return {
        c: labels[c]
        for c in codes
        if c in labels and labels[c].lower() in missing() and _as_level(labels[c]) not in _levels(variable)
    }


def grades_by_label(variable: Variable, codes: Iterable[str], labels: Mapping[str, str]) -> dict[str, str]:
    """Code -> grade that its label names ("ECOG 0" behind code 1); empty where no label names another grade than its code."""
    first = {c: re.search("[0-9]+", labels[c]) for c in codes if c in labels}
    named = {c: found[0] for c, found in first.items() if found is not None and found[0] in variable.levels}
    return named if any(c != grade for c, grade in named.items()) else {}


def _as_level(label: str) -> str:
    """A label as the import compares it with levels."""
    return label.strip().lower().replace(" ", "_")


def _levels(variable: Variable) -> tuple[str, ...]:
    return (YES, NO) if variable.kind == "yes_no" else variable.levels
