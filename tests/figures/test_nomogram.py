"""The drawn nomogram, used with a ruler; and what it shows when an axis is odd."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from spinesurv.core import codebook
from spinesurv.figures import figure_svg, plot_nomogram
from spinesurv.models import Nomogram, nomogram_tables
from tests.figures.nomogram_fixtures import axes_of, crowded_axes, fitted, patients_of
from tests.figures.ruler import Stretch, read_axes
from tests.figures.test_figures import check_texts, shown_texts

HORIZONS = (42, 90, 180, 365)


@pytest.fixture(scope="module", params=[False, True], ids=["4 predictors", "12 predictors"])
def many(request):
    return request.param


@pytest.fixture(scope="module")
def drawn_axes(many):
    return read_axes(figure_svg(plot_nomogram(axes_of(many=many))))


def item_points(axes: dict[str, list[Stretch]], variable: str, value: object) -> float:
    """Points of one value: straight up from where it stands."""
    runs = axes[variable]
    if codebook()[variable].is_numeric:
        run = next(r for r in runs if r.values.min() <= float(value) <= r.values.max())
        x = run.at(float(value))
    else:
        word = codebook().level_label(variable, str(value))
        found = [
            k for k, label in enumerate(runs[0].labels) if word == label or word.startswith(f"{label} (")
        ]
        x = float(runs[0].x[found[0] if found else runs[0].labels.index("All others")])
    return axes["points"][0].read(x)


def test_read_with_a_ruler_it_tells_what_the_model_predicts(many, drawn_axes):
    """100 patients whom the model never saw: survival read off lies within one tick of what the model predicts."""
    pipeline = fitted(many=many)
    patients, _ = patients_of(77)
    points = Nomogram(pipeline).points(patients)
    readable = patients[(points["missing"] == "") & (points["beyond"] == "")].sample(100, random_state=1)
    predicted = pipeline.predict(readable, times_days=HORIZONS).survival
    variables = [axis.variable for axis in Nomogram(pipeline).axes]
    read = 0
    for row, (_, patient) in enumerate(readable.iterrows()):
        total = sum(item_points(drawn_axes, name, patient[name]) for name in variables)
        x = drawn_axes["total_points"][0].at(total)
        for column, day in enumerate(HORIZONS):
            (axis,) = drawn_axes[f"survival_{day}"]
            truth = 100 * predicted[row, column]
            if axis.ends[0] <= x <= axis.ends[1]:
                read += 1
                assert abs(axis.read(x) - truth) <= axis.tick(x)
            else:  # off the axis only those whom the ends of the axis rightly leave out
                assert truth <= axis.values.min() + axis.tick(x) or truth >= axis.values.max() - axis.tick(x)
    assert read >= 320  # of 400: the axes hold most patients


def test_median_survival_read_off_is_the_median_of_the_model(many, drawn_axes):
    nomogram = Nomogram(fitted(many=many))
    (axis,) = drawn_axes["median_survival"]
    (total,) = drawn_axes["total_points"]
    for x in np.linspace(*axis.ends, 40)[1:-1]:
        days = nomogram.median_days(total.read(x)).item()
        assert abs(axis.read(x) - days / 30.4375) <= axis.tick(x)


def test_an_axis_that_folds_back_goes_on_below_from_the_same_place():
    axes = read_axes(figure_svg(plot_nomogram(axes_of(many=True))))
    folded = {key: runs for key, runs in axes.items() if len(runs) > 1}
    assert "n_spine_mets" in folded
    for runs in folded.values():
        for one, other in pairwise(runs):
            turn = one.values.max()
            assert other.values.min() == turn
            assert one.at(turn) == pytest.approx(other.at(turn), abs=1e-3)  # the SVG keeps six digits


def test_the_linear_predictor_is_drawn_on_request():
    plain = read_axes(figure_svg(plot_nomogram(axes_of(many=False))))
    full = read_axes(figure_svg(plot_nomogram(axes_of(many=False), linear_predictor=True)))
    assert set(full) - set(plain) == {"linear_predictor"}
    (axis,), (total,) = full["linear_predictor"], full["total_points"]
    nomogram = Nomogram(fitted(many=False))
    for value, x in zip(axis.values, axis.x, strict=True):
        # a thousandth of the axis: positions in the SVG have six digits
        assert nomogram.linear_predictor(total.read(x)).item() == pytest.approx(value, abs=1e-3)


def test_an_axis_without_ticks_says_why():
    table = nomogram_tables(fitted(many=False), horizons_days=(90, 20000)).axes
    texts = [text for text, _ in shown_texts(plot_nomogram(table))]
    assert "Survival at 20000 days (%)" in texts
    assert "no training patient was followed to day 20000" in texts


def test_titles_carry_units_and_long_levels_are_short_where_that_is_clear():
    texts = [text.replace("\n", " ") for text, _ in shown_texts(plot_nomogram(axes_of(many=True)))]
    assert {"White-cell count (10⁹/L)", "Serum albumin (g/dL)", "Median survival (months)"} <= set(texts)
    assert "Colon" in texts
    table = axes_of(many=False)
    levels = table["axis"] == "primary_tumor"
    names = [f"Tumour of a very long and tedious name ({k})" for k in range(levels.sum())]
    table = table.copy()
    table.loc[levels, "tick"] = names
    both = plot_nomogram(table)
    assert set(names) <= {text for text, _ in shown_texts(both)}


@pytest.mark.parametrize("seed", [3, 4])
def test_twelve_crowded_categories_stay_legible_on_one_page(seed):
    figure = plot_nomogram(crowded_axes(seed))
    check_texts(figure)
    assert figure.get_figheight() <= 10.5  # A4 with margins of 15 mm


def test_every_line_of_a_scale_stands_at_one_of_its_labels():
    figure = plot_nomogram(axes_of(many=False))
    by_name = {axes.get_gid(): axes for axes in figure.axes}
    for scale in ("points", "total_points"):
        guides = [line.get_xdata()[0] for line in by_name[f"nomogram-guides-{scale}"].lines]
        labels = [t.get_position()[0] for t in by_name[f"nomogram-axis-{scale}"].texts if t.get_gid()]
        assert guides == pytest.approx(labels)
