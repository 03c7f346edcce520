"""The golden cases agree, and the runner would notice if they did not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.golden.case_files import Case, read_cases
from tests.golden.comparing import allowed_rel, compare, compared
from tests.golden.run import main
from tests.golden.running import AGREE, DISAGREE, MEASURES, NOT_COVERED, run_case
from tests.paths import shared

FIXTURE = Path(__file__).parent / "fixture"
CASES = read_cases(FIXTURE)
REQUIRED = (
    "kaplan_meier",
    "concordance",
    "ipcw_brier",
    "ipcw_brier_difference",
    "observed_expected",
    "flexible_calibration_cox",
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.label)
def test_fixture_case_agrees(case: Case) -> None:
    result = run_case(case)
    assert result.status == AGREE, f"{result.reason} ({result.deviation})"


def spoiled(case: Case) -> tuple[Case, bool]:
    """The case with its compared numbers moved by 20 tolerances, and whether that must be noticed."""
    share = 20.0 * max(case.tolerance["abs"], case.tolerance["rel"], case.tolerance["se_rel"])
    within_range = set(_dotted(case.values_range))
    values = json.loads(json.dumps(case.values))
    must = False
    for name, elements in compared(case):
        place = values
        *path, last = name.split(".")
        for step in path:
            place = place[step]
        place[last] = _moved(place[last], 1.0 + share)
        far = any(e is not None and 19.0 * share / 20.0 * abs(e) > case.tolerance["abs"] for e in elements)
        must |= name not in within_range and far and any(elements) and share > allowed_rel(case, name)
    return Case(**{**case.__dict__, "values": values}), must


def _dotted(values: dict[str, object], prefix: str = "") -> list[str]:
    out: list[str] = []
    for key, value in values.items():
        out += _dotted(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"]
    return out


def _moved(value: object, factor: float) -> object:
    if isinstance(value, list):
        return [_moved(x, factor) for x in value]
    return value * factor if isinstance(value, int | float) and not isinstance(value, bool) else value


def check_teeth(cases: list[Case]) -> list[str]:
    """Labels of cases that nothing can spoil (only zeros, tiny numbers or ranges are compared)."""
    toothless = []
    for case in cases:
        function = MEASURES.get(case.measure)
        if function is None or run_case(case).status == NOT_COVERED:
            continue
        wrong, must = spoiled(case)
        if must:
            assert run_case(wrong).status == DISAGREE, case.label
        else:
            toothless.append(case.label)
    return toothless


def test_runner_notices_spoiled_values() -> None:
    assert check_teeth(CASES) == []


def test_missing_must_be_missing() -> None:
    case = next(c for c in CASES if c.label == "conc.mid.score.n")
    computed = dict(case.values)
    assert compare(case, computed).agrees
    assert not compare(case, {**computed, "C": float("nan")}).agrees
    gone = Case(**{**case.__dict__, "values": {**case.values, "C": None}})
    assert not compare(gone, computed).agrees
    assert compare(gone, {**computed, "C": float("nan")}).agrees


def test_range_stands_instead_of_tolerance() -> None:
    case = next(c for c in CASES if c.label == "conc.mid.score.n")
    wide = Case(**{**case.__dict__, "values_range": {"C": [0.0, 1.0]}})
    assert compare(wide, {**case.values, "C": 0.9}).agrees
    assert not compare(wide, {**case.values, "C": 1.1}).agrees


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FIXTURE), "--json", str(tmp_path / "out.json")]) == 0
    rows = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [set(r) for r in rows] == [{"id", "topic", "due", "status", "deviation", "reason"}] * len(CASES)
    assert "kaplan_meier" in capsys.readouterr().out


def test_command_line_fails_where_a_case_disagrees(tmp_path: Path) -> None:
    def change(raw: dict[str, Any]) -> None:
        raw["cases"][0]["values"]["C"] += 0.01

    assert main([str(folder_with(tmp_path, change))]) == 1


def test_only_fields_for_programs_are_read() -> None:
    """Results do not change when id, input, source and note are scrambled."""
    case = CASES[0]
    other = Case(**{**case.__dict__, "label": "x"})
    assert run_case(other).status == run_case(case).status
    assert run_case(other).deviation == run_case(case).deviation


def test_whole_reference_folder() -> None:
    cases = read_cases(shared("reference"))
    results = [run_case(case) for case in cases]
    wrong = [(r.id, r.reason) for r in results if r.status == DISAGREE]
    assert wrong == []
    required = [r for r, c in zip(results, cases, strict=True) if c.measure in REQUIRED]
    assert [r.id for r in required if r.status == NOT_COVERED] == []


def folder_with(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A folder with one concordance case of the fixture, changed."""
    (tmp_path / "golden").mkdir()
    shutil.copytree(FIXTURE / "data", tmp_path / "data")
    raw = json.loads((FIXTURE / "golden" / "cases.json").read_text(encoding="utf-8"))
    raw["cases"] = [c for c in raw["cases"] if c["measure"] == "concordance"][:1]
    change(raw)
    (tmp_path / "golden" / "cases.json").write_text(json.dumps(raw), encoding="utf-8", newline="\n")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda raw: raw.pop("cases"), "golden/cases.json has no list named cases."),
        (lambda raw: raw["cases"][0].pop("data"), "golden/cases.json, case 1: field data is missing."),
        (lambda raw: raw["cases"].insert(0, 7), "golden/cases.json, case 1 does not have the form of a case"),
        (lambda raw: raw["cases"].clear(), "No case of these topics."),
    ],
)
def test_broken_case_file_is_one_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], None],
    sentence: str,
) -> None:
    assert main([str(folder_with(tmp_path, change))]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == 1


def test_folder_without_cases_and_a_file_that_is_not_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "holds no golden/*.json" in capsys.readouterr().err
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "a.json").write_text('{"cases": [', encoding="utf-8", newline="\n")
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("golden/a.json is not JSON: ")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("file", "gone.csv", "cannot be read: data/gone.csv does not exist."),
        ("marker", "gone", "cannot be read: data/tiny_ties.csv has no column gone."),
        ("marker", "g", "failed: ValueError: "),
    ],
)
def test_case_that_cannot_be_computed_disagrees_and_leaves_the_others(
    tmp_path: Path, field: str, value: str, reason: str
) -> None:
    def change(raw: dict[str, Any]) -> None:
        one = raw["cases"][0]
        raw["cases"].append({**one, "data": {**one["data"], field: value}})

    good, bad = (run_case(case) for case in read_cases(folder_with(tmp_path, change)))
    assert good.status == AGREE
    assert bad.status == DISAGREE
    assert bad.reason.startswith(reason)


def test_lists_of_one_may_be_scalars(tmp_path: Path) -> None:
    raw = json.loads((FIXTURE / "golden" / "cases.json").read_text(encoding="utf-8"))

    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: short(v) for k, v in value.items()}
        if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list | dict):
            return value[0]
        return value

    for case in raw["cases"]:
        case["data"], case["params"] = short(case["data"]), short(case["params"])
    (tmp_path / "golden").mkdir()
    shutil.copytree(FIXTURE / "data", tmp_path / "data")
    (tmp_path / "golden" / "cases.json").write_text(json.dumps(raw), encoding="utf-8", newline="\n")
    assert {run_case(case).status for case in read_cases(tmp_path)} == {AGREE}
