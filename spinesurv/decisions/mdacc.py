"""The simplified MD Anderson framework, as a secondary source reconstructed it. Optional; nothing else reads it."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import tuples
from spinesurv.decisions.completion import Cells, answers
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.escc import compression
from spinesurv.decisions.gates import FAIL, PASS, read_survival
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.logic import any_of
from spinesurv.decisions.sins import CATEGORIES, stability
from spinesurv.decisions.tumours import histology

_DAYS = 90


@research_use
def mdacc_2023(
    lesions: pd.DataFrame, *, p_min: float = 0.5, gate_mode: str = "ci", inclusive: bool = False
) -> pd.DataFrame:
    """A prognosis-first pathway of one institution, over every completion of what is missing; a secondary reconstruction.

    Prognosis, urgency, indication, earlier treatment of the site, radiosensitivity with burden of disease, grade of
    compression from 1c on, asked in this order. The branch order comes from a re-implementation, not from the paper.

    Parameters
    ----------
    lesions : survival at 90 days (good prognosis = gate passed, poor = failed; P), urgent_neurology, indication,
        prior_rt_same_site, local_failure, primary_tumor, disease_burden, escc_grade, columns of `sins` for a flag
    p_min, gate_mode, inclusive : of the gate, see `survival_gate`

    Returns
    -------
    DataFrame with the index of `lesions`
        mdacc_decisions, mdacc_rows, mdacc_status, mdacc_missing_that_matter, mdacc_flags (instability is addressed first).

    References
    ----------
    Bahouth SM et al. Br J Radiol 2023;96:20220267. doi:10.1259/bjr.20220267
    """
    rules = definition("mdacc")
    inputs = Inputs(lesions)
    gate = read_survival(inputs).gate(_DAYS, p_min=p_min, mode=gate_mode, inclusive=inclusive).result
    good = np.where(gate == PASS, 1.0, np.where(gate == FAIL, 0.0, np.nan))
    indication = inputs.level("indication")
    none = codebook()["indication"].levels.index("none")
    burden = inputs.level("disease_burden")
    grade, first = compression(inputs).grade, codebook()["escc_grade"].levels.index("1c")
    # a bare 1 may be any sub-grade
    open_grade = (grade < 0) | (grade >= len(codebook()["escc_grade"].levels))
    asked = [
        answers(good),
        answers(inputs.yes_no("urgent_neurology")),
        answers(np.where(indication < 0, np.nan, indication != none)),
        answers(any_of([inputs.yes_no("prior_rt_same_site"), inputs.yes_no("local_failure")])),
        histology(inputs).possible,
        answers(np.where(burden < 0, np.nan, burden == codebook()["disease_burden"].levels.index("limited"))),
        answers(np.where(open_grade, np.nan, grade >= first)),
    ]
    possible = np.ones((inputs.n,) + (2,) * len(asked), dtype=bool)
    for axis, answer in enumerate(asked, start=1):
        possible &= answer.reshape(inputs.n, *(2 if a == axis else 1 for a in range(1, len(asked) + 1)))
    mapped = _cells().look_up(possible)
    unstable = stability(inputs).known_category == CATEGORIES.index("unstable")
    out: dict[str, Any] = mapped.columns("mdacc", {"invalid_input": inputs.any_invalid})
    out["mdacc_flags"] = tuples({"MDACC_INSTABILITY_FIRST": unstable & mapped.rows[:, 2:].any(axis=1)})
    options = {"p_min": p_min, "gate_mode": gate_mode, "inclusive": inclusive}
    return stated(
        pd.DataFrame(out, index=lesions.index), name="mdacc", version=rules["version"], options=options
    )


@cache
def _cells() -> Cells:
    rules = definition("mdacc")
    questions, codes = rules["questions"], tuple(rules["decisions"])
    row_of = np.zeros((2,) * len(questions), dtype=int)
    decision_of = np.zeros(row_of.shape, dtype=int)
    for cell in itertools.product(range(2), repeat=len(questions)):
        said = {name: words[i] for (name, words), i in zip(questions.items(), cell, strict=True)}
        (row,) = (row for row in rules["row"] if _matched(row, said))
        row_of[cell], decision_of[cell] = row["row"], codes.index(row["decision"])
    return Cells(tuple(questions), codes, row_of, decision_of, len(rules["row"]))


def _matched(row: dict[str, Any], said: dict[str, str]) -> bool:
    ways = [row["when"], *([{**row["when"], **row["or"]}] if "or" in row else [])]
    return any(all(said[name] == word for name, word in way.items()) for way in ways)
