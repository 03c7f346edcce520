"""Findings about numbers: mixed units, units that differ between sites, codes for missing, ceilings, signs for decimals."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv import units
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.harmonise.gaps import filled_text
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import codebook

_ENOUGH = 20
_CODES = (-1.0, -9.0, -99.0, -999.0, 9.0, 88.0, 99.0, 888.0, 999.0, 8888.0, 9999.0)


def value_findings(canonical: pd.DataFrame, mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    """Findings about the numbers of all patients, by site where that matters."""
    for name in canonical.columns:
        if name not in codebook() or codebook()[name].kind not in ("number", "count"):
            continue
        if codebook()[name].role in ("baseline", "after_time_zero"):
            column = canonical[name].astype("float64")
            for site, part in column.dropna().groupby(canonical["site"], sort=False):
                values = np.asarray(part, dtype=np.float64)
                yield from _mixture(str(name), str(site), values)
                yield from _code(str(name), str(site), values)
    if "age" in canonical:
        yield from _ceiling(canonical["age"].dropna().to_numpy(dtype=np.float64))
    yield from _blank_is_not_no(canonical)
    for rule in mapping.columns:
        if rule.from_ is not None and codebook()[rule.key].kind == "number":
            text, _ = filled_text(table, mapping, rule.from_, rule.missing, rule.reasons)
            yield from _signs(rule.key, text[text != ""], mapping.options.decimal, mapping.options.thousands)


def mixed_at(values: NDArray[np.float64], factors: tuple[float, ...]) -> tuple[int, int] | None:
    """Two parts of a column whose medians differ by a factor of units; their sizes, None where there are none.

    The parts lie on both sides of the widest gap of the logarithm, which is at least a factor of 1.5 wide; each holds 5 % of the
    values and at least 5. The ratio of the medians is within a third of one of the factors.
    """
    values = np.sort(values[values > 0])
    if len(values) < _ENOUGH or not factors:
        return None
    steps = np.diff(np.log(values))
    least = max(5, int(np.ceil(0.05 * len(values))))
    inside = steps[least - 1 : len(values) - least]
    if len(inside) == 0 or inside.max() < np.log(1.5):
        return None
    at = int(inside.argmax()) + least
    ratio = float(np.median(values[at:]) / np.median(values[:at]))
    near = any(abs(np.log(ratio / f)) < np.log(4 / 3) for f in factors)
    return (at, len(values) - at) if near else None


def ratios_of_units(name: str) -> tuple[float, ...]:
    """Ratios above 1 between two units in which a variable may come."""
    known = [1.0, *units.CONVERSIONS.get(name, {}).values()]
    ratios = {round(a / b, 6) for a in known for b in known if a > 1.5 * b}
    return tuple(sorted(ratios))


def mixture(name: str, values: NDArray[np.float64]) -> tuple[int, int] | None:
    """`mixed_at` for the units of a variable."""
    return mixed_at(values, ratios_of_units(name))


def _mixture(name: str, site: str, values: NDArray[np.float64]) -> Iterator[Finding]:
    parts = mixture(name, values)
    if parts is not None:
        yield Finding(
            "mixed_units", NEEDS_AN_ANSWER,
            f"{name} at site {site!r} falls into two parts ({parts[0]} and {parts[1]} values) whose medians differ by a factor "
            "between units.",
            "Two laboratories, or a change of system? Give both units by ranges or by a column (unit in [columns]).",
            name, site, min(parts),
        )  # fmt: skip


def _code(name: str, site: str, values: NDArray[np.float64]) -> Iterator[Finding]:
    """A code for missing that is inside the plausible range: the highest or lowest value, far from the next."""
    for count in codes_apart(values):
        yield Finding(
            "looks_like_missing_code", NEEDS_AN_ANSWER,
            f"{count} cells of {name} at site {site!r} hold one value apart from all others that is often a code for missing.",
            "If it is one, name it in missing of the column; 9 and 99 can be real.", name, site, count,
        )  # fmt: skip


def codes_apart(values: NDArray[np.float64]) -> list[int]:
    """Cells of codes for missing that are numbers: the highest or lowest value, which three rows hold, is far from the next
    one, or is held by more rows than all values near it together."""
    points, counts = np.unique(values, return_counts=True)
    if len(values) < _ENOUGH or len(points) < 4:
        return []
    found = []
    spread = float(np.subtract(*np.percentile(values, [75, 25])))
    for at, next_to in ((-1, -2), (0, 1)):
        far = abs(points[at] - points[next_to]) > max(spread, 0.3 * abs(points[next_to]))
        near = int(((values != points[at]) & (np.abs(values - points[at]) <= spread / 2)).sum())
        alone = counts[at] >= 5 and counts[at] > 2 * near and abs(points[at] - points[next_to]) >= 2
        if points[at] in _CODES and counts[at] >= 3 and (far or alone):
            found.append(int(counts[at]))
    return found


def _ceiling(age: NDArray[np.float64]) -> Iterator[Finding]:
    if len(age) < _ENOUGH:
        return
    at_top = int((age == age.max()).sum())
    below = int(((age < age.max()) & (age >= age.max() - 5)).sum())
    usual = age.max() in (89.0, 90.0) and at_top >= 5 and at_top > max(1, below) / 5 * 2
    heaped = at_top >= max(10, 0.03 * len(age)) and at_top > below / 5 * 3 and below >= 5
    if usual or heaped:
        yield Finding(
            "age_ceiling", NOTE, f"{at_top} patients stand at the highest age: ages above it seem to be pooled.",
            "The highest ages are lower bounds.", "age", count=at_top,
        )  # fmt: skip
    yield from _heaping(age)


def _heaping(age: NDArray[np.float64]) -> Iterator[Finding]:
    """More ages on multiples of five than a fifth, and than chance allows; where most are, the column is rounded, which is told elsewhere."""
    whole = age[age == np.round(age)]
    n, on = len(whole), int((whole % 5 == 0).sum())
    if (
        len(np.unique(whole)) > 10
        and n > 0.9 * len(age)
        and 0.28 * n < on <= 0.6 * n
        and (on - 0.2 * n) > 6 * np.sqrt(0.16 * n)
    ):
        yield Finding(
            "age_heaping", NOTE, f"{on} of {n} ages are multiples of five, of which a fifth would be one by chance.",
            "Some are estimates; a cut of a score at such an age is not the real one.", "age", count=on,
        )  # fmt: skip


def _blank_is_not_no(canonical: pd.DataFrame) -> Iterator[Finding]:
    site_of = canonical["site"].astype("category")
    for name in canonical.columns:
        if name in codebook() and codebook()[name].kind == "yes_no" and codebook()[name].role == "baseline":
            for site, part in canonical[name].groupby(site_of, sort=False, observed=True):
                gone, answers = int(part.isna().sum()), set(part.dropna().unique())
                if "yes" in answers and "no" not in answers and gone >= max(5, 0.2 * len(part)):
                    yield Finding(
                        "blank_is_not_no", NEEDS_AN_ANSWER,
                        f"{name} at site {str(site)!r} is yes or empty, never no ({gone} of {len(part)} are empty).",
                        'Does empty mean "not there" or "not looked for"? Only the former may be read as no.',
                        str(name), str(site), gone,
                    )  # fmt: skip


def _signs(name: str, text: pd.Series, decimal: str, thousands: str | None) -> Iterator[Finding]:
    if len(text) < 10:
        return
    grouped = _share(text, r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
    if decimal == "." and thousands is None and grouped.mean() > 0.8:
        yield Finding(
            "looks_like_thousands", NEEDS_AN_ANSWER,
            f"{int(grouped.sum())} of {len(text)} cells of {name} have exactly three digits behind the point.",
            'Is it a sign of thousands? Then say thousands = "." and decimal = "," in [table].', name, count=int(grouped.sum()),
        )  # fmt: skip
    comma = _share(text, r"[<>]?=?\s*[+-]?[0-9]+,[0-9]+.*")
    if decimal == "." and thousands != "," and comma.mean() > 0.1:
        yield Finding(
            "looks_like_decimal_comma", NEEDS_AN_ANSWER,
            f"{int(comma.sum())} of {len(text)} cells of {name} hold a comma between digits and were not read.",
            'Say decimal = "," (3,8) or thousands = "," (8,200) in [table].', name, count=int(comma.sum()),
        )  # fmt: skip


def _share(text: pd.Series, pattern: str) -> pd.Series:
    """True where a cell has this form."""
    form = re.compile(pattern)
    return text.isin([v for v in text.unique() if form.fullmatch(v)])
