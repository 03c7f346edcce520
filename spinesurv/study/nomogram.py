"""The nomogram of a Cox model: its tables and their drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spinesurv.figures import plot_nomogram
from spinesurv.models import NomogramTables, nomogram_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawn_nomogram(
    fitted: Any, *, horizons_days: Sequence[float] = (42, 90, 180, 365), stratum: str | None = None
) -> tuple[NomogramTables, Figure]:
    """Tables and figure of a fitted `make_pipeline(Encoder(terms), CoxNomogram())`.

    `save_figure(figure, tables.axes, path, beside={"points": tables.points, "survival": tables.survival}, pdf=True)`
    keeps all of it. On whom the model was fitted is for the caption to say.

    Raises
    ------
    NotFittedError, InputError
        As `spinesurv.models.Nomogram`.
    """
    tables = nomogram_tables(fitted, horizons_days=horizons_days, stratum=stratum)
    return tables, plot_nomogram(tables.axes)
