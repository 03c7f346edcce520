"""A published regression as a data file (`equations/*.toml`): its terms, who says so, and what was not published."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from spinesurv.errors import InputError, unknown_name

FOLDER = Path(__file__).parent / "equations"

#: what a status means; the words stand in every list of equations
STATUS = {
    "ready": "every ratio was read in a published text; what was not published is estimated in training",
    "provisional": "some ratios or terms rest on general knowledge or could not be read; kept out of headline results",
    "incomplete": "the terms could not be read; nothing is computed",
}
#: the ratios of the terms, or the end of what their rounding allows
ROUNDING = ("published", "lowest", "highest")
#: what the sum of the terms is: relative to a baseline hazard, or log odds of death by one day
SCALES = ("log_hazard", "log_odds")
FORMS = ("per", "levels", "any_yes", "codings")

_TEXT = ("label", "citation", "doi", "population", "outcome", "note", "reason", "scale")
_TOP = {*_TEXT, "name", "year", "status", "decimals", "day", "applies_to", "term", "case", "slider"}
_TERM = {
    "key",
    "label",
    "input",
    "ratio",
    "confidence",
    "per",
    "above",
    "whole_steps",
    "levels",
    "any_yes",
    "codings",
}
_CONDITIONS = ("at_least", "above", "at_most", "below", "one_of")


@dataclass(frozen=True)
class Step:
    """One level of a term: it holds where its limits or values do, and multiplies the hazard (or odds) by `ratio`.

    A level without limits holds for everyone who is left.
    """

    ratio: float = 1.0
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    one_of: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Term:
    """One factor of a published regression.

    Parameters
    ----------
    key, label, confidence : its name in tables and in words, and how sure its ratio is
    inputs : columns that it reads, of the codebook or derived
    ratio : hazard or odds ratio as printed; of one step of `per` units, of yes, or of one step of a coding
    per : units of a step of a number; 0 where it is no number
    above : value from which steps count
    whole_steps : only full steps count
    levels : from top to bottom, the first that holds
    codings : name -> level -> steps, one of which the user has to choose
    """

    key: str
    label: str
    inputs: tuple[str, ...]
    ratio: float = 1.0
    per: float = 0.0
    above: float = 0.0
    whole_steps: bool = False
    levels: tuple[Step, ...] = ()
    codings: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    confidence: str = ""


@dataclass(frozen=True)
class Slider:
    """A number as a web calculator takes it: from `low` to `high` in steps from the lower end."""

    input: str
    low: float
    high: float
    step: float

    def entered(self, values: np.ndarray) -> np.ndarray:
        """Values as they had to be entered: brought to the end of the range, then to the nearest step."""
        trimmed = np.clip(values, self.low, self.high)
        return np.minimum(self.low + np.round((trimmed - self.low) / self.step) * self.step, self.high)


@dataclass(frozen=True)
class Equation:
    """A published regression.

    Parameters
    ----------
    key, label, citation, doi, year, status, population, outcome, note : what it is and who says so
    scale : log_hazard, or log_odds of death by `day`
    decimals : with which its ratios are printed
    applies_to : column -> values; patients with another value are outside its population
    reason : why it is incomplete or provisional
    cases : worked patients: note, patient, primary_coding, sum
    sliders : how its web calculator takes numbers
    """

    key: str
    label: str
    citation: str
    status: str
    terms: tuple[Term, ...] = ()
    doi: str = ""
    year: int | None = None
    population: str = ""
    outcome: str = ""
    note: str = ""
    reason: str = ""
    scale: str = "log_hazard"
    day: float | None = None
    decimals: int = 2
    applies_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    cases: tuple[Mapping[str, Any], ...] = ()
    sliders: tuple[Slider, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it reads, of the codebook or derived."""
        return tuple(dict.fromkeys([*self.applies_to, *(name for t in self.terms for name in t.inputs)]))

    @property
    def confidence(self) -> str:
        """How sure the ratios are: each statement with the terms it holds for."""
        terms: dict[str, list[str]] = {}
        for term in self.terms:
            terms.setdefault(term.confidence or "not stated", []).append(term.key)
        return ". ".join(f"{', '.join(keys)}: {words}" for words, keys in terms.items())

    @property
    def codings(self) -> list[str]:
        """Codings that the user has to choose from; empty where nothing is open."""
        return sorted({name for t in self.terms for name in t.codings})

    def log_ratio(self, ratio: float, rounding: str) -> float:
        """Logarithm of a ratio as printed, or of the lowest or highest one that is printed the same."""
        half = {"published": 0.0, "lowest": -0.5, "highest": 0.5}[rounding]
        return 0.0 if ratio == 1.0 else math.log(ratio + half * 10.0**-self.decimals)


def packaged_equations() -> dict[str, Path]:
    """Key -> file of every equation that comes with the package."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def load_equation(source: str | Path) -> Equation:
    """An equation by its key, or from a file of your own.

    Raises
    ------
    InputError
        There is no such equation or file, or the file is wrong: the message names the file and the place in it.
    """
    path = Path(source)
    if path.suffix != ".toml":
        if str(source) not in packaged_equations():
            raise unknown_name("published equation", source, packaged_equations())
        path = FOLDER / f"{source}.toml"
    return _read(path)


def describe_equation(key: str) -> str:
    """An equation in words: who says so, its terms, and what was not published."""
    e = load_equation(key)
    what = {"log_hazard": "hazard ratio", "log_odds": "odds ratio"}[e.scale]
    lines = [f"{e.key}: {e.label}", "", f"{e.citation}" + (f" doi:{e.doi}" if e.doi else "")]
    lines.append(f"status: {e.status} ({e.reason or STATUS[e.status]})")
    lines += [
        f"{name}: {text}" for name, text in (("population", e.population), ("outcome", e.outcome)) if text
    ]
    lines += [f"for {name} = {' or '.join(values)} only" for name, values in e.applies_to.items()]
    for term in e.terms:
        lines.append(
            f"  {term.label} ({' or '.join(term.inputs)}): {_words(term, what, e.decimals)} [{term.confidence}]"
        )
    if e.codings:
        lines.append(f"primary_coding is needed: {' or '.join(e.codings)}")
    if e.terms:
        rest = "the intercept" if e.scale == "log_odds" else "the baseline hazard"
        lines.append(f"not published: {rest}, which is estimated in training")
    return "\n".join([*lines, *([e.note] if e.note else [])])


def _words(term: Term, what: str, decimals: int) -> str:
    if not term.levels:
        step = "" if not term.per else f" per {term.per:g}" + (f" above {term.above:g}" if term.above else "")
        return f"{what} {term.ratio:.{decimals}f}{step}"
    return ", ".join(f"{_holds(step)} {what} {step.ratio:.{decimals}f}" for step in term.levels)


def _holds(step: Step) -> str:
    limits = {"from": step.at_least, "above": step.above, "up to": step.at_most, "below": step.below}
    said = [f"{word} {value:g}" for word, value in limits.items() if value is not None]
    return " ".join([*said, *([" or ".join(map(str, step.one_of))] if step.one_of else [])]) or "else"


@cache
def _read(path: Path) -> Equation:
    if not path.is_file():
        raise InputError(f"{path.name}: there is no such file of a published equation ({path}).")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: this is not TOML ({error}).") from None
    return parse_equation(raw, path.name)


def parse_equation(raw: Mapping[str, Any], where: str) -> Equation:
    """The equation in a parsed TOML table; `where` names the file in errors."""
    _known(raw, _TOP, where)
    _needed(raw, ("name", "label", "citation", "status"), where)
    status, scale = raw["status"], raw.get("scale", "log_hazard")
    for value, allowed, what in ((status, STATUS, "status"), (scale, SCALES, "scale")):
        if value not in allowed:
            raise unknown_name(what, value, allowed, where=where)
    _needed(raw, ("reason",) if status != "ready" else (), where)
    if status != "incomplete":
        _needed(raw, ("term", "decimals", "population"), where)
    if (scale == "log_odds") != ("day" in raw):
        raise InputError(f'{where}: day = ... belongs to scale = "log_odds", and only to it.')
    terms = tuple(_term(t, f"{where}, term {i}") for i, t in enumerate(raw.get("term", []), start=1))
    return Equation(
        key=raw["name"],
        status=status,
        terms=terms,
        year=raw.get("year"),
        day=float(raw["day"]) if "day" in raw else None,
        decimals=int(raw.get("decimals", 2)),
        applies_to={name: tuple(values) for name, values in raw.get("applies_to", {}).items()},
        cases=tuple(raw.get("case", ())),
        sliders=tuple(
            _slider(s, f"{where}, slider {i}") for i, s in enumerate(raw.get("slider", []), start=1)
        ),
        **{name: raw[name] for name in _TEXT if name in raw},
    )


def _slider(raw: Mapping[str, Any], where: str) -> Slider:
    _known(raw, {"input", "low", "high", "step"}, where)
    _needed(raw, ("input", "low", "high", "step"), where)
    return Slider(str(raw["input"]), float(raw["low"]), float(raw["high"]), float(raw["step"]))


def _term(raw: Mapping[str, Any], where: str) -> Term:
    _known(raw, _TERM, where)
    _needed(raw, ("key", "label"), where)
    where = f"{where} ({raw['key']})"
    forms = [name for name in FORMS if name in raw]
    if len(forms) != 1 or ("input" in raw) == ("any_yes" in raw):
        raise InputError(
            f"{where}: one of {', '.join(FORMS)} is expected, with an input unless it is any_yes; found "
            f"{', '.join(forms) or 'none'}."
        )
    if "levels" not in raw:
        _needed(raw, ("ratio",), where)
    for ratio in [raw.get("ratio", 1.0), *(level.get("ratio", 1.0) for level in raw.get("levels", ()))]:
        if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not ratio > 0:
            raise InputError(f"{where}: a ratio is a number above 0.")
    for i, level in enumerate(raw.get("levels", ()), start=1):
        _known(level, {*_CONDITIONS, "ratio"}, f"{where}, level {i}")
    plain = {
        name: raw[name]
        for name in ("key", "label", "ratio", "per", "above", "whole_steps", "confidence")
        if name in raw
    }
    return Term(
        inputs=tuple(raw["any_yes"]) if "any_yes" in raw else (raw["input"],),
        levels=tuple(
            Step(**{**level, "one_of": tuple(level.get("one_of", ()))}) for level in raw.get("levels", ())
        ),
        codings={name: dict(steps) for name, steps in raw.get("codings", {}).items()},
        **plain,
    )


def _known(raw: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for name in raw:
        if name not in allowed:
            raise unknown_name("field", name, allowed, where=where)


def _needed(raw: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    absent = [name for name in names if name not in raw]
    if absent:
        raise InputError(f"{where}: {', '.join(absent)} missing.")
