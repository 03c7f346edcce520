"""Who is learned from and who is judged: the validation designs."""

from __future__ import annotations

from collections.abc import Callable
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


def internal_external(cohort: Cohort, *, folds: int, seed: int) -> list[Split]:
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


def cross_validation(cohort: Cohort, *, folds: int, seed: int) -> list[Split]:
    """Each site is cut into `folds` parts at random; a part is judged by models that learned from everybody else.

    The parts hold equal shares of deaths. They depend on the seed and on the site, not on other sites.
    """
    site, event = cohort.site, cohort.known_outcome.event
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


#: name in a study file -> function that makes the splits
DESIGNS: dict[str, Callable[..., list[Split]]] = {
    "internal_external": internal_external,
    "cross_validation": cross_validation,
}
