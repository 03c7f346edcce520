"""Who could be scored: share of the patients of each site that each system can judge, as a table of tints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spinesurv.core.tables import POOLED, STACKED
from spinesurv.figures.checks import require_columns
from spinesurv.figures.small_cells import is_small, shown_count
from spinesurv.figures.style import (
    INK,
    PAGE_INCHES,
    QUIET,
    SMALL,
    TEXT,
    inches_from,
    new_figure,
    style,
    text_inches,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("model", "label", "site", "n", "predicted", "share")

_ROW, _HEAD, _FOOT = 0.30, 0.5, 0.62  # inches


def plot_scored(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Systems in rows, sites in columns; each cell holds the share and the number of patients.

    Parameters
    ----------
    table : one row per system and site, with model, label, site, n (patients of the site), predicted
        (patients the system could judge; missing = under 5), share (predicted / n, in [0, 1])
    ax : axes to draw on; None = a new figure of the right size

    Returns
    -------
    Axes
    """
    require_columns(table, COLUMNS, "scored")
    models = list(dict.fromkeys(table["model"]))
    sites = list(dict.fromkeys(table["site"]))
    label = dict(zip(table["model"], table["label"], strict=True))
    with style():
        names = [wrapped(str(label[m]), 1.9, TEXT) for m in models]
        left = max(text_inches(n) for n in names) + 0.2
        cell = min(1.25, (PAGE_INCHES - left - 0.1) / len(sites))
        heads = [wrapped(_site(s), cell - 0.06, SMALL) for s in sites]
        head = _HEAD + 0.11 * max(h.count("\n") for h in heads)
        if ax is None:
            width, height = max(left + cell * len(sites) + 0.1, left + 5.2), head + _ROW * len(models) + _FOOT
            figure = new_figure(width, height)
            axes = figure.add_axes(
                (left / width, _FOOT / height, cell * len(sites) / width, _ROW * len(models) / height)
            )
        else:
            axes = ax
        axes.set_xlim(0, len(sites))
        axes.set_ylim(len(models), 0)
        for row in table.to_dict("records"):
            _cell(axes, sites.index(row["site"]), models.index(row["model"]), row, narrow=cell < 0.62)
        sizes = table.drop_duplicates("site").set_index("site")["n"]
        axes.set_xticks(
            [k + 0.5 for k in range(len(sites))],
            [f"{h}\nn = {shown_count(sizes[s])}" for h, s in zip(heads, sites, strict=True)],
            fontsize=SMALL,
        )
        axes.set_yticks([k + 0.5 for k in range(len(models))], names)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel("Site, with its patients (n)", fontsize=SMALL, labelpad=4)
        axes.xaxis.set_label_position("top")
        _key(axes)
    return axes


def _site(site: object) -> str:
    return {POOLED: "All sites", STACKED: "All sites"}.get(str(site), str(site))


def tint(share: float) -> tuple[float, float, float]:
    """White for nobody to a deep blue for everyone; even steps of lightness."""
    light, dark = (0.97, 0.98, 1.0), (0.10, 0.36, 0.62)
    return tuple(a + (b - a) * share for a, b in zip(light, dark, strict=True))  # type: ignore[return-value]


def ink_on(share: float) -> str:
    """Colour of the letters on the tint of a share."""
    return "white" if share > 0.81 else "black"


def _cell(axes: Axes, column: int, row: int, values: dict, *, narrow: bool) -> None:
    from matplotlib.patches import Rectangle

    share, predicted = values["share"], values["predicted"]
    hidden = pd.isna(predicted) or is_small(float(predicted)) or pd.isna(share)
    face = "white" if hidden else tint(float(share))
    axes.add_patch(
        Rectangle((column + 0.02, row + 0.04), 0.96, 0.92, facecolor=face, edgecolor="#c9d3de", linewidth=0.4)
    )
    ink = INK if hidden else ink_on(float(share))
    if hidden:
        told, small = "<5", "patients"
    else:
        told, small = _percent(float(share)), shown_count(predicted)
    axes.text(column + 0.5, row + 0.36, told, ha="center", va="center", color=ink, fontsize=TEXT)
    axes.text(column + 0.5, row + 0.73, small, ha="center", va="center", color=ink,
              fontsize=SMALL - (1.0 if narrow else 0.5))  # fmt: skip


def _percent(share: float) -> str:
    """Whole percent; never 0 or 100 unless it is nobody or everyone."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def _key(axes: Axes) -> None:
    from matplotlib.patches import Rectangle

    inches = inches_from(axes)
    for k in range(5):
        axes.add_patch(Rectangle((k * 0.34, -0.26), 0.34, 0.12, transform=inches, clip_on=False,
                                 facecolor=tint(k / 4), edgecolor="#c9d3de", linewidth=0.4))  # fmt: skip
        axes.text(
            k * 0.34 + 0.17, -0.29, f"{25 * k}", transform=inches, ha="center", va="top", fontsize=SMALL
        )
    axes.text(5 * 0.34 + 0.1, -0.20, "patients scored (% of the site), number below", transform=inches,
              ha="left", va="center", fontsize=SMALL, color=QUIET)  # fmt: skip
