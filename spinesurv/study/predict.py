"""A saved model on new patients (`spinesurv predict`): one row per row of the table, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Prediction
from spinesurv.core.cohort import PATIENT_KEY
from spinesurv.errors import InputError, unknown_name
from spinesurv.models.possible import (
    Possible,
    possible_with_cox,
    possible_with_equation,
    possible_with_incidence,
    possible_with_parametric,
    possible_with_points,
    possible_with_strata,
    possible_with_trees,
)
from spinesurv.study.imputed import averaged
from spinesurv.study.model_file import KeptModel, load_model
from spinesurv.study.row_file import check_ending, write_rows

OUTSIDE = ("flag", "trim")
#: days of a prediction that names none, as far as the model has them
USUAL_DAYS = (30, 90, 180, 365)


def write_predictions(
    model: Path,
    table: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    horizons_days: Sequence[float] | None = None,
    outside: str = "flag",
    impute: int = 0,
) -> str:
    """Predict every row of a table with a saved model and write what comes out; returns what to tell the user.

    Raises
    ------
    InputError
        The model file or the table is at fault, the model has no survival for a day, or `out` is neither csv nor xlsx.
    """
    from spinesurv.cohorts import import_table

    check_ending(out)
    kept = load_model(model)
    imported = import_table(table, mapping=mapping)
    predicted = predict_table(
        kept, imported.everyone.patients, horizons_days=horizons_days, outside=outside, impute=impute
    )
    write_rows(predicted, out)
    gaps = int((predicted["reason"] != "").sum())
    refused = (
        f", {len(imported.refused)} rows refused (see `spinesurv check`)" if len(imported.refused) else ""
    )
    beyond = int((predicted["outside"] != "").sum())
    private = (
        "\nnote: the model file is private: it holds values of single training patients and must not be passed on"
        if kept.private
        else ""
    )
    return (
        f"{kept.label}: {len(predicted)} rows, {len(predicted) - gaps} predicted, {gaps} without a prediction, {beyond} with "
        f"values outside the training range{' (trimmed)' if outside == 'trim' else ''}{refused}{private}\n{out}"
    )


def predict_table(
    kept: KeptModel,
    patients: pd.DataFrame,
    *,
    horizons_days: Sequence[float] | None = None,
    outside: str = "flag",
    impute: int = 0,
) -> pd.DataFrame:
    """Predictions of a saved model, one row per patient in their order.

    Parameters
    ----------
    patients : under codebook names, index (site, patient_id); an input without a column is missing for everybody
    horizons_days : days that the model has; None = 30, 90, 180 and 365, as far as it has them
    outside : flag or trim, what is done about numbers outside the 1st to 99th training percentile
    impute : copies in which the file's imputer fills the gaps; 0 = none is filled

    Returns
    -------
    DataFrame
        site, patient_id; for each day d survival_<d>, low_<d>, high_<d> (interval, empty where the model has none),
        risk_lowest_<d>, risk_highest_<d> (risks of death that remain possible over all values of missing inputs; both
        the risk itself where none is missing); marker (higher = dies sooner); missing (inputs without a value, or of a
        level that training never saw); most_informative (the missing input whose own range moves the risk most);
        outside (inputs whose number lies outside the training range, with the side); trimmed (yes where these were
        brought to the end of the range before predicting); imputed (yes where gaps were filled: survival and marker are
        then means over the copies, without an interval); reason, where there is no prediction.

    Raises
    ------
    InputError
        A day that the model does not have, no column of any input, an unknown rule, or a file without an imputer.
    """
    if outside not in OUTSIDE:
        raise unknown_name("rule", outside, OUTSIDE, where="--outside")
    days = _days(kept, horizons_days)
    table, beyond = _within(kept, patients, trim=outside == "trim")
    predicted = kept.predict(table, times_days=days)
    missing = _missing(kept, table)
    filled = (missing != "") & (impute > 0)
    if impute:
        predicted = _imputed(kept, table, days, predicted, filled, impute)
    possible = _possible(kept, table, days)
    out = patients.index.to_frame(index=False)[PATIENT_KEY]
    for j, day in enumerate(days):
        for name in ("survival", "low", "high"):
            values = getattr(predicted, name)
            out[f"{name}_{day:g}"] = np.nan if values is None else values[:, j]
        out[f"risk_lowest_{day:g}"] = possible.lowest[:, j]
        out[f"risk_highest_{day:g}"] = possible.highest[:, j]
    out["marker"] = predicted.marker
    out["missing"] = missing
    out["most_informative"] = possible.widest
    out["outside"] = beyond
    out["trimmed"] = np.where(beyond != "", "yes" if outside == "trim" else "no", "")
    out["imputed"] = np.where(filled & (predicted.reason == ""), "yes", "")
    out["reason"] = predicted.reason
    return out


def _imputed(
    kept: KeptModel,
    patients: pd.DataFrame,
    days: list[float],
    recorded: Prediction,
    filled: np.ndarray,
    copies: int,
) -> Prediction:
    """The prediction with that of patients with gaps replaced by its mean over completed copies."""
    imputer = kept.imputer
    if imputer is None:
        raise InputError(f"model {kept.key}: its file holds no imputer ({kept.content['imputer']['why']})")
    if not filled.any():
        return recorded
    gaps = patients[filled]
    made = [kept.predict(imputer.draw(gaps, seed), times_days=days) for seed in range(1, copies + 1)]
    own = averaged([{kept.key: one} for one in made])[kept.key]
    parts = [
        replace(recorded.take(~filled), group=None, expected_days=None),
        replace(own, low=None, high=None, group=None, expected_days=None),
    ]
    return Prediction.concatenate(parts).join(recorded.key)


def _days(kept: KeptModel, asked: Sequence[float] | None) -> list[float]:
    if asked is None:
        return [float(day) for day in USUAL_DAYS if day in kept.days] or kept.days
    return sorted({float(day) for day in asked})


def _within(kept: KeptModel, patients: pd.DataFrame, *, trim: bool) -> tuple[pd.DataFrame, np.ndarray]:
    """The patients, numbers brought into the training range if asked, and which were outside it."""
    inputs = [v["key"] for v in kept.content["variables"]]
    if not any(name in patients for name in inputs):
        raise InputError(
            f"model {kept.key}: the table has none of its inputs ({', '.join(inputs)}). Name the columns as in the codebook, "
            "or give a mapping file with --mapping."
        )
    table = patients.copy()
    words = np.full(len(patients), "", dtype=object)
    for name, (low, high) in kept.ranges.items():
        if name not in patients:
            continue
        value = patients[name].to_numpy(dtype=float, na_value=np.nan)
        for side, beyond in (("below", value < low), ("above", value > high)):
            words[beyond] += np.where(words[beyond] == "", "", ", ") + f"{name} {side}"
        if trim:
            table[name] = np.clip(value, low, high)
    return table, words


def _missing(kept: KeptModel, patients: pd.DataFrame) -> np.ndarray:
    if kept.kind == "score_strata":
        return kept.first.transform(patients)["missing"].to_numpy(dtype=object)
    if kept.kind == "published_equation":
        parts = kept.last.sums(kept.first.transform(patients))
        inputs = {term.key: " or ".join(term.inputs) for term in kept.last.definition.terms}
        return _listed(parts.rename(columns=inputs).isna())
    if kept.kind == "sorg_style_classic":
        return _listed(kept.last.parts(kept.first.transform(patients)).isna())
    gaps = kept.first.transform(patients).isna().T.groupby(level="variable", sort=False).any().T
    return _listed(gaps)


def _listed(marked: pd.DataFrame) -> np.ndarray:
    """(n,) names of the columns that are marked in each row, separated by commas."""
    names = [str(name) for name in marked.columns]
    rows = [", ".join(n for n, gone in zip(names, row, strict=True) if gone) for row in marked.to_numpy()]
    return np.array(rows, dtype=object)


def _possible(kept: KeptModel, patients: pd.DataFrame, days: list[float]) -> Possible:
    if kept.kind in _BEHIND_ENCODER:
        return _BEHIND_ENCODER[kept.kind](kept.first, kept.last, patients, days)
    if kept.kind == "sorg_style_classic":
        return possible_with_points(kept.last, kept.first.transform(patients), days)
    if kept.kind == "published_equation":
        return possible_with_equation(kept.last, kept.first.transform(patients), days)
    scored = kept.first.transform(patients)
    return possible_with_strata(scored, kept.last, _points_moved(kept.first, scored), days)


def _points_moved(score: Any, scored: pd.DataFrame) -> pd.DataFrame:
    """Points that each missing input may move: the spread of the items that read it; nan where it is not missing."""
    spread = {
        name: sum(max(i.points) - min(i.points) for i in score.definition.items if name in i.raw_inputs)
        for name in score.inputs
    }
    listed = [set(text.split(", ")) if text else set() for text in scored["missing"]]
    return pd.DataFrame(
        {
            name: [float(moved) if name in gone else np.nan for gone in listed]
            for name, moved in spread.items()
        },
        index=scored.index,
    )


#: kinds whose inputs an encoder turns into columns -> what remains possible where some are missing
_BEHIND_ENCODER: dict[str, Any] = {
    "cox": possible_with_cox,
    "cause_specific_cox": possible_with_incidence,
    "parametric": possible_with_parametric,
    "boosted_cox": possible_with_trees,
    "sorg_style_boosting": possible_with_trees,
}
