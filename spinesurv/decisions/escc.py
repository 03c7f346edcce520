"""ESCC: how far tumour has pushed into the spinal canal, and whether that counts as low or high grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import named, tuples
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.sins import only
from spinesurv.errors import unknown_name

GROUPS = ("low", "high")
_BARE_ONE = "1"


@dataclass(frozen=True, eq=False)
class Compression:
    """What is known of the compression at n levels.

    Parameters
    ----------
    grade : (n,) position among the grades of the codebook, one beyond them for a bare 1, -1 where missing
    possible : (n, 2) low and high, as far as possible
    """

    grade: np.ndarray
    possible: np.ndarray

    def is_grade(self, name: str) -> np.ndarray:
        """(n,) True where this grade is recorded."""
        return self.grade == _grades().index(name)

    @property
    def high(self) -> np.ndarray:
        """(n,) known to be high."""
        return only(self.possible) == GROUPS.index("high")


@research_use
def escc_group(lesions: pd.DataFrame, *, grade_1c_policy: str = "low") -> pd.DataFrame:
    """Group of the epidural compression grade (Bilsky): low or high, grade 1c by a stated policy.

    0, 1a, 1b are low, 2 and 3 high. Grade 1c (tumour touches the cord) is contested. The grade is an imaging finding.

    Parameters
    ----------
    lesions : one row per target level; column escc_grade (text; a bare 1 is read, sub-grade unknown), level for a flag
    grade_1c_policy : "low", "high", or "indeterminate" (both groups remain possible)

    Returns
    -------
    DataFrame with the index of `lesions`
        escc_grade, escc_group (missing where both are possible), escc_status, escc_flags.

    Raises
    ------
    InputError
        An unknown policy. A grade that does not exist, such as 2a of the 12-point variant, makes its row `invalid_input`.

    References
    ----------
    Bilsky MH et al. J Neurosurg Spine 2010;13:324-8. doi:10.3171/2010.3.SPINE09459
    """
    rules = definition("escc")
    inputs = Inputs(lesions)
    table = escc_columns(compression(inputs, grade_1c_policy), inputs)
    return stated(table, name="escc", version=rules["version"], options={"grade_1c_policy": grade_1c_policy})


def compression(inputs: Inputs, grade_1c_policy: str = "low") -> Compression:
    """Grade and possible groups."""
    rules = definition("escc")
    if grade_1c_policy not in rules["grade_1c_policies"]:
        raise unknown_name("grade_1c_policy", grade_1c_policy, rules["grade_1c_policies"])
    grades = _grades()
    grade = inputs.level("escc_grade", grades, rules["aliases"])
    low, high = (np.array([g in rules["group"][name] for g in grades] + [True]) for name in GROUPS)
    contested = [grades.index(g) for g in rules["group"]["contested"]]
    low[contested], high[contested] = grade_1c_policy != "high", grade_1c_policy != "low"
    bare = grades.index(_BARE_ONE)
    low[bare], high[bare] = True, grade_1c_policy != "low"
    return Compression(grade, np.column_stack([low[grade], high[grade]]))


def escc_columns(found: Compression, inputs: Inputs) -> pd.DataFrame:
    """The columns that `escc_group` returns."""
    rules = definition("escc")
    group = only(found.possible)
    status = np.where(group >= 0, "determined", "indeterminate").astype(object)
    status[inputs.invalid.get("escc_grade", np.zeros(inputs.n, dtype=bool))] = "invalid_input"
    sins = definition("sins")
    levels = (*codebook()["level"].levels, *sins["level_out_of_scope"])
    level = named(inputs.level("level", levels, sins["level_aliases"]), levels)
    recorded = found.grade >= 0
    out = {
        "escc_grade": named(found.grade, _grades()),
        "escc_group": named(group, GROUPS),
        "escc_status": status,
        "escc_flags": tuples(
            {
                "ESCC_SUBGRADE_MISSING": found.is_grade(_BARE_ONE),
                "ESCC_BELOW_CONUS": recorded & np.isin(level.astype(str), rules["below_conus_levels"]),
                "ESCC_1C_CONTESTED": found.is_grade("1c"),
            }
        ),
    }
    return pd.DataFrame(out, index=inputs.table.index)


def _grades() -> tuple[str, ...]:
    return (*codebook()["escc_grade"].levels, _BARE_ONE)
