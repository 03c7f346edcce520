"""The column that is probably the hospital where no name says so surely: for the first look alone, `map` asks instead."""

from __future__ import annotations

import re

import pandas as pd

from spinesurv.cohorts.cells import SHOWN_FROM_ROWS
from spinesurv.cohorts.name_words import parts
from spinesurv.cohorts.proposal.names import named, never
from spinesurv.cohorts.proposal.proposed import GUESS, Proposal, Proposed

#: more different values than this are no list of hospitals
_MOST_SITES = 200
#: words of a name that say where a patient was treated, and nothing else in a table of patients
_WORDS = {
    "site", "hospital", "hosp", "center", "centre", "institution", "institute", "clinic", "facility", "standort", "klinik", "zentrum",
    "krankenhaus", "abteilung", "afdeling", "ziekenhuis", "vestiging", "centro", "hopital", "etablissement", "sede",
}  # fmt: skip
_SIGNS = ("병원", "기관", "病院", "施設", "医院")
#: words of the names of hospitals
_HOSPITAL = re.compile(
    r"hospital|\bhosp\b|clinic|klinik|krankenhaus|spital|charit|medical cent|cancer cent|\bmc\b|ziekenhuis|gasthuis|h[oô]pital|\bchu\b|"
    r"universit|\buk\b|ospedale|infirmary|zentrum|병원|의료원|病院|医療センター|大学|医院",
    re.IGNORECASE,
)


def likely_site(proposal: Proposal) -> Proposed | None:
    """The proposed column of sites, else one whose name or cells speak of hospitals; None where there is none.

    A column of sites has at least two values, which ten rows share on average. Its name holds a word for hospital (and means no
    other variable), or half of its different cells do.
    """
    if proposal.site is not None and not proposal.site.blocked:
        return proposal.site
    used = {p.from_ for p in proposal.everything if p.key != "site" and not p.blocked}
    cells = proposal.table.cells
    grouped = [str(n) for n in cells.columns if n not in used and never(str(n)) is None and _groups(cells[n])]
    by_name = [name for name in grouped if _name_says(name)]
    by_cells = [name for name in grouped if _cells_say(cells[name])]
    for found in (by_name, by_cells):
        if len(found) == 1:
            return Proposed("site", found[0], GUESS, ("its name or its cells speak of hospitals",))
    return None


def _groups(text: pd.Series) -> bool:
    filled = text[text != ""]
    kinds = filled.nunique()
    return 2 <= kinds <= min(_MOST_SITES, len(filled) / 10) and len(filled) >= 0.5 * len(text)


def _name_says(name: str) -> bool:
    means = {n.key for n in named(name)}
    said = bool(_WORDS & set(parts(name))) or any(sign in name for sign in _SIGNS)
    return means <= {"site"} and (said or bool(means))


def _cells_say(text: pd.Series) -> bool:
    counts = text[text != ""].value_counts()
    common = [str(kind) for kind in counts.index[counts >= SHOWN_FROM_ROWS]]
    return sum(bool(_HOSPITAL.search(kind)) for kind in common) >= max(2, len(common) / 2)
