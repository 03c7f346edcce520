"""Subgroups that a study declares: who belongs to them, and what the measures of the study are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Prediction, codebook
from spinesurv.errors import InputError, unknown_name
from spinesurv.evaluation.subgroups import COLUMNS, evaluate_subgroups
from spinesurv.figures.small_cells import is_small
from spinesurv.scores.checks import check_input, check_values, is_number, levels_of
from spinesurv.scores.derived import DERIVED
from spinesurv.scores.derived_columns import DerivedColumns
from spinesurv.study.systems import System, marked_provisional

if TYPE_CHECKING:
    from spinesurv.study.file import StudyFile

#: row of all patients, for comparison; and of those of a variable who are in none of its subgroups
EVERYBODY, NOBODY = "all patients", "not recorded, or in no group"

MOST_DRAWN = 4

TABLE = ["variable", "label", "subgroup", "declared", *COLUMNS[2:]]


@dataclass(frozen=True)
class Subgroups:
    """Subgroups by one variable.

    Parameters
    ----------
    variable : of the codebook (role baseline), or derived from it for a score (`katagiri2014_growth_class`)
    label : in tables and figures; empty = that of the codebook
    groups : subgroup -> levels; empty = each level by itself
    cuts : values at which the next subgroup of a number begins
    only : variable -> levels; patients with others belong to no subgroup
    exploratory : thought of after results were known
    """

    variable: str
    label: str = ""
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    cuts: tuple[float, ...] = ()
    only: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    exploratory: bool = False

    @classmethod
    def read(cls, written: Any, *, where: str) -> Subgroups:
        """Out of a study file: `"egfr_mutation"`, or a table such as `{ variable = "age", cuts = [70] }`.

        Raises
        ------
        InputError
            A setting, variable or level is unknown, a level is in two groups, a number has no cuts, or the variable is
            known only after time zero.
        """
        raw = {"variable": written} if isinstance(written, str) else written
        if not isinstance(raw, Mapping) or "variable" not in raw:
            raise InputError(f"{where}: the name of a variable, or a table with variable = ..., is expected.")
        known = tuple(cls.__dataclass_fields__)
        for setting in raw:
            if setting not in known:
                raise unknown_name("setting", setting, known, where=where)
        name = str(raw["variable"])
        place = f"{where}, {name}"
        only = _levels_by_name(raw.get("only", {}), f"{place}, only")
        for other, levels in only.items():
            _check_variable(other, f"{place}, only")
            check_values(other, levels, f"{place}, only")
        _check_variable(name, place)
        groups = _levels_by_name(raw.get("groups", {}), f"{place}, groups")
        cuts = raw.get("cuts", [])
        if is_number(name):
            _check_cuts(cuts, place)
            if groups:
                raise InputError(f"{place}: it is a number; give cuts = [...], not groups.")
        elif cuts or not levels_of(name):
            raise InputError(f"{place}: cuts belong to numbers; {name} has {'levels' if cuts else 'none'}.")
        named = [level for levels in groups.values() for level in levels]
        check_values(name, named, f"{place}, groups")
        if len(set(named)) < len(named):
            raise InputError(f"{place}, groups: a level stands in two groups.")
        label = str(raw.get("label") or _label(name, only))
        return cls(name, label, groups, tuple(map(float, cuts)), only, bool(raw.get("exploratory", False)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Variables that tell who belongs."""
        return tuple(dict.fromkeys([self.variable, *self.only]))

    def members(self, patients: pd.DataFrame) -> dict[str, np.ndarray]:
        """Subgroup -> (n,) who belongs to it, as recorded; the last, `NOBODY`, to none although `only` lets them in.

        Who belongs is never filled in. A level that nobody has is no subgroup unless it was named in `groups`.
        """
        table = DerivedColumns(self.columns).transform(patients)
        inside = np.ones(len(patients), dtype=bool)
        for other, levels in self.only.items():
            inside &= table[other].isin(list(levels)).to_numpy(dtype=bool)
        out = {name: inside & rows for name, rows in self._rows(table[self.variable]).items()}
        if not self.groups and not self.cuts:
            out = {name: rows for name, rows in out.items() if rows.any()}
        return {**out, NOBODY: inside & ~np.any([np.zeros(len(patients), dtype=bool), *out.values()], axis=0)}

    def _rows(self, values: pd.Series) -> dict[str, np.ndarray]:
        if not self.cuts:
            groups = self.groups or {level: [level] for level in levels_of(self.variable)}
            return {
                name: values.isin(list(levels)).to_numpy(dtype=bool)
                for name, levels in {_level_words(self.variable, g): ls for g, ls in groups.items()}.items()
            }
        number = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        place = np.where(np.isnan(number), -1, np.searchsorted(self.cuts, number, side="right"))
        return {words: place == i for i, words in enumerate(_cut_words(self.cuts))}


def read_subgroups(file: StudyFile) -> list[Subgroups]:
    """The subgroups of a study file, checked.

    Raises
    ------
    InputError
        As `Subgroups.read`, or two have the same label.
    """
    where = f"study file {file.path.name}, [evaluation], subgroups"
    found = [Subgroups.read(written, where=where) for written in file.evaluation.subgroups]
    labels = [s.label for s in found]
    for label in labels:
        if labels.count(label) > 1:
            raise InputError(f"{where}: {label!r} is declared twice. Give one of them another label.")
    return found


def with_subgroups(file: StudyFile, subgroups: Sequence[Subgroups]) -> StudyFile:
    """The study with every setting of its subgroups filled in."""
    written = tuple(asdict(one) for one in subgroups)
    return replace(file, evaluation=replace(file.evaluation, subgroups=written))


def subgroup_table(
    subgroups: Sequence[Subgroups],
    cohort: Cohort,
    tables: Sequence[Mapping[str, Prediction]],
    systems: Mapping[str, System],
    *,
    horizons_days: Sequence[float],
    level: float,
) -> pd.DataFrame:
    """`tables/subgroups.csv`: every measure in every subgroup, all sites together, by predictions of the same validation.

    Counts of one to four patients or deaths are missing, and so is what would give them away: where one subgroup of a
    variable is hidden, the smallest other one is too. Without rows where no subgroup is declared.
    """
    outcome = cohort.known_outcome
    parts = []
    for one in subgroups:
        members = one.members(cohort.patients)
        hidden = _hidden({name: int(rows.sum()) for name, rows in members.items()})
        found = evaluate_subgroups(
            outcome,
            tables,
            {(one.variable, name): rows for name, rows in members.items() if name != NOBODY},
            horizons_days=horizons_days,
            site=cohort.site,
            level=level,
        )
        rest = members[NOBODY]
        if rest.any():
            words = "these patients form no subgroup"
            line = {
                "variable": one.variable,
                "subgroup": NOBODY,
                "patients": int(rest.sum()),
                "status": "gap",
            }
            line |= {"deaths": int(outcome.of_interest[rest].sum()), "reason": words}
            found = pd.concat([found, pd.DataFrame([line], columns=COLUMNS)], ignore_index=True)
        declared = "no" if one.exploratory else "yes"
        found = found.assign(label=one.label, declared=declared)
        parts.append(_without_small_cells(found, hidden))
    if not parts:
        return pd.DataFrame(columns=TABLE)
    everybody = evaluate_subgroups(
        outcome,
        tables,
        {("", EVERYBODY): np.ones(len(outcome), dtype=bool)},
        horizons_days=horizons_days,
        site=cohort.site,
        level=level,
    ).assign(label=EVERYBODY, declared="")
    return marked_provisional(pd.concat([everybody, *parts], ignore_index=True)[TABLE], systems)


def drawn_systems(systems: Mapping[str, System], reference: str) -> list[str]:
    """Systems whose subgroups are drawn: the reference, then what learns predictors, then point scores, at most four.

    A score as published ranks as the score itself; a provisional one is drawn where it is the reference.
    """
    rest = [key for key, s in systems.items() if s.kind != "published" and s.status != "provisional"]
    ordered = [key for kind in (False, True) for key in rest if (systems[key].kind == "score") == kind]
    return list(dict.fromkeys([*([reference] if reference else []), *ordered]))[:MOST_DRAWN]


def shown_day(horizons_days: Sequence[int]) -> int:
    """The horizon that is drawn: the one nearest to 90 days, for which operations are weighed."""
    return min(horizons_days, key=lambda day: (abs(day - 90), day))


def _hidden(counts: Mapping[str, int]) -> set[str]:
    """Subgroups of a variable whose size is not told."""
    small = {name for name, n in counts.items() if is_small(n)}
    others = {name: n for name, n in counts.items() if n and name not in small}
    return small | {min(others, key=lambda name: others[name])} if len(small) == 1 and others else small


def _without_small_cells(table: pd.DataFrame, hidden: set[str]) -> pd.DataFrame:
    """Counts that a person could be recognised by are missing."""
    silent = table["subgroup"].isin(hidden).to_numpy()
    out = table.copy()
    for name, whole in (("patients", None), ("deaths", "patients"), ("n", None), ("events", "n")):
        count = table[name].astype("Float64")
        small = count.between(1, 4)
        if whole is not None:
            small |= (table[whole].astype("Float64") - count).between(1, 4)
        out[name] = count.mask(small.fillna(False).to_numpy(dtype=bool) | silent).astype("Int64")
    return out


def _check_variable(name: str, where: str) -> None:
    check_input(name, where)
    if name in DERIVED:
        return
    role = codebook()[name].role
    if role != "baseline":
        raise InputError(
            f"{where}: {name} has role {role} in the codebook. Subgroups are formed by what is known at time zero."
        )


def _check_cuts(cuts: Any, where: str) -> None:
    numbers = isinstance(cuts, list | tuple) and all(
        isinstance(c, int | float) and not isinstance(c, bool) for c in cuts
    )
    if not numbers or not cuts or list(cuts) != sorted(set(cuts)):
        raise InputError(
            f"{where}: it is a number; cuts = [...] is expected, the values at which the next subgroup begins, rising."
        )


def _levels_by_name(raw: Any, where: str) -> dict[str, list[str]]:
    if not isinstance(raw, Mapping) or not all(isinstance(v, list | tuple) for v in raw.values()):
        raise InputError(f"{where}: a table of lists is expected, name = [levels].")
    return {str(name): list(levels) for name, levels in raw.items()}


def _label(name: str, only: Mapping[str, Sequence[str]]) -> str:
    words = codebook()[name].heading if name in codebook() else name.replace("_", " ").capitalize()
    inside = [_level_words(other, level) for other, levels in only.items() for level in levels]
    return f"{words} (in {', '.join(inside)})" if inside else words


def _level_words(name: str, level: object) -> str:
    return codebook().level_label(name, str(level))


def _cut_words(cuts: Sequence[float]) -> list[str]:
    between = [f"{low:g} to below {high:g}" for low, high in pairwise(cuts)]
    return [f"below {cuts[0]:g}", *between, f"{cuts[-1]:g} or more"]
