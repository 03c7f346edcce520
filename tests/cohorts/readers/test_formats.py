"""Each format, written by the test in the real format: cells as text, codes with labels, gaps with their reasons."""

from __future__ import annotations

import base64
import bz2
import datetime
import gzip
import json
import lzma
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import parquet

from spinesurv.cohorts import ReadOptions, check_table, import_table, read_table
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write

#: a data frame of three rows written by the Python package rdata 1.1.0 (id, albumin, ecog, sex as factor, n); the third
#: code of the factor is 0 there, which R never writes
RDS = (
    "H4sICAvTCWsC/3gucmRzAF1RTW/CMAw1acsGUiskfgeI2+AEp/2CTdoNheJOldIWmm5w237xtONODDexK7WW0j4/O88feZsCQAChGkEQEYTo9eV5"
    "sSZu3jp0Zj4BJu1/tXpiOFoL2NAnaYO7JHP29QfOdjPvE4ydCCXTUd8uGginmCcLPfbCY4OfaCy3oITNsNAG2Qsd7t+LUqOtXOvEMp02VU3oNmzH"
    "475EqQsUiYhJlR8ZPWhz+CjyUprAtHqXDVm8ymJKr6r+B71Mj7rRy6ymGoO6k7q6LKX2T7cbH0zSqjjRFPu8bCyeB9HwoC0yF/NoMY/rX+cRerb9"
    "7WCbc7sD4jtv9QoCAAA="
)


def test_readers_that_disagree_are_not_believed(tmp_path, monkeypatch):
    """The second reading says other lowest and highest numbers: the file is refused with the places."""
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(pd.DataFrame({"id": [1.0, 2.0], "albumin": [3.1, 4.0]}), str(path))
    other = pd.DataFrame({"id": [1.0, 2.0], "albumin": [3.0, 4.5]})
    monkeypatch.setattr(pd, "read_stata", lambda *_, **__: other)
    with pytest.raises(
        InputError, match=r"disagree about 2 of 7 checks \(lowest of albumin, highest of albumin; pandas"
    ):
        read_table(path)


def spss(folder):
    frame = pd.DataFrame(
        {
            "id": ["007", "8", "9", "10"],
            "ecog": [1.0, 9.0, 99.0, np.nan],
            "sex": [1.0, 2.0, 1.0, 2.0],
            "op": [datetime.date(2019, 3, 4), None, datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)],
            "alb": [3.8, 4.0, 3.25, np.nan],
        }
    )
    path = folder / "a.sav"
    pyreadstat.write_sav(
        frame,
        str(path),
        missing_ranges={"ecog": [9, {"lo": 90, "hi": 99}]},
        variable_value_labels={"ecog": {9.0: "not recorded"}, "sex": {1.0: "Male", 2.0: "Female"}},
    )
    return path


MAPPING = """
[table]
patient_id = "id"
site = "s"
[columns]
ecog = "ecog"
sex = "sex"
albumin = "alb"
index_date = "op"
"""


def test_spss_keeps_codes_labels_and_why_a_value_is_missing(tmp_path):
    table = read_table(spss(tmp_path))
    assert table.cells.to_numpy().tolist() == [
        ["007", "1", "1", "2019-03-04", "3.8"],
        ["8", "9", "2", "", "4"],
        ["9", "99", "1", "2020-01-01", "3.25"],
        ["10", "", "2", "2020-01-02", ""],
    ]
    assert table.content.gaps == {"ecog": {"9": "not recorded", "99": "declared missing in the file"}}
    assert table.content.labels["sex"] == {"1": "Male", "2": "Female"}
    assert [(c.what, c.agrees) for c in table.content.checks] == [("rows", True)]


def test_spss_reaches_the_canonical_columns_with_reasons_in_the_report(tmp_path):
    path = spss(tmp_path)
    result = import_table(path, mapping=write(tmp_path, "m.toml", MAPPING))
    assert result.canonical["ecog"].tolist() == [1, pd.NA, pd.NA, pd.NA]
    assert result.canonical["sex"].tolist() == ["male", "female", "male", "female"]
    assert result.canonical["index_date"].tolist()[0] == "2019-03-04"
    assert result.gaps.to_numpy().tolist() == [
        ["s", "8", "ecog", "not recorded"],
        ["s", "9", "ecog", "declared missing in the file"],
    ]
    assert "code '1' is male: label in the file" in set(result.trail["rule"])
    check_table(path, mapping=tmp_path / "m.toml", out=tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert {row["reason"]: row["count"] for row in audit["missing_reasons"]} == {
        "not recorded": 1,
        "declared missing in the file": 1,
    }
    assert audit["file"]["reader"].startswith("pyreadstat ")


def test_spss_of_a_korean_hospital_under_its_own_encoding(tmp_path):
    """The file is UTF-8 inside; letters of names and labels survive."""
    frame = pd.DataFrame({"번호": ["1"], "성별": [1.0]})
    pyreadstat.write_sav(frame, str(tmp_path / "k.sav"), variable_value_labels={"성별": {1.0: "남자"}})
    table = read_table(tmp_path / "k.sav")
    assert list(table.cells.columns) == ["번호", "성별"]
    assert table.content.labels["성별"] == {"1": "남자"}


def test_stata_extended_missing_values_keep_their_letters(tmp_path):
    frame = pd.DataFrame(
        {"id": ["1", "2", "3", "4"], "alb": [3.8, "a", "b", np.nan], "n": [1.0, 2.0, 3.0, 4.0]}
    )
    pyreadstat.write_dta(
        frame, str(tmp_path / "a.dta"), missing_user_values={"alb": ["a", "b"]},
        variable_value_labels={"alb": {"a": "not measured"}},
    )  # fmt: skip
    table = read_table(tmp_path / "a.dta")
    assert table.cells["alb"].tolist() == ["3.8", ".a", ".b", ""]
    assert table.content.gaps["alb"] == {".a": "not measured", ".b": "declared missing in the file"}
    assert {c.what for c in table.content.checks} == {"rows", "missing", "lowest", "highest"}
    assert all(c.agrees for c in table.content.checks)


def test_stata_through_a_mapping(tmp_path):
    frame = pd.DataFrame({"id": ["1", "2", "3"], "alb": [38.0, "a", np.nan]})
    pyreadstat.write_dta(frame, str(tmp_path / "a.dta"), missing_user_values={"alb": ["a"]})
    rules = '[table]\npatient_id = "id"\nsite = "s"\n[columns.albumin]\nfrom = "alb"\nunit = "g/L"\n'
    result = import_table(tmp_path / "a.dta", mapping=write(tmp_path, "m.toml", rules))
    np.testing.assert_allclose(result.canonical["albumin"].astype(float), [3.8, np.nan, np.nan], rtol=1e-12)
    assert len(result.problems) == 0
    assert result.gaps["patient_id"].tolist() == ["2"]


@pytest.mark.parametrize("version", [5, 8])
def test_transport_files_of_both_versions_give_dates(tmp_path, version):
    frame = pd.DataFrame({"ID": ["1", "2"], "OP": [datetime.date(2019, 3, 4), None], "ALB": [3.8, np.nan]})
    pyreadstat.write_xport(frame, str(tmp_path / "a.xpt"), file_format_version=version)
    table = read_table(tmp_path / "a.xpt")
    assert table.cells.to_numpy().tolist() == [["1", "2019-03-04", "3.8"], ["2", "", ""]]
    assert {(c.column, c.what, c.agrees) for c in table.content.checks} == {
        ("", "rows", True), ("OP", "missing", True), ("ALB", "missing", True), ("ALB", "lowest", True), ("ALB", "highest", True),
    }  # fmt: skip


def test_parquet_and_feather_with_categories_dates_and_gaps(tmp_path):
    frame = pd.DataFrame(
        {
            "id": ["007", "NA"],
            "sex": pd.Categorical(["male", None]),
            "op": [datetime.date(2019, 3, 4), None],
            "at": pd.to_datetime(["2019-03-04 23:30", None]).tz_localize("Asia/Seoul"),
            "alb": [3.8, np.nan],
            "n": pd.array([1, None], dtype="Int64"),
        }
    )
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    table = read_table(tmp_path / "a.parquet")
    assert table.cells.to_numpy().tolist() == [
        ["007", "male", "2019-03-04", "2019-03-04 23:30:00+09:00", "3.8", "1"],
        ["NA", "", "", "", "", ""],
    ]
    assert [f.rule for f in table.content.findings] == ["time_zone"]
    assert {(c.column, c.what) for c in table.content.checks if c.agrees} >= {
        ("", "rows"),
        ("alb", "missing"),
    }
    frame.to_feather(tmp_path / "a.feather")
    assert read_table(tmp_path / "a.feather").cells.equals(table.cells)


def test_parquet_types_that_pandas_does_not_make(tmp_path):
    """Dictionaries, decimals, points in time of every unit, spans in days, and single precision without its false digits."""
    day, at = 1_551_657_600, datetime.timedelta(days=45, hours=12)
    columns = {
        "coded": (pa.array(["007", None]).dictionary_encode(), "007"),
        "decimal": (pa.array([Decimal("3.80"), None], pa.decimal128(10, 2)), "3,8"),
        "long": (
            pa.array([Decimal("12345678901234567890.5"), None], pa.decimal256(50, 3)),
            "12345678901234567890,5",
        ),
        "seconds": (pa.array([day + 1, None], pa.timestamp("s")), "2019-03-04 00:00:01"),
        "nano": (pa.array([day * 10**9, None], pa.timestamp("ns")), "2019-03-04"),
        "seoul": (pa.array([day, None], pa.timestamp("s", tz="Asia/Seoul")), "2019-03-04 09:00:00+09:00"),
        "day": (pa.array([datetime.date(2019, 3, 4), None], pa.date64()), "2019-03-04"),
        "time": (pa.array([datetime.time(10, 30), None], pa.time64("ns")), "10:30:00"),
        "span": (pa.array([at, None], pa.duration("ms")), "45,5"),
        "single": (pa.array([3.7, None], pa.float32()), "3,7"),
        "half": (pa.array(np.array([3.7, np.nan], np.float16)), "3,7"),
        "whole": (pa.array([2**63 + 1, None], pa.uint64()), str(2**63 + 1)),
        "nothing": (pa.nulls(2), ""),
    }
    parquet.write_table(
        pa.table({name: values for name, (values, _) in columns.items()}), tmp_path / "a.parquet"
    )
    cells = read_table(tmp_path / "a.parquet", ReadOptions(decimal=",")).cells
    assert cells.iloc[0].to_dict() == {name: text for name, (_, text) in columns.items()}
    assert (cells.iloc[1] == "").all()


def test_a_point_in_time_is_read_as_its_day_in_its_own_zone(tmp_path):
    """23:30 in Seoul on 4 March is 14:30 in UTC: the day of the hospital is taken."""
    at = pa.array([1_551_709_800, None], pa.timestamp("s", tz="Asia/Seoul"))
    parquet.write_table(pa.table({"patient_id": ["1", "2"], "index_date": at}), tmp_path / "a.parquet")
    result = import_table(tmp_path / "a.parquet")
    assert result.canonical["index_date"].tolist()[0] == "2019-03-04"
    assert len(result.problems) == 0


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"id": pa.array(["1"]), "op": pa.array([-(10**11)], pa.timestamp("s"))}, "column op: it holds times that no calendar has"),
        ({"": pa.array(["1"]), "op": pa.array(["1"])}, "1 of 2 columns have no name"),
    ],
)  # fmt: skip
def test_a_parquet_file_that_no_table_can_be_is_refused(tmp_path, table, words):
    parquet.write_table(pa.table(table), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=words) as refusal:
        read_table(tmp_path / "a.parquet")
    one_clear_sentence(str(refusal.value))


def test_parquet_columns_of_the_same_name_are_refused(tmp_path):
    twice = pa.table([pa.array(["1"]), pa.array([2])], names=["x", "x"])
    parquet.write_table(twice, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="'x' occur more than once"):
        read_table(tmp_path / "a.parquet")


def test_single_precision_of_stata_has_no_false_digits(tmp_path):
    """A float of Stata holds 3.7 as 3.7000000477, which would be above a threshold of 3.7."""
    pd.DataFrame({"alb": np.array([3.7, 0.4], np.float32)}).to_stata(tmp_path / "a.dta", write_index=False)
    table = read_table(tmp_path / "a.dta")
    assert table.cells["alb"].tolist() == ["3.7", "0.4"]
    assert all(check.agrees for check in table.content.checks)


def test_a_parquet_column_of_lists_is_refused(tmp_path):
    pd.DataFrame({"id": ["1"], "levels": [[1, 2]]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"1 columns hold lists or records \(levels\)"):
        read_table(tmp_path / "a.parquet")


CODES = b"\x00\x00\x00\x02\x00\x00\x00\x01"
PLAIN = gzip.decompress(base64.b64decode(RDS)).replace(
    CODES + b"\x00\x00\x00\x00", CODES + b"\x80\x00\x00\x00"
)


@pytest.mark.parametrize("packed", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_data_frame_of_r(tmp_path, packed):
    (tmp_path / "a.rds").write_bytes(packed(PLAIN))
    table = read_table(tmp_path / "a.rds")
    assert list(table.cells.columns) == ["id", "albumin", "ecog", "sex", "n"]
    assert table.cells.to_numpy().tolist() == [
        ["007", "3.8", "1", "male", "1"],
        ["8", "", "2", "female", "2"],
        ["9", "4.1", "", "", "3"],
    ]


def test_an_rds_file_that_ends_too_early_or_has_codes_without_level_is_refused(tmp_path):
    for content in [PLAIN[:length] for length in range(0, len(PLAIN) - 1, 7)] + [base64.b64decode(RDS)]:
        (tmp_path / "a.rds").write_bytes(content)
        with pytest.raises(InputError, match="saveRDS") as refusal:
            read_table(tmp_path / "a.rds")
        one_clear_sentence(str(refusal.value))


CBIO = """#Patient\tStatus\tMonths\tAge
#Patient identifier\tOS status\tOS months\tAge
#STRING\tSTRING\tNUMBER\tNUMBER
#1\t1\t1\t1
PATIENT_ID\tOS_STATUS\tOS_MONTHS\tAGE
P-1\t1:DECEASED\t2.5\t61
P-2\t0:LIVING\t10\tUnknown
"""
SAMPLES = """#a\tb\tc
#a\tb\tc
#STRING\tSTRING\tSTRING
#1\t1\t1
PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE
P-1\tP-1-T1\tLUAD
P-1\tP-1-T2\tSCLC
"""


def test_cbioportal_patients(tmp_path):
    rules = """
[table]
format = "cbioportal"
patient_id = "PATIENT_ID"
site = "s"
[outcome]
time_zero = "sequencing"
time = { from = "OS_MONTHS", unit = "months" }
event = { from = "OS_STATUS", dead = ["1:DECEASED"], alive = ["0:LIVING"] }
[columns.age]
from = "AGE"
missing = { Unknown = "not recorded" }
"""
    path = write(tmp_path, "data_clinical_patient.txt", CBIO)
    result = import_table(path, mapping=write(tmp_path, "m.toml", rules))
    assert result.cohort.outcome.time_days.tolist() == [2.5 * 30.4375, 304.375]
    assert result.cohort.outcome.event.tolist() == [True, False]
    assert result.gaps.to_numpy().tolist() == [["s", "P-2", "age", "not recorded"]]
    assert result.table.lines.tolist() == [6, 7]
    assert "declared_type_broken" in {f.rule for f in result.audit}


def test_cbioportal_samples_are_joined_and_several_need_an_answer(tmp_path):
    path = write(tmp_path, "p.txt", CBIO)
    samples = write(tmp_path, "s.txt", SAMPLES)
    with pytest.raises(InputError, match=r'1 patients have several samples.*repeat = "first"'):
        read_table(path, ReadOptions(format="cbioportal", samples=samples))
    table = read_table(path, ReadOptions(format="cbioportal", samples=samples, repeat="last"))
    assert table.cells["ONCOTREE_CODE"].tolist() == ["SCLC", ""]
    assert {f.rule: f.count for f in table.content.findings if f.count} == {
        "declared_type_broken": 1, "several_samples": 1, "no_sample": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "package"), [("a.sav", "pyreadstat"), ("a.parquet", "pyarrow"), ("a.xpt", "pyreadstat")]
)
def test_an_absent_package_is_named_with_what_to_install(tmp_path, monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    write(tmp_path, name, "x")
    with pytest.raises(InputError, match=rf"{package}, which is not installed.*spinesurv\[formats\]"):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["a.sav", "a.dta", "a.sas7bdat", "a.xpt", "a.parquet", "a.feather", "a.rds", "a.xlsx"]
)
@pytest.mark.parametrize(
    "content", [b"", b"id,age\n1,61\n", b"\x00" * 400, b"PK\x03\x04", b"$FL2" + b"\x00" * 600]
)
def test_a_file_that_is_not_what_its_ending_says_is_refused_in_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"table {name}") as refusal:
        read_table(tmp_path / name)
    one_clear_sentence(str(refusal.value))


def test_a_zero_byte_within_a_text_is_refused(tmp_path):
    """pandas would take the three for one text."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"id": ["1", "2", "3"], "stage": ["a", "a\0b", "a\0c"]}).to_parquet(path)
    with pytest.raises(InputError, match=r"column stage: a zero byte stands in 2 cells, the first in row 2"):
        read_table(path)
