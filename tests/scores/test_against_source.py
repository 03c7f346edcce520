"""The definition files against the compiled tables of the literature, where these are at hand."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest

from spinesurv.scores import SCORES, load_definition
from spinesurv.scores.definition import SURVIVAL, Definition, Group, Item
from spinesurv.scores.tumour_columns import tumour_classes
from tests.paths import shared

#: definitions that have no entry in the tables: their facts stand elsewhere
APART = {"sorg_classic"}
KEYS = [key for key in SCORES if key not in APART]
COMPUTED = [key for key in KEYS if load_definition(key).computed]
OPERATORS = {"ge": "at_least", "lt": "below", "gt": "above", "le": "at_most"}
MONTHS = {1: 30, 2: 60, 3: 90, 6: 180, 12: 365, 24: 730}
FAVOURABLE = {"leithner": "bauer_favourable_leithner", "seed_table2": "bauer_favourable_seed_table2"}


@cache
def source() -> dict[str, Any]:
    import yaml

    first, more = (
        yaml.safe_load(shared(f"knowledge/{name}.yaml").read_text(encoding="utf-8"))
        for name in ("scores", "more_scores")
    )
    added = more["reference_patient_extensions"]
    return {
        "scores": [*first["scores"], *more["scores"]],
        "primary_tumor_maps": {**first["primary_tumor_maps"], **more["primary_tumor_maps"]},
        "reference_patients": {k: {**v, **added.get(k, {})} for k, v in first["reference_patients"].items()},
    }


def test_every_entry_has_a_definition() -> None:
    assert sorted(s["key"] for s in source()["scores"]) == sorted(KEYS)


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


@pytest.mark.parametrize("key", KEYS)
def test_head(key: str) -> None:
    d, s = load_definition(key), entry(key)
    assert (d.label, d.citation, d.doi or None, d.doi_checked) == (
        s["name"],
        s["citation"],
        s["doi"],
        bool(s["doi_checked"]),
    )
    assert (d.year, d.status, d.population) == (s["year"], s["status"], s["population"])
    assert d.outcome == s.get("outcome", SURVIVAL)
    assert d.reference_note == s.get("citation_confidence", "").replace(
        "in decision_systems.yaml", "restated"
    )
    assert s["direction"].removeprefix("higher_is_") == d.higher_is
    if "motor_deficit" not in d.applies_to:  # stands in the text of scores.md, not in the table
        assert {k: list(v) for k, v in d.applies_to.items()} == s.get("applies_to", {})
    if d.groups:
        assert ([-math.inf if v is None else v for v in s["range"]], s.get("cap")) == (list(d.range), d.cap)


@pytest.mark.parametrize("key", KEYS)
def test_items(key: str) -> None:
    same_items(load_definition(key), entry(key)["items"])


def test_items_of_the_other_frailty_list() -> None:
    d = load_definition("mstfi_2016").with_variant("meeting_abstract")
    same_items(d, entry("mstfi_2016")["items_variant_meeting_abstract"], key_order=False)


def same_items(d: Definition, entries: list[dict[str, Any]], key_order: bool = True) -> None:
    assert {i.key for i in d.items} == {i["key"] for i in entries}
    assert not key_order or [i.key for i in d.items] == [i["key"] for i in entries]
    by_key = {i.key: i for i in d.items}
    for theirs in entries:
        item = by_key[theirs["key"]]
        assert (item.label, item.confidence) == (theirs["label"], theirs["confidence"])
        assert set(item.inputs) == set(theirs["inputs"])
        if not d.computed:
            continue
        low, high = theirs["points_range"]
        assert item.span == (-math.inf if low is None else low, math.inf if high is None else high)
        if "per_unit" in theirs:
            assert theirs["per_unit"] == {"input": item.input, "points": item.per_unit}
        elif "map" in theirs:
            assert same_map(item, theirs["map"])
        else:
            assert [(lv.points, ours(lv)) for lv in item.levels] == [
                (lv["points"], conditions(lv)) for lv in theirs["levels"]
            ]


@pytest.mark.parametrize("key", KEYS)
def test_groups(key: str) -> None:
    d, s = load_definition(key), entry(key)
    rising = sorted(s["categories"], key=lambda c: -math.inf if c["lo"] is None else c["lo"])
    for group, theirs in zip(d.groups, rising, strict=True):
        low = -math.inf if theirs["lo"] is None else theirs["lo"]
        assert (group.key, group.label, group.low, group.high) == (
            theirs["key"],
            theirs["label"],
            low,
            theirs["hi"],
        )
        assert (group.confidence, group.note) == (theirs["confidence"], theirs.get("note", ""))
        interval = theirs.get("working_interval_months")
        if interval is not None:
            interval = (float(interval[0]), float("inf") if interval[1] is None else float(interval[1]))
            published = theirs["published_interval_months"] == theirs["working_interval_months"]
            assert group.interval_basis == ("published" if published else "convention")
        assert group.interval_months == interval
        survival = {int(m): v for m, v in theirs.get("published_survival_probability", {}).items()}
        assert group.survival == {MONTHS[months]: v for months, v in survival.items()}
        assert group.mean_months == theirs.get("published_mean_months")
        assert group.median_months == theirs.get("published_median_months")


def examples(entry: dict[str, Any]) -> list[tuple[str | None, dict[str, Any]]]:
    """Worked examples of an entry with the variant they are for."""
    out: list[tuple[str | None, dict[str, Any]]] = [(None, e) for e in entry.get("examples") or []]
    for name in entry:
        if name.startswith("examples_variant_"):
            out += [(name.removeprefix("examples_variant_"), e) for e in entry[name]]
    return out


@pytest.mark.parametrize("key", COMPUTED)
def test_every_example_is_a_case(key: str) -> None:
    d = load_definition(key)
    for variant, example in examples(entry(key)):
        patient = (
            source()["reference_patients"][example["patient"]] if "patient" in example else example["inputs"]
        )
        inputs = d.with_variant(variant).inputs
        patient = {k: word(v) for k, v in patient.items() if k in inputs and v is not None}
        note = f"Reference patient {example['patient']}" if "patient" in example else example["id"]
        cases = [c for c in d.cases if c.note == note and c.variant == variant]
        assert len(cases) == 1, note
        case = cases[0]
        own = {k: v for k, v in case.patient.items() if k in inputs}
        assert own == patient
        assert {k: gap(v) for k, v in case.points.items()} == example["item_points"]
        assert gap(case.expected["total"]) == example["total"]
        assert case.expected.get("raw_sum") == example.get("raw_sum")
        for end in ("lowest", "highest"):
            assert end not in example or case.expected[end] == example[end]
        if variant is None and example["category"] is not None:
            assert case.expected["group"] == example["category"]
        elif variant is None:  # the settled conventions give the group where both ends fall into it
            assert case.expected["group"] in ("", *(g.key for g in d.groups if _within(g, case.expected)))


def _within(group: Group, expected: Any) -> bool:
    ends = (expected.get("lowest", math.nan), expected.get("highest", math.nan))
    return all(group.low <= end <= group.high for end in ends)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in COMPUTED])
def test_totals_that_are_given(key: str) -> None:
    entry_ = entry(key)
    if entry_["status"] == "model_terms_only":
        return
    found = {(c.expected["total"], c.expected["group"]) for c in load_definition(key).cases}
    assert found == {(e["total"], e["category"]) for e in entry_.get("examples") or []}


@pytest.mark.parametrize("key", COMPUTED)
def test_variants(key: str) -> None:
    """Every variant of the tables is there, and the default is the same."""
    d = load_definition(key)
    assert set(entry(key).get("variants") or {}) <= set(d.variants)
    assert sum(v.default for v in d.variants.values()) == bool(d.variants)


def test_map_of_the_mizumoto_variant() -> None:
    item = load_definition("mizumoto_2008").with_variant("with_myeloma").items[0]
    assert same_map(item, "mizumoto_2008_with_myeloma")


def test_variants_of_the_modified_bauer_score() -> None:
    d = load_definition("bauer_modified")
    assert list(d.variants) == list(entry("bauer_modified")["variants"])
    for variant, name in FAVOURABLE.items():
        item = next(i for i in d.with_variant(variant).items if i.key == "favourable_primary")
        assert same_map(item, name)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("katagiri2014_growth_class", "katagiri_2014"),
        ("bollen_profile_effective", "bollen_profile"),
        ("rpa_histology_group", "rpa_histology_group"),
        ("rapid_growth_effective", "rapid_growth_katagiri_2005"),
    ],
)
def test_classes_of_tumours(column: str, name: str) -> None:
    theirs = source()["primary_tumor_maps"][name]
    assert {k: (e.klass, e.basis) for k, e in tumour_classes()[column].items()} == {
        k: (e["class"], e["basis"]) for k, e in theirs.items()
    }


def test_points_of_the_katagiri_growth_classes() -> None:
    theirs = source()["primary_tumor_maps"]["katagiri_2014"]
    points = {
        level.conditions[0].one_of[0]: level.points
        for level in load_definition("katagiri_2014").items[0].levels
    }
    assert all(e["points"] == points.get(e["class"]) for e in theirs.values())
