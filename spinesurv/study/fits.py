"""What the fits of a study had to leave out, cut or repair, one row per system and population."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from spinesurv.core.tables import COMPLETE, IMPUTED
from spinesurv.evaluation import JobKey
from spinesurv.figures.small_cells import shown_count
from spinesurv.study.imputed import RECORDED
from spinesurv.study.systems import System

COLUMNS = ["model", "label", "population", "fits", "train", "events", "left_out", "remarks"]


def fits_table(notes: Mapping[JobKey, Mapping[str, Any]], systems: Mapping[str, System]) -> pd.DataFrame:
    """Summary of the notes of all jobs.

    Parameters
    ----------
    notes : key of a job -> what it noted about its fit
    systems : key -> System

    Returns
    -------
    DataFrame
        model, label, population, fits (number), train and events (training patients and events among them, smallest to
        largest fit), left_out (training patients who could not be learned from), remarks. Systems that learn nothing
        have no row.
    """
    rows = []
    for model, system in systems.items():
        if not system.learns:
            continue
        for population, imputed in ((IMPUTED, True), (COMPLETE, False)):
            mine = [n for k, n in notes.items() if k.model == model and (k.imputation != RECORDED) == imputed]
            if mine:
                rows.append(
                    {
                        "model": model,
                        "label": system.label,
                        "population": population,
                        "fits": len(mine),
                        "train": spread([n["n_train"] for n in mine]),
                        "events": spread([n["events_train"] for n in mine]),
                        "left_out": spread([_left_out(n) for n in mine]),
                        "remarks": "; ".join(
                            [
                                *_penalty([n["fit"].get("penalty", 0.0) for n in mine]),
                                *_remarks([n["fit"]["notes"] for n in mine if "notes" in n["fit"]]),
                            ]
                        ),
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def spread(counts: Iterable[float]) -> str:
    """Smallest to largest of some counts, small ones hidden."""
    known = list(counts)
    low, high = shown_count(min(known)), shown_count(max(known))
    return low if low == high else f"{low} to {high}"


def _left_out(note: Mapping[str, Any]) -> int:
    fit = note["fit"]
    if "n_left_out" in fit:
        return int(fit["n_left_out"])
    return int(note["n_train"]) - int(fit.get("n", note["n_train"]))


def _penalty(used: Sequence[float]) -> list[str]:
    low, high = min(used), max(used)
    if high == 0.0:
        return []
    return [f"ridge penalty {low:g}" if low == high else f"ridge penalty {low:g} to {high:g}"]


def _remarks(notes: Sequence[Mapping[str, Any]]) -> list[str]:
    slopes = [note["calibration slope"] for note in notes if "calibration slope" in note]
    said = []
    if slopes:
        said = [
            f"calibration slope of the published terms in training {min(slopes):.2f} to {max(slopes):.2f}"
        ]
    return said + _boosting([note for note in notes if "not modelled" in note])


def _boosting(notes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Weights that were cut, horizons that could not be modelled, survival that had to be made falling."""
    out = []
    horizons = dict.fromkeys(name for note in notes for name in note if name.startswith("horizon "))
    for name in horizons:
        counts = [note[name] for note in notes if name in note]
        largest = max(c["largest weight"] for c in counts)
        out.append(
            f"{name.replace('horizon', 'day')}: {spread(c['truncated'] for c in counts)} weights cut (largest kept "
            f"{largest:.2f}), status unknown for {spread(c['unknown'] + c['unreached'] for c in counts)}"
        )
    for day in dict.fromkeys(day for note in notes for day in note["not modelled"]):
        reasons = [note["not modelled"][day] for note in notes if day in note["not modelled"]]
        out.append(f"day {day} not modelled in {len(reasons)} of {len(notes)} fits ({reasons[0]})")
    if notes:
        repaired = sum(note["repaired"] for note in notes)
        largest = max(note["largest repair"] for note in notes)
        out.append(
            f"survival that rose with time was repaired in {shown_count(repaired)} predictions, by {largest:.3f} at most"
            if repaired
            else "no survival rose with time"
        )
    return out
