"""Status at some days (`dead_by_<days>`) of each row, for tables that tell who was dead by then and no times."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.cohorts.cells import codes_in_words, is_code
from spinesurv.cohorts.harmonise.gaps import filled_text
from spinesurv.cohorts.harmonise.trail import Trail
from spinesurv.cohorts.mapping.mapping import EventRule, Mapping, StatusRule
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import codebook
from spinesurv.core.status import completed, contradicted, status_column, status_words
from spinesurv.errors import InputError

CONTRADICTED = "dead by a day and alive at a later one"
FROM_EARLIER = "dead by an earlier day: dead by this one"


def harmonise_status(
    table: RawTable, mapping: Mapping, rule: StatusRule, site: pd.Series, trail: Trail
) -> tuple[dict[str, pd.Series], pd.Series]:
    """A column `dead_by_<days>` for each day, yes, no or missing, and the refusals of rows that contradict themselves.

    The dead of a day are dead by later ones: that is filled in and counted, at sites that know the status of anybody at that
    day; elsewhere only the dead would be known. Who is alive at a later day is not filled in at earlier ones (see `completed`).

    Raises
    ------
    InputError
        Codes that nothing covers.
    """
    told = np.column_stack(
        [_dead(table, mapping, codes, day, trail) for day, codes in zip(rule.days, rule.rules, strict=True)]
    )
    broken = contradicted(told)
    refusal = pd.Series(np.where(broken, CONTRADICTED, ""), table.index, dtype=object)
    dead = told.copy()
    for name in site.unique():
        here = (site == name).to_numpy() & ~broken
        asked = ~np.isnan(told[here]).all(axis=0)
        dead[np.ix_(here, asked)] = completed(told[np.ix_(here, asked)])
    columns = {}
    for k, (day, codes) in enumerate(zip(rule.days, rule.rules, strict=True)):
        name, new = status_column(day), np.isnan(told[:, k])
        trail.step(name, codes.from_, FROM_EARLIER, (new & (dead[:, k] == 1.0)).sum())
        columns[name] = pd.Series(status_words(dead[:, k]), table.index, dtype=object)
    return columns, refusal


def _dead(table: RawTable, mapping: Mapping, rule: EventRule, day: int, trail: Trail) -> np.ndarray:
    """(n,) 1 dead, 0 alive, nan not known."""
    name = status_column(day)
    text, why = filled_text(table, mapping, rule.from_, rule.missing)
    if not rule.stated:
        text = text.map({v: str(v).lower() for v in text.unique()})
    dead, alive = is_code(text, rule.dead), is_code(text, rule.alive)
    stray = text[(text != "") & ~dead & ~alive]
    if len(stray):
        usual = {word for words in codebook()["event"].level_synonyms.values() for word in words}
        raise InputError(
            f"{table.where}, column {rule.from_!r} (status at day {day}): {len(stray)} of {int((text != '').sum())} cells hold codes "
            f"that are not covered: {codes_in_words(stray, always_shown=usual | {str(d) for d in range(10)})}. Say in "
            f"[outcome.dead_by.{day}] of the mapping file which codes mean dead, which alive, and which that it is not known "
            '(dead = ["1"], alive = ["0"], missing = ["9"]).'
        )
    trail.step(name, rule.from_, f"code {', '.join(rule.dead)} is dead by day {day} (yes)", dead.sum())
    trail.step(name, rule.from_, f"code {', '.join(rule.alive)} is alive after day {day} (no)", alive.sum())
    trail.step(name, rule.from_, "not known: kept as not known, never as alive", (text == "").sum())
    trail.gap(name, why)
    return np.where(dead, 1.0, np.where(alive, 0.0, np.nan))
