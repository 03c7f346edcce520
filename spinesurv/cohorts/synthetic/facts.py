"""The three data files of the generator, read once: facts, choices where the facts are silent, solved curves."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from spinesurv.core import codebook

#: the 40 histology keys in the order of the codebook; a tumour is a position in this tuple until it is written
TUMOURS: tuple[str, ...] = tuple(t.key for t in codebook().primary_tumors)


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("spinesurv.cohorts.synthetic").joinpath(name).read_text(encoding="utf-8"))


def facts() -> dict[str, Any]:
    """What is drawn, with confidence and source."""
    return _read("facts.toml")


def choices() -> dict[str, Any]:
    """What the facts leave open."""
    return _read("choices.toml")


def weibull() -> dict[str, dict[str, float]]:
    """Per site: shape, log_rate and loss_rate, solved by `benchmarks/solve_generator.py`."""
    return {row["site"]: row for row in _read("weibull.toml")["site"]}


def tumours_named(name: str) -> list[str]:
    """The histology keys that a name of the facts stands for."""
    return list(facts()["aliases"].get(name, [name]))


def is_tumour(name: str) -> np.ndarray:
    """(40,) True for the histology keys that a name of the facts stands for."""
    return np.isin(TUMOURS, tumours_named(name))


def per_tumour(table: Mapping[str, Any], *, others: float = 0.0) -> np.ndarray:
    """(40,) value per histology key out of a table by key or alias, with `others` for the rest."""
    values = np.full(len(TUMOURS), float(table.get("others", others)))
    for name, value in table.items():
        if isinstance(value, (int, float)) and name != "others":
            values[is_tumour(name)] = float(value)
    return values
