"""Who is learned from and who is judged: the validation designs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinesurv.core import Cohort
from spinesurv.errors import InputError


@dataclass(frozen=True, eq=False)
class Split:
    """One division of a cohort.

    Parameters
    ----------
    design : name of the validation design
    site : site that is judged
    resample : number of the fold inside that site; None where the site is judged whole
    train, test : positions of the patients learned from and judged
    """

    design: str
    site: str
    resample: int | None
    train: NDArray[np.intp]
    test: NDArray[np.intp]


def internal_external(cohort: Cohort, *, folds: int, seed: int, cutoff_year: int = 0) -> list[Split]:
    """Each site is judged by models that learned from all other sites.

    Raises
    ------
    InputError
        The cohort has one site only.

    References
    ----------
    Royston P, Parmar MKB, Sylvester R. Stat Med 2004;23:907-926. doi:10.1002/sim.1691
    """
    site = cohort.site
    if len(cohort.sites) < 2:
        raise InputError(
            f"internal-external validation needs two or more sites, the cohort has one ({cohort.sites[0]!r}). "
            'To validate inside one site, write design = "cross_validation" under [validation] in the study file.'
        )
    return [
        Split("internal_external", name, None, np.flatnonzero(site != name), np.flatnonzero(site == name))
        for name in cohort.sites
    ]


def cross_validation(cohort: Cohort, *, folds: int, seed: int, cutoff_year: int = 0) -> list[Split]:
    """Each site is cut into `folds` parts at random; a part is judged by models that learned from everybody else.

    The parts hold equal shares of deaths. They depend on the seed and on the site, not on other sites.
    """
    site, event = cohort.site, cohort.known_outcome.of_interest
    out = []
    for name in cohort.sites:
        rows = np.flatnonzero(site == name)
        if len(rows) < folds:
            raise InputError(
                f"cross-validation: site {name!r} has {len(rows)} patients, fewer than {folds} folds."
            )
        fold = _folds(event[rows], folds, np.random.default_rng([seed, *name.encode("utf-8")]))
        for k in range(folds):
            test = rows[fold == k]
            train = np.setdiff1d(np.arange(len(cohort)), test)
            out.append(Split("cross_validation", name, k + 1, train, test))
    return out


def _folds(event: NDArray[np.bool_], folds: int, random: np.random.Generator) -> NDArray[np.intp]:
    fold = np.empty(len(event), dtype=np.intp)
    start = 0
    for status in (True, False):
        rows = random.permutation(np.flatnonzero(event == status))
        fold[rows] = (start + np.arange(len(rows))) % folds
        start += len(rows)
    return fold


def temporal(cohort: Cohort, *, folds: int, seed: int, cutoff_year: int = 0) -> list[Split]:
    """Patients of `cutoff_year` and later are judged, site by site, by models that learned from all earlier patients.

    A patient without index year is neither learned from nor judged. A site without later patients is not
    judged; its earlier ones are learned from.

    Raises
    ------
    InputError
        No cutoff year, or nobody before it, or nobody from it on.

    Notes
    -----
    Earlier patients are learned from with all their follow-up, also where it runs past the cutoff year.

    References
    ----------
    Altman DG, Royston P. Stat Med 2000;19:453-473
    """
    year = cohort.index_year
    earlier, later = year < cutoff_year, year >= cutoff_year
    if not cutoff_year or not earlier.any() or not later.any():
        known = year[~np.isnan(year)]
        found = f"years from {known.min():.0f} to {known.max():.0f}" if len(known) else "no index_year at all"
        what = (
            f"cutoff_year = {cutoff_year} leaves one side empty" if cutoff_year else "no cutoff_year is given"
        )
        raise InputError(
            f"temporal validation: {what}; the cohort has {found}. Under [validation] of the study file, give as "
            "cutoff_year the first year that is judged, later than the first year of the cohort."
        )
    return [
        Split("temporal", name, None, np.flatnonzero(earlier), np.flatnonzero(later & (cohort.site == name)))
        for name in cohort.sites
        if (later & (cohort.site == name)).any()
    ]


def judged_rows(splits: Sequence[Split]) -> NDArray[np.intp]:
    """Positions of the patients who are judged in any split, in the order of the cohort."""
    return np.unique(np.concatenate([s.test for s in splits]))


#: name in a study file -> function that makes the splits
DESIGNS: dict[str, Callable[..., list[Split]]] = {
    "internal_external": internal_external,
    "cross_validation": cross_validation,
    "temporal": temporal,
}
