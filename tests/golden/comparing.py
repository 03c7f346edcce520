"""Comparing computed values with golden ones by the rules of the reference README."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from tests.golden.case_files import Case

ERROR_NAMES = ("se", "lower", "upper", "p", "z")


@dataclass(frozen=True)
class Comparison:
    """`deviation`: largest |computed - golden| / max(1, |golden|); inf where only one of the two is missing."""

    agrees: bool
    deviation: float
    worst: str


def named_values(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and their values, nested objects opened."""
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from named_values(value, f"{name}.")
        else:
            yield name, value


def flat(value: Any) -> list[Any]:
    """Elements row by row."""
    if isinstance(value, np.ndarray | list | tuple):
        return [x for part in value for x in flat(part)]
    return [value]


def compared(case: Case) -> Iterator[tuple[str, list[Any]]]:
    """Names and elements that count: not given, not indicative, not labels."""
    left_out = (*case.given, *case.indicative)
    for name, value in named_values(case.values):
        if any(name == other or name.startswith(f"{other}.") for other in left_out):
            continue
        elements = flat(value)
        if elements and not any(isinstance(x, str) for x in elements):
            yield name, elements


def allowed_rel(case: Case, name: str) -> float:
    """Relative tolerance of a value: `se_rel` for errors, limits and tests."""
    last = name.rsplit(".", 1)[-1]
    is_error = any(last == e or last.startswith(f"{e}_") for e in ERROR_NAMES)
    return case.tolerance["se_rel"] if is_error else case.tolerance["rel"]


def compare(case: Case, computed: dict[str, Any]) -> Comparison:
    """Whether every value that counts agrees."""
    found = dict(named_values(computed))
    agrees, largest, worst = True, 0.0, ""
    for name, golden in compared(case):
        mine = flat(found[name]) if name in found else []
        if len(mine) != len(golden):
            return Comparison(False, inf, f"{name}: {len(mine)} values, {len(golden)} golden")
        for k, (x, g) in enumerate(zip(mine, golden, strict=True)):
            fits, deviation = _one(case, name, k, len(golden), x, g)
            agrees &= fits
            if deviation > largest or (not fits and not worst):
                largest = max(largest, deviation)
                worst = f"{name}[{k}]" if len(golden) > 1 else name
    return Comparison(agrees, largest, worst)


def _one(case: Case, name: str, k: int, n: int, x: Any, g: Any) -> tuple[bool, float]:
    missing = x is None or not np.isfinite(float(x))
    if g is None or missing:
        return (g is None and missing), 0.0 if g is None and missing else inf
    deviation = abs(float(x) - float(g)) / max(1.0, abs(float(g)))
    limits = _range(case, name, k, n)
    if limits is not None:
        return limits[0] <= float(x) <= limits[1], deviation
    allowed = case.tolerance["abs"] + allowed_rel(case, name) * abs(float(g))
    return abs(float(x) - float(g)) <= allowed, deviation


def _range(case: Case, name: str, k: int, n: int) -> tuple[float, float] | None:
    """Limits that stand instead of the tolerance; the name is dotted or nested."""
    limits = dict(named_values(case.values_range)).get(name)
    if limits is None:
        return None
    pairs = flat(limits)
    if any(x is None for x in pairs[2 * k : 2 * k + 2]):
        return None
    return (pairs[0], pairs[1]) if len(pairs) == 2 else (pairs[2 * k], pairs[2 * k + 1])
