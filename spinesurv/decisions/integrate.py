"""Survival prediction and NOMS together, lesion by lesion: effective S, conflicts, reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Prediction
from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.completion import Mapped, answers
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use
from spinesurv.decisions.en_bloc import HORIZON_DAYS, en_bloc_columns
from spinesurv.decisions.escc import escc_columns
from spinesurv.decisions.gates import FAIL, PASS, UNCERTAIN, Gate, read_survival, with_prediction
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.integrated import Integrated
from spinesurv.decisions.lmnop import lmnop_flags
from spinesurv.decisions.noms import (
    Findings,
    findings,
    map_to_rows,
    noms_columns,
    noms_flags,
    surgery_tier,
)
from spinesurv.decisions.sins import only, sins_columns
from spinesurv.decisions.tumours import RESISTANT, radiosensitivity_columns

#: column of the result -> day of the gate
GATES = {"gate_surgery_3m": 90, "gate_en_bloc_2y": HORIZON_DAYS, "gate_rt_4w": 28}
_EARLY_DAYS = 42


@dataclass(frozen=True)
class Options:
    """Every choice that is a judgement, with its documented default; echoed in each result.

    Parameters
    ----------
    p_min : threshold of the gates (P)
    gate_mode : ci, point or median
    inclusive : a median equal to the horizon passes
    grade_1c_policy, potentially_unstable_policy, prior_rt_policy, assume_no_myelopathy_if_low_grade, tolerance_rule : as in
        `noms`
    slow_growing_kidney : as in `en_bloc`
    """

    p_min: float = 0.5
    gate_mode: str = "ci"
    inclusive: bool = False
    grade_1c_policy: str = "low"
    potentially_unstable_policy: str = "both"
    prior_rt_policy: str = "flag"
    assume_no_myelopathy_if_low_grade: bool = False
    tolerance_rule: str = "entered"
    slow_growing_kidney: bool = False

    @property
    def of_gate(self) -> dict[str, Any]:
        """Arguments of a gate."""
        return {"p_min": self.p_min, "mode": self.gate_mode, "inclusive": self.inclusive}


@research_use
def integrate(
    lesions: pd.DataFrame,
    survival: Prediction | None = None,
    *,
    model: str = "",
    p_min: float = 0.5,
    gate_mode: str = "ci",
    inclusive: bool = False,
    grade_1c_policy: str = "low",
    potentially_unstable_policy: str = "both",
    prior_rt_policy: str = "flag",
    assume_no_myelopathy_if_low_grade: bool = False,
    tolerance_rule: str = "entered",
    slow_growing_kidney: bool = False,
) -> Integrated:
    """SINS, ESCC, NOMS, LMNOP, survival gates and what follows from them together, one row per lesion.

    The survival gate at 90 days is folded into the S of NOMS: a clinical no or a declining patient, then a failed gate, make
    surgery count as not tolerated; an uncertain gate leaves both open. This is an algorithm of this project (P), not an
    established method.

    Parameters
    ----------
    lesions : one row per target level at one decision date, index or columns patient_id, lesion_id, decision_date
    survival : prediction of the patients (index site, patient_id) by any model; None = columns p_survive_<days>,
        ci_low_<days>, ci_high_<days> at 28, 42, 90, 365, 730 days, and median_days
    model : name of the model, for the record
    p_min, gate_mode, inclusive : of the gates, see `survival_gate`
    grade_1c_policy, potentially_unstable_policy, prior_rt_policy, assume_no_myelopathy_if_low_grade, tolerance_rule : see
        `noms`
    slow_growing_kidney : see `en_bloc`

    Returns
    -------
    Integrated
        `.to_frame()` (the columns of `spinesurv decide`), `.to_json()`, the blocks and the conflicts.

    Raises
    ------
    InputError
        An unknown policy, a threshold outside (0, 1), or a prediction without probabilities.

    References
    ----------
    Laufer I et al. Oncologist 2013;18:744-51. doi:10.1634/theoncologist.2012-0293
    Choi D et al. Eur Spine J 2010;19:215-22. doi:10.1007/s00586-009-1252-x
    """
    options = Options(
        p_min,
        gate_mode,
        inclusive,
        grade_1c_policy,
        potentially_unstable_policy,
        prior_rt_policy,
        assume_no_myelopathy_if_low_grade,
        tolerance_rule,
        slow_growing_kidney,
    )
    table = lesions if survival is None else with_prediction(lesions, survival)
    return _Integration(table, options, model).result()


class _Integration:
    """The steps of the algorithm on one table."""

    def __init__(self, table: pd.DataFrame, options: Options, model: str) -> None:
        self.options, self.model = options, model
        self.inputs = Inputs(table.reset_index() if any(table.index.names) else table)
        self.found: Findings = findings(
            self.inputs,
            potentially_unstable_policy=options.potentially_unstable_policy,
            grade_1c_policy=options.grade_1c_policy,
            prior_rt_policy=options.prior_rt_policy,
            assume_no_myelopathy_if_low_grade=options.assume_no_myelopathy_if_low_grade,
            tolerance_rule=options.tolerance_rule,
        )
        self.survival = read_survival(self.inputs)
        days = {*GATES.values(), _EARLY_DAYS}
        self.gates: dict[int, Gate] = {day: self.survival.gate(day, **options.of_gate) for day in days}
        wishes = ("accepts_surgery", "declines_surgery", "undecided")
        self.declines = self.inputs.level("patient_wishes", wishes) == wishes.index("declines_surgery")

    def result(self) -> Integrated:
        found, inputs, options = self.found, self.inputs, self.options
        as_entered = map_to_rows(found, answers(found.tolerates))
        s, reason = effective_s(found.tolerates, self.declines, self.gates[90].result)
        mapped = map_to_rows(found, answers(s))
        without = map_to_rows(found, answers(np.where(self.declines, 0.0, found.tolerates)))
        blocks = {
            "sins": sins_columns(found.stability, inputs),
            "escc": escc_columns(found.compression, inputs),
            "radiosensitivity": radiosensitivity_columns(
                found.histology, inputs, "noms2", options.prior_rt_policy
            ),
            "lmnop": lmnop_flags(inputs, found.stability, found.compression),
            "en_bloc": en_bloc_columns(
                inputs, self.gates[HORIZON_DAYS], slow_growing_kidney=options.slow_growing_kidney
            ),
            "gates": self._gates(),
        }
        # after every column was read, so that a row with an unusable cell anywhere is told apart
        inputs.mark_contradictions(("site", "patient_id", "decision_date"))
        blocks["noms"] = noms_columns(found, as_entered, inputs, options.prior_rt_policy)
        blocks["integrated"] = self._integrated(mapped, without, s, reason, blocks["sins"])
        return Integrated(
            inputs.table,
            blocks,
            invalid=inputs.invalid_columns(),
            options=asdict(options),
            model=self.model,
            versions={name: definition(name)["version"] for name in _TABLES},
        )

    def _gates(self) -> pd.DataFrame:
        columns: dict[str, Any] = {}
        for name, day in {**GATES, "early_death_6w": _EARLY_DAYS}.items():
            columns[name], columns[f"{name}_flags"] = self.gates[day].result, self.gates[day].flags()
        for day, p in self.survival.p.items():
            columns |= {
                f"p_survive_{day}": p,
                f"ci_low_{day}": self.survival.low[day],
                f"ci_high_{day}": self.survival.high[day],
            }
        columns["median_days"] = self.survival.median
        return pd.DataFrame(columns, index=self.inputs.table.index)

    def _integrated(
        self, mapped: Mapped, without: Mapped, s: np.ndarray, reason: np.ndarray, sins: pd.DataFrame
    ) -> pd.DataFrame:
        silent = {"out_of_scope": self.found.stability.out_of_scope, "invalid_input": self.inputs.any_invalid}
        said = ~np.any(list(silent.values()), axis=0)
        out: dict[str, Any] = {
            "effective_s": named(
                np.where(np.isnan(s), -1, 1 - np.nan_to_num(s)).astype(int), ("able", "unable")
            ),
            "s_reason": reason,
        }
        out |= mapped.columns("int", silent)
        out["int_flags"] = tuples(noms_flags(self.found, mapped, self.options.prior_rt_policy))
        conflicts = self._conflicts(mapped, without, s, sins)
        out["conflicts"] = tuples({code: conflicts[code] & said for code in sorted(conflicts)})
        return pd.DataFrame(out, index=self.inputs.table.index)

    def _conflicts(
        self, mapped: Mapped, without: Mapped, s: np.ndarray, sins: pd.DataFrame
    ) -> dict[str, np.ndarray]:
        found, surgery = self.found, self.gates[90].result
        tiers = np.array(surgery_tier())
        failed = surgery == FAIL
        same = (mapped.decisions == without.decisions).all(axis=1)
        no_surgery = ~mapped.decisions[:, tiers != "none"].any(axis=1)
        resistant = only(found.histology.possible) == RESISTANT
        collapse_flag = (sins["sins_stabilisation_flag"] == "suggested_collapse_gt50").to_numpy(dtype=bool)
        return {
            "STABILISATION_WITH_SHORT_PROGNOSIS": mapped.decisions[:, tiers == "stabilisation"].any(axis=1)
            & failed,
            "GATE_IRRELEVANT": (failed | (surgery == UNCERTAIN)) & no_surgery & same,
            "HIGH_GRADE_NO_DECOMPRESSION": found.compression.high
            & (found.myelopathy == 1)
            & resistant
            & (s == 0),
            "SUPPORTIVE_CARE_DISCUSSION": self.gates[_EARLY_DAYS].result == FAIL,
            "SINS_STAB_DISAGREES_NOMS": collapse_flag
            & (self.options.potentially_unstable_policy == "stable"),
        }


_TABLES = ("sins", "escc", "tumours", "noms", "lmnop", "gates", "integration")


def effective_s(
    tolerates: np.ndarray, declines: np.ndarray, surgery_gate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) 1 = able, 0 = unable, nan = open; and the code of the line that said so. The first line that holds decides."""
    lines = [entry["reason"] for entry in definition("integration")["effective_s"]]
    worth = [
        {"able": 1.0, "unable": 0.0}.get(e.get("s"), np.nan) for e in definition("integration")["effective_s"]
    ]
    passed, open_ = surgery_gate == PASS, surgery_gate == UNCERTAIN
    conditions = {
        "S_CLINICAL_UNABLE": (tolerates == 0) | declines,
        "S_GATE_FAIL": surgery_gate == FAIL,
        "S_CLINICAL_ABLE_GATE_PASS": (tolerates == 1) & passed,
        "S_GATE_UNCERTAIN": (tolerates == 1) & open_,
        "S_CLINICAL_ABLE_NO_SURVIVAL": (tolerates == 1) & ~passed & ~open_,
        "S_MISSING": np.isnan(tolerates),
    }
    line = np.argmax([conditions[code] for code in lines], axis=0)
    return np.array(worth)[line], np.array(lines, dtype=object)[line]
