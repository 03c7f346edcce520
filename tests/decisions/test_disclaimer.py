"""The statement of research use stands in every place where it must."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import spinesurv.decisions
from spinesurv.__main__ import main
from spinesurv.decisions import DECISIONS, DISCLAIMER, EMERGENCY, integrate
from tests.decisions.lesions import random_lesions
from tests.paths import ROOT

LESIONS = random_lesions(12, seed=2)
ON_A_TABLE = [name for name in DECISIONS if name not in ("survival_gate", "integrate")]


def in_one_line(text: str) -> str:
    return " ".join(text.replace("\n>", "\n").split())


@pytest.fixture(scope="module")
def decided(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("decided")
    LESIONS.to_csv(folder / "lesions.csv", index=False)
    for ending in ("csv", "xlsx", "json"):
        out = str(folder / f"decisions.{ending}")
        assert main(["decide", str(folder / "lesions.csv"), "--cards", "--out", out]) == 0
    return folder


@pytest.mark.parametrize("paper", ["README.md", "docs/design.md"])
def test_papers(paper: str) -> None:
    assert DISCLAIMER in in_one_line((ROOT / paper).read_text(encoding="utf-8"))


def public_functions() -> list[str]:
    offered = vars(spinesurv.decisions)
    names = [name for name in spinesurv.decisions.__all__ if inspect.isfunction(offered[name])]
    return [name for name in names if name != "describe_decision"]  # tells of the others


@pytest.mark.parametrize("name", public_functions())
def test_docstrings_of_public_functions(name: str) -> None:
    told = getattr(spinesurv.decisions, name).__doc__
    assert DISCLAIMER in told
    assert EMERGENCY in told


def test_every_public_function_is_listed() -> None:
    assert {getattr(spinesurv.decisions, name) for name in public_functions()} == set(DECISIONS.values())


@pytest.mark.parametrize("name", ON_A_TABLE)
def test_tables_of_results(name: str) -> None:
    attrs = DECISIONS[name](LESIONS).attrs
    assert attrs["disclaimer"] == DISCLAIMER
    assert attrs["table"]
    assert isinstance(attrs["options"], dict)


def test_the_integrated_result() -> None:
    found = integrate(LESIONS)
    assert found.disclaimer == found.to_frame().attrs["disclaimer"] == DISCLAIMER
    assert json.loads(found.to_json())["disclaimer"] == DISCLAIMER


def test_exported_files(decided: Path) -> None:
    first = (decided / "decisions.csv").read_text(encoding="utf-8").splitlines()
    assert first[0] == f"# {DISCLAIMER}"
    assert "p_min = 0.5" in first[2]
    about = openpyxl.load_workbook(decided / "decisions.xlsx")["about"]
    assert DISCLAIMER in [cell.value for row in about.iter_rows() for cell in row]
    assert json.loads((decided / "decisions.json").read_text(encoding="utf-8"))["disclaimer"] == DISCLAIMER


def test_cards(decided: Path) -> None:
    cards = sorted((decided / "private" / "cards").glob("*.html"))
    assert len(cards) == len(LESIONS)
    for card in cards:
        text = card.read_text(encoding="utf-8")
        assert text.count(DISCLAIMER) == 2
        assert EMERGENCY in text


def test_the_command_line_says_it_once(decided: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["decide", str(decided / "lesions.csv"), "--out", str(decided / "again.csv")])
    assert capsys.readouterr().out.count(DISCLAIMER) == 1


def test_no_output_tells_what_a_patient_should_receive(decided: Path) -> None:
    for card in (decided / "private" / "cards").glob("*.html"):
        text = card.read_text(encoding="utf-8")
        assert "should receive" not in text
        assert " Gy" not in text
        assert "framework NOMS maps these inputs to" in text or "out_of" in text or "invalid" in text


def test_a_table_written_and_read_again_is_the_same(decided: Path) -> None:
    read = pd.read_csv(decided / "decisions.csv", comment="#", keep_default_na=False)
    assert read["patient_id"].tolist() == LESIONS["patient_id"].tolist()
    assert len(read.columns) == 24


def test_statements_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "statements"]) == 0
    out = capsys.readouterr().out
    assert DISCLAIMER in out
    assert out.count("\n  R") == 40
    assert "superseded by NG234" in out
    assert " Gy" not in out


@pytest.mark.parametrize("name", DECISIONS)
def test_explain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name]) == 0
    out = capsys.readouterr().out
    assert DISCLAIMER in out
    assert "Sources" in out
    assert "A  stated in a primary source" in out
