"""A card: what stands on it for a patient with two lesions, one of them with gaps."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from spinesurv.decisions import DISCLAIMER, EMERGENCY, integrate
from spinesurv.decisions.definition import definition
from spinesurv.report.card import STABILISATION, render_card

LESIONS = pd.DataFrame(
    [
        {
            "patient_id": "P<1>", "lesion_id": "1", "decision_date": "2024-05-01", "level": "T7", "pain": "none",
            "bone_lesion": "lytic", "alignment": "normal", "collapse_pct": 20, "body_involved_pct": 60,
            "posterolateral": "none", "escc_grade": "3", "myelopathy": "yes", "primary_tumor": "kidney",
            "tolerates_surgery": "yes", "p_survive_42": 0.9, "p_survive_90": 0.52, "ci_low_90": 0.38, "ci_high_90": 0.66,
        },
        {
            "patient_id": "P<1>", "lesion_id": "2", "decision_date": "2024-05-01", "level": "L1", "escc_grade": "0",
            "myelopathy": "no", "primary_tumor": "kidney", "p_survive_42": 0.9, "p_survive_90": 0.52, "ci_low_90": 0.38,
            "ci_high_90": 0.66,
        },
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def card() -> str:
    found = integrate(LESIONS, model="Cox nomogram")
    (highest,) = found.by_patient().to_dict("records")
    return render_card([found.record(0), found.record(1)], found.provenance, highest)


def row(card: str, heading: str, lesion: int = 0) -> str:
    part = card.split("<h2>Lesion ")[lesion + 1]
    return re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", part.split(f"<th>{heading}</th>")[1].split("</tr>")[0])
    ).strip()


def test_survival_with_intervals_and_where_there_is_none(card: str) -> None:
    assert "Cox nomogram" in card
    assert "52 % (38 to 66 %)" in card
    assert "90 % (no interval)" in card
    assert "not predicted" in card


def test_the_highest_of_both_lesions(card: str) -> None:
    assert "2 lesions: highest SINS between 5 and 18, highest ESCC grade 3" in card


def test_an_uncertain_gate_shows_both_branches(card: str) -> None:
    assert row(card, "Surgery: alive at 90 days") == "uncertain: 52 % (38 to 66 %), threshold 50 %"
    assert row(card, "Palliative radiotherapy: alive at 28 days") == "no prediction"
    assert row(card, "Effective S").startswith(
        "open: tolerates surgery, and the gate at 90 days is uncertain"
    )
    assert row(card, "NOMS with effective S", 1) == "the same"
    told = row(card, "NOMS with effective S")
    assert "indeterminate (rows 7, 8 of the table of NOMS)" in told
    assert "DECOMP_STAB_SRS" in told and "CEBRT" in told
    assert "(row 7 of the table of NOMS)" in row(card, "NOMS, S as entered")
    assert row(card, "Open, and it matters") == "tolerates_surgery"


def test_what_is_missing_and_whether_it_matters(card: str) -> None:
    assert row(card, "SINS") == "5 of 18: stable; stabilisation flag: not indicated by SINS"
    assert row(card, "SINS", 1).startswith(
        "between 3 and 18 of 18: stable or potentially_unstable or unstable"
    )
    assert row(card, "Open, and it matters", 1) == "mechanical"
    assert row(card, "Missing, and it does not", 1) == "tolerates_surgery"
    assert row(card, "Missing, and it does not") == "nothing"


def test_codes_are_told_in_words(card: str) -> None:
    assert "S_GATE_UNCERTAIN: tolerates surgery" in row(card, "Reasons")
    median = LESIONS.drop(columns=[c for c in LESIONS if c.startswith(("p_", "ci_"))]).assign(median_days=90)
    found = integrate(median, model="")
    page = render_card([found.record(0)], found.provenance, {"lesions": 1})
    assert row(page, "Surgery: alive at 90 days") == "fail: predicted median 90 days"
    assert "HIGH_GRADE_NO_DECOMPRESSION: cord compression with myelopathy" in row(page, "Conflicts")


def test_every_flag_of_stabilisation_has_its_words() -> None:
    codes = {entry["code"] for entry in definition("sins")["stabilisation"]}
    assert set(STABILISATION) == codes


def test_conditions_of_en_bloc_resection_are_told_in_words(card: str) -> None:
    told = row(card, "En-bloc resection")
    assert told.startswith("not eligible; not met: ")
    assert "Alive at 730 days (G_EN_BLOC_2Y)" in told
    assert "Performance status acceptable for en-bloc resection (performance_acceptable)" in told


def test_statements_and_escaping(card: str) -> None:
    assert card.count(DISCLAIMER) == 2
    assert EMERGENCY in card
    assert "P&lt;1&gt;" in card and "P<1>" not in card
