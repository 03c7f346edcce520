"""REDCap exports with their dictionary: raw and labels, boxes, events, repeats, codes, identifiers."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest

from spinesurv.cohorts import ReadOptions, check_table, import_table, read_mapping, read_table
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write

HEAD = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
FIELDS = (
    ("record_id", "base", "text", "Record", "", "", ""),
    ("name", "base", "text", "Name", "", "", "y"),
    ("sex", "base", "radio", "Sex", "1, Male | 2, Female, also intersex raised as", "", ""),
    ("op_date", "base", "text", "Date of operation", "", "date_dmy", ""),
    ("mets", "spread", "checkbox", "Metastases", "1, Lung | 2, Liver", "", ""),
    ("alb", "labs", "text", "Albumin", "", "number", ""),
)


def dictionary(folder, fields=FIELDS):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for name, form, kind, label, choices, validation, identifier in fields:
        writer.writerow([name, form, "", kind, label, choices, "", validation, "", "", identifier, *[""] * 7])
    return write(folder, "dictionary.csv", out.getvalue())


HMAC_OF_1 = "1fb4a30b8060d47c"
RAW = """record_id,redcap_data_access_group,name,sex,op_date,mets___1,mets___2,spread_complete,alb
1,north,Quetzalcoatl,1,2019-03-04,1,0,2,3.8
2,north,Quetzalcoatl,2,2019-03-05,0,0,2,NASK
3,south,Quetzalcoatl,1,2019-03-06,0,0,0,4.0
"""
LABELS = """Record,Data Access Group,Name,Sex,Date of operation,Metastases (choice=Lung),Metastases (choice=Liver),spread_complete,Albumin
1,north,Quetzalcoatl,Male,2019-03-04,Lung,,Complete,3.8
2,north,Quetzalcoatl,"Female, also intersex raised as",2019-03-05,,,Complete,NASK
3,south,Quetzalcoatl,Male,2019-03-06,,,Incomplete,4.0
"""
RULES = """
[table]
format = "redcap"
dictionary = "dictionary.csv"
patient_id = "record_id"
site = { from = "redcap_data_access_group" }
missing = { NASK = "not asked" }
[columns]
albumin = "alb"
lung_mets = "mets___1"
index_date = "op_date"
[columns.sex]
from = "sex"
values = { "1" = "male", "Female, also intersex raised as" = "female" }
"""


@pytest.mark.parametrize("text", [RAW, LABELS], ids=["raw", "labels"])
def test_raw_and_label_exports_reach_the_same_patients(tmp_path, text):
    dictionary(tmp_path)
    result = import_table(write(tmp_path, "a.csv", text), mapping=write(tmp_path, "m.toml", RULES))
    assert result.canonical["sex"].tolist() == ["male", "female", "male"]
    assert result.canonical["lung_mets"].fillna("").tolist() == ["yes", "no", ""]
    assert result.cohort.sites == ["north", "south"]
    assert result.gaps[["patient_id", "column", "reason"]].to_numpy().tolist() == [
        ["2", "albumin", "not asked"],
        ["3", "lung_mets", "form not filled in"],
    ]
    found = {f.rule for f in result.audit}
    assert {"access_group", "identifier_left_out"} <= found
    assert "name" not in result.canonical
    assert "Quetzalcoatl" not in result.canonical.to_csv()


def test_the_dictionary_alone_marks_who_is_left_out_and_stands_in_the_report(tmp_path):
    """A name that says nothing, marked as identifying in the dictionary; both files are hashed in audit.json."""
    book = dictionary(tmp_path, [FIELDS[0], ("alias", "base", "text", "Alias", "", "", "y"), *FIELDS[2:]])
    table = write(tmp_path, "a.csv", RAW.replace(",name,", ",alias,"))
    check_table(table, mapping=write(tmp_path, "m.toml", RULES), out=tmp_path / "out")
    assert "Quetzalcoatl" not in (tmp_path / "out" / "private" / "patients.csv").read_text(encoding="utf-8")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(book.read_bytes()).hexdigest()
    assert audit["file"]["further"] == [{"name": "dictionary.csv", "sha256": digest}]


def test_codes_that_a_program_wrote_as_decimals_are_the_same_codes(tmp_path):
    """An export that was opened and saved again: 1 became 1.0. An unticked box must not turn into a ticked one."""
    saved = RAW.replace(",1,0,2,3.8", ",1.0,0.0,2,3.8").replace(",2019-03-05,0,0,", ",2019-03-05,0.0,0.0,")
    saved = saved.replace("zalcoatl,1,", "zalcoatl,1.0,").replace("zalcoatl,2,", "zalcoatl,2.0,")
    dictionary(tmp_path)
    mapping = write(tmp_path, "m.toml", RULES)
    as_saved = import_table(write(tmp_path, "saved.csv", saved), mapping=mapping)
    as_exported = import_table(write(tmp_path, "a.csv", RAW), mapping=mapping)
    assert as_saved.canonical.equals(as_exported.canonical)
    assert not {f.rule for f in as_saved.audit} & {"not_in_dictionary"}


def test_what_is_no_tick_of_a_box_is_told_and_never_taken_for_one(tmp_path):
    dictionary(tmp_path)
    coded = write(tmp_path, "a.csv", RAW.replace("2019-03-05,0,0,", "2019-03-05,NI,NI,"))
    table = read_table(coded, ReadOptions(format="redcap", dictionary=tmp_path / "dictionary.csv"))
    assert table.cells["mets___1"].tolist()[:2] == ["1", "NI"]
    assert [(f.column, f.count) for f in table.content.findings if f.rule == "not_in_dictionary"] == [
        ("mets___1", 1),
        ("mets___2", 1),
    ]
    with pytest.raises(InputError, match="lung_mets"):
        import_table(coded, mapping=write(tmp_path, "m.toml", RULES))


def options(folder, **more):
    return ReadOptions(format="redcap", dictionary=dictionary(folder), **more)


LONG = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,op_date,alb
1,base_arm_1,,,1,2019-03-04,
1,base_arm_1,labs,1,,,3.8
1,base_arm_1,labs,2,,,3.1
1,month_3_arm_1,,,2,,
2,base_arm_1,,,2,2019-04-04,
3,month_3_arm_1,,,1,,
"""


def test_rows_of_a_record_are_joined_by_a_stated_rule_only(tmp_path):
    path = write(tmp_path, "a.csv", LONG)
    with pytest.raises(InputError, match=r"1 records have rows of several events.*base_arm_1, month_3_arm_1"):
        read_table(path, options(tmp_path))
    with pytest.raises(InputError, match=r'2 rows are repeats of a form.*repeat = "first"'):
        read_table(path, options(tmp_path, events=("base_arm_1",)))
    for repeat, albumin in (("first", "3.8"), ("last", "3.1")):
        table = read_table(path, options(tmp_path, events=("base_arm_1", "month_3_arm_1"), repeat=repeat))
        assert table.cells.to_numpy().tolist() == [
            ["1", "1", "2019-03-04", albumin],
            ["2", "2", "2019-04-04", ""],
            ["3", "1", "", ""],
        ]
        assert table.lines.tolist() == [2, 6, 7]
        assert {f.rule: f.count for f in table.content.findings} == {"rows_joined": 6, "events_disagree": 1}


def test_a_record_without_the_events_that_are_joined_stays_with_empty_cells(tmp_path):
    table = read_table(
        write(tmp_path, "a.csv", LONG), options(tmp_path, events=("base_arm_1",), repeat="first")
    )
    assert table.cells["sex"].tolist() == ["1", "2", ""]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("2019-03-04", "04/03/2019", "dates_rewritten"),
        ("Quetzalcoatl,1,", "Quetzalcoatl,-77,", "not_in_dictionary"),
    ],
)
def test_what_a_spreadsheet_or_a_missing_code_leaves_behind_is_asked_about(tmp_path, old, new, rule):
    table = read_table(write(tmp_path, "a.csv", RAW.replace(old, new, 1)), options(tmp_path))
    assert rule in {f.rule for f in table.content.findings if f.count == 1}


@pytest.mark.parametrize(
    ("text", "fields", "says"),
    [
        (RAW, FIELDS[:1], "the dictionary knows 1 of its 9 columns"),
        (RAW.replace("record_id", "other_id"), FIELDS, "record identifier record_id is not in the export"),
    ],
)
def test_an_export_of_another_project_is_refused(tmp_path, text, fields, says):
    with pytest.raises(InputError, match=says) as refusal:
        path = dictionary(tmp_path, fields)
        read_table(write(tmp_path, "a.csv", text), ReadOptions(format="redcap", dictionary=path))
    one_clear_sentence(str(refusal.value))


def test_a_dictionary_is_needed_and_must_be_one(tmp_path):
    path = write(tmp_path, "a.csv", RAW)
    with pytest.raises(InputError, match="read with its data dictionary"):
        read_table(path, ReadOptions(format="redcap"))
    with pytest.raises(InputError, match="no column 'Variable / Field Name'"):
        read_table(path, ReadOptions(format="redcap", dictionary=path))
    with pytest.raises(InputError, match="there is no such file"):
        read_table(path, ReadOptions(format="redcap", dictionary=tmp_path / "b.csv"))


def test_a_column_that_identifies_a_person_cannot_be_mapped_and_an_identifier_only_as_keyed_hash(tmp_path):
    """HMAC-SHA-256 of "1" under 64 letters k begins with 16 digits that openssl gives: openssl dgst -sha256 -hmac."""
    dictionary(tmp_path, [(*FIELDS[0][:6], "y"), *FIELDS[1:]])
    path = write(tmp_path, "a.csv", RAW)
    with pytest.raises(
        InputError, match=r"marks record_id as identifying a person. Replace it by a keyed hash"
    ):
        import_table(path, mapping=write(tmp_path, "m.toml", RULES))
    keyed = RULES.replace('"record_id"', '{ from = "record_id", key_file = "hospital.key" }')
    mapping = write(tmp_path, "m.toml", keyed)
    with pytest.raises(InputError, match=r"key file hospital\.key is absent"):
        import_table(path, mapping=mapping)
    write(tmp_path, "hospital.key", "k" * 64 + "\n")
    result = import_table(path, mapping=mapping)
    assert result.canonical["patient_id"].tolist()[0] == HMAC_OF_1
    assert str(tmp_path) not in str(result.mapping.described())
    with pytest.raises(InputError, match="marks name as identifying a person"):
        import_table(
            path, mapping=write(tmp_path, "n.toml", keyed + '[columns.treatment_detail]\nfrom = "name"\n')
        )
    assert read_mapping(mapping).patient_id.key_file.name == "hospital.key"


TWO_FORMS = (
    ("record_id", "base", "text", "Record", "", "", ""),
    ("sex", "base", "radio", "Sex", "1, <b>Male</b> | 2, <b>Female</b>", "", ""),
    ("stage", "base", "radio", "Stage", "1, low | 2, high | 3, high", "", ""),
    ("op_date", "base", "text", "Date", "", "date_ymd", ""),
    ("seen", "late", "text", "Date", "", "date_ymd", ""),
    ("dead", "late", "yesno", "Dead", "", "", ""),
)
TWO_LABELS = """Record,Sex,Stage,Date,Complete?,Date,Dead,Complete?
1,Male,low,2019-03-04,Complete,2019-05-04,Ja,Complete
2,Female,high,2019-03-05,Vollständig,NASK,Nein,Complete
"""
TWO_RULES = """
[table]
format = "redcap"
dictionary = "dictionary.csv"
patient_id = "record_id"
site = "s"
missing = { NASK = "not asked" }
[outcome]
time_zero = "surgery"
start = "op_date"
end = "seen"
event = { from = "dead", dead = ["1"], alive = ["0"] }
[columns.sex]
from = "sex"
values = { "1" = "male", "2" = "female" }
"""


def test_an_export_of_labels_with_several_forms(tmp_path):
    """Every form ends with "Complete?", two fields are called "Date", a project answers in German, labels carry tags."""
    dictionary(tmp_path, TWO_FORMS)
    result = import_table(write(tmp_path, "a.csv", TWO_LABELS), mapping=write(tmp_path, "m.toml", TWO_RULES))
    assert list(result.table.cells.columns) == [
        "record_id", "sex", "stage", "op_date", "base_complete", "seen", "dead", "late_complete",
    ]  # fmt: skip
    assert result.canonical["sex"].tolist() == ["male", "female"]
    assert result.canonical["event"].tolist() == [1, 0]
    assert result.canonical["time_days"].tolist()[0] == 61
    # two choices are called high: which one was meant cannot be told
    assert result.table.cells["stage"].tolist() == ["1", "high"]
    found = {(f.rule, f.column) for f in result.audit}
    assert ("not_in_dictionary", "stage") in found
    assert ("not_in_dictionary", "dead") not in found
    assert "dates_rewritten" not in {rule for rule, _ in found}


def test_a_state_of_a_form_in_another_language_is_told(tmp_path):
    dictionary(tmp_path)
    text = LABELS.replace("Incomplete", "Unvollständig")
    result = import_table(write(tmp_path, "a.csv", text), mapping=write(tmp_path, "m.toml", RULES))
    assert next(f for f in result.audit if f.rule == "form_state_unknown").count == 1


def test_a_dictionary_with_headings_of_another_language_is_read_by_its_order(tmp_path):
    path = dictionary(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    write(tmp_path, path.name, "\n".join([",".join(f"Titre {n}" for n in range(18)), *lines[1:]]) + "\n")
    result = import_table(write(tmp_path, "a.csv", RAW), mapping=write(tmp_path, "m.toml", RULES))
    assert result.canonical["sex"].tolist() == ["male", "female", "male"]
    assert "name" not in result.canonical
