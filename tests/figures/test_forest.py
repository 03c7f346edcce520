from __future__ import annotations

import pytest
from matplotlib.patches import Polygon

from spinesurv.figures import pages, plot_forest
from spinesurv.figures.forest import MOST_INCHES, systems_per_page
from tests.figures.fixtures import MANY_SYSTEMS, SITES, SYSTEMS, performance_table
from tests.figures.test_figures import check_texts, shown_texts


def rows(**keep):
    table = performance_table()
    for column, value in keep.items():
        table = table[table[column] == value]
    return table


def test_one_column_per_horizon_with_the_same_axis_and_every_system_named_once():
    figure = plot_forest(rows(metric="uno_c"), labels=SYSTEMS)
    assert len(figure.axes) == 4
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    shown = [t for t, _ in shown_texts(figure)]
    assert [t for t in shown if t.endswith(" days")] == ["42 days", "90 days", "180 days", "365 days"]
    assert [t for t in shown if t in SYSTEMS.values()] == list(SYSTEMS.values())


def test_measures_beside_each_other_have_axes_of_their_own():
    table = performance_table(horizons=(90.0,), metrics=("uno_c", "observed_expected"))
    figure = plot_forest(table, labels=SYSTEMS)
    first, second = figure.axes
    assert first.get_xlim() != second.get_xlim()
    assert {"Uno's C, 90 days", "Observed/expected, 90 days"} <= {t for t, _ in shown_texts(figure)}


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
    sites = rows(metric="observed_expected").assign(status="gap")
    columns = len(SYSTEMS) * len(SITES) * 4
    assert [t for t, _ in shown_texts(plot_forest(sites))].count("–") == columns


def test_provisional_systems_are_marked_and_the_mark_is_explained():
    shown = [
        t for t, _ in shown_texts(plot_forest(rows(metric="uno_c", horizon_days=90, model="sorg_style")))
    ]
    assert sum(t.endswith("†") for t in shown) == len(SITES) + 1
    assert "† provisional" in shown


def test_where_columns_are_narrow_the_pooled_estimate_alone_stands_in_figures():
    table = rows(metric="uno_c", model="cox_nomogram")
    shown = [t for t, _ in shown_texts(plot_forest(table))]
    pooled = table[table["site"] == "pooled"]
    assert [t for t in shown if " to " in t] == [
        f"{r['value']:.2f} ({r['low']:.2f} to {r['high']:.2f})" for r in pooled.to_dict("records")
    ]


def test_prediction_interval_is_named_in_the_legend_only_where_there_is_one():
    name = "95 % prediction interval for a new site"
    pooled = rows(metric="uno_c", horizon_days=90)
    assert name in [t for t, _ in shown_texts(plot_forest(pooled))]
    sites = pooled[pooled["site"] != "pooled"]
    assert name not in [t for t, _ in shown_texts(plot_forest(sites))]


def test_a_page_of_systems_fits_on_paper_and_nothing_lies_on_anything_else():
    table = performance_table(MANY_SYSTEMS, SITES, metrics=("uno_c", "observed_expected"))
    parts = pages(table[table["metric"] == "observed_expected"], size=systems_per_page(table))
    assert 1 < len(parts) < 4
    figure = plot_forest(parts[0], labels=MANY_SYSTEMS)
    assert figure.get_figheight() <= MOST_INCHES
    check_texts(figure)
