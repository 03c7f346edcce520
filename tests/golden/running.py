"""Running golden cases: registry of measures, and what came out of each case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from spinesurv.errors import SpinesurvError
from tests.golden import (
    measures_auc,
    measures_binary,
    measures_calibration,
    measures_calibration_groups,
    measures_competing,
    measures_concordance,
    measures_cox,
    measures_full_curves,
    measures_models,
    measures_net_benefit,
    measures_nomogram,
    measures_overall,
    measures_pooling,
    measures_survival,
    measures_survival_groups,
    measures_validation,
)
from tests.golden.case_files import Case, CaseFileError, NotCovered
from tests.golden.comparing import compare

AGREE, DISAGREE, NOT_COVERED = "agree", "disagree", "not covered"

MEASURES: dict[str, Callable[[Case], dict[str, Any]]] = {
    **measures_survival.MEASURES,
    **measures_survival_groups.MEASURES,
    **measures_concordance.MEASURES,
    **measures_auc.MEASURES,
    **measures_binary.MEASURES,
    **measures_overall.MEASURES,
    **measures_calibration.MEASURES,
    **measures_calibration_groups.MEASURES,
    **measures_full_curves.MEASURES,
    **measures_net_benefit.MEASURES,
    **measures_competing.MEASURES,
    **measures_models.MEASURES,
    **measures_cox.MEASURES,
    **measures_nomogram.MEASURES,
    **measures_pooling.MEASURES,
    **measures_validation.MEASURES,
}


@dataclass(frozen=True)
class Result:
    """One line of the list of results; `deviation` is None where nothing could be compared."""

    id: str
    topic: str
    due: str
    status: str
    deviation: float | None
    reason: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run_case(case: Case) -> Result:
    """Compute and compare one case."""
    where = (case.label, case.topic, case.due)
    function = MEASURES.get(case.measure)
    if function is None:
        return Result(*where, NOT_COVERED, None, f"no measure {case.measure}")
    try:
        computed = function(case)
    except NotCovered as why:
        return Result(*where, NOT_COVERED, None, str(why))
    except SpinesurvError as error:
        return Result(*where, DISAGREE, None, f"refused: {error}")
    except CaseFileError as error:
        return Result(*where, DISAGREE, None, f"cannot be read: {error}")
    except Exception as error:  # one case that fails must not hide what became of the others
        return Result(*where, DISAGREE, None, f"failed: {type(error).__name__}: {error}")
    outcome = compare(case, computed)
    deviation = outcome.deviation if isfinite(outcome.deviation) else None
    if outcome.agrees:
        return Result(*where, AGREE, deviation, "")
    reason = f"largest deviation at {outcome.worst}"
    return Result(
        *where,
        DISAGREE,
        deviation,
        reason if deviation is not None else f"missing or misshaped: {outcome.worst}",
    )
