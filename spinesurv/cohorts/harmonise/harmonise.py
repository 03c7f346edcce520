"""Raw text and a mapping to canonical typed columns, with a trail."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spinesurv import units
from spinesurv.cohorts.cells import (
    TYPED_DATES,
    codes_in_words,
    dates,
    is_code,
    likely_dates,
    numbers,
    plain_code,
)
from spinesurv.cohorts.codings import CODINGS
from spinesurv.cohorts.harmonise.gaps import declared_gaps, filled_text, reasons_of
from spinesurv.cohorts.harmonise.measured import measured, without_thousands
from spinesurv.cohorts.harmonise.outcome import NO_PATIENTS, harmonise_key, harmonise_outcome
from spinesurv.cohorts.harmonise.status import harmonise_status
from spinesurv.cohorts.harmonise.trail import Trail
from spinesurv.cohorts.mapping.mapping import KEY_AND_OUTCOME, ColumnRule, Mapping
from spinesurv.cohorts.name_words import identifies_a_person
from spinesurv.cohorts.progress import steps
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import NO, YES, Variable, codebook
from spinesurv.errors import InputError

#: put behind the name of a raw column that has the name of a variable but no rule in the mapping file
UNMAPPED = " (unmapped)"

_ALWAYS_YES_NO = {"yes": YES, "true": YES, "1": YES, "no": NO, "false": NO, "0": NO}
AT_A_LIMIT = "limit of the method: taken as the limit itself"
#: count -> why its cell is empty where it was 0: such a patient does not belong to the population
OUTSIDE_THE_POPULATION = {"n_spine_mets": "outside the population: n_spine_mets is 0"}
#: values that are no performance status of a living patient
_DEAD_AT_TIME_ZERO = {"ecog": 5.0, "kps": 0.0}

#: plausible for adults
_HEIGHTS, _WEIGHTS = (0.9, 2.4), (20.0, 300.0)


@dataclass(frozen=True, eq=False)
class Harmonised:
    """The rows of a raw table under canonical names, in their order.

    Parameters
    ----------
    columns : (n) site, patient_id, time_days and event (or `dead_by_<days>`) where the table has an outcome, then the variables in the
        order of the mapping, then raw columns that nobody mapped (text, never used)
    refusal : (n,) why a row cannot be imported, "" where it can
    trail : rules and unusable cells, with counts
    """

    columns: pd.DataFrame
    refusal: pd.Series
    trail: Trail


def harmonise(table: RawTable, mapping: Mapping) -> Harmonised:
    """Apply a mapping to a raw table.

    A cell that is no number, no date, or outside the plausible range is emptied and counted. A code of a
    levelled variable that nothing covers refuses the whole import: recoding is for a person to decide.

    Raises
    ------
    InputError
        The mapping asks for columns that are not there, or leaves codes uncovered (codes of 5 rows and more are
        named with their counts, rarer ones only counted).
    """
    mapping.check_columns(table)
    trail = Trail()
    columns, refusal = harmonise_key(table, mapping, trail)
    no_patient = refusal.isin(NO_PATIENTS).to_numpy()
    if mapping.outcome is not None:
        outcome, later = harmonise_outcome(table, mapping, mapping.outcome, refusal, trail)
        columns |= outcome
        refusal = refusal.where(refusal != "", later)
    if mapping.status is not None:
        status, broken = harmonise_status(table, mapping, mapping.status, columns["site"], trail)
        columns |= status
        refusal = refusal.where(refusal != "", broken)
    uncovered: list[str] = []
    for rule in steps(mapping.columns, f"{table.where}, columns", rows=len(table)):
        variable = codebook()[rule.key]
        if rule.from_ is None:
            constant = pd.Series(rule.value or np.nan, index=table.index, dtype=object)
            columns[rule.key] = variable.typed(constant)
            trail.step(rule.key, None, "the same value in every row", len(table))
            continue
        if rule.share_of is not None:
            variable = replace(variable, unit="%", lowest=0.0, highest=100.0)
        columns[rule.key] = _Column(rule, variable, table, mapping, trail, uncovered, no_patient).read()
    _shares(columns, mapping, trail)
    if uncovered:
        what, do = (
            (
                "codes that the mapping does not cover",
                'Say under the column in the mapping file what they are, values = { "code" = "level" }, or that they are gaps, missing = ["code"].',
            )
            if mapping.name
            else (
                "words that are no levels of their column",
                "Correct them in the table, or name them in a mapping file (`spinesurv map` proposes one).",
            )
        )
        raise InputError(f"{table.where}: {what}. {' '.join(uncovered)} {do}")
    identifying = left_out(table, mapping)
    used = _used(mapping)
    for name in table.columns:
        if name not in used:
            taken = name in codebook() or name in KEY_AND_OUTCOME
            if name in identifying:
                trail.step(name, name, "identifies a person: left out", len(table))
                continue
            text, _ = filled_text(table, mapping, name)
            columns[name + UNMAPPED if taken else name] = text.mask(text == "")
            trail.step(name, name, "not mapped: kept as text, never used", len(table))
    return Harmonised(pd.DataFrame(columns, index=table.index, copy=False), refusal, trail)


def _shares(columns: dict[str, Any], mapping: Mapping, trail: Trail) -> None:
    """Percentages become counts: percent / 100 times the whole, in the unit of the whole."""
    for rule in mapping.columns:
        if rule.share_of is not None:
            percent, whole = columns[rule.key], columns[rule.share_of]
            count = percent * whole / 100.0
            trail.problem(
                rule.key, rule.from_, "no_whole", percent.notna() & whole.isna(), int(percent.notna().sum())
            )
            trail.step(rule.key, rule.from_, f"percent of {rule.share_of}", count.notna().sum())
            outside = ~codebook()[rule.key].in_range(count)
            trail.problem(rule.key, rule.from_, "out_of_range", outside, int(count.notna().sum()))
            columns[rule.key] = count.mask(outside)


def left_out(table: RawTable, mapping: Mapping) -> list[str]:
    """Columns that no rule reads and that identify a person, by a mark in the file or by their name."""
    used = _used(mapping)
    return [
        str(name)
        for name in table.columns
        if name not in used and (name in table.content.identifiers or identifies_a_person(str(name)))
    ]


def _used(mapping: Mapping) -> set[str | None]:
    used: set[str | None] = {name for rule in mapping.columns for name in rule.sources}
    used |= set(mapping.outcome_columns)
    used.add(mapping.site.from_ if mapping.site else "site")
    used.add(mapping.patient_id.from_ if mapping.patient_id else "patient_id")
    return used


class _Column:
    """One raw column on its way to one variable. What stands in several rows is worked out once and counted as often."""

    def __init__(
        self,
        rule: ColumnRule,
        variable: Variable,
        table: RawTable,
        mapping: Mapping,
        trail: Trail,
        uncovered: list[str],
        no_patient: NDArray[np.bool_],
    ) -> None:
        self.rule, self.variable, self.trail, self.uncovered = rule, variable, trail, uncovered
        self.no_patient = no_patient
        self.table, self.mapping = table, mapping
        self.decimal = table.options.decimal
        self.labels = table.content.labels.get(str(rule.from_), {})
        self.distinct, self.codes = _different_rows(table, rule.sources)
        self.counts = np.bincount(self.codes, minlength=len(self.distinct))
        raw = self.distinct[str(rule.from_)]
        declared = declared_gaps(table, mapping, str(rule.from_), rule.missing, rule.reasons)
        why = pd.Series(reasons_of(raw.to_numpy(), declared), raw.index)
        self.text = raw.mask(why != "", "")
        if rule.beside is not None:
            self.text = (self.text + " " + self.distinct[rule.beside]).str.strip().mask(self.text == "", "")
        self.filled = self._count(self.text != "")
        for reason in why[why != ""].unique():
            words = "declared missing" if reason == "declared missing" else f"declared missing: {reason}"
            self._step(words, why == reason)
        self._gap(why)

    def read(self) -> pd.Series:
        """The column of all rows, in the type of its variable."""
        typed = self.variable.typed(self._distinct())
        return pd.Series(typed.array.take(self.codes), index=self.table.index)

    def _distinct(self) -> pd.Series:
        variable = self.variable
        if variable.is_numeric:
            return self._numbers()
        if variable.kind == "date":
            patterns = self.rule.patterns + (TYPED_DATES if self.table.content.typed else ())
            day = dates(self._recoded(), tuple(dict.fromkeys(patterns)))
            bad = (self.text != "") & day.isna()
            self._problem("not_a_date", bad, likely_dates(self._rows(self.text[bad])))
            self._step(f"date read as {' or '.join(self.rule.patterns)}", day.notna())
            return day.dt.strftime("%Y-%m-%d")
        text = self._recoded()
        if variable.kind == "yes_no":
            text = text.map({v: _ALWAYS_YES_NO.get(plain_code(v).lower(), v) for v in text.unique()})
            text = self._covered(text, (YES, NO))
        elif variable.levels:
            text = text.map({v: v if v in variable.levels else plain_code(v) for v in text.unique()})
            text = self._covered(text, variable.levels)
        self._step("taken over" if not self.rule.values else "read", text != "")
        return text.where(text != "")

    def _recoded(self) -> pd.Series:
        """The text after `values` and the labels of the file; a code that neither names stays as it is."""
        values = self.rule.values
        by_label = self._by_label()
        target = by_label | {v: values[plain_code(v)] for v in self.text.unique() if plain_code(v) in values}
        target |= self._by_coding(target)
        for code, canonical in values.items():
            hits = (self.text != "") & is_code(self.text, [code])
            self._step(f"code {code!r} is {canonical or 'missing'}", hits)
        return self.text.map({v: target.get(v, v) for v in self.text.unique()})

    def _by_coding(self, named: Dictionary[str, str]) -> dict[str, str]:
        """Cell -> canonical value by the coding that the mapping names, where `values` and labels do not name the cell."""
        if self.rule.coding is None:
            return {}
        coding = CODINGS[self.rule.coding]
        found = {v: coding.read(v) for v in self.text.unique() if v and v not in named}
        given = {v: canonical for v, canonical in found.items() if canonical is not None}
        read_as = self.text.map(given)
        for canonical in dict.fromkeys(given.values()):
            self._step(f"rule {self.rule.coding}: {canonical or 'missing'}", read_as == canonical)
        if coding.why_missing:
            self._gap((read_as == "").map({True: coding.why_missing, False: ""}))
        return given

    def _by_label(self) -> dict[str, str]:
        """Code -> canonical value, where the file labels the code with a level or with a word that `values` names."""
        found: dict[str, str] = {}
        levels = (YES, NO) if self.variable.kind == "yes_no" else self.variable.levels
        for code in self.text.unique():
            label = self.labels.get(plain_code(code), self.labels.get(code, ""))
            level = label.strip().lower().replace(" ", "_")
            if label and plain_code(code) not in self.rule.values:
                canonical = self.rule.values.get(plain_code(label), level if level in levels else None)
                if canonical is not None:
                    found[code] = canonical
                    self._step(
                        f"code {code!r} is {canonical or 'missing'}: label in the file", self.text == code
                    )
        return found

    def _numbers(self) -> pd.Series:
        recoded = self._recoded()
        changed = recoded != self.text
        written = self.text.mask(changed, "")
        text = without_thousands(written, self.table.options.thousands)
        self._step("thousands sign left out", text != written)
        own = numbers(text, self.decimal)
        stray = (text != "") & own.isna()
        if self.rule.height is not None:
            return self._bmi(own, stray)
        if self.variable.levels and stray.any():
            told = len(self.uncovered)
            self._not_covered(self.text[stray])
            if len(self.uncovered) > told:
                return own.mask(own.notna())  # the table is refused; what else stands here was not checked
        value = own * self._factors(own)
        if stray.any():
            more = measured(text.where(stray, ""), self.decimal, self._factor_of)
            in_cell = more.own_unit != ""
            value = value.fillna(
                more.value.where(in_cell, more.value * self._factors(more.value.mask(in_cell)))
            )
            read = more.value.notna()
            for unit in more.own_unit[in_cell & read].unique():
                named = in_cell & read & (more.own_unit == unit)
                self._step(f"unit in the cell: {unit}, multiplied by {self._factor_of(str(unit)):g}", named)
            self._step(AT_A_LIMIT, more.limit & read)
            self._step("mark behind the number left out", more.flagged & read)
            self._problem("not_a_number", stray & ~read)
        value = value.where(~changed, numbers(recoded.where(changed, "")))
        value = self._emptied("dead_at_time_zero", value, value == _DEAD_AT_TIME_ZERO.get(self.variable.key))
        if self.variable.key in OUTSIDE_THE_POPULATION:
            none = value == 0
            value = self._emptied("outside_the_population", value, none)
            self._gap(none.map({True: OUTSIDE_THE_POPULATION[self.variable.key], False: ""}))
        outside = ~self.variable.in_range(value)
        value = self._emptied("out_of_range", value, outside, self._likely_unit(self._rows(own[outside])))
        if self.variable.is_whole:
            value = self._emptied("not_whole", value, value.notna() & (value != value.round()))
        self._step("read as numbers", value.notna())
        return value

    def _bmi(self, weight: pd.Series, stray: pd.Series) -> pd.Series:
        """Weight in kg over the square of the height in metres; a height or weight that no adult has gives none."""
        written = without_thousands(self.distinct[str(self.rule.height)], self.table.options.thousands)
        declared = declared_gaps(self.table, self.mapping, str(self.rule.height))
        written = written.mask(reasons_of(written.to_numpy(), declared) != "", "")
        height = numbers(written, self.decimal)
        self._problem("not_a_number", stray | ((written != "") & height.isna()))
        height = height * self.rule.height_factor
        value = weight / height.where(height.between(*_HEIGHTS)) ** 2
        value = value.where(weight.between(*_WEIGHTS))
        odd = weight.notna() & height.notna() & ~self.variable.in_range(value.fillna(-1.0))
        self._problem("out_of_range", odd)
        self._step("weight in kg over the square of the height in m", value.notna() & ~odd)
        return value.mask(odd)

    def _factor_of(self, unit: str) -> float:
        return units.factor(self.variable.key, self.variable.unit, unit)

    def _factors(self, number: pd.Series) -> pd.Series | float:
        """What each number is multiplied by; nan where the rule of the column gives no unit."""
        rule, there = self.rule, number.notna()
        if not rule.unit_ranges and rule.unit_from is None:
            if rule.unit is not None and there.any():
                self._step(f"unit {rule.unit}, multiplied by {rule.factor:g}", there)
            return rule.factor
        factor = pd.Series(np.nan, index=number.index)
        if rule.unit_from is not None:
            code = self.distinct[rule.unit_from]
            code = code.map({v: plain_code(v) for v in code.unique()})
            parts = [(f"{rule.unit_from} {c!r}", u, f, code == c) for c, (u, f) in rule.unit_values.items()]
        else:
            parts = [
                (f"{low:g} to below {high:g}", u, f, (number >= low) & (number < high))
                for u, f, low, high in rule.unit_ranges
            ]
        for where, unit, times, hit in parts:
            factor = factor.mask(hit, times)
            self._step(f"{where}: unit {unit}, multiplied by {times:g}", hit & there)
        self._problem("no_unit", there & factor.isna())
        return factor

    def _emptied(self, rule: str, value: pd.Series, bad: pd.Series, hint: str = "") -> pd.Series:
        self._problem(rule, bad, hint)
        return value.mask(bad)

    def _likely_unit(self, raw: pd.Series) -> str:
        """The unit under which nearly all of the refused numbers would be plausible, if there is one."""
        for unit, factor in units.CONVERSIONS.get(self.variable.key, {}).items():
            if len(raw) and factor != self.rule.factor and self.variable.in_range(raw * factor).mean() >= 0.9:
                return unit
        return ""

    def _covered(self, text: pd.Series, levels: tuple[str, ...]) -> pd.Series:
        stray = (text != "") & ~text.isin(levels)
        if stray.any():
            self._not_covered(self.text[stray])
        return text.mask(stray, "")

    def _not_covered(self, codes: pd.Series) -> None:
        """Codes that nothing covers, unless they stand in rows alone that are refused as no patients (totals, a header)."""
        if self.no_patient.any():
            of_patients = np.bincount(self.codes[~self.no_patient], minlength=len(self.distinct))
            codes = codes[of_patients[codes.index] > 0]
            if codes.empty:
                return
        different = set(codes.unique())
        near = self.variable.nearest(codes.unique())
        codes = self._rows(codes)
        hint = f" nearest: {', '.join(near)};" if near else ""
        reading = [
            name
            for name, coding in CODINGS.items()
            if coding.key == self.rule.key and all(coding.read(code) is not None for code in different)
        ]
        rules = f" Read by rule = {' or '.join(map(repr, reading))}." if reading else ""
        read_from = "" if self.rule.from_ == self.rule.key else f" (from {self.rule.from_!r})"
        self.uncovered.append(
            f"Column {self.rule.key}{read_from}: {len(codes)} of {self.filled} cells, "
            f"{codes_in_words(codes)};{hint} allowed: {self.variable.allowed}.{rules}"
        )

    def _rows(self, distinct: pd.Series) -> pd.Series:
        """Each of these as often as it stands in the table."""
        return distinct.take(np.repeat(np.arange(len(distinct)), self.counts[distinct.index]))

    def _count(self, hits: pd.Series) -> int:
        """Rows in which one of these stands."""
        return int(self.counts[hits.to_numpy(dtype=bool)].sum())

    def _gap(self, why: pd.Series) -> None:
        if (why != "").any():
            self.trail.gap(self.rule.key, pd.Series(why.to_numpy()[self.codes], self.table.index))

    def _step(self, rule: str, hits: pd.Series) -> None:
        self.trail.step(self.rule.key, self.rule.from_, rule, self._count(hits))

    def _problem(self, rule: str, bad: pd.Series, hint: str = "") -> None:
        if bad.any():
            rows = pd.Series(bad.to_numpy(dtype=bool)[self.codes] & ~self.no_patient, self.table.index)
            self.trail.problem(self.rule.key, self.rule.from_, rule, rows, self.filled, hint)


def _different_rows(table: RawTable, names: list[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Different rows of some raw columns, in the order of their first appearance, and which one each row is."""
    columns = {name: table.distinct(name) for name in names}
    first = next(iter(columns.values()))
    if len(columns) == 1:
        return pd.DataFrame({names[0]: first.texts}), first.codes
    together = first.codes.astype(np.int64)
    for distinct in list(columns.values())[1:]:
        together = together * len(distinct.texts) + distinct.codes
    codes, different = pd.factorize(together)
    at = np.empty(len(different), dtype=np.int64)
    at[codes[::-1]] = np.arange(len(codes))[::-1]  # the first row of each
    return pd.DataFrame({name: d.texts[d.codes[at]] for name, d in columns.items()}), codes
