"""What the fits of a study warned of, each thing once: those of its splits, and those on all patients."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spinesurv.evaluation import JobKey


def fit_warnings(notes: Mapping[JobKey, Mapping[str, Any]], everybody: Mapping[str, list[str]]) -> list[str]:
    """One sentence per system and warning, in the order of their names.

    Parameters
    ----------
    notes : key of a job -> what it noted about its fit
    everybody : system -> warnings of its fits on all patients of the study

    Returns
    -------
    list
        Warnings that differ in their numbers alone are one: as the fit on all patients says it, where that does.
    """
    said: dict[tuple[str, str], str] = {}
    count: dict[tuple[str, str], int] = {}
    varied = set()
    for model, texts in everybody.items():
        for text in texts:
            said.setdefault((model, _without_numbers(text)), text)
    whole = set(said)
    for key, note in sorted(notes.items(), key=lambda item: item[0].name):
        for text in note["warnings"]:
            place = (key.model, _without_numbers(text))
            count[place] = count.get(place, 0) + 1
            if said.setdefault(place, text) != text:
                varied.add(place)
    return [
        f"{model}: {said[model, plain]} ({_where((model, plain) in whole, count.get((model, plain), 0), (model, plain) in varied)})"
        for model, plain in sorted(said)
    ]


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "#", text)


def _where(whole: bool, fits: int, varied: bool) -> str:
    if not whole:
        return f"in {fits} of its fits" + (", numbers of the first" if varied else "")
    tail = f", and in {fits} of its others" + (", with other numbers" if varied else "") if fits else ""
    return f"in its fit on all patients{tail}"
