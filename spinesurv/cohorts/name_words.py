"""What the name of a raw column says, for warnings alone: nothing is decided by a name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: whole names, without signs, of a date of birth, of what else identifies a person, and of the number that a hospital gave one
_BIRTH = {
    "dateofbirth", "birthdate", "birth", "birthday", "dob", "dtbirth", "birthdt", "geburtsdatum", "gebdatum", "gebdat", "geburtstag",
    "datedenaissance", "fechadenacimiento", "fechanacimiento", "fnac", "geboortedatum", "生年月日", "생년월일",
}  # fmt: skip
_PERSON = {
    "name", "nom", "nombre", "naam", "nome", "mobile", "mail", "passport", "nationalid", "住所", "이름", "주소",
}  # fmt: skip
_RECORD_NUMBER = {
    "mrn", "medicalrecordnumber", "hospitalnumber", "hospitalno", "chartno", "chartnumber", "fallnummer", "patientennummer",
    "historiaclinica", "nhc", "カルテ番号", "診察券番号", "등록번호", "병록번호",
}  # fmt: skip
#: a word of a name that identifies a person whatever stands beside it
_PERSONAL_WORDS = {
    "surname", "firstname", "lastname", "fullname", "patientname", "familyname", "givenname", "nachname", "vorname", "patientenname",
    "prenom", "apellido", "apellidos", "achternaam", "voornaam", "cognome", "initials", "initialen", "address", "adresse", "anschrift",
    "direccion", "indirizzo", "street", "strasse", "zipcode", "postcode", "postleitzahl", "plz", "phone", "telephone", "telefon", "telefono",
    "email", "ssn", "bsn", "kvnr", "ahv", "dob", "versichertennummer", "versichertennr", "socialsecuritynumber", "insurancenumber", "nhsnumber",
}  # fmt: skip
#: words that do so together
_PERSONAL_PAIRS = [
    ({"first", "last", "family", "given", "full", "maiden", "patient", "patients", "pat", "pt"}, {"name", "names"}),
    ({"patienten", "paciente", "paziente", "patient"}, {"name", "nom", "nombre", "nome", "naam"}),
    ({"birth", "naissance", "nacimiento", "nascita", "geburt", "geboorte"}, {"date", "day", "dt", "datum", "fecha", "data", "dato"}),
    (
        {"insurance", "security", "nhs", "national", "passport", "kv", "versicherten", "fiscal", "fiscale"},
        {"no", "nr", "num", "number", "nummer", "numero", "id", "code", "codice"},
    ),
    ({"tel"}, {"no", "nr", "number", "nummer"}),
    ({"next"}, {"kin"}),
]  # fmt: skip
#: parts of names that are written without blanks
_PERSONAL_PARTS = re.compile(
    "氏名|姓名|患者名|フリガナ|ふりがな|カナ名|生年月日|電話番号|携帯電話|郵便番号|성명|환자명|환자이름|생년월일|주민등록번호|주민번호|전화번호|연락처|휴대폰|우편번호"
)
_AFTER = re.compile(
    r"post[ _-]?op|complic|discharg|transfus|readmi|recurren|progress|length[ _-]?of[ _-]?stay|\bs?los\b|respon[sd]|"
    r"(nach|after|post|apres|despues|na) (op|surg\w*|rt|radi\w*|operat\w*)\b|\badj(uvant\w*)?\b|toxicit|"
    r"hosp[ _-]?dead|charge|cost|\btot\w*cst|\bdnr|age[ _]at[ _](death|last)|aufenthaltsdauer|komplikation|verweildauer"
)
_MODEL = re.compile(
    r"(surv|prg|pred|prob|risk)[ _]?[0-9]+[ _]?[dmy]?\w{0,4}|.*(predicted|prediction|nomogram|riskscore|prognos|forecast|vorhersage|(^|_)prob(ability)?(_|$)).*|"
    r"(.*_)?(sorg|loris|tokuhashi|tomita|katagiri|bauer|rades|nesms|oskar?|spring)(_.*)?_?([0-9]+_?[dmyw]\w*|risk|surv\w*|p|ml)"
)
_EVENT = re.compile(
    r"\b(status|event|dead|death|died|deceased|vital|cnsr|cens\w*|exitus|tod|verstorben|mortality)\b"
)
_TIME = re.compile(
    r"\b(o?time|futime|surv\w*|os|pfs|rfs\w*|fu|follow\w*|d[ ]?time|dtime|t?days|t?months|t?weeks|t?years)\b"
)
#: a duration that is no follow-up
_NO_FOLLOW_UP = re.compile(
    r"\b(s?los|stay|before|prior|pre|preop|vor|avant|wait\w*|interval|since|delay|lag|icu|age|diag\w*|dx|aufenthalt\w*|liegedauer|duration of \w+)\b"
)
_UNITS = {
    "days": r"\bt?days?\b|\btage\b", "weeks": r"\bt?weeks?\b|\bwochen\b", "months": r"\bt?months?\b|\bmo\b|\bmonate\b",
    "years": r"\bt?years?\b|\bjahre\b",
}  # fmt: skip


#: one sign for those that differ between Japan, mainland China and Taiwan: the first of each group stands for the others
_VARIANTS = (
    "転转轉 脳脑腦 発发發 数數 術术 後后 齢龄齡 号號 歴历歷 腫肿 臓脏臟 無无 観观觀 終终 確确 認认 診诊 療疗 総总總 紅红 細细 状狀 態态 級级 類类 医醫 "
    "訪访 結结 時时 間间 鈣钙 内內 検检檢 評评 経经經 損损 頸颈 組组 織织 両两兩 図图圖 当当當 証证證 測测 関关關 開开 続续續 現现 気气氣 併并 軽轻輕 圧压壓 "
    "変变變 傷伤 動动 帯带帶 単单單 断斷 軟软 頭头 胆膽 痹痺 区區 摂摄攝 悪恶惡 顕显顯 鎮镇 薬药藥 腸肠 体體"
)
_ONE_SIGN = str.maketrans({other: group[0] for group in _VARIANTS.split() for other in group[1:]})


@lru_cache(20_000)
def plain(text: str) -> str:
    """Letters and digits, lower case, Latin letters without accents; Hangul and kana as they stand, kanji in one form of each."""
    kept = []
    for sign in unicodedata.normalize("NFKC", text).casefold().translate(_ONE_SIGN):
        base = unicodedata.normalize("NFKD", sign)[0]
        kept.append(base if base.isascii() else {"μ": "u", "µ": "u"}.get(sign, sign))
    return "".join(sign for sign in kept if sign.isalnum())


def parts(name: str) -> list[str]:
    """Words of a name: "OS_Months" is os, months; "osMonths" too; "S-Albumin (g/L)" is s, albumin, g, l."""
    spaced = re.sub(r"(?<=[a-zäöü])(?=[A-Z])", " ", name)
    return [plain(word) for word in re.split(r"[^\w]|_", spaced) if plain(word)]


def words(name: str) -> str:
    """Words with single blanks between: "OS_Months" is "os months"."""
    return re.sub(r"[\W_]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).lower().strip()


def identifies_a_person(name: str) -> bool:
    """Whether a column of this name holds names, birth dates, addresses or numbers of a person."""
    own = set(parts(name))
    return (
        plain(name) in _BIRTH | _PERSON | _RECORD_NUMBER
        or plain(name) in _PERSONAL_WORDS
        or bool(own & _PERSONAL_WORDS)
        or any(own & some and own & others for some, others in _PERSONAL_PAIRS)
        or bool(_PERSONAL_PARTS.search(unicodedata.normalize("NFKC", name)))
    )


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
    other = looks_like_event(name) or looks_like_model_output(name) or _NO_FOLLOW_UP.search(words(name))
    return bool(_TIME.search(words(name))) and not other


def unit_of_time(name: str) -> str | None:
    """The unit of time that the name tells."""
    return next((unit for unit, pattern in _UNITS.items() if re.search(pattern, words(name))), None)
