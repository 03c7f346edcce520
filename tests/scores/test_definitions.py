"""Every definition file: its worked cases, and what holds for all of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spinesurv.core.codebook import codebook
from spinesurv.scores import SCORES, Score, load_definition
from spinesurv.scores.definition import Case, Definition

MADE_UP = Path(__file__).with_name("made_up_2020.toml")
DEFINITIONS = [load_definition(source) for source in (*SCORES, MADE_UP)]
CASES = [(d, case) for d in DEFINITIONS for case in d.cases]


def cell(value: Any) -> Any:
    return "" if isinstance(value, float) and math.isnan(value) else value


@pytest.mark.parametrize(
    ("definition", "case"), CASES, ids=[f"{d.key}-{c.variant or 'default'}-{c.note}" for d, c in CASES]
)
def test_worked_case(definition: Definition, case: Case) -> None:
    patient = {name: [case.patient.get(name)] for name in definition.inputs if name not in case.absent}
    row = Score(definition, variant=case.variant, **case.options).transform(pd.DataFrame(patient)).iloc[0]
    found = {name: cell(row[name]) for name in case.expected}
    points = {key: cell(row[f"item_{key}"]) for key in case.points}
    assert found == {name: cell(value) for name, value in case.expected.items()}
    assert points == {key: cell(value) for key, value in case.points.items()}


def test_registry_is_what_the_folder_holds() -> None:
    assert list(SCORES) == sorted(SCORES)
    assert {"bauer_modified", "nesms", "tokuhashi_2005", "tomita"} <= set(SCORES)
    assert {key: load_definition(key).key for key in SCORES} == {key: key for key in SCORES}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.key)
class TestEveryDefinition:
    def test_says_who_says_so(self, definition: Definition) -> None:
        assert len(definition.citation) > 20
        assert definition.year is not None
        assert definition.population
        if definition.key in SCORES:
            assert definition.doi.startswith("10.")
            assert all(item.confidence for item in definition.items)
            assert all(group.confidence for group in definition.groups)

    def test_groups_close_the_range(self, definition: Definition) -> None:
        covered = [t for g in definition.groups for t in range(g.low, g.high + 1)]
        assert covered == definition.totals

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
        seen = {case.expected["group"] for case in definition.cases if case.expected.get("group")}
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
