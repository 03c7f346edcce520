"""A mapping file is checked when it is read; each fault is one sentence that says what to do."""

from __future__ import annotations

import pytest

from spinesurv.cohorts import read_mapping
from spinesurv.errors import InputError
from tests.cohorts.files import one_clear_sentence, write

TABLE = '[table]\nfile = "a.csv"\n'
TIME = 'time = { from = "t", unit = "months" }\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[table]\nfile = "a.csv\n', "line 2: not readable as TOML"),
        ('[tabel]\nfile = "a.csv"\n', "unknown section 'tabel'. Did you mean table"),
        ('[table]\nfiel = "a.csv"\n', "unknown key 'fiel'. Did you mean file"),
        ('[table]\nformat = "exel"\n', "unknown table format 'exel'"),
        ('[table]\ndecimal = ";"\n', "decimal = ';' is neither"),
        ('[table]\ndelimiter = ","\ndecimal = ","\n', "both a comma"),
        ('[table]\nmissing = "NA"\n', "must be a list of codes"),
        ("[table]\npatient_id = { row = false }\n", "give either from"),
        ('[table]\npatient_id = { from = "id", format = "{site}" }\n', "must hold {id}"),
        ('[table]\npatient_id = { from = "id", format = "{id:04d}" }\n', "must hold {id}"),
        ("[outcome]\n" + TIME, "an outcome needs event"),
        ('[outcome]\nevent = "dead"\nstart = "a"\n', "either time or both start and end"),
        ('[outcome]\nevent = { from = "dead", dead = ["1"] }\n' + TIME, "give both dead"),
        ('[outcome]\nevent = { from = "d", dead = ["1"], alive = ["1.0"] }\n' + TIME, "code '1' is in both"),
        ('[outcome]\nevent = "d"\ntime = { from = "t", unit = "fortnights" }\n', "unit 'fortnights'"),
        ('[outcome]\nevent = "d"\nstart = { from = "a", format = "YYYY" }\nend = "b"\n', "year, month and day"),
        ('[columns.albumen]\nfrom = "alb"\n', "unknown variable 'albumen'. Did you mean albumin"),
        ('[columns.albumin]\nfrom = "alb"\nunit = "mmol/L"\n', "unit 'mmol/L' of albumin cannot be converted"),
        ('[columns.albumin]\nfrom = "alb"\nunits = "g/L"\n', "unknown key 'units'. Did you mean unit"),
        ('[columns.albumin]\nvalue = "high"\n', "is not allowed"),
        ("[columns.albumin]\nvalue = 38\n", "is not allowed"),
        ("[columns.albumin]\n", "give either from"),
        ('[columns.albumin]\nfrom = "a"\nformat = "DD.MM.YYYY"\n', "format is for dates"),
        ('[columns.sex]\nfrom = "sex"\nvalues = { "1" = "mail" }\n', "unknown level of sex 'mail'. Did you mean male"),
        ('[columns.event]\nfrom = "dead"\n', r"mapped in \[outcome\]"),
        ("columns = 3\n", "must be a table of its own"),
        ("[table]\nfile = 3\n", "must be a text in quotes"),
    ],
)  # fmt: skip
def test_a_faulty_mapping_file_is_refused(tmp_path, text, says):
    with pytest.raises(InputError, match=says) as refusal:
        read_mapping(write(tmp_path, "m.toml", text))
    one_clear_sentence(str(refusal.value))
    assert str(refusal.value).startswith("mapping file m.toml")


def test_missing_mapping_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_mapping(tmp_path / "m.toml")


def test_everything_of_the_format_is_read(tmp_path):
    path = write(
        tmp_path,
        "m.toml",
        """
[table]
file = "sub/a.csv"
format = "csv"
delimiter = ";"
decimal = ","
encoding = "cp1252"
missing = ["", "NA", -99]
site = { from = "hospital", values = { "1" = "north" } }
patient_id = { from = "SAMPLE_ID", format = "{site}-{id:0>4}" }
[outcome]
time_zero = "surgery"
start = { from = "op", format = "DD.MM.YYYY" }
end = { from = ["died_on", "seen_on"], format = "%d.%m.%Y" }
event = { from = "status", dead = [2], alive = [1] }
[columns.albumin]
from = "S-Albumin"
unit = "g/L"
missing = [9.9]
[columns.primary_tumor]
from = "Primary"
values = { "lung ca" = "lung_nsclc", "?" = "" }
[columns.bone_mets]
value = true
""",
    )
    mapping = read_mapping(path)
    assert mapping.file == tmp_path / "sub" / "a.csv"
    assert mapping.missing == ("", "NA", "-99")
    assert mapping.patient_id.written("north", "7") == "north-0007"
    assert mapping.outcome.start.patterns == ("%d.%m.%Y",)
    assert mapping.outcome.columns == ["op", "died_on", "seen_on", "status"]
    albumin, primary, bone = mapping.columns
    assert (albumin.factor, albumin.missing) == (0.1, ("9.9",))
    assert primary.values == {"lung ca": "lung_nsclc", "?": ""}
    assert bone.value == "yes"
