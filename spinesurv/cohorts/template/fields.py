"""Which variables a template asks for, in which order and under which headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinesurv.core.codebook import NO, YES, Variable, codebook
from spinesurv.errors import InputError, unknown_name

#: heading -> what stands under it; the order of the columns
SECTIONS = {
    "who": "Hospital and number of the patient. Never a name, a birth date or a hospital record number.",
    "outcome": "Time zero, and what became of the patient.",
    "at time zero": "Known at time zero: these may predict.",
    "index lesion": "The treated level, as it was at time zero.",
    "decision": "Chosen or judged in deciding the treatment: never predictors.",
    "after time zero": "Known only later: never predictors.",
}
FOLLOW_UP = ("dates", "days")

_OUTCOME = {
    "dates": ("index_date", "event", "death_date", "follow_up_end_date", "cause"),
    "days": ("index_year", "event", "time_days", "cause"),
}
#: columns of the outcome that a template asks for in one of two ways, or that follow from others
_FROM_OUTCOME = {"index_date", "index_year", "time_days", "entry_days", "event", "cause"}
_FROM_OUTCOME |= {"death_date", "follow_up_end_date"}

#: what the example row shows where the first level, `no` or the lowest number would look odd
_SHOWN = {
    "index_date": "2024-03-15", "death_date": "2024-11-02", "follow_up_end_date": "2024-11-02",
    "index_year": "2024", "time_days": "232", "event": "1", "cause": "cancer",
    "age": "64", "sex": "male", "ecog": "2", "kps": "60", "bmi": "24.5", "asa": "3", "charlson_score": "2",
    "primary_tumor": "lung_nsclc", "n_spine_mets": "3", "n_extraspinal_bone_mets": "1",
    "visceral_mets": "unresectable", "visceral_pattern": "nodular", "interval_dx_to_mscc_months": "14",
    "years_diagnosis_to_spine_met": "1.2", "months_since_primary_diagnosis": "14",
    "frankel": "D", "leg_motor_grade": "4", "ambulatory_status": "assisted",
    "egfr_mutation": "negative", "alk_rearrangement": "negative", "braf_mutation": "unknown",
    "kras_mutation": "unknown", "hormone_dependence": "not_applicable", "hormone_receptor_status": "unknown",
    "castration_status": "unknown", "albumin": "3.4", "hemoglobin": "11.2", "platelets": "265", "wbc": "8.4",
    "crp": "2.1", "ldh": "240", "calcium": "9.3", "bilirubin": "0.6", "creatinine": "0.9", "inr": "1.1",
    "alkaline_phosphatase": "130", "lymphocytes": "1.3", "neutrophils": "5.9", "nlr": "4.5", "psa": "4.0",
    "level": "T8", "collapse_pct": "30", "body_involved_pct": "60", "sins_total": "10", "escc_grade": "1c",
    "n_levels": "1", "n_instrumented_levels": "5", "sf36_pcs": "32", "n_organ_systems": "2",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One column of a template: a variable and its heading."""

    variable: Variable
    section: str

    @property
    def key(self) -> str:
        """Name of the column: that of the codebook."""
        return self.variable.key

    @property
    def levels(self) -> tuple[str, ...]:
        """What a drop-down offers; empty where anything of the right kind may stand."""
        return (YES, NO) if self.variable.kind == "yes_no" else self.variable.levels

    @property
    def shown(self) -> str:
        """Its cell in the example row; no value of a person."""
        if self.key in _SHOWN:
            return _SHOWN[self.key]
        if self.variable.kind == "yes_no":
            return NO
        if self.levels:
            return self.levels[0]
        return f"{max(self.variable.lowest or 0, 1):g}" if self.variable.is_numeric else ""

    @property
    def allowed(self) -> str:
        """What may stand in it, in words; a long list of levels is referred to."""
        if len(self.levels) > 12:
            return f"one of {len(self.levels)} keys, see the drop-down"
        return "any name, always written the same" if self.section == "who" else self.variable.allowed


def fields(*, scores: Sequence[str] = (), everything: bool = False, follow_up: str = "dates") -> list[Field]:
    """The columns of a template.

    Without `scores` they are the variables of the synthetic cohort: those of the scores and models that are most
    asked for. With `scores` they are age, sex and what these scores read. Lesion variables are those of the treated level.

    Parameters
    ----------
    scores : keys of scores, as `used_by` of the codebook names them
    everything : every variable of the codebook instead
    follow_up : "dates" (time zero, death, last contact) or "days" (year and follow-up time, no date leaves the hospital)

    Raises
    ------
    InputError
        A score that no variable is used by, both `scores` and `everything`, or another word for `follow_up`.
    """
    book = codebook()
    if follow_up not in FOLLOW_UP:
        raise unknown_name("way to give follow-up", follow_up, FOLLOW_UP, where="template")
    if scores and everything:
        raise InputError(
            "template: every variable and those of some scores were asked for. Leave one of them out."
        )
    known = sorted({key for v in book for key in v.used_by.get("scores", ())} - {"all"})
    for key in scores:
        if key not in known:
            raise unknown_name("score", key, known, where="template")
    wanted = [
        v
        for v in book
        if v.role not in ("site", "id", "model_output")
        and v.key not in _FROM_OUTCOME
        and (everything or (_read_by(v, scores) if scores else v.generated))
    ]
    found = [Field(book["site"], "who"), Field(book["patient_id"], "who")]
    found += [Field(book[key], "outcome") for key in _OUTCOME[follow_up]]
    by_section = [Field(v, _section(v)) for v in wanted]
    return found + [f for name in SECTIONS for f in by_section if f.section == name]


def _read_by(variable: Variable, scores: Sequence[str]) -> bool:
    readers = set(variable.used_by.get("scores", ()))
    return variable.key in ("age", "sex") or bool(readers & {*scores, "all"})


def _section(variable: Variable) -> str:
    if variable.role == "baseline":
        return "index lesion" if variable.table == "lesion" else "at time zero"
    return variable.role.replace("_", " ")
