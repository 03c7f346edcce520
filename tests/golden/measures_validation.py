"""Golden measures of internal validation of Cox models: bootstrap and cross-validation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.stats.arrays import FloatArray, IntArray
from spinesurv.stats.concordance import concordance
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.optimism import Optimism, bootstrap_optimism, bootstrap_rows, out_of_fold
from spinesurv.stats.validation_indexes import INDEXES, validation_indexes
from tests.golden.case_files import Case, NotCovered
from tests.golden.design import Columns, build, check_cox, model_columns, model_table

Values = dict[str, Any]
SEED = 1


class _Refitted:
    """The Cox model of a case, fitted on some rows and judged on others; knots as placed on all rows."""

    def __init__(self, case: Case) -> None:
        model = check_cox(case.model)
        if model["penalty"] is not None or model["weights"] is not None:
            raise NotCovered("validation of a Cox model with penalty or case weights")
        table = model_table(case)
        read = [name for name in (*model_columns(model), *case.survival_columns()) if name]
        self.complete = case.table([])[read].notna().all(axis=1).to_numpy()  # of all rows of the file
        columns: Columns = build(model, table)
        if columns.offset is not None:
            raise NotCovered("validation of a Cox model with offset")
        self.x, self.strata, self.ties = columns.x, columns.strata, model["ties"]
        self.time, self.event = table[model["time"]].to_numpy(), (table[model["event"]] == 1).to_numpy()
        self.start = None if model["start"] is None else table[model["start"]].to_numpy()

    def _of(self, rows: IntArray) -> dict[str, Any]:
        strata = None if self.strata is None else self.strata[rows]
        return {"start": None if self.start is None else self.start[rows], "strata": strata}

    def fit(self, rows: IntArray) -> CoxFit:
        return fit_cox(self.x[rows], self.time[rows], self.event[rows], ties=self.ties, **self._of(rows))

    def marker(self, fitted: CoxFit, rows: IntArray) -> FloatArray:
        return self.x[rows] @ fitted.coef

    def indexes(self, fitted: CoxFit, rows: IntArray) -> FloatArray:
        marker = self.marker(fitted, rows)
        return validation_indexes(marker, self.time[rows], self.event[rows], ties=self.ties, **self._of(rows))

    def c(self, marker: FloatArray, rows: IntArray) -> float:
        return concordance(self.time[rows], self.event[rows], marker, **self._of(rows)).value

    def optimism(self, samples: Iterable[IntArray]) -> Optimism:
        return bootstrap_optimism(self.fit, self.indexes, len(self.time), samples)


def fixed_indices(case: Case) -> Values:
    refitted, place = _Refitted(case), case.data["indices"]
    if place["replicate"] != "row":
        raise NotCovered(f"replicates by {place['replicate']}")
    drawn = case.table([], file=place["file"]).to_numpy(dtype=np.intp) - place["base"]
    place_of = np.cumsum(refitted.complete) - 1  # row of the file -> row among those without a missing value
    rows = [place_of[sample[refitted.complete[sample]]] for sample in drawn]
    found = refitted.optimism(rows)
    slope = INDEXES.index("Slope")
    c_all, c_train, c_test = (
        (v[..., INDEXES.index("Dxy")] + 1.0) / 2.0 for v in (found.apparent, found.training, found.test)
    )
    optimism = float(found.optimism[INDEXES.index("Dxy")]) / 2.0
    return {
        "apparent_C": c_all,
        "train_C": c_train,
        "test_C": c_test,
        "test_slope": found.test[:, slope],
        "optimism_C": optimism,
        "corrected_C": c_all - optimism,
        "corrected_slope": found.corrected[slope],
        "first_coef_per_replicate": [refitted.fit(sample).coef[0] for sample in rows],
    }


def bootstrap_validation(case: Case) -> Values:
    p = case.params
    if p["resample"] != "bootstrap" or not set(p["rows"]) <= set(INDEXES):
        raise NotCovered(f"validation by {p['resample']} of {', '.join(p['rows'])}")
    refitted = _Refitted(case)
    found = refitted.optimism(bootstrap_rows(len(refitted.time), p["B"], seed=SEED))
    wanted = [INDEXES.index(name) for name in p["rows"]]
    return {
        "index_orig": found.apparent[wanted],
        "optimism_mean": found.optimism[wanted],
        "corrected_mean": found.corrected[wanted],
    }


def bootstrap_calibration(case: Case) -> Values:
    raise NotCovered("calibration curve by adaptive hazard splines (polspline::hare)")


def fixed_folds(case: Case) -> Values:
    refitted, place = _Refitted(case), case.data["folds"]
    folds = case.table([], file=place["file"])[place["column"]].to_numpy()[refitted.complete]
    marker = out_of_fold(refitted.fit, refitted.marker, folds)
    judged = [np.flatnonzero(folds == name) for name in pd.unique(np.sort(folds))]
    each = [refitted.c(marker[rows], rows) for rows in judged]
    return {
        "C_per_fold": each,
        "mean_C": np.mean(each),
        "pooled_lp_C": refitted.c(marker, np.arange(len(marker))),
        "lp_first10": np.where(refitted.complete, marker[np.cumsum(refitted.complete) - 1], np.nan)[
            : case.params["n_first"]
        ],
    }


MEASURES = {
    "bootstrap_calibration": bootstrap_calibration,
    "bootstrap_fixed_indices": fixed_indices,
    "bootstrap_validation": bootstrap_validation,
    "cross_validation_fixed_folds": fixed_folds,
}
