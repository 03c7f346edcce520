"""Many small panels on one page, one per variable, with one line of words below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from spinesurv.figures.style import BOLD, INK, PAGE_INCHES, QUIET, SMALL, new_figure, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS_PER_PAGE = 12
ACROSS = 3

_LEFT, _RIGHT, _HEAD, _HIGH, _FOOT, _NOTE = 0.52, 0.14, 0.34, 1.05, 0.46, 0.22  # inches


def small_panels(
    titles: Sequence[str], note: str, figure: Figure | None = None
) -> tuple[Figure, Iterator[Axes]]:
    """A figure and its axes, three beside each other, each under its title."""
    rows = -(-len(titles) // ACROSS)
    height = rows * (_HEAD + _HIGH + _FOOT) + _NOTE
    whole = new_figure(PAGE_INCHES, height) if figure is None else figure
    whole.text(0.0, 0.05 / height, note, fontsize=SMALL, color=QUIET, ha="left", va="bottom")
    each = PAGE_INCHES / ACROSS
    panels = []
    for k, title in enumerate(titles):
        row, column = divmod(k, ACROSS)
        top = height - row * (_HEAD + _HIGH + _FOOT) - _HEAD
        axes = whole.add_axes(
            (
                (column * each + _LEFT) / PAGE_INCHES,
                (top - _HIGH) / height,
                (each - _LEFT - _RIGHT) / PAGE_INCHES,
                _HIGH / height,
            )
        )
        whole.text(
            (column * each + 0.04) / PAGE_INCHES, (top + 0.06) / height, wrapped(title, (each - 0.12) / BOLD, SMALL),
            fontsize=SMALL, color=INK, fontweight="bold", ha="left", va="bottom",
        )  # fmt: skip
        panels.append(axes)
    return whole, iter(panels)
