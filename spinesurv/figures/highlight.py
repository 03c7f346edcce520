"""Many systems in few panels: some in colour, the one that all are compared with in black, the rest in grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spinesurv.figures.style import COLOURS, FAINT, INK, SMALL, inches_from, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: systems in colour beside each other, the reference not counted
HIGHLIGHTED = 4

#: black is the reference's own
_PAINTS = tuple(c for c in COLOURS if c != "#000000")[:HIGHLIGHTED]
_SAMPLE, _LINE = 0.24, 0.135  # inches: line sample of the key, height of its rows

OTHERS: dict[str, Any] = {"color": FAINT, "linewidth": 0.6, "zorder": 1}


def highlighted_groups(models: Sequence[str], reference: str | None = None) -> list[list[str]]:
    """The systems in their order, cut into even groups that fit in colour; the reference leads each of them.

    A reference that is not among the systems is left out.
    """
    others = [m for m in models if m != reference]
    first = [reference] if reference in models and reference is not None else []
    count = -(-len(others) // HIGHLIGHTED)
    each, extra = divmod(len(others), count) if count else (0, 0)
    groups, start = [], 0
    for group in range(count):
        stop = start + each + (group < extra)
        groups.append([*first, *others[start:stop]])
        start = stop
    return groups or [first]


def line_styles(group: Sequence[str], reference: str | None) -> dict[str, dict[str, Any]]:
    """System of a group -> colour and line."""
    out: dict[str, dict[str, Any]] = {}
    for model in group:
        if model == reference:
            out[model] = {"color": INK, "linestyle": (0, (5, 1.5)), "linewidth": 1.1, "zorder": 4}
        else:
            paint = _PAINTS[sum(m != reference for m in out) % len(_PAINTS)]
            out[model] = {"color": paint, "linestyle": "-", "linewidth": 1.3, "zorder": 3}
    return out


def key_rows(
    entries: Sequence[tuple[str, dict[str, Any] | None]], width: float, columns: int
) -> list[list[tuple[str, dict[str, Any] | None]]]:
    """Entries of a key (words, line) in lines of so many columns, words broken to fit; column by column."""
    each = width / columns
    told = [(wrapped(words, each - _SAMPLE - 0.12, SMALL), line) for words, line in entries]
    deep = -(-len(told) // columns)
    return [told[row::deep] for row in range(deep)]


def key_inches(rows: Sequence[Sequence[tuple[str, dict[str, Any] | None]]]) -> float:
    """Height of a key."""
    return sum(_LINE * max(words.count("\n") + 1 for words, _ in row) for row in rows)


def draw_key(
    axes: Axes,
    rows: Sequence[Sequence[tuple[str, dict[str, Any] | None]]],
    *,
    left: float,
    top: float,
    width: float,
    columns: int,
) -> None:
    """The key, its upper left corner in inches from the lower left corner of a panel."""
    from matplotlib.lines import Line2D

    inches = inches_from(axes)
    for row in rows:
        for column, (words, line) in enumerate(row):
            at = left + column * width / columns
            if line is not None:
                sample = {**line, "zorder": 5}
                axes.add_artist(
                    Line2D([at, at + _SAMPLE], [top - 0.06] * 2, transform=inches, clip_on=False, **sample)
                )
            for number, part in enumerate(words.split("\n")):
                axes.text(at + _SAMPLE + 0.05, top - 0.09 - _LINE * number, part, transform=inches, ha="left",
                          va="baseline", fontsize=SMALL)  # fmt: skip
        top -= _LINE * max(words.count("\n") + 1 for words, _ in row)
