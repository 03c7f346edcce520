"""A proposal as a mapping file with comments, and as lines for the screen."""

from __future__ import annotations

import json
from pathlib import Path

from spinesurv.cohorts.proposal.proposed import CONFIDENCE, Proposal, Proposed
from spinesurv.core.status import days_of_columns


def mapping_text(proposal: Proposal) -> str:
    """The mapping file. What waits for an answer is a comment, so that `spinesurv check` reads the rest."""
    lines = [
        f"# A mapping proposed for {proposal.table.name} by `spinesurv map`. It proposes and does not decide: read it all, answer the",
        "# questions, take away the # in front of what is right. Confidence of each line: high, likely or guess (never used as it stands).",
        "",
        "[table]",
        *(f"# {words}" for words in proposal.reading),
        *_table(proposal),
        "",
        *_outcome(proposal),
    ]
    for found in proposal.columns:
        lines += _column(found)
    if proposal.never:
        lines += ["# Never predictors, and not mapped:"]
        lines += [f"#   {_quoted(name)}: {why}" for name, why in proposal.never.items()] + [""]
    if proposal.unknown:
        lines += ["# Columns of which nothing is proposed; they are kept and never used:"]
        lines += [f"#   {_quoted(name)}" for name in proposal.unknown] + [""]
    lines += ["# Questions, all of them:", *(f"# QUESTION: {text}" for text in questions(proposal))]
    return "\n".join(lines) + "\n"


def questions(proposal: Proposal) -> list[str]:
    """Every question, those about the table first."""
    asked = [f"{p.key} (from {_quoted(p.from_)}): {q}" for p in proposal.everything for q in p.questions]
    return [*proposal.questions, *asked]


def told(proposal: Proposal, out: Path) -> str:
    """For the screen: how many proposals of each confidence, the questions, what to do next."""
    found = proposal.everything
    numbers = ", ".join(f"{sum(p.confidence == level for p in found)} {level}" for level in CONFIDENCE)
    return "\n".join(
        [
            f"{len(found)} of {len(proposal.table.cells.columns)} columns proposed ({numbers}), {len(proposal.never)} kept from predicting.",
            *(f"QUESTION: {text}" for text in questions(proposal)),
            f"Read {out}, then:  spinesurv check {proposal.table.name} --mapping {out}",
        ]
    )


def _table(proposal: Proposal) -> list[str]:
    options = proposal.table.options
    lines = [f"file = {_quoted(proposal.table.name)}", f"format = {_quoted(options.format or 'csv')}"]
    if options.format in ("csv", "tsv", "redcap") and options.delimiter:
        lines.append(f"delimiter = {_quoted(options.delimiter)}")
    if options.dictionary is not None:
        lines.append(f"dictionary = {_quoted(options.dictionary.name)}")
    if options.sheet is not None:
        lines.append(f"sheet = {_quoted(options.sheet)}")
    if options.header is not None:
        lines.append(f"header = {options.header}")
    if options.decimal != ".":
        lines.append(f"decimal = {_quoted(options.decimal)}")
    if options.thousands is not None:
        lines.append(f"thousands = {_quoted(options.thousands)}")
    if options.encoding != "utf-8":
        lines.append(f"encoding = {_quoted(options.encoding)}")
    if proposal.missing:
        lines.append(f"missing = {_value(list(proposal.missing))}")
    site, patient = proposal.site, proposal.patient_id
    lines += _why(site)
    from_column = site is not None and not site.blocked
    name = Path(proposal.table.name).stem
    lines.append(
        f"site = {{ from = {_quoted(site.from_)} }}" if site and from_column else f"site = {_quoted(name)}"
    )
    lines += _why(patient)
    lines.append(f"patient_id = {_quoted(patient.from_)}" if patient else "patient_id = { row = true }")
    return lines


def _outcome(proposal: Proposal) -> list[str]:
    event, time, start, end = proposal.event, proposal.time, proposal.start, proposal.end
    there = [p for p in (time, start, end, event) if p is not None]
    if proposal.status:
        return _status(proposal)
    if not there:
        return []
    dated = start is not None and end is not None
    usable = event is not None and (time is not None or dated) and not any(p.blocked for p in there)
    lines = ["[outcome]", 'time_zero = "not stated"']
    if time is not None:
        lines += [*_why(time), f"time = {_inline(time)}"]
    elif dated:
        assert start is not None and end is not None
        lines += [*_why(start), f"start = {_inline(start)}", *_why(end), f"end = {_inline(end)}"]
    else:
        lines += [line for p in (start, end) if p for line in (*_why(p), f"# {p.key}: {_inline(p)}")]
    if event is not None:
        lines += [*_why(event), f"event = {_inline(event)}"]
    if not usable:
        lines = ["# QUESTION: the outcome waits for an answer", *(_comment(line) for line in lines)]
    return [*lines, ""]


def _status(proposal: Proposal) -> list[str]:
    """A section for each day; what was found of time and event besides stays as a comment."""
    lines = []
    others = [p for p in (proposal.time, proposal.start, proposal.end, proposal.event) if p is not None]
    for found in others:
        lines += [*_why(found), _comment(f"{found.key}: {_inline(found)}")]
    waits = all(found.blocked for found in proposal.status)
    head = ["[outcome]", 'time_zero = "not stated"', ""]
    lines += [_comment(line) for line in head] if waits else head
    for found in proposal.status:
        lines += _column(found, f"outcome.dead_by.{days_of_columns([found.key])[0]}")
    return lines


def _column(found: Proposed, section: str = "") -> list[str]:
    settings = {"from": found.from_, **found.settings}
    lines = [f"[{section or f'columns.{found.key}'}]"]
    lines += [f"{key} = {_value(value)}" for key, value in settings.items()]
    if found.blocked:
        lines = [_comment(line) for line in lines]
    return [*_why(found), *lines, ""]


def _why(found: Proposed | None) -> list[str]:
    if found is None:
        return []
    return [
        f"# {found.key}, {found.confidence}: {'; '.join(found.evidence)}",
        *(f"# QUESTION: {question}" for question in found.questions),
    ]


def _comment(line: str) -> str:
    return line if line.startswith("#") else f"# {line}"


def _inline(found: Proposed) -> str:
    settings = {"from": found.from_, **found.settings}
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in settings.items()) + " }"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_quoted(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON writes the same escapes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
