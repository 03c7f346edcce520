"""Numbers that stand on a coarse grid: mid-points of bands, or rounding far above the precision of the column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.stats.tally import Tally

#: values below which a column is too short to be called coarse, all of them and without the commonest one
_ENOUGH, _ENOUGH_BESIDE_THE_COMMONEST = 30, 20
#: different values that a grid holds at least; fewer are codes of a category
_FEWEST_POINTS = 4
#: a grid finer than this share of the standard deviation loses little, one wider than this multiple shows nothing
_FINEST, _WIDEST = 0.2, 2.0
#: share of the values on the grid: on a step of five units and more a fifth would stand there by chance; on a finer one
#: up to a half
_SHARE, _SHARE_OF_A_FINE_STEP = 0.6, 0.9
_DECIMALS = 6


@dataclass(frozen=True)
class Grid:
    """`count` values stand on multiples of `step`, or all at the same distance from them (`between`)."""

    step: float
    count: int
    between: bool


def coarse_grid(numbers: Tally) -> Grid | None:
    """The grid on which most values stand although the column is written more finely; None where there is none.

    The unit of the column is the last decimal place that 95 % of its values need. Steps looked at: 1, 2, 2.5
    and 5 times a power of ten from five units on, and the commonest distance of neighbouring values from two units
    on; each between 0.2 and 2 standard deviations. Shares are taken without the commonest value, which may
    be a default or a limit of the method rather than a point of a grid.

    Parameters
    ----------
    numbers : on the scale on which they were written

    Examples
    --------
    Ages 18, 23, ..., 93 stand 5 apart, between the multiples of 5: mid-points of five-year bands. Albumin 3.8,
    3.9, 4.0 stands on its own last decimal place: no grid.
    """
    written = Tally.of(numbers.points.round(_DECIMALS), numbers.counts)
    n, points = len(written), written.points
    if n < _ENOUGH or len(points) < _FEWEST_POINTS:
        return None
    others = written.counts.copy()
    others[others.argmax()] = 0
    if others.sum() < _ENOUGH_BESIDE_THE_COMMONEST:
        return None
    unit, spread = _last_place(written), written.std
    found: list[tuple[float, float, Grid]] = []
    for step in _steps(points, unit):
        if not _FINEST * spread <= step <= _WIDEST * spread:
            continue
        residue = _residue(points, step)
        kinds = Tally.of(residue, others)
        kind, share = float(kinds.points[kinds.counts.argmax()]), float(kinds.counts.max()) / len(kinds)
        enough = _SHARE if step >= 5 * unit * (1 - 1e-9) else _SHARE_OF_A_FINE_STEP
        on = residue == kind
        if share > enough and on.sum() >= _FEWEST_POINTS:
            found.append((round(share, 1), step, Grid(step, int(written.counts[on].sum()), kind != 0.0)))
    return max(found, key=lambda f: f[:2])[2] if found else None


def grid_finding(
    numbers: Tally, name: str, unit: str | None, site: str, *, used: bool = True
) -> Iterator[Finding]:
    """The finding about one column at one site, if there is one; `unit` names what they are written in."""
    grid = coarse_grid(numbers)
    if grid is None:
        return
    label = name if used else f"{name} (kept, not used)"
    apart = f"{grid.step:g} {unit or ''}".strip()
    stand = f"{grid.count} of {len(numbers)} values of {label} at site {site!r} stand {apart} apart"
    if grid.between:
        yield Finding(
            "band_midpoints", NEEDS_AN_ANSWER if used else NOTE,
            f"{stand}, between the multiples of {grid.step:g}: they look like mid-points of bands.",
            "Give the exact values where they are known; a cut of a score inside a band cannot be placed.",
            name, site, grid.count,
        )  # fmt: skip
    else:
        yield Finding(
            "coarse_rounding", NOTE,
            f"{stand}, on multiples of {grid.step:g}: rounded, or limits of bands.",
            "Cuts of scores between two multiples are not the real cuts; use exact values where they are known.",
            name, site, grid.count,
        )  # fmt: skip


def _last_place(numbers: Tally) -> float:
    """The last decimal place that 95 % of the values need: 1, 0.1, 0.01, ..."""
    for decimals in range(_DECIMALS):
        fits = np.isclose(numbers.points, np.round(numbers.points, decimals), rtol=0, atol=1e-9)
        if numbers.share(fits) >= 0.95:
            return float(10.0**-decimals)
    return float(10.0**-_DECIMALS)


def _steps(points: NDArray[np.float64], unit: float) -> list[float]:
    """Steps that a grid of these points may have."""
    gaps, counts = np.unique(np.round(np.diff(points), _DECIMALS), return_counts=True)
    commonest = float(gaps[counts.argmax()])
    powers = 10.0 ** np.arange(-_DECIMALS, 7)
    steps = [float(s) for s in np.outer(powers, (1.0, 2.0, 2.5, 5.0)).ravel() if s >= 5 * unit * (1 - 1e-9)]
    return steps + [commonest] * (commonest >= 2 * unit * (1 - 1e-9))


def _residue(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Distance from the multiple of `step` below; the same number where it is the same but for rounding."""
    residue = np.round(np.mod(values, step), _DECIMALS - 1)
    return np.where(residue >= round(step, _DECIMALS - 1), 0.0, residue)
