"""A proposed mapping: what is told by names and cells, what is asked, and that nothing of a patient is shown."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from spinesurv.__main__ import main
from spinesurv.cohorts import import_table
from spinesurv.cohorts.proposal import Proposed, mapping_text, propose, questions
from spinesurv.cohorts.proposal.names import named, never, unit_in
from spinesurv.core.codebook import codebook


def table(
    path: Path, columns: dict[str, list[object]], *, times: int = 1, sep: str = ",", encoding: str = "utf-8"
) -> Path:
    """A text file of these columns, each list repeated."""
    n = max(len(v) for v in columns.values()) * times
    rows = [sep.join(columns)]
    rows += [sep.join(str(values[i % len(values)]) for values in columns.values()) for i in range(n)]
    path.write_bytes(("\n".join(rows) + "\n").encode(encoding))
    return path


def of(path: Path) -> dict[str, Proposed]:
    """What is proposed, by variable."""
    return {p.key: p for p in propose(path).everything}


IDS = {"id": list(range(1, 31))}

KOREAN = {
    "연구번호": list(range(1, 31)),
    "나이": [61, 55, 70],
    "성별": ["남", "여"],
    "혈색소": [11.2, 12.9, 9.8],
    "백혈구(/uL)": [5400, 8100, 11200],
    "뇌전이": ["있음", "없음", "없음"],
    "생존기간(개월)": [3.5, 12.1, 20.4],
    "사망여부": ["사망", "생존"],
}
JAPANESE = {
    "症例番号": list(range(1, 31)),
    "年齢": [61, 55, 70],
    "性別": ["男性", "女性"],
    "ヘモグロビン": [11.2, 12.9, 9.8],
    "血小板(万/μL)": [18.5, 25.2, 31.0],
    "脳転移": ["有", "無", "無"],
    "生存期間(日)": [35, 121, 904],
    "転帰": ["死亡", "生存"],
}
GERMAN = {
    "Pat-Nr": list(range(1, 31)),
    "Alter": [61, 55, 70],
    "Geschlecht": ["w", "m"],
    "Hämoglobin": ["7,1", "6,2", "5,9"],
    "Albumin (g/l)": ["31,5", "40,2", "28,0"],
    "Hirnmetastasen": ["ja", "nein", "nein"],
    "Überlebenszeit (Monate)": ["3,5", "12,1", "20,4"],
    "verstorben": ["ja", "nein"],
}


@pytest.mark.parametrize(
    ("columns", "encoding", "sep", "time", "values"),
    [
        (KOREAN, "cp949", ",", 3.5 * 30.4375, {"wbc": 5.4, "hemoglobin": 11.2, "sex": "male"}),
        (JAPANESE, "cp932", ",", 35, {"platelets": 185, "hemoglobin": 11.2, "sex": "male"}),
        (
            GERMAN,
            "latin-1",
            ";",
            3.5 * 30.4375,
            {"albumin": 3.15, "hemoglobin": 7.1 * 1.61134, "sex": "female"},
        ),
    ],
    ids=["korean", "japanese", "german"],
)
def test_a_table_of_another_country_is_imported_by_its_proposal(
    tmp_path: Path,
    columns: dict[str, list[object]],
    encoding: str,
    sep: str,
    time: float,
    values: dict[str, object],
) -> None:
    path = table(tmp_path / "raw.csv", columns, sep=sep, encoding=encoding)
    mapping = tmp_path / "raw.toml"
    assert main(["map", str(path), "--out", str(mapping)]) == 0
    got = import_table(path, mapping=mapping).canonical
    assert len(got) == 30
    assert got["time_days"].iloc[0] == pytest.approx(time)
    assert got["event"].tolist()[:2] == [1, 0]
    assert got["brain_mets"].tolist()[:3] == ["yes", "no", "no"]
    for key, value in values.items():
        assert got[key].iloc[0] == (pytest.approx(value) if isinstance(value, float) else value), key


def test_no_label_of_few_patients_and_no_number_is_shown(tmp_path: Path) -> None:
    columns = {
        "record_id": [f"CANARY{i}" for i in range(40)],
        "Primary": ["Breast"] * 20 + ["Renal"] * 14 + ["Ovarian"] * 4 + ["canary tumour", "melanoma"],
        "frankel": ["Frankel C"] * 3 + ["ASIA d"] * 37,
        "Ward": ["canary ward"] * 3 + ["North"] * 37,
        "sex": ["F"] * 3 + ["M"] * 37,
        "alb": [4.123, *[3.5] * 39],
        "status": ["canary status", *["dead"] * 20, *["alive"] * 19],
        "comment": ["canary comment"] * 40,
    }
    path = table(tmp_path / "raw.csv", columns)
    proposal = propose(path)
    shown = mapping_text(proposal) + "\n".join(questions(proposal))
    assert "Frankel C" not in shown and 'rule = "neurology_letter"' in shown
    assert "canary" not in shown.lower() and "4.123" not in shown
    assert "Ovarian" not in shown and "melanoma" not in shown
    assert '"Renal" = "kidney"' in shown and 'rule = "tumour_words"' in shown  # which reads the two rare ones
    assert "1 more codes in 1 rows are too rare to be shown" in shown
    assert '{ "M" = "male", "F" = "female" }' in shown  # a coding is written whole


def test_what_looks_ahead_or_comes_from_a_model_is_never_proposed_as_a_predictor(tmp_path: Path) -> None:
    names = [
        "postop albumin", "Albumin_postoperative", "length of stay", "complications", "surv2m", "predicted survival", "AGE_AT_DEATH",
        "PFS_Months", "hemoglobin at discharge", "術後アルブミン",
    ]  # fmt: skip
    path = table(tmp_path / "raw.csv", IDS | {"albumin": [3.5]} | {name: [3.2, 3.9] for name in names})
    proposal = propose(path)
    assert [p.key for p in proposal.columns] == ["albumin"]
    assert set(proposal.never) == set(names)


@pytest.mark.parametrize(
    ("name", "cells", "unit"),
    [
        ("albumin", [33, 41, 28], "g/L"),
        ("albumin", [3.3, 4.1, 2.8], None),
        ("Hb", [112, 128, 97], "g/L"),
        ("wbc", [5400, 8100], "per uL"),
        ("platelets", [18, 25, 31], "10^4/uL"),
        ("LDH", [3.4, 4.8], "ukat/L"),
        ("bilirubin", [9, 14, 12], "umol/L"),
        ("creatinine", [72, 88], "umol/L"),
        ("calcium", [2.3, 2.5], "mmol/L"),
    ],
)
def test_units_are_told_by_the_distribution(
    tmp_path: Path, name: str, cells: list[object], unit: str | None
) -> None:
    found = of(table(tmp_path / "raw.csv", IDS | {name: cells}))
    (column,) = (p for key, p in found.items() if key != "patient_id")
    assert column.confidence == "high" and column.settings.get("unit") == unit


@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        ("CRP", [3.2, 8.8], "mg/dL or mg/L"),
        ("Hb", [8.2, 8.9, 9.4], "usual in g/dL and in mmol/L"),
        ("albumin", [0.02, 0.05], "usual in none"),
        ("albumin (g/L)", [3.3, 4.1], "not plausible in it"),
        ("sex", [1, 2], "which of female, male are 1, 2"),
        ("op date", ["03/04/2019", "05/06/2019"], "no day above 12"),
        ("time", [3.5, 7.25], "in which unit"),
        ("CNSR", [0, 1], "does 1 mean died, or alive"),
        ("status", ["x", "y"], "which of its codes mean died"),
    ],
)
def test_what_cannot_be_told_is_a_question_and_not_a_decision(
    tmp_path: Path, name: str, cells: list[object], words: str
) -> None:
    path = table(tmp_path / "raw.csv", IDS | {name: cells})
    proposal = propose(path)
    assert any(words in q for q in questions(proposal))
    text = mapping_text(proposal)
    assert f"# QUESTION: {questions(proposal)[0]}" in text
    assert set(tomllib.loads(text)) == {"table"}  # nothing of it is acted on
    mapping = tmp_path / "raw.toml"
    mapping.write_text(text, encoding="utf-8", newline="\n")
    assert len(import_table(path, mapping=mapping).canonical) == 30


@pytest.mark.parametrize(
    ("cells", "pattern"),
    [
        (["3/4/2019", "12/16/2019"], "%m/%d/%Y"),
        (["03.04.2019", "16.12.2019"], "%d.%m.%Y"),
        (["2019-04-03"], None),
    ],
)
def test_the_order_of_dates_is_told_by_days_above_12(
    tmp_path: Path, cells: list[object], pattern: str | None
) -> None:
    found = propose(table(tmp_path / "raw.csv", IDS | {"op date": cells})).start
    assert found is not None and not found.blocked and found.settings.get("format") == pattern


def test_tumours_of_one_sex_tell_which_code_is_which(tmp_path: Path) -> None:
    columns = IDS | {"sex": [0, 1, 1], "primary": ["prostate", "breast", "ovarian"]}
    found = of(table(tmp_path / "raw.csv", columns))["sex"]
    assert (found.confidence, found.settings["values"]) == ("high", {"0": "male", "1": "female"})
    disagree = IDS | {"sex": [0, 1], "primary": ["prostate"]}
    assert of(table(tmp_path / "other.csv", disagree))["sex"].blocked


@pytest.mark.parametrize(
    ("name", "cells", "confidence", "dead"),
    [
        ("death", [0, 1], "high", ["1"]),
        ("status", [0, 1], "likely", ["1"]),
        ("status", [1, 2], "guess", ["2"]),
        ("OS_STATUS", ["1:DECEASED", "0:LIVING"], "high", ["1:DECEASED"]),
        ("verstorben", ["ja", "nein"], "high", ["ja"]),
    ],
)
def test_codes_of_the_event(
    tmp_path: Path, name: str, cells: list[object], confidence: str, dead: list[str]
) -> None:
    event = propose(table(tmp_path / "raw.csv", IDS | {name: cells, "os months": [3.5, 20.25]})).event
    assert event is not None and event.confidence == confidence
    assert set(dead) <= set(event.settings["dead"])  # type: ignore[call-overload]
    assert not set(dead) & set(event.settings["alive"])  # type: ignore[call-overload]


def test_codes_1_and_2_wait_for_an_answer(tmp_path: Path) -> None:
    """Dead is 2 in some tables and 1 in others: neither is written as if it were known."""
    found = propose(table(tmp_path / "raw.csv", IDS | {"status": [1, 2], "os months": [3.5, 20.25]}))
    assert found.event is not None and found.event.blocked
    written = tomllib.loads(mapping_text(found))
    assert "outcome" not in written
    assert any(q.startswith("event") and "1 = alive and 2 = died" in q for q in questions(found))


def test_another_end_point_is_not_taken_for_death(tmp_path: Path) -> None:
    found = propose(table(tmp_path / "raw.csv", IDS | {"rfstime": [1838, 403], "status": [0, 1]}))
    assert found.time is None and found.event is not None and found.event.blocked
    assert any("another end point than death" in q for q in questions(found))


def test_two_columns_of_one_variable_are_asked_about(tmp_path: Path) -> None:
    found = propose(table(tmp_path / "raw.csv", IDS | {"albumin": [3.3], "s-albumin": [3.4]}))
    assert any("which of the columns 'albumin', 's-albumin'" in q for q in questions(found))
    assert all(p.blocked for p in found.columns)


def test_limits_and_marked_numbers_are_numbers(tmp_path: Path) -> None:
    """A third of the cells are below the limit of detection, as C-reactive protein often is."""
    found = of(
        table(
            tmp_path / "crp.csv",
            IDS | {"albumin (g/L)": ["38", "<20", "41.5*"], "wbc": ["low", "high", "5.1"]},
        )
    )
    assert found["albumin"].settings == {"unit": "g/L"}
    assert any(e.startswith("67% of its cells are limits") for e in found["albumin"].evidence)
    assert "wbc" not in found


def test_a_tumour_that_may_be_an_unknown_primary_is_asked_about(tmp_path: Path) -> None:
    """Not recorded, or a diagnosis with points of its own: the table cannot tell; a word of few patients is not shown."""
    for third, asked in (("Unknown", 1), ("kidney", 0)):
        path = table(tmp_path / f"{third}.csv", IDS | {"primary tumor": ["breast", "prostate", third]})
        questions = [q for q in of(path)["primary_tumor"].questions if "unknown_primary" in q]
        assert len(questions) == asked
    rare = ["breast"] * 13 + ["prostate"] * 13 + ["unknown"] * 4
    path = table(tmp_path / "rare.csv", IDS | {"primary tumor": rare})
    assert not any("unknown_primary" in q for q in of(path)["primary_tumor"].questions)


def test_names() -> None:
    assert [(n.key, n.confidence) for n in named("S-Albumin (g/L)")] == [("albumin", "high")]
    assert named("AP")[0].confidence == "likely"  # alkaline or acid phosphatase
    assert named("hemoglobn")[0].key == "hemoglobin" and named("hemoglobn")[0].confidence == "likely"
    assert named("Months")[0].key == "time_days" and unit_in("Months") == "months"
    assert named("year")[0].key == "index_year"
    assert named("favourite colour") == []
    assert (unit_in("OS_Months"), unit_in("CRP [mg/L]"), unit_in("albumin")) == ("months", "mg/L", None)
    assert never("Hb_discharge") == "known only after time zero" and never("albumin") is None


def test_coded_gaps_and_other_readings_are_written_down(tmp_path: Path) -> None:
    path = table(tmp_path / "raw.csv", IDS | {"albumin": [3.3, 4.0, -99], "ecog": [1, 2, "NA"]})
    proposal = propose(path)
    assert proposal.missing == ("NA",)
    assert {p.key: p.settings.get("missing") for p in proposal.columns} == {"ecog": None, "albumin": ["-99"]}


def test_an_answered_mapping_file_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path / "raw.csv", IDS | {"albumin": [3.3]})
    (tmp_path / "raw.toml").write_text("# answered\n", encoding="utf-8", newline="\n")
    assert main(["map", str(path), "--out", str(tmp_path / "raw.toml")]) == 1
    assert "may hold answers" in capsys.readouterr().err
    assert (tmp_path / "raw.toml").read_text(encoding="utf-8") == "# answered\n"


@pytest.mark.parametrize(
    ("name", "cells", "rule", "first"),
    [
        ("diagnosis", ["C50.9", "C61", "C34.1"], "icd10", "breast"),
        ("primary", ["Mammakarzinom", "prostate cancer", "RCC"], "tumour_words", "breast"),
        ("karno", ["70 %", "90 %"], "kps_percent", 70),
        ("karno", [7, 9, 10], "kps_tens", 70),
        ("ECOG PS", ["ECOG 2", "ECOG 1"], "ecog_words", 2),
    ],
)
def test_codings_read_what_no_list_of_values_has_to_name(
    tmp_path: Path, name: str, cells: list[object], rule: str, first: object
) -> None:
    rare = {"id": list(range(1, 5)), name: cells}  # no code is shared by 5 patients
    path = table(tmp_path / "raw.csv", rare)
    text = mapping_text(propose(path))
    assert f'rule = "{rule}"' in text
    (tmp_path / "raw.toml").write_text(text, encoding="utf-8", newline="\n")
    key = {"diagnosis": "primary_tumor", "primary": "primary_tumor", "karno": "kps", "ECOG PS": "ecog"}[name]
    assert import_table(path, mapping=tmp_path / "raw.toml").canonical[key].iloc[0] == first


def test_follow_up_from_three_dates(tmp_path: Path) -> None:
    columns = IDS | {
        "OP-Datum": ["03.01.2019", "16.12.2019"],
        "Todesdatum": ["", "20.12.2019"],
        "letzter Kontakt": ["13.01.2019", ""],
    }
    path = table(tmp_path / "raw.csv", columns, sep=";")
    text = mapping_text(propose(path))
    assert "is everybody without a date of death alive?" in text
    (tmp_path / "raw.toml").write_text(text, encoding="utf-8", newline="\n")
    got = import_table(path, mapping=tmp_path / "raw.toml").canonical
    assert got["time_days"].tolist()[:2] == [10, 4] and got["event"].tolist()[:2] == [0, 1]


def test_texts_with_a_comma_beside_numbers_of_a_workbook(tmp_path: Path) -> None:
    """Half of a column typed as numbers, half as texts with a decimal comma: both are read."""
    book = openpyxl.Workbook()
    book.active.append(["id", "Albumin (g/l)", "Hb (g/dl)"])
    for i in range(30):
        book.active.append([f"P{i}", f"3{i % 9},5", 9.5 + i % 5 if i % 2 else f"{9 + i % 5},5"])
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.toml").write_text(
        mapping_text(propose(tmp_path / "a.xlsx")), encoding="utf-8", newline="\n"
    )
    assert tomllib.loads((tmp_path / "a.toml").read_text(encoding="utf-8"))["table"]["decimal"] == ","
    imported = import_table(tmp_path / "a.toml")
    assert imported.canonical["albumin"].tolist()[:3] == pytest.approx([3.05, 3.15, 3.25])
    assert imported.canonical["hemoglobin"].tolist() == pytest.approx([9.5 + i % 5 for i in range(30)])
    assert imported.problems.empty


@pytest.mark.parametrize(
    ("wbc", "albumin", "decimal", "asked"),
    [
        (["8,200", "12,100", "5,400"], ["3", "4", "5"], ".", "a comma and three digits behind it"),
        (["8.200", "12.100", "5.400"], ["3,8", "4,1", "2,9"], ",", "a point and three digits behind it"),
        (["8.2", "12.1", "5.4"], ["3,8", "4,1", "2,9"], ".", "Which is the decimal sign?"),
        (["8,2", "12,1", "5,4"], ["3,8", "4,1", "2,9"], ",", ""),
    ],
)
def test_a_sign_that_may_part_thousands_is_asked_about(
    tmp_path: Path, wbc: list[object], albumin: list[object], decimal: str, asked: str
) -> None:
    path = table(tmp_path / "a.csv", {**IDS, "leuko": wbc, "albumin": albumin}, sep=";")
    proposal = propose(path)
    assert proposal.table.options.decimal == decimal
    said = [q for q in proposal.questions if "numbers have a" in q]
    assert [asked in q for q in said] == ([True] if asked else [])


def test_a_column_with_a_known_name_and_strange_cells_is_asked_about(tmp_path: Path) -> None:
    """Silence would say that nobody knows the name."""
    columns = {
        **IDS,
        "Albumin": ["low", "normal", "high"],
        "Geschlecht": ["w", "m"],
        "brain_mets": ["", "", ""],
    }
    proposal = propose(table(tmp_path / "a.csv", columns))
    asked = [q for q in proposal.questions if "its name says so" in q]
    assert [q.partition(" (")[0] for q in asked] == ["albumin"]
    assert "normal" not in " ".join(asked)
    assert "'Albumin'" in asked[0]


def test_a_sheet_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("data")
    for row in [["id", "albumin"], *([i, 3.5] for i in range(6))]:
        sheet.append(row)
    book.save(tmp_path / "raw.xlsx")
    out = tmp_path / "raw.toml"
    assert main(["map", str(tmp_path / "raw.xlsx"), "--out", str(out)]) == 1  # which of two sheets?
    assert main(["map", str(tmp_path / "raw.xlsx"), "--sheet", "data", "--out", str(out)]) == 0
    assert import_table(tmp_path / "raw.xlsx", mapping=out).canonical["albumin"].tolist() == [3.5] * 6


def test_no_table_breaks_it(tmp_path: Path) -> None:
    """Columns with known names and any cells: never a fault, and the file can always be read as TOML."""
    pieces = [
        "",
        "1",
        "0",
        "2",
        "-9",
        "NA",
        "3,5",
        "2.5",
        "x\\y",
        "ü",
        "1e9",
        "12/03/2019",
        "yes",
        "M",
        "nan",
        "inf",
        "C50",
        "'",
        "#",
    ]
    names = [v.key for v in codebook()] + [s for v in codebook() for s in v.synonyms if "," not in s]
    rng = np.random.default_rng(3)
    for k in range(60):
        columns = {str(n): list(rng.choice(pieces, 12)) for n in rng.choice(names, 6, replace=False)}
        path = table(
            tmp_path / f"{k}.csv", columns, sep=";", encoding=str(rng.choice(["utf-8", "utf-8-sig"]))
        )
        tomllib.loads(mapping_text(propose(path)))


def test_identifiers_are_looked_at_within_the_site(tmp_path: Path) -> None:
    columns = {"Case": [1, 1, 2, 2, 3, 3], "Clinic": ["North", "South"]}
    found = propose(table(tmp_path / "raw.csv", columns)).patient_id
    assert found is not None and (found.confidence, found.questions) == ("high", ())
    found = propose(table(tmp_path / "twice.csv", columns, times=2)).patient_id
    assert found is not None and found.confidence == "likely" and "in 6 rows" in found.questions[0]
