"""What was not recorded: gaps that depend on site, calendar year and urgency only (missing at random).

The chance of a gap is the typical rate of the variable, times the multiplier of the site, times an effect of
urgency and one of the year; both effects are 1 on average. The members of a panel go missing together: of the
gaps of a later member the stated share falls where the first one is missing too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from spinesurv.cohorts.synthetic.draws import YES_NO, yes
from spinesurv.cohorts.synthetic.facts import choices, facts, is_tumour
from spinesurv.cohorts.synthetic.sites import Site
from spinesurv.core import codebook

_COMPONENTS = "sins_components"
SINS_COMPONENTS = (
    "pain", "bone_lesion", "alignment", "collapse_pct", "body_involved_pct", "posterolateral",
)  # fmt: skip


def draw_patient_gaps(
    site: Site, rng: np.random.Generator, patient: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """(n,) True where a value of the patient is missing, per variable that can be; lesion variables apart."""
    level = _level(site, patient)
    of_patient = [name for name in rates() if name != _COMPONENTS and codebook()[name].table == "patient"]
    gaps = _draw(site, rng, of_patient, level)
    for name, sources in choices()["missing"]["derived_from"].items():
        gaps[name] = np.any([gaps[source] for source in sources], axis=0)
    breast, prostate = (is_tumour(name)[patient["tumour"]] for name in ("breast", "prostate"))
    gaps["hormone_dependence"] = (breast & gaps["hormone_receptor_status"]) | (
        prostate & gaps["castration_status"]
    )
    for name in facts()["missing"]["never_measured"].get(site.name, []):
        gaps[name] = np.ones(len(level), dtype=bool)
    return gaps


def draw_lesion_gaps(
    site: Site, rng: np.random.Generator, patient: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """(n,) True where a value of one lesion of each patient is missing."""
    level = _level(site, patient)
    of_lesion = [name for name in rates() if name != _COMPONENTS and codebook()[name].table == "lesion"]
    return _draw(site, rng, [*SINS_COMPONENTS, *of_lesion], level)


def rates() -> dict[str, float]:
    """Typical share of gaps per variable; the components of SINS share one."""
    return dict(facts()["missing"]["rates_typical"])


def site_rate(site: Site, name: str) -> float:
    """Share of gaps of a variable in a site: typical rate times the multiplier of its family there."""
    listed = _COMPONENTS if name in SINS_COMPONENTS else name
    own = choices()["missing"]
    family = next(f for f, members in own["families"].items() if listed in members)
    return float(rates()[listed] * own["multiplier"][family].get(site.name, 1.0))


def _level(site: Site, patient: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n,) factor of urgency and calendar year, 1 on average."""
    own = choices()["missing"]
    urgent = patient["emergent_admission"] == YES_NO[1]
    share = site.of_setting(facts()["further_inputs"]["emergent_admission"])
    half = 0.5 * (site.last_year - site.first_year)
    place = (patient["index_year"] - site.middle_year) / half
    return (1.0 + own["urgent"] * (urgent - share)) * (1.0 - own["first_year"] * place)


def _draw(site: Site, rng: np.random.Generator, names: list[str], level: np.ndarray) -> dict[str, np.ndarray]:
    panels = [*facts()["missing"]["panels"], list(SINS_COMPONENTS)]
    first = {member: panel[0] for panel in panels for member in panel[1:]}
    gaps: dict[str, np.ndarray] = {}
    for name in names:
        share = np.minimum(site_rate(site, name) * level, 1.0)
        leader = first.get(name)
        if leader is not None:
            share = _with_leader(share, np.minimum(site_rate(site, leader) * level, 1.0), gaps[leader])
        gaps[name] = yes(rng, share, len(level))
    return gaps


def _with_leader(share: np.ndarray, leader_share: np.ndarray, leader_gap: np.ndarray) -> np.ndarray:
    """Chance of a gap given that of the first member of the panel, with the same chance overall."""
    together = facts()["missing"]["share_of_second_member"]
    with_gap = np.minimum(together * share / leader_share, 1.0)
    left = share - with_gap * leader_share
    without = left / np.maximum(1.0 - leader_share, np.finfo(float).tiny)
    return np.where(leader_gap, with_gap, np.minimum(without, 1.0))
