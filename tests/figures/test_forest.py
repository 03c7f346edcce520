from __future__ import annotations

import pytest
from matplotlib.patches import Polygon

from spinesurv.figures import plot_forest
from tests.figures.fixtures import SITES, SYSTEMS, performance_table
from tests.figures.test_figures import shown_texts


def rows(**keep):
    table = performance_table()
    for column, value in keep.items():
        table = table[table[column] == value]
    return table


def test_one_panel_per_system_with_the_same_axis():
    figure = plot_forest(rows(metric="uno_c", horizon_days=365), labels=SYSTEMS)
    assert len(figure.axes) == len(SYSTEMS)
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    shown = [t for t, _ in shown_texts(figure)]
    assert [t for t in shown if t.endswith(", 365 days")] == [f"{v}, 365 days" for v in SYSTEMS.values()]


def test_the_diamond_ends_at_the_interval_and_the_thin_line_at_the_prediction_interval():
    table = rows(metric="uno_c", horizon_days=90, model="cox_nomogram")
    axes = plot_forest(table).axes[0]
    pooled = table[table["site"] == "pooled"].iloc[0]
    (diamond,) = [p for p in axes.patches if isinstance(p, Polygon)]
    ends = diamond.get_xy()[:, 0]
    assert ends.min() == pytest.approx(pooled["low"]) and ends.max() == pytest.approx(pooled["high"])
    spans = [list(line.get_xdata()) for line in axes.lines]
    assert [pooled["pi_low"], pooled["pi_high"]] in spans
    for _, site in table[table["site"] != "pooled"].iterrows():
        assert [site["low"], site["high"]] in spans


def test_every_value_is_on_the_axis_and_a_wide_interval_ends_in_an_arrow():
    table = rows(metric="observed_expected", horizon_days=180, model="nesms").copy()
    table.loc[table["site"] == SITES[0], ["low", "high"]] = [-20.0, 25.0]
    axes = plot_forest(table).axes[0]
    low, high = axes.get_xlim()
    assert table["value"].between(low, high).all()
    assert high - low < 5
    assert {line.get_marker() for line in axes.lines} >= {"<", ">"}


def test_a_gap_is_said_not_left_out():
    table = rows(metric="observed_expected", horizon_days=90, model="nesms", site="pooled")
    assert list(table["status"]) == ["gap"]
    assert "–  no estimate" in [t for t, _ in shown_texts(plot_forest(table))]


def test_provisional_systems_are_marked_and_the_mark_is_explained():
    shown = [
        t for t, _ in shown_texts(plot_forest(rows(metric="uno_c", horizon_days=90, model="sorg_style")))
    ]
    assert sum(t.endswith("†") for t in shown) == len(SITES) + 1
    assert "† provisional" in shown


def test_prediction_interval_is_named_in_the_legend_only_where_there_is_one():
    name = "95 % prediction interval for a new site"
    pooled = rows(metric="uno_c", horizon_days=90)
    assert name in [t for t, _ in shown_texts(plot_forest(pooled))]
    sites = pooled[pooled["site"] != "pooled"]
    assert name not in [t for t, _ in shown_texts(plot_forest(sites))]


def test_systems_can_be_compared_in_one_panel():
    table = rows(metric="uno_c", horizon_days=90, site="pooled")
    figure = plot_forest(table, rows="model", labels=SYSTEMS)
    assert len(figure.axes) == 1
    assert set(SYSTEMS.values()) <= {t for t, _ in shown_texts(figure)}
