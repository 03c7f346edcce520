"""Codebook: the clinical variables, their names, units, levels and plausible ranges (`codebook.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.errors import InputError, unknown_name

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Variable:
    """One clinical variable.

    Parameters
    ----------
    key : name of the column, everywhere
    label : what it is, in words
    kind : number, count, yes_no, category, ordered, date, text or id
    unit : canonical unit, None where there is none
    lowest, highest : plausible range, inclusive; None = open
    levels : allowed values of a category or ordered variable, first to last; empty = free
    role : id, site, outcome, baseline, after_time_zero, model_output or decision
    table : patient or lesion
    """

    key: str
    label: str
    kind: str
    role: str
    table: str
    unit: str | None = None
    lowest: float | None = None
    highest: float | None = None
    levels: tuple[str, ...] = ()
    level_synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    synonyms: tuple[str, ...] = ()
    used_by: dict[str, Any] = field(default_factory=dict, hash=False)
    note: str = ""

    @property
    def generated(self) -> bool:
        """Whether the synthetic cohort fills it."""
        return bool(self.used_by.get("generator", False))

    @property
    def is_numeric(self) -> bool:
        """Stored as a number: numbers, counts and ordered levels that are whole numbers (ECOG, ASA, MRC)."""
        return self.kind in ("number", "count") or (
            self.kind in ("ordered", "category")
            and bool(self.levels)
            and all(v.isdigit() for v in self.levels)
            and self.key != "escc_grade"
        )

    @property
    def heading(self) -> str:
        """Label and unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    @property
    def is_whole(self) -> bool:
        """Stored as a whole number."""
        return self.is_numeric and self.kind != "number"

    @property
    def allowed(self) -> str:
        """What a value may be, in words."""
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "yes_no":
            return "yes or no"
        if self.levels:
            return "one of " + ", ".join(self.levels)
        if self.kind in ("number", "count"):
            words = "whole numbers" if self.kind == "count" else "numbers"
            if self.highest is None:
                return f"{words} of at least {self.lowest:g}{unit}" if self.lowest is not None else words
            low = "any" if self.lowest is None else f"{self.lowest:g}"
            return f"{words} from {low} to {self.highest:g}{unit}"
        return {"date": "a date, YYYY-MM-DD"}.get(self.kind, "text")

    def in_range(self, values: pd.Series[Any]) -> pd.Series[bool]:
        """True where a number lies in the plausible range; missing values count as inside."""
        if self.lowest is None and self.highest is None and not self.is_numeric:
            return pd.Series(True, index=values.index)
        number = pd.to_numeric(values, errors="coerce").astype("float64")
        inside = pd.Series(True, index=values.index)
        if self.lowest is not None:
            inside &= ~(number < self.lowest)
        if self.highest is not None:
            inside &= ~(number > self.highest)
        if self.is_numeric and self.levels:
            inside &= number.isna() | number.isin([float(v) for v in self.levels])
        return inside

    def typed(self, values: pd.Series[Any]) -> pd.Series[Any]:
        """The column in the type of this variable: float64, Int64, or text with missing as nan.

        Raises
        ------
        InputError
            A value is not a number, not a whole number, or not a level; counts only, no values.
        """
        if self.is_numeric:
            number = pd.to_numeric(values, errors="coerce").astype("float64")
            self._refuse(number.isna() & values.notna(), "are not numbers")
            if not self.is_whole:
                return number
            self._refuse(number.notna() & (number != number.round()), "are not whole numbers")
            return number.round().astype("Int64")
        codes, found = pd.factorize(
            values.astype(object).to_numpy()
        )  # each different text once; -1 is missing
        words = {"True": YES, "False": NO} if self.kind == "yes_no" else {}
        texts = [words.get(str(v), str(v)) for v in found]
        allowed = (YES, NO) if self.kind == "yes_no" else self.levels
        if allowed:
            stray = np.array([text not in allowed for text in texts] + [False])
            self._refuse(
                pd.Series(stray[codes]),
                "are none of its levels",
                self.nearest(t for t in texts if t not in allowed),
            )
        return pd.Series(
            np.array([*texts, np.nan], dtype=object)[codes], index=values.index, name=values.name
        )

    def nearest(self, values: Iterable[Any]) -> list[str]:
        """Levels that are nearly what values that are none of them say, at most three; they may be shown."""
        words = [str(v).lower().replace(" ", "_") for v in values]
        near = [level for word in words for level in get_close_matches(word, self.levels, n=3, cutoff=0.5)]
        return list(dict.fromkeys(near))[:3]

    def _refuse(self, bad: pd.Series[bool], what: str, near: Sequence[str] = ()) -> None:
        if bad.any():
            hint = f" Nearest: {', '.join(near)}." if near else ""
            raise InputError(
                f"column {self.key}: {int(bad.sum())} of {len(bad)} values {what}.{hint} Allowed: {self.allowed}. "
                "Recode them in the mapping file."
            )


@dataclass(frozen=True)
class PrimaryTumor:
    """One of the 40 histology keys of `primary_tumor`."""

    key: str
    label: str
    icd10: str
    aliases: tuple[str, ...]
    note: str = ""


class Codebook:
    """All variables by key. `book["albumin"]`, `"albumin" in book`, `for variable in book`."""

    def __init__(self, raw: dict[str, Any]) -> None:
        tumours = raw["primary_tumor"]
        self.primary_tumors = tuple(
            PrimaryTumor(t["key"], t["label"], t["icd10"], tuple(t["aliases"]), t.get("note", ""))
            for t in tumours
        )
        #: a group of tumours that is wider than a key -> the key that stands for it
        self.tumor_groups = {g["source"]: g["key"] for g in raw["primary_tumor_group"] if g.get("key")}
        self.read_yes = tuple(raw["yes_no"]["read_yes"])
        self.read_no = tuple(raw["yes_no"]["read_no"])
        self._variables = {v["key"]: self._variable(v) for v in raw["variable"]}
        self._patterns = [
            (re.compile(p["pattern"].replace("<days>", r"(\d+)")), p, set(p["days"])) for p in raw["pattern"]
        ]

    def _variable(self, raw: dict[str, Any]) -> Variable:
        levels = tuple(raw.get("levels", ()))
        if raw.get("levels_from"):
            levels = tuple(t.key for t in self.primary_tumors)
        plain = ("key", "label", "kind", "role", "table", "unit", "lowest", "highest", "note", "used_by")
        return Variable(
            levels=levels,
            level_synonyms={k: tuple(v) for k, v in raw.get("level_synonyms", {}).items()},
            synonyms=tuple(raw["synonyms"]),
            **{k: raw[k] for k in plain if k in raw},
        )

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and (key in self._variables or self._pattern(key) is not None)

    def __iter__(self) -> Iterator[Variable]:
        return iter(self._variables.values())

    def __len__(self) -> int:
        return len(self._variables)

    def __getitem__(self, key: str) -> Variable:
        if key in self._variables:
            return self._variables[key]
        found = self._pattern(key)
        if found is None:
            raise unknown_name("variable", key, self._variables)
        return found

    def level_label(self, key: str, level: str) -> str:
        """A level of a variable in words: the label of a primary tumour; `present_unspecified` is Present unspecified."""
        tumours = {t.key: t.label for t in self.primary_tumors} if key == "primary_tumor" else {}
        words = tumours.get(level, level.replace("_", " "))
        return words[:1].upper() + words[1:]

    def _pattern(self, key: str) -> Variable | None:
        for pattern, raw, days in self._patterns:
            match = pattern.fullmatch(key)
            if match and int(match.group(1)) in days:
                return Variable(
                    key, raw["label"], raw["kind"], raw["role"], raw["table"],
                    lowest=raw["lowest"], highest=raw["highest"],
                )  # fmt: skip
        return None

    def keys(self) -> list[str]:
        """Names of all variables, in the order of the file."""
        return list(self._variables)


@cache
def codebook() -> Codebook:
    """The codebook that comes with the package."""
    text = files("spinesurv.core").joinpath("codebook.toml").read_text(encoding="utf-8")
    return Codebook(tomllib.loads(text))
