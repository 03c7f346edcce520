"""Where the labels of an axis go when they have no room side by side: flags on poles, none over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: inches of height that are worth one inch by which the most leaning pole, and a pole on average, leaves its tick
_MOST_LEANING, _MEAN_LEANING = 0.25, 0.25

#: how often feet are moved towards their ticks: in the search, and in the end
_FEW, _MANY = 2, 30


CENTRED, RIGHT, LEFT = 0, 1, -1

#: first label and label after the last one of each tooth
Teeth = list[tuple[int, int]]


@dataclass(frozen=True)
class Placed:
    """Where one label goes.

    Parameters
    ----------
    x : middle of a centred label, or foot of the pole of a flag
    row : line of text it stands on, 0 next to the axis
    side : CENTRED, or side of the pole at which the flag flies
    """

    x: float
    row: int
    side: int


@dataclass(frozen=True)
class _Axis:
    """Flags that fly right: ticks, widths of labels, the room, and the distances to keep."""

    x: Sequence[float]
    width: Sequence[float]
    low: float
    high: float
    gap: float
    pole: float
    row: float


def place_labels(
    x: Sequence[float],
    width: Sequence[float],
    *,
    low: float,
    high: float,
    left: float,
    gap: float,
    pole: float,
    row: float,
) -> list[Placed]:
    """Centred labels in one row where all have room, else flags in rows, on poles that fan out from the ticks.

    Up to some tick flags fly left, from there right. Those that fly right are arranged as teeth of a saw: within a
    tooth each label starts further right and one row higher than the one before, and all end before the next tooth
    begins, so that no pole meets a label and no two poles cross; those that fly left are the mirror image. Poles lean
    where their feet must move apart. Where the sides change and where teeth begin is a balance of height against
    leaning, improved by changing one boundary between two teeth at a time.

    Parameters
    ----------
    x : where the ticks stand, rising
    width : widths of the labels
    low, high : room of centred labels, and of flags that fly right
    left : how far flags may fly left
    gap : room between two labels, and between a flag and its pole
    pole : smallest distance of two poles
    row : height of a row

    Returns
    -------
    one Placed for each label; where even one row per label is too wide, flags reach beyond `high`
    """
    spans = [(at - wide / 2, at + wide / 2) for at, wide in zip(x, width, strict=True)]
    apart = all(one[1] + gap <= other[0] for one, other in pairwise(spans))
    if apart and all(low <= start and end <= high for start, end in spans):
        return [Placed(at, 0, CENTRED) for at in x]
    count = len(x)
    halves = []
    for split in range(count + 1):
        if split == 0:
            middle = low - pole / 2
        elif split == count:
            middle = high
        else:
            middle = (x[split - 1] + x[split]) / 2
        mirrored = _Axis(
            [-at for at in reversed(x[:split])],
            list(reversed(width[:split])),
            pole / 2 - middle,
            -left,
            gap,
            pole,
            row,
        )
        halves.append((mirrored, _Axis(x[split:], width[split:], middle + pole / 2, high, gap, pole, row)))
    saws = [tuple(_first_teeth(half) for half in pair) for pair in halves]
    costs = [_cost(pair, saw) for pair, saw in zip(halves, saws, strict=True)]
    best = min(range(count + 1), key=lambda k: (costs[k], k))
    pair, saw, cost = halves[best], saws[best], costs[best]
    if cost == float("inf"):
        return _flags(list(x), [(0, count)], RIGHT)
    improved = True
    while improved:
        improved = False
        for other in [(one, saw[1]) for one in _neighbours(saw[0])] + [
            (saw[0], one) for one in _neighbours(saw[1])
        ]:
            other_cost = _cost(pair, other)
            if other_cost < cost - 1e-6:
                saw, cost, improved = other, other_cost, True
                break
    flying_left, flying_right = (
        _feet(half, teeth, _MANY) or [] for half, teeth in zip(pair, saw, strict=True)
    )
    mirror = [Placed(-p.x, p.row, LEFT) for p in reversed(_flags(flying_left, saw[0], LEFT))]
    return mirror + _flags(flying_right, saw[1], RIGHT)


def _first_teeth(axis: _Axis) -> Teeth:
    """The cheapest of a few arrangements with few and with many rows."""
    rows = range(1, len(axis.x) + 1)
    trials = [teeth for most in rows for teeth in (_narrowest_teeth(axis, most), _natural_teeth(axis, most))]
    different = [teeth for k, teeth in enumerate(trials) if teeth not in trials[:k]]
    return min(different, key=lambda teeth: _cost((axis,), (teeth,)), default=[])


def _cost(axes: Sequence[_Axis], saw: Sequence[Teeth]) -> float:
    """Height of the deepest tooth and leaning of the poles, in inches; infinite where the flags do not fit."""
    shifts, depth = [0.0], 0
    for axis, teeth in zip(axes, saw, strict=True):
        feet = _feet(axis, teeth, _FEW)
        if feet is None:
            return float("inf")
        shifts += [abs(a - b) for a, b in zip(feet, axis.x, strict=True)]
        depth = max([depth, *(stop - start for start, stop in teeth)])
    mean = sum(shifts) / max(1, len(shifts) - 1)
    return axes[0].row * depth + _MOST_LEANING * max(shifts) + _MEAN_LEANING * mean


def _neighbours(teeth: Teeth) -> list[Teeth]:
    """The same with one boundary more, one less, or one moved by a label."""
    count = teeth[-1][1] if teeth else 0
    cuts = {start for start, _ in teeth[1:]}
    changed = [cuts ^ {k} for k in range(1, count)]
    changed += [cuts ^ {k, k + step} for k in sorted(cuts) for step in (-1, 1) if 0 < k + step < count]
    return [list(pairwise([0, *sorted(one), count])) for one in changed]


def _flags(feet: list[float], teeth: Teeth, side: int) -> list[Placed]:
    return [Placed(feet[k], stop - 1 - k, side) for start, stop in teeth for k in range(start, stop)]


def _narrowest_teeth(axis: _Axis, rows: int) -> Teeth:
    """Consecutive labels in teeth of at most `rows`, so that all teeth together are as narrow as can be."""
    best: list[tuple[float, Teeth]] = [(0.0, [])]
    for stop in range(1, len(axis.x) + 1):
        choices = []
        for start in range(max(0, stop - rows), stop):
            wide = max((k - start) * axis.pole + axis.width[k] for k in range(start, stop)) + 2 * axis.gap
            choices.append((best[start][0] + wide, [*best[start][1], (start, stop)]))
        best.append(min(choices))
    return best[-1][1]


def _natural_teeth(axis: _Axis, rows: int) -> Teeth:
    """A new tooth wherever upright poles allow it, and at the latest after `rows` labels."""
    teeth: Teeth = []
    start = 0
    for k in range(1, len(axis.x)):
        ends = max(axis.x[i] + axis.width[i] for i in range(start, k)) + 2 * axis.gap
        if ends <= axis.x[k] or k - start == rows:
            teeth.append((start, k))
            start = k
    return [*teeth, (start, len(axis.x))]


def _feet(axis: _Axis, teeth: Teeth, passes: int) -> list[float] | None:
    """Feet of the poles, near their ticks; None where the teeth do not fit between `low` and `high`.

    The mean of what results from placing them from the left and from the right keeps all distances, because both do.
    From there every foot goes as near to its tick as its neighbours let it.
    """
    count = len(axis.x)
    tooth_of = [tooth for tooth in teeth for _ in range(*tooth)]
    tooth_before = dict(zip([start for start, _ in teeth[1:]], teeth[:-1], strict=True))

    def least(k: int, feet: list[float]) -> float:
        """Leftmost foot of label k behind those before it."""
        if k not in tooth_before:
            return feet[k - 1] + axis.pole if k else axis.low
        ends = (feet[i] + axis.width[i] for i in range(*tooth_before[k]))
        return max(feet[k - 1] + axis.pole, max(ends) + 2 * axis.gap)

    def most(k: int, feet: list[float]) -> float:
        """Rightmost foot of label k in front of those behind it."""
        stop = tooth_of[k][1]
        end = feet[stop] - axis.gap if stop < count else axis.high
        inside = end - axis.width[k] - axis.gap
        return min(inside, feet[k + 1] - axis.pole) if k + 1 < count else inside

    leftmost, rightmost, from_left, from_right = ([0.0] * count for _ in range(4))
    for k in range(count):
        leftmost[k] = least(k, leftmost)
    for k in reversed(range(count)):
        rightmost[k] = most(k, rightmost)
    if any(a > b + 1e-9 for a, b in zip(leftmost, rightmost, strict=True)):
        return None
    for k in range(count):
        from_left[k] = min(max(axis.x[k], least(k, from_left)), rightmost[k])
    for k in reversed(range(count)):
        from_right[k] = max(min(axis.x[k], most(k, from_right)), leftmost[k])
    feet = [(a + b) / 2 for a, b in zip(from_left, from_right, strict=True)]
    for _ in range(passes):
        for k in range(count):
            feet[k] = max(min(axis.x[k], most(k, feet)), least(k, feet))
    return feet
