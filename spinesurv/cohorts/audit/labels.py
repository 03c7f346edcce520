"""Findings about codes to which the mapping gives another meaning than the label in the file: the event, the sex, grades."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, Finding
from spinesurv.cohorts.cells import is_code, plain_code
from spinesurv.cohorts.mapping.mapping import ColumnRule, Mapping
from spinesurv.cohorts.proposal.coded import level_words
from spinesurv.cohorts.proposal.labels import grades_by_label, levels_by_label
from spinesurv.cohorts.proposal.outcome import event_words
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import codebook


def label_findings(mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    """Codes whose label contradicts the mapping; yes and no are left out, because a mapping may turn a question round on purpose."""
    if mapping.outcome is not None:
        yield from _event(mapping, table)
    for rule in mapping.columns:
        if rule.from_ is None:
            continue
        labels = _labels(table, rule.from_)
        said = _graded(rule, labels) if codebook()[rule.key].is_numeric else _sex(rule, labels)
        yield from _told(table, rule.key, rule.from_, said)


def _labels(table: RawTable, column: str) -> dict[str, str]:
    """Code, as the import compares it -> label."""
    return {plain_code(code): label.strip() for code, label in table.content.labels.get(column, {}).items()}


def _event(mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    assert mapping.outcome is not None
    rule = mapping.outcome.event
    labels = _labels(table, rule.from_)
    known = event_words(rule.from_, set(labels.values()))
    given = dict.fromkeys(map(plain_code, rule.dead), "dead") | dict.fromkeys(
        map(plain_code, rule.alive), "alive"
    )
    said = {
        code: (labels[code], is_)
        for code, is_ in given.items()
        if known.get(labels.get(code, ""), is_) != is_
    }
    yield from _told(table, "event", rule.from_, said)


def _graded(rule: ColumnRule, labels: Dictionary[str, str]) -> dict[str, tuple[str, str]]:
    """Codes taken as grades whose label names another grade."""
    grades = grades_by_label(codebook()[rule.key], labels, labels)
    read = {
        code for code in grades if code not in rule.values and plain_code(labels[code]) not in rule.values
    }
    return (
        {code: (labels[code], code) for code in read if grades[code] != code} if rule.coding is None else {}
    )


def _sex(rule: ColumnRule, labels: Dictionary[str, str]) -> dict[str, tuple[str, str]]:
    if rule.key != "sex":
        return {}
    variable = codebook()["sex"]
    by_word = levels_by_label(variable, labels, labels, level_words(variable))
    meant = {code: labels[code].lower() for code in by_word.told} | by_word.by_word
    given = {code: rule.values[code] for code in meant if code in rule.values}
    return {code: (labels[code], is_) for code, is_ in given.items() if is_ != meant[code]}


def _told(table: RawTable, key: str, column: str, said: dict[str, tuple[str, str]]) -> Iterator[Finding]:
    """One finding of a column, where such codes stand in it."""
    count = int(is_code(table.column(column), said).sum()) if said else 0
    if count:
        listed = ", ".join(
            f"{code!r} is {label!r} and was read as {is_}" for code, (label, is_) in sorted(said.items())
        )
        yield Finding(
            "label_says_otherwise", NEEDS_AN_ANSWER,
            f"By the labels of the file some codes of {column} mean something else than the mapping says: {listed}.",
            "Which of the two is right? Correct the mapping (values may name the labels), or the labels.", key, count=count,
        )  # fmt: skip
