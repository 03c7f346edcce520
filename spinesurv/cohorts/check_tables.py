"""The check of several tables that are to be put together: each by itself, then beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.columns import missing_by_site
from spinesurv.cohorts.audit.findings import BLOCKS, NEEDS_AN_ANSWER, SEVERITIES, Finding
from spinesurv.cohorts.audit.outcome import follow_up_by_site
from spinesurv.cohorts.audit.status import status_by_site
from spinesurv.cohorts.first_look import FirstLook
from spinesurv.cohorts.import_table import Imported
from spinesurv.cohorts.pooling import drifting_names, pooling_findings
from spinesurv.cohorts.write_check import BLOCKED, READ, checked, frame, records, write_pages
from spinesurv.core.cohort import Cohort
from spinesurv.errors import InputError


def check_tables(paths: Sequence[str | Path], *, out: str | Path, mixed_time_zero: bool = False) -> Path:
    """Check tables one by one, into a folder each, then as one cohort; the path of the page about all of them.

    Parameters
    ----------
    paths : mapping files, or canonical tables
    out : folder of the results; audit.json and audit.html of all tables, and <table>/ for each
    mixed_time_zero : allow tables whose day 0 differs

    Raises
    ------
    InputError
        A table is refused, or they cannot be put together (different time zeros, the same key twice). All files are
        written before that.
    """
    out = Path(out)
    found = {name: checked(path, out=out / name) for name, path in zip(_folders(paths), paths, strict=True)}
    imported = [one for one, _ in found.values() if not isinstance(one, InputError)]
    findings = _refused({name: one for name, (one, _) in found.items()})
    cohort = None
    if len(imported) == len(found):
        try:
            cohort = Cohort.pool([one.cohort for one in imported], mixed_time_zero=mixed_time_zero)
        except InputError as error:
            findings.append(
                Finding(
                    "not_one_cohort", BLOCKS, str(error), "Until then each table can be judged by itself."
                )
            )
    findings += pooling_findings(imported)
    findings += drifting_names([(name, look) for name, (_, look) in found.items()])
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    write_pages(_content(found, findings, cohort), out)
    grave = [finding.what for finding in findings if finding.severity == BLOCKS]
    if grave:
        raise InputError(" ".join(grave))
    return out / "audit.html"


def _folders(paths: Sequence[str | Path]) -> list[str]:
    """A name for each table, no two alike: that of its file, with a number where it repeats."""
    names: list[str] = []
    for path in paths:
        stem = Path(path).stem
        numbered = (f"{stem}_{n}" for n in count(2))
        names.append(next(name for name in chain([stem], numbered) if name not in names))
    return names


def _refused(found: dict[str, Imported | InputError]) -> list[Finding]:
    refused = [name for name, one in found.items() if isinstance(one, InputError)]
    if not refused:
        return []
    what = f"{len(refused)} of {len(found)} tables were refused: {', '.join(refused)}."
    return [Finding("table_refused", BLOCKS, what, "The page of each table says why.", count=len(refused))]


def _content(
    found: dict[str, tuple[Imported | InputError, FirstLook]], findings: list[Finding], cohort: Cohort | None
) -> dict[str, Any]:
    imported = [one for one, _ in found.values() if not isinstance(one, InputError)]
    zeros = sorted({one.mapping.time_zero for one in imported if one.mapping.outcome_columns})
    steps = [one.attrition.assign(step=f"{one.table.name}: " + one.attrition["step"]) for one in imported]
    patients = pd.concat([one.canonical for one in imported], ignore_index=True) if imported else None
    blocked = any(finding.severity == BLOCKS for finding in findings)
    return frame(findings, BLOCKED if blocked else READ) | {
        "file": {"name": ", ".join(found), "sha256": None},
        "tables": [_row(name, one) for name, (one, _) in found.items()],
        "time_zero": "; ".join(zeros) or None,
        "attrition": records(pd.concat(steps)) if steps else [],
        "follow_up": records(follow_up_by_site(cohort)) if cohort is not None else [],
        "status_at_days": records(status_by_site(cohort)) if cohort is not None else [],
        "missing": records(missing_by_site(BySite(patients))) if patients is not None else [],
        "trail": [],
        "taken_as": [],
    }


def _row(name: str, one: Imported | InputError) -> dict[str, Any]:
    """Table, status, patients, deaths and open questions, for the page of all tables."""
    if isinstance(one, InputError):
        return {
            "name": name,
            "status": "refused",
            "rows": None,
            "patients": None,
            "deaths": None,
            "questions": None,
        }
    asked = sum(finding.severity == NEEDS_AN_ANSWER for finding in one.audit)
    blocked = any(finding.severity == BLOCKS for finding in one.audit)
    deaths = one.cohort.outcome.n_events if one.cohort.outcome is not None else None
    return {
        "name": name, "status": BLOCKED if blocked else READ, "rows": one.rows_in, "patients": len(one.canonical), "deaths": deaths,
        "questions": asked,
    }  # fmt: skip
