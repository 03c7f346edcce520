"""Mapping: how the columns of one raw table become the variables of the codebook."""

from __future__ import annotations

import string
from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spinesurv.cohorts.cells import ISO, of_months
from spinesurv.cohorts.read_table import RawTable
from spinesurv.cohorts.readers import ReadOptions
from spinesurv.core.codebook import codebook
from spinesurv.core.status import days_of_columns, status_column
from spinesurv.errors import InputError, unknown_name

#: what day 0 is, when nobody said so
TIME_ZERO_NOT_STATED = "not stated"

#: columns of a canonical table that are read by rules of their own, not as variables of the patient
KEY_AND_OUTCOME = ("site", "patient_id", "time_days", "event")
_END_DATES = ("death_date", "follow_up_end_date")


@dataclass(frozen=True)
class SiteRule:
    """Site of each row: one name for all (`value`), or a column (`from_`) with names to change (`values`)."""

    value: str | None = None
    from_: str | None = None
    values: Dictionary[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IdRule:
    """Identifier of each row: a column, put into `format` ("{site}-{id:0>4}"), or the row number (`row`).

    With a `key_file`, the identifier is replaced by a keyed hash (HMAC-SHA-256, 16 hexadecimal digits) of itself. Who has
    no key cannot find it by trying all record numbers, which a plain hash would allow.
    """

    from_: str | None = None
    format: str | None = None
    row: bool = False
    key_file: Path | None = None

    def written(self, site: str, number_or_text: str) -> str:
        """The identifier as it is kept."""
        return number_or_text if self.format is None else self.format.format(site=site, id=number_or_text)

    def key(self, where: str) -> bytes:
        """The secret of the hospital.

        Raises
        ------
        InputError
            The file is absent or holds fewer than 32 characters.
        """
        assert self.key_file is not None
        secret = self.key_file.read_bytes().strip() if self.key_file.is_file() else b""
        if len(secret) < 32:
            raise InputError(
                f"{where}: the key file {self.key_file.name} is absent or holds fewer than 32 characters. Make one that stays at "
                'the hospital, once: python -c "import secrets; print(secrets.token_hex(32))" > hospital.key.'
            )
        return secret


@dataclass(frozen=True)
class TimeRule:
    """Follow-up time in a column; `factor` takes it to days."""

    from_: str
    unit: str = "days"
    factor: float = 1.0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class DateRule:
    """A date: the first column of `from_` that is filled, written in one of `patterns` (strptime).

    `closing`: last day of those alive without a date, where everybody alive was followed to the same day.
    """

    from_: tuple[str, ...]
    patterns: tuple[str, ...] = (ISO,)
    missing: tuple[str, ...] = ()
    closing: str | None = None


@dataclass(frozen=True)
class EventRule:
    """Which codes mean died and which mean alive at the end of follow-up.

    `causes`: code of a death -> its cause. `first`: code -> end point (instrumentation_failure) that ended follow-up in
    somebody alive, whose later fate the table does not tell. `filled`: who has anything in the column (a date of death)
    died, who has nothing is alive.
    """

    from_: str
    dead: tuple[str, ...] = ("1",)
    alive: tuple[str, ...] = ("0",)
    missing: tuple[str, ...] = ()
    stated: bool = False
    causes: Dictionary[str, str] = field(default_factory=dict)
    first: Dictionary[str, str] = field(default_factory=dict)
    filled: bool = False


@dataclass(frozen=True)
class OutcomeRule:
    """Time zero, the event, and the time: given (`time`) or between two dates (`start`, `end`).

    `entry`: the day from which a patient was under observation, where that is later than time zero (left truncation).
    """

    event: EventRule
    time: TimeRule | None = None
    start: DateRule | None = None
    end: DateRule | None = None
    entry: DateRule | None = None
    time_zero: str = TIME_ZERO_NOT_STATED

    @property
    def columns(self) -> list[str]:
        """Raw columns that it reads."""
        dated = [name for rule in (self.start, self.end, self.entry) if rule for name in rule.from_]
        return ([self.time.from_] if self.time else []) + dated + [self.event.from_]


#: codes of a status that needs no list: what yes and no may be written as
YES_CODES, NO_CODES = ("1", "yes", "true"), ("0", "no", "false")


@dataclass(frozen=True)
class StatusRule:
    """Status at some days, where a table tells no times: for each of `days` (rising) a column and its codes."""

    days: tuple[int, ...]
    rules: tuple[EventRule, ...]
    time_zero: str = TIME_ZERO_NOT_STATED

    @property
    def columns(self) -> list[str]:
        """Raw columns that it reads."""
        return [rule.from_ for rule in self.rules]

    @classmethod
    def of_names(cls, names: Collection[str]) -> StatusRule | None:
        """The canonical columns `dead_by_<days>` among these names; None where there are none."""
        days = days_of_columns(names)
        rules = tuple(EventRule(status_column(day), YES_CODES, NO_CODES) for day in days)
        return cls(tuple(days), rules) if days else None


@dataclass(frozen=True)
class ColumnRule:
    """One variable of the codebook: from a column, or the same `value` in every row.

    Parameters
    ----------
    key : name in the codebook
    from_ : raw column; None where `value` is given
    unit, factor : unit of the raw column, and what a number is multiplied by
    unit_ranges : (unit, factor, from, below): units by the size of the raw number, for two units mixed in one column
    unit_from, unit_values : column that tells the unit of each row, code -> (unit, factor)
    coding : key of CODINGS, a rule for cells that `values` does not name
    beside : raw column whose text is put behind that of `from_` (morphology behind topography)
    height, height_factor : raw column of the height, and what takes it to metres; `from_` is then the weight in kg (bmi)
    share_of : variable of which the column is a percentage (neutrophils of wbc)
    values : raw code -> canonical value; "" = missing
    missing : codes that mean missing in this column
    reasons : code that means missing -> why (not measured, not applicable, ...)
    value : constant
    patterns : strptime patterns of a date; the one that fits is taken
    """

    key: str
    from_: str | None = None
    unit: str | None = None
    factor: float = 1.0
    values: Dictionary[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    reasons: Dictionary[str, str] = field(default_factory=dict)
    value: str | None = None
    patterns: tuple[str, ...] = (ISO,)
    unit_ranges: tuple[tuple[str, float, float, float], ...] = ()
    unit_from: str | None = None
    unit_values: Dictionary[str, tuple[str, float]] = field(default_factory=dict)
    coding: str | None = None
    beside: str | None = None
    height: str | None = None
    height_factor: float = 1.0
    share_of: str | None = None

    @property
    def sources(self) -> list[str]:
        """Raw columns that it reads."""
        return [name for name in (self.from_, self.unit_from, self.beside, self.height) if name]


@dataclass(frozen=True)
class Mapping:
    """What a mapping file says, checked. Read one with `read_mapping`; `canonical` needs no file.

    Parameters
    ----------
    name : name of the mapping file; None for a canonical table
    file : the raw table, resolved; None where the mapping names none
    options : how the raw table is read
    missing : codes that mean missing anywhere in the table; an empty cell always does
    reasons : code that means missing -> why
    site, patient_id : None = the column of that name (a table without site column is one site)
    outcome : time and event; None = the table has none
    status : status at some days, where that is all that it tells
    columns : one rule per variable
    """

    name: str | None
    file: Path | None
    options: ReadOptions = field(default_factory=ReadOptions)
    missing: tuple[str, ...] = ()
    reasons: Dictionary[str, str] = field(default_factory=dict)
    site: SiteRule | None = None
    patient_id: IdRule | None = None
    outcome: OutcomeRule | None = None
    columns: tuple[ColumnRule, ...] = ()
    status: StatusRule | None = None

    @property
    def time_zero(self) -> str:
        """What day 0 is."""
        told = self.outcome or self.status
        return told.time_zero if told else TIME_ZERO_NOT_STATED

    @property
    def names_months(self) -> bool:
        """Whether a rule says which day stands for a month."""
        ends = (self.outcome.start, self.outcome.end, self.outcome.entry) if self.outcome else ()
        return any(of_months(rule.patterns) for rule in (*self.columns, *ends) if rule is not None)

    @property
    def outcome_columns(self) -> list[str]:
        """Raw columns that time and event, or the status at days, are read from."""
        told = self.outcome or self.status
        return told.columns if told else []

    @property
    def where(self) -> str:
        """Opening words of a message about this mapping."""
        return f"mapping file {self.name}" if self.name else "canonical table"

    @classmethod
    def canonical(cls, table: RawTable) -> Mapping:
        """The mapping of a table whose columns already carry the names of the codebook.

        Time is `time_days`, or `index_date` to `death_date` or else `follow_up_end_date`. Without time and event, columns
        `dead_by_<days>` are the status at these days.

        Raises
        ------
        InputError
            No column is known, or the outcome is there by half.
        """
        names = list(table.columns)
        known = [name for name in names if name in codebook()]
        if not known:
            raise InputError(
                f"{table.where}: none of its {len(names)} columns is a name of the codebook. Write a mapping "
                "file that says which column is which, and give it as mapping."
            )
        keep = [name for name in known if name not in KEY_AND_OUTCOME]
        outcome = _canonical_outcome(names, table.where)
        return cls(
            None,
            None,
            table.options,
            outcome=outcome,
            columns=tuple(ColumnRule(name, name) for name in keep),
            status=StatusRule.of_names(names) if outcome is None else None,
        )

    def check_columns(self, table: RawTable) -> None:
        """Refuse raw columns that the table does not have."""
        names = list(table.columns)
        self._check_identifiers(table)
        wanted: list[tuple[str, str]] = []
        if self.site and self.site.from_:
            wanted.append(("[table] site", self.site.from_))
        if self.patient_id and self.patient_id.from_:
            wanted.append(("[table] patient_id", self.patient_id.from_))
        wanted += [("[outcome]", name) for name in self.outcome_columns]
        for rule in self.columns:
            wanted += [(f"[columns.{rule.key}]", name) for name in rule.sources]
        for section, name in wanted:
            if name not in names:
                raise unknown_name("column", name, names, where=f"{self.where}, {section}: {table.where}")
        if self.patient_id is None and "patient_id" not in names:
            raise InputError(
                f"{table.where}: no column patient_id. Name the column in [table] of the mapping file "
                '(patient_id = "record_id"), or number the rows with patient_id = { row = true }.'
            )

    def _check_identifiers(self, table: RawTable) -> None:
        """Refuse rules for columns that the file itself marks as identifying a person."""
        marked = {name for rule in self.columns for name in rule.sources} & set(table.content.identifiers)
        if self.site and self.site.from_ in table.content.identifiers:
            marked.add(str(self.site.from_))
        given = self.patient_id.from_ if self.patient_id else "patient_id"
        if given in table.content.identifiers and not (self.patient_id and self.patient_id.key_file):
            raise InputError(
                f"{self.where}: {table.where} marks {given} as identifying a person. Replace it by a keyed hash: patient_id = "
                f'{{ from = "{given}", key_file = "hospital.key" }} in [table].'
            )
        if marked:
            raise InputError(
                f"{self.where}: {table.where} marks {', '.join(sorted(marked))} as identifying a person. Such "
                "columns are not imported; take them out of the mapping file."
            )

    def described(self) -> dict[str, Any]:
        """Its content as plain values, for the audit; no folder of this machine."""
        content = asdict(self)
        content["file"] = self.file.name if self.file else None
        if self.patient_id and self.patient_id.key_file:
            content["patient_id"]["key_file"] = self.patient_id.key_file.name
        for key in ("dictionary", "samples"):
            content["options"][key] = content["options"][key] and Path(content["options"][key]).name
        return content


def _canonical_outcome(names: Collection[str], where: str) -> OutcomeRule | None:
    ends = tuple(name for name in _END_DATES if name in names)
    dated = "index_date" in names and bool(ends)
    timed = "time_days" in names
    if not (timed or "event" in names):
        return None
    if "event" not in names or not (timed or dated):
        there, absent = ("time_days", "event") if timed else ("event", "time_days")
        raise InputError(
            f"{where}: column {there} is there without {absent}. An outcome needs both; "
            "leave both out where nobody's outcome is known."
        )
    event = EventRule("event")
    if timed:
        return OutcomeRule(event, time=TimeRule("time_days"))
    return OutcomeRule(event, start=DateRule(("index_date",)), end=DateRule(ends))


def checked_id_format(text: str, *, where: str) -> str:
    """A format of identifiers that names {id}, may name {site}, and nothing else."""
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        text.format(site="a", id="1")
    except (ValueError, KeyError, IndexError, AttributeError):
        fields = set()
    if "id" not in fields or not fields <= {"id", "site"}:
        raise InputError(
            f'{where}: format {text!r} must hold {{id}} and may hold {{site}}, as in "{{site}}-{{id:0>4}}".'
        )
    return text
