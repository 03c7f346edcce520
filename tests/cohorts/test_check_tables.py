"""The check of several tables: each by itself, and what only shows when they lie beside each other."""

from __future__ import annotations

import json

import numpy as np
import pytest

from spinesurv.__main__ import main
from spinesurv.cohorts import check_tables
from spinesurv.errors import InputError
from tests.cohorts.audit.test_whole import sound
from tests.cohorts.files import CANARIES, write

RULES = '[table]\nfile = "{name}.csv"\nsite = "{name}"\npatient_id = "patient_id"\n[outcome]\ntime_zero = "{zero}"\ntime = "time_days"\nevent = "event"\n'


def house(
    folder,
    name,
    frame,
    *,
    zero="surgery",
    columns='[columns]\nage = "age"\nsex = "sex"\nalbumin = "albumin"\n',
):
    """A table with its mapping file; the path of the latter."""
    write(folder, f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    return write(folder, f"{name}.toml", RULES.format(name=name, zero=zero) + columns)


def two(frame=None):
    """The sound table as two: everybody of the first site, everybody of the second."""
    whole = sound() if frame is None else frame
    return (
        whole[whole["site"] == name].drop(columns="site").reset_index(drop=True)
        for name in ("north", "south")
    )


def told(out):
    audit = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    page = (out / "audit.html").read_text(encoding="utf-8")
    assert not [canary for canary in CANARIES if canary in page]
    return audit, {(f["rule"], f["column"], f["site"]) for f in audit["findings"]}


def test_sound_tables_have_nothing_to_tell_beside_each_other(tmp_path, capsys):
    one, other = two()
    paths = [house(tmp_path, "north", one), house(tmp_path, "south", other)]
    assert main(["check", *map(str, paths), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.strip().endswith("audit.html")
    audit, found = told(tmp_path / "out")
    assert (audit["status"], found) == ("read", set())
    assert [(t["name"], t["patients"], t["deaths"]) for t in audit["tables"]] == [
        ("north", 60, 30),
        ("south", 60, 30),
    ]
    assert [row["site"] for row in audit["follow_up"]] == ["north", "south"]
    assert (tmp_path / "out" / "south" / "private" / "patients.csv").exists()


def test_what_one_table_cannot_show(tmp_path):
    """Albumin in g/L under a canonical name, times in months read as days, and three patients in both tables."""
    one, other = two()
    other = other.assign(
        albumin=other["albumin"] * 10, time_days=(other["time_days"] / 30.4375).round(1) + 61
    )
    other.loc[:2] = one.loc[:2].assign(patient_id=[901, 902, 903])
    other["time_days"] = np.where(other.index > 2, other["time_days"] - 60.9, other["time_days"])
    frames = {"north": one.rename(columns={"crp": "CRP"}), "south": other}
    columns = {"north": "", "south": '[columns.albumin]\nfrom = "albumin"\nunit = "g/L"\n'}
    paths = [
        house(
            tmp_path,
            name,
            frame,
            columns='[columns]\nage = "age"\nsex = "sex"\nprimary_tumor = "primary_tumor"\n' + columns[name],
        )
        for name, frame in frames.items()
    ]
    check_tables(paths, out=tmp_path / "out")
    audit, found = told(tmp_path / "out")
    assert {
        ("time_differs_between_sites", "time_days", "north"), ("time_differs_between_sites", "time_days", "south"),
        ("same_patient_in_two_tables", "patient_id", ""), ("column_drift", "albumin", ""),
    } <= found  # fmt: skip
    assert audit["status"] == "read"


def test_different_time_zeros_are_refused_without_the_flag(tmp_path):
    one, other = two()
    paths = [house(tmp_path, "north", one), house(tmp_path, "south", other, zero="start of radiotherapy")]
    with pytest.raises(InputError, match="different time zeros"):
        check_tables(paths, out=tmp_path / "out")
    audit, found = told(tmp_path / "out")
    assert audit["status"] == "blocked"
    assert ("not_one_cohort", "", "") in found
    check_tables(paths, out=tmp_path / "out", mixed_time_zero=True)
    assert told(tmp_path / "out")[0]["status"] == "read"


def test_raw_tables_are_laid_beside_each_other_by_what_their_columns_seem_to_be(tmp_path):
    one, other = two()
    paths = [
        write(tmp_path, "a.csv", one.rename(columns={"patient_id": "Nr", "albumin": "Alb"}).to_csv(index=False)),
        write(tmp_path, "b.csv", other.assign(albumin=other["albumin"] * 10).rename(
            columns={"patient_id": "Nr", "albumin": "S-Albumin (g/L)", "age": "Alter"}).drop(columns="platelets").to_csv(index=False)),
    ]  # fmt: skip
    with pytest.raises(InputError, match="2 of 2 tables were refused: a, b"):
        check_tables(paths, out=tmp_path / "out")
    audit, found = told(tmp_path / "out")
    drift = {f["column"]: f for f in audit["findings"] if f["rule"] == "column_drift"}
    assert drift["albumin"]["severity"] == "needs_an_answer"
    assert "b: 'S-Albumin (g/L)' in g/L" in drift["albumin"]["what"]
    assert drift["age"]["severity"] == "note"
    assert ("not_found_in_table", "platelets", "") in found


def test_a_mapping_goes_with_one_table(tmp_path, capsys):
    assert main(["check", "a.csv", "b.csv", "--mapping", "m.toml", "--out", str(tmp_path)]) == 1
    assert "--mapping goes with one table" in capsys.readouterr().err


def test_one_name_in_two_units_is_asked_about(tmp_path):
    """The column has the same name at both hospitals: the numbers alone tell that the units differ."""
    one, other = two()
    paths = [
        write(tmp_path, "a.csv", one.rename(columns={"patient_id": "Nr", "albumin": "Alb"}).to_csv(index=False)),
        write(tmp_path, "b.csv", other.assign(albumin=other["albumin"] * 10).rename(
            columns={"patient_id": "Nr", "albumin": "Alb"}).to_csv(index=False)),
    ]  # fmt: skip
    with pytest.raises(InputError, match="2 of 2 tables were refused"):
        check_tables(paths, out=tmp_path / "out")
    audit, _ = told(tmp_path / "out")
    drift = [f for f in audit["findings"] if f["rule"] == "column_drift"]
    assert [(f["column"], f["severity"]) for f in drift] == [("albumin", "needs_an_answer")]


def test_each_table_has_a_folder_of_its_own(tmp_path):
    """The second of two files north.csv is not the file north_2.csv that was given as well."""
    one, other = two()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    paths = [house(tmp_path / "a", "north_2", one), house(tmp_path / "b", "north", other)]
    check_tables(paths, out=tmp_path / "out")
    audit, _ = told(tmp_path / "out")
    assert [(t["name"], t["patients"]) for t in audit["tables"]] == [("north_2", 60), ("north", 60)]
