"""OMOP and mCODE: patients out of dated rows; which row is taken, with which unit, and what an absent row says."""

from __future__ import annotations

import json
import sqlite3

import pandas as pd
import pytest

from spinesurv.cohorts import import_table
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write

TABLES = {
    "person": "person_id,year_of_birth,month_of_birth,day_of_birth,gender_concept_id,care_site_id\n"
    "1,1950,3,4,8507,north\n2,1960,,,8532,north\n3,1970,,,0,south\n",
    "procedure_occurrence": "person_id,procedure_concept_id,procedure_date\n1,777,2019-03-04\n1,777,2020-01-01\n2,777,2019-05-01\n1,5,2010-01-01\n",
    "measurement": "person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id,operator_concept_id\n"
    "1,30,2019-02-20,38,8636,\n1,30,2019-03-03,41,8636,4172703\n1,30,2019-03-05,20,8636,\n2,30,2019-01-01,39,8636,\n"
    "2,31,2019-05-01,5,8751,4171756\n1,31,2019-03-01,0.4,0,\n",
    "condition_occurrence": "person_id,condition_concept_id,condition_start_date\n1,90,2019-01-01\n2,90,2019-06-01\n",
    "drug_exposure": "person_id,drug_concept_id,drug_exposure_start_date\n1,60,2019-03-04\n2,60,2019-04-30\n",
    "death": "person_id,death_date\n1,2019-03-14\n",
    "observation_period": "person_id,observation_period_start_date,observation_period_end_date\n"
    "1,2019-01-01,2019-03-14\n2,2018-01-01,2018-12-31\n2,2019-01-01,2019-07-30\n3,2019-01-01,2019-07-30\n",
}  # fmt: skip
OMOP = """
[table]
file = "{file}"
format = "omop"
[omop]
time_zero = {{ table = "procedure_occurrence", codes = [777] }}
measurements = {{ albumin = [30], crp = [31] }}
conditions = {{ brain_mets = [90] }}
treatments = {{ previous_chemotherapy = [60] }}
"""


def folder_of(folder):
    (folder / "cdm").mkdir()
    for name, text in TABLES.items():
        write(folder / "cdm", f"{name}.csv", text)
    return "cdm"


def database_of(folder):
    with sqlite3.connect(folder / "cdm.sqlite") as base:
        for name, text in TABLES.items():
            rows = [line.split(",") for line in text.splitlines()]
            pd.DataFrame(rows[1:], columns=rows[0]).to_sql(name, base, index=False)
    base.close()
    return "cdm.sqlite"


@pytest.mark.parametrize("make", [folder_of, database_of])
def test_omop(tmp_path, make):
    """Patient 1: operated 2019-03-04, albumin 41 g/L the day before, dead after 10 days. Patient 2: CRP below 5 mg/L."""
    result = import_table(write(tmp_path, "m.toml", OMOP.format(file=make(tmp_path))))
    one, two = result.cohort.patients.to_dict("records")
    assert result.cohort.outcome.time_days.tolist() == [10, 90]
    assert result.cohort.outcome.event.tolist() == [True, False]
    assert result.cohort.sites == ["north"]
    assert set(result.cohort.time_zero) == {"first procedure_occurrence with code 777"}
    assert (one["sex"], two["sex"]) == ("male", "female")
    assert (one["age"], two["age"]) == (69.0, 58.8)
    assert one["albumin"] == pytest.approx(4.1)
    assert pd.isna(two["albumin"])
    assert (one["crp"], two["crp"]) == (0.4, pytest.approx(0.5))
    assert (one["albumin_date"], one["brain_mets"], two["previous_chemotherapy"]) == (
        "2019-03-03",
        "yes",
        "yes",
    )
    assert pd.isna(two["brain_mets"])
    assert pd.isna(one["previous_chemotherapy"])
    assert list(result.without_outcome.patients.index) == [("south", "3")]
    found = {f.rule: f for f in result.audit}
    assert found["no_time_zero"].count == 1
    assert found["no_death_row"].count == 2
    assert found["unit_not_stated"].count == 1
    assert found["limit_of_method"].count == 1
    window = next(f for f in result.audit if f.rule == "value_by_window" and f.column == "albumin")
    assert "found in 1 of 3 patients; 1 more have values on other days only" in window.what


def test_a_unit_that_is_not_known_is_no_number(tmp_path):
    name = folder_of(tmp_path)
    path = tmp_path / "cdm" / "measurement.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("8636", "12345"), encoding="utf-8", newline="\n")
    result = import_table(write(tmp_path, "m.toml", OMOP.format(file=name)))
    assert result.canonical["albumin"].isna().all()
    assert result.problems.set_index("column").loc["albumin", "rule"] == "not_a_number"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("time_zero", "# time_zero", "time zero must be said"),
        ("procedure_occurrence", "operations", "unknown table 'operations'"),
        ("albumin = [30]", "albumin = 30", "codes must be a list"),
        ("[omop]", "[mcode]", r'section \[omop\] and format = "omop"'),
        ("conditions", "diseases", "unknown key 'diseases'"),
        ("procedure_occurrence", "episode", "there is no table episode"),
    ],
)
def test_settings_at_fault(tmp_path, old, new, says):
    text = OMOP.format(file=folder_of(tmp_path)).replace(old, new)
    with pytest.raises(InputError, match=says) as refusal:
        import_table(write(tmp_path, "m.toml", text))
    one_clear_sentence(str(refusal.value))


def coded(code, system="http://snomed.info/sct"):
    return {"coding": [{"system": system, "code": code}]}


def of(person, kind, **more):
    return {"resourceType": kind, "subject": {"reference": f"Patient/{person}"}, **more}


PRIMARY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-primary-cancer-condition"
RESOURCES = [
    {"resourceType": "Patient", "id": "a", "gender": "male", "birthDate": "1950-03-04", "deceasedDateTime": "2019-03-14T10:00:00Z"},
    {"resourceType": "Patient", "id": "b", "gender": "female", "birthDate": "1960-07-01", "deceasedBoolean": True},
    {"resourceType": "Patient", "id": "c", "gender": "other"},
    of("a", "Procedure", code=coded("42"), performedDateTime="2019-03-04T08:00:00Z"),
    of("b", "Procedure", code=coded("42"), performedPeriod={"start": "2019-05-01", "end": "2019-05-02"}),
    of("c", "Procedure", code=coded("42"), performedDateTime="2019-05-01"),
    of("a", "Observation", code=coded("1751-7", "http://loinc.org"), effectiveDateTime="2019-03-01",
       valueQuantity={"value": 38, "code": "g/L"}),
    of("a", "Observation", code=coded("89247-1", "http://loinc.org"), effectiveDateTime="2019-03-01", valueInteger=2),
    of("b", "Observation", code=coded("1751-7", "http://loinc.org"), effectiveDateTime="2019-04-30",
       dataAbsentReason=coded("not-performed")),
    of("c", "Observation", code=coded("1988-5", "http://loinc.org"), effectiveDateTime="2019-05-01",
       valueQuantity={"value": 5, "comparator": "<", "code": "mg/L"}),
    of("c", "Observation", code=coded("1988-5", "http://loinc.org"), effectiveDateTime="2019-07-30",
       valueQuantity={"value": 50, "code": "mg/L"}),
    of("a", "Condition", meta={"profile": [PRIMARY]}, code=coded("C61", "http://hl7.org/fhir/sid/icd-10-cm")),
    of("c", "Condition", code=coded("94391008"), bodySite=[coded("12738006")], onsetDateTime="2019-04-01"),
    of("z", "Condition", code=coded("1")),
]  # fmt: skip
MCODE = """
[table]
file = "{file}"
format = "mcode"
[mcode]
time_zero = {{ resource = "Procedure", codes = ["42"] }}
conditions = {{ brain_mets = ["12738006"] }}
[columns.primary_tumor]
from = "primary_code"
rule = "icd10"
"""


def bundle(folder):
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": r} for n, r in enumerate(RESOURCES)]
    return write(folder, "b.json", json.dumps({"resourceType": "Bundle", "entry": entries})).name


def lines(folder):
    return write(folder, "b.ndjson", "\n".join(json.dumps(r) for r in RESOURCES) + "\n").name


@pytest.mark.parametrize("make", [bundle, lines])
def test_mcode(tmp_path, make):
    result = import_table(write(tmp_path, "m.toml", MCODE.format(file=make(tmp_path))))
    rows = result.canonical.set_index("patient_id")
    assert rows["time_days"].tolist()[0::2] == [10, 90]
    # dead without a date: the event is known, its time is not
    assert pd.isna(rows.loc["b", "time_days"])
    assert rows["event"].tolist() == [1, 1, 0]
    assert rows.loc["a", ["sex", "primary_tumor", "age"]].tolist() == ["male", "prostate", 69.0]
    assert rows.loc["a", "albumin"] == pytest.approx(3.8)
    assert rows.loc["a", "ecog"] == 2
    assert rows.loc["c", "crp"] == pytest.approx(0.5)
    assert rows["brain_mets"].fillna("").tolist() == ["", "", "yes"]
    assert result.gaps[["patient_id", "column", "reason"]].to_numpy().tolist() == [
        ["b", "albumin", "not-performed"]
    ]
    found = {f.rule for f in result.audit}
    assert {"death_without_date", "last_record_is_follow_up", "reference_broken"} <= found


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"resourceType": "Bundle", "entry": 3}', '{"a": 1}'])
def test_what_is_no_bundle_is_refused(tmp_path, text):
    write(tmp_path, "b.json", text)
    with pytest.raises(InputError, match=r"b\.json") as refusal:
        import_table(write(tmp_path, "m.toml", MCODE.format(file="b.json")))
    one_clear_sentence(str(refusal.value))
