"""Findings about the variables: gaps by site, constants, heaping, units that only a median gives away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from spinesurv.cohorts.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.mapping import Mapping
from spinesurv.core.codebook import Variable, codebook

#: values below which a column of a site is too short to be called constant or heaped
_ENOUGH = 10
_ENOUGH_AGES = 30
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


def missing_by_site(canonical: pd.DataFrame) -> pd.DataFrame:
    """column, site, n, missing, share: gaps of each variable at each site."""
    rows = []
    for variable in _variables(canonical):
        for site, values in canonical.groupby("site", sort=False)[variable.key]:
            gaps = int(values.isna().sum())
            rows.append((variable.key, site, len(values), gaps, gaps / len(values)))
    return pd.DataFrame(rows, columns=["column", "site", "n", "missing", "share"])


def column_findings(canonical: pd.DataFrame, mapping: Mapping) -> Iterator[Finding]:
    """Findings about the variables of all patients."""
    stated = {rule.key for rule in mapping.columns if rule.value is not None}
    yield from _gaps(missing_by_site(canonical))
    for variable in _variables(canonical):
        if variable.kind not in ("number", "count") or variable.key in stated:
            continue
        for site, column in canonical.groupby("site", sort=False)[variable.key]:
            yield from _one_value(variable, str(site), column.dropna().astype("float64"))
    if "age" in canonical:
        for site, ages in canonical.groupby("site", sort=False)["age"]:
            yield from _age_grid(str(site), ages.dropna())
    if "kps" in canonical:
        off = int((canonical["kps"].dropna() % 10 != 0).sum())
        if off:
            yield Finding(
                "kps_off_tens", NOTE, f"{off} values of kps are no tens.",
                "They are kept, and rounded down to the ten where an ECOG grade is derived.", "kps", count=off,
            )  # fmt: skip
    yield from _sex_against_tumour(canonical)


def _variables(canonical: pd.DataFrame) -> Iterator[Variable]:
    for name in canonical.columns:
        if name in codebook() and codebook()[name].role not in ("id", "site", "outcome"):
            yield codebook()[name]


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
                else f"{key} is missing in {row['missing']} of {row['n']} patients of site {row['site']!r}.",
                "A variable that a whole site lacks is imputed from other sites only."
                if never
                else "Ask whether it was not measured, not recorded or not applicable.",
                str(key), str(row["site"]), int(row["missing"]),
            )  # fmt: skip


def _one_value(variable: Variable, site: str, values: pd.Series) -> Iterator[Finding]:
    key, n = variable.key, len(values)
    if n < _ENOUGH:
        return
    if key in _TELL_TALE:
        low, high, below, unit = _TELL_TALE[key]
        if low < values.median() < high and values.max() < below:
            yield Finding(
                "unit_in_doubt", NEEDS_AN_ANSWER,
                f"The median of {key} at site {site!r} is unusual for {variable.unit}; values like these are often {unit}.",
                "Confirm the unit, or give it in the mapping file.", key, site, n,
            )  # fmt: skip
    if key in _COARSE:
        return
    counts = values.value_counts()
    if len(counts) == 1:
        yield Finding(
            "constant_at_site", NEEDS_AN_ANSWER,
            f"{key} has the same value in all {n} patients of site {site!r} where it is filled.",
            "A filled-in figure is no measurement: declare it as missing, unless it is real.", key, site, n,
        )  # fmt: skip
    elif variable.kind == "number" and counts.idxmax() != 0 and counts.max() > 0.3 * n:
        count = int(counts.max())
        yield Finding(
            "one_value_common", NEEDS_AN_ANSWER,
            f"One value holds {count} of {n} cells of {key} at site {site!r}.",
            "Is it a default, or a limit of the method?", key, site, count,
        )  # fmt: skip


def _age_grid(site: str, ages: pd.Series) -> Iterator[Finding]:
    if len(ages) < _ENOUGH_AGES:
        return
    for step in (10, 5):
        rest = ages % step
        count = int(rest.value_counts().max())
        if count > 0.6 * len(ages):
            yield Finding(
                "ages_on_a_grid", NOTE,
                f"{count} of {len(ages)} ages at site {site!r} stand {step} years apart (bands or rounding).",
                "Cuts of scores on age fall between the bands; use exact ages where they are known.",
                "age", site, count,
            )  # fmt: skip
            return


def _sex_against_tumour(canonical: pd.DataFrame) -> Iterator[Finding]:
    if not {"sex", "primary_tumor"} <= set(canonical.columns):
        return
    sex, tumour = canonical["sex"], canonical["primary_tumor"]
    odd = (sex.eq("female") & tumour.isin(_ONLY_MEN)) | (sex.eq("male") & tumour.isin(_ONLY_WOMEN))
    if odd.any():
        yield Finding(
            "sex_against_tumour", NEEDS_AN_ANSWER,
            f"{int(odd.sum())} patients have a tumour that the other sex has.",
            "Is the coding of sex the right way round?", "sex", count=int(odd.sum()),
        )  # fmt: skip
