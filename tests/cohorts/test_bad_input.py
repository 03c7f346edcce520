"""The list of bad inputs: each gives one clear sentence, and no patient's value leaves the table."""

from __future__ import annotations

import json

import pytest

from spinesurv.cohorts import check_table
from spinesurv.errors import InputError
from tests.cohorts.files import CANARIES, mapped, one_clear_sentence, write

HEADER = "patient_id,site,time_days,event,age,note\n"
SECRET = "987654,north,55.4321,1,61,Quetzalcoatl 1913-02-27\n"
OUTCOME = '[outcome]\ntime = "time_days"\nevent = "event"\n'


def absent(folder):
    return folder / "absent.csv"


def empty(folder):
    return write(folder, "a.csv", "")


def unknown_column(folder):
    return mapped(folder, HEADER + SECRET, OUTCOME + '[columns.albumin]\nfrom = "albumin_g"\n')


def unknown_unit(folder):
    return mapped(folder, HEADER + SECRET, OUTCOME + '[columns.age]\nfrom = "age"\nunit = "stone"\n')


def duplicates(folder):
    return write(folder, "a.csv", HEADER + SECRET + SECRET)


def only_negative_times(folder):
    return write(folder, "a.csv", HEADER + SECRET.replace("55.4321", "-55.4321"))


def uncovered_event(folder):
    return write(folder, "a.csv", HEADER + SECRET.replace(",1,61", ",987654,61") + "2,north,5,2,50,\n")


def uncovered_level(folder):
    return write(folder, "a.csv", "patient_id,sex\n987654,Quetzalcoatl\n")


def unreadable_toml(folder):
    return mapped(folder, HEADER + SECRET, '[outcome]\ntime = "time_days\n')


def no_known_column(folder):
    return write(folder, "a.csv", "nr,wann\n987654,1913-02-27\n")


def no_identifier(folder):
    return write(folder, "a.csv", "site,age\nnorth,55.4321\n")


def no_table_named(folder):
    return write(folder, "m.toml", '[columns.age]\nfrom = "age"\n')


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (absent, "table absent.csv: there is no such file"),
        (empty, "the file is empty"),
        (unknown_column, r"\[columns.albumin\]: table raw.csv: unknown column 'albumin_g'"),
        (unknown_unit, r"\[columns.age\]: unit 'stone' of age cannot be converted"),
        (duplicates, r"1 patient identifiers repeat within their site \(site 'north': 1 in 2 rows\)"),
        (only_negative_times, r"none of its 1 rows can be a patient \(follow-up time is negative: 1\)"),
        (uncovered_event, "'2' in 1 rows, 1 further codes in 1 rows"),
        (uncovered_level, "1 of 1 cells, 1 codes in 1 rows .*allowed: one of female, male"),
        (unreadable_toml, "mapping file raw.toml, line 4: not readable as TOML"),
        (no_known_column, "none of its 2 columns is a name of the codebook"),
        (no_identifier, "patient_id = { row = true }"),
        (no_table_named, "it names no table"),
    ],
)
def test_a_bad_input_is_refused_and_the_audit_is_written(tmp_path, make, says):
    with pytest.raises(InputError, match=says) as refusal:
        check_table(make(tmp_path), out=tmp_path / "out")
    one_clear_sentence(str(refusal.value))
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert audit["status"] == "refused"
    assert audit["error"] == str(refusal.value)
    for name in ("audit.json", "audit.html"):
        written = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert not [value for value in CANARIES if value in written]
    assert not list((tmp_path / "out").rglob("*.csv"))
