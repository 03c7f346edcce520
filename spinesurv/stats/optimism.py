"""Optimism: by how much a model looks better on the patients it was fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, IntArray, floats
from spinesurv.stats.bootstrap import multinomial_weights

Fitted = TypeVar("Fitted")


@dataclass(frozen=True, eq=False)
class Optimism:
    """Indexes of a model on its own patients, and of models of bootstrap samples.

    Parameters
    ----------
    apparent : (k,) indexes of the model on the patients it was fitted on
    training, test : (samples, k) indexes of each sample's model in its own sample, and in the original patients
    failed : samples in which no model could be fitted; they are left out
    """

    apparent: FloatArray
    training: FloatArray
    test: FloatArray
    failed: int

    @property
    def optimism(self) -> FloatArray:
        """(k,) mean of training minus test."""
        return floats((self.training - self.test).mean(axis=0))

    @property
    def corrected(self) -> FloatArray:
        """(k,) apparent minus optimism."""
        return self.apparent - self.optimism


def bootstrap_optimism(
    fit: Callable[[IntArray], Fitted],
    judge: Callable[[Fitted, IntArray], ArrayLike],
    n: int,
    samples: Iterable[IntArray],
) -> Optimism:
    """Harrell's bootstrap: every step of the modelling is repeated in each sample.

    Parameters
    ----------
    fit : rows -> a fitted model
    judge : model, rows -> (k,) indexes of the model on those rows; an `InputError` of either leaves the sample out
    n : number of patients
    samples : rows of each bootstrap sample, patients as often as they were drawn

    Notes
    -----
    Agrees with rms::validate in the mean over samples, golden cases ``boot_fixed.*`` and ``validate.*``.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387.
    """
    everybody = np.arange(n)
    apparent = floats(judge(fit(everybody), everybody))
    training, test, failed = [], [], 0
    for rows in samples:
        try:
            model = fit(rows)
            pair = floats(judge(model, rows)), floats(judge(model, everybody))
        except InputError:
            failed += 1
            continue
        training.append(pair[0])
        test.append(pair[1])
    shape = (len(training), len(apparent))
    return Optimism(apparent, np.reshape(training, shape), np.reshape(test, shape), failed)


def bootstrap_rows(n: int, draws: int, *, seed: int) -> Iterator[IntArray]:
    """Rows of `draws` samples of n patients with replacement, rising; the draws of `bootstrap.multinomial_weights`."""
    for weights in multinomial_weights(n, draws, seed=seed):
        yield np.repeat(np.arange(n), weights.astype(np.intp))


def out_of_fold(
    fit: Callable[[IntArray], Fitted], judge: Callable[[Fitted, IntArray], FloatArray], folds: ArrayLike
) -> FloatArray:
    """(n,) a value per patient, from a model fitted on the other folds; `folds` (n,) codes."""
    fold = np.asarray(folds)
    out = np.empty(len(fold))
    for name in np.unique(fold):
        rows = np.flatnonzero(fold == name)
        out[rows] = judge(fit(np.flatnonzero(fold != name)), rows)
    return out
