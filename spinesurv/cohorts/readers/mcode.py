"""mCODE: FHIR bundles or lines of resources (NDJSON), read as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.readers.content import Content, cell_text
from spinesurv.cohorts.readers.gathering import ROWS, gathered, gathering
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.text import decoded
from spinesurv.errors import InputError

#: resources that can say time zero or a treatment, and where their dates stand
RESOURCES = {
    "Procedure": ("performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod"),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod", "occurrenceDateTime", "occurrencePeriod"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod"),
    "MedicationRequest": ("authoredOn",),
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "Encounter": ("period",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
}  # fmt: skip
#: column -> LOINC codes, used where [mcode] names no measurements
LOINC = {
    "ecog": ["89247-1"], "kps": ["89243-0"], "albumin": ["1751-7"], "hemoglobin": ["718-7"], "wbc": ["6690-2"],
    "platelets": ["777-3"], "crp": ["1988-5"], "ldh": ["2532-0", "14804-9"], "bilirubin": ["1975-2"],
    "creatinine": ["2160-0"], "calcium": ["17861-6"], "alkaline_phosphatase": ["6768-6"], "neutrophils": ["751-8"],
    "lymphocytes": ["731-0"],
}  # fmt: skip
#: status of a resource that says it is wrong, was not done or is only planned
_NOT_SO = frozenset(
    (
        "entered-in-error",
        "not-done",
        "cancelled",
        "refuted",
        "preparation",
        "registered",
        "draft",
        "planned",
        "not-taken",
    )
)
#: LOINC answer -> ECOG grade, where the grade comes as an answer and not as a number
_ANSWERS = {
    "LA9622-7": "0",
    "LA9623-5": "1",
    "LA9624-3": "2",
    "LA9625-0": "3",
    "LA9626-8": "4",
    "LA9627-6": "5",
}
_PRIMARY = "mcode-primary-cancer-condition"
_ABSENT = "absent: "


def read_mcode(path: Path, options: ReadOptions, where: str) -> Content:
    """One row per Patient with sex, age, dates of time zero, death and last record, primary_code, and what [mcode] names.

    `path` is a bundle (.json), lines of resources (.ndjson), or a folder of such files. Columns carry the names of the
    codebook but `primary_code` (the ICD-10 code, or the words of the primary cancer condition). A value is written
    with comparator and unit; a value that is absent for a stated reason is a gap with that reason.

    Raises
    ------
    InputError
        No JSON, no Patient, or the settings are at fault.
    """
    raw = dict(options.rules)
    raw.setdefault("measurements", LOINC)
    rules = gathering(raw, "resource", RESOURCES, f"{where}, [mcode]")
    resources = list(_resources(path, options, where))
    people: dict[str, dict[str, str]] = {}
    known = _Known()
    for resource, url in resources:
        if resource.get("resourceType") == "Patient" and resource.get("id"):
            people[str(resource["id"])] = _person(resource)
            known.add(resource, url)
    if not people:
        raise InputError(
            f"{where}: there is no Patient resource. A bundle of mCODE or its NDJSON export is expected."
        )
    rows: list[tuple[str, str, str, str | None, str]] = []
    ends: list[tuple[str, str | None]] = []
    primary, lost, not_so = dict[str, str](), 0, 0
    for resource, _ in sorted(resources, key=lambda r: _moment(r[0])):
        if resource.get("resourceType") not in RESOURCES:
            continue
        person = known.person(resource.get("subject"))
        if not person:
            lost += 1
            continue
        if _NOT_SO & {str(resource.get("status")), *_coded(resource.get("verificationStatus"))}:
            not_so += 1
            continue
        rows += _rows(resource, person)
        if resource["resourceType"] == "Encounter":  # a course of drugs or an order may end in the future
            ends.append((person, _date(resource.get("period"), "end")))
        if _PRIMARY in " ".join(map(str, _at(resource, "meta", "profile") or [])):
            primary.setdefault(person, _condition_code(resource))
    table = pd.DataFrame(rows, columns=ROWS)
    table["date"] = pd.to_datetime(table["date"], format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    patients = pd.DataFrame.from_dict(people, orient="index")
    found, findings = gathered(patients, table, rules)
    found["primary_code"] = [primary.get(person, "") for person in found.index]
    zero, birth = (
        pd.to_datetime(column, format="%Y-%m-%d", errors="coerce")
        for column in (found["index_date"], found["birth"].map(_middle))
    )
    years = (zero - birth).dt.days / 365.25
    found["age"] = ["" if np.isnan(v) else f"{v:.1f}" for v in years]
    days = pd.DataFrame(ends, columns=["person", "date"]).dropna()
    days["date"] = pd.to_datetime(days["date"], format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    last = pd.concat([table[["person", "date"]], days]).groupby("person")["date"].max().reindex(found.index)
    found["follow_up_end_date"] = last.dt.strftime("%Y-%m-%d").fillna("").to_numpy()
    # a death without a date has an unknown time: the last record is no substitute
    undated = (found["event"] == "1") & (found["death_date"] == "")
    found.loc[undated, "follow_up_end_date"] = ""
    findings += _findings(found, int(undated.sum()), lost, not_so)
    found = found.drop(columns="birth")
    columns = {str(name): found[name].tolist() for name in found}
    gaps = {
        name: {v: v.removeprefix(_ABSENT) for v in set(values) if v.startswith(_ABSENT)}
        for name, values in columns.items()
    }
    return Content.of_columns(
        columns, where, typed=True, gaps={k: v for k, v in gaps.items() if v}, findings=tuple(findings)
    )


def _resources(path: Path, options: ReadOptions, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Resources with the address under which a bundle names them."""
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.suffix.lower() in (".json", ".ndjson"):
                yield from _resources(file, options, f"{where}, {file.name}")
        return
    text = decoded(path.read_bytes(), options, where)
    lines = text.splitlines() if path.suffix.lower() == ".ndjson" else [text]
    for at, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(f"{where}, line {at}: it is no JSON. Export the bundle again.") from None
        if not isinstance(content, dict):
            raise InputError(f"{where}, line {at}: a FHIR resource is expected. Export the bundle again.")
        entries = content.get("entry") if content.get("resourceType") == "Bundle" else [{"resource": content}]
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield entry["resource"], str(entry.get("fullUrl", ""))


class _Known:
    """Patients by everything under which a resource can name them."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}
        self._identifiers: dict[str, set[str]] = {}

    def add(self, patient: dict[str, Any], url: str) -> None:
        person = str(patient["id"])
        for address in (f"Patient/{person}", person, f"urn:uuid:{person}", url):
            if address:  # a resource without an address would stand for every one without a reference
                self._addresses[address] = person
        given = patient.get("identifier")
        for identifier in given if isinstance(given, list) else []:
            if isinstance(identifier, dict) and identifier.get("value"):
                self._identifiers.setdefault(str(identifier["value"]), set()).add(person)

    def person(self, subject: Any) -> str:
        """The patient of a reference: relative, absolute, of a version, of a bundle, or by an identifier; "" = none."""
        if not isinstance(subject, dict):
            return ""
        reference = str(subject.get("reference") or "").split("/_history/")[0]
        found = self._addresses.get(reference) or self._addresses.get(reference.rsplit("/", 1)[-1])
        if found or reference:
            return found or ""
        those = self._identifiers.get(str(_at(subject, "identifier", "value")), set())
        return next(iter(those)) if len(those) == 1 else ""


def _person(resource: dict[str, Any]) -> dict[str, str]:
    deceased = _date(resource.get("deceasedDateTime")) or ""
    dead = bool(resource.get("deceasedDateTime")) or resource.get("deceasedBoolean") is True
    sex = str(resource.get("gender", ""))
    return {
        "patient_id": str(resource["id"]),
        "sex": sex if sex in ("male", "female") else "",
        "birth": str(resource.get("birthDate") or "")[:10],
        "death_date": deceased,
        "event": "1" if dead else "0",
    }


def _rows(resource: dict[str, Any], person: str) -> Iterator[tuple[str, str, str, str | None, str]]:
    kind = str(resource["resourceType"])
    date = next((d for name in RESOURCES[kind] if (d := _date(resource.get(name)))), None)
    fields = ("code", "bodySite", "medicationCodeableConcept", "type")
    codes = list(dict.fromkeys(code for name in fields for code in _coded(resource.get(name))))
    parts = resource.get("component") if kind == "Observation" else None
    for part in [resource, *(parts if isinstance(parts, list) else [])] if kind == "Observation" else []:
        if isinstance(part, dict):  # a panel holds one code and one value per component
            text = _value(part)
            for code in dict.fromkeys(_coded(part.get("code"))):
                yield person, "measurement", code, date, text
    for code in codes:
        yield person, kind, code, date, ""


def _date(value: Any, end: str = "start") -> str | None:
    """The day of a date or of one end of a period; None where a day is not said."""
    text = value.get(end) if isinstance(value, dict) else value
    return text[:10] if isinstance(text, str) and len(text) >= 10 else None


def _moment(resource: dict[str, Any]) -> str:
    """When, to the second: of two values of one day the later one counts."""
    there = (resource.get(name) for name in RESOURCES.get(str(resource.get("resourceType")), ()))
    first = next((value for value in there if value), "")
    return str(first.get("start", "") if isinstance(first, dict) else first)


def _middle(birth: str) -> str:
    """A date of birth; of a year alone the middle of that year, of a month its middle."""
    return birth + {4: "-07-01", 7: "-15"}.get(len(birth), "")


def _coded(value: Any) -> Iterator[str]:
    for concept in value if isinstance(value, list) else [value]:
        codings = concept.get("coding") if isinstance(concept, dict) else None
        for coding in codings if isinstance(codings, list) else []:
            if isinstance(coding, dict) and coding.get("code"):
                yield str(coding["code"])


def _value(resource: dict[str, Any]) -> str:
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, dict) and isinstance(quantity.get("value"), int | float):
        unit = str(quantity.get("code") or quantity.get("unit") or "")
        number = cell_text(quantity["value"])
        return f"{quantity.get('comparator') or ''}{number} {unit if unit not in ('1', '{score}') else ''}".strip()
    if isinstance(resource.get("valueInteger"), int):
        return str(resource["valueInteger"])
    if isinstance(resource.get("valueString"), str):
        return str(resource["valueString"]).strip()
    answer = next(_coded(resource.get("valueCodeableConcept")), None)
    if answer:
        return _ANSWERS.get(answer, answer)
    absent = next(_coded(resource.get("dataAbsentReason")), None)
    return f"{_ABSENT}{absent}" if absent else ""


def _condition_code(resource: dict[str, Any]) -> str:
    codings = _at(resource, "code", "coding") or []
    icd = [c.get("code") for c in codings if isinstance(c, dict) and "icd-10" in str(c.get("system")).lower()]
    return str((icd and icd[0]) or _at(resource, "code", "text") or "")


def _at(resource: dict[str, Any], *keys: str) -> Any:
    value: Any = resource
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _findings(found: pd.DataFrame, undated: int, lost: int, not_so: int) -> Iterator[Finding]:
    if not_so:
        yield Finding(
            "not_done", NOTE, f"{not_so} resources say of themselves that they are wrong, were not done or are only planned.",
            "They were left out.", count=not_so,
        )  # fmt: skip
    years = int(found["birth"].str.len().isin([4, 7]).sum())
    if years:
        yield Finding(
            "birth_without_day", NOTE, f"Of {years} patients the day of birth is not said; the middle of the year or month stands for it.",
            "Their age is right to half a year.", "age", count=years,
        )  # fmt: skip
    if undated:
        yield Finding(
            "death_without_date", NEEDS_AN_ANSWER, f"{undated} patients are dead without a date of death.",
            "The event is known, its time is not: add the dates. They are kept and not analysed.", "death_date", count=undated,
        )  # fmt: skip
    alive = int((found["event"] == "0").sum())
    if alive:
        yield Finding(
            "last_record_is_follow_up", NEEDS_AN_ANSWER,
            f"Follow-up of {alive} patients who are not said to be dead ends with their last record.",
            "Were they alive then, and does the hospital learn of deaths outside? Give the date of last contact if there is one.",
            "follow_up_end_date", count=alive,
        )  # fmt: skip
    if lost:
        yield Finding(
            "reference_broken", NEEDS_AN_ANSWER, f"{lost} resources name a patient who is not in the files.",
            "Is the export complete?", count=lost,
        )  # fmt: skip
