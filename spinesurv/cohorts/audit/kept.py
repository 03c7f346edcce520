"""Findings about columns outside the codebook: they are kept and never used, and their gaps are worth knowing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.findings import NOTE, Finding
from spinesurv.cohorts.audit.grid import grid_finding
from spinesurv.cohorts.cells import SHOWN_FROM_ROWS, numbers
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.stats.tally import Tally

#: put behind the name of a column that no rule maps
KEPT = " (kept, not used)"
#: values below which a column of a site is too short to be called constant
ENOUGH = 10


def kept_findings(patients: BySite, name: str, missing: pd.DataFrame, mapping: Mapping) -> Iterator[Finding]:
    """Gaps and constants of one kept column, all sites in one finding each, and coarse grids by site.

    Parameters
    ----------
    patients, name : all patients, and which column, as text
    missing : the rows of `missing_by_site` of this column
    mapping : says which decimal sign the table has
    """
    only = str(missing["site"].iloc[0]) if len(missing) == 1 else ""
    yield from _gaps(name, only, missing)
    column = patients.column(name)
    values = numbers(pd.Series(column.values, dtype=object), mapping.options.decimal).to_numpy()
    if np.isnan(values).any() or len(values) == 0:
        return
    tallies = {}
    for at, site in patients.filled(name):
        stand, counts = column.at(at)
        tallies[site] = Tally.of(values[stand], counts)
    constant = [site for site, tally in tallies.items() if len(tally) >= ENOUGH and len(tally.points) == 1]
    if constant:
        where = only if only or len(constant) > 1 else constant[0]
        at_sites = f"at site {where!r}" if where else f"at {len(constant)} of {len(missing)} sites"
        yield Finding(
            "constant_at_site", NOTE,
            f"{name}{KEPT} has the same value in every patient {at_sites} where it is filled.",
            "A filled-in figure is no measurement: declare it as missing before the column is mapped.",
            name, where, sum(len(tallies[site]) for site in constant),
        )  # fmt: skip
    for site, tally in tallies.items():
        yield from grid_finding(tally, name, None, site, used=False)


def _gaps(name: str, only: str, missing: pd.DataFrame) -> Iterator[Finding]:
    gaps, n = int(missing["missing"].sum()), int(missing["n"].sum())
    half = int((missing["share"] >= 0.5).sum())
    if not half:
        return
    rule, what = "never_measured", "is empty in every row"
    if gaps < n:
        rule, what = "half_missing", f"is missing in {gaps} of {n} patients ({gaps / n:.0%})"
        if not only:
            low, high = missing["share"].min(), missing["share"].max()
            what += f", {low:.0%} to {high:.0%} by site, in half or more at {half} of {len(missing)} sites"
    yield Finding(
        rule, NOTE, f"{name}{KEPT} {what}.",
        "Nothing depends on it. Know it before the column is mapped.", name, only, gaps,
    )  # fmt: skip


def one_site(site: pd.Series, rows: pd.Index) -> tuple[str, int]:
    """The site at which nearly all of these rows are although most rows are elsewhere, and how many; "" where there is none."""
    counts = site.reindex(rows).value_counts()
    most = int(counts.iloc[0]) if len(counts) else 0
    if most < max(SHOWN_FROM_ROWS, 0.8 * len(rows)) or (site == counts.index[0]).mean() > 0.6:
        return "", 0
    return str(counts.index[0]), most
