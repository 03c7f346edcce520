"""A table and its mapping to patients: who is in, whose outcome is unknown, which rows are refused, and why."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.columns import missing_by_site
from spinesurv.cohorts.audit.findings import Finding
from spinesurv.cohorts.audit.whole import audit
from spinesurv.cohorts.external import find_table
from spinesurv.cohorts.harmonise.harmonise import Harmonised, harmonise
from spinesurv.cohorts.harmonise.outcome import NO_PATIENTS
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.mapping.read_mapping import read_mapping
from spinesurv.cohorts.read_table import RawTable, read_table
from spinesurv.core.cohort import OUTCOME_COLUMNS, PATIENT_KEY, Cohort
from spinesurv.core.outcome import Outcome
from spinesurv.core.status import StatusAtDays, status_column
from spinesurv.errors import InputError

ATTRITION_COLUMNS = ["step", "n", "reason"]
LATE_ENTRY = "delayed entry is not before the end of follow-up"


@dataclass(frozen=True, eq=False)
class Imported:
    """What an import made of a table. Rows in = rows of `canonical` + rows of `refused`, always.

    Parameters
    ----------
    cohort : patients whose outcome is known; every patient, without outcome, where the table has none at all
    without_outcome : patients whose time or event is missing: kept, not analysed; None where there are none
    canonical : all patients in the order of the table, canonical columns, `time_days` and `event` (or `dead_by_<days>`)
        with gaps
    refused : line of the file and reason of each row that is no patient
    attrition : step, n, reason: what became of the rows
    trail : column, from, rule, count: what was done to how many cells
    problems : column, from, rule, count, of, hint: cells that could not be used and are empty now
    gaps : site, patient_id, column, reason: values that are missing for a stated reason
    audit : findings about the data
    missing : column, site, n, missing, share, used: gaps of each column at each site
    table : the raw table
    mapping : the mapping that was applied
    """

    cohort: Cohort
    without_outcome: Cohort | None
    canonical: pd.DataFrame
    refused: pd.DataFrame
    attrition: pd.DataFrame
    trail: pd.DataFrame
    problems: pd.DataFrame
    gaps: pd.DataFrame
    audit: list[Finding]
    missing: pd.DataFrame
    table: RawTable
    mapping: Mapping

    @property
    def rows_in(self) -> int:
        """Rows of the raw table."""
        return len(self.table)

    @property
    def sha256(self) -> str:
        """Hash of the raw file."""
        return self.table.sha256

    @property
    def everyone(self) -> Cohort:
        """Every patient in the order of the table, without outcome: for scores and predictions, which need none."""
        return _cohort(self.canonical, None, self.table, self.mapping)


def import_table(path: str | Path, *, mapping: str | Path | Mapping | None = None) -> Imported:
    """Read a table into patients.

    Parameters
    ----------
    path : the table; or a mapping file (.toml) that names its table
    mapping : mapping file of the table; None where its columns carry the names of the codebook

    Raises
    ------
    InputError
        The file or the mapping is at fault, codes are not covered, identifiers repeat within a site, or no row
        is left. Single rows are refused with a reason instead, see `Imported.refused`.
    """
    table, rules = opened(Path(path), mapping)
    found = harmonise(table, rules)
    _refuse_duplicates(found, table)
    refusal = found.refusal.mask((found.refusal == "") & _late_entry(found.columns), LATE_ENTRY)
    kept = refusal == ""
    if not kept.any():
        counts = refusal.value_counts()
        reasons = ", ".join(f"{reason}: {n}" for reason, n in counts.items())
        raise InputError(
            f"{table.where}: none of its {len(table)} rows can be a patient ({reasons}). Correct the table, or the "
            "columns that the mapping names."
        )
    gaps = found.trail.gaps(found.columns.loc[kept, PATIENT_KEY])
    canonical = found.columns if kept.all() else found.columns[kept].reset_index(drop=True)
    refused = pd.DataFrame({"line": table.lines[~kept], "reason": refusal[~kept]}).reset_index(drop=True)
    unknown = pd.Series(False, index=canonical.index)
    if rules.outcome is not None:
        unknown = canonical["time_days"].isna() | canonical["event"].isna()
    known_at = (
        {}
        if rules.status is None
        else {day: int(canonical[status_column(day)].notna().sum()) for day in rules.status.days}
    )
    known = canonical[~unknown] if unknown.any() else canonical
    cohort = _cohort(known, rules, table, rules)
    without = _cohort(canonical[unknown], None, table, rules) if unknown.any() else None
    patients = BySite(canonical)
    findings = audit(cohort, patients, refused, found.trail, rules, table)
    return Imported(
        cohort,
        without,
        canonical,
        refused,
        _attrition(refused, len(table), unknown, known_at, has_outcome=rules.outcome is not None),
        found.trail.table,
        found.trail.problems,
        gaps,
        findings,
        missing_by_site(patients),
        table,
        rules,
    )


def read_cohort(path: str | Path, *, mapping: str | Path | Mapping | None = None) -> Cohort:
    """The patients of a table whose outcome is known (all of them where the table has no outcome).

    Rows that are refused or whose outcome is unknown are counted in a warning; `import_table` tells more.

    Parameters
    ----------
    path : the table; or a mapping file (.toml) that names its table
    mapping : mapping file of the table; None where its columns carry the names of the codebook

    Returns
    -------
    Cohort

    Raises
    ------
    InputError
        As `import_table`.
    """
    return known_outcome(import_table(path, mapping=mapping))


def known_outcome(imported: Imported) -> Cohort:
    """The patients of an import whose outcome is known; rows that are left out are counted in a warning."""
    n_out = imported.rows_in - len(imported.cohort)
    if n_out:
        lost = imported.attrition[imported.attrition["step"].isin(["refused", "outcome unknown"])]
        reasons = ", ".join(f"{reason}: {n}" for n, reason in zip(lost["n"], lost["reason"], strict=True))
        warnings.warn(
            f"{imported.table.where}: {n_out} of {imported.rows_in} rows are not in the cohort ({reasons}).",
            UserWarning,
            stacklevel=3,
        )
    return imported.cohort


def opened(path: Path, mapping: str | Path | Mapping | None) -> tuple[RawTable, Mapping]:
    """The raw table and the rules for it: of the mapping that is given, that names it, or of canonical columns."""
    if mapping is None and path.suffix.lower() == ".toml":
        rules = read_mapping(path)
        if rules.file is None:
            raise InputError(
                f'{rules.where}: it names no table. Say file = "table.csv" in [table], or give table and mapping.'
            )
        return _of_own_columns(read_table(find_table(rules.file, path.parent), rules.options), rules)
    if mapping is None:
        table = read_table(path)
        return table, Mapping.canonical(table)
    rules = mapping if isinstance(mapping, Mapping) else read_mapping(mapping)
    return _of_own_columns(read_table(path, rules.options), rules)


def _of_own_columns(table: RawTable, rules: Mapping) -> tuple[RawTable, Mapping]:
    """Rules that name no column, for a format that makes the columns of the codebook, take these columns."""
    if table.options.format not in ("omop", "mcode") or rules.outcome is not None:
        return table, rules
    own = Mapping.canonical(table)
    named = {rule.key for rule in rules.columns}
    columns = (*rules.columns, *(rule for rule in own.columns if rule.key not in named))
    said = rules.options.rules["time_zero"]
    source, codes = said.get("table", said.get("resource")), ", ".join(map(str, said["codes"]))
    outcome = own.outcome and replace(own.outcome, time_zero=f"first {source} with code {codes}")
    return table, replace(rules, columns=columns, outcome=outcome)


def _cohort(rows: pd.DataFrame, with_outcome: Mapping | None, table: RawTable, rules: Mapping) -> Cohort:
    outcome = None
    if with_outcome is not None and with_outcome.status is not None:
        days = with_outcome.status.days
        outcome = Outcome.of_status(StatusAtDays.of_columns([rows[status_column(day)] for day in days], days))
    if with_outcome is not None and with_outcome.outcome is not None:
        entry = rows["entry_days"].fillna(0.0).to_numpy() if "entry_days" in rows else None
        cause = rows["cause"].to_numpy(dtype=object) if "cause" in rows else None
        outcome = Outcome(
            rows["time_days"].to_numpy(dtype=np.float64),
            rows["event"].to_numpy(dtype=np.float64),
            cause=cause,
            entry_days=entry,
        )
    of_status = [status_column(day) for day in rules.status.days] if rules.status else []
    apart = (*PATIENT_KEY, *OUTCOME_COLUMNS, *of_status)
    columns = {name: rows[name].values for name in rows.columns if name not in apart}
    index = pd.MultiIndex.from_frame(rows[PATIENT_KEY])
    patients = pd.DataFrame(columns, index=index, copy=False)
    n = len(rows)
    return Cohort(
        patients,
        outcome,
        time_zero=np.full(n, rules.time_zero, dtype=object),
        source=np.full(n, table.name, dtype=object),
    )


def _refuse_duplicates(found: Harmonised, table: RawTable) -> None:
    named = (found.columns[PATIENT_KEY] != "").all(axis=1) & ~found.refusal.isin(NO_PATIENTS)
    key = found.columns.loc[named, PATIENT_KEY]
    repeated = key[key.duplicated(keep=False)]
    if len(repeated):
        per_site = repeated.groupby("site")["patient_id"].agg(["nunique", "size"])
        words = ", ".join(f"site {s!r}: {r['nunique']} in {r['size']} rows" for s, r in per_site.iterrows())
        raise InputError(
            f"{table.where}: {len(repeated.drop_duplicates())} patient identifiers repeat within their site ({words}). "
            "One row per patient is expected: keep the first treatment, or give each row its own identifier."
        )


def _late_entry(rows: pd.DataFrame) -> pd.Series:
    if not {"entry_days", "time_days"} <= set(rows.columns):
        return pd.Series(False, index=rows.index)
    return (rows["entry_days"] > 0) & (rows["entry_days"] >= rows["time_days"])


def _attrition(
    refused: pd.DataFrame,
    rows_in: int,
    unknown: pd.Series,
    known_at: dict[int, int],
    *,
    has_outcome: bool,
) -> pd.DataFrame:
    steps: list[tuple[str, int, str]] = [("rows in the table", rows_in, "")]
    steps += [
        ("refused", int(n), str(reason)) for reason, n in refused["reason"].value_counts(sort=False).items()
    ]
    steps.append(("patients", len(unknown), ""))
    if unknown.any():
        steps.append(("outcome unknown", int(unknown.sum()), "time or event is missing: kept, not analysed"))
    if has_outcome:
        steps.append(("known outcome", int((~unknown).sum()), ""))
    for day, n in known_at.items():
        steps.append((f"status at day {day} known", n, ""))
        if n < len(unknown):
            steps.append(
                (
                    f"status at day {day} not known",
                    len(unknown) - n,
                    "kept, and left out of measures at that day",
                )
            )
    return pd.DataFrame(steps, columns=ATTRITION_COLUMNS)
