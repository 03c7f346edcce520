"""One call gives the tables and the figure of a nomogram, and they can be kept beside each other."""

from __future__ import annotations

import pandas as pd

from spinesurv.figures import save_figure
from spinesurv.study.nomogram import drawn_nomogram
from tests.figures.nomogram_fixtures import fitted
from tests.figures.ruler import read_axes


def test_tables_and_figure_of_a_fitted_model(tmp_path):
    tables, figure = drawn_nomogram(fitted(many=False), horizons_days=(90, 365))
    beside = {"points": tables.points, "survival": tables.survival}
    written = save_figure(figure, tables.axes, tmp_path / "nomogram", beside=beside, pdf=True)
    assert [path.name for path in written] == [
        "nomogram.svg",
        "nomogram.pdf",
        "nomogram.csv",
        "nomogram_points.csv",
        "nomogram_survival.csv",
    ]
    drawn = read_axes(written[0].read_text(encoding="utf-8"))
    kept = pd.read_csv(written[2])
    assert list(drawn) == [axis for axis in kept["axis"].unique() if axis != "linear_predictor"]
    assert [a for a in drawn if a.startswith("survival")] == ["survival_90", "survival_365"]
    for axis, runs in drawn.items():
        assert sum(len(run.x) for run in runs) == (kept["axis"] == axis).sum()
