"""Audit: what a person must know, answer or repair before this table is judged. Counts only, no values."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import pandas as pd

from spinesurv.cohorts.audit.birth import birth_findings, kept_rows
from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.columns import column_findings
from spinesurv.cohorts.audit.dates import date_findings
from spinesurv.cohorts.audit.event import event_findings
from spinesurv.cohorts.audit.findings import BLOCKS, NEEDS_AN_ANSWER, NOTE, SEVERITIES, Finding
from spinesurv.cohorts.audit.identity import identity_findings
from spinesurv.cohorts.audit.kept import one_site
from spinesurv.cohorts.audit.labels import label_findings
from spinesurv.cohorts.audit.outcome import outcome_findings
from spinesurv.cohorts.audit.sites import site_findings
from spinesurv.cohorts.audit.status import status_findings
from spinesurv.cohorts.audit.values import value_findings
from spinesurv.cohorts.audit.years import year_findings
from spinesurv.cohorts.cells import plain_code
from spinesurv.cohorts.harmonise.gaps import declared_gaps, reasons_of
from spinesurv.cohorts.harmonise.harmonise import AT_A_LIMIT, UNMAPPED, left_out
from spinesurv.cohorts.harmonise.trail import Trail
from spinesurv.cohorts.mapping.mapping import TIME_ZERO_NOT_STATED, Mapping
from spinesurv.cohorts.progress import steps
from spinesurv.cohorts.read_table import RawTable
from spinesurv.cohorts.template.marks import EXAMPLE_ROW
from spinesurv.core.codebook import codebook
from spinesurv.core.cohort import Cohort
from spinesurv.errors import InputError

#: source words that are wider than the histology key they are mapped to (codebook, group rules)
_WIDER_THAN_KEY = {
    "hepatobiliary": "liver",
    "sarcoma": "sarcoma_soft_tissue",
    "colorectal": "colon",
    "lung": "lung_nos",
    "cns": "other",
}

_PROBLEMS = {
    "not_a_number": "no numbers under the declared decimal sign",
    "not_a_date": "no dates in the declared format",
    "no_unit": "numbers to which the rule of the column gives no unit",
    "no_whole": "percentages of a count that is missing",
    "not_whole": "no whole numbers",
    "out_of_range": "outside the plausible range",
    "outside_the_population": "0: nobody without an involved vertebra belongs to the population, and no score has a total",
    "dead_at_time_zero": "the grade of a dead patient, which nobody has at time zero",
}


def audit(
    cohort: Cohort,
    patients: BySite,
    refused: pd.DataFrame,
    trail: Trail,
    mapping: Mapping,
    table: RawTable,
) -> list[Finding]:
    """All findings about an imported table, the gravest first.

    Parameters
    ----------
    cohort : patients with known outcome (all patients where the table has no outcome)
    patients : all patients, of the canonical table
    refused : rows that are none, as in `Imported`
    trail : rules and unusable cells
    mapping, table : what was applied to what
    """
    canonical = patients.frame
    subjects = (
        table.content.findings,
        _identifiers(table, mapping),
        _refused(refused),
        _cells(trail, _site_of_rows(canonical, refused, table)),
        _limits(trail.table),
        _declared_missing(mapping, table),
        _names(mapping, table),
        label_findings(mapping, table),
        outcome_findings(cohort, canonical, mapping),
        status_findings(cohort, canonical, refused, mapping.status),
        date_findings(canonical, refused, mapping, table),
        column_findings(patients, mapping),
        value_findings(patients, mapping, table),
        site_findings(patients),
        identity_findings(canonical, mapping),
        birth_findings(canonical, refused, mapping, table),
        event_findings(patients),
        year_findings(patients),
        _wide_groups(mapping, table),
    )
    found = (f for subject in steps(subjects, f"{table.where}, audit", rows=len(table)) for f in subject)
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def refusal_finding(error: InputError) -> Finding:
    """The finding that stands for an import that was refused as a whole."""
    return Finding("import_refused", BLOCKS, str(error), "Repair what the message names, then check again.")


def _identifiers(table: RawTable, mapping: Mapping) -> Iterator[Finding]:
    marked = left_out(table, mapping)
    if marked:
        yield Finding(
            "identifier_left_out", NOTE,
            f"Columns that identify a person, by their name or a mark in the file, were left out: {', '.join(marked)}.",
            "Nothing; better still, leave them out of the export.", count=len(marked),
        )  # fmt: skip


def _site_of_rows(canonical: pd.DataFrame, refused: pd.DataFrame, table: RawTable) -> pd.Series:
    """Site of each row of the raw table that is a patient."""
    return pd.Series(canonical["site"].to_numpy(), index=kept_rows(refused, table))


def _cells(trail: Trail, site: pd.Series) -> Iterator[Finding]:
    for row in trail.problems.to_dict("records"):
        key, count = str(row["column"]), int(row["count"])
        allowed = codebook()[key].allowed
        do = f"Allowed: {allowed}. The cells are empty now; declare codes that mean missing, or correct the table."
        if row["hint"] and row["rule"] == "not_a_date":
            do = f"{row['hint']} Declare the format, or a list of formats, per site."
        elif row["hint"]:
            do = (
                f"Allowed: {allowed}. Nearly all of them would be plausible in {row['hint']}: check the unit."
            )
        what = f"{count} of {row['of']} filled cells of {key} are {_PROBLEMS[row['rule']]}."
        where, there = one_site(site, trail.rows(key, str(row["rule"])))
        if where:
            what += f" {there} of them are at site {where!r}."
        yield Finding(str(row["rule"]), NEEDS_AN_ANSWER, what, do, column=key, site=where, count=count)


def _refused(refused: pd.DataFrame) -> Iterator[Finding]:
    for reason, count in refused["reason"].value_counts(sort=False).items():
        if reason != EXAMPLE_ROW:
            yield Finding(
                "rows_refused", NEEDS_AN_ANSWER, f"{count} rows are no patients: {reason}.",
                "private/refused.csv names their lines. Correct them in the source, or leave them out on purpose.",
                count=int(count),
            )  # fmt: skip


def _limits(steps: pd.DataFrame) -> Iterator[Finding]:
    for row in steps[(steps["rule"] == AT_A_LIMIT) & (steps["count"] > 0)].to_dict("records"):
        yield Finding(
            "limit_of_method", NOTE, f"{row['count']} cells of {row['column']} are limits (< or >); the limit itself was taken.",
            "They are known to lie beyond the limit and are no measurements; check that no cut of a score lies there.",
            str(row["column"]), count=int(row["count"]),
        )  # fmt: skip


def _declared_missing(mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    for rule in mapping.columns:
        said = (*mapping.missing, *mapping.reasons, *rule.missing, *rule.reasons)
        if rule.from_ is None or not (said or table.content.gaps.get(rule.from_)):
            continue
        distinct = table.distinct(rule.from_)
        texts = distinct.texts[distinct.texts != ""]
        declared = declared_gaps(table, mapping, rule.from_, rule.missing, rule.reasons)
        if len(texts) and (reasons_of(texts, declared) != "").all():
            filled = distinct.codes[distinct.texts[distinct.codes] != ""]
            same = "the same code, which is" if len(texts) == 1 else "codes that are"
            yield Finding(
                "all_declared_missing",
                NOTE,
                f"All {len(filled)} filled cells of {rule.key} hold {same} declared missing: nothing is left.",
                "Right where the figures were filled in and not measured; otherwise take the code off the list.",
                column=rule.key,
                count=len(filled),
            )


def _names(mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    for key in dict.fromkeys(rule.key for rule in mapping.columns):  # a set has another order in every run
        role = codebook()[key].role
        if role in ("after_time_zero", "model_output", "decision"):
            yield Finding(
                "not_a_predictor",
                NOTE,
                f"{key} has the role {role.replace('_', ' ')}.",
                "It is kept and never used as a predictor.",
                column=key,
            )
    if mapping.site is None and "site" not in table.columns:
        yield Finding(
            "one_site",
            NOTE,
            "The table has no column site: all rows are one site, named after the file.",
            "Name the site in [table] of the mapping file where there are several, or another name is wanted.",
            column="site",
        )
    if (mapping.outcome or mapping.status) and mapping.time_zero == TIME_ZERO_NOT_STATED:
        yield Finding(
            "time_zero_not_stated",
            NEEDS_AN_ANSWER if mapping.name else NOTE,
            "Nobody said what day 0 is.",
            'Say time_zero = "surgery" (or what it is) in [outcome] of the mapping file.',
            column="time_days",
        )
    if mapping.name is None:
        for name in table.columns:
            near = get_close_matches(name.lower().replace(" ", "_"), codebook().keys(), n=1, cutoff=0.85)
            if name not in codebook() and near:
                yield Finding(
                    "name_nearly_known",
                    NEEDS_AN_ANSWER,
                    f"Column {name!r} is not used; its name is near {near[0]}.",
                    "Rename it, or map it, if it is meant.",
                    column=name,
                )
        return
    raw = {rule.from_ for rule in mapping.columns} | set(mapping.outcome_columns)
    for name in table.columns:
        if name in codebook() and name not in raw and codebook()[name].role not in ("id", "site"):
            yield Finding(
                "unmapped_variable",
                NEEDS_AN_ANSWER,
                f"Column {name!r} has the name of a variable and no rule in the mapping file.",
                f"It is kept as {name + UNMAPPED!r} and not used; add [columns.{name}] with its unit if it is meant.",
                column=name,
            )


def _wide_groups(mapping: Mapping, table: RawTable) -> Iterator[Finding]:
    for rule in mapping.columns:
        if rule.key != "primary_tumor" or rule.from_ is None:
            continue
        for code, key in rule.values.items():
            if _WIDER_THAN_KEY.get(code.strip().lower()) == key:
                count = int(table.column(rule.from_).map(plain_code).eq(code).sum())
                yield Finding(
                    "tumour_group_split",
                    NOTE,
                    f"The source group {code!r} is wider than {key}.",
                    "Points of some scores differ inside the group; map finer groups where the source has them.",
                    column="primary_tumor",
                    count=count,
                )
