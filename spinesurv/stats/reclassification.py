"""Net reclassification and integrated discrimination improvement of one set of risks over another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import floats


@dataclass(frozen=True)
class Reclassification:
    """Improvement of the second risks over the first.

    Parameters
    ----------
    nri, nri_error : continuous net reclassification improvement, `nri_dead` + `nri_alive`
    nri_dead : share of the dead whose risk rises minus share whose risk falls
    nri_alive : share of the living whose risk falls minus share whose risk rises
    idi, idi_error : change of the difference in mean risk between the dead and the living
    """

    nri: float
    nri_error: float
    nri_dead: float
    nri_alive: float
    idi: float
    idi_error: float


def reclassification(dead: ArrayLike, first: ArrayLike, second: ArrayLike) -> Reclassification:
    """Continuous NRI and IDI, with errors of independent groups.

    Parameters
    ----------
    dead : (n,) who died; at least two of either kind
    first, second : (n,) two predicted risks of each patient

    Notes
    -----
    Both can rise when a useless predictor is added; offered for comparison with published tables and not as a
    measure. Agrees with Hmisc::improveProb, golden cases ``bin.*.nri.*``.

    References
    ----------
    Pencina MJ, D'Agostino RB, Steyerberg EW. Stat Med 2011;30:11-21. doi:10.1002/sim.4085
    """
    case = np.asarray(dead, dtype=bool)
    change = floats(second) - floats(first)
    up, down = change > 0.0, change < 0.0
    net = [float(np.mean(up[g]) - np.mean(down[g])) for g in (case, ~case)]
    moved = [float(np.mean(up[g]) + np.mean(down[g])) for g in (case, ~case)]
    sizes = [int(case.sum()), int((~case).sum())]
    by_group = [(m - d * d) / k for m, d, k in zip(moved, net, sizes, strict=True)]
    means = [float(np.mean(change[g])) for g in (case, ~case)]
    errors = [float(np.var(change[g], ddof=1)) / k for g, k in zip((case, ~case), sizes, strict=True)]
    return Reclassification(
        net[0] - net[1],
        float(np.sqrt(sum(by_group))),
        net[0],
        -net[1],
        means[0] - means[1],
        float(np.sqrt(sum(errors))),
    )
