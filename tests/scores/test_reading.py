"""Definition files that are wrong: one clear sentence that names the file and the place."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.errors import InputError, UnknownNameError
from spinesurv.scores import load_definition, score

MADE_UP = Path(__file__).with_name("made_up_2020.toml")


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = MADE_UP.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "made_up_2020"', "name = ", r"mine\.toml: this is not TOML \(.*line 3"),
        ('citation = "Made', 'cite = "Made', r"mine\.toml: unknown field 'cite'\..*citation"),
        ('higher_is = "better"', "", r"mine\.toml: higher_is missing"),
        (
            'higher_is = "better"',
            'higher_is = "good"',
            r"mine\.toml: unknown higher_is 'good'\. Known: better, worse",
        ),
        (
            'status = "ready"',
            'status = "done"',
            r"unknown status 'done'\. .*incomplete, model_terms_only, provisional, ready",
        ),
        (
            "range = [0, 4]",
            "range = [0, 5]",
            r"mine\.toml: the items add up to 0 to 4, the range says 0 to 5",
        ),
        ("range = [0, 4]", "range = [4]", r"mine\.toml: range must be two whole numbers"),
        ("range = [0, 4]", "range = [0, 4]\ncap = 3", r"the items add up to 0 to 3, the range says 0 to 4"),
        ('input = "kps"', 'input = "karnofsky"', r"mine\.toml, item 1: unknown input 'karnofsky'"),
        (
            'input = "kps"',
            'input = "visceral_mets"',
            r"item 1, level 1: at_least needs a number, but visceral_mets",
        ),
        (
            'input = "visceral_mets"',
            'input = "kps"\nkey = "again"',
            r"item 2 \(again\), level 1: kps is a number",
        ),
        (
            "at_least = 80, points = 2",
            "at_least = 80",
            r"item 1, level 1: points must be a whole number, found none",
        ),
        ("points = 2 },", "points = 2.5 },", r"item 1, level 1: points must be a whole number, found 2\.5"),
        (
            "at_least = 80",
            "atleast = 80",
            r"item 1, level 1: unknown field 'atleast'\. Did you mean at_least",
        ),
        ("at_least = 80", 'at_least = "80"', r"item 1, level 1: at_least must be a number"),
        ('one_of = ["none"]', 'one_of = ["no"]', r"item 2, level 1: unknown level of visceral_mets 'no'"),
        (
            "{ points = 0 },\n]",
            "{ points = 0 },\n]\nmap = { a = { points = 0 } }",
            r"item 1: an item has one of levels, map and per_unit; found levels and map",
        ),
        ("from = 0", "from = 1", r"group 1 \(poor\): the first group must start at the lowest total, 0"),
        ("from = 3", "from = 2", r"group 3 \(good\): groups must rise within the range 0 to 4"),
        ("from = 3", "from = 7", r"group 3 \(good\): groups must rise within the range 0 to 4"),
        ('label = "middle"', 'label = "poor"', r"mine\.toml: group poor is there twice"),
        ('"90" = 0.5', '"90" = 50', r"group 1 \(poor\): survival is a probability"),
        ("kps = 90", "kpz = 90", r"case 1 \(everything well\): unknown variable 'kpz'"),
        ("kps = 90", "kps_effective = 90", r"case 1 \(everything well\): unknown variable 'kps_effective'"),
        (
            'group = "good"',
            'group = "fine"',
            r"case 1 \(everything well\): unknown group 'fine'\. Known: good, middle, poor",
        ),
        (
            "from = 2",
            "from = 2\nto = 3",
            r"group 2 \(middle\): it overlaps with the next group, which starts at 3",
        ),
        ("from = 0", "from = 0\nto = 0", r"group 1 \(poor\): the totals 1 to 1 belong to no group"),
        ("from = 2", "from = 2.5", r"group 1 \(poor\): from must be a whole number"),
        ("total = 4", "total = 3", r"case 1 \(everything well\): its points add up to 4, its total says 3"),
        (
            "points = { kps = 2,",
            "points = { kps = 3,",
            r"case 1 \(everything well\): 3 points of kps, which gives \[0, 1, 2\]",
        ),
        (
            'group = "good"',
            'group = "poor"',
            r"case 1 \(everything well\): total 4 is not in group poor, 0-1",
        ),
        ("kps = 90", "kps = 60", r"case 1 \(everything well\): total comes out as .*3.*, the case says 4"),
        (
            'visceral_mets = "none" }',
            'visceral_mets = "no" }',
            r"case 1 \(everything well\): unknown level of visceral_mets 'no'",
        ),
    ],
)
def test_wrong_file(tmp_path, old, new, message):
    with pytest.raises(InputError, match=message) as error:
        load_definition(changed(tmp_path, old, new))
    assert "\n" not in str(error.value)


def with_map(tmp_path: Path, entries: str) -> Path:
    levels = MADE_UP.read_text(encoding="utf-8").split('input = "visceral_mets"\n')[1].split("[[group]]")[0]
    return changed(tmp_path, levels, f"[item.map]\n{entries}\n\n")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            "none = { points = 2 }",
            "item 2: the map of visceral_mets has no entry for resectable, unresectable, present",
        ),
        ("none = 2\nresectable = 0\nunresectable = 0\npresent_unspecified = 0", "item 2, none: a table"),
        (
            "none = { points = 2, basis = 'sure' }\nresectable = { points = 0 }\nunresectable = { points = 0 }\n"
            "present_unspecified = { points = 0 }",
            "item 2, none: unknown basis 'sure'",
        ),
        (
            "none = { points = 2 }\nresectable = { points = 0 }\nunresectable = { points = 0 }\n"
            "present_unspecified = { points = 0 }\nperhaps = { points = 0 }",
            "item 2: unknown level of visceral_mets 'perhaps'",
        ),
    ],
)
def test_wrong_map(tmp_path, entries, message):
    with pytest.raises(InputError, match=message):
        load_definition(with_map(tmp_path, entries))


def test_variant_of_an_unknown_item(tmp_path):
    path = changed(tmp_path, "\n[[group]]", "\n[variant.other.item.albumin]\nlabel = 'x'\n\n[[group]]")
    with pytest.raises(
        UnknownNameError, match=r"variant other: unknown item 'albumin'\. Known: kps, visceral_mets"
    ):
        load_definition(path)


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="there is no such definition file"):
        load_definition(tmp_path / "none.toml")


def test_own_file_is_scored(tmp_path):
    path = tmp_path / "own.toml"
    shutil.copy(MADE_UP, path)
    patients = pd.DataFrame({"kps": [80, 60, None], "visceral_mets": ["none", "resectable", "none"]})
    result = score(path, patients)
    assert result["total"].fillna(-1).tolist() == [4, 1, -1]
    assert result["reason"].tolist() == ["", "", "missing: kps"]
    assert score(str(path), patients).equals(result)
    assert score(path).groups[0].survival == {90: 0.95, 180: 0.9, 365: 0.7}
    assert score(path).groups[0].interval_basis == "published"


def test_example_of_the_smallest_file(tmp_path):
    """No status is provisional; keys and labels default to the input and the label."""
    path = tmp_path / "example_2020.toml"
    path.write_text(
        'name = "example_2020"\ncitation = "Made up"\nhigher_is = "better"\nrange = [0, 1]\n'
        '[[item]]\ninput = "brain_mets"\nlevels = [ { one_of = ["no"], points = 1 }, { points = 0 } ]\n'
        '[[group]]\nlabel = "any"\nfrom = 0\n',
        encoding="utf-8",
    )
    definition = load_definition(path)
    assert (definition.status, definition.label) == ("provisional", "example_2020")
    assert (definition.items[0].key, definition.groups[0].key) == ("brain_mets", "any")


def test_several_conditions_and_a_rest(tmp_path):
    path = tmp_path / "tree.toml"
    path.write_text(
        'name = "tree"\ncitation = "Made up"\nhigher_is = "worse"\nrange = [1, 3]\nstatus = "ready"\n'
        '[[item]]\nkey = "class"\nlevels = [\n'
        '  { all = [ { input = "kps", at_least = 70 }, { input = "age", below = 65 } ], points = 1 },\n'
        '  { all = [ { input = "kps", below = 50 } ], points = 3 },\n  { points = 2 },\n]\n'
        '[[group]]\nlabel = "low"\nfrom = 1\n[[group]]\nlabel = "high"\nfrom = 2\n',
        encoding="utf-8",
    )
    patients = pd.DataFrame(
        {"kps": [80, 80, 40, 40, None, 60, 80], "age": [60, 65, 30, None, 70, None, None]}
    )
    result = score(path, patients)
    assert result["total"].fillna(-1).tolist() == [1, 2, 3, 3, -1, 2, -1]
    assert result["group"].astype("object").tolist() == [
        "low",
        "high",
        "high",
        "high",
        "high",
        "high",
        None,
    ] or (result["group"].isna().tolist() == [False] * 6 + [True])
    assert result["lowest"].tolist() == [1, 2, 3, 3, 2, 2, 1]
    assert result["highest"].tolist() == [1, 2, 3, 3, 3, 2, 2]
    assert result["missing"].tolist() == ["", "", "", "", "kps", "", "age"]


SHARED = """
name = "shared"
citation = "Made up"
higher_is = "better"
range = [0, 2]
status = "ready"
[[item]]
key = "lung"
input = "primary_tumor"
levels = [ { one_of = ["lung_nsclc"], points = 1 }, { points = 0 } ]
[[item]]
key = "breast"
input = "primary_tumor"
levels = [ { one_of = ["breast"], points = 1 }, { points = 0 } ]
[[group]]
label = "low"
from = 0
[[group]]
label = "high"
from = 2
"""


def test_totals_that_no_patient_can_have(tmp_path):
    """Items that share an input: their sums look right, but nobody can have both points."""
    path = tmp_path / "shared.toml"
    path.write_text(SHARED, encoding="utf-8")
    with pytest.raises(InputError, match=r"shared\.toml, group high: no patient can have a total of 2"):
        load_definition(path)
    path.write_text(SHARED.split('[[group]]\nlabel = "high"')[0], encoding="utf-8")
    with pytest.raises(
        InputError, match=r"patients can have totals of 0 to 1, the range says 0 to 2\. Items that share"
    ):
        load_definition(path)


def test_points_for_each_unit(tmp_path):
    path = tmp_path / "units.toml"
    text = (
        'name = "units"\ncitation = "Made up"\nhigher_is = "better"\nrange = [-inf, 0]\nstatus = "ready"\n'
        '[[item]]\ninput = "n_organ_systems_nonbone"\nper_unit = -1\n'
        '[[group]]\nlabel = "many"\nfrom = -inf\n[[group]]\nlabel = "few"\nfrom = -1\n'
    )
    path.write_text(text, encoding="utf-8")
    result = score(path, pd.DataFrame({"n_organ_systems_nonbone": [0, 1, 2, 75, None]}))
    assert result["total"].fillna(9).tolist() == [0, -1, -2, -75, 9]
    assert result["group"].astype(object).tolist()[:4] == ["few", "few", "many", "many"]
    assert result["lowest"].tolist() == [0, -1, -2, -75, -np.inf]
    for old, new, message in (
        ("per_unit = -1", "per_unit = -0.5", "points must be a whole number"),
        ("n_organ_systems_nonbone", "albumin", "points per unit need an input of the codebook that counts"),
        ("[-inf, 0]", "[-inf, 1]", "the items add up to -inf to 0"),
    ):
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match=message):
            load_definition(path)
