"""What holds for every figure: labels with units, the table beside it, the same bytes, nothing over anything else."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pandas as pd
import pytest

from spinesurv.core.tables import write_table
from spinesurv.errors import InputError
from spinesurv.figures import FIGURES, figure_pdf, figure_svg, pages, save_figure
from tests.figures import nomogram_fixtures
from tests.figures.fixtures import (
    LONG_VARIABLES,
    MANY_SYSTEMS,
    SITES,
    SYSTEMS,
    auc_table,
    calibration_points,
    calibration_tables,
    decision_table,
    differences_table,
    imputed_values_table,
    performance_table,
    score_groups_table,
    scored_table,
    subgroups_table,
    survival_table,
    trace_table,
)

LONG_SITES = tuple(f"Hospital number {k} of a rather long name" for k in range(8))


def tables(name: str, *, many: bool) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A table for a figure, and the options that a study would give."""
    systems = MANY_SYSTEMS if many else SYSTEMS
    sites = LONG_SITES if many else SITES
    if name == "survival_curves":
        return survival_table(sites, 1825 if many else 730), {"time_zero": "surgery"}
    if name == "score_groups":
        return score_groups_table(many=many), {"time_zero": "surgery"}
    if name == "groups_of_scores":
        one = score_groups_table(many=many)
        titles = [
            f"Score number {k}{', of a name that takes a second line of the title' * many}" for k in range(8)
        ]
        return pd.concat([one.assign(score=title) for title in titles], ignore_index=True), {}
    if name == "scored":
        return scored_table(systems, sites), {}
    if name == "forest":
        rows = performance_table(systems, sites, (90.0, 365.0), ("observed_expected",))
        return rows, {"labels": systems}
    if name == "nomogram":
        return nomogram_fixtures.axes_of(many=many), {}
    if name == "imputation_values":
        return imputed_values_table(many=many), {"labels": LONG_VARIABLES if many else {}}
    if name == "imputation_trace":
        return trace_table(many=many), {"labels": LONG_VARIABLES if many else {}}
    if name == "subgroups":
        shown = dict(list(systems.items())[:2] if not many else list(systems.items())[-2:])
        return subgroups_table(shown, many=many), {"labels": systems}
    if name == "differences":
        return differences_table(systems), {"labels": systems}
    if name == "auc_over_time":
        return auc_table(systems), {"labels": systems, "reference": "tokuhashi_2005"}
    if name == "decision":
        highlighted = list(systems)[:4]
        options = {"labels": systems, "reference": "tokuhashi_2005", "highlighted": highlighted}
        return decision_table(systems), options
    curves, counts = calibration_tables(systems, LONG_SITES if many else ())
    points = calibration_points(curves)
    options = {"points": points, "counts": counts, "labels": systems, "reestimated": ["tokuhashi_2005"]}
    return curves, options


@cache
def drawn(name: str, *, many: bool = False) -> Any:
    """Each figure once for all tests that only look at it."""
    return drawn_anew(name, many=many)


def drawn_anew(name: str, *, many: bool = False) -> Any:
    table, options = tables(name, many=many)
    result = FIGURES[name](table, **options)
    return getattr(result, "figure", None) or result


def shown_texts(figure: Any) -> list[tuple[str, Any]]:
    """Every text that is drawn, with its extent in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and _is_drawn(text, figure)
    ]


def _is_drawn(text: Any, figure: Any) -> bool:
    """Ticks outside the limits keep a text that is never drawn."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for tick in [*axis.majorTicks, *axis.minorTicks]:
                if text in (tick.label1, tick.label2):
                    low, high = sorted(axis.get_view_interval())
                    return low - 1e-9 <= tick.get_loc() <= high + 1e-9
    return True


@pytest.mark.parametrize("many", [False, True], ids=["4 systems", "16 systems"])
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_lies_on_another_or_is_cut(name, many):
    check_texts(drawn(name, many=many))


def check_texts(figure: Any) -> None:
    """No text lies on another one, and none leaves the picture."""
    texts = shown_texts(figure)
    assert len(texts) > 10
    on_each_other = [
        (a, b)
        for (a, x), (b, y) in combinations(texts, 2)
        # one pixel of a hundredth of an inch: extents include the room of letters that are not there
        if min(x.x1, y.x1) - max(x.x0, y.x0) > 1 and min(x.y1, y.y1) - max(x.y0, y.y0) > 1
    ]
    assert on_each_other == []
    width, height = figure.bbox.width, figure.bbox.height
    cut = [t for t, x in texts if x.x0 < 0 or x.y0 < 0 or x.x1 > width or x.y1 > height]
    assert cut == []


@pytest.mark.parametrize("name", FIGURES)
def test_fits_between_the_margins_of_a_page(name):
    assert drawn(name, many=True).get_figwidth() <= 7.1 + 1e-9
    assert drawn(name).get_figheight() <= 9.8


@pytest.mark.parametrize("name", FIGURES)
def test_no_letter_is_smaller_than_five_points(name):
    from matplotlib.text import Text

    sizes = [t.get_fontsize() for t in drawn(name, many=True).findobj(Text) if t.get_text().strip()]
    assert min(sizes) >= 5


@pytest.mark.parametrize("name", FIGURES)
def test_same_bytes_whatever_the_user_set_and_nothing_changed_for_the_user(name):
    first = figure_svg(drawn_anew(name))
    with mpl.rc_context({"font.size": 23, "svg.fonttype": "path", "axes.grid": True, "svg.hashsalt": None}):
        before = dict(mpl.rcParams)
        second = figure_svg(drawn_anew(name))
        assert dict(mpl.rcParams) == before
    assert first == second
    assert "<dc:date>" not in first
    ElementTree.fromstring(first)


def test_pyplot_has_no_part_in_it():
    code = (
        "import sys, spinesurv.figures as f\n"
        "assert 'matplotlib' not in sys.modules, 'imported before anything is drawn'\n"
        "from tests.figures.fixtures import survival_table\n"
        "f.figure_svg(f.plot_survival_curves(survival_table()))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", FIGURES)
def test_the_table_stands_beside_the_picture(name, tmp_path):
    table, options = tables(name, many=False)
    before = table.copy(deep=True)
    result = FIGURES[name](table, **options)
    beside = {"counts": options["counts"]} if "counts" in options else None
    written = save_figure(result, table, tmp_path / f"{name}.svg", beside=beside)
    pd.testing.assert_frame_equal(table, before)
    write_table(table, tmp_path / "expected.csv")
    assert (tmp_path / f"{name}.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()
    expected = [f"{name}.svg", f"{name}.csv", *([f"{name}_counts.csv"] if beside else [])]
    assert [p.name for p in written] == expected
    assert b"\r" not in (tmp_path / f"{name}.svg").read_bytes()


def test_a_pdf_on_request_with_letters_as_letters(tmp_path):
    table, _ = tables("scored", many=False)
    written = save_figure(FIGURES["scored"](table), table, tmp_path / "scored", pdf=True)
    assert [p.name for p in written] == ["scored.svg", "scored.pdf", "scored.csv"]
    page = (tmp_path / "scored.pdf").read_bytes()
    assert page.startswith(b"%PDF")
    assert b"/FontFile2" in page  # TrueType embedded; outlines alone would be Type 3
    assert b"/Type3" not in page
    assert b"CreationDate" not in page
    assert figure_pdf(FIGURES["scored"](table)) == page


def test_a_dot_in_the_name_is_kept(tmp_path):
    table, _ = tables("scored", many=False)
    written = save_figure(FIGURES["scored"](table), table, tmp_path / "forest_at_0.5")
    assert [p.name for p in written] == ["forest_at_0.5.svg", "forest_at_0.5.csv"]


UNITS = {
    "survival_curves": {"Patients alive (%)", "Days since surgery (months in brackets)"},
    "score_groups": {
        "Patients alive (%)",
        "Days since surgery (months in brackets)",
        "Patients (share of those grouped)",
    },
    "groups_of_scores": {"Alive (%)", "Days since time zero"},
    "scored": {"Site, with its patients (n)", "patients scored (% of the site), number below"},
    "forest": {"Observed/expected (ratio of events; 1 = agreement)"},
    "calibration": {"Observed risk (%)", "Predicted risk of death (%)", "n"},
    "differences": {"Uno's C, difference from Tokuhashi 2005"},
    "auc_over_time": {"Day of judgement (days, log scale)", "AUC (0.5 = chance, 1 = best)"},
    "decision": {"Risk of death at which one would act (%)", "Net benefit\n(true positives per 100)"},
    "imputation_values": {"Density", "Share"},
    "imputation_trace": {"Sweep"},
    "subgroups": {"Patients / deaths", "Observed/expected (ratio of events; 1 =\nagreement)"},
    "nomogram": {"Points", "Serum albumin (g/dL)", "Survival at 90 days (%)", "Median survival (months)"},
}


@pytest.mark.parametrize("name", FIGURES)
def test_axes_say_what_they_show_and_in_which_unit(name):
    assert UNITS[name] <= {text for text, _ in shown_texts(drawn(name))}


def test_text_stays_text():
    svg = figure_svg(drawn("survival_curves"))
    assert "Brookfield General" in svg
    families = set(re.findall(r"font-family: ([^;\"]*)", svg))
    assert families == {"'DejaVu Sans', 'Helvetica', 'Arial', 'Liberation Sans', sans-serif"}


#: figures that name no site: the column that names what they show, and one of its values
NAMED = {
    "nomogram": ("label", "Serum albumin"),
    "score_groups": ("group", "good"),
    "groups_of_scores": ("group", "good"),
    "subgroups": ("subgroup", "Positive"),
    "imputation_values": ("variable", "v0"),
    "imputation_trace": ("variable", "v0"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_names_stay_letters(name):
    table, options = tables(name, many=False)
    named, first = NAMED.get(name, ("site", SITES[0]))
    table = table.assign(**{named: table[named].replace({first: "<script>$x^2$ & --> {\\alpha}"})})
    ElementTree.fromstring(figure_svg(FIGURES[name](table, **options)))


@pytest.mark.parametrize("name", FIGURES)
def test_a_wrong_table_is_named(name):
    table, _ = tables(name, many=False)
    needed = NAMED.get(name, ("site", ""))[0]
    with pytest.raises(InputError, match=rf"columns {needed}.* are missing"):
        FIGURES[name](table.drop(columns=needed))
    with pytest.raises(InputError, match="no rows"):
        FIGURES[name](table.iloc[:0])


def test_pages_are_even_and_lose_nothing():
    curves, _ = calibration_tables(MANY_SYSTEMS)
    parts = pages(curves[curves["model"] != "ensemble"], size=4)
    assert [p["model"].nunique() for p in parts] == [4, 4, 4, 3]
    assert list(pd.concat(parts)["model"].unique()) == list(MANY_SYSTEMS)[:-1]
    assert sum(map(len, parts)) == (curves["model"] != "ensemble").sum()
