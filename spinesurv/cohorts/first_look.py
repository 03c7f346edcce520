"""First look at a raw table: what it shows before anybody has written a mapping.

The table is read as `spinesurv map` would propose it (how it is read, which column is which, units, codes), for the audit alone: the
reading is thrown away, and every finding names the raw column. A wrong guess can cost a finding or raise a question too many; it
never reaches a cohort.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.cohorts.audit.date_forms import date_form_findings
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, SEVERITIES, Finding
from spinesurv.cohorts.audit.raw import column_facts, raw_findings
from spinesurv.cohorts.audit.raw_codes import raw_code_findings
from spinesurv.cohorts.audit.raw_dates import raw_date_findings
from spinesurv.cohorts.audit.rows import repeated_rows, row_findings, same_rows, sign_findings
from spinesurv.cohorts.import_table import Imported, import_table
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.mapping.read_mapping import mapping_of
from spinesurv.cohorts.name_words import is_date_of_birth
from spinesurv.cohorts.proposal import Proposal, mapping_text, propose
from spinesurv.cohorts.proposal.likely_site import likely_site
from spinesurv.cohorts.proposal.names import named, unit_in
from spinesurv.cohorts.proposal.outcome import possible_units
from spinesurv.cohorts.proposal.proposed import GUESS
from spinesurv.cohorts.proposal.status import BESIDE_TIMES, days_told
from spinesurv.core.codebook import codebook
from spinesurv.core.status import days_of_columns, status_column
from spinesurv.errors import InputError

#: findings that speak of a mapping file that nobody has written
_OF_A_MAPPING = (
    "one_site", "time_zero_not_stated", "unmapped_variable", "identifier_left_out", "record_number", "all_declared_missing", "not_a_predictor",
    "name_nearly_known", "tumour_group_split", "kept_after_time_zero", "kept_model_output", "status_only",
)  # fmt: skip

_ENDS = ("death_date", "follow_up_end_date")
#: stands for the site where no column is one; taken out of every finding
_NO_SITE = "all rows"


@dataclass(frozen=True)
class FirstLook:
    """What a raw table shows, the gravest first, and as what its columns were taken.

    Parameters
    ----------
    findings : about raw columns
    taken : column, variable, label, unit, confidence of each column that was taken for a variable
    """

    findings: list[Finding]
    taken: list[dict[str, str]]


def first_look(path: Path, *, sheet: str | None = None, dictionary: Path | None = None) -> FirstLook:
    """Everything that a raw table shows by itself; nothing where it cannot be read as a table.

    Parameters
    ----------
    path : the table as it came
    sheet : of a workbook with several
    dictionary : second file that explains the codes
    """
    try:
        proposal = propose(path, sheet=sheet, dictionary=dictionary)
    except InputError:
        return FirstLook([], [])
    proposal = replace(proposal, site=likely_site(proposal))
    table = proposal.table
    site = _site(proposal)
    imported = _imported(path, proposal)
    taken = [] if imported is None else _taken(proposal, imported.mapping)
    others = {t["column"] for t in taken if t["variable"] not in ("time_days", "event")}
    others |= {name for name, why in proposal.never.items() if why == BESIDE_TIMES}
    findings = [
        *raw_findings(table, site, others, proposal.event.from_ if proposal.event else None),
        *row_findings(table.cells, table.options.decimal, site),
        *raw_code_findings(table.cells.drop(columns=[site.name] if site.name in table.cells else []), site),
        *raw_date_findings(table.cells, _zero(proposal), site, _no_treatments(proposal)),
        *sign_findings(table.cells, site),
        *date_form_findings(table.cells, site),
        *_outcome_not_found(proposal),
        *_status_only(proposal),
    ]
    if proposal.patient_id is not None:
        key = [str(site.name)] if site.name is not None and site.name != proposal.patient_id.from_ else []
        findings += repeated_rows(table.cells, [*key, proposal.patient_id.from_])
    if imported is None:
        findings += column_facts(table, site, [str(n) for n in table.cells.columns if n != site.name])
    else:
        findings += _of_raw_columns(imported, proposal)
        findings += _units_by_distribution(proposal)
    known = {str(n) for n in (site.name, proposal.patient_id.from_ if proposal.patient_id else None) if n}
    findings += same_rows(
        table.cells, known, proposal.patient_id.from_ if proposal.patient_id else "", table.options.decimal
    )
    return FirstLook(_each_once(map(_without_site, findings)), taken)


def _site(proposal: Proposal) -> pd.Series:
    """The column that was taken for the site; one site where there is none."""
    cells = proposal.table.cells
    if proposal.site is not None:
        return cells[proposal.site.from_]
    return pd.Series(_NO_SITE, index=cells.index, name=None)


def _imported(path: Path, proposal: Proposal) -> Imported | None:
    """The table as the proposed mapping reads it; None where even that is refused."""
    try:
        return import_table(path, mapping=_provisional(proposal, path))
    except InputError:
        return None


def _provisional(proposal: Proposal, path: Path) -> Mapping:
    """The proposed mapping with every row as a patient of its own, and with an outcome wherever one can be guessed."""
    raw: dict[str, Any] = tomllib.loads(mapping_text(proposal))
    raw["table"]["patient_id"] = {"row": True}
    if proposal.table.options.dictionary is not None:
        raw["table"]["dictionary"] = str(proposal.table.options.dictionary.absolute())
    raw["table"]["site"] = {"from": proposal.site.from_} if proposal.site else _NO_SITE
    event, time = proposal.event, proposal.time
    if (
        "outcome" not in raw
        and not proposal.status
        and event is not None
        and event.settings
        and not event.blocked
        and time is not None
    ):
        unit = next(iter(possible_units(proposal, time)), None)
        if unit is not None:
            times = {"from": time.from_, "unit": unit}
            raw["outcome"] = {"time": times, "event": {"from": event.from_, **event.settings}}
    return mapping_of(raw, path.with_suffix(".toml"))


def _taken(proposal: Proposal, mapping: Mapping) -> list[dict[str, str]]:
    used = {rule.key: rule.unit or codebook()[rule.key].unit or "" for rule in mapping.columns}
    if mapping.outcome is not None:
        used |= {"event": "", "time_days": mapping.outcome.time.unit if mapping.outcome.time else ""}
        used |= {"index_date": "", "follow_up_end_date": "", "death_date": ""}
    if mapping.site is not None and mapping.site.from_:
        used["site"] = ""
    if mapping.status is not None:
        used |= {status_column(day): "" for day in mapping.status.days}
    return [
        {
            "column": p.from_,
            "variable": p.key,
            "label": codebook()[p.key].label if p.key in codebook() else _status_label(p.key),
            "unit": used[p.key],
            "confidence": p.confidence,
        }
        for p in proposal.everything
        if p.key in used
    ]


def _status_label(key: str) -> str:
    return f"Dead by day {days_of_columns([key])[0]}"


def _of_raw_columns(imported: Imported, proposal: Proposal) -> Iterator[Finding]:
    """The findings of the import under the names of the raw columns."""
    raw = {rule.key: str(rule.from_) for rule in imported.mapping.columns if rule.from_}
    raw |= {
        p.key: p.from_
        for p in (proposal.patient_id, proposal.end, proposal.event, proposal.time, proposal.site)
        if p is not None
    }
    if proposal.time is not None:
        raw["entry_days"] = proposal.time.from_
    raw |= {p.key: p.from_ for p in proposal.status} | _ends(proposal)
    unsure = proposal.time is not None and proposal.time.blocked
    for found in imported.audit:
        if found.rule in _OF_A_MAPPING or (unsure and found.rule in ("time_unit", "whole_months")):
            continue
        do = found.do
        if found.rule == "rows_refused":
            do = "An import refuses them with this reason. Correct them in the source, or leave them out on purpose."
        column = raw.get(found.column, "" if found.column == "patient_id" else found.column)
        yield replace(found, column=column, do=do)


def _ends(proposal: Proposal) -> dict[str, str]:
    """Variables that speak of the end of follow-up -> raw columns, where it was taken from dates."""
    if proposal.end is None:
        return {}
    of = proposal.end.settings.get("from")
    both = [str(name) for name in of] if isinstance(of, list) else [proposal.end.from_]
    return {
        "death_date": both[0],
        "follow_up_end_date": both[-1],
        "time_days": both[-1],
        "entry_days": both[-1],
    }


def _zero(proposal: Proposal) -> pd.Series | None:
    """The column of day 0 as text."""
    found = [p for p in proposal.everything if p.key == "index_date"]
    return proposal.table.cells[found[0].from_] if found else None


def _no_treatments(proposal: Proposal) -> set[str]:
    """Columns of day 0, death, last contact and birth."""
    names = [str(name) for name in proposal.table.cells.columns]
    return {
        name
        for name in names
        if is_date_of_birth(name) or any(n.key in _ENDS and n.confidence != GUESS for n in named(name))
    } | {p.from_ for p in proposal.everything if p.key in ("index_date", *_ENDS)}


def _units_by_distribution(proposal: Proposal) -> Iterator[Finding]:
    """Units that are not those of the codebook and that the numbers alone tell."""
    for p in proposal.columns:
        unit = p.settings.get("unit")
        title = proposal.table.content.titles.get(p.from_, "")
        if isinstance(unit, str) and not p.blocked and unit_in(p.from_) is None and unit_in(title) is None:
            yield Finding(
                "unit_not_stated", NEEDS_AN_ANSWER, f"The numbers of {p.from_} are usual for {p.key} in {unit}; nothing else says so.",
                f'Confirm it: unit = "{unit}" in [columns.{p.key}] of the mapping file.', p.from_,
                count=int((proposal.table.cells[p.from_] != "").sum()),
            )  # fmt: skip


def _outcome_not_found(proposal: Proposal) -> Iterator[Finding]:
    dated = proposal.start is not None and proposal.end is not None
    if proposal.status or (proposal.event is not None and (proposal.time is not None or dated)):
        return
    what = "No pair of columns was found of which names and cells say for sure how long a patient was followed and who died."
    do = "Say in [outcome] of a mapping file which they are; without them there are scores and no survival."
    if proposal.event is not None:
        what = f"{proposal.event.from_} may say who died, and no column was found that says when: by itself that is no survival data."
        do = f"{do} Where it tells who was dead by a fixed day, say which: [outcome.dead_by.365]."
    yield Finding("outcome_not_found", NEEDS_AN_ANSWER, what, do)


def _without_site(found: Finding) -> Finding:
    """A finding of a table without sites does not speak of one."""
    what = re.sub(f" (at|of) site '{_NO_SITE}'", "", found.what)
    return replace(found, what=what, site="" if found.site == _NO_SITE else found.site)


def _status_only(proposal: Proposal) -> Iterator[Finding]:
    """A table that tells who was dead by some days and no times."""
    if not proposal.status:
        return
    yield Finding(
        "status_only", NEEDS_AN_ANSWER,
        f"The table tells who was dead by {days_told(proposal.status)} and no times: it is not survival data.",
        "Are there dates or days of follow-up? If not, `spinesurv map` writes the status into [outcome.dead_by]: scores, published survival and "
        "predictions are then judged at these days alone.",
        ", ".join(p.from_ for p in proposal.status), count=len(proposal.table),
    )  # fmt: skip


def _each_once(findings: Iterable[Finding]) -> list[Finding]:
    """Each rule once per column and site, the gravest first; what names no site gives way to what does."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for found in findings:
        kept.setdefault((found.rule, found.column, found.site), found)
    return sorted(kept.values(), key=lambda f: SEVERITIES.index(f.severity))
