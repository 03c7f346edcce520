"""The definition files against the compiled tables of the literature, where these are at hand."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest

from spinesurv.scores import SCORES, load_definition
from spinesurv.scores.definition import Item
from spinesurv.scores.tumour_columns import tumour_classes
from tests.paths import shared

OPERATORS = {"ge": "at_least", "lt": "below", "gt": "above", "le": "at_most"}
MONTHS = {2: 60, 6: 180, 12: 365, 24: 730}
FAVOURABLE = {"leithner": "bauer_favourable_leithner", "seed_table2": "bauer_favourable_seed_table2"}


@cache
def source() -> dict[str, Any]:
    import yaml

    return yaml.safe_load(shared("knowledge/scores.yaml").read_text(encoding="utf-8"))


def entry(key: str) -> dict[str, Any]:
    found = [s for s in source()["scores"] if s["key"] == key]
    assert len(found) == 1
    return found[0]


def word(value: Any) -> Any:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def same_map(item: Item, name: str) -> bool:
    theirs = {
        k: (e["points"], e["basis"], e.get("class", ""))
        for k, e in source()["primary_tumor_maps"][name].items()
    }
    return {k: (e.points, e.basis, e.klass) for k, e in item.map.items()} == theirs


def gap(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def conditions(level: dict[str, Any]) -> list[dict[str, Any]]:
    """Conditions of a level; several on one input are one condition of ours."""
    out: dict[str, dict[str, Any]] = {}
    for c in level.get("when", []):
        own = out.setdefault(c["input"], {"input": c["input"]})
        own |= {OPERATORS[k]: v for k, v in c.items() if k in OPERATORS}
        if "eq" in c or "in" in c:
            own["one_of"] = tuple(word(v) for v in c.get("in", [c.get("eq")]))
    return list(out.values())


def ours(level: Any) -> list[dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for c in level.conditions:
        own = out.setdefault(c.input, {"input": c.input})
        own |= {k: v for k, v in vars(c).items() if k != "input" and v not in (None, ())}
    return list(out.values())


@pytest.mark.parametrize("key", SCORES)
def test_head(key: str) -> None:
    d, s = load_definition(key), entry(key)
    assert (d.label, d.citation, d.doi, d.doi_checked) == (
        s["name"],
        s["citation"],
        s["doi"],
        s["doi_checked"],
    )
    assert (d.year, d.status, d.population) == (s["year"], s["status"], s["population"])
    assert (list(d.range), d.cap) == (s["range"], s.get("cap"))
    assert f"higher_is_{d.higher_is}" == s["direction"]


@pytest.mark.parametrize("key", SCORES)
def test_items(key: str) -> None:
    d, s = load_definition(key), entry(key)
    assert [i.key for i in d.items] == [i["key"] for i in s["items"]]
    for item, theirs in zip(d.items, s["items"], strict=True):
        assert (item.label, item.confidence) == (theirs["label"], theirs["confidence"])
        assert set(item.inputs) == set(theirs["inputs"])
        assert [item.points[0], item.points[-1]] == theirs["points_range"]
        if "map" in theirs:
            assert same_map(item, theirs["map"])
        else:
            assert [(lv.points, ours(lv)) for lv in item.levels] == [
                (lv["points"], conditions(lv)) for lv in theirs["levels"]
            ]


@pytest.mark.parametrize("key", SCORES)
def test_groups(key: str) -> None:
    d, s = load_definition(key), entry(key)
    for group, theirs in zip(d.groups, s["categories"], strict=True):
        assert (group.key, group.label, group.low, group.high) == tuple(
            theirs[k] for k in ("key", "label", "lo", "hi")
        )
        assert (group.confidence, group.note) == (theirs["confidence"], theirs.get("note", ""))
        interval = theirs["working_interval_months"]
        if interval is not None:
            interval = (float(interval[0]), float("inf") if interval[1] is None else float(interval[1]))
            published = theirs["published_interval_months"] == theirs["working_interval_months"]
            assert group.interval_basis == ("published" if published else "convention")
        assert group.interval_months == interval
        survival = {int(m): v for m, v in theirs.get("published_survival_probability", {}).items()}
        assert group.survival == {MONTHS[months]: v for months, v in survival.items()}
        assert group.mean_months == theirs.get("published_mean_months")
        assert group.median_months == theirs.get("published_median_months")


@pytest.mark.parametrize("key", SCORES)
def test_every_example_is_a_case(key: str) -> None:
    d, s = load_definition(key), entry(key)
    examples = [(None, e) for e in s["examples"]] + [
        ("leithner", e) for e in s.get("examples_variant_leithner", [])
    ]
    for variant, example in examples:
        patient = (
            source()["reference_patients"][example["patient"]] if "patient" in example else example["inputs"]
        )
        patient = {k: word(v) for k, v in patient.items() if k in d.inputs and v is not None}
        note = f"Reference patient {example['patient']}" if "patient" in example else example["id"]
        cases = [c for c in d.cases if c.note == note and c.variant == variant]
        assert len(cases) == 1, note
        case = cases[0]
        assert case.patient == patient
        assert {k: gap(v) for k, v in case.points.items()} == example["item_points"]
        assert gap(case.expected["total"]) == example["total"]
        assert case.expected.get("raw_total") == example.get("raw_sum")
        if variant is None:
            assert case.expected["group"] == (example["category"] or "")


def test_variants_of_the_modified_bauer_score() -> None:
    d = load_definition("bauer_modified")
    assert list(d.variants) == list(entry("bauer_modified")["variants"])
    for variant, name in FAVOURABLE.items():
        item = next(i for i in d.with_variant(variant).items if i.key == "favourable_primary")
        assert same_map(item, name)


def test_growth_classes_of_the_katagiri_score() -> None:
    theirs = source()["primary_tumor_maps"]["katagiri_2014"]
    ours = tumour_classes()["katagiri2014_growth_class"]
    assert {k: (e.klass, e.basis) for k, e in ours.items()} == {
        k: (e["class"], e["basis"]) for k, e in theirs.items()
    }
    points = {
        level.conditions[0].one_of[0]: level.points
        for level in load_definition("katagiri_2014").items[0].levels
    }
    assert all(e["points"] == points.get(e["class"]) for e in theirs.values())
