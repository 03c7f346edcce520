from __future__ import annotations

import pandas as pd

from spinesurv.figures import plot_survival_curves
from tests.figures.fixtures import SITES, survival_table
from tests.figures.test_figures import shown_texts


def labels(axes):
    return [t for t, _ in shown_texts(axes.figure)]


def test_lines_are_the_survival_of_the_table():
    table = survival_table()
    axes = plot_survival_curves(table)
    steps = {line.get_label(): line for line in axes.lines if line.get_label() in SITES}
    assert list(steps) == list(SITES)
    for site, line in steps.items():
        rows = table[table["site"] == site]
        assert line.get_drawstyle() == "steps-post"
        assert list(line.get_ydata()) == list(rows["survival"] * 100)


def test_numbers_at_risk_are_those_of_the_marked_day():
    table = survival_table(("A",))
    axes = plot_survival_curves(table)
    assert list(axes.get_xticks()) == [0, 90, 180, 365, 545, 730]
    shown = labels(axes)
    for day in (90, 365):
        assert str(table.loc[table["time_days"] == day, "n_risk"].item()) in shown


def test_a_mark_moves_to_the_day_that_the_table_has():
    table = survival_table(("A",))
    table = table[table["time_days"] % 50 == 0]
    axes = plot_survival_curves(table, ticks_days=(0, 90, 365), max_days=400)
    assert list(axes.get_xticks()) == [0, 100, 350]
    assert axes.get_xlim() == (0, 400)


def test_few_patients_and_the_end_of_follow_up_are_told_apart():
    table = survival_table(("A", "B"))
    table.loc[(table["site"] == "A") & (table["time_days"] >= 545), "n_risk"] = pd.NA
    table = table[~((table["site"] == "B") & (table["time_days"] > 600))]
    shown = labels(plot_survival_curves(table))
    assert shown.count("<5") == 2  # site A, days 545 and 730
    assert shown.count("–") == 1  # site B, day 730


def test_a_small_count_that_was_forgotten_is_hidden():
    table = survival_table(("A",))
    table.loc[table["time_days"] == 730, "n_risk"] = 3
    assert "<5" in labels(plot_survival_curves(table))


def test_the_names_do_not_lie_over_the_lines():
    axes = plot_survival_curves(survival_table())
    bottom = axes.get_window_extent().y0
    names = {t: box for t, box in shown_texts(axes.figure) if t in SITES}
    assert set(names) == set(SITES)
    assert all(box.y1 < bottom for box in names.values())


def test_draws_on_axes_that_it_is_given():
    from spinesurv.figures.style import new_figure

    mine = new_figure(7, 5).add_axes((0.3, 0.5, 0.6, 0.45))
    assert plot_survival_curves(survival_table(), mine) is mine
