"""Files that are something else than their ending says, encodings that nobody said, and signs that are told from the cells."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from spinesurv.cohorts import read_table
from spinesurv.cohorts.proposal import propose
from spinesurv.errors import InputError
from tests.cohorts.files import CANONICAL, one_clear_sentence, write

OLD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def archive(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize("read", [read_table, propose])
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xls", OLD, "Excel 97-2003"),
        ("a.csv", OLD, "Excel 97-2003"),
        ("a.xls", b"<html><table><tr><td>id</td></tr></table></html>", "web page or XML"),
        ("a.ods", archive("mimetype", "content.xml"), "OpenDocument"),
        ("a.xlsb", archive("xl/workbook.bin"), "binary workbook"),
        ("a.csv", archive("word/document.xml"), "Word document"),
        ("a.zip", archive("a.csv"), "an archive. Unpack it first"),
        ("a.csv.gz", gzip.compress(CANONICAL.encode()), "compressed file. Unpack it first"),
        ("a.pdf", b"%PDF-1.7 ...", "a PDF"),
        ("a.csv", archive("xl/workbook.xml"), r"a workbook \(\.xlsx\)"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path, read, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=says) as refusal:
        read(tmp_path / name)
    one_clear_sentence(str(refusal.value))


def test_a_bundle_is_known_by_its_content_and_no_value_of_a_patient_is_a_name(tmp_path):
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1913-02-27"}
    text = json.dumps({"resourceType": "Bundle", "entry": [{"resource": patient}] * 2})
    for name in ("a.json", "a.txt"):
        for read in (read_table, propose):
            with pytest.raises(InputError, match=r"\[mcode\]: time zero must be said") as refusal:
                read(write(tmp_path, name, text))
            one_clear_sentence(str(refusal.value))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"), ("utf-8-sig", "utf-8")],
)
def test_unicode_files_are_known(tmp_path, encoding, said):
    (tmp_path / "a.csv").write_bytes(CANONICAL.encode(encoding))
    table = propose(tmp_path / "a.csv").table
    assert table.options.encoding == said
    assert table.cells["age"].tolist() == ["61", "70", "55", "48"]
    if said.startswith("utf-16"):
        with pytest.raises(InputError, match=f'Say encoding = "{said}"'):
            read_table(tmp_path / "a.csv")


TEXTS = {
    "cp949": "환자번호,병원,나이,성별,원발암,알부민\n1,서울,61,남,폐암,3.1\n2,부산,70,여,유방암,4.0\n",
    "cp932": "患者ID,病院,年齢,性別,原発巣,アルブミン\n1,東京,61,男,肺癌,3.1\n2,大阪,70,女,乳癌,4.0\n",
    "gb18030": "病历号,医院,年龄,性别,原发肿瘤,白蛋白,手术日期\n1,北京,61,男,肺癌,3.1,\n2,上海,70,女,乳腺癌,4.0,\n",
    "big5": "病歷號,醫院,年齡,性別,原發腫瘤,白蛋白,手術日期\n1,台北,61,男,肺癌,3.1,\n2,高雄,70,女,乳癌,4.0,\n",
    "cp1252": "Nr,Klinik,Alter,Geschlecht,Primärtumor,Größe\n1,München,61,männlich,Niere,170\n2,Köln,70,weiblich,Brust,165\n",
}


@pytest.mark.parametrize("encoding", list(TEXTS))
def test_encodings_are_told_apart_by_their_script(tmp_path, encoding):
    """A Chinese file fits cp949 as well; only a part of its letters would be Hangul then."""
    (tmp_path / "a.csv").write_bytes(TEXTS[encoding].encode(encoding))
    table = propose(tmp_path / "a.csv").table
    assert table.options.encoding == encoding
    assert list(table.cells.columns) == TEXTS[encoding].splitlines()[0].split(",")


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal", "asks"),
    [
        ('id,alb\n1,"3,8"\n2,"4,1"\n', ",", ",", False),
        ('id,leuko\n1,"8,200"\n2,"11,100"\n', ",", ".", True),
        ("sep=;\nid;alb\n1;3,8\n2;4,1\n", ";", ",", False),
        ('"id", "alb"\n"1", "3.8"\n"2", "4.1"\n', ",", ".", False),
        ("id,alb\n1,3.8\n2,4.1\n\x1a", ",", ".", False),
    ],
)
def test_signs_of_a_text_file(tmp_path, text, delimiter, decimal, asks):
    """A comma with three digits behind it everywhere may divide thousands; blanks behind a delimiter belong to no cell."""
    proposal = propose(write(tmp_path, "a.csv", text))
    assert (proposal.table.options.delimiter, proposal.table.options.decimal) == (delimiter, decimal)
    assert proposal.table.cells.columns[0] == "id"
    assert len(proposal.table) == 2
    assert any("thousands" in question for question in proposal.questions) == asks
