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


def omop_with(folder, table, text):
    """The tables with one of them written anew; None leaves it out."""
    name = folder_of(folder)
    path = folder / "cdm" / f"{table}.csv"
    path.unlink()
    if text is not None:
        write(folder / "cdm", f"{table}.csv", text)
    return import_table(write(folder, "m.toml", OMOP.format(file=name)))


def test_a_unit_that_is_not_known_is_named(tmp_path):
    result = omop_with(tmp_path, "measurement", TABLES["measurement"].replace("8636", "12345"))
    found = {f.rule: f for f in result.audit}
    assert found["unknown_unit"].count == 4
    assert "unit_concept_id 12345" in found["unknown_unit"].what


def test_a_unit_without_concept_is_taken_in_the_words_of_the_source(tmp_path):
    text = (
        "person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id,unit_source_value\n"
        "1,30,2019-03-03,41,0,g/L\n2,30,2019-04-30,3.9,0,g/dL\n"
    )
    result = omop_with(tmp_path, "measurement", text)
    assert result.cohort.patients["albumin"].tolist() == pytest.approx([4.1, 3.9])
    assert "unit_not_stated" not in {f.rule for f in result.audit}


def test_cells_are_counted_in_units_with_a_power_of_ten(tmp_path):
    """8848 is 10^3/uL, 9444 is 10^9/L; both are the canonical unit of white cells."""
    text = (
        "person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n"
        "1,30,2019-03-03,7.1,8848\n2,30,2019-04-30,11,9444\n"
    )
    name = folder_of(tmp_path)
    write(tmp_path / "cdm", "measurement.csv", text)
    mapping = OMOP.format(file=name).replace("albumin", "wbc").replace(", crp = [31]", "")
    assert import_table(write(tmp_path, "m.toml", mapping)).cohort.patients["wbc"].tolist() == [7.1, 11.0]


def test_no_table_of_deaths_is_not_that_nobody_died(tmp_path):
    result = omop_with(tmp_path, "death", None)
    assert result.canonical["event"].isna().all()
    assert "no_death_table" in {f.rule for f in result.audit}


def test_two_dates_of_death_are_told(tmp_path):
    result = omop_with(tmp_path, "death", TABLES["death"] + "1,2019-03-20\n")
    assert result.cohort.outcome.time_days.tolist() == [16, 90]
    assert next(f for f in result.audit if f.rule == "several_deaths").count == 1
    assert "several_deaths" not in {
        f.rule for f in omop_with(fresh(tmp_path), "death", TABLES["death"]).audit
    }


def fresh(folder):
    (folder / "clean").mkdir()
    return folder / "clean"


def test_dates_without_dashes_and_dates_that_are_none(tmp_path):
    rows = (
        TABLES["procedure_occurrence"].replace("2019-03-04", "20190304").replace("2010-01-01", "01/01/2010")
    )
    result = omop_with(tmp_path, "procedure_occurrence", rows)
    assert result.cohort.outcome.time_days.tolist() == [10, 90]
    assert next(f for f in result.audit if f.rule == "dates_not_read").count == 1


def test_of_two_values_of_a_day_the_later_one_counts(tmp_path):
    text = (
        "person_id,measurement_concept_id,measurement_date,measurement_datetime,value_as_number,unit_concept_id\n"
        "1,30,2019-03-03,2019-03-03 17:00:00,41,8636\n1,30,2019-03-03,2019-03-03 06:00:00,38,8636\n"
    )
    assert omop_with(tmp_path, "measurement", text).cohort.patients["albumin"].iloc[0] == pytest.approx(4.1)


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


def mcode_with(folder, *resources, drop=()):
    """The resources without some of them and with further ones, as lines."""
    there = [r for n, r in enumerate(RESOURCES) if n not in drop] + list(resources)
    name = write(folder, "b.ndjson", "\n".join(json.dumps(r) for r in there) + "\n").name
    return import_table(write(folder, "m.toml", MCODE.format(file=name)))


def lab(person, code, date, **value):
    return of(person, "Observation", code=coded(code, "http://loinc.org"), effectiveDateTime=date, **value)


def test_a_resource_without_a_reference_is_nobodys(tmp_path):
    stray = {"resourceType": "Procedure", "code": coded("42"), "performedDateTime": "2010-01-01"}
    result = mcode_with(tmp_path, stray)
    assert result.cohort.outcome.time_days.tolist() == [10, 90]
    assert next(f for f in result.audit if f.rule == "reference_broken").count == 2


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "https://fhir.example/r4/Patient/c"},
        {"reference": "https://fhir.example/r4/Patient/c/_history/3"},
        {"reference": "urn:uuid:c"},
        {"identifier": {"value": "K-1"}},
    ],
)
def test_every_way_to_name_a_patient(tmp_path, subject):
    patient = {**RESOURCES[2], "identifier": [{"value": "K-1"}]}
    late = {
        "resourceType": "Encounter",
        "subject": subject,
        "period": {"start": "2019-08-01", "end": "2019-08-09"},
    }
    rows = mcode_with(tmp_path, patient, late, drop=(2,)).canonical.set_index("patient_id")
    assert rows.loc["c", "time_days"] == 100


def test_what_was_not_done_or_is_wrong_is_left_out(tmp_path):
    result = mcode_with(
        tmp_path,
        of("a", "Procedure", code=coded("42"), status="not-done", performedDateTime="2018-01-01"),
        lab("a", "1751-7", "2019-03-03", status="entered-in-error", valueQuantity={"value": 10, "code": "g/L"}),
        of("a", "Condition", code=coded("94391008"), bodySite=[coded("12738006")], onsetDateTime="2019-01-01",
           verificationStatus=coded("refuted")),
    )  # fmt: skip
    row = result.canonical.set_index("patient_id").loc["a"]
    assert row["time_days"] == 10
    assert row["albumin"] == pytest.approx(3.8)
    assert pd.isna(row["brain_mets"])
    assert next(f for f in result.audit if f.rule == "not_done").count == 3


def test_components_answers_and_the_later_value_of_a_day(tmp_path):
    """A blood count is one observation with components; LA9624-3 is the LOINC answer for ECOG 2."""
    white = {"code": coded("6690-2", "http://loinc.org"), "valueQuantity": {"value": 7.1, "code": "10*3/uL"}}
    result = mcode_with(
        tmp_path,
        lab("a", "58410-2", "2019-03-01", component=[white]),
        lab("c", "89247-1", "2019-04-30", valueCodeableConcept=coded("LA9624-3")),
        lab("c", "1751-7", "2019-04-30T18:00:00Z", valueQuantity={"value": 30, "code": "g/L"}),
        lab("c", "1751-7", "2019-04-30T06:00:00Z", valueQuantity={"value": 44, "code": "g/L"}),
    )
    rows = result.canonical.set_index("patient_id")
    assert rows.loc["a", "wbc"] == 7.1
    assert rows.loc["c", "ecog"] == 2
    assert rows.loc["c", "albumin"] == pytest.approx(3.0)


def test_a_year_of_birth_stands_for_its_middle_and_a_month_of_death_for_no_day(tmp_path):
    born = {**RESOURCES[0], "birthDate": "1950", "deceasedDateTime": "2019-03"}
    result = mcode_with(tmp_path, born, drop=(0,))
    row = result.canonical.set_index("patient_id").loc["a"]
    assert row["age"] == pytest.approx(68.7)
    assert row["event"] == 1
    assert pd.isna(row["time_days"])
    assert {"birth_without_day", "death_without_date"} <= {f.rule for f in result.audit}


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"resourceType": "Bundle", "entry": 3}', '{"a": 1}'])
def test_what_is_no_bundle_is_refused(tmp_path, text):
    write(tmp_path, "b.json", text)
    with pytest.raises(InputError, match=r"b\.json") as refusal:
        import_table(write(tmp_path, "m.toml", MCODE.format(file="b.json")))
    one_clear_sentence(str(refusal.value))
