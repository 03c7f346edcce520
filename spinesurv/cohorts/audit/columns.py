"""Findings about the columns: gaps by site, constants, coarse grids, units that only a median gives away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv.cohorts.audit.by_site import BySite, Column
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.audit.grid import grid_finding
from spinesurv.cohorts.audit.kept import ENOUGH, kept_findings
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.core.codebook import Variable, codebook
from spinesurv.core.contradictions import CONTRADICTIONS
from spinesurv.core.status import days_of_columns, status_column
from spinesurv.stats.tally import Tally

#: continuous columns in which equal values are natural
_COARSE = ("kps", "index_year")
#: variable -> (median from, median to, maximum below, what such a median usually is)
_TELL_TALE = {
    "crp": (15.0, np.inf, np.inf, "mg/L"),
    "platelets": (5.0, 40.0, np.inf, "10^4/uL"),
    "hemoglobin": (4.0, 9.5, 12.0, "mmol/L"),
    "bilirubin": (4.0, np.inf, np.inf, "umol/L"),
    "neutrophils": (20.0, 100.0, 100.0, "percent of the white cells"),
    "lymphocytes": (10.0, 100.0, 100.0, "percent of the white cells"),
}
_ONLY_MEN = ("prostate", "testis_germ_cell")
_ONLY_WOMEN = ("ovary", "cervix", "uterus_endometrium")


def missing_by_site(patients: BySite) -> pd.DataFrame:
    """column, site, n, missing, share, used: gaps of each column at each site.

    Columns outside the codebook are kept and never used; their gaps are counted all the same (`used` is False).
    """
    rows = []
    for key, used in [(v.key, True) for v in _variables(patients)] + [(k, False) for k in _kept(patients)]:
        by_site = zip(patients.sites, patients.sizes, patients.column(key).missing, strict=True)
        rows += [(key, site, int(n), int(gaps), gaps / n, used) for site, n, gaps in by_site]
    return pd.DataFrame(rows, columns=["column", "site", "n", "missing", "share", "used"])


def column_findings(patients: BySite, mapping: Mapping) -> Iterator[Finding]:
    """Findings about the columns of all patients: variables first, then columns that are kept and not used."""
    missing = missing_by_site(patients)
    used = missing["used"].astype(bool)
    yield from _gaps(missing[used])
    rules = {rule.key: rule for rule in mapping.columns}
    for variable in _variables(patients):
        rule = rules.get(variable.key)
        if rule is None or rule.value is None:
            factor = 1.0 if rule is None else rule.factor
            column = patients.column(variable.key)
            for at, site in enumerate(patients.sites):
                yield from _values(variable, site, column, at, factor)
    if "kps" in patients:
        kps = patients.column("kps")
        off = int(kps.counts[kps.values % 10 != 0].sum())
        if off:
            yield Finding(
                "kps_off_tens", NOTE, f"{off} values of kps are no tens.",
                "They are kept, and rounded down to the ten where an ECOG grade is derived.", "kps", count=off,
            )  # fmt: skip
    yield from _sex_against_tumour(patients)
    yield from _contradictions(patients)
    for name in dict.fromkeys(missing["column"][~used]):
        yield from kept_findings(patients, name, missing[missing["column"] == name], mapping)


def _variables(patients: BySite) -> Iterator[Variable]:
    for name in patients:
        if name in codebook() and codebook()[name].role not in ("id", "site", "outcome"):
            yield codebook()[name]


def _kept(patients: BySite) -> list[str]:
    """Columns outside the codebook; the status at days is none of them where it is the outcome."""
    own = () if "time_days" in patients else [status_column(day) for day in days_of_columns(list(patients))]
    return [name for name in patients if name not in codebook() and name not in own]


def _gaps(missing: pd.DataFrame) -> Iterator[Finding]:
    for key, rows in missing.groupby("column", sort=False):
        empty = rows[rows["share"] == 1.0]
        if len(empty) == len(rows):
            yield Finding(
                "never_measured", NOTE, f"{key} is empty in every row.",
                "It cannot be used. Check the mapping if it was measured.", str(key), count=int(rows["n"].sum()),
            )  # fmt: skip
            continue
        for row in rows[rows["share"] >= 0.5].to_dict("records"):
            never = row["share"] == 1.0
            yield Finding(
                "never_measured_at_site" if never else "half_missing",
                NOTE,
                f"{key} was never measured at site {row['site']!r}."
                if never
                else f"{key} is missing in {row['missing']} of {row['n']} patients of site {row['site']!r} ({row['share']:.0%}).",
                "A variable that a whole site lacks is imputed from other sites only."
                if never
                else "Ask whether it was not measured, not recorded or not applicable.",
                str(key), str(row["site"]), int(row["missing"]),
            )  # fmt: skip


def _values(variable: Variable, site: str, column: Column, at: int, factor: float) -> Iterator[Finding]:
    """Findings about the filled cells of one variable at one site; `factor` took them to the canonical unit."""
    if variable.kind in ("yes_no", "ordered"):
        yield from _one_answer(variable.key, site, column.at(at)[1])
    elif variable.kind in ("number", "count"):
        numbers = column.tally(at)
        yield from _one_value(variable, site, numbers)
        if variable.kind == "number" and variable.key not in _COARSE:
            unit = variable.unit if factor == 1.0 else None
            yield from grid_finding(Tally(numbers.points / factor, numbers.counts), variable.key, unit, site)


def _one_value(variable: Variable, site: str, numbers: Tally) -> Iterator[Finding]:
    key, n = variable.key, len(numbers)
    if n < ENOUGH:
        return
    if key in _TELL_TALE:
        low, high, below, unit = _TELL_TALE[key]
        if low < numbers.median < high and numbers.points[-1] < below:
            yield Finding(
                "unit_in_doubt", NEEDS_AN_ANSWER,
                f"The median of {key} at site {site!r} is unusual for {variable.unit}; values like these are often {unit}.",
                "Confirm the unit, or give it in the mapping file.", key, site, n,
            )  # fmt: skip
    if key in _COARSE:
        return
    count, commonest = int(numbers.counts.max()), float(numbers.points[numbers.counts.argmax()])
    if count == n:
        yield Finding(
            "constant_at_site", NEEDS_AN_ANSWER,
            f"{key} has the same value in all {n} patients of site {site!r} where it is filled.",
            "A filled-in figure is no measurement: declare it as missing, unless it is real.", key, site, n,
        )  # fmt: skip
    elif variable.kind == "number" and commonest != 0 and count > 0.3 * n:
        yield Finding(
            "one_value_common", NEEDS_AN_ANSWER,
            f"One value holds {count} of {n} cells of {key} at site {site!r}.",
            "Is it a default, or a limit of the method?", key, site, count,
        )  # fmt: skip


def _one_answer(key: str, site: str, counts: NDArray[np.intp]) -> Iterator[Finding]:
    n = int(counts.sum())
    if n >= ENOUGH and len(counts) == 1:
        yield Finding(
            "one_answer_at_site", NOTE,
            f"{key} has the same answer in all {n} patients of site {site!r} where it is filled.",
            "Real where only such patients come to this site; otherwise a default. It ranks nobody there.",
            key, site, n,
        )  # fmt: skip


def _sex_against_tumour(patients: BySite) -> Iterator[Finding]:
    if not {"sex", "primary_tumor"} <= set(patients):
        return
    pairs, counts = patients.together("sex", "primary_tumor")
    sex, tumour = pairs["sex"], pairs["primary_tumor"]
    of_men, of_women = (np.array([t in keys for t in tumour], bool) for keys in (_ONLY_MEN, _ONLY_WOMEN))
    odd = ((sex == "female") & of_men) | ((sex == "male") & of_women)
    if odd.any():
        yield Finding(
            "sex_against_tumour", NEEDS_AN_ANSWER,
            f"{int(counts[odd].sum())} patients have a tumour that the other sex has.",
            "Is the coding of sex the right way round?", "sex", count=int(counts[odd].sum()),
        )  # fmt: skip


def _contradictions(patients: BySite) -> Iterator[Finding]:
    for clash in CONTRADICTIONS:
        if not set(clash.fields) <= set(patients):
            continue
        pairs, counts = patients.together(*clash.fields)
        count = int(counts[clash.holds(pairs)].sum())
        if count:
            yield Finding(
                "contradiction", NEEDS_AN_ANSWER,
                f"{count} patients: {' and '.join(clash.fields)} contradict each other ({clash.words}).",
                "Correct one of the two; until then scores have no item that reads both.",
                clash.fields[0], count=count,
            )  # fmt: skip
