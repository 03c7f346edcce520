from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.figures import plot_calibration
from tests.figures.fixtures import HORIZONS, SITES, SYSTEMS, calibration_points, calibration_tables
from tests.figures.test_figures import shown_texts


def curve_axes(figure):
    return [axes for axes in figure.axes if axes.get_ylim() == (0, 100)]


def test_systems_are_rows_and_horizons_are_columns():
    curves, counts = calibration_tables()
    figure = plot_calibration(curves, counts=counts, labels=SYSTEMS)
    assert len(curve_axes(figure)) == len(SYSTEMS) * len(HORIZONS)
    shown = [t for t, _ in shown_texts(figure)]
    assert [t for t in shown if t.startswith("Risk by day")] == [f"Risk by day {h:g}" for h in HORIZONS]


def test_curve_band_and_diagonal():
    curves, _ = calibration_tables({"m": "M"}, horizons=(90.0,))
    (axes,) = curve_axes(plot_calibration(curves))
    diagonal, curve = axes.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 100]
    np.testing.assert_allclose(curve.get_xdata(), curves["risk"] * 100)
    np.testing.assert_allclose(curve.get_ydata(), curves["observed"] * 100)
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == (curves["high"] * 100).max() and band.min() == (curves["low"] * 100).min()


def test_bars_are_the_counts_and_hidden_counts_are_crosses():
    curves, counts = calibration_tables({"m": "M"}, horizons=(90.0,))
    _, below = plot_calibration(curves, counts=counts).axes
    heights = [p.get_height() for p in below.patches]
    assert heights == [0.0 if pd.isna(n) else float(n) for n in counts["n"]]
    (crosses,) = [line for line in below.lines if line.get_marker() == "x"]
    assert len(crosses.get_xdata()) == counts["n"].isna().sum() > 0


def test_reestimated_survival_is_said_beside_the_system():
    curves, counts = calibration_tables()
    figure = plot_calibration(curves, counts=counts, reestimated=["nesms"])
    notes = [t for t, _ in shown_texts(figure) if "re-estimated" in t]
    assert len(notes) == 1


def test_sites_are_thin_and_named():
    curves, counts = calibration_tables(sites=SITES)
    figure = plot_calibration(curves, counts=counts)
    widths = [line.get_linewidth() for line in curve_axes(figure)[0].lines]
    assert widths[1:] == [0.8] * len(SITES) + [1.5]
    assert {*SITES, "all sites, with 95 % band"} <= {t for t, _ in shown_texts(figure)}


def test_counts_of_sites_without_a_total_are_stacked_not_added_up():
    curves, counts = calibration_tables({"m": "M"}, SITES, (90.0,))
    counts = counts[counts["site"] != "stacked"]
    _, below = plot_calibration(curves, counts=counts).axes
    assert len(below.patches) == len(counts)


def test_a_system_without_a_curve_says_so():
    curves, _ = calibration_tables({"m": "M"}, horizons=(90.0,))
    curves[["observed", "low", "high"]] = np.nan
    assert "no curve" in [t for t, _ in shown_texts(plot_calibration(curves))]


def test_groups_are_circles_with_intervals():
    curves, _ = calibration_tables({"m": "M"}, horizons=(90.0,))
    points = calibration_points(curves)
    (axes,) = curve_axes(plot_calibration(curves, points=points))
    (circles,) = [line for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(circles.get_ydata(), points["observed"] * 100)
    ends = np.array([path.vertices[:, 1] for path in axes.collections[-1].get_paths()])
    known = points.dropna()
    assert len(known) == 9  # nobody has died in the lowest group, whose point has no interval
    np.testing.assert_allclose(ends, known[["low", "high"]] * 100)


def test_a_system_with_groups_and_no_curve_is_drawn():
    curves, _ = calibration_tables({"m": "M", "n": "N"}, horizons=(90.0,))
    points = calibration_points(curves)
    figure = plot_calibration(curves[curves["model"] == "m"], points=points)
    with_curve, without = curve_axes(figure)
    assert [line.get_marker() for line in without.lines] == ["None", "o"]
    assert len(with_curve.lines) == 3
    assert not [t for t, _ in shown_texts(figure) if t.startswith("no curve")]
    only = plot_calibration(curves.iloc[:0], points=points)
    assert len(curve_axes(only)) == 2
