"""Findings about several tables that are put together: the same patient in two, sites that differ, names that drift, what one never
measured."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pandas as pd

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.identity import same_person, site_spelling
from spinesurv.cohorts.audit.sites import site_findings
from spinesurv.cohorts.first_look import FirstLook
from spinesurv.cohorts.harmonise.harmonise import UNMAPPED
from spinesurv.cohorts.import_table import Imported, import_table, known_outcome
from spinesurv.cohorts.name_words import plain
from spinesurv.core.codebook import codebook
from spinesurv.core.cohort import Cohort


def read_cohorts(paths: Sequence[str | Path], *, mixed_time_zero: bool = False) -> Cohort:
    """The patients of several tables or mapping files in one cohort.

    What a person must answer before they are put together is told in warnings, see `pooling_findings`.

    Raises
    ------
    InputError
        Different time zeros without `mixed_time_zero`, or the same patient in two tables.
    """
    tables = [import_table(path) for path in paths]
    cohort = Cohort.pool([known_outcome(table) for table in tables], mixed_time_zero=mixed_time_zero)
    for finding in pooling_findings(tables):
        if finding.severity == NEEDS_AN_ANSWER:
            warnings.warn(f"{finding.what} {finding.do}", UserWarning, stacklevel=2)
    return cohort


def pooling_findings(tables: Sequence[Imported]) -> Iterator[Finding]:
    """What a person must know before these tables become one cohort.

    Parameters
    ----------
    tables : imports, as `import_table` gives them
    """
    yield from _sites(tables)
    by_status = [t.table.name for t in tables if t.mapping.status is not None]
    if by_status and any(t.mapping.outcome is not None for t in tables):
        yield Finding(
            "status_beside_times", NEEDS_AN_ANSWER, f"{', '.join(by_status)} tells who was dead by some days and no times, other tables tell times.",
            "They are not judged in one study: make one of the tables without times, or give predictions for them to `spinesurv evaluate`.",
            count=len(by_status),
        )  # fmt: skip
    for one, other in combinations(tables, 2):
        both = pd.concat([one.canonical, other.canonical], ignore_index=True)
        twice = same_person(both) - same_person(one.canonical) - same_person(other.canonical)
        if twice > 0:
            yield Finding(
                "same_patient_in_two_tables", NEEDS_AN_ANSWER,
                f"{twice} rows of {one.table.name} and {other.table.name} share date or time, age and sex.",
                "A transfer between hospitals, or two publications of one hospital? Keep each person once.", "patient_id",
                count=twice,
            )  # fmt: skip
    measured = {id(t): {rule.key for rule in t.mapping.columns} for t in tables}
    everything = [v.key for v in codebook() if any(v.key in keys for keys in measured.values())]
    for table in tables:
        absent = [key for key in everything if key not in measured[id(table)]]
        for key in absent:
            drifted = _under_another_name(key, table, tables)
            if drifted:
                yield Finding(
                    "column_drift", NEEDS_AN_ANSWER,
                    f"{table.table.name} has no {key}, and its column {drifted!r} is not used, which elsewhere is {key}.",
                    f"Map it if it is meant: [columns.{key}] from = {drifted!r}, with its unit.", key,
                )  # fmt: skip
        lacking = [key for key in absent if not _under_another_name(key, table, tables)]
        if lacking:
            yield Finding(
                "never_measured_in_table", NOTE, f"{table.table.name} has no {', '.join(lacking)}.",
                "These are gaps of the whole table; imputed from other tables only.", count=len(lacking),
            )  # fmt: skip


def _sites(tables: Sequence[Imported]) -> Iterator[Finding]:
    """What the sites of different tables show beside each other and those of one table do not."""
    if len(tables) < 2:
        return
    told = {(f.rule, f.column, f.site) for table in tables for f in table.audit}
    names = dict.fromkeys(name for table in tables for name in table.canonical if name in codebook())
    everybody = pd.concat(
        [t.canonical[[n for n in names if n in t.canonical]] for t in tables], ignore_index=True
    )
    for finding in (*site_findings(BySite(everybody)), *site_spelling(everybody["site"])):
        if (finding.rule, finding.column, finding.site) not in told:
            yield finding


def drifting_names(looks: Sequence[tuple[str, FirstLook]]) -> Iterator[Finding]:
    """Names, units and gaps of columns that differ between tables which nobody has mapped yet.

    Parameters
    ----------
    looks : name of each table, and what its columns were taken for
    """
    columns: dict[str, dict[str, tuple[str, str]]] = {}
    for name, look in looks:
        for taken in look.taken:
            columns.setdefault(taken["variable"], {})[name] = (taken["column"], taken["unit"])
    names = [name for name, look in looks if look.taken]
    for key, where in columns.items():
        units = {unit for _, unit in where.values()}
        if len({column for column, _ in where.values()}) > 1 or len(units) > 1:
            said = "; ".join(
                f"{table}: {column!r}{f' in {unit}' if unit else ''}"
                for table, (column, unit) in where.items()
            )
            yield Finding(
                "column_drift", NEEDS_AN_ANSWER if len(units) > 1 else NOTE, f"{key} has other names or units in other tables ({said}).",
                "Each table gets a mapping file of its own: spinesurv map TABLE proposes one.", key, count=len(where),
            )  # fmt: skip
        absent = [name for name in names if name not in where]
        if absent:
            yield Finding(
                "not_found_in_table", NOTE, f"No column of {', '.join(absent)} was taken for {key}, which other tables have.",
                "Never measured there, or under a name that is not known? Look at the columns that were taken for nothing.", key,
                count=len(absent),
            )  # fmt: skip


def _under_another_name(key: str, table: Imported, tables: Sequence[Imported]) -> str:
    """An unused column of a table whose name means `key`: by its synonyms, or because another table maps such a name."""
    names = {plain(word) for word in (key, *codebook()[key].synonyms)}
    names |= {plain(r.from_) for t in tables for r in t.mapping.columns if r.key == key and r.from_}
    unused = [str(name) for name in table.canonical.columns if name not in codebook()]
    return next((name for name in unused if plain(name.removesuffix(UNMAPPED)) in names), "")
