"""Predictions that somebody made elsewhere, judged as they were given: the same tables, figures and page as a study."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.cohorts import ReadOptions, ReadPredictions, read_predictions
from spinesurv.core import Cohort
from spinesurv.core.tables import AS_GIVEN, COMPLETE, PERFORMANCE_COLUMNS, write_table
from spinesurv.errors import BeyondFollowUpError, InputError, unknown_name
from spinesurv.evaluation import evaluate
from spinesurv.evaluation.leaves import usable
from spinesurv.figures.small_cells import shown_count
from spinesurv.metrics.judged import usable_days
from spinesurv.report.table_one import outcome_rows
from spinesurv.study.file import (
    CohortSection,
    DecisionsSection,
    EvaluationSection,
    MissingSection,
    StudyFile,
    StudySection,
    SystemsSection,
    ValidationSection,
)
from spinesurv.study.folder import ResultFolder
from spinesurv.study.imputed import RECORDED
from spinesurv.study.population import ATTRITION, JOINED, Population
from spinesurv.study.private import OUTCOMES, PREDICTIONS, outcome_table, prediction_table
from spinesurv.study.run import StudyResult
from spinesurv.study.status import AT_A_DAY, check_recorded
from spinesurv.study.systems import System
from spinesurv.study.write import write_results

#: measures that are taken where none is named, in the order of the report
GIVEN_METRICS = (
    "harrell_c", "uno_c", "auc", "brier", "ipa", "observed_expected", "calibration_intercept", "calibration_slope", "ici",
)  # fmt: skip


def judge_predictions(
    path: str | Path,
    out: str | Path,
    *,
    horizons_days: Sequence[float],
    site: str | None = None,
    values: str = "survival",
    metrics: Sequence[str] | None = None,
    reference: str = "",
    options: ReadOptions | None = None,
    force: bool = False,
) -> StudyResult:
    """Judge the predictions of a file and write tables, figures, page and manifest into a folder.

    Parameters
    ----------
    path : file of predictions with the outcome of the same patients, see `spinesurv.cohorts.read_predictions`
    out : folder of the results
    horizons_days : days at which survival is judged, rising
    site, values, options : as in `read_predictions`
    metrics : keys of METRICS; `GIVEN_METRICS` when None, `AT_A_DAY` where the file has no times
    reference : model with which every other is compared
    force : overwrite a folder that belongs to something else

    Raises
    ------
    InputError
        The file is at fault, a name is unknown, nobody died, or no model has predictions for a horizon.
    """
    from spinesurv.metrics import METRICS

    started = time.monotonic()
    for name in metrics or ():
        if name not in METRICS:
            raise unknown_name("measure", name, METRICS)
    read = read_predictions(path, site=site, values=values, options=options)
    _check(read, horizons_days, reference)
    usual = GIVEN_METRICS if read.outcome.status is None else AT_A_DAY
    file = _settings(read, horizons_days, tuple(metrics or usual), reference, Path(path))
    cohort = Cohort(pd.DataFrame(index=read.key), read.outcome, time_zero=np.array("time zero"))
    population = Population(
        cohort,
        pd.DataFrame([["patients in the file", len(cohort), ""]], columns=ATTRITION),
        pd.DataFrame(columns=JOINED),
        f"predictions:{read.sha256}",
        _notes(read, horizons_days),
    )
    folder = ResultFolder(Path(out))
    folder.claim(file.resolved(), force=force)
    performance = _performance(read, file)
    write_table(performance, folder.tables / "performance.csv")
    stored = prediction_table(
        {RECORDED: read.predictions},
        {},
        dict.fromkeys(read.predictions, 0),
        days=read.days,
        cohort_name=read.name,
        design=AS_GIVEN,
    )
    write_table(stored, folder.private / PREDICTIONS)
    write_table(outcome_table(cohort), folder.private / OUTCOMES)
    result = StudyResult(
        folder,
        performance,
        read.predictions,
        [read.predictions],
        read.predictions,
        population,
        0,
        0,
        population.warnings,
    )
    systems = {name: System(name, name, None, "given") for name in read.predictions}
    minutes = (time.monotonic() - started) / 60
    write_results(file, systems, result, {}, minutes=minutes, described=outcome_rows(read.outcome))
    return result


def _check(read: ReadPredictions, horizons_days: Sequence[float], reference: str) -> None:
    where = f"table {read.name}"
    if reference and reference not in read.predictions:
        raise unknown_name("model", reference, read.predictions, where=f"{where}, reference")
    if read.outcome.n_events == 0:
        raise InputError(
            f"{where}: nobody of {len(read.key)} patients died. Check the coding of event: 1 = died."
        )
    for day in horizons_days if read.days else ():  # numbers that rank need no day of their own
        if not any(p.has_survival_at(day) for p in read.predictions.values()):
            there = ", ".join(f"{d:g}" for d in read.days)
            raise InputError(
                f"{where}: no model has a probability for day {day:g}. Days that are there: {there}."
            )
    if read.outcome.status is not None:
        check_recorded(read.outcome.status, horizons_days, where)
        return
    last = float(read.outcome.time_days.max())
    beyond = [d for d in horizons_days if d > last]
    if beyond:
        raise BeyondFollowUpError(
            f"{where}: nobody is followed to day {', '.join(f'{d:g}' for d in beyond)}; {usable_days(last)}. "
            "Leave these horizons out."
        )


def _settings(
    read: ReadPredictions,
    horizons_days: Sequence[float],
    metrics: tuple[str, ...],
    reference: str,
    path: Path,
) -> StudyFile:
    """The same as sections of a study, to be written back and read by the page."""
    days = tuple(int(d) if float(d).is_integer() else d for d in sorted(set(horizons_days)))
    return StudyFile(
        StudySection(f"predictions of {read.name}", title=f"Predictions of {read.name}"),
        CohortSection(read.name, (path.name,)),
        ValidationSection(AS_GIVEN),
        MissingSection(),
        SystemsSection(published=False),
        EvaluationSection(days, metrics, reference),  # type: ignore[arg-type]
        DecisionsSection(),
        path,
    )


def _performance(read: ReadPredictions, file: StudyFile) -> pd.DataFrame:
    settings = file.evaluation
    table = evaluate(
        read.outcome,
        read.predictions,
        horizons_days=settings.horizons_days,
        site=read.key.get_level_values("site").to_numpy() if read.has_sites else None,
        metrics=settings.metrics,
        reference=settings.reference or None,
        every_pair=settings.every_pair,
        missing=settings.missing,
        level=settings.level,
    )
    return table.assign(population=COMPLETE, cohort=read.name, design=AS_GIVEN)[PERFORMANCE_COLUMNS]


def _notes(read: ReadPredictions, horizons_days: Sequence[float]) -> list[str]:
    """Who is not predicted, and what was not read."""
    notes = []
    for name, prediction in read.predictions.items():
        for day in horizons_days:
            n = int((~usable(prediction, day)).sum())
            if n:
                notes.append(
                    f"{name}, day {day:g}: {shown_count(n)} of {len(read.key)} patients have no prediction and are left out "
                    "where it is judged, or compared"
                )
    if read.not_read:
        notes.append(f"columns not read: {', '.join(read.not_read)}")
    return notes
