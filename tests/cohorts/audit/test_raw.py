"""What a check tells about a raw table before any mapping: public tables with the traps that their READMEs name."""

from __future__ import annotations

import json

import pytest

from spinesurv.cohorts import check_table
from spinesurv.cohorts.first_look import first_look
from spinesurv.errors import InputError
from tests.cohorts.files import CANARIES, write
from tests.paths import shared


def told(path):
    return {(f.rule, f.column): f for f in first_look(path).findings}


#: file -> (finding, column, cells concerned as the README of the table counts them)
PUBLIC = {
    "ici_pancancer/raw/kato.csv": [
        ("constant_at_site", "Albumin", 35), ("constant_at_site", "NLR", 35), ("never_measured", "PDL1_TPS(%)", 35)],
    "ici_pancancer/raw/msk1.csv": [("band_midpoints", "Age", 452), ("half_missing", "PDL1_TPS(%)", 370)],
    "ncctg_lung/lung_raw.csv": [("event_coding", "status", 228), ("time_unit", "time", 228)],
    "msk_met_patients/data_clinical_patient.txt": [
        ("zero_days", "OS_MONTHS", 1098), ("younger_at_death", "AGE_AT_DEATH", 64), ("kept_after_time_zero", "", 2)],
    "support2_cancer/support2_cancer_raw.csv": [
        ("out_of_range", "alb", 1), ("out_of_range", "bili", 1), ("kept_model_output", "", 4), ("kept_after_time_zero", "", 7)],
    "prostate_byar_green/prostate_raw.csv": [("zero_days", "dtime_months", 16)],
    "stomach_tumor/tumor_raw.csv": [("kept_after_time_zero", "", 2)],
    "pancreatic_dates/pancreatic_raw.csv": [("looks_like_missing_code", "progression", 15)],
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_traps_of_public_tables_are_found_on_the_raw_file(name):
    found = told(shared(f"realdata/{name}"))
    for rule, column, count in PUBLIC[name]:
        assert found[rule, column].count == count


def test_one_two_coding_is_explained():
    advice = told(shared("realdata/ncctg_lung/lung_raw.csv"))["event_coding", "status"]
    assert "'1' in 63 rows, '2' in 165 rows" in advice.what
    assert "2 = died is common" in advice.do


ROWS = 40
TABLE = "no,hospital,os_days,CNSR,alb,name,marker\n" + "".join(
    f"{i},{'a' if i < 20 else 'b'},{(-1 if i == 0 else i % 30) if i < 20 else i * 20},{i % 2},"
    f"{38 + i % 7},Quetzalcoatl,{'<5' if i % 2 else 'unknown'}\n"
    for i in range(ROWS)
)


def test_a_small_table_with_several_traps(tmp_path):
    """Days that are months at one hospital, a negative time, CNSR, albumin in g/L, names, words for missing."""
    found = told(write(tmp_path, "a.csv", TABLE))
    months = found["time_unit", "os_days"]
    assert months.site == "a"
    assert "the maximum lies below 60" in months.what
    assert found["negative_time", "os_days"].count == 1
    assert "1 often means censored" in found["event_coding", "CNSR"].do
    assert found["unit_not_stated", "alb"].count == ROWS
    assert "albumin in g/L" in found["unit_not_stated", "alb"].what
    assert found["identifies_a_person", ""].count == 1
    assert found["looks_like_missing_code", "marker"].count == ROWS / 2


def test_the_files_of_a_refused_check_tell_it_and_no_value(tmp_path):
    path = write(tmp_path, "a.csv", TABLE)
    with pytest.raises(InputError, match="none of its 7 columns is a name of the codebook"):
        check_table(path, out=tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert audit["status"] == "refused"
    assert {"import_refused", "event_coding", "time_unit"} <= {f["rule"] for f in audit["findings"]}
    assert audit["questions"]
    page = (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")
    assert "before anything is mapped" in page
    assert not [c for c in CANARIES if c in page or c in json.dumps(audit, ensure_ascii=False)]


def test_a_file_that_is_no_table_is_refused_with_its_one_finding(tmp_path):
    with pytest.raises(InputError, match="the file is empty"):
        check_table(write(tmp_path, "a.csv", ""), out=tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert [f["rule"] for f in audit["findings"]] == ["import_refused"]
