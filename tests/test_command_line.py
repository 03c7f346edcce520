"""The command line: every command works, bad input is one clear sentence with exit code 1, never a traceback."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from spinesurv.__main__ import main, parser
from tests.cohort_factory import small_cohort
from tests.study.files import STUDY, write_study

CANARY = "Zelda-Canary-987654"


def run(capsys, *words: str) -> tuple[int, str, str]:
    code = main([str(w) for w in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys, words: str, *command: object) -> str:
    """The command ends with code 1 and one sentence that holds `words`, no traceback and no patient."""
    code, _, err = run(capsys, *map(str, command))
    assert code == 1, err
    assert err.count("\n") == 1
    assert err.startswith("spinesurv: ")
    assert words in err
    assert "Traceback" not in err
    assert CANARY not in err
    return err


def table_text(**columns) -> str:
    return pd.DataFrame(columns).to_csv(index=False)


GOOD = {
    "site": ["a"] * 4 + ["b"] * 4,
    "patient_id": [f"{CANARY}{i}" for i in range(8)],
    "time_days": [10, 400, 30, 500] * 2,
    "event": [1, 0, 1, 1] * 2,
    "ecog": [1, 2, 3, 0] * 2,
}


def study_on(folder: Path, table: str, *, mapping: str | None = None, study: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "cohort.csv").write_text(table, encoding="utf-8")
    if mapping:
        (folder / "map.toml").write_text(mapping, encoding="utf-8")
    text = study or STUDY.split("[systems]")[0].replace('reference = "tomita"\n', "") + (
        '[[systems.models]]\nkey = "cox"\npredictors = ["ecog"]\n'
    )
    if mapping:
        text = text.replace("cohort.csv", "map.toml")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


MAPPING = """\
[table]
file = "cohort.csv"
site = { from = "site" }
patient_id = "patient_id"
[outcome]
time_zero = "surgery"
time = { from = "time_days", unit = "days" }
event = { from = "event", dead = ["1"], alive = ["0"] }
[columns.ecog]
from = "ecog"
"""


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"event": [0] * 8}, "nobody of 8 patients had the event that is judged"),
        ({"event": [1, 0, 1, 1] + [0] * 4}, "no death at 1 site(s) (b)"),
        ({"site": ["only"] * 8}, 'design = "cross_validation"'),
        ({"patient_id": [CANARY] * 8}, "2 patient identifiers repeat within their site"),
        ({"event": [1, 2, 1, 1] * 2}, "event"),
        ({"ecog": [2] * 8}, "predictor ecog has one single value"),
        (
            {"time_days": [10, 40, 30, 50] * 2},
            "day 90, 365 lies beyond the longest follow-up of the cohort (50 days)",
        ),
    ],
)
def test_tables_in_which_nothing_can_be_judged(tmp_path, capsys, columns, words):
    study = study_on(tmp_path, table_text(**{**GOOD, **columns}))
    refused(capsys, words, "run", study, "--out", tmp_path / "out", "--jobs", 1)


def test_a_row_with_negative_time_is_refused_and_counted(tmp_path, capsys):
    table = tmp_path / "t.csv"
    table.write_text(table_text(**{**GOOD, "time_days": [-5, 400, 30, 500] * 2}), encoding="utf-8")
    assert run(capsys, "check", table, "--out", tmp_path / "check")[0] == 0
    rows = pd.read_csv(tmp_path / "check" / "private" / "refused.csv")
    assert len(rows) == 2
    assert rows["reason"].str.contains("negative").all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('from = "ecog"', 'from = "eco"', "eco"),
        ('unit = "days"', 'unit = "fortnights"', "fortnights"),
        ("[columns.ecog]", "[columns.ecogg]", "ecogg"),
        ("[outcome]", "[outcome", "line 5"),
        ('dead = ["1"]', 'dead = ["2"]', "event"),
        ('file = "cohort.csv"', 'file = "elsewhere.csv"', "elsewhere.csv"),
        ('file = "cohort.csv"', 'file = "registry/elsewhere.csv"', "SPINESURV_DATA"),
    ],
)
def test_mappings_at_fault(tmp_path, capsys, monkeypatch, old, new, words):
    monkeypatch.delenv("SPINESURV_DATA", raising=False)
    study = study_on(tmp_path, table_text(**GOOD), mapping=MAPPING.replace(old, new))
    refused(capsys, words, "run", study, "--out", tmp_path / "out", "--jobs", 1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('scores = ["tomita"]', 'scores = ["tomitta"]', "unknown score 'tomitta'. Did you mean tomita"),
        ('key = "cox"', 'key = "cox"\nkind = "coxx"', "unknown kind of model 'coxx'"),
        ('"ecog", ', '"ecogg", ', "unknown variable 'ecogg'"),
        ("horizons_days = [90, 365]", "horizons_days = [365, 90]", "rising"),
        ("horizons_days = [90, 365]", 'horizons_days = "90"', "a list expected"),
        ('reference = "tomita"', 'reference = "tokuhashi"', "unknown system 'tokuhashi'"),
        ("[evaluation]", "[evaluations]", "unknown section 'evaluations'. Did you mean evaluation"),
        ("seed = 5", "sead = 5", "unknown setting 'sead'. Did you mean seed"),
        ("seed = 5", "seed = ", "line 5"),
        ('tables = ["cohort.csv"]', 'tables = ["absent.csv"]', "absent.csv"),
        ('tables = ["cohort.csv"]', "", "give either tables"),
        ('name = "small"', 'name = "a/b"', "name of a folder"),
    ],
)
def test_study_files_at_fault(tmp_path, capsys, old, new, words):
    study = write_study(tmp_path, text=STUDY.replace(old, new))
    refused(capsys, words, "run", study, "--out", tmp_path / "out")


def test_files_that_are_not_there_or_empty(tmp_path, capsys):
    refused(capsys, "no such file", "run", tmp_path / "none.toml")
    refused(capsys, "none.csv", "check", tmp_path / "none.csv", "--out", tmp_path / "c")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    refused(capsys, "empty.csv", "check", tmp_path / "empty.csv", "--out", tmp_path / "c")
    assert (tmp_path / "c" / "audit.json").is_file()
    refused(capsys, "unknown name 'tomitta'", "explain", "tomitta")
    refused(capsys, ".csv or .xlsx", "score", tmp_path / "empty.csv", "--out", tmp_path / "x.docx")


def test_wrong_usage_is_code_2():
    for words in (["run"], ["demo", "--jobs", "0"], ["nothing"], []):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 2


def test_our_own_faults_are_code_3_without_patients(tmp_path, capsys, monkeypatch):
    import spinesurv.study.catalogue as catalogue

    def broken() -> str:
        raise KeyError(CANARY)

    monkeypatch.setattr(catalogue, "scores_text", broken)
    code, _, err = run(capsys, "scores")
    assert code == 3
    assert err.count("\n") == 1
    kept = Path(err.split("Details: ")[1].strip())
    assert CANARY not in kept.read_text(encoding="utf-8")
    assert "KeyError" in kept.read_text(encoding="utf-8")
    kept.unlink()


def test_lists_and_explanations(capsys):
    code, out, _ = run(capsys, "scores")
    assert code == 0
    assert "tomita" in out and "tokuhashi_2005" in out and "nesms" in out
    assert "harrell_c" in run(capsys, "metrics")[1]
    assert "cox" in run(capsys, "models")[1]
    assert "Tomita K" in run(capsys, "explain", "tomita")[1]
    assert "riskRegression" in run(capsys, "explain", "brier")[1]
    assert "Efron" in run(capsys, "explain", "cox")[1]


def test_score_keeps_rows_and_order(tmp_path, capsys):
    cohort = small_cohort(30, missing=0.3)
    table = cohort.to_table()
    table.to_csv(tmp_path / "cohort.csv", index=False)
    code, _, _ = run(
        capsys, "score", tmp_path / "cohort.csv", "--scores", "tomita,nesms", "--out", tmp_path / "s.csv"
    )
    assert code == 0
    scored = pd.read_csv(tmp_path / "s.csv", dtype={"patient_id": str})
    assert list(scored["patient_id"]) == list(table["patient_id"])
    for key in ("tomita", "nesms"):
        assert {f"{key}_{part}" for part in ("total", "group", "lowest", "highest", "missing")} <= set(
            scored.columns
        )
    assert run(capsys, "score", tmp_path / "cohort.csv", "--items", "--out", tmp_path / "s.xlsx")[0] == 0
    assert len(pd.read_excel(tmp_path / "s.xlsx")) == 30


def test_variants_provisional_scores_and_given_totals(tmp_path, capsys):
    table = small_cohort(40, missing=0.2).to_table()
    table["worked_out"] = 2
    table.to_csv(tmp_path / "c.csv", index=False)
    code, out, _ = run(capsys, "variants", "osri", tmp_path / "c.csv", "--out", tmp_path / "v.csv")
    assert code == 0
    assert "variant rapid_3" in out and "total moves in" in out
    assert pd.read_csv(tmp_path / "v.csv")["choice"].tolist() == ["variant rapid_3", "ecog1_kps 70"]
    words = [
        "--scores",
        "osri,nesms.leithner",
        "--totals",
        "lei_2016=worked_out",
        "--out",
        tmp_path / "s.csv",
    ]
    code, out, err = run(capsys, "score", tmp_path / "c.csv", *words)
    assert (code, err) == (0, "")
    assert out.startswith("note: score osri is provisional: ")
    scored = pd.read_csv(tmp_path / "s.csv")
    assert set(scored["osri_status"]) == {"provisional"}
    assert "nesms.leithner_status" not in scored
    assert set(scored["lei_2016_group"]) == {"poor"}
    assert "lei_2016_lowest" not in scored
    assert 'name = "sorg_classic"' in run(capsys, "scores", "--template")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--scores", "lei_2016"], "score lei_2016 cannot be computed: .* Needed: the point table"),
        (["--scores", "tomitta"], "--scores: unknown score 'tomitta'. Did you mean tomita"),
        (["--scores", "nesms.other"], "--scores, score nesms: unknown variant 'other'"),
        (["--totals", "lei_2016"], "--totals lei_2016: score=column is expected"),
        (["--totals", "lei_2016=none"], "--totals lei_2016=none: the table has no column 'none'"),
        (
            ["--totals", "lei_2016=visceral_mets"],
            "--totals lei_2016=visceral_mets: .* values are not numbers",
        ),
        (["--totals", "lei_2016=albumin"], "score lei_2016: .* totals are not whole numbers from 0 to 10"),
    ],
)
def test_scores_that_cannot_be_asked_for(tmp_path, capsys, words, message):
    small_cohort(12).to_table().to_csv(tmp_path / "c.csv", index=False)
    code, _, err = run(capsys, "score", tmp_path / "c.csv", *words, "--out", tmp_path / "s.csv")
    assert code == 1
    assert err.count("\n") == 1
    assert re.search(message, err), err
    assert not (tmp_path / "s.csv").exists()


def test_cells_that_cannot_be(tmp_path, capsys):
    """A tumour that nobody knows names the nearest and is refused; ECOG 7 and words among numbers are emptied, and told."""
    table = small_cohort(12).to_table()
    for column, value, status, message in (
        ("primary_tumor", "prostat", 1, "Column primary_tumor: .*nearest: prostate.*allowed"),
        ("ecog", 7, 0, "note: column ecog: 1 of 12 cells are empty now, .*allowed: one of 0, 1, 2, 3, 4"),
        ("albumin", "low", 0, "note: column albumin: 1 of 12 cells are empty now"),
    ):
        changed = table.astype({column: "object"})
        changed.loc[0, column] = value
        changed.to_csv(tmp_path / "c.csv", index=False)
        code, out, err = run(
            capsys, "score", tmp_path / "c.csv", "--scores", "nesms", "--out", tmp_path / "s.csv"
        )
        assert code == status, column
        assert re.search(message, out + err), out + err


def test_a_patient_without_an_involved_vertebra_has_no_total(tmp_path, capsys):
    """Settled in scores.md: n_spine_mets = 0 is outside the population, and the total is missing with that reason."""
    table = small_cohort(12).to_table()
    table["n_spine_mets"] = [0] + [1] * 11
    table.to_csv(tmp_path / "c.csv", index=False)
    words = ["--scores", "nesms,osri", "--out", tmp_path / "s.csv"]
    assert run(capsys, "score", tmp_path / "c.csv", *words)[0] == 0
    scored = pd.read_csv(tmp_path / "s.csv", dtype=str, keep_default_na=False)
    for key in ("nesms", "osri"):
        told = scored[[f"{key}_{part}" for part in ("total", "group", "lowest", "highest", "missing")]]
        assert told.iloc[0].tolist() == ["", "", "", "", "outside the population: n_spine_mets is 0"]
        assert not told[f"{key}_missing"].iloc[1:].str.contains("outside").any()


def test_synth_is_the_same_for_the_same_seed(tmp_path, capsys):
    for name in ("one", "two"):
        words = ["synth", "--patients", 60, "--seed", 3, "--out", tmp_path / f"{name}.csv"]
        assert run(capsys, *words, "--truth", tmp_path / f"{name}_truth.csv")[0] == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    table = pd.read_csv(tmp_path / "one.csv")
    assert len(table) == 60
    assert table["patient_id"].str.startswith("SYN-").all()
    assert len(pd.read_csv(tmp_path / "one_truth.csv")) == 60


def test_check_then_score_a_synthetic_table(tmp_path, capsys):
    run(capsys, "synth", "--patients", 80, "--out", tmp_path / "c.csv")
    assert run(capsys, "check", tmp_path / "c.csv", "--out", tmp_path / "check")[0] == 0
    for name in ("audit.json", "audit.html", "private/patients.csv", "private/refused.csv"):
        assert (tmp_path / "check" / name).is_file()
    assert len(pd.read_csv(tmp_path / "check" / "private" / "patients.csv")) == 80


def test_every_command_has_help_with_an_example(capsys):
    commands = next(a for a in parser()._actions if a.dest == "command" or a.choices).choices
    assert set(commands) >= {
        "demo",
        "synth",
        "check",
        "score",
        "run",
        "scores",
        "models",
        "metrics",
        "explain",
    }
    for name, sub in commands.items():
        assert f"example:\n  spinesurv {name}" in sub.format_help()
        assert "not a medical device" in sub.format_help()


def test_names_that_the_window_cannot_show_do_not_stop_a_command(tmp_path, monkeypatch):
    """Output of a Western Windows, or into a log, under an encoding without Hangul."""
    table = tmp_path / "a.csv"
    table.write_text(
        "등록,원발암\n" + "".join(f"{i},{'폐암' if i % 3 else '가나다'}\n" for i in range(30)),
        encoding="utf-8",
        newline="\n",
    )
    window = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", window)
    assert main(["map", str(table), "--out", str(tmp_path / "a.toml")]) == 0
    window.flush()
    assert rb"\uc6d0\ubc1c\uc554" in window.buffer.getvalue()
    assert "원발암" in (tmp_path / "a.toml").read_text(encoding="utf-8")


def test_module_and_script_are_the_same():
    out = subprocess.run(
        [sys.executable, "-m", "spinesurv", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert out.startswith("spinesurv 0.")
