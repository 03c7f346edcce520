"""What a score is, in words and as a list."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd

from spinesurv.scores.case_checks import band
from spinesurv.scores.choices import alternatives
from spinesurv.scores.definition import BASIS, CONFIDENCE, STATUS, Definition, Group, Item
from spinesurv.scores.derived import DERIVED
from spinesurv.scores.reading import load_definition, packaged
from spinesurv.scores.tumour_columns import tumour_classes


def list_scores() -> pd.DataFrame:
    """All scores of the package: key, label, year, status, range, higher_is, outcome, confidence (codes), inputs, citation."""
    rows = [
        {
            "key": d.key,
            "label": d.label,
            "year": d.year,
            "status": d.status,
            "range": _range(d, "-") if d.groups else "",
            "higher_is": d.higher_is,
            "outcome": d.outcome,
            "confidence": _codes(d),
            "inputs": ", ".join(d.inputs),
            "citation": d.citation,
        }
        for d in map(load_definition, packaged())
    ]
    return pd.DataFrame(rows)


def _range(d: Definition, to: str) -> str:
    return f"up to {d.range[1]:g}" if np.isinf(d.range[0]) else f"{d.range[0]:g}{to}{d.range[1]:g}"


def _codes(d: Definition) -> str:
    """The codes of confidence that its items name, surest first; `explain` tells which holds for what."""
    words = " ".join(item.confidence for item in d.items)
    return " ".join(code for code in CONFIDENCE if re.search(rf"\b{code}\b", words))


def describe(definition: Definition | str) -> str:
    """Citation, status, items with points, groups and inputs of a score, as text; of a variant as it then is."""
    d = definition if isinstance(definition, Definition) else load_definition(definition)
    doi = f" doi:{d.doi}{'' if d.doi_checked else ' (not checked)'}" if d.doi else ""
    name = f"{d.label} ({d.key})" if d.changed is None else f"{d.label} ({d.key}), variant {d.changed}"
    lines = [name, "", d.citation + doi, "", f"Status: {d.status}, {STATUS[d.status]}."]
    if d.reason:
        lines.append(f"Why: {d.reason}.")
    if d.needed:
        lines.append(f"Needed: {d.needed}.")
    if d.reference_note:
        lines.append(f"How much of the reference was read: {d.reference_note}.")
    for name, place in d.entered_from.items():
        lines.append(f"Entered from {name}: {place}.")
    if not d.predicts_survival:
        lines.append(f"Outcome: {d.outcome}.")
    if d.population:
        lines.append(f"Population: {d.population}.")
    for name, values in d.applies_to.items():
        lines.append(f"Applies to: {name} {' or '.join(values)}.")
    if d.groups:
        cap = f", capped at {d.cap}" if d.cap is not None else ""
        lines.append(f"Range: {_range(d, ' to ')}{cap}; {_direction(d)}.")
    lines += ["", "Items"]
    for item in d.items:
        lines += [
            f"  {item.label} ({item.key}), from {' and '.join(item.inputs) or 'nothing that is recorded'} "
            f"[{item.confidence or 'not stated'}]"
        ]
        if item.per_unit is not None:
            lines.append(f"    {item.per_unit:>2}  for each of {item.input}")
        lines += _map_lines(item) if item.map else _level_lines(item)
    derived = [name for name in d.names if name in DERIVED]
    if derived:
        lines += ["", "Derived columns"]
        lines += [line for name in derived for line in _derived_lines(name)]
    if d.groups:
        lines += ["", "Groups"]
        lines += [line for g in d.best_first for line in _group_lines(g)]
    if d.variants:
        lines += ["", "Variants"]
        lines += [f"  {v.key}{' (default)' if v.default else ''}: {v.note}" for v in d.variants.values()]
    options = {
        name: what for name, (arguments, what) in alternatives(d).items() if "variant" not in arguments
    }
    if options and d.computed:
        lines += ["", "Options (not the default; `spinesurv variants` counts whom they move)"]
        lines += [f"  {name}: {what}" for name, what in options.items()]
    lines += ["", f"Reads: {', '.join(d.inputs)}", ""]
    lines += [f"{code}: {meaning}" for code, meaning in CONFIDENCE.items()]
    return "\n".join(line for text in lines for line in _wrapped(text)) + "\n"


def _direction(d: Definition) -> str:
    if d.higher_is == "unknown":
        return "whether a higher total is better was not found"
    if not d.predicts_survival:
        return f"a higher total is {d.higher_is}"
    return f"a higher total means {'longer' if d.higher_is == 'better' else 'shorter'} survival"


def _level_lines(item: Item) -> list[str]:
    lines = []
    for level in item.levels:
        if all(c.input == item.input for c in level.conditions):
            words = " and ".join(str(c) for c in level.conditions)
        else:
            words = " and ".join(f"{c.input} {c}" for c in level.conditions)
        label = f" ({level.label})" if level.label else ""
        lines.append(f"    {level.points:>2}  {words or 'otherwise'}{label}")
    return lines


def _map_lines(item: Item) -> list[str]:
    """Levels by points."""
    return _sorted_lines(
        {
            f"{points:>2} ": {k: e.basis for k, e in item.map.items() if e.points == points}
            for points in item.points
        }
    )


def _sorted_lines(sorted_: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Levels under what they get; each basis other than "explicit" is marked, and the mark explained."""
    marks = {"listed": " (l)", "convention": " (c)", "default": " (d)"}
    lines = [
        f"    {word} {', '.join(name + marks.get(basis, '') for name, basis in names.items())}"
        for word, names in sorted_.items()
    ]
    used = {basis for names in sorted_.values() for basis in names.values()}
    return lines + [
        f"        {mark.strip()} {BASIS[basis]}" for basis, mark in marks.items() if basis in used
    ]


def _derived_lines(name: str) -> list[str]:
    """What a derived column says, from what, and the classes of the tumours where it has some."""
    record = DERIVED[name]
    words = " ".join((record.function.__doc__ or "").split())
    entries = tumour_classes().get(name, {})
    order = [*record.levels, *(e.klass for e in entries.values())]
    classes: dict[str, dict[str, str]] = {klass: {} for klass in order if entries}
    for tumour, entry in entries.items():
        classes[entry.klass][tumour] = entry.basis
    return [
        f"  {name}, from {', '.join(record.inputs)}. {words}",
        *_sorted_lines({f"{klass}:": names for klass, names in classes.items()}),
    ]


def _group_lines(group: Group) -> list[str]:
    parts = [f"  {band(group)}: {group.label}" + (f" ({group.key})" if group.key != group.label else "")]
    if group.interval_months is not None:
        low, high = group.interval_months
        span = f"{low:g} months or more" if np.isinf(high) else f"{low:g} to {high:g} months"
        parts.append(f"survival {span} ({group.interval_basis})")
    parts += [f"{100 * p:g} % alive at day {day}" for day, p in group.survival.items()]
    parts += [f"median {group.median_months:g} months"] if group.median_months is not None else []
    parts += [f"mean {group.mean_months:g} months"] if group.mean_months is not None else []
    line = ", ".join(parts) + f" [{group.confidence or 'not stated'}]"
    return [line, f"    {group.note}"] if group.note else [line]


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, 100, subsequent_indent=indent, break_long_words=False) or [""]
