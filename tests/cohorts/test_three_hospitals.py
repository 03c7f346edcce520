"""The way of a user: three hospitals, each with files of its own kind, to one cohort that two people reach alike."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from spinesurv.__main__ import main, parser
from spinesurv.cohorts import read_cohorts
from tests.cohorts.files import write
from tests.cohorts.readers.test_redcap import dictionary
from tests.paper_blocks import blocks
from tests.paths import ROOT

N = 40


def truth(hospital: int) -> pd.DataFrame:
    """What happened to the patients of a hospital, 0, 1 or 2."""
    i = pd.Series(range(N))
    return pd.DataFrame(
        {
            "zero": pd.Timestamp("2018-01-03") + pd.to_timedelta(i * 17 + hospital, unit="D"),
            "time_days": 20.0 + (i * 37 + 5 * hospital) % 600,
            "event": (i % 3 != 0).astype(int),
            "age": 45.0 + (i + hospital) % 37,
            "sex": i.mod(2).map({0: "female", 1: "male"}),
            "albumin": (26 + i % 20) / 10,
            "liver_mets": i.mod(4).map(lambda k: "yes" if k == 0 else "no"),
        }
    ).assign(end=lambda t: t["zero"] + pd.to_timedelta(t["time_days"], unit="D"))


def german(folder: Path) -> list[str]:
    """A workbook with a cover sheet, decimal commas in texts, g/L, a coloured row."""
    book = openpyxl.Workbook()
    book.active.title = "Hinweise"
    sheet = book.create_sheet("Patienten")
    sheet.append(
        [
            "Pat-Nr",
            "Alter",
            "Geschlecht",
            "OP-Datum",
            "letzter Kontakt",
            "Verstorben",
            "Albumin (g/l)",
            "Lebermetastasen",
        ]
    )
    for at, row in truth(0).iterrows():
        end = row["end"].strftime("%d.%m.%Y")
        albumin = f"{10 * row['albumin']:.1f}".replace(".", ",")
        sheet.append([
            f"A{at}", row["age"], {"male": "m", "female": "w"}[row["sex"]], row["zero"].to_pydatetime(), end,
            "ja" if row["event"] else "nein", albumin, {"yes": "ja", "no": "nein"}[row["liver_mets"]],
        ])  # fmt: skip
    sheet["B5"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    book.save(folder / "klinik.xlsx")
    return ["klinik.xlsx", "--sheet", "Patienten"]


def korean(folder: Path) -> list[str]:
    """CSV of cp949."""
    lines = ["연구번호,나이,성별,수술일,최종추적일,사망여부,알부민,간전이"]
    for at, row in truth(1).iterrows():
        sex, liver = {"male": "남", "female": "여"}[row["sex"]], {"yes": "유", "no": "무"}[row["liver_mets"]]
        died = "사망" if row["event"] else "생존"
        lines.append(
            f"K{at},{row['age']:g},{sex},{row['zero']:%Y.%m.%d},{row['end']:%Y.%m.%d},{died},{row['albumin']},{liver}"
        )
    (folder / "hospital.csv").write_bytes(("\n".join(lines) + "\n").encode("cp949"))
    return ["hospital.csv"]


def redcap(folder: Path) -> list[str]:
    """A raw export; what the codes mean stands in the dictionary alone."""
    dictionary(
        folder,
        [
            ("record_id", "base", "text", "Record", "", "", ""),
            ("surname", "base", "text", "Surname", "", "", "y"),
            ("age", "base", "text", "Age", "", "integer", ""),
            ("gend", "base", "radio", "Sex", "1, Male | 2, Female", "", ""),
            ("op_date", "base", "text", "Date of operation", "", "date_dmy", ""),
            ("last_date", "base", "text", "Date of death or last contact", "", "date_dmy", ""),
            ("vital", "base", "radio", "Vital status", "1, Dead | 2, Alive", "", ""),
            ("alb", "base", "text", "Albumin (g/dL)", "", "number", ""),
            ("mets", "base", "checkbox", "Metastases", "1, Lung | 2, Liver", "", ""),
        ],
    )
    lines = [
        "record_id,redcap_data_access_group,surname,age,gend,op_date,last_date,vital,alb,mets___1,mets___2,base_complete"
    ]
    for at, row in truth(2).iterrows():
        sex, vital, liver = (
            {"male": 1, "female": 2}[row["sex"]],
            2 - row["event"],
            int(row["liver_mets"] == "yes"),
        )
        group = ("north", "south")[at % 2]
        lines.append(
            f"{at},{group},Quetzalcoatl,{row['age']:g},{sex},{row['zero']:%Y-%m-%d},{row['end']:%Y-%m-%d},{vital},{row['albumin']},0,{liver},2"
        )
    write(folder, "export.csv", "\n".join(lines) + "\n")
    return ["export.csv", "--dictionary", str(folder / "dictionary.csv")]


def mapped(folder: Path) -> list[Path]:
    """The three mapping files that `map` proposes, with the one answer that no file holds."""
    paths = []
    for make in (german, korean, redcap):
        table, *options = make(folder)
        path = folder / f"{make.__name__}.toml"
        assert main(["map", str(folder / table), *options, "--out", str(path)]) == 0
        text = path.read_text(encoding="utf-8").replace('time_zero = "not stated"', 'time_zero = "surgery"')
        paths.append(write(folder, path.name, text))
    return paths


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Path]:
    """The mapping files, and the folder of the check of all three."""
    folder = tmp_path_factory.mktemp("one")
    paths = mapped(folder)
    assert main(["check", *map(str, paths), "--out", str(folder / "out")]) == 0
    return paths, folder / "out"


def test_three_hospitals_become_one_cohort_with_one_answer(checked):
    paths, out = checked
    cohort = read_cohorts(paths)
    assert cohort.sites == ["klinik", "hospital", "north", "south"]
    every, first, second = slice(None), slice(0, None, 2), slice(1, None, 2)
    for site, hospital, rows in (
        ("klinik", 0, every),
        ("hospital", 1, every),
        ("north", 2, first),
        ("south", 2, second),
    ):
        here, want = cohort.take(cohort.site == site), truth(hospital).iloc[rows]
        assert here.outcome.time_days.tolist() == want["time_days"].tolist()
        assert here.outcome.event.astype(int).tolist() == want["event"].tolist()
        for name in ("age", "sex", "liver_mets"):
            assert here.patients[name].tolist() == want[name].tolist(), (site, name)
        assert here.patients["albumin"].tolist() == pytest.approx(want["albumin"].tolist(), abs=1e-9)
    assert "Colour is not read" in (out / "german" / "audit.json").read_text(encoding="utf-8")


def test_the_page_about_it_types_commands_that_exist_and_names_the_files(checked):
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    assert len(lines) == 5
    for line in lines:
        program, *words = shlex.split(line)
        assert (program, parser().parse_args(words).command is not None) == ("spinesurv", True)
    out = checked[1]
    for name in re.findall(r"^\| `audit/<table>/([\w./]+)`", page, flags=re.M):
        assert all((out / table / name).is_file() for table in ("german", "korean", "redcap")), name


def test_another_person_in_another_folder_reaches_the_same_bytes(checked, tmp_path):
    paths, out = checked
    other = tmp_path / "Büro 한글"
    shutil.copytree(paths[0].parent, other, ignore=shutil.ignore_patterns("out"))
    assert main(["check", *(str(other / path.name) for path in paths), "--out", str(other / "out")]) == 0
    files = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert len([path for path in files if path.name == "patients.csv"]) == 3
    for path in files:
        assert (other / "out" / path).read_bytes() == (out / path).read_bytes(), path
        assert b"Quetzalcoatl" not in (out / path).read_bytes()
