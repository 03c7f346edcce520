"""What a file says itself about its codes and columns is taken: labels, titles, a dictionary."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from spinesurv.__main__ import main
from spinesurv.cohorts import import_table
from spinesurv.cohorts.proposal import mapping_text, propose, questions
from tests.cohorts.readers.test_redcap import dictionary

N = 40
CODED = {
    "patid": range(1, N + 1),
    "sex": [1, 2] * 20,
    "visc": [1, 2, 2, 9] * 10,
    "ecog": [1, 2, 3, 4] * 10,
    "primary": [1, 2, 3, 3] * 10,
    "v12": [31.0, 40.5, 38.0, 29.5] * 10,
    "status": [1, 2, 1, 1] * 10,
    "os_months": [3.5, 12.0, 20.5, 7.0] * 10,
}
LABELS = {
    "sex": {1: "Female", 2: "Male"},
    "visc": {1: "No", 2: "Yes", 9: "Unknown"},
    "ecog": {1: "ECOG 0", 2: "ECOG 1", 3: "ECOG 2", 4: "ECOG 3"},
    "primary": {1: "Breast", 2: "Prostate", 3: "Blastoma of the moon"},
    "status": {1: "Dead", 2: "Alive"},
}
TITLES = {"visc": "Visceral metastases", "v12": "Serum albumin (g/L)"}


def spss(path: Path, labels: dict[str, dict[int, str]] = LABELS, **more: object) -> Path:
    pyreadstat = pytest.importorskip("pyreadstat")
    pyreadstat.write_sav(
        pd.DataFrame(CODED), str(path), variable_value_labels=labels, column_labels=TITLES, **more
    )
    return path


def test_codes_are_what_the_labels_say(tmp_path: Path) -> None:
    """1 = dead and 2 = alive against the custom of R, women are 1, grades begin at 1: nothing of it may be guessed."""
    path = spss(tmp_path / "a.sav")
    proposal = propose(path)
    found = {p.key: p for p in proposal.everything}
    assert found["event"].settings == {"dead": ["1"], "alive": ["2"]}
    assert not found["event"].questions
    assert found["visceral_mets"].settings["missing"] == {"9": "Unknown"}
    assert found["primary_tumor"].blocked
    asked = " ".join(questions(proposal))
    assert "'3' (Blastoma of the moon)" in asked
    assert "'1' (ECOG 0)" in asked
    mapping = tmp_path / "a.toml"
    mapping.write_text(mapping_text(proposal), encoding="utf-8", newline="\n")
    patients = import_table(mapping).canonical
    assert patients["event"].tolist()[:4] == [1, 0, 1, 1]
    assert patients["sex"].tolist()[:2] == ["female", "male"]
    assert patients["ecog"].tolist()[:4] == [0, 1, 2, 3]
    assert patients["visceral_mets"].fillna("").tolist()[:4] == [
        "none", "present_unspecified", "present_unspecified", "",
    ]  # fmt: skip
    assert patients["albumin"].tolist()[:2] == pytest.approx([3.1, 4.05])


def test_labels_that_tell_nothing_leave_a_question(tmp_path: Path) -> None:
    """Codes 1 and 2 of an event whose labels are no known words are not read by custom."""
    path = spss(tmp_path / "a.sav", {"status": {1: "Group A", 2: "Group B"}, "ecog": {1: "ECOG 0"}})
    proposal = propose(path)
    found = {p.key: p for p in proposal.everything}
    assert found["event"].blocked
    assert found["ecog"].blocked
    assert "outcome" not in tomllib.loads(mapping_text(proposal))
    assert "'1' (Group A), '2' (Group B)" in " ".join(questions(proposal))


def test_what_the_file_declares_missing_is_no_code(tmp_path: Path) -> None:
    path = spss(tmp_path / "a.sav", missing_ranges={"visc": [9], "sex": [2]})
    found = {p.key: p for p in propose(path).everything}
    assert "missing" not in found["visceral_mets"].settings
    assert not found["visceral_mets"].questions


def test_a_redcap_export_with_its_dictionary_needs_no_answer_about_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{i},{1 + i % 2},2019-03-{i + 1:02},{i % 2},0,2,{3 + i / 10}\n" for i in range(20))
    table = tmp_path / "a.csv"
    header = "record_id,sex,op_date,mets___1,mets___2,spread_complete,alb\n"
    table.write_text(header + rows, encoding="utf-8", newline="\n")
    assert any("--dictionary" in question for question in propose(table).questions)
    book = dictionary(tmp_path)
    assert not any("--dictionary" in question for question in propose(table, dictionary=book).questions)
    assert main(["map", str(table), "--dictionary", str(book), "--out", str(tmp_path / "a.toml")]) == 0
    written = tomllib.loads((tmp_path / "a.toml").read_text(encoding="utf-8"))
    assert written["table"]["format"] == "redcap"
    assert written["table"]["dictionary"] == "dictionary.csv"
    assert written["columns"]["lung_mets"] == {"from": "mets___1"}
    patients = import_table(tmp_path / "a.toml").canonical
    assert patients["lung_mets"].tolist()[:2] == ["no", "yes"]
    assert "intersex" in capsys.readouterr().out  # the label of code 2 is no known word: asked, not read


WRONG = """
[table]
file = "a.sav"
patient_id = "patid"
[outcome]
time_zero = "surgery"
time = { from = "os_months", unit = "months" }
event = { from = "status", dead = ["2"], alive = ["1"] }
[columns.sex]
from = "sex"
values = { "1" = "male", "2" = "female" }
[columns.ecog]
from = "ecog"
"""


def test_a_mapping_against_the_labels_of_the_file_is_asked_about(tmp_path: Path) -> None:
    """Inverted event, sexes exchanged, grades that begin at 1; the clean twin says what the labels say."""
    spss(tmp_path / "a.sav")
    (tmp_path / "a.toml").write_text(WRONG, encoding="utf-8", newline="\n")
    audit = import_table(tmp_path / "a.toml").audit
    found = {f.column: f for f in audit if f.rule == "label_says_otherwise"}
    assert {key: f.count for key, f in found.items()} == {"event": N, "sex": N, "ecog": N}
    assert "'1' is 'Dead' and was read as alive" in found["event"].what
    assert "'1' is 'ECOG 0' and was read as 1" in found["ecog"].what
    right = WRONG.replace('dead = ["2"], alive = ["1"]', 'dead = ["1"], alive = ["2"]')
    right = right.replace('"1" = "male", "2" = "female"', '"Male" = "male", "Female" = "female"')
    right = right.replace(
        'from = "ecog"', 'from = "ecog"\nvalues = { "1" = "0", "2" = "1", "ECOG 2" = "2", "ECOG 3" = "3" }'
    )
    (tmp_path / "b.toml").write_text(right, encoding="utf-8", newline="\n")
    assert not [f for f in import_table(tmp_path / "b.toml").audit if f.rule == "label_says_otherwise"]


def test_a_label_of_few_patients_is_not_told_from_the_proposal(tmp_path: Path) -> None:
    """Known labels are written whole whether they occur or not; of others only those of 5 patients and more are asked about."""
    labels = LABELS | {
        "primary": {1: "Breast", 2: "Prostate", 3: "Renal", 4: "Ovarian", 5: "Canary of the moon", 6: "Sea of the moon"},
        "status": {1: "Group A", 2: "Group B", 3: "Canary group"},
        "ecog": LABELS["ecog"] | {5: "ECOG 4"},
    }  # fmt: skip
    frame = pd.DataFrame(CODED)
    frame.loc[:1, ["primary", "status"]] = [[5, 3], [3, 3]]
    frame.loc[2:9, "primary"] = 6
    pyreadstat = pytest.importorskip("pyreadstat")
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels=labels, column_labels=TITLES)
    proposal = propose(tmp_path / "a.sav")
    shown = mapping_text(proposal)
    assert "Canary" not in shown
    assert "'6' (Sea of the moon)" in shown and "1 more codes in 1 rows are too rare to be shown" in shown
    assert "'1' (Group A), '2' (Group B) (codes of few rows are not shown)" in shown
    values = next(p for p in proposal.everything if p.key == "primary_tumor").settings["values"]
    assert isinstance(values, dict) and {"Renal", "Ovarian"} <= set(values)  # one patient, and nobody
    assert '"ECOG 4" = "4"' in shown  # nobody has it
