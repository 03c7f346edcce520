"""A nomogram read with a ruler: positions of lines and ticks and the texts at them, from the SVG alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Stretch:
    """One drawn line: x of its ticks, and their values; labels only for levels."""

    x: np.ndarray
    values: np.ndarray
    labels: list[str]

    def at(self, value: float) -> float:
        """x of a value between two ticks."""
        return float(np.interp(value, *self._rising(self.values, self.x)))

    def read(self, x: float) -> float:
        """Value at x, between two ticks."""
        return float(np.interp(x, *self._rising(self.x, self.values)))

    def tick(self, x: float) -> float:
        """Distance in value of the two ticks around x."""
        at, values = self._rising(self.x, self.values)
        k = min(max(int(np.searchsorted(at, x)), 1), len(at) - 1)
        return abs(float(values[k] - values[k - 1]))

    @property
    def ends(self) -> tuple[float, float]:
        """Leftmost and rightmost tick."""
        return float(self.x.min()), float(self.x.max())

    @staticmethod
    def _rising(by: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(by, kind="stable")
        return by[order], other[order]


def read_axes(svg: str) -> dict[str, list[Stretch]]:
    """Axis -> its lines, as somebody sees them: labelled ticks have the value of their text, the ticks between two
    labels divide what lies between them evenly."""
    axes: dict[str, list[Stretch]] = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        name = group.get("id", "")
        if not name.startswith("nomogram-axis-"):
            continue
        key = name.removeprefix("nomogram-axis-")
        parts = {g.get("id", ""): g for g in group.iter(f"{SVG}g")}
        runs = sorted({int(r[1]) for p in parts if (r := re.fullmatch(rf"nomogram-line-{key}-(\d+)", p))})
        axes[key] = [_stretch(parts, f"{key}-{run}") for run in runs]
    return axes


def _stretch(parts: dict[str, ElementTree.Element], name: str) -> Stretch:
    major = [_x(g) for _, g in _numbered(parts, f"nomogram-major-{name}")]
    labels = [_text(g) for _, g in _numbered(parts, f"nomogram-label-{name}")]
    minor = [_x(g) for _, g in _numbered(parts, f"nomogram-minor-{name}")]
    assert len(major) == len(labels)
    if not all(re.fullmatch(r"−?\d+(\.\d+)?(e[+-]?\d+)?", text) for text in labels):
        return Stretch(np.array(major), np.full(len(major), np.nan), labels)
    order = np.argsort(major, kind="stable")
    at, value = [major[order[0]]], [_number(labels[order[0]])]
    for left, right in pairwise(order):
        between = sorted(x for x in minor if major[left] < x < major[right])
        at += [*between, major[right]]
        value += list(np.linspace(_number(labels[left]), _number(labels[right]), len(between) + 2)[1:])
    return Stretch(np.array(at), np.array(value), labels)


def _numbered(parts: dict[str, ElementTree.Element], prefix: str) -> list[tuple[int, ElementTree.Element]]:
    found = [(int(m[1]), g) for p, g in parts.items() if (m := re.fullmatch(rf"{prefix}-(\d+)", p))]
    return sorted(found, key=lambda pair: pair[0])


def _x(group: ElementTree.Element) -> float:
    path = group.find(f"{SVG}path")
    assert path is not None
    (start, _), (end, _) = re.findall(r"[ML] (\S+) (\S+)", path.attrib["d"])
    assert start == end, "a tick stands upright"
    return float(start)


def _text(group: ElementTree.Element) -> str:
    return "".join(text for element in group.iter(f"{SVG}text") for text in element.itertext())


def _number(text: str) -> float:
    return float(text.replace("−", "-"))
