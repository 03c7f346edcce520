"""Files that R itself wrote: what written_by_r.R puts in is what the readers give, in every form of the file."""

from __future__ import annotations

import json

import pytest

from spinesurv.cohorts import ReadOptions, import_table, read_table
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write
from tests.cohorts.readers.written_by_r import KEPT, content, unpacked

DAYS = ["2019-03-04", "", "2020-01-01", "1965-01-02"]
TIMES = ["2019-03-04 10:30:00", "", "2020-01-01", "2020-01-02 05:00:00"]
FRAME = {
    "id": ["007", "8", "", 'Zoë \\ "x"'], "n": ["1", "", "3", "4"], "x": ["1.5", "", "", "-inf"], "b": ["true", "false", "", "true"],
    "f": ["male", "", "female", "male"], "o": ["low", "high", "", "low"], "day": DAYS,
    "whole_day": ["2019-03-04", "", "1970-01-02", "1969-12-31"], "utc": TIMES, "seoul": TIMES, "weeks": ["1", "", "3", "4.5"],
}  # fmt: skip
DECLARED = "declared missing in the file"


def columns(folder, name, **options):
    return read_table(unpacked(folder, name), ReadOptions(**options)).cells.to_dict("list")


@pytest.mark.parametrize(
    "name",
    [
        "version2.rds", "version3.rds", "bzip2.rds", "xz.rds", "none.rds", "text.rds", "hexadecimal.rds", "little_endian.rds",
        "tibble.rds", "function_beside.rds", "one.RData", "text.RData",
    ],
)  # fmt: skip
def test_every_form_gives_the_same_cells(tmp_path, name):
    """Points in time keep the day of their own zone: midnight in Seoul is 15:00 of the day before in UTC."""
    table = read_table(unpacked(tmp_path, name))
    assert table.cells.to_dict("list") == FRAME
    assert [(f.rule, f.column) for f in table.content.findings] == [("unit_in_the_file", "weeks")]
    assert "in weeks" in table.content.findings[0].what


def test_several_data_frames_are_chosen_by_name(tmp_path):
    with pytest.raises(InputError, match=r'2 data frames \(frame, sorted\).*sheet = "..."'):
        columns(tmp_path, "two.RData")
    assert columns(tmp_path, "two.RData", sheet="frame") == FRAME
    with pytest.raises(InputError, match=r"unknown data frame 'sortd'. Did you mean sorted\?"):
        columns(tmp_path, "two.RData", sheet="sortd")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("parts.rds", {"id": FRAME["id"], "at": TIMES}),
        ("row_names.rds", {"row.names": ["P-1", "P-2"], "alb": ["3.8", ""]}),
        ("latin1.rds", {"x": ["café", "b"]}),
        ("readr.rds", {"id": ["7", "8"], "alb": ["3.8", ""]}),
        ("compact.rds", {"id": [str(i) for i in (1, 10, 11, 12, *range(2, 10))], "k": [str(i) for i in (1, 10, 11, 12, *range(2, 10))]}),
        ("time_of_day.rds", {"id": ["1", "2"], "at": ["10:30:00", ""]}),
        ("classes.rds", {"id": ["1", "2", "3"], "big": ["1", "2", ""], "month": ["2019", "2019.25", ""]}),
        ("no_zone.rds", {"id": ["1", "2"], "op": ["2019-03-03 15:00:00", ""]}),
    ],
)  # fmt: skip
def test_what_columns_of_r_can_be(tmp_path, name, expected):
    assert columns(tmp_path, name) == expected


@pytest.mark.parametrize(("name", "rule"), [("no_zone.rds", "time_zone"), ("classes.rds", "class_not_known")])
def test_what_a_file_of_r_does_not_tell_is_asked(tmp_path, name, rule):
    assert [f.rule for f in read_table(unpacked(tmp_path, name)).content.findings] == [rule]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("list_column.rds", "column drugs is a list"), ("matrix_column.rds", "column m is a list, a table"),
        ("complex_column.rds", "column z is"), ("name_twice.rds", "columns of the same name: x"), ("vector.rds", "no data frame"),
        ("none.RData", "no data frame among its objects"), ("no_rows.rds", "11 columns and no patient"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_patients_is_refused_with_the_reason(tmp_path, name, words):
    with pytest.raises(InputError, match=words) as refusal:
        columns(tmp_path, name)
    one_clear_sentence(str(refusal.value))


def test_texts_of_a_korean_windows_session_are_read_in_its_encoding(tmp_path):
    """The file names CP949 as native; its texts carry no mark of their own. Made from none.rds by hand: flags, length and bytes."""
    korean = "환자".encode("cp949")
    spoilt = content("none.rds").replace(b"\x00\x00\x00\x05UTF-8", b"\x00\x00\x00\x05CP949")
    own = b"\x00\x04\x00\x09\x00\x00\x00\x03007"
    assert own in spoilt
    spoilt = spoilt.replace(own, b"\x00\x00\x00\x09\x00\x00\x00\x04" + korean)
    (tmp_path / "a.rds").write_bytes(spoilt)
    assert read_table(tmp_path / "a.rds").cells["id"].tolist() == ["환자", *FRAME["id"][1:]]
    (tmp_path / "a.rds").write_bytes(spoilt.replace(b"CP949", b"CP000"))
    with pytest.raises(InputError, match="encoding that is not known"):
        read_table(tmp_path / "a.rds")


TAGGED = {
    "alb": {".a": DECLARED, ".z": DECLARED},
    "ecog": {".a": "not asked", ".b": DECLARED},
}
SPSS = {"ecog": {"9": "not recorded", "99": DECLARED}, "sex": {"x": "not said"}}


@pytest.mark.parametrize(
    ("name", "gaps"),
    [
        ("tagged.rds", TAGGED), ("tagged_14.dta", TAGGED), ("tagged_8.dta", TAGGED),
        ("declared.rds", SPSS), ("declared.sav", SPSS), ("declared.zsav", SPSS),
        ("letters.sas7bdat", {"alb": {".A": DECLARED, ".Z": DECLARED}}),
        ("letters_5.xpt", {"alb": {".A": DECLARED, ".Z": DECLARED}}),
        ("letters_8.xpt", {"alb": {".A": DECLARED, ".Z": DECLARED}}),
    ],
)  # fmt: skip
def test_why_a_value_is_missing_survives_in_every_format(tmp_path, name, gaps):
    table = read_table(unpacked(tmp_path, name))
    assert table.content.gaps == gaps
    assert all(check.agrees for check in table.content.checks)
    rules = '[table]\npatient_id = "id"\nsite = "s"\n'
    rules += '[columns]\necog = "ecog"\n' if "ecog" in gaps else '[columns]\nalbumin = "alb"\n'
    result = import_table(tmp_path / name, mapping=write(tmp_path, "m.toml", rules))
    variable, raw = ("ecog", "ecog") if "ecog" in gaps else ("albumin", "alb")
    told = result.gaps.loc[result.gaps["column"] == variable, "reason"].tolist()
    assert sorted(told) == sorted(gaps[raw].values())
    assert len(result.problems) == 0


@pytest.mark.parametrize("name", ["letters_5.xpt", "letters_8.xpt", "letters.sas7bdat"])
def test_numbers_days_and_times_of_sas_files(tmp_path, name):
    """Numbers of IBM mainframes carry 56 bits: what R wrote comes back to the last digit."""
    table = read_table(unpacked(tmp_path, name))
    assert table.cells.to_dict("list") == {
        "id": ["1", "2", "3", "4"],
        "alb": ["3.8", ".A", ".Z", ""],
        "neg": ["-1e-05", "0", "1000000000", "0.3333333333333333"],
        "day": DAYS,
        "at": ["10:30:00", "", "00:00:00", "05:00:05"],
    }
    found = {(c.column, c.what) for c in table.content.checks}
    assert {("", "rows"), ("neg", "lowest"), ("neg", "highest")} <= found
    if name.endswith("xpt"):
        assert {("day", "missing"), ("at", "missing"), ("alb", "missing")} <= found


def test_a_transport_file_of_several_tables_is_refused(tmp_path):
    one = content("letters_5.xpt")
    (tmp_path / "a.xpt").write_bytes(one + one[240:])
    with pytest.raises(InputError, match="the file holds 2 tables"):
        read_table(tmp_path / "a.xpt")


def test_files_that_end_too_early_are_refused_in_one_sentence(tmp_path):
    for name in json.loads(KEPT.read_text(encoding="utf-8")):
        whole = content(name)
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InputError) as refusal:
            read_table(tmp_path / name)
        one_clear_sentence(str(refusal.value))
