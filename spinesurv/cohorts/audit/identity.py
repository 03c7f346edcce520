"""Findings about who and where: the same patient twice, names of sites, columns whose name says more than their rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.name_words import (
    is_record_number,
    looks_after_time_zero,
    looks_like_model_output,
    plain,
)
from spinesurv.core.codebook import codebook

#: what two rows of the same person share: a day, or a follow-up time, and the person
_DAY, _TIME = ("index_date", "age", "sex"), ("time_days", "event", "age", "sex", "primary_tumor")
#: a site with more different names than this is no list of hospitals
_MANY_SITES = 200


def identity_findings(canonical: pd.DataFrame, mapping: Mapping) -> Iterator[Finding]:
    """Findings about patients, sites and names of columns."""
    twice = same_person(canonical)
    if twice:
        yield Finding(
            "same_patient_twice", NEEDS_AN_ANSWER,
            f"{twice} rows share date or time, age and sex with another row under another identifier.",
            "Two levels, two operations, a transfer? Keep the first treatment of a person.", "patient_id", count=twice,
        )  # fmt: skip
    yield from site_spelling(canonical["site"])
    source = mapping.patient_id.from_ if mapping.patient_id else None
    if source and is_record_number(source) and mapping.patient_id and mapping.patient_id.key_file is None:
        yield Finding(
            "record_number", NEEDS_AN_ANSWER, f"The identifier comes from {source!r}, which looks like a record number.",
            f'Replace it by a keyed hash before files leave the hospital: patient_id = {{ from = "{source}", key_file = '
            '"hospital.key" }.', "patient_id",
        )  # fmt: skip
    for rule in mapping.columns:
        if rule.from_ is None or codebook()[rule.key].role != "baseline" or rule.from_ == rule.key:
            continue
        if looks_after_time_zero(rule.from_):
            yield Finding(
                "name_after_time_zero", NEEDS_AN_ANSWER,
                f"{rule.key} comes from {rule.from_!r}, whose name speaks of something after time zero.",
                "Used as a predictor it lets the dead be unlucky (immortal time). Take it out unless it was known at time zero.",
                rule.key,
            )  # fmt: skip
    yield from name_findings([str(name) for name in canonical.columns if name not in codebook()])


def name_findings(kept: Sequence[str]) -> Iterator[Finding]:
    """Findings about names of columns that no rule maps."""
    for rule_name, found, say in (
        ("kept_after_time_zero", [n for n in kept if looks_after_time_zero(n)], "something after time zero"),
        ("kept_model_output", [n for n in kept if looks_like_model_output(n)], "a prediction"),
    ):
        if found:
            yield Finding(
                rule_name, NOTE, f"The names of {len(found)} columns that no rule maps speak of {say}: {', '.join(found[:12])}.",
                "Never map them to a baseline variable.", count=len(found),
            )  # fmt: skip


def same_person(canonical: pd.DataFrame) -> int:
    """Rows that agree with another row in day or time, age, sex and what else is known of a person; all of them filled."""
    most = 0
    for wanted in (_DAY, _TIME):
        if set(wanted) <= set(canonical.columns):
            rows = canonical[list(wanted)].dropna()
            rows = rows[rows["time_days"] > 0] if "time_days" in rows else rows
            most = max(most, alike_beyond_chance(rows))
    return most


def alike_beyond_chance(rows: pd.DataFrame) -> int:
    """Rows that agree with another one in every column, where more do than strangers would; else 0.

    Were the columns independent, pairs of strangers would agree in all of them as often as the product of their shares of
    agreeing pairs says: b pairs. Told where more than b + 4 sqrt(b) + 1/2 pairs agree. Times in whole months and ages
    in whole years make strangers alike.
    """
    if len(rows) < 2:
        return 0
    same = rows.groupby(list(rows.columns), observed=True).size()
    return int(same[same > 1].sum()) if beyond_chance(same, rows) else 0


def beyond_chance(alike: pd.Series, rows: pd.DataFrame) -> bool:
    """Whether groups of like rows, of these sizes, are more pairs than strangers would be if the columns were independent."""
    pairs = len(rows) * (len(rows) - 1) / 2
    by_chance = pairs
    for name in rows:
        by_chance *= _pairs(rows[name].value_counts()) / pairs
    return _pairs(alike) > by_chance + 4 * float(np.sqrt(by_chance)) + 0.5


def _pairs(sizes: ArrayLike) -> float:
    n = np.asarray(sizes, dtype=np.float64)
    return float((n * (n - 1)).sum() / 2)


def _folded(name: str) -> str:
    """A name without case, signs, accents and the two ways of writing an umlaut."""
    return re.sub(r"([aou])e", r"\1", plain(name))


def _shortened(one: str, other: str, sites: list[str]) -> bool:
    """Whether one name is the beginning of the other, and of no further one ("Mayo" of "Mayo Clinic")."""
    short, long = sorted((one.lower().split(), other.lower().split()), key=len)
    begun = [name for name in sites if name.lower().split()[: len(short)] == short]
    return (
        len("".join(short)) >= 4
        and len(short) < len(long)
        and long[: len(short)] == short
        and len(begun) == 2
    )


def site_spelling(site: pd.Series) -> Iterator[Finding]:
    """Names of sites that differ by a letter or by signs alone."""
    sites = list(dict.fromkeys(site.astype(str)))
    if len(sites) > _MANY_SITES:
        return
    near = [
        (one, other)
        for one, other in combinations(sites, 2)
        if _folded(one) == _folded(other)
        or _shortened(one, other, sites)
        or (
            # names that differ in their number are other sites
            min(len(one), len(other)) >= 6
            and re.sub(r"\D", "", one) == re.sub(r"\D", "", other)
            and SequenceMatcher(None, one.lower(), other.lower()).ratio() > 0.9
        )
    ]
    if near:
        pairs = ", ".join(f"{one!r} and {other!r}" for one, other in near[:5])
        yield Finding(
            "site_spelling", NEEDS_AN_ANSWER, f"{len(near)} pairs of sites have nearly the same name ({pairs}).",
            'If they are one hospital, give them one name: site = { from = "...", values = { ... } } in [table].',
            "site", count=len(near),
        )  # fmt: skip
