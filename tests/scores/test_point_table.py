"""Point tables entered from a paper: the form is accepted when it is complete, and refused with the place otherwise.

The points below are invented for the test; nobody published them.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from spinesurv.errors import InputError
from spinesurv.scores import load_definition, score
from spinesurv.scores.point_table import template

LEVELS = {
    "age": ("{ below = ?, points = ? }", "{ at_least = ?, points = ? }", "{ below = 65, points = 0 }", "{ at_least = 65, points = 1 }"),
    "wbc": ("{ below = ?, points = ? }", "{ at_least = ?, points = ? }", "{ below = 11, points = 0 }", "{ at_least = 11, points = 1 }"),
    "hemoglobin": ("{ above = ?, points = ? }", "{ at_most = ?, points = ? }", "{ above = 10, points = 0 }", "{ at_most = 10, points = 1 }"),
}  # fmt: skip


def filled() -> str:
    """The form with invented points: 0 for the better level, 1 for the worse, 2 for a rapid tumour."""
    out = []
    for block in template().split("[[item]]"):
        for name, (first, second, better, worse) in LEVELS.items():
            if f'input = "{name}"' in block:
                block = block.replace(first, better).replace(second, worse)
        for worth in (0, 1, 2):
            block = block.replace("points = ?", f"points = {worth}", 1)
        out.append(block)
    text = "[[item]]".join(out)
    text = text.replace('page = "?", table = "?"', 'page = "1770", table = "III"')
    text = text.replace("higher_is = ? ", 'higher_is = "worse" ').replace("range = [?, ?]", "range = [0, 10]")
    for start, survival in ((0, "0.9, 0.8, 0.6"), (6, "0.7, 0.5, 0.2")):
        a, b, c = survival.split(", ")
        text = text.replace('label = "?"', f'label = "from {start}"', 1).replace(
            "from = ?", f"from = {start}", 1
        )
        text = text.replace('"30" = ?, "90" = ?, "365" = ?', f'"30" = {a}, "90" = {b}, "365" = {c}', 1)
    return text.replace('note = "?"', 'note = "by hand"').replace("total = ?", "total = 1")


def written(tmp_path: Path, old: str = "", new: str = "") -> Path:
    text = filled()
    assert "?" not in text.split("name =")[1].replace("...?", "")
    assert old in text
    path = tmp_path / "sorg.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    return path


def test_complete_form_is_scored(tmp_path):
    path = written(tmp_path)
    patients = pd.DataFrame(
        {
            "age": [64.9, 65, 50], "ecog": [2, 3, None], "kps": [None, None, 40], "primary_tumor": ["thyroid", "liver", "kidney"],
            "n_spine_mets": [1, 2, 1], "lung_mets": ["no", "yes", "no"], "liver_mets": ["no", "no", None],
            "brain_mets": ["no", "yes", "no"], "systemic_therapy": ["no", "yes", "yes"], "wbc": [10.9, 11, 5],
            "hemoglobin": [10.1, 10, 12],
        }
    )  # fmt: skip
    result = score(path, patients)
    assert result["total"].fillna(-1).tolist() == [0, 10, -1]
    assert result["lowest"].tolist() == [0, 10, 3]
    assert result["highest"].tolist() == [0, 10, 4]
    assert result["missing"].tolist() == ["", "", "liver_mets"]
    assert result["group"].tolist() == ["from 0", "from 6", "from 0"]
    assert load_definition(path).entered_from == {"page": "1770", "table": "III"}


def test_visceral_metastases_stand_for_lung_and_liver_where_the_table_has_neither(tmp_path):
    path = written(tmp_path)
    patients = pd.DataFrame({"visceral_mets": ["none", "resectable", None], "lung_mets": ["no", "no", "yes"]})
    assert score(path, patients)["item_lung_or_liver_metastases"].fillna(-1).tolist() == [-1, -1, 1]
    result = score(path, patients[["visceral_mets"]])
    assert result["item_lung_or_liver_metastases"].fillna(-1).tolist() == [0, 1, -1]
    assert result["flags"].str.contains("visceral_for_lung_liver").all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('page = "1770", table = "III"', 'page = " ", table = "III"', r"sorg\.toml, entered_from: page missing"),
        ('entered_from = { page = "1770", table = "III" }', "", "entered_from: page and table missing"),
        ('citation = "Paulino', 'citation = ""\nnote = "Paulino', "citation is empty"),
        ("below = 65", "below = 60", r"item age: values of age such as 6\d.* belong to no level"),
        ("below = 65", "below = 70", r"item age: values of age such as 6\d.* belong to several levels"),
        ("below = 65", "at_most = 65", "item age: values of age such as 65.* belong to several levels"),
        ('one_of = ["moderate"]', 'one_of = ["slow"]', "item primary_tumour: values of .* such as moderate belong to no"),
        ("one_of = [1]", "one_of = [2]", "item spine_metastases: values of n_spine_mets such as 1.* belong to no level"),
        ('unit = "g/dL"', 'unit = "g/L"', 'item haemoglobin: unit = "g/dL" is expected, found g/L'),
        ('unit = "10^9/L"\n', "", 'item white_cells: unit = "10\\^9/L" is expected, found none'),
        ('input = "wbc"', 'input = "platelets"', "item white_cells: it reads platelets; allowed: wbc"),
        ('key = "white_cells"', 'key = "leucocytes"', "missing: white_cells, not among them: leucocytes"),
        ("total = 1", "total = 2", r"case 1 \(by hand\): total comes out as .*1.*the case says 2"),
        ("range = [0, 10]", "range = [0, 11]", "the items add up to 0 to 10, the range says 0 to 11"),
    ],
)  # fmt: skip
def test_incomplete_form_is_refused(tmp_path, old, new, message):
    with pytest.raises(InputError, match=message):
        load_definition(written(tmp_path, old, new))


def test_a_form_that_was_not_filled_in_is_refused(tmp_path):
    path = tmp_path / "sorg.toml"
    path.write_text(template(), encoding="utf-8")
    with pytest.raises(InputError, match=r"sorg\.toml: this is not TOML"):
        load_definition(path)
    with pytest.raises(
        InputError, match=r"sorg_classic cannot be computed.*Needed: the point table of the paper"
    ):
        score("sorg_classic", pd.DataFrame({"age": [60]}))
