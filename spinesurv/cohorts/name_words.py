"""What the name of a raw column says, for warnings alone: nothing is decided by a name."""

from __future__ import annotations

import re
import unicodedata

#: whole names, without signs, of a date of birth, and of what else identifies a person
_BIRTH = {
    "dateofbirth", "birthdate", "birth", "birthday", "dob", "dtbirth", "birthdt", "geburtsdatum", "gebdatum", "gebdat", "geburtstag",
    "datedenaissance", "fechadenacimiento", "fechanacimiento", "fnac", "geboortedatum", "生年月日", "생년월일",
}  # fmt: skip
_PERSON = {
    "name", "surname", "firstname", "lastname", "fullname", "patientname", "familyname", "givenname", "nachname", "vorname",
    "patientenname", "nom", "prenom", "nombre", "apellido", "apellidos", "naam", "achternaam", "voornaam", "initials",
    "address", "adresse", "street", "strasse", "zipcode", "postcode", "plz", "phone", "telephone", "telefon",
    "mobile", "email", "mail", "ssn", "socialsecuritynumber", "nationalid", "insurancenumber", "versichertennummer", "bsn",
    "nhsnumber", "passport", "氏名", "姓名", "患者名", "住所", "電話番号", "성명", "이름", "환자명", "주민등록번호", "주소", "전화번호",
}  # fmt: skip
_RECORD_NUMBER = {
    "mrn", "medicalrecordnumber", "hospitalnumber", "hospitalno", "chartno", "chartnumber", "fallnummer", "patientennummer",
    "historiaclinica", "nhc", "カルテ番号", "診察券番号", "등록번호", "병록번호",
}  # fmt: skip
_AFTER = re.compile(
    r"post[ _-]?op|complic|discharg|transfus|readmi|recurren|progress|length[ _-]?of[ _-]?stay|\bs?los\b|respon[sd]|"
    r"hosp[ _-]?dead|charge|cost|\btot\w*cst|\bdnr|age[ _]at[ _](death|last)|aufenthaltsdauer|komplikation|verweildauer"
)
_MODEL = re.compile(
    r"(surv|prg|pred|prob|risk)[ _]?[0-9]+[ _]?[dmy]?\w{0,4}|.*(predicted|prediction|nomogram|riskscore).*"
)
_EVENT = re.compile(
    r"\b(status|event|dead|death|died|deceased|vital|cnsr|cens\w*|exitus|tod|verstorben|mortality)\b"
)
_TIME = re.compile(
    r"\b(o?time|futime|surv\w*|os|pfs|rfs\w*|fu|follow\w*|d[ ]?time|dtime|t?days|t?months|t?weeks|t?years)\b"
)
_UNITS = {
    "days": r"\bt?days?\b|\btage\b", "weeks": r"\bt?weeks?\b|\bwochen\b", "months": r"\bt?months?\b|\bmo\b|\bmonate\b",
    "years": r"\bt?years?\b|\bjahre\b",
}  # fmt: skip


def plain(name: str) -> str:
    """Letters and digits alone, without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).lower() if c.isalnum())


def words(name: str) -> str:
    """Words with single blanks between: "OS_Months" is "os months"."""
    return re.sub(r"[\W_]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).lower().strip()


def identifies_a_person(name: str) -> bool:
    """Whether a column of this name holds names, birth dates, addresses or numbers of a person."""
    return plain(name) in _BIRTH | _PERSON | _RECORD_NUMBER


def is_date_of_birth(name: str) -> bool:
    """Whether a column of this name holds dates of birth."""
    return plain(name) in _BIRTH


def is_record_number(name: str) -> bool:
    """Whether a column of this name holds the record number that a hospital gave a person."""
    return plain(name) in _RECORD_NUMBER


def looks_after_time_zero(name: str) -> bool:
    """Whether the name speaks of something that happens after treatment."""
    return bool(_AFTER.search(words(name)))


def looks_like_model_output(name: str) -> bool:
    """Whether the name speaks of a prediction."""
    return bool(_MODEL.fullmatch(words(name).replace(" ", "_")))


def looks_like_event(name: str) -> bool:
    """Whether the name speaks of death or censoring."""
    return bool(_EVENT.search(words(name)))


def looks_like_time(name: str) -> bool:
    """Whether the name speaks of a follow-up time."""
    other = looks_like_event(name) or looks_like_model_output(name)
    return bool(_TIME.search(words(name))) and not other


def unit_of_time(name: str) -> str | None:
    """The unit of time that the name tells."""
    return next((unit for unit, pattern in _UNITS.items() if re.search(pattern, words(name))), None)
