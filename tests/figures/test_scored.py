from __future__ import annotations

import pandas as pd

from spinesurv.figures import plot_scored
from tests.figures.fixtures import scored_table
from tests.figures.test_figures import shown_texts


def shown(table):
    return [t for t, _ in shown_texts(plot_scored(table).figure)]


def test_cells_hold_share_and_number():
    table = scored_table()
    texts = shown(table)
    for row in table.to_dict("records"):
        assert f"{100 * row['share']:.0f} %" in texts
        assert str(row["predicted"]) in texts


def test_small_cells_hide_number_and_share():
    table = scored_table({"m": "M"}, ("A", "B"))
    table.loc[1, ["predicted", "share"]] = [3, 3 / 155]
    texts = shown(table)
    assert "<5" in texts
    assert "3" not in texts and "2 %" not in texts


def test_nearly_all_is_not_all():
    table = pd.DataFrame(
        [["m", "M", "A", 1000, 998, 0.998, ""], ["m", "M", "B", 2500, 5, 0.002, ""]],
        columns=["model", "label", "site", "n", "predicted", "share", "reason"],
    )
    assert {">99 %", "<1 %"} <= set(shown(table))


def test_letters_stand_out_from_their_cell():
    """Contrast of at least 4.5 to 1 (WCAG 2.1, level AA) whatever the share."""
    from matplotlib.colors import to_rgb

    from spinesurv.figures.scored import ink_on, tint

    def light(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for percent in range(101):
        low, high = sorted((light(tint(percent / 100)), light(ink_on(percent / 100))))
        assert (high + 0.05) / (low + 0.05) >= 4.5, percent
