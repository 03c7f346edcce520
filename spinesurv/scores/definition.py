"""What a score is: the frozen records that a definition file becomes (`reading.py` makes them)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from spinesurv.core.codebook import codebook
from spinesurv.errors import InputError, unknown_name
from spinesurv.scores.derived import recorded_inputs

#: what a status means; the words stand in every list of scores
STATUS = {
    "ready": "every item's points were read in at least one source and add up to the published range",
    "provisional": "some points rest on general knowledge of the literature or a convention; kept out of headline results",
    "incomplete": "the points could not be read completely; nothing is computed",
    "model_terms_only": "terms of a regression were published, no point table; no total is computed",
}

#: statuses of which totals are computed
COMPUTED = ("ready", "provisional")

#: what a score predicts unless its definition says otherwise
SURVIVAL = "overall survival"

#: how sure a statement is
CONFIDENCE = {
    "V2": "checked in two or more independent sources",
    "S1": "read in exactly one source",
    "GK": "general knowledge of the literature, to be checked against the primary paper",
    "CONV": "convention of this project, where the paper does not say",
}

#: how an entry of a map came to its points
BASIS = {
    "explicit": "named in a table or list that was read, or in an 'other' class that the score names",
    "listed": "on the published list as far as is generally known; that list was not read",
    "convention": "not named by the authors; the nearest class",
    "default": "not named by the authors; the fallback class",
}


class ProvisionalScoreWarning(UserWarning):
    """A score was computed whose points rest partly on general knowledge."""


@dataclass(frozen=True)
class Condition:
    """What must hold of one input: number limits, or the values that it may have."""

    input: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    one_of: tuple[Any, ...] = ()

    @property
    def limits(self) -> list[float]:
        """Numbers at which the answer can change, each the first of its interval: just above the limit of `above`."""
        points = [float(v) for v in self.one_of if isinstance(v, int | float)]
        from_ = [v for v in (self.at_least, self.below, *points) if v is not None]
        after = [v for v in (self.above, self.at_most, *points) if v is not None]
        return [*from_, *(math.nextafter(v, math.inf) for v in after)]

    def __str__(self) -> str:
        words = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}
        parts = [f"{sign} {getattr(self, w):g}" for w, sign in words.items() if getattr(self, w) is not None]
        if self.one_of:
            parts.append(" or ".join(str(v) for v in self.one_of))
        return " and ".join(parts)


@dataclass(frozen=True)
class Level:
    """Points for the patients of whom every condition holds; no condition = everyone who is left."""

    points: int
    conditions: tuple[Condition, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class MapEntry:
    """Points of one primary tumour (or level), and on what they rest (`BASIS`)."""

    points: int
    basis: str = ""
    klass: str = ""


@dataclass(frozen=True)
class Item:
    """One thing that gives points.

    Parameters
    ----------
    key, label, confidence : its name in tables and in words, and how sure its points are
    input : column that its levels, its map or its points per unit read; empty where each level names its own
    levels : from top to bottom, the first that holds gives the points
    map : points of each level of the input
    per_unit : points for each unit of the input, instead of levels or a map
    factors : columns of an item whose points were not found
    """

    key: str
    label: str
    input: str
    levels: tuple[Level, ...] = ()
    map: Mapping[str, MapEntry] = field(default_factory=dict, hash=False)
    confidence: str = ""
    per_unit: int | None = None
    factors: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns that it names, raw or derived."""
        named = [c.input for level in self.levels for c in level.conditions]
        return tuple(dict.fromkeys([*([self.input] if self.input else []), *named, *self.factors]))

    @property
    def raw_inputs(self) -> tuple[str, ...]:
        """Codebook variables behind them."""
        return tuple(dict.fromkeys(r for n in self.inputs for r in recorded_inputs(n)))

    @property
    def points(self) -> list[int]:
        """All points that its levels or its map can give, rising."""
        entries: list[Any] = [*self.levels, *self.map.values()]
        return sorted({e.points for e in entries})

    @property
    def span(self) -> tuple[float, float]:
        """Fewest and most points that it can give; infinite where nothing bounds them."""
        if self.per_unit is None:
            return (self.points[0], self.points[-1])
        variable = codebook()[self.input]
        ends = (
            -math.inf if variable.lowest is None else variable.lowest,
            math.inf if variable.highest is None else variable.highest,
        )
        products = [0.0 if self.per_unit * end == 0 else self.per_unit * end for end in ends]
        return (min(products), max(products))


@dataclass(frozen=True)
class Group:
    """A band of totals.

    Parameters
    ----------
    key, label : its name in tables and in words
    low, high : lowest and highest total, inclusive; -inf where the range has no lower end
    survival : day -> probability of being alive, as published
    interval_months : survival interval that the group is read to promise; the end may be inf; None = none
    interval_basis : published or convention
    mean_months, median_months : survival of the group's patients as published
    """

    key: str
    label: str
    low: float
    high: float
    survival: Mapping[int, float] = field(default_factory=dict, hash=False)
    interval_months: tuple[float, float] | None = None
    interval_basis: str = ""
    mean_months: float | None = None
    median_months: float | None = None
    confidence: str = ""
    note: str = ""


@dataclass(frozen=True)
class Case:
    """A worked patient: what goes in and what must come out; what is not stated is not checked.

    Without a patient it says in which group a total lies that a user has worked out.
    """

    note: str
    patient: Mapping[str, Any] = field(hash=False)
    expected: Mapping[str, Any] = field(hash=False)
    points: Mapping[str, float] = field(default_factory=dict, hash=False)
    variant: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variant:
    """What differs: items that replace those of a key, other groups. The default one changes nothing."""

    key: str
    note: str
    default: bool = False
    items: Mapping[str, Item] = field(default_factory=dict, hash=False)
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A point score.

    Parameters
    ----------
    key, label, citation, doi, year, status, population : what it is and who says so
    higher_is : "better" or "worse", what a higher total means for the outcome; "unknown" only where it is incomplete
    range : lowest and highest total, after the cap; infinite where it has no end
    cap : ceiling of the sum, None = no ceiling
    applies_to : input -> values; patients with another value are outside its population. Where a derived column says
        so, the total is missing but the points of the items stand
    names_brain : its factor names the brain, so `brain_counts_as_visceral` does not touch it
    outcome : what it predicts; `predicts_survival` says whether that is overall survival
    reason : why it is provisional or not computed
    needed : what would make it ready
    reference_note : how much of the reference itself was read, where not all
    entered_from : page and table of the paper from which a user entered the points
    """

    key: str
    label: str
    citation: str
    status: str
    higher_is: str
    range: tuple[float, float]
    items: tuple[Item, ...]
    groups: tuple[Group, ...]
    doi: str = ""
    doi_checked: bool = False
    year: int | None = None
    population: str = ""
    note: str = ""
    cap: int | None = None
    applies_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    names_brain: bool = False
    outcome: str = SURVIVAL
    reason: str = ""
    needed: str = ""
    reference_note: str = ""
    entered_from: Mapping[str, str] = field(default_factory=dict, hash=False)
    cases: tuple[Case, ...] = ()
    variants: Mapping[str, Variant] = field(default_factory=dict, hash=False)
    variant: str | None = None

    def with_variant(self, name: str | None) -> Definition:
        """The same score in one of its variants; None = the default one."""
        if name is None or name == self.variant:
            return self
        if self.variant is not None:
            raise InputError(f"score {self.key}: it already is in variant {self.variant}.")
        if name not in self.variants:
            raise unknown_name(
                "variant", name, self.variants or ["none, it has no variants"], where=f"score {self.key}"
            )
        changed = self.variants[name]
        return replace(
            self,
            items=tuple(changed.items.get(i.key, i) for i in self.items),
            groups=changed.groups or self.groups,
            variant=name,
        )

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Codebook variables that it reads, derived columns resolved."""
        population = (raw for name in self.applies_to for raw in recorded_inputs(name))
        return tuple(dict.fromkeys([*population, *(r for item in self.items for r in item.raw_inputs)]))

    @property
    def changed(self) -> str | None:
        """The variant that it is in, None where that is the default one."""
        return None if self.variant is None or self.variants[self.variant].default else self.variant

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that it names, raw or derived."""
        return tuple(dict.fromkeys([*self.applies_to, *(n for item in self.items for n in item.inputs)]))

    @property
    def confidence(self) -> str:
        """How sure the points are: each statement with the items it holds for, or alone if it holds for all."""
        items: dict[str, list[str]] = {}
        for item in self.items:
            items.setdefault(item.confidence or "not stated", []).append(item.key)
        if len(items) == 1:
            return next(iter(items))
        return ". ".join(f"{', '.join(keys)}: {words}" for words, keys in items.items())

    @property
    def totals(self) -> list[int]:
        """All totals of its range; of a range without a lower end, from one below its lowest finite group."""
        low = self.range[0]
        if math.isinf(low):
            low = min(g.low for g in self.groups if not math.isinf(g.low)) - 1
        return list(range(int(low), int(self.range[1]) + 1))

    @property
    def computed(self) -> bool:
        """Whether totals are computed."""
        return self.status in COMPUTED

    @property
    def predicts_survival(self) -> bool:
        """Whether it was made for overall survival."""
        return self.outcome == SURVIVAL

    @property
    def best_first(self) -> tuple[Group, ...]:
        """Groups, best prognosis first."""
        return self.groups if self.higher_is == "worse" else self.groups[::-1]
