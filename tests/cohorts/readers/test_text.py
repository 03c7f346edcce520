"""Text files as Excel writes them in Korea, Japan and Germany: encodings, signs, and dates of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinesurv.cohorts import ReadOptions, import_table, read_table
from spinesurv.cohorts.readers.plain_lines import plain_lines
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write

KOREAN = "환자번호,성별,수술일,최종추적일,사망여부,알부민\n007,남,2019.03.04,2020-01-02,사망,3.1\n8,여,2019.12.31,2020-02-29,생존,３．８\n"
JAPANESE = (
    "番号,性別,手術日,最終観察日,転帰,アルブミン,血小板\n1,男,R1.5.1,令和2年2月29日,死亡,３.１,１５\n2,女,H31.4.30,2020年1月2日,生存,4.0,20.5\n"
    "3,女,R1.4.30,R2.1.2,生存,4.0,20\n4,男,平成元年1月8日,S64.1.7,死亡,4.0,20\n"
)
GERMAN = "Nr;Geschl;OP;Kontakt;tot;Alb;Leuko\r\n1;m;04.03.2019;01.02.2020;ja;38,5;8.200\r\n2;w;31.12.2019;29.02.2020;nein;41;11.450,5\r\n"


def imported(folder, text, encoding, table, rest, name="a.csv"):
    (folder / name).write_bytes(text.encode(encoding))
    rules = f'[table]\nfile = "{name}"\nsite = "s"\n{table}\n[outcome]\ntime_zero = "surgery"\n{rest}'
    return import_table(write(folder, "m.toml", rules))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("cp949", "cp949"), ("euc_kr", "euc-kr"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16")],
)
def test_a_korean_file(tmp_path, encoding, said):
    """Points in dates, full-width digits, an identifier with zeros in front."""
    rest = """start = { from = "수술일", format = "YYYY.MM.DD" }
end = "최종추적일"
event = { from = "사망여부", dead = ["사망"], alive = ["생존"] }
[columns]
sex = { from = "성별", values = { "남" = "male", "여" = "female" } }
albumin = "알부민"
"""
    result = imported(
        tmp_path, KOREAN, encoding, f'patient_id = "환자번호"\nencoding = "{said}"', rest
    ).canonical
    assert result["patient_id"].tolist() == ["007", "8"]
    assert result["time_days"].tolist() == [304.0, 60.0]
    assert result["sex"].tolist() == ["male", "female"]
    np.testing.assert_allclose(result["albumin"], [3.1, 3.8], rtol=1e-12)


@pytest.mark.parametrize("encoding", ["cp932", "shift_jis", "euc_jp"])
def test_a_japanese_file(tmp_path, encoding):
    """Years of eras by hand: R1.5.1 is 1 May 2019, H31.4.30 the day before; R1.4.30 is before its era, S64.1.7 the last day of another."""
    rest = """start = { from = "手術日", format = "japanese" }
end = { from = "最終観察日", format = "japanese" }
event = { from = "転帰", dead = ["死亡"], alive = ["生存"] }
[columns]
sex = { from = "性別", values = { "男" = "male", "女" = "female" } }
albumin = "アルブミン"
platelets = { from = "血小板", unit = "10^4/uL" }
"""
    result = imported(tmp_path, JAPANESE, encoding, f'patient_id = "番号"\nencoding = "{encoding}"', rest)
    assert result.canonical["index_date"].tolist() == ["2019-05-01", "2019-04-30"]
    assert result.canonical["time_days"].tolist() == [304.0, 247.0]
    np.testing.assert_allclose(result.canonical["platelets"], [150, 205], rtol=1e-12)
    np.testing.assert_allclose(result.canonical["albumin"], [3.1, 4.0], rtol=1e-12)
    assert result.refused["reason"].tolist() == [
        "start date is not a date in the stated format",
        "death before the start date",
    ]


def test_a_german_file(tmp_path):
    rest = """start = { from = "OP", format = "DD.MM.YYYY" }
end = { from = "Kontakt", format = "DD.MM.YYYY" }
event = { from = "tot", dead = ["ja"], alive = ["nein"] }
[columns]
sex = { from = "Geschl", values = { m = "male", w = "female" } }
albumin = { from = "Alb", unit = "g/L" }
wbc = { from = "Leuko", unit = "/uL" }
"""
    table = 'patient_id = "Nr"\nencoding = "cp1252"\ndelimiter = ";"\ndecimal = ","\nthousands = "."'
    for text in (GERMAN, "sep=;\r\n" + GERMAN):
        result = imported(tmp_path, text, "cp1252", table, rest).canonical
        assert result["time_days"].tolist() == [334.0, 60.0]
        np.testing.assert_allclose(result["albumin"], [3.85, 4.1], rtol=1e-12)
        np.testing.assert_allclose(result["wbc"], [8.2, 11.4505], rtol=1e-12)


def test_a_first_line_that_names_the_delimiter_is_no_header(tmp_path):
    table = read_table(write(tmp_path, "a.csv", "sep=;\nid;alb\n1;3,8\n"))
    assert table.cells.to_dict("list") == {"id": ["1"], "alb": ["3,8"]}
    assert table.options.delimiter == ";"
    assert table.lines.tolist() == [3]


def test_a_file_in_utf_16_is_named_as_such(tmp_path):
    (tmp_path / "a.csv").write_bytes("id\talb\n1\t3.8\n".encode("utf-16"))
    with pytest.raises(InputError, match=r'the file is UTF-16.*encoding = "utf-16"') as refusal:
        read_table(tmp_path / "a.csv")
    one_clear_sentence(str(refusal.value))
    table = read_table(tmp_path / "a.csv", ReadOptions(encoding="utf-16", delimiter="\t"))
    assert table.cells["alb"].tolist() == ["3.8"]


def test_a_letter_that_the_encoding_lacks_is_told_wherever_it_stands(tmp_path):
    """A file is decoded as it is read: also a broken byte far behind the header refuses the table."""
    (tmp_path / "a.csv").write_bytes(b"id,alb\n" + b"1,3.8\n" * 50_000 + b"2,\xff\n")
    with pytest.raises(InputError, match="the file is not utf-8"):
        read_table(tmp_path / "a.csv")


def test_plain_lines_are_read_once_more_by_pandas(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,stage,"a,b"\n1,NA,\n2, ,None\n3,"",0\n', encoding="utf-8", newline="\n")
    checks = read_table(path).content.checks
    assert [(c.column, c.what) for c in checks] == [
        ("", "rows"),
        ("id", "missing"),
        ("stage", "missing"),
        ("a,b", "missing"),
    ]
    assert all(c.agrees and c.against.startswith("pandas ") for c in checks)


@pytest.mark.parametrize(
    ("spoilt", "place"),
    [(lambda codes: codes[:-1], "rows of the table"), (lambda codes: codes[[0, 0, 0]], "missing of albumin")],
)
def test_plain_lines_that_are_cut_wrongly_are_not_believed(tmp_path, monkeypatch, spoilt, place):
    """A fault of the first reading that no file can cause: a line lost, or cells that moved to another row."""
    path = tmp_path / "a.csv"
    path.write_text('albumin\n3.1\n""\n4.2\n', encoding="utf-8", newline="\n")

    def wrong(*given):
        header, columns = plain_lines(*given)
        return header, [replace(c, codes=spoilt(c.codes)) for c in columns]

    monkeypatch.setattr("spinesurv.cohorts.readers.text.plain_lines", wrong)
    with pytest.raises(InputError, match=rf"a\.csv: two readers disagree .*{place}.*pandas"):
        read_table(path)
