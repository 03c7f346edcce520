"""Findings about numbers: mixed units, units that differ between sites, codes for missing, ceilings, signs for decimals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesurv import units
from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.harmonise.gaps import declared_gaps, reasons_of
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import codebook
from spinesurv.stats.tally import Tally

_ENOUGH = 20
_CODES = (-1.0, -9.0, -99.0, -999.0, 9.0, 88.0, 99.0, 888.0, 999.0, 8888.0, 9999.0)


def value_findings(patients: BySite, mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    """Findings about the numbers of all patients, by site where that matters."""
    for name in patients:
        if name not in codebook() or codebook()[name].kind not in ("number", "count"):
            continue
        if codebook()[name].role in ("baseline", "after_time_zero"):
            column = patients.column(name)
            for at, site in patients.filled(name):
                numbers = column.tally(at)
                yield from _mixture(name, site, numbers)
                yield from _code(name, site, numbers)
    if "age" in patients:
        age = patients.column("age")
        yield from _ceiling(Tally(age.values, age.counts))
    yield from _blank_is_not_no(patients)
    for rule in mapping.columns:
        if rule.from_ is not None and codebook()[rule.key].kind == "number":
            distinct = table.distinct(rule.from_)
            declared = declared_gaps(table, mapping, rule.from_, rule.missing, rule.reasons)
            filled = (distinct.texts != "") & (reasons_of(distinct.texts, declared) == "")
            counts = np.bincount(distinct.codes, minlength=len(distinct.texts))[filled]
            decimal, thousands = mapping.options.decimal, mapping.options.thousands
            yield from _signs(rule.key, distinct.texts[filled], counts, decimal, thousands)


def mixed_at(numbers: Tally, factors: tuple[float, ...]) -> tuple[int, int] | None:
    """Two parts of a column whose medians differ by a factor of units; their sizes, None where there are none.

    The parts lie on both sides of the widest gap of the logarithm, which is at least a factor of 1.5 wide; each holds 5 % of the
    values and at least 5. The ratio of the medians is within a third of one of the factors.
    """
    points, counts = numbers.points[numbers.points > 0], numbers.counts[numbers.points > 0]
    n = int(counts.sum())
    if n < _ENOUGH or not factors:
        return None
    below = np.cumsum(counts)[:-1]  # values on the lower side of each gap
    least = max(5, int(np.ceil(0.05 * n)))
    steps = np.where((below >= least) & (n - below >= least), np.diff(np.log(points)), 0.0)
    if len(steps) == 0 or steps.max() < np.log(1.5):
        return None
    at = int(steps.argmax()) + 1
    low, high = Tally(points[:at], counts[:at]), Tally(points[at:], counts[at:])
    ratio = high.median / low.median
    near = any(abs(np.log(ratio / f)) < np.log(4 / 3) for f in factors)
    return (len(low), len(high)) if near else None


def ratios_of_units(name: str) -> tuple[float, ...]:
    """Ratios above 1 between two units in which a variable may come."""
    known = [1.0, *units.CONVERSIONS.get(name, {}).values()]
    ratios = {round(a / b, 6) for a in known for b in known if a > 1.5 * b}
    return tuple(sorted(ratios))


def mixture(name: str, numbers: Tally) -> tuple[int, int] | None:
    """`mixed_at` for the units of a variable."""
    return mixed_at(numbers, ratios_of_units(name))


def _mixture(name: str, site: str, numbers: Tally) -> Iterator[Finding]:
    parts = mixture(name, numbers)
    if parts is not None:
        yield Finding(
            "mixed_units", NEEDS_AN_ANSWER,
            f"{name} at site {site!r} falls into two parts ({parts[0]} and {parts[1]} values) whose medians differ by a factor "
            "between units.",
            "Two laboratories, or a change of system? Give both units by ranges or by a column (unit in [columns]).",
            name, site, min(parts),
        )  # fmt: skip


def _code(name: str, site: str, numbers: Tally) -> Iterator[Finding]:
    """A code for missing that is inside the plausible range: the highest or lowest value, far from the next."""
    for count in codes_apart(numbers):
        yield Finding(
            "looks_like_missing_code", NEEDS_AN_ANSWER,
            f"{count} cells of {name} at site {site!r} hold one value apart from all others that is often a code for missing.",
            "If it is one, name it in missing of the column; 9 and 99 can be real.", name, site, count,
        )  # fmt: skip


def codes_apart(numbers: Tally) -> list[int]:
    """Cells of codes for missing that are numbers: the highest or lowest value, which three rows hold, is far from the next
    one, or is held by more rows than all values near it together."""
    points, counts = numbers.points, numbers.counts
    if len(numbers) < _ENOUGH or len(points) < 4:
        return []
    found = []
    spread = numbers.quantile(0.75) - numbers.quantile(0.25)
    for at, next_to in ((-1, -2), (0, 1)):
        far = abs(points[at] - points[next_to]) > max(spread, 0.3 * abs(points[next_to]))
        near = int(counts[(points != points[at]) & (np.abs(points - points[at]) <= spread / 2)].sum())
        alone = counts[at] >= 5 and counts[at] > 2 * near and abs(points[at] - points[next_to]) >= 2
        if points[at] in _CODES and counts[at] >= 3 and (far or alone):
            found.append(int(counts[at]))
    return found


def _ceiling(age: Tally) -> Iterator[Finding]:
    if len(age) < _ENOUGH:
        return
    top, at_top = float(age.points[-1]), int(age.counts[-1])
    below = int(age.counts[(age.points < top) & (age.points >= top - 5)].sum())
    usual = top in (89.0, 90.0) and at_top >= 5 and at_top > max(1, below) / 5 * 2
    heaped = at_top >= max(10, 0.03 * len(age)) and at_top > below / 5 * 3 and below >= 5
    if usual or heaped:
        yield Finding(
            "age_ceiling", NOTE, f"{at_top} patients stand at the highest age: ages above it seem to be pooled.",
            "The highest ages are lower bounds.", "age", count=at_top,
        )  # fmt: skip
    yield from _heaping(age)


def _heaping(age: Tally) -> Iterator[Finding]:
    """More ages on multiples of five than a fifth, and than chance allows; where most are, the column is rounded, which is told elsewhere."""
    whole = age.points == np.round(age.points)
    n, on = int(age.counts[whole].sum()), int(age.counts[age.points % 5 == 0].sum())
    if (
        whole.sum() > 10
        and n > 0.9 * len(age)
        and 0.28 * n < on <= 0.6 * n
        and (on - 0.2 * n) > 6 * np.sqrt(0.16 * n)
    ):
        yield Finding(
            "age_heaping", NOTE, f"{on} of {n} ages are multiples of five, of which a fifth would be one by chance.",
            "Some are estimates; a cut of a score at such an age is not the real one.", "age", count=on,
        )  # fmt: skip


def _blank_is_not_no(patients: BySite) -> Iterator[Finding]:
    for name in patients:
        if name in codebook() and codebook()[name].kind == "yes_no" and codebook()[name].role == "baseline":
            column = patients.column(name)
            for at, (site, n) in enumerate(zip(patients.sites, patients.sizes, strict=True)):
                gone, answers = int(column.missing[at]), set(column.values[column.at(at)[0]])
                if "yes" in answers and "no" not in answers and gone >= max(5, 0.2 * n):
                    yield Finding(
                        "blank_is_not_no", NEEDS_AN_ANSWER,
                        f"{name} at site {site!r} is yes or empty, never no ({gone} of {n} are empty).",
                        'Does empty mean "not there" or "not looked for"? Only the former may be read as no.',
                        name, site, gone,
                    )  # fmt: skip


def _signs(
    name: str, texts: NDArray[Any], counts: NDArray[np.intp], decimal: str, thousands: str | None
) -> Iterator[Finding]:
    """Signs in the filled cells of a column: its different texts, and how often each stands there."""
    n = int(counts.sum())
    if n < 10:
        return
    grouped = _of_form(texts, counts, r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
    if decimal == "." and thousands is None and grouped > 0.8 * n:
        yield Finding(
            "looks_like_thousands", NEEDS_AN_ANSWER,
            f"{grouped} of {n} cells of {name} have exactly three digits behind the point.",
            'Is it a sign of thousands? Then say thousands = "." and decimal = "," in [table].', name, count=grouped,
        )  # fmt: skip
    comma = _of_form(texts, counts, r"[<>]?=?\s*[+-]?[0-9]+,[0-9]+.*")
    if decimal == "." and thousands != "," and comma > 0.1 * n:
        yield Finding(
            "looks_like_decimal_comma", NEEDS_AN_ANSWER,
            f"{comma} of {n} cells of {name} hold a comma between digits and were not read.",
            'Say decimal = "," (3,8) or thousands = "," (8,200) in [table].', name, count=comma,
        )  # fmt: skip


def _of_form(texts: NDArray[Any], counts: NDArray[np.intp], pattern: str) -> int:
    """Cells of this form."""
    form = re.compile(pattern)
    return int(counts[np.array([form.fullmatch(text) is not None for text in texts], dtype=bool)].sum())
