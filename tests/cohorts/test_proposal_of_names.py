"""Names and forms of columns in the languages of hospitals: what is read, what is held back, and what must not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinesurv.cohorts import import_table
from spinesurv.cohorts.proposal import mapping_text, propose, questions
from spinesurv.cohorts.proposal.names import named, never
from tests.cohorts.test_proposal import IDS, table


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Wirbelsäulenmetastasen (Anzahl)", "n_spine_mets"), ("脊椎転移の個数", "n_spine_mets"), ("척추전이 개수", "n_spine_mets"),
        ("肝転移の有無", "liver_mets"), ("liver_mts_yn", "liver_mets"), ("Metastasi epatiche", "liver_mets"), ("脑转移", "brain_mets"),
        ("hersenmetastase", "brain_mets"), ("Lunge Metastasen", "lung_mets"), ("Hb präop. (g/dl)", "hemoglobin"), ("albgdl", "albumin"),
        ("술전 알부민", "albumin"), ("术前白蛋白", "albumin"), ("albuminemia preoperatoria", "albumin"), ("plt_kul", "platelets"),
        ("Datum der letzten Visite", "follow_up_end_date"), ("末次随访日期", "follow_up_end_date"), ("Surgery date", "index_date"),
        ("Date of birth of the child", None), ("Karnofski", "kps"), ("Plaetlets", "platelets"), ("performance status (ECOG)", "ecog"),
        ("Radiotherapy before (same level)", "prior_rt_same_site"), ("이전 방사선치료(동일부위)", "prior_rt_same_site"), ("이전 방사선치료", "prior_radiotherapy"),
        ("tumor stage", None), ("tumour marker", None), ("number of metastases", None), ("pstage", None), ("leukopenia", None),
        ("Survival (mths)", "time_days"), ("Status at last follow up", "event"), ("lebt noch", "event"), ("bone scan", None),
        ("previous fracture", None), ("ECOG previo", "ecog"), ("Ca", "calcium"), ("Ca primary", "primary_tumor"),
    ],
)  # fmt: skip
def test_a_name_is_read_by_its_words(name: str, key: str | None) -> None:
    assert [n.key for n in named(name) if n.confidence != "guess"] == ([key] if key else [])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Albumin POD7", "of a later day"), ("CRP d3", "of a later day"), ("W12ALB", "of a later day"), ("albumin Tag 5", "of a later day"),
        ("motor power 6/12", "of a later day"), ("dead_90d", "of a later day"), ("術後Hb", "known only after"), ("알부민(술후 7일)", "known only after"),
        ("Gehfähigkeit nach RT", "known only after"), ("照射後CRP", "known only after"), ("术后白蛋白", "known only after"),
        ("Mother's age", "about somebody else"), ("母の年齢", "about somebody else"), ("Patient name", "identifies a person"),
        ("Hospital name", None), ("albumin d0", None), ("BMI_KG_M2", None), ("hospitalised_last_3_months", None), ("Hb (g/dL)", None),
        ("WBC x10^9/L", None), ("Th12", None), ("Systemtherapie vor OP", None),
    ],
)  # fmt: skip
def test_what_a_name_says_of_another_time_or_person(name: str, why: str | None) -> None:
    found = never(name)
    assert found is None if why is None else found is not None and found.startswith(why)


@pytest.mark.parametrize(
    ("name", "cells", "key", "settings"),
    [
        ("sex (1=male, 2=female)", [1, 2, 2], "sex", {"values": {"1": "male", "2": "female"}}),
        ("性別(1男2女)", [1, 2, 2], "sex", {"values": {"1": "male", "2": "female"}}),
        ("성별(남1,여2)", [1, 2, 2], "sex", {"values": {"1": "male", "2": "female"}}),
        ("sex_male", [1, 0, 0], "sex", {"values": {"1": "male", "0": "female"}}),
        ("brain mets 0:no 1:yes", [1, 0], "brain_mets", {"values": {"0": "no", "1": "yes"}}),
        ("사망(1=사망,0=생존)", [1, 0], "event", {"dead": ["1"], "alive": ["0"]}),
        ("lebt noch", ["ja", "nein"], "event", {"dead": ["nein"], "alive": ["ja"]}),
        ("年齢", ["71歳", "６５歳", "58"], "age", {}),
        ("age", ["71 yrs", "65 years", "58 Jahre"], "age", {}),
        ("ECOG", ["０", "２", "３"], "ecog", {"values": {"０": "0", "２": "2", "３": "3"}}),
        ("albumin", ["３．８", "４．１"], "albumin", {}),
        ("albumin", ["38 g/L", "41 g/L", "29 g/L"], "albumin", {}),
        ("Höhe", ["BWK 3", "LWK1", "Th12"], "level", {"rule": "vertebra_words"}),
        ("ASA-Score", ["III", "II", "IV"], "asa", {"values": {"II": "2", "III": "3", "IV": "4"}}),
        ("手術日", ["2019年3月4日", "2020年12月16日"], "index_date", {"format": "japanese"}),
        ("手術日", ["令和元年5月1日", "H31.4.1"], "index_date", {"format": "japanese"}),
        ("수술일", ["2019. 3. 4.", "2020. 12. 16."], "index_date", {"format": "%Y. %m. %d."}),
        ("op date", ["18Oct2009", "04Aug2002"], "index_date", {"format": "%d%b%Y"}),
        ("op date", ["18.10.09", "27.08.02", "01.02.31"], "index_date", {"format": "%d.%m.%y"}),
    ],
)  # fmt: skip
def test_forms_of_columns(
    tmp_path: Path, name: str, cells: list[object], key: str, settings: dict[str, object]
) -> None:
    """Legends in headings, counters and units in cells, full width, dates of other countries."""
    extra = {"os days": [100, 2700]} if key == "event" else {}
    path = table(tmp_path / "raw.csv", IDS | {name: cells} | extra, sep=";")
    proposal = propose(path)
    found = {p.key: p for p in proposal.everything}[key]
    assert found.settings == settings and not found.blocked and found.from_ == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "gb18030", "utf-8-sig"])
def test_a_chinese_table_in_its_usual_encodings(tmp_path: Path, encoding: str) -> None:
    columns: dict[str, list[object]] = {
        "病例号": list(range(1, 31)),
        "性别": ["男", "女"],
        "白蛋白(g/L)": [38, 41, 29],
        "脑转移": ["有", "无", "无"],
        "结局": ["死亡", "存活"],
        "生存时间(天)": [30, 400, 2900],
    }
    path = table(tmp_path / "raw.csv", columns, sep="\t", encoding=encoding)
    text = mapping_text(propose(path))
    (tmp_path / "raw.toml").write_text(text, encoding="utf-8", newline="\n")
    got = import_table(path, mapping=tmp_path / "raw.toml").canonical
    assert got["albumin"].tolist()[:3] == [pytest.approx(3.8), pytest.approx(4.1), pytest.approx(2.9)]
    assert got["sex"].tolist()[:2] == ["male", "female"] and got["brain_mets"].tolist()[:2] == ["yes", "no"]
    assert got["event"].tolist()[:2] == [1, 0] and got["time_days"].tolist()[:3] == [30, 400, 2900]


def test_thousands_are_told_by_the_other_decimals_of_the_table(tmp_path: Path) -> None:
    columns = IDS | {
        "Albumin (g/l)": ["38,5", "41,2", "29,9"],
        "Leukozyten (/µl)": ["8.200", "11.400", "950"],
    }
    path = table(tmp_path / "raw.csv", columns, sep=";", encoding="cp1252")
    proposal = propose(path)
    text = mapping_text(proposal)
    assert 'decimal = ","' in text and 'thousands = "."' in text
    assert any("parting thousands" in q for q in questions(proposal))
    (tmp_path / "raw.toml").write_text(text, encoding="utf-8", newline="\n")
    got = import_table(path, mapping=tmp_path / "raw.toml").canonical
    assert got["wbc"].tolist()[:3] == [pytest.approx(8.2), pytest.approx(11.4), pytest.approx(0.95)]
    both = IDS | {"albumin": ["3,8", "4,12"], "Hb": ["12.5", "9.75"]}
    assert any(
        "Which is the decimal sign" in q for q in propose(table(tmp_path / "b.csv", both, sep=";")).questions
    )
    three = IDS | {
        "albumin": ["3,8", "4,12"],
        "lymphocytes": ["0.396", "1.253"],
    }  # one is no group of three digits
    assert propose(table(tmp_path / "c.csv", three, sep=";")).table.options.thousands is None


def test_a_word_for_missing_is_found_by_its_place(tmp_path: Path) -> None:
    """No list knows NC; it stands alone among numbers in two columns. 'normal' does too and may be a value."""
    columns = IDS | {
        "albumin": [3.8, "NC", 4.1],
        "Hb": ["NC", 12.1, 9.8],
        "ecog": [1, 2, "NC"],
        "brain mets": ["yes", "no", "NC"],
    }
    proposal = propose(table(tmp_path / "raw.csv", columns))
    assert proposal.missing == ("NC",) and any("'NC'" in q for q in proposal.questions)
    assert {p.key for p in proposal.columns if not p.blocked} == {
        "albumin",
        "hemoglobin",
        "ecog",
        "brain_mets",
    }
    normal = {name: ["normal" if cell == "NC" else cell for cell in cells] for name, cells in columns.items()}
    assert propose(table(tmp_path / "normal.csv", normal)).missing == ()
    once = IDS | {"albumin": [3.8, "NC", 4.1], "site": ["NC", "SC"]}
    assert propose(table(tmp_path / "once.csv", once)).missing == ()
    far = IDS | {"platelets": [220, 340, 999], "age": [61, 72, 999], "ecog": [1, 2, 999]}
    assert propose(table(tmp_path / "far.csv", far)).missing == ("999",)
    real = IDS | {"platelets": [220, 640, 999], "age": [61, 72, 70]}
    assert propose(table(tmp_path / "real.csv", real)).missing == ()


def test_percentages_of_the_white_cells(tmp_path: Path) -> None:
    columns = IDS | {"WBC (10^9/L)": [8.0, 10.0], "neut_pct": [70.5, 62.0], "lymph (%)": [18.0, 24.5]}
    path = table(tmp_path / "raw.csv", columns)
    (tmp_path / "raw.toml").write_text(mapping_text(propose(path)), encoding="utf-8", newline="\n")
    got = import_table(path, mapping=tmp_path / "raw.toml").canonical
    assert got["neutrophils"].tolist()[:2] == [pytest.approx(5.64), pytest.approx(6.2)]
    assert got["lymphocytes"].tolist()[:2] == [pytest.approx(1.44), pytest.approx(2.45)]


def test_first_words_and_letters_that_columns_share_say_nothing(tmp_path: Path) -> None:
    forms = IDS | {
        "demo_age": [61, 72],
        "demo_sex": ["M", "F"],
        "labs_alb": [3.8, 4.1],
        "labs_hb": [12.1, 9.8],
    }
    assert {p.key for p in propose(table(tmp_path / "forms.csv", forms)).columns} == {
        "age",
        "sex",
        "albumin",
        "hemoglobin",
    }
    adam = IDS | {"BALB": [3.8, 4.1], "BHGB": [12.1, 9.8], "BECOG": [1, 2], "BKPS": [70, 90]}
    assert {p.key for p in propose(table(tmp_path / "adam.csv", adam)).columns} == {
        "albumin",
        "hemoglobin",
        "ecog",
        "kps",
    }


@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        ("ECOG", ["0-1", 2, 3, "PS 1"], "several levels at once"),
        ("ESCC", ["low", "high"], "no variable takes them"),
        ("SINS", ["stable", "unstable"], "no variable takes"),
        ("Frankel", [1, 2, 3, 4, 5], "neurology_a_is_1"),
        ("ambulatory", ["Y", "N"], "which of independent, assisted, nonambulatory"),
        ("neutrophils", [71, 64, 80], "percentage of wbc"),
    ],
)  # fmt: skip
def test_classes_and_directions_are_asked_about(
    tmp_path: Path, name: str, cells: list[object], words: str
) -> None:
    proposal = propose(table(tmp_path / "raw.csv", IDS | {name: cells}))
    assert any(words in q for q in questions(proposal))
    (column,) = proposal.columns
    assert column.blocked == (name != "ECOG")
    if name == "ECOG":
        assert column.settings["rule"] == "ecog_words" and column.confidence == "likely"


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("年齢", "年龄", "年齡"), "age"), (("脳転移", "脑转移", "腦轉移"), "brain_mets"), (("術前白蛋白", "术前白蛋白", "術前 白蛋白"), "albumin"),
        (("진단시 연령", "age at diagnosis", "edad al diagnóstico"), "age"), (("血清アルブミン値", "혈청 알부민", "S-Albumin", "albuminémie"), "albumin"),
    ],
)  # fmt: skip
def test_words_for_one_thing_are_one_in_every_script(names: tuple[str, ...], key: str) -> None:
    assert [named(name)[0].key for name in names] == [key] * len(names)


def test_a_dash_beside_words_is_a_gap_and_beside_a_plus_it_is_no(tmp_path: Path) -> None:
    path = table(
        tmp_path / "dash.csv", IDS | {"脳転移(有/無)": ["有", "無", "－"], "肝転移": ["＋", "－", "－"]}
    )
    proposal = propose(path)
    values = {p.key: p.settings.get("values") for p in proposal.columns if not p.blocked}
    assert (
        values == {"liver_mets": {"＋": "yes", "－": "no"}} and proposal.missing == ()
    )  # the other asks what its dash is
    alone = propose(table(tmp_path / "gap.csv", IDS | {"脳転移(有/無)": ["有", "無", "－"]}))
    assert alone.missing == ("－",) and alone.columns[0].settings["values"] == {"有": "yes", "無": "no"}
