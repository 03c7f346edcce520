"""cBioPortal clinical files: four lines that begin with #, then a table of patients; samples in a second file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from spinesurv.cohorts.audit.findings import NOTE, Finding
from spinesurv.cohorts.readers.content import Content
from spinesurv.cohorts.readers.distinct import distinct_columns
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.text import text_lines
from spinesurv.errors import InputError

_KEY = "PATIENT_ID"


def read_cbioportal(path: Path, options: ReadOptions, where: str) -> Content:
    """A patient file, with the columns of a sample file beside it where `samples` names one.

    A patient with several samples needs `repeat`: "first" or "last" in the order of the file.

    Raises
    ------
    InputError
        No column PATIENT_ID, patients that repeat in the patient file, or several samples without `repeat`.
    """
    patients = _table(path, options, where)
    if options.samples is None:
        return patients
    samples_where = f"table {options.samples.name}"
    if not options.samples.is_file():
        raise InputError(
            f"{samples_where}: there is no such file beside the mapping file. Check samples in [table]."
        )
    samples = _table(options.samples, options, samples_where).cells
    if patients.cells[_KEY].duplicated().any():
        raise InputError(f"{where}: patients repeat. A patient file has one line per {_KEY}.")
    several = samples[_KEY].duplicated(keep=False)
    count = samples.loc[several, _KEY].nunique()
    if count and options.repeat is None:
        raise InputError(
            f"{samples_where}: {count} patients have several samples. Say in [table] which one is meant: "
            'repeat = "first" or "last" in the order of the file.'
        )
    one = samples.drop_duplicates(_KEY, keep="last" if options.repeat == "last" else "first")
    one = one.set_index(_KEY)[[name for name in one.columns if name not in patients.cells.columns]]
    joined = patients.cells.join(one, on=_KEY)
    added = list(one.columns)
    joined[added] = joined[added].astype(object).where(joined[added].notna(), "")
    findings = [*patients.findings]
    if count:
        findings.append(
            Finding(
                "several_samples", NOTE, f"{count} patients have several samples; the {options.repeat} was taken.",
                "Check that this sample belongs to time zero.", count=count,
            )
        )  # fmt: skip
    without = int((~patients.cells[_KEY].isin(one.index)).sum())
    if without:
        findings.append(
            Finding(
                "no_sample", NOTE, f"{without} patients have no sample; the columns of the sample file are empty.",
                "Check that both files belong together.", count=without,
            )
        )  # fmt: skip
    columns = distinct_columns(joined)
    return replace(patients, columns=columns, findings=tuple(findings), further=(options.samples,))


def _table(path: Path, options: ReadOptions, where: str) -> Content:
    options = replace(options, delimiter=options.delimiter or "\t")
    lines = list(text_lines(path.read_bytes(), options, where))
    head = sum(1 for _, row in lines if row[0].startswith("#"))
    content = Content.of_lines([line for line in lines if not line[1][0].startswith("#")], options, where)
    if _KEY not in content.cells:
        raise InputError(f"{where}: there is no column {_KEY}. Is it a clinical file of cBioPortal?")
    declared = [row for _, row in lines[: min(head, 4)]]
    titles = {}
    if declared and len(declared[0]) == len(content.cells.columns):
        titles = {
            n: title.lstrip("#").strip() for n, title in zip(content.cells.columns, declared[0], strict=True)
        }
    findings = []
    if len(declared) >= 3 and len(declared[2]) == len(content.cells.columns):
        kinds = [kind.lstrip("#").strip().upper() for kind in declared[2]]
        numeric = [n for n, kind in zip(content.cells.columns, kinds, strict=True) if kind == "NUMBER"]
        for name in numeric:
            text = content.cells[name]
            bad = int((text.ne("") & pd.to_numeric(text, errors="coerce").isna()).sum())
            if bad:
                findings.append(
                    Finding(
                        "declared_type_broken", NOTE, f"{bad} cells of {name} are no numbers, which the file says they are.",
                        "They are words for missing, or errors: say in missing of the column what they mean.", name, count=bad,
                    )
                )  # fmt: skip
    return replace(content, titles=titles, findings=tuple(findings))
