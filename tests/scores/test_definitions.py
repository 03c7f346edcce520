"""Every definition file: its worked cases, and what holds for all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.core.codebook import codebook
from spinesurv.errors import InputError
from spinesurv.scores import SCORES, Score, classify, load_definition
from spinesurv.scores.case_checks import differences
from spinesurv.scores.completion import reachable_totals
from spinesurv.scores.definition import Case, Definition

MADE_UP = Path(__file__).with_name("made_up_2020.toml")
DEFINITIONS = [load_definition(source) for source in (*SCORES, MADE_UP)]
COMPUTED = [d for d in DEFINITIONS if d.computed]
NOT_COMPUTED = [d for d in DEFINITIONS if not d.computed]
TOTALS = [(d, case) for d in NOT_COMPUTED for case in d.cases]
pytestmark = pytest.mark.filterwarnings("ignore::spinesurv.scores.ProvisionalScoreWarning")


@pytest.mark.parametrize("definition", COMPUTED, ids=lambda d: d.key)
def test_worked_cases(definition: Definition) -> None:
    assert len(definition.cases) > 3
    assert differences(definition) == []


@pytest.mark.parametrize(("definition", "case"), TOTALS, ids=[f"{d.key}-{c.note}" for d, c in TOTALS])
def test_group_of_a_total_that_is_given(definition: Definition, case: Case) -> None:
    assert case.patient == {}
    assert classify(definition, [case.expected["total"]]).tolist() == [case.expected["group"]]


@pytest.mark.parametrize("definition", NOT_COMPUTED, ids=lambda d: d.key)
class TestNotComputed:
    def test_says_why_and_what_is_needed(self, definition: Definition) -> None:
        assert definition.status in ("incomplete", "model_terms_only")
        assert len(definition.reason) > 20
        assert len(definition.needed) > 20
        assert all(item.factors or item.key == "rt_site" for item in definition.items)
        assert all(item.confidence for item in definition.items)
        with pytest.raises(InputError, match=f"score {definition.key} cannot be computed: .*Needed: "):
            Score(definition).transform(pd.DataFrame({"age": [60]}))

    def test_totals_of_every_group_are_cases(self, definition: Definition) -> None:
        assert {c.expected["group"] for c in definition.cases} == {g.key for g in definition.groups}


def test_totals_between_groups_and_outside_the_range() -> None:
    found = classify("rades_prostate_2012", [20, 25, 34, 39, np.nan])
    assert found.isna().tolist() == [False, True, True, False, True]
    for total in (19, 40, 20.5):
        with pytest.raises(InputError, match="1 of 1 totals are not whole numbers from 20 to 39"):
            classify("rades_prostate_2012", [total])
    with pytest.raises(InputError, match="no groups of totals"):
        classify("gstsg_2019", [1])
    assert classify("mfi5_2018", [3], variant="severe").tolist() == ["severe"]


def test_registry_is_what_the_folder_holds() -> None:
    assert list(SCORES) == sorted(SCORES)
    assert {"bauer_modified", "nesms", "tokuhashi_2005", "tomita"} <= set(SCORES)
    assert {key: load_definition(key).key for key in SCORES} == {key: key for key in SCORES}


#: no DOI could be established
NO_DOI = {
    "aospine_cpm", "gstsg_2019", "h2fails_2022", "metsss_2021", "pathfx_3", "rades_cup_2012", "rades_elderly_2013",
    "rades_prostate_2012", "sbrt_sins_2023",
}  # fmt: skip


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.key)
def test_says_who_says_so(definition: Definition) -> None:
    assert len(definition.citation) > 20
    assert definition.year is not None
    assert definition.population
    if definition.key in SCORES:
        assert definition.doi.startswith("10.") != (definition.key in NO_DOI)


@pytest.mark.parametrize("definition", COMPUTED, ids=lambda d: d.key)
class TestEveryDefinition:
    def test_says_how_sure_it_is(self, definition: Definition) -> None:
        if definition.key in SCORES:
            assert all(item.confidence for item in definition.items)
            assert all(group.confidence for group in definition.groups)
        assert bool(definition.reason) == bool(definition.needed) == (definition.status == "provisional")

    def test_groups_close_the_range(self, definition: Definition) -> None:
        for variant in (None, *definition.variants):
            groups = definition.with_variant(variant).groups
            assert [g.low for g in groups] == [definition.range[0], *(g.high + 1 for g in groups[:-1])]
            assert groups[-1].high == definition.range[1]

    def test_every_total_and_no_other_is_within_reach(self, definition: Definition) -> None:
        for variant in (None, *definition.variants):
            scored = definition.with_variant(variant)
            reached = reachable_totals(scored)
            assert (reached[0], reached[-1]) == definition.range
            assert all(any(g.low <= t <= g.high for t in reached) for g in scored.groups)

    def test_range_is_reached_and_not_left(self, definition: Definition) -> None:
        nobody = pd.DataFrame({name: [None] for name in definition.inputs})
        row = Score(definition).transform(nobody).iloc[0]
        assert (row["lowest"], row["highest"]) == definition.range
        assert np.isnan(row["total"])
        assert pd.isna(row["group"])

    def test_maps_hold_every_primary_tumour(self, definition: Definition) -> None:
        tumours = codebook()["primary_tumor"].levels
        assert len(tumours) == 40
        for variant in (None, *definition.variants):
            for item in definition.with_variant(variant).items:
                if item.input == "primary_tumor" and item.map:
                    assert tuple(item.map) == tumours
                    assert all(entry.basis for entry in item.map.values())

    def test_cases_cover_every_group_and_a_gap(self, definition: Definition) -> None:
        own = [c for c in definition.cases if c.variant is None]
        seen = {case.expected["group"] for case in own if case.expected.get("group")}
        assert seen == {group.key for group in definition.groups}
        assert any(np.isnan(case.expected["total"]) for case in definition.cases)

    def test_cases_cover_every_level(self, definition: Definition) -> None:
        for item in definition.items:
            seen = {case.points[item.key] for case in definition.cases if item.key in case.points}
            assert set(item.points) <= seen

    def test_groups_run_from_best_to_worst(self, definition: Definition) -> None:
        best, worst = definition.best_first[0], definition.best_first[-1]
        assert (best.low > worst.low) == (definition.higher_is == "better")
        days = set.intersection(*(set(g.survival) for g in definition.groups))
        for day in days:
            alive = [g.survival[day] for g in definition.best_first]
            assert alive == sorted(alive, reverse=True)
        starts = [g.interval_months[0] for g in definition.best_first if g.interval_months]
        assert starts == sorted(starts, reverse=True)

    def test_every_interval_says_whose_it_is(self, definition: Definition) -> None:
        for group in definition.groups:
            assert group.interval_basis in (("published", "convention") if group.interval_months else ("",))


def test_inputs_of_the_bauer_total_are_those_of_its_definition() -> None:
    from spinesurv.scores.derived import DERIVED

    own = load_definition("bauer_modified").inputs
    assert set(DERIVED["modified_bauer_total"].inputs) == set(own)
    assert set(DERIVED["modified_bauer_total_seed"].inputs) == set(own)
