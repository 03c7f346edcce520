"""The six sites: what the facts say of each, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from spinesurv.cohorts.synthetic.facts import TUMOURS, facts
from spinesurv.errors import InputError, unknown_name


@dataclass(frozen=True, eq=False)
class Site:
    """A site as it is drawn.

    Parameters
    ----------
    name, number : name, and place in the facts counted from 1 (leads the patients' identifiers)
    region : west or east_asia
    setting : surgical or radiotherapy
    first_year, last_year : period of accrual
    raw : the rest of its facts as they stand there
    cell_group : (c,) tumour group of each cell of the mix
    cell_tumour : (c,) position of its histology key in `TUMOURS`
    cell_share : (c,) its share, floors included
    male : (40,) probability of male sex per histology key
    """

    name: str
    number: int
    region: str
    setting: str
    first_year: int
    last_year: int
    raw: dict[str, Any]
    cell_group: np.ndarray
    cell_tumour: np.ndarray
    cell_share: np.ndarray
    male: np.ndarray

    @property
    def middle_year(self) -> float:
        """Middle of the period of accrual."""
        return 0.5 * (self.first_year + self.last_year)

    def of_setting(self, table: dict[str, Any]) -> Any:
        """The entry for the setting of this site."""
        return table[self.setting]


@cache
def site_facts(name: str) -> Site:
    """The site of this name.

    Raises
    ------
    InputError
        No such site; the known ones are listed.
    """
    for number, raw in enumerate(facts()["sites"], start=1):
        if raw["site"] == name:
            group, tumour, share = _mix(raw)
            first, last = raw["index_year"]
            male = _male(share, tumour, raw["sex_male"])
            return Site(
                name, number, raw["region"], raw["setting"], first, last, raw, group, tumour, share, male
            )
    raise unknown_name("site", name, site_names(), where="synthetic cohort")


def site_names() -> list[str]:
    """Names of the sites, in the order of the facts."""
    return [raw["site"] for raw in facts()["sites"]]


def group_shares(name: str) -> dict[str, float]:
    """Share of each tumour group of a site, floors included."""
    raw = next(s for s in facts()["sites"] if s["site"] == name)
    shares = dict(raw["primary_mix"])
    for group, floor in facts()["primary_split"]["floor"].items():
        shares[group] = max(shares.get(group, 0.0), floor)
    total = sum(shares.values())
    return {group: value / total for group, value in shares.items()}


def site_sizes(patients: int, names: Sequence[str]) -> dict[str, int]:
    """Patients of each site: shares of the whole by largest remainder, ties to the site named first."""
    weights = np.array([facts()["site_sizes"]["weights"][name] for name in names], dtype=float)
    exact = patients * weights / weights.sum()
    sizes = np.floor(exact).astype(int)
    left = np.argsort(-(exact - sizes), kind="stable")[: patients - sizes.sum()]
    sizes[left] += 1
    return dict(zip(names, sizes.tolist(), strict=True))


def _mix(raw: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    split = facts()["primary_split"]
    tables = {**split["groups"], **(split["east_asia"] if raw["region"] == "east_asia" else {})}
    cells = [
        (group, TUMOURS.index(key), share * part)
        for group, share in group_shares(raw["site"]).items()
        for key, part in tables[group].items()
    ]
    group, tumour, share = zip(*cells, strict=True)
    return np.array(group, dtype=object), np.array(tumour), np.array(share)


def _male(share: np.ndarray, tumour: np.ndarray, target: float) -> np.ndarray:
    """Probability of male sex per key: given ones, and one for all the others that meets the target."""
    given = facts()["primary_split"]["sex_male"]
    fixed = np.array([given.get(key, np.nan) for key in TUMOURS])
    per_cell = fixed[tumour]
    is_free = np.isnan(per_cell)
    common = (target - np.sum(share[~is_free] * per_cell[~is_free])) / np.sum(share[is_free])
    if not 0.0 <= common <= 1.0:
        raise InputError("synthetic cohort: no proportion of men among the other tumours meets sex_male.")
    return np.where(np.isnan(fixed), common, fixed)
