"""Several tables in one cohort: who is in two of them, names that drift, what one never measured."""

from __future__ import annotations

import pytest

from spinesurv.cohorts import import_table, pooling_findings, read_cohorts
from tests.cohorts.files import write

FIRST = """patient_id,site,time_days,event,age,sex,primary_tumor,albumin,crp
1,north,10,1,61,female,breast,3.1,1
2,north,200,0,70,male,prostate,4.0,2
"""
#: the second patient of the first table under another identifier; haemoglobin as Hb; no CRP
SECOND = """patient_id,site,time_days,event,age,sex,primary_tumor,S-Albumin
7,south,200,0,70,male,prostate,40
8,south,33,1,50,female,breast,38
"""


def found(tmp_path, second=SECOND):
    paths = [write(tmp_path, "a.csv", FIRST), write(tmp_path, "b.csv", second)]
    return paths, {(f.rule, f.column): f for f in pooling_findings([import_table(p) for p in paths])}


def test_the_same_patient_in_two_tables_and_names_that_drift(tmp_path):
    paths, findings = found(tmp_path, SECOND.replace("S-Albumin", "Serum Albumin"))
    assert findings["same_patient_in_two_tables", "patient_id"].count == 2
    assert "b.csv has no albumin" in findings["column_drift", "albumin"].what
    assert findings["never_measured_in_table", ""].what == "b.csv has no crp."
    with pytest.warns(UserWarning, match="share date or time, age and sex"):
        cohort = read_cohorts(paths)
    assert cohort.patients["crp"].isna().tolist() == [False, False, True, True]


def test_tables_of_different_people_with_the_same_columns_have_nothing_to_tell(tmp_path):
    second = FIRST.replace("north", "south").replace("61", "62").replace("70", "71")
    assert found(tmp_path, second)[1] == {}
