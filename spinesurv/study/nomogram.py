"""The nomogram of a study: its Cox models fitted on everybody, their tables and their drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spinesurv.core import Cohort
from spinesurv.figures import plot_nomogram
from spinesurv.models import CoxNomogram, NomogramTables, nomogram_tables
from spinesurv.study.imputed import completed_for_fitting, read_variables
from spinesurv.study.systems import System

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawn_nomogram(
    fitted: Any, *, horizons_days: Sequence[float] = (42, 90, 180, 365), stratum: str | None = None
) -> tuple[NomogramTables, Figure]:
    """Tables and figure of a fitted `make_pipeline(Encoder(terms), CoxNomogram())`.

    `save_figure(figure, tables.axes, path, beside={"points": tables.points, "survival": tables.survival}, pdf=True)`
    keeps all of it. On whom the model was fitted is for the caption to say.

    Raises
    ------
    NotFittedError, InputError
        As `spinesurv.models.Nomogram`.
    """
    tables = nomogram_tables(fitted, horizons_days=horizons_days, stratum=stratum)
    return tables, plot_nomogram(tables.axes)


def models_of_everybody(
    systems: Mapping[str, System], cohort: Cohort, *, imputed: bool, seed: int
) -> dict[str, Any]:
    """Cox models of a study, each fitted on all its patients: key -> fitted pipeline.

    They are shown, not judged. Where the study imputes, they stand on the first completed table of everybody.
    """
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    chosen = {
        key: system
        for key, system in systems.items()
        if system.kind == "model" and isinstance(system.estimator[-1], CoxNomogram)
    }
    if not chosen:
        return {}
    with threadpool_limits(1):
        patients = cohort.patients
        if imputed:
            variables = read_variables(systems.values(), patients)
            patients = completed_for_fitting(patients, cohort.known_outcome, variables, 1, seed)[0]
        return {
            key: clone(system.estimator).fit(patients, cohort.known_outcome) for key, system in chosen.items()
        }
