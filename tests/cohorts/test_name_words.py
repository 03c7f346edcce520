"""Names of columns that identify a person, in the languages of hospitals, and names that only sound like it."""

from __future__ import annotations

import pytest

from spinesurv.cohorts import import_table
from spinesurv.cohorts.name_words import identifies_a_person
from tests.cohorts.files import write

PERSONAL = (
    "Name", "Patient Name", "pat_name", "PatientName", "First name", "lastName", "Nachname", "Name, Vorname", "Name des Patienten",
    "Prénom", "nombre del paciente", "Apellido 1", "cognome", "Initials", "DOB", "birth_date", "Geb.-Datum", "Geburtsdatum",
    "Date de naissance", "fecha de nacimiento", "data di nascita", "Straße", "Phone no", "Télephone", "e-mail", "NHS number", "MRN",
    "AHV-Nr", "KV-Nummer", "Versichertennr.", "codice fiscale", "BSN-nummer", "next of kin", "환자이름", "환자 성명", "주민번호", "연락처",
    "등록번호", "患者氏名", "氏名（漢字）", "フリガナ", "ﾌﾘｶﾞﾅ", "生年月日",
)  # fmt: skip
OTHERS = (
    "drug name", "hospital name", "Tumor name", "implant name", "Patient ID", "patient no", "last contact", "mobile spine", "주소증",
    "birth weight", "year of birth", "Geburtsjahr", "number of mets", "insurance type", "codes", "Patient age", "date of surgery", "next treatment",
)  # fmt: skip


@pytest.mark.parametrize("name", PERSONAL)
def test_names_that_identify_a_person(name: str) -> None:
    assert identifies_a_person(name)


@pytest.mark.parametrize("name", OTHERS)
def test_names_that_do_not(name: str) -> None:
    assert not identifies_a_person(name)


def test_such_columns_are_in_no_file(tmp_path) -> None:
    text = "patient_id,time_days,event,Prénom,pat_name,drug name\n"
    rows = "".join(f"{i},{10 + i},1,Quetzalcoatl,Quetzalcoatl,x\n" for i in range(6))
    imported = import_table(write(tmp_path, "a.csv", text + rows))
    assert not {"Prénom", "pat_name"} & set(imported.canonical)
    assert "drug name" in imported.canonical
    assert [f.count for f in imported.audit if f.rule == "identifier_left_out"] == [2]
