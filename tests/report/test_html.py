"""The page: everything there, nothing from outside, nothing of a patient, readable by people and by machines."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from spinesurv.errors import InputError
from spinesurv.report import RESEARCH_USE, render_html
from spinesurv.report import html as html_module
from spinesurv.report.blocks import diagnostics_block
from spinesurv.report.html import with_doi_links
from tests.figures.fixtures import MANY_SYSTEMS, SITES, SYSTEMS
from tests.report.content import made_up_content, made_up_figures

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """A strict reader: every element is closed in its order; keeps what the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.outside: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        assert len(known) == len(attrs), f"<{tag}> has an attribute twice"
        self.tags.append((tag, known))
        if "id" in known:
            self.ids.append(known["id"])
        self.outside += [
            v
            for k, v in attrs
            if k in ("src", "href", "xlink:href", "action", "data", "srcset") and not v.startswith("#")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        if not (self.open and self.open[-1] == "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def content():
    return made_up_content()


@pytest.fixture(scope="module")
def page_text(content):
    return render_html(content, made_up_figures(content))


@pytest.fixture(scope="module")
def page(page_text):
    return Page(page_text)


def test_all_sections_are_there_and_in_the_table_of_contents(page):
    wanted = [
        "reasons",
        "populations",
        "attrition",
        "cohort",
        "survival",
        "scored",
        "performance",
        "differences",
        "forest",
    ]
    wanted += [
        "calibration",
        "auc_over_time",
        "decision",
        "accuracy",
        "nomogram",
        "fits",
        "diagnostics",
        "methods",
    ]
    wanted += ["provenance", "warnings", "reproduce", "files"]
    assert [i for i in page.ids if i in wanted] == wanted
    links = [a["href"] for tag, a in page.tags if tag == "a" and a["href"].startswith("#")]
    assert links == [
        f"#{name}" for name in ("reasons", *wanted)
    ]  # the first page leads to the reasons as well


def test_title_block_and_key_points_come_first(page, content):
    text = page.text
    assert text.index("240") < text.index("What this says") < text.index("Attrition")
    for point in content.key_points:
        assert point in text
    for number, name in (
        ("240", "patients"),
        ("4", "sites"),
        (str(content.cohort_table["All"][1]), "deaths"),
    ):
        assert re.search(rf"{name}\s+{re.escape(number)}\s", text), name


def test_every_verdict_is_a_sign_on_the_first_page_and_told_in_words_below(page_text, content):
    grid = page_text[page_text.index('<table class="grid">') : page_text.index("</table>")]
    judged = content.verdicts[
        content.verdicts["model"] != list(SYSTEMS)[-1]
    ]  # the last has no verdict on risks
    assert grid.count('<td><span class="sign"') == len(judged)
    first = judged.iloc[0]
    assert f'title="{first["verdict"]}: {first["words"]}"' in grid
    assert (
        page_text.index('<table class="grid">') < page_text.index("To keep in mind") < page_text.index("<nav")
    )
    assert page_text.index("<nav") < page_text.index('<table class="verdicts long">')


def test_the_disclaimer_stands_on_the_first_page_and_at_the_end_word_for_word(page):
    assert RESEARCH_USE == (
        "Research software. Not a medical device. Output is a reproducible encoding of published frameworks for "
        "study purposes; it is not validated for, and must not be used for, the care of a patient. Treatment "
        "decisions belong to a multidisciplinary team."
    )
    assert page.text.count(RESEARCH_USE) == 2
    assert page.text.index(RESEARCH_USE) < page.text.index("Attrition")


def test_nothing_is_fetched_and_nothing_runs(page, page_text):
    assert page.outside and all(link.startswith("https://doi.org/10.") for link in page.outside)
    assert not {"script", "iframe", "object", "embed", "link", "img", "foreignobject"} & {
        t for t, _ in page.tags
    }
    assert not [k for _, attributes in page.tags for k in attributes if k.startswith("on")]
    assert "@import" not in page_text and not re.search(r"url\((?!#)", page_text)


def test_ids_are_unique_and_every_reference_inside_finds_its_target(page, page_text):
    assert len(page.ids) == len(set(page.ids))
    targets = set(re.findall(r'(?:url\(|href=")#([^")]+)', page_text))
    assert targets <= set(page.ids)


def test_pictures_have_titles_and_table_heads_have_scopes(page):
    pictures = [a for tag, a in page.tags if tag == "svg"]
    assert len(pictures) == len(made_up_figures(made_up_content()))
    assert all(a["role"] == "img" and a["aria-labelledby"] in page.ids for a in pictures)
    assert all(
        a.get("scope") in ("col", "colgroup", "row", "rowgroup") for tag, a in page.tags if tag == "th"
    )
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_same_content_gives_the_same_page(content, page_text):
    assert render_html(made_up_content(), made_up_figures(made_up_content())) == page_text


def test_gaps_are_dashes_with_footnotes(page_text):
    dashes = re.findall(r"<b>—<sup>(\d+)</sup></b>", page_text)
    assert dashes == ["1"]
    assert "<li><sup>1</sup> nobody is still observed at this day</li>" in page_text


def test_provisional_systems_are_marked(page_text):
    assert 'SORG-style boosting<sup title="provisional">†</sup>' in page_text
    assert "<sup>†</sup> Provisional: points not confirmed by a second source." in page_text


def test_reestimated_survival_is_said_wherever_calibration_of_a_score_is_shown(page_text):
    """Design rule 5: in the tables of calibration measures, beside the curves, in the pictures, in the methods."""
    marked = 'Tokuhashi 2005<sup title="survival re-estimated">‡</sup>'
    assert page_text.count(marked) == 4  # once per horizon
    assert 'Cox nomogram<sup title="survival re-estimated">' not in page_text
    section = page_text[page_text.index('<h2 id="calibration">') : page_text.index('<h2 id="methods">')]
    assert (
        "Survival per total was re-estimated in the training data of each split for Tokuhashi 2005, NESMS"
        in section
    )
    assert section.count("re-estimated in the") >= 3  # the sentence, and one note per score in the picture
    assert "survival per total was re-estimated" in page_text[page_text.index('<h2 id="methods">') :]


def test_estimates_intervals_and_numbers_are_in_the_table(content, page):
    row = content.performance.query(
        "site == 'pooled' and model == 'nesms' and metric == 'uno_c' and horizon_days == 180 and reference.isna()"
    ).iloc[0]
    shown = f"{row['value']:.2f} ( {row['low']:.2f} to {row['high']:.2f} ) PI {row['pi_low']:.2f} to {row['pi_high']:.2f}"
    assert f"NESMS {shown}" in page.text
    # all stand on the same patients, so the heading says how many
    assert "180 days (complete; pooled over sites; n / events 640 / 310)" in page.text


def test_patients_are_not_named_and_private_files_are_not_listed(page_text):
    assert "SYN-" not in page_text
    assert "private/" not in page_text
    assert "tables/performance.csv" in page_text


def test_hostile_names_are_letters():
    hostile = "<script>alert(1)</script>"
    sites = (hostile, '"><img src=x onerror=alert(2)>', *SITES[2:])
    content = made_up_content(
        sites=sites,
        title=hostile,
        question="{{ 7 * 7 }}",
        warnings=[hostile],
        key_points=["<b>bold</b>"],
        labels={**SYSTEMS, "nesms": hostile},
        methods=['see https://example.org <i>and</i> 10.1000/a"b<c'],
    )
    text = render_html(content, made_up_figures(content))
    page = Page(text)
    assert not {"script", "img", "i"} & {
        tag for tag, attributes in page.tags if "onerror" in attributes or tag != "i"
    }
    assert "alert(1)" in page.text and "{{ 7 * 7 }}" in page.text
    assert all(link.startswith("https://doi.org/10.") for link in page.outside)


def test_sixteen_systems_and_eight_sites_stay_under_the_limit():
    content = made_up_content(MANY_SYSTEMS, tuple(f"Hospital {c}" for c in "ABCDEFGH"))
    text = render_html(content, made_up_figures(content))
    Page(text)
    assert len(text.encode("utf-8")) < 4_000_000
    assert "part 2 of 2" in text


def test_a_page_that_is_too_large_is_refused(content, monkeypatch):
    monkeypatch.setattr(html_module, "LARGEST_PAGE_BYTES", 1000)
    with pytest.raises(InputError, match="MB are wanted"):
        render_html(content, {})


def test_a_study_with_next_to_nothing_still_gives_a_page():
    full = made_up_content()
    empty = {
        name: getattr(full, name).iloc[:0]
        for name in (
            "attrition",
            "survival",
            "scored",
            "performance",
            "provenance",
            "calibration",
            "calibration_counts",
        )
    }
    content = made_up_content(**empty, key_points=[], warnings=[], files=[], manifest={})
    page = Page(render_html(content, {}))
    for sentence in (
        "No estimate was made",
        "Calibration curves were not drawn",
        "This study uses no point score",
    ):
        assert sentence in page.text


def test_shares_are_a_table_where_no_picture_shows_them(content):
    assert "Patients scored" in Page(render_html(content, {})).text
    assert "Patients scored <span>" not in render_html(content, made_up_figures(content))


def test_doi_links():
    made = str(with_doi_links("A<b. doi:10.1097/01.brs.0000180401.06919.a5. And 10.1/x"))
    assert made == (
        'A&lt;b. doi:<a href="https://doi.org/10.1097/01.brs.0000180401.06919.a5">10.1097/01.brs.0000180401.06919.a5</a>'
        ". And 10.1/x"
    )


def test_a_table_without_its_columns_is_refused(content):
    with pytest.raises(InputError, match=r"table scored: columns share are missing"):
        made_up_content(scored=content.scored.drop(columns="share"))


def test_paired_differences_have_horizons_in_columns(content, page):
    assert "Uno's C, difference from Cox nomogram" in page.text
    assert isinstance(content.performance, pd.DataFrame)
    after = page.text[page.text.index("Uno's C, difference from") :]
    assert after.index("42 days") < after.index("365 days") < after.index("0.01")


def test_diagnostics_show_what_is_notable_and_count_the_rest():
    block = diagnostics_block(made_up_content().diagnostics)
    assert [model["label"] for model in block] == ["Cox nomogram"]
    lines = {(line["check"], line["predictor"]): line for line in block[0]["lines"]}
    assert ("linearity", "Age") not in lines
    assert block[0]["silent"] == 1
    assert lines["proportional hazards", "Age"]["p"] == "<0.001"
    assert lines["patients needed", "all"]["value"] == "1204"
    assert (lines["linearity", "LDH"]["value"], lines["linearity", "LDH"]["words"]) == ("–", "too few values")


def test_small_groups_that_no_figure_of_groups_shows_are_told(content):
    """Both pictures leave a group of 1 to 4 patients out, and say so."""
    picture = next(iter(made_up_figures(content).values()))
    text = " ".join(render_html(content, {"score_groups": picture, "score_groups_others": picture}).split())
    assert "one of fewer than 5 patients is not shown" in text
    assert "patients of each group of 5 and more" in text
