"""A table of patients becomes plain arrays, checked against the codebook; equal patients are looked at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spinesurv.core.codebook import Variable, codebook
from spinesurv.errors import InputError
from spinesurv.scores.definition import Definition
from spinesurv.scores.derived import silent_levels
from spinesurv.scores.flags import ASSUMED


def read_columns(definition: Definition, patients: pd.DataFrame) -> dict[str, np.ndarray]:
    """Input of a score -> (n,) values, as `read_inputs`."""
    return read_inputs(definition.inputs, definition.names, patients, f"score {definition.key}")


def read_inputs(
    inputs: Sequence[str], names: Sequence[str], patients: pd.DataFrame, where: str
) -> dict[str, np.ndarray]:
    """Input -> (n,) values: numbers as floats with nan, text as objects with None, also where a level says nothing.

    A column that the table does not have is missing for everyone, except `visceral_pattern`, which then follows
    `visceral_mets`.

    Parameters
    ----------
    inputs : variables of the codebook
    names : columns, raw or derived, that they are read for
    where : who reads them, for messages

    Raises
    ------
    InputError
        A value is not a level or not a number, or numbers lie outside the plausible range.
    """
    if not isinstance(patients, pd.DataFrame):
        raise InputError(
            f"{where}: a table with one row per patient is expected, found {type(patients).__name__}."
        )
    if not patients.columns.is_unique:
        twice = sorted({str(c) for c in patients.columns[patients.columns.duplicated()]})
        raise InputError(f"{where}: columns {', '.join(twice)} are there twice.")
    columns = {raw: _column(codebook()[raw], patients, where) for raw in inputs}
    for raw, levels in silent_levels(names).items():
        columns[raw][np.isin(columns[raw].astype(str), levels)] = None
    return columns


def _column(variable: Variable, patients: pd.DataFrame, where: str) -> np.ndarray:
    n = len(patients)
    if variable.key not in patients.columns:
        if variable.is_numeric:
            return np.full(n, np.nan)
        return np.full(n, ASSUMED if variable.key == "visceral_pattern" else None, dtype=object)
    values = variable.typed(patients[variable.key])
    if not variable.is_numeric:
        text = np.array(values, dtype=object)
        text[values.isna().to_numpy()] = None
        return text
    outside = ~variable.in_range(values)
    if variable.key == "n_spine_mets":
        outside &= values.fillna(1) != 0  # no vertebra involved: outside the population, told per patient
    if outside.any():
        raise InputError(
            f"{where}, column {variable.key}: {int(outside.sum())} of {n} values outside the plausible range. "
            f"Allowed: {variable.allowed}. Check the unit."
        )
    return values.to_numpy(dtype=float, na_value=np.nan)


def distinct(p: dict[str, np.ndarray], names: tuple[str, ...]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The distinct patients as far as these inputs go, and for each patient which of them it is."""
    codes = pd.DataFrame({name: pd.factorize(p[name])[0] for name in names})
    which = codes.groupby(list(names), sort=False).ngroup().to_numpy()
    first = np.unique(which, return_index=True)[1]
    return {name: p[name][first] for name in names}, which
