"""Many small panels on one page, one per variable, with one line of words below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from spinesurv.figures.style import BOLD, INK, PAGE_INCHES, QUIET, SMALL, new_figure, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS_PER_PAGE = 12
ACROSS = 4

_LEFT, _RIGHT, _HIGH, _FOOT, _NOTE = 0.48, 0.1, 0.7, 0.42, 0.2  # inches
_HEAD, _LINE = 0.12, 0.11  # inches above a panel, and for each line of its title


def small_panels(
    titles: Sequence[str], note: str, figure: Figure | None = None
) -> tuple[Figure, Iterator[Axes]]:
    """A figure and its axes, four beside each other, each under its title."""
    each = PAGE_INCHES / ACROSS
    named = [wrapped(title, (each - 0.12) / BOLD, SMALL) for title in titles]
    head = _HEAD + _LINE * max((name.count("\n") + 1 for name in named), default=1)
    rows = -(-len(titles) // ACROSS)
    height = rows * (head + _HIGH + _FOOT) + _NOTE
    whole = new_figure(PAGE_INCHES, height) if figure is None else figure
    whole.text(0.0, 0.05 / height, note, fontsize=SMALL, color=QUIET, ha="left", va="bottom")
    panels = []
    for k, name in enumerate(named):
        row, column = divmod(k, ACROSS)
        top = height - row * (head + _HIGH + _FOOT) - head
        axes = whole.add_axes(
            (
                (column * each + _LEFT) / PAGE_INCHES,
                (top - _HIGH) / height,
                (each - _LEFT - _RIGHT) / PAGE_INCHES,
                _HIGH / height,
            )
        )
        whole.text(
            (column * each + 0.04) / PAGE_INCHES, (top + 0.06) / height, name,
            fontsize=SMALL, color=INK, fontweight="bold", ha="left", va="bottom",
        )  # fmt: skip
        panels.append(axes)
    return whole, iter(panels)
