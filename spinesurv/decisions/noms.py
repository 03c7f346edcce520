"""NOMS: four assessments of one level to one of five management patterns, in three-valued logic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from spinesurv.core.codebook import codebook
from spinesurv.decisions.codes import patterns, tuples
from spinesurv.decisions.completion import Cells, Mapped, answers
from spinesurv.decisions.definition import MECH, NEURO, ONCO, SYST, definition
from spinesurv.decisions.disclaimer import research_use, stated
from spinesurv.decisions.escc import Compression, compression
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.sins import (
    CATEGORIES,
    INTERMEDIATE,
    OVER_HALF,
    STABLE,
    UNSTABLE,
    Stability,
    only,
    stability,
)
from spinesurv.decisions.tumours import Histology, histology
from spinesurv.errors import unknown_name

#: what a row of the table is asked for, each with two values; in this order everywhere
QUESTIONS = ("escc_group", "myelopathy", "radiosensitivity_2", "mechanical", "tolerates_surgery")
_LOW, _HIGH = 0, 1
_NO_MYELOPATHY, _MYELOPATHY = 0, 1
OUT_OF_TABLE = "OUT_OF_TABLE"
TOLERANCE_RULES = ("entered", "nse2020")


@dataclass(frozen=True, eq=False)
class Findings:
    """The answers to the four letters for n levels, as far as they are known.

    Parameters
    ----------
    stability, compression, histology : the blocks they come from
    neuro : (n, 2, 2) group of compression and myelopathy that are possible together
    mechanical : (n, 2) stable, unstable
    tolerates : (n,) as entered or by the rule: 1, 0 or nan
    """

    stability: Stability
    compression: Compression
    histology: Histology
    myelopathy: np.ndarray
    neuro: np.ndarray
    mechanical: np.ndarray
    tolerates: np.ndarray


@research_use
def noms(
    lesions: pd.DataFrame,
    *,
    potentially_unstable_policy: str = "both",
    grade_1c_policy: str = "low",
    prior_rt_policy: str = "flag",
    assume_no_myelopathy_if_low_grade: bool = False,
    tolerance_rule: str = "entered",
) -> pd.DataFrame:
    """Decisions to which NOMS maps each level, over every completion of what is missing or left open by a policy.

    Neurologic (grade of compression, myelopathy), oncologic (radiosensitivity), mechanical (SINS), systemic (tolerates
    surgery): ten rows cover the 16 cells once; low grade with myelopathy is not in the table. A mapping is not an
    indication: pain control, tissue diagnosis, patient wishes, earlier treatment and local availability are outside it.

    Parameters
    ----------
    lesions : one row per target level; columns of `sins` (or sins_total), escc_grade, myelopathy, primary_tumor,
        prior_rt_same_site, tolerates_surgery (as entered, before any treatment)
    potentially_unstable_policy : SINS 7-12, which the table does not have (P): "both", "stable", "unstable", or
        "collapse_rule" (unstable where the body has collapsed by more than 50 %)
    grade_1c_policy : "low", "high" or "indeterminate" (P)
    prior_rt_policy : "flag", "ignore" or "treat_as_resistant" (C)
    assume_no_myelopathy_if_low_grade : read a missing myelopathy as absent where the grade is low (P); flagged
    tolerance_rule : "entered", or "nse2020": where nothing was entered, able if ASA < 4 and ECOG < 3 (B)

    Returns
    -------
    DataFrame with the index of `lesions`
        noms_decisions and noms_missing_that_matter (tuples, sorted), noms_rows (tuple), noms_status, noms_flags.
        determined: one row; determined_despite_missing: several rows with one decision; indeterminate: several
        decisions, and the inputs that matter; out_of_table; out_of_scope (a level that SINS does not have);
        invalid_input.

    Raises
    ------
    InputError
        An unknown policy.

    References
    ----------
    Laufer I et al. Oncologist 2013;18:744-51. doi:10.1634/theoncologist.2012-0293
    Chang SY et al. Orthop Surg 2019;11:552-9 (source of the table)
    Cofano F et al. Clin Neurol Neurosurg 2020;195:105896. doi:10.1016/j.clineuro.2020.105896 (nse2020)
    """
    inputs = Inputs(lesions)
    options = {
        "potentially_unstable_policy": potentially_unstable_policy,
        "grade_1c_policy": grade_1c_policy,
        "prior_rt_policy": prior_rt_policy,
        "assume_no_myelopathy_if_low_grade": assume_no_myelopathy_if_low_grade,
        "tolerance_rule": tolerance_rule,
    }
    found = findings(inputs, **options)  # type: ignore[arg-type]
    table = noms_columns(found, map_to_rows(found, answers(found.tolerates)), inputs, prior_rt_policy)
    return stated(table, name="noms", version=definition("noms")["version"], options=options)


def findings(
    inputs: Inputs,
    *,
    potentially_unstable_policy: str = "both",
    grade_1c_policy: str = "low",
    prior_rt_policy: str = "flag",
    assume_no_myelopathy_if_low_grade: bool = False,
    tolerance_rule: str = "entered",
) -> Findings:
    """The four letters, as far as they are known."""
    stable = stability(inputs)
    compressed = compression(inputs, grade_1c_policy)
    tumour = histology(inputs, prior_rt_policy)
    myelopathy = inputs.yes_no("myelopathy")
    neuro = compressed.possible[:, :, None] & answers(myelopathy)[:, None, ::-1]
    if assume_no_myelopathy_if_low_grade:
        neuro[np.isnan(myelopathy), _LOW, _MYELOPATHY] = False
    return Findings(
        stable,
        compressed,
        tumour,
        myelopathy,
        neuro,
        _mechanical(stable, potentially_unstable_policy),
        _tolerates(inputs, tolerance_rule),
    )


def map_to_rows(found: Findings, syst: np.ndarray) -> Mapped:
    """Every cell that remains possible, the rows and decisions it leads to, and which answers matter.

    Parameters
    ----------
    syst : (n, 2) able and unable, as far as possible
    """
    answers = (found.neuro.reshape(len(syst), 4), found.histology.possible, found.mechanical, syst)
    which, distinct = patterns([column for answer in answers for column in answer.T])
    neuro, histology, mechanical, able = np.split(distinct, np.cumsum([4, 2, 2]), axis=1)
    possible = (
        neuro.reshape(-1, 2, 2)[:, :, :, None, None, None]
        & histology[:, None, None, :, None, None]
        & mechanical[:, None, None, None, :, None]
        & able[:, None, None, None, None, :]
    )
    return _cells().look_up(possible).take(which)


def noms_columns(found: Findings, mapped: Mapped, inputs: Inputs, prior_rt_policy: str) -> pd.DataFrame:
    """The columns that `noms` returns."""
    silent = {"out_of_scope": found.stability.out_of_scope, "invalid_input": inputs.any_invalid}
    out = mapped.columns("noms", silent)
    out["noms_flags"] = tuples(noms_flags(found, mapped, prior_rt_policy))
    return pd.DataFrame(out, index=inputs.table.index)


def noms_flags(found: Findings, mapped: Mapped, prior_rt_policy: str) -> dict[str, np.ndarray]:
    """Flag -> (n,) where it holds, of what the table leaves unsaid."""
    rules = definition("noms")
    solid = np.isin(
        found.histology.tumour,
        [codebook()["primary_tumor"].levels.index(t) for t in rules["solid_radiosensitive"]],
    )
    sensitive = only(found.histology.possible) == ONCO.index("radiosensitive")
    low_with = found.neuro[:, _LOW, _MYELOPATHY]
    unchecked = [r - 1 for r in _rows_of("stabilisation")]
    assumed = np.isnan(found.myelopathy) & found.neuro[:, _LOW].any(axis=1) & ~low_with
    return {
        "NOMS_LOW_GRADE_MYELOPATHY": low_with,
        "NOMS_S_UNCHECKED_FOR_STABILISATION": mapped.rows[:, unchecked].any(axis=1),
        "NOMS_RADIOSENSITIVE_SOLID_WITH_DEFICIT": found.compression.high
        & (found.myelopathy == 1)
        & solid
        & sensitive,
        "NOMS_ROW10_STABILISATION_TYPE": mapped.rows[:, 9],
        "NOMS_SINS_INTERMEDIATE": found.stability.known_category == CATEGORIES.index("potentially_unstable"),
        "NOMS_PRIOR_RT": (found.histology.prior_rt == 1) & (prior_rt_policy != "ignore"),
        "NOMS_1C_CONTESTED": found.compression.is_grade("1c"),
        "NOMS_MYELOPATHY_ASSUMED_ABSENT": assumed,
    }


def surgery_tier() -> list[str]:
    """Tier of each decision, in the order of the table; "" where it has none."""
    return [entry["surgery_tier"] for entry in definition("noms")["decisions"].values()]


def _rows_of(tier: str) -> list[int]:
    """Rows whose decision names stabilisation without open decompression."""
    rules = definition("noms")
    return [row["row"] for row in rules["row"] if rules["decisions"][row["decision"]]["surgery_tier"] == tier]


def _mechanical(found: Stability, policy: str) -> np.ndarray:
    """(n, 2) stable and unstable; both where the score does not have the level."""
    policies = definition("noms")["potentially_unstable_policies"]
    if policy not in policies:
        raise unknown_name("potentially_unstable_policy", policy, policies)
    middle = found.category[:, :, INTERMEDIATE]
    stable, unstable = (found.category[:, :, k].any(axis=1) for k in (STABLE, UNSTABLE))
    if policy in ("both", "stable"):
        stable = stable | middle.any(axis=1)
    if policy in ("both", "unstable"):
        unstable = unstable | middle.any(axis=1)
    if policy == "collapse_rule":
        stable, unstable = stable | middle[:, :OVER_HALF].any(axis=1), unstable | middle[:, OVER_HALF]
    return np.column_stack([stable | found.out_of_scope, unstable | found.out_of_scope])


def _tolerates(inputs: Inputs, rule: str) -> np.ndarray:
    if rule not in TOLERANCE_RULES:
        raise unknown_name("tolerance_rule", rule, TOLERANCE_RULES)
    entered = inputs.yes_no("tolerates_surgery")
    if rule == "entered":
        return entered
    cut = definition("noms")["tolerates_surgery_rule"]
    asa, ecog = inputs.number("asa"), inputs.number("ecog")
    fit, unfit = (
        (asa < cut["asa_below"]) & (ecog < cut["ecog_below"]),
        (asa >= cut["asa_below"]) | (ecog >= cut["ecog_below"]),
    )
    return np.where(np.isnan(entered), np.where(fit, 1.0, np.where(unfit, 0.0, np.nan)), entered)


@cache
def _cells() -> Cells:
    """The 32 cells, in the order of QUESTIONS."""
    rules = definition("noms")
    codes = tuple(rules["decisions"])
    row_of = np.zeros((2,) * len(QUESTIONS), dtype=int)
    decision_of = np.full(row_of.shape, codes.index(OUT_OF_TABLE))
    groups = {NEURO[0]: [(_LOW, _NO_MYELOPATHY)], NEURO[1]: [(_HIGH, _NO_MYELOPATHY), (_HIGH, _MYELOPATHY)]}
    for row in rules["row"]:
        onco, mech, syst = (
            [i for i, word in enumerate(words) if row[key] in (word, "any")]
            for key, words in (("onco", ONCO), ("mech", MECH), ("syst", SYST))
        )
        for group, myelopathy in groups[row["neuro"]]:
            place = np.ix_([group], [myelopathy], onco, mech, syst)
            row_of[place], decision_of[place] = row["row"], codes.index(row["decision"])
    return Cells(QUESTIONS, codes, row_of, decision_of, len(rules["row"]))
