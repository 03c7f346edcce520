"""`spinesurv decide`: a table in, one row per row out, in its order."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from spinesurv.__main__ import main
from spinesurv.decisions import integrate
from spinesurv.decisions.integrate import Options
from tests.decisions.lesions import random_lesions

COLUMNS = [
    "patient_id", "lesion_id", "decision_date", "sins_total", "sins_min", "sins_max", "sins_category",
    "sins_stabilisation_flag", "escc_group", "radiosensitivity_2", "noms_decisions", "noms_rows", "noms_status",
    "noms_missing_that_matter", "gate_surgery_3m", "gate_en_bloc_2y", "gate_rt_4w", "effective_s", "s_reason",
    "int_decisions", "int_rows", "int_status", "en_bloc_status", "conflicts",
]  # fmt: skip
CANARY = "Zelda-Canary-13579"


def decide(folder: Path, table: str, *words: str, out: str = "out.csv") -> tuple[int, pd.DataFrame | None]:
    (folder / "lesions.csv").write_text(table, encoding="utf-8")
    code = main(["decide", str(folder / "lesions.csv"), "--out", str(folder / out), *words])
    written = folder / out
    return code, pd.read_csv(
        written, comment="#", dtype=str
    ) if code == 0 and written.suffix == ".csv" else None


def test_columns_order_and_rows(tmp_path: Path) -> None:
    lesions = random_lesions(40, seed=4)
    lesions["lesion_id"] = [str(i % 3) for i in range(40)]
    code, table = decide(tmp_path, lesions.to_csv(index=False))
    assert code == 0
    assert list(table.columns) == COLUMNS
    assert table["patient_id"].tolist() == lesions["patient_id"].tolist()
    assert table["lesion_id"].tolist() == lesions["lesion_id"].tolist()


def test_what_is_written_is_what_the_library_says(tmp_path: Path) -> None:
    lesions = random_lesions(300, seed=21)
    _, table = decide(tmp_path, lesions.to_csv(index=False))
    expected = pd.read_csv(io.StringIO(integrate(lesions).to_frame().to_csv(index=False)), dtype=str)
    pd.testing.assert_frame_equal(table, expected)
    assert "invalid_input" not in set(table["int_status"])


#: every choice of the command, away from its default -> argument of the library
CHOICES = {
    "--p-min 0.6": {"p_min": 0.6},
    "--gate-mode point": {"gate_mode": "point"},
    "--gate-mode median --inclusive": {"gate_mode": "median", "inclusive": True},
    "--grade-1c high": {"grade_1c_policy": "high"},
    "--potentially-unstable stable": {"potentially_unstable_policy": "stable"},
    "--prior-rt treat_as_resistant": {"prior_rt_policy": "treat_as_resistant"},
    "--assume-no-myelopathy": {"assume_no_myelopathy_if_low_grade": True},
    "--tolerance nse2020": {"tolerance_rule": "nse2020"},
    "--slow-growing-kidney": {"slow_growing_kidney": True},
}


@pytest.mark.parametrize("words", CHOICES)
def test_each_choice_reaches_the_library(tmp_path: Path, words: str) -> None:
    lesions = random_lesions(200, seed=21)
    _, table = decide(tmp_path, lesions.to_csv(index=False), *words.split())
    chosen = integrate(lesions, **CHOICES[words])
    expected = pd.read_csv(io.StringIO(chosen.to_frame().to_csv(index=False)), dtype=str)
    pd.testing.assert_frame_equal(table, expected)
    assert f"{list(CHOICES[words])[-1]} = {list(CHOICES[words].values())[-1]}" in (
        tmp_path / "out.csv"
    ).read_text(encoding="utf-8")


def test_every_choice_of_the_library_is_one_of_the_command() -> None:
    taken = {name for arguments in CHOICES.values() for name in arguments}
    assert taken == set(Options.__dataclass_fields__)


def test_design_names_every_column() -> None:
    from tests.paths import ROOT

    design = " ".join((ROOT / "docs" / "design.md").read_text(encoding="utf-8").split())
    assert ", ".join(COLUMNS) in design


def test_several_lesions_of_a_patient_and_an_empty_identifier_keep_their_rows(tmp_path: Path) -> None:
    text = "patient_id,lesion_id,decision_date,level,escc_grade\n7,1,2024-01-01,T5,1\n7,2,2024-01-01,L3,\n,1,,C4,2\n"
    _, table = decide(tmp_path, text)
    assert table["patient_id"].fillna("").tolist() == ["7", "7", ""]
    assert table["escc_group"].fillna("").tolist() == ["low", "", "high"]


MAPPING = """\
[table]
delimiter = ";"
decimal = ","
missing = ["?"]
patient_id = "Fall"
[columns.level]
from = "Wirbel"
[columns.lesion_id]
from = "Nr"
[columns.decision_date]
from = "Datum"
format = "DD.MM.YYYY"
[columns.primary_tumor]
from = "Tumor"
values = { Niere = "kidney", Mamma = "breast" }
[columns.collapse_pct]
from = "Hoehe"
[columns.myelopathy]
from = "Myelopathie"
values = { ja = "yes", nein = "no" }
[columns.escc_grade]
from = "Bilsky"
[columns.tolerates_surgery]
value = "yes"
"""


def test_a_table_of_any_shape_through_a_mapping_file(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    text = "Fall;Nr;Datum;Wirbel;Tumor;Hoehe;Myelopathie;Bilsky\n1;a;03.02.2024;Th7;Niere;52,5;ja;3\n2;a;?;D5;Mamma;0;nein;?\n"
    code, table = decide(tmp_path, text, "--mapping", str(tmp_path / "map.toml"))
    assert code == 0
    assert table["decision_date"].fillna("").tolist() == ["2024-02-03", ""]
    assert table["noms_rows"].tolist() == ["7|9", "1|2|5|6"]
    assert table["sins_min"].tolist() == ["4", "1"]
    assert table["int_status"].tolist() == ["determined_despite_missing", "indeterminate"]


def test_what_cannot_be_used_is_counted_and_never_quoted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"patient_id,level,primary_tumor,collapse_pct\n1,T5,lung_nscl,20\n2,T5,{CANARY},{CANARY}\n3,T5,kidney,20\n"
    code, table = decide(tmp_path, text)
    assert code == 0
    assert table["int_status"].tolist() == ["invalid_input", "invalid_input", "indeterminate"]
    out = capsys.readouterr().out
    assert "column primary_tumor: not usable in 2 of 3 rows" in out
    assert "Nearest: lung_nsclc" in out
    assert "column collapse_pct: not usable in 1 of 3 rows" in out
    assert CANARY not in out


def test_options_change_what_comes_out(tmp_path: Path) -> None:
    text = "patient_id,escc_grade,primary_tumor,tolerates_surgery,p_survive_90,sins_total,myelopathy\n1,1c,kidney,yes,0.6,3,no\n"
    assert decide(tmp_path, text)[1]["int_decisions"].item() == "SRS"
    assert decide(tmp_path, text, "--grade-1c", "high")[1]["int_decisions"].item() == "DECOMP_STAB_SRS"
    assert (
        decide(tmp_path, text, "--grade-1c", "high", "--p-min", "0.7")[1]["int_decisions"].item() == "CEBRT"
    )


@pytest.mark.parametrize(
    ("table", "words", "message"),
    [
        ("patient_id,level\n1,T5\n", ["--p-min", "1.5"], "p_min"),
        ("other,patient\nT5,1\n", [], "none of its 2 columns"),
        ("level\nT5\n", [], "patient_id"),
        ("", [], "empty"),
    ],
)
def test_refused_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, words: list[str], message: str
) -> None:
    code, _ = decide(tmp_path, table, *words)
    err = capsys.readouterr().err
    assert code == 1
    assert message in err
    assert err.count("\n") == 1


def test_an_unknown_ending_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decide(tmp_path, "", out="out.pdf")[0] == 1
    assert ".csv, .xlsx or .json" in capsys.readouterr().err
