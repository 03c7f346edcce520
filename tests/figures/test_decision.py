"""Net benefit beside treating all: which systems have a line of their own for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.figures import plot_decision
from tests.figures.test_figures import shown_texts

THRESHOLDS = np.arange(0.01, 0.995, 0.01)


def curves(*dead: float) -> pd.DataFrame:
    """Systems whose patients die with these probabilities."""
    parts = []
    for k, share in enumerate(dead):
        all_treated = share - (1 - share) * THRESHOLDS / (1 - THRESHOLDS)
        parts.append(
            pd.DataFrame(
                {
                    "model": f"system {k}", "site": "stacked", "horizon_days": 90.0, "threshold": THRESHOLDS,
                    "net_benefit": np.maximum(all_treated, 0), "low": 0.0, "high": share, "treat_all": all_treated,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    ("dead", "own"),
    [
        ((0.3, 0.3, 0.3), 0),
        ((0.3, 0.3, 0.3004), 0),  # 0.04 apart below the line of nobody, where nothing is drawn
        ((0.3, 0.3, 0.35), 1),
        ((0.02, 0.02, 0.024), 1),  # few die: 0.4 of 100 patients are a fifth of the axis
    ],
)
def test_a_line_of_its_own_where_it_can_be_told_from_that_of_most(dead, own):
    figure = plot_decision(curves(*dead))
    (axes,) = figure.axes
    curved = [line for line in axes.lines if len(line.get_xdata()) == len(THRESHOLDS)]
    everybody_treated = [line for line in curved if line.get_linewidth() == 0.9]
    assert len(everybody_treated) == 1 + own
    assert any(text.startswith("Dash-dotted") for text, _ in shown_texts(figure)) == bool(own)
