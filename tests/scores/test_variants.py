"""What the choices behind a score move, counted; variants by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.errors import InputError
from spinesurv.scores import check_known, compare_variants, load_definition, score
from tests.scores.patients import many, several

pytestmark = pytest.mark.filterwarnings("ignore::spinesurv.scores.ProvisionalScoreWarning")


def row(table: pd.DataFrame, choice: str) -> dict:
    return table.set_index("choice").loc[choice].to_dict()


def test_counted_by_hand():
    """Myeloma with walking and low albumin moves by 2; breast does not; lymphoma without albumin has no total."""
    patients = several(
        {"primary_tumor": "multiple_myeloma", "n_spine_mets": 3.0, "albumin": 3.2},
        {"primary_tumor": "breast"},
        {"primary_tumor": "lymphoma", "n_spine_mets": 3.0, "albumin": None},
    )
    found = row(compare_variants("nesms", patients), "variant leithner")
    assert {k: found[k] for k in ("patients", "total_moved", "group_moved", "mean_change", "largest_change")} == {
        "patients": 2, "total_moved": 1, "group_moved": 1, "mean_change": 1.0, "largest_change": 2.0,
    }  # fmt: skip
    assert (found["gained"], found["lost"]) == (0, 0)


def test_options_are_counted_where_they_can_matter():
    patients = several({"kps": None, "ecog": 1.0}, {"kps": 70.0}, {"brain_mets": "yes"}, {"kps": None})
    table = compare_variants("tokuhashi_2005", patients)
    assert table["choice"].tolist() == ["ecog1_kps 70", "brain_counts_as_visceral no"]
    assert row(table, "ecog1_kps 70")["total_moved"] == 1
    assert row(table, "brain_counts_as_visceral no")["largest_change"] == 2
    assert compare_variants("mfi5_2018", many(5, seed=1))["choice"].tolist() == ["variant severe"]
    assert compare_variants("mgps", many(5, seed=1)).empty


def test_counts_are_those_of_the_totals():
    patients = many(400, seed=2)
    for key, options in {
        "osri": {"variant": "rapid_3"},
        "mizumoto_2008": {"variant": "with_myeloma"},
    }.items():
        own, other = score(key, patients)["total"], score(key, patients, **options)["total"]
        found = row(compare_variants(key, patients), f"variant {options['variant']}")
        assert found["total_moved"] == (own != other).sum() > 0


def test_assumed_hormone_dependence():
    """Known status is left alone; what is not known takes the assumption, of the right tumour only."""
    patients = pd.DataFrame(
        {
            "primary_tumor": ["breast", "breast", "prostate", "prostate", "thyroid", None],
            "hormone_receptor_status": ["positive", "unknown", "positive", None, None, None],
            "castration_status": ["resistant", "resistant", "unknown", "sensitive", None, None],
        }
    )
    points = {
        assumed: score("katagiri_2014", patients, assume_hormone=assumed)["item_primary_growth"]
        for assumed in (None, "independent", "dependent")
    }
    assert points[None].tolist() == pytest.approx([0, np.nan, np.nan, 0, 0, np.nan], nan_ok=True)
    assert points["independent"].tolist() == pytest.approx([0, 2, 2, 0, 0, np.nan], nan_ok=True)
    assert points["dependent"].tolist() == pytest.approx([0, 0, 0, 0, 0, np.nan], nan_ok=True)
    found = row(compare_variants("katagiri_2014", patients), "assume_hormone independent")
    assert (found["gained"], found["patients"]) == (0, 0)  # the laboratory is missing for all
    with pytest.raises(InputError, match="assume_hormone is independent, dependent or None"):
        score("katagiri_2014", patients, assume_hormone="yes")


def test_variant_by_name():
    named = score("nesms.leithner")
    assert (named.key, named.definition.key, named.definition.variant) == (
        "nesms.leithner",
        "nesms",
        "leithner",
    )
    assert named.label == "New England Spinal Metastasis Score, variant leithner"
    assert score("nesms.seed_table2").key == "nesms"  # the default one
    pd.testing.assert_frame_equal(
        named.transform(many(30, seed=1)), score("nesms", many(30, seed=1), variant="leithner")
    )
    assert score("mstfi_2016.meeting_abstract").definition.items[7].key == "congestive_heart_failure"
    for wrong, match in (
        ("nesms.own", "unknown variant 'own'. Known: leithner, seed_table2"),
        ("tomita.own", "none, it has no variants"),
        ("tomito", "Did you mean tomita"),
    ):
        with pytest.raises(InputError, match=match):
            check_known(wrong, "here")
        with pytest.raises(InputError, match=match):
            load_definition(wrong)
    with pytest.raises(InputError, match="already is in variant leithner"):
        score("nesms.leithner", many(3, seed=1), variant="seed_table2")
