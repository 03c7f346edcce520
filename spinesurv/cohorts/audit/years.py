"""Findings about the calendar: a variable that changes from one year on, or was not recorded before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spinesurv.cohorts.audit.by_site import BySite
from spinesurv.cohorts.audit.findings import NEEDS_AN_ANSWER, NOTE, Finding
from spinesurv.core.codebook import codebook
from spinesurv.stats.drift import Shift, largest_shift, recorded_from

_ENOUGH = 20
#: how often a value from before the change is below one from after it, or above it; a half where nothing changed
_CLEAR, _STANDARD_ERRORS = 0.75, 5.0


def year_findings(patients: BySite) -> Iterator[Finding]:
    """Findings about numbers by calendar year of time zero, compared within sites."""
    if "index_year" not in patients:
        return
    calendar = patients.column("index_year")
    year = np.append(calendar.values, np.nan)[calendar.codes]
    site = np.repeat(np.arange(len(patients.sites)), patients.sizes)
    for name in patients:
        if name not in codebook() or codebook()[name].kind not in ("number", "count"):
            continue
        if codebook()[name].role != "baseline" or name == "index_year":
            continue
        place = patients.column(name).codes  # in the order of the numbers, which is all that ranks need
        value = np.where(place < 0, np.nan, place)
        from_year = recorded_from(value, year, least=_ENOUGH)
        if from_year is not None:
            gone = int((np.isnan(value) & (year < from_year)).sum())
            yield Finding(
                "not_measured_before", NOTE, f"{name} is missing before {from_year} and mostly there from then on.",
                "Patients of earlier years lack it as a whole: imputed, they borrow it from later years.", str(name), count=gone,
            )  # fmt: skip
        shift = largest_shift(value, year, site, least=_ENOUGH)
        if shift is not None and _notable(shift):
            way = "higher" if shift.probability > 0.5 else "lower"
            yield Finding(
                "drift_by_year", NEEDS_AN_ANSWER,
                f"{name} is clearly {way} from {shift.year} on, at the same sites ({shift.before} values before, {shift.after} after).",
                "Another unit, method, or kind of patients from that year on? Say so, or give the unit by period.", str(name),
                count=shift.after,
            )  # fmt: skip


def _notable(shift: Shift) -> bool:
    return max(shift.probability, 1 - shift.probability) >= _CLEAR and abs(shift.z) >= _STANDARD_ERRORS
